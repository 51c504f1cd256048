//! Paths that lead to many nodes: `spec.containers.[name=web].image`, `spec.*.name`, `args.0`.
//!
//! In: a node and a path. Out: every node that it leads to, those that are created on the way included.
//!
//! Implements: PathMatcher of sigs.k8s.io/kustomize/kyaml v0.21.1 (yaml/match.go).
//! Keeps:      what stands behind `=` is a regular expression that may match anywhere in the text that YAML has for the
//!             field, comments included; a path that leads on into a scalar is followed in the YAML that it holds, but
//!             what is changed there is lost.
//! Differs:    upstream overflows its stack when it creates an item that its own expression does not match.

use tidegate_base::{Limits, Meter, Recorder};
use tidegate_yaml::{Kind, NodeId, ParseOptions, Style, Tag, parse_first};

use crate::{
    go_regex,
    store::{Done, Fault, Store, is_index, is_list_index, part_kind, split_index},
};

/// Follows paths through the nodes of a store.
pub(crate) struct PathMatch<'a, R> {
    pub(crate) store: &'a mut Store<R>,
    pub(crate) limits: &'a Limits,
    pub(crate) steps: &'a mut Meter,
    /// What the last node is created as; nothing is created otherwise.
    pub(crate) create: Option<Kind>,
}

impl<R: Recorder> PathMatch<'_, R> {
    /// The nodes that `path` leads to.
    ///
    /// # Errors
    /// The path does not fit the nodes on its way.
    pub(crate) fn find(&mut self, node: NodeId, path: &[String]) -> Done<Vec<NodeId>> {
        self.steps.spend(1)?;
        let Some((part, rest)) = path.split_first() else { return Ok(vec![node]) };
        match part.as_str() {
            index if is_index(index) => self.by_index(node, index, rest),
            entry if is_list_index(entry) => self.by_value(node, entry, rest),
            "*" => {
                self.store.expect(node, Kind::Sequence)?;
                let mut found = Vec::new();
                for item in self.store.tree.content(node).to_vec() {
                    found.extend(self.find(item, rest)?);
                }
                Ok(found)
            }
            name => self.by_name(node, name, rest),
        }
    }

    fn by_name(&mut self, node: NodeId, name: &str, rest: &[String]) -> Done<Vec<NodeId>> {
        let found = if name.is_empty() {
            self.store.expect(node, Kind::Scalar)?;
            self.store.tree.value(node).is_empty().then_some(node)
        } else {
            self.store.get(node, name)?
        };
        let field = match (found, self.create) {
            (Some(field), _) => field,
            (None, None) => return Ok(Vec::new()),
            (None, Some(create)) => {
                let kind = part_kind(rest.first().map(String::as_str), create);
                if self.store.is_null(node) {
                    // What is created below null goes nowhere.
                    self.empty(kind)
                } else {
                    let value = self.empty(kind);
                    self.store.set_field(node, name, Some(value), Style::PLAIN)?;
                    value
                }
            }
        };
        if self.store.tree.kind(field) == Kind::Scalar && !rest.is_empty() {
            let text = self.store.tree.value(field).to_owned();
            let inner = self.parse(&text)?.ok_or_else(|| Fault::at("there is nothing in this text", field))?;
            return self.find(inner, rest);
        }
        self.find(field, rest)
    }

    /// A node without a tag, as upstream makes it.
    fn empty(&mut self, kind: Kind) -> NodeId {
        match kind {
            Kind::Scalar | Kind::Alias => self.store.tree.scalar(Tag::None, Style::PLAIN, ""),
            kind => self.store.tree.collection(kind, Tag::None, Style::PLAIN, &[]),
        }
    }

    /// The first document of a text.
    pub(crate) fn parse(&mut self, text: &str) -> Done<Option<NodeId>> {
        let options = ParseOptions { comments: true, depth: self.limits.depth };
        let document = parse_first(&mut self.store.tree, text, options).map_err(|it| Fault::new(it.to_string()))?;
        Ok(document.map(|it| it.root))
    }

    fn by_index(&mut self, node: NodeId, index: &str, rest: &[String]) -> Done<Vec<NodeId>> {
        self.store.expect(node, Kind::Sequence)?;
        let at: usize =
            index.trim_start_matches('+').parse().map_err(|_| Fault::new(format!("`{index}` is no index")))?;
        let len = self.store.tree.content(node).len();
        if let Some(create) = self.create
            && at == len
        {
            let item = self.empty(part_kind(rest.first().map(String::as_str), create));
            self.store.tree.append(node, &[item]);
        }
        let Some(&item) = self.store.tree.content(node).get(at) else {
            return Err(Fault::at(format!("there is no item {at} in a list of {len}"), node));
        };
        self.find(item, rest)
    }

    fn by_value(&mut self, node: NodeId, entry: &str, rest: &[String]) -> Done<Vec<NodeId>> {
        let (field, pattern) = split_index(entry)?;
        let found = self.matching(node, field, pattern, rest)?;
        if !found.is_empty() || self.create.is_none() {
            return Ok(found);
        }
        let value = self.store.scalar(pattern);
        let item = if field.is_empty() {
            value
        } else {
            let key = self.store.scalar(field);
            self.store.tree.collection(Kind::Mapping, Tag::None, Style::PLAIN, &[key, value])
        };
        self.store.tree.append(node, &[item]);
        let found = self.matching(node, field, pattern, rest)?;
        if found.is_empty() {
            return Err(Fault::at(format!("no item matches `{entry}`, and none can be made that does"), node));
        }
        Ok(found)
    }

    fn matching(&mut self, node: NodeId, field: &str, pattern: &str, rest: &[String]) -> Done<Vec<NodeId>> {
        self.store.expect(node, Kind::Sequence)?;
        let items = self.store.tree.content(node).to_vec();
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let regex = go_regex::compile(pattern, self.limits)?;
        let mut found = Vec::new();
        for item in items {
            self.steps.spend(1)?;
            let value = if field.is_empty() { Some(item) } else { self.store.tree.get(item, field) };
            let Some(value) = value else { continue };
            if !regex.is_match(&self.store.printed(value)) {
                continue;
            }
            if field.is_empty() {
                // What follows in the path is passed over.
                found.push(item);
            } else {
                found.extend(self.find(item, rest)?);
            }
        }
        Ok(found)
    }
}
