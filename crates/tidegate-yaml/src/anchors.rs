//! Aliases and merge keys replaced by what they stand for.
//!
//! In: a document. Out: the same nodes without anchors, aliases and merge keys.
//!
//! Implements: `DeAnchor` of sigs.k8s.io/kustomize/kyaml v0.21.1 (yaml/rnode.go).
//! Keeps:      keys of a merged mapping come after the mapping's own; of a list of mappings the first wins.
//! Refuses:    a second merge key, a merge of what is no mapping, an anchor that stands for itself.
//! Differs:    upstream overflows its stack on an anchor that contains itself, and its memory on a bomb.

use std::collections::HashMap;

use tidegate_base::{LimitError, Meter};

use crate::{
    error::YamlError,
    tree::{Extra, Kind, NodeId, Tag, Text, Tree},
};

/// Replaces aliases and merge keys below `root`, which may itself be replaced; levels beyond `depth` are refused, and
/// every node that an alias stands for counts in `aliases`.
///
/// # Errors
/// A merge that cannot be made, an anchor that contains itself, too many nodes or levels. The error's place is a byte
/// of the tree's text.
pub fn de_anchor(tree: &mut Tree, root: NodeId, depth: u64, aliases: &mut Meter) -> Result<NodeId, YamlError> {
    let (root, _) = DeAnchor { tree, done: HashMap::new(), depth, aliases }.node(root, 0)?;
    Ok(root)
}

/// How large a node is without aliases.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    levels: u64,
    nodes: u64,
}

struct DeAnchor<'t> {
    tree: &'t mut Tree,
    /// Nodes that aliases stand for: how large each is once done, nothing while it is being done.
    done: HashMap<NodeId, Option<Size>>,
    depth: u64,
    aliases: &'t mut Meter,
}

type Done<T = (NodeId, Size)> = Result<T, YamlError>;

impl DeAnchor<'_> {
    fn error<T>(&self, node: NodeId, problem: &str) -> Done<T> {
        Err(YamlError::new(problem, self.tree.origin(node).as_text().unwrap_or(0) as usize))
    }

    /// The node without aliases, and its size.
    fn node(&mut self, id: NodeId, level: u64) -> Done {
        if level > self.depth {
            return self.too_deep(id, level);
        }
        if self.tree.has_extra(id) {
            let extra = Extra { anchor: Text::EMPTY, ..self.tree.extra(id) };
            self.tree.set_extra(id, extra);
        }
        match self.tree.kind(id) {
            Kind::Scalar => Ok((id, Size { levels: 0, nodes: 1 })),
            Kind::Alias => self.alias(id, level),
            Kind::Mapping => {
                self.merge(id)?;
                self.content(id, level)
            }
            Kind::Sequence => self.content(id, level),
        }
    }

    fn too_deep<T>(&self, id: NodeId, level: u64) -> Done<T> {
        let at = self.tree.origin(id).as_text().unwrap_or(0) as usize;
        Err(YamlError::limit(LimitError { name: "depth", allowed: self.depth, asked: level }, at))
    }

    fn alias(&mut self, id: NodeId, level: u64) -> Done {
        let target = self.tree.resolve(id);
        let size = match self.done.get(&target) {
            Some(Some(size)) => *size,
            Some(None) => {
                let problem = format!("anchor `{}` contains itself", self.tree.value(id));
                return self.error(id, &problem);
            }
            None => {
                self.done.insert(target, None);
                let (_, size) = self.node(target, level)?;
                self.done.insert(target, Some(size));
                size
            }
        };
        if level + size.levels > self.depth {
            return self.too_deep(id, level + size.levels);
        }
        self.spend(id, size.nodes)?;
        let copy = self.tree.copy(target);
        self.refuse_overflow(id)?;
        Ok((copy, size))
    }

    fn spend(&mut self, at: NodeId, nodes: u64) -> Done<()> {
        let spent = self.aliases.spend(nodes);
        spent.map_err(|it| YamlError::limit(it, self.tree.origin(at).as_text().unwrap_or(0) as usize))
    }

    fn refuse_overflow(&self, at: NodeId) -> Done<()> {
        match self.tree.overflow() {
            Some(limit) => Err(YamlError::limit(limit, self.tree.origin(at).as_text().unwrap_or(0) as usize)),
            None => Ok(()),
        }
    }

    fn content(&mut self, id: NodeId, level: u64) -> Done {
        // A collection that holds an alias to itself is found when the alias comes to it a second time.
        let outer = self.done.insert(id, None);
        let mut all = Size { levels: 0, nodes: 1 };
        for index in 0..self.tree.content(id).len() {
            let (child, size) = self.node(self.tree.item(id, index), level + 1)?;
            self.tree.set_item(id, index, child);
            all.levels = all.levels.max(size.levels + 1);
            all.nodes = all.nodes.saturating_add(size.nodes);
        }
        self.done.insert(id, outer.flatten().or(Some(all)));
        Ok((id, all))
    }

    /// Puts the entries of merged mappings behind the mapping's own.
    fn merge(&mut self, id: NodeId) -> Done<()> {
        let mut merged = None;
        for (key, value) in self.tree.entries(id) {
            if self.tree.tag(key) == Tag::Merge && merged.replace(value).is_some() {
                return self.error(key, "duplicate merge key");
            }
        }
        let Some(merged) = merged else { return Ok(()) };
        let sources = self.sources(merged)?;
        if let Some(index) = self.tree.find_key(id, "<<") {
            self.tree.remove(id, index, 2);
        }
        let own = self.tree.copy(id);
        for source in sources.into_iter().chain([own]) {
            let before = self.tree.len();
            let source = self.tree.copy(source);
            self.refuse_overflow(id)?;
            self.spend(id, (self.tree.len() - before) as u64)?;
            for index in (0..self.tree.content(source).len()).step_by(2) {
                let (key, value) = (self.tree.item(source, index), self.tree.item(source, index + 1));
                let name = self.tree.value(key).to_owned();
                match self.tree.find_key(id, &name) {
                    Some(found) => {
                        self.tree.set_item(id, found, key);
                        self.tree.set_item(id, found + 1, value);
                    }
                    None => self.tree.append(id, &[key, value]),
                }
            }
        }
        Ok(())
    }

    /// The mappings that a merge key names, the one with the least say first.
    fn sources(&self, id: NodeId) -> Done<Vec<NodeId>> {
        match self.tree.kind(id) {
            Kind::Mapping => Ok(vec![id]),
            Kind::Alias => {
                let target = self.tree.resolve(id);
                if self.tree.kind(target) != Kind::Mapping {
                    return self.error(id, "invalid map merge: received alias for a non-map value");
                }
                Ok(vec![target])
            }
            Kind::Sequence => {
                let mut sources = Vec::new();
                for &item in self.tree.content(id).iter().rev() {
                    if self.tree.kind(item) == Kind::Sequence {
                        return self.error(item, "invalid map merge: received a nested sequence");
                    }
                    sources.extend(self.sources(item)?);
                }
                Ok(sources)
            }
            Kind::Scalar => self.error(id, "map merge requires map or sequence of maps as the value"),
        }
    }
}
