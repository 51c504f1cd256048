//! `buildMetadata`: where objects come from and what changed them, told in annotations.
//!
//! Implements: api/resource/origin.go and the annotations of krusty/kustomizer.go of sigs.k8s.io/kustomize v5.8.1.
//! Keeps:      whatever is asked for, the annotations of every object become strings, sorted by key.

use tidegate_base::Recorder;
use tidegate_yaml::{
    Style, Value,
    write::{Dialect, go_yaml},
};

use crate::{
    build::Build,
    repo_spec::RepoSpec,
    res_map::ResMap,
    resource::{Note, Resource, is_build_annotation},
    store::{Done, Store},
};

const ORIGIN: &str = "config.kubernetes.io/origin";
const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";

/// Where a kustomization is, as seen from the root.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes {
    path: String,
    repo: String,
    reference: String,
}

impl Notes {
    /// What `path` names, as seen from here.
    pub(crate) fn inside(&self, path: &str) -> Self {
        match RepoSpec::parse(path) {
            Ok(spec) => {
                // Upstream takes the path of a repository that it has not cloned.
                let folder = if spec.folder.is_empty() { "notCloned" } else { &spec.folder };
                Self { path: join("", folder), repo: spec.clone_url(), reference: spec.reference }
            }
            Err(_) => Self { path: join(&self.path, path), ..self.clone() },
        }
    }

    /// What is told of an object that stands here.
    pub(crate) fn resource(&self) -> Note {
        Note { path: self.path.clone(), repo: self.repo.clone(), reference: self.reference.clone(), ..Note::default() }
    }

    /// What is told of a built-in generator or transformer that a field of the kustomization file asks for.
    pub(crate) fn built_in(&self, file_name: &str, kind: &str) -> Note {
        Note {
            path: String::new(),
            configured_in: join(&self.path, file_name),
            configured_by: ["builtin".to_owned(), kind.to_owned(), String::new(), String::new()],
            ..self.resource()
        }
    }
}

/// What is told of a generator or transformer that the object `config` configures.
pub(crate) fn configured_by<R: Recorder>(store: &Store<R>, config: &Resource) -> Option<Note> {
    let origin = config.origin.as_ref()?;
    Some(Note {
        path: String::new(),
        repo: origin.repo.clone(),
        reference: origin.reference.clone(),
        configured_in: origin.path.clone(),
        configured_by: [
            config.api_version(store).to_owned(),
            config.kind(store).to_owned(),
            config.name(store).to_owned(),
            config.namespace(store).to_owned(),
        ],
    })
}

/// Go's `filepath.Join` of two relative paths.
fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|it| *it != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

impl Note {
    /// Lines of YAML, each with its break.
    fn lines(&self) -> Vec<String> {
        let text = |key: &str, value: &str| {
            let value = go_yaml::marshal(Dialect::V3, &Value::Str(value.to_owned()));
            format!("{key}: {}\n", value.trim_end_matches('\n'))
        };
        let mut lines = Vec::new();
        let fields = [
            ("path", &self.path),
            ("repo", &self.repo),
            ("ref", &self.reference),
            ("configuredIn", &self.configured_in),
        ];
        lines.extend(fields.into_iter().filter(|it| !it.1.is_empty()).map(|(key, value)| text(key, value)));
        if self.configured_by.iter().any(|it| !it.is_empty()) {
            lines.push("configuredBy:\n".to_owned());
            let keys = ["  apiVersion", "  kind", "  name", "  namespace"].into_iter();
            let fields = keys.zip(&self.configured_by).filter(|it| !it.1.is_empty());
            lines.extend(fields.map(|(key, value)| text(key, value)));
        }
        lines
    }

    fn yaml(&self) -> String {
        let lines = self.lines();
        if lines.is_empty() { "{}\n".to_owned() } else { lines.concat() }
    }

    fn list_item(&self) -> String {
        let lines = self.lines();
        if lines.is_empty() {
            return "- {}\n".to_owned();
        }
        let mut out = String::new();
        for (index, line) in lines.iter().enumerate() {
            out.push_str(if index == 0 { "- " } else { "  " });
            out.push_str(line);
        }
        out
    }
}

/// Labels every object with the program that made it.
pub(crate) fn label<R: Recorder>(build: &mut Build<'_, R>, resources: &ResMap) -> Done {
    let version = format!("kustomize-{}", build.options.version);
    for resource in resources.list() {
        let path = ["metadata".to_owned(), "labels".to_owned()];
        let labels = build.store.lookup(resource.node, &path, Some(tidegate_yaml::Kind::Mapping))?;
        let Some(labels) = labels else { continue };
        let value = build.store.string(&version);
        build.store.set_field(labels, "app.kubernetes.io/managed-by", Some(value), Style::PLAIN)?;
    }
    Ok(())
}

/// Makes strings of all annotations, without those of the build, and with the notes that are asked for.
pub(crate) fn annotate<R: Recorder>(
    build: &mut Build<'_, R>,
    resources: &ResMap,
    origins: bool,
    transformations: bool,
) -> Done {
    for resource in resources.list() {
        let mut entries = resource.meta_map(&build.store, "annotations");
        entries.retain(|it| it.0 != ORIGIN && it.0 != TRANSFORMATIONS && !is_build_annotation(&it.0));
        if let Some(note) = resource.origin.as_ref().filter(|_| origins) {
            entries.push((ORIGIN.to_owned(), note.yaml()));
        }
        if transformations && !resource.transformations.is_empty() {
            let items: Vec<String> = resource.transformations.iter().map(Note::list_item).collect();
            entries.push((TRANSFORMATIONS.to_owned(), items.concat()));
        }
        resource.set_meta_map(&mut build.store, "annotations", entries)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_from_the_root() {
        let notes = Notes::default().inside("../base").inside("deploy.yaml");
        assert_eq!(notes.resource().path, "../base/deploy.yaml");
        let notes = Notes::default().inside("overlay").inside("../base");
        assert_eq!(notes.resource().path, "base");
        let notes = notes.inside("https://github.com/org/repo//deploy?ref=v1").inside("a.yaml");
        assert_eq!(notes.resource().yaml(), "path: deploy/a.yaml\nrepo: https://github.com/org/repo\nref: v1\n");
    }
}
