//! `images`.
//!
//! Implements: ImageTagTransformer, api/filters/imagetag and internal/image of sigs.k8s.io/kustomize v5.8.1.
//! Keeps:      the name is a regular expression; containers and init containers are found wherever they stand in an
//!             object, CustomResourceDefinitions apart; a new tag takes the digest away and the other way round.

use regex::Regex;
use tidegate_base::{Meter, Origin, Recorder};
use tidegate_yaml::{Kind, NodeId, Style, Tag};

use super::{ByKind, Specs};
use crate::{
    build::Build,
    field_spec::visit,
    file::Image,
    go_regex,
    res_map::ResMap,
    store::{Done, Fault, Store},
};

/// Sets name, tag and digest of every image that has the name.
pub(super) fn apply<R: Recorder>(build: &mut Build<'_, R>, resources: &ResMap, image: &Image, specs: &Specs) -> Done {
    let change = Change::new(build, image);
    let mut by_kind = ByKind::new(specs);
    for resource in resources.list() {
        let kind = resource.kind(&build.store);
        if kind == "CustomResourceDefinition" {
            continue;
        }
        let applying = by_kind.of(resource.api_version(&build.store), kind);
        change.containers(&mut build.store, &mut build.steps, resource.node)?;
        for &spec in &*applying {
            visit(&mut build.store, resource.node, &specs[spec as usize], None, &mut |store, node| {
                change.set(store, node)
            })?;
        }
    }
    if let Name::Wrong(fault) = change.name {
        build.warn_all(vec![fault]);
    }
    Ok(())
}

/// How an image's name is compared.
enum Name<'a> {
    /// Characters that stand for themselves, and dots.
    Literal(&'a str),
    Pattern(Regex),
    /// No regular expression: upstream fails once it has an image to compare.
    Wrong(Fault),
}

impl<'a> Name<'a> {
    fn new<R: Recorder>(image: &'a Image, build: &Build<'_, R>) -> Self {
        let name = &image.name;
        if go_regex::is_literal(name) {
            return Self::Literal(name);
        }
        let pattern = format!("^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$");
        let regex = go_regex::compile(&pattern, &build.limits);
        match (regex, image.at) {
            (Ok(regex), _) => Self::Pattern(regex),
            (Err(fault), Some(at)) => Self::Wrong(fault.or_at(at)),
            (Err(fault), None) => Self::Wrong(fault),
        }
    }

    fn matches(&self, image: &str) -> Done<bool> {
        match self {
            Self::Literal(name) => Ok(Self::matches_literal(name, image)),
            Self::Pattern(regex) => Ok(regex.is_match(image)),
            Self::Wrong(fault) => Err(fault.clone()),
        }
    }

    fn matches_literal(name: &str, image: &str) -> bool {
        let Some(rest) = go_regex::strip_literal(name, image) else { return false };
        let is_tag = |it: &str| it.bytes().all(|it| it.is_ascii_alphanumeric() || b"_.{}-".contains(&it));
        let (tag, digest) = match rest.find('@') {
            Some(at) => (&rest[..at], rest[at..].strip_prefix("@sha256:")),
            None => (rest, Some("")),
        };
        let tag = if tag.is_empty() { Some("") } else { tag.strip_prefix(':') };
        tag.is_some_and(is_tag) && digest.is_some_and(is_tag)
    }
}

/// A change of images.
pub(crate) struct Change<'a> {
    image: &'a Image,
    name: Name<'a>,
    at: Origin,
}

impl<'a> Change<'a> {
    pub(crate) fn new<R: Recorder>(build: &Build<'_, R>, image: &'a Image) -> Self {
        let at = image.at.map_or(Origin::UNKNOWN, |it| build.store.tree.origin(it));
        Self { image, name: Name::new(image, build), at }
    }

    /// Changes the images of all containers in an object.
    fn containers<R: Recorder>(&self, store: &mut Store<R>, steps: &mut Meter, node: NodeId) -> Done {
        let count = store.tree.content(node).len();
        steps.spend(1 + count as u64)?;
        match store.tree.kind(node) {
            Kind::Sequence => {
                for index in 0..count {
                    let item = store.tree.item(node, index);
                    self.containers(store, steps, item)?;
                }
            }
            Kind::Mapping => {
                for index in (0..count).step_by(2) {
                    let (key, value) = (store.tree.item(node, index), store.tree.item(node, index + 1));
                    if store.tree.kind(value) == Kind::Scalar {
                        continue;
                    }
                    self.containers(store, steps, value)?;
                    if matches!(store.tree.value(key), "containers" | "initContainers") {
                        self.list(store, value)?;
                    }
                }
            }
            Kind::Scalar | Kind::Alias => {}
        }
        Ok(())
    }

    fn list<R: Recorder>(&self, store: &mut Store<R>, list: NodeId) -> Done {
        if store.tree.kind(list) != Kind::Sequence {
            return Ok(());
        }
        for index in 0..store.tree.content(list).len() {
            let item = store.tree.item(list, index);
            if let Some(image) = store.get(item, "image")? {
                self.set(store, image)?;
            }
        }
        Ok(())
    }

    /// Changes the image in one field.
    pub(crate) fn set<R: Recorder>(&self, store: &mut Store<R>, node: NodeId) -> Done {
        store.expect(node, Kind::Scalar).map_err(|it| Fault { message: format!("an image: {}", it.message), ..it })?;
        if !self.name.matches(store.tree.value(node))? {
            return Ok(());
        }
        let text = self.image.applied(store.tree.value(node));
        let value = store.tree.scalar(Tag::None, Style::PLAIN, &text);
        store.tree.set_origin(value, self.at);
        store.set_scalar(node, value)
    }
}

impl Image {
    /// An image with this one's name, tag and digest.
    fn applied(&self, image: &str) -> String {
        let (name, tag, digest) = split(image);
        let name = if self.new_name.is_empty() { name } else { &self.new_name };
        let (tag, digest) = match (self.new_tag.as_str(), self.digest.as_str()) {
            ("", "") if !self.tag_suffix.is_empty() => (format!("{tag}{}", self.tag_suffix), ""),
            ("", "") => (tag.to_owned(), digest),
            ("", digest) => (String::new(), digest),
            (tag, digest) => (tag.to_owned(), digest),
        };
        let mut out = name.to_owned();
        if !tag.is_empty() {
            out.push(':');
            out.push_str(&tag);
        }
        if !digest.is_empty() {
            out.push('@');
            out.push_str(digest);
        }
        out
    }
}

/// Name, tag and digest of an image.
fn split(image: &str) -> (&str, &str, &str) {
    // A port of the registry is no tag.
    let start = image.find('/').unwrap_or(0);
    let at = image[start..].find('@').map(|it| it + start);
    let colon = image[start..].find(':').map(|it| it + start);
    match (at, colon) {
        (None, None) => (image, "", ""),
        (Some(at), None) => (&image[..at], "", &image[at + 1..]),
        (Some(at), Some(colon)) if at < colon => (&image[..at], "", &image[at + 1..]),
        (Some(at), Some(colon)) => (&image[..colon], &image[colon + 1..at], &image[at + 1..]),
        (None, Some(colon)) => (&image[..colon], &image[colon + 1..], ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_split_behind_the_registry() {
        assert_eq!(split("nginx"), ("nginx", "", ""));
        assert_eq!(split("host:5000/nginx"), ("host:5000/nginx", "", ""));
        assert_eq!(split("host:5000/nginx:1"), ("host:5000/nginx", "1", ""));
        assert_eq!(split("nginx:1@sha256:ab"), ("nginx", "1", "sha256:ab"));
        assert_eq!(split("nginx@sha256:ab"), ("nginx", "", "sha256:ab"));
    }

    #[test]
    fn a_plain_name_matches_as_its_pattern_does() {
        for image in ["nginx", "nginx:1", "nginx@sha256:ab", "nginx:1@sha256:ab", "nginx:", "nginx:{v}"] {
            assert!(Name::matches_literal("nginx", image), "{image}");
        }
        for image in ["nginxx", "a/nginx", "nginx/a", "nginx:1:2", "nginx@md5:ab", "nginx:a b"] {
            assert!(!Name::matches_literal("nginx", image), "{image}");
        }
        assert!(Name::matches_literal("ghcr.io/a", "ghcrXio/a:1"));
    }
}
