//! JSON patches (RFC 6902).
//!
//! In: an object and the operations. Out: the object gone through JSON, changed.
//!
//! Implements: gopkg.in/evanphx/json-patch.v4 v4.13.0, as kustomize uses it.
//! Keeps:      negative indices count from the end; `replace` of a field that is not there adds it; `add` without a
//!             value adds null; numbers are the same if they are written the same.

use tidegate_base::Recorder;
use tidegate_yaml::{Kind, NodeId, Style, Tag};

use crate::{
    json::{From, Into, scalar_text, through_json},
    store::{Done, Fault, Store},
};

/// The operations of a patch.
#[derive(Debug, Clone)]
pub(crate) struct JsonPatch {
    operations: Vec<Operation>,
    from: From,
}

#[derive(Debug, Clone)]
struct Operation {
    op: String,
    path: Option<String>,
    source: Option<String>,
    value: Option<NodeId>,
    at: NodeId,
}

/// What an operation did that its author may not have meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Surprise {
    pub(crate) message: String,
    pub(crate) at: NodeId,
}

impl JsonPatch {
    /// Reads the operations at `root`, a list of mappings.
    ///
    /// # Errors
    /// It is no such list.
    pub(crate) fn read<R: Recorder>(store: &Store<R>, root: NodeId, from: From) -> Done<Self> {
        let tree = &store.tree;
        if store.is_null(root) {
            return Ok(Self { operations: Vec::new(), from });
        }
        if tree.kind(root) != Kind::Sequence {
            return Err(Fault::at("a JSON patch is a list of operations", root).code("invalid-patch"));
        }
        let mut operations = Vec::new();
        for &item in tree.content(root) {
            let item = tree.resolve(item);
            if tree.kind(item) != Kind::Mapping {
                return Err(Fault::at("an operation of a JSON patch is a mapping with `op` and `path`", item)
                    .code("invalid-patch"));
            }
            // Of a key that stands twice the last counts.
            let field = |name: &str| tree.entries(item).filter(|it| tree.value(it.0) == name).last().map(|it| it.1);
            let text = |name: &str| {
                field(name)
                    .filter(|&it| tree.kind(it) == Kind::Scalar && tree.tag(it) == Tag::Str)
                    .map(|it| tree.value(it).to_owned())
            };
            operations.push(Operation {
                op: text("op").unwrap_or_default(),
                path: text("path"),
                source: text("from"),
                value: field("value"),
                at: item,
            });
        }
        Ok(Self { operations, from })
    }

    /// Whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Applies the operations to the object `root`; gives the changed copy.
    ///
    /// # Errors
    /// An operation does not apply; nothing is changed then.
    pub(crate) fn apply<R: Recorder>(
        &self,
        store: &mut Store<R>,
        root: NodeId,
        surprises: &mut Vec<Surprise>,
    ) -> Done<NodeId> {
        let root = through_json(store, root, From::Resource, Into::Marshalled)?;
        let root = self.apply_to(store, root, surprises)?;
        if store.tree.kind(root) != Kind::Mapping {
            return Err(Fault::new("the patch leaves no mapping").code("patch-failed"));
        }
        sort_changed(store, root);
        Ok(root)
    }

    /// Applies the operations to the nodes below `root`; gives what then is the root.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub(crate) fn apply_to<R: Recorder>(
        &self,
        store: &mut Store<R>,
        root: NodeId,
        surprises: &mut Vec<Surprise>,
    ) -> Done<NodeId> {
        let mut document = Document { store, root, from: self.from };
        for operation in &self.operations {
            let result = document.apply(operation, surprises);
            result.map_err(|it| match it.code {
                "limit" => it.or_at(operation.at),
                _ => it.or_at(operation.at).code("patch-failed"),
            })?;
        }
        Ok(document.root)
    }
}

/// Go's map has no order; what is written from it is sorted.
fn sort_changed<R: Recorder>(store: &mut Store<R>, root: NodeId) {
    let mut todo = vec![root];
    while let Some(node) = todo.pop() {
        todo.extend(store.tree.content(node).iter().copied().filter(|&it| store.tree.kind(it) != Kind::Scalar));
        if store.tree.kind(node) != Kind::Mapping {
            continue;
        }
        let mut entries: Vec<(NodeId, NodeId)> = store.tree.entries(node).collect();
        let tree = &store.tree;
        let less = |a: NodeId, b: NodeId| {
            tidegate_yaml::write::natural_less(tidegate_yaml::write::Dialect::V3, tree.value(a), tree.value(b))
        };
        if entries.windows(2).all(|it| less(it[0].0, it[1].0)) {
            continue;
        }
        // An entry was appended behind the sorted ones: put it where it belongs.
        let mut sorted: Vec<(NodeId, NodeId)> = Vec::with_capacity(entries.len());
        for entry in entries.drain(..) {
            let mut at = sorted.len();
            while at > 0 && less(entry.0, sorted[at - 1].0) {
                at -= 1;
            }
            sorted.insert(at, entry);
        }
        let content: Vec<NodeId> = sorted.into_iter().flat_map(|it| [it.0, it.1]).collect();
        store.tree.set_content(node, &content);
    }
}

struct Document<'s, R> {
    store: &'s mut Store<R>,
    root: NodeId,
    from: From,
}

fn missing(op: &str, path: &str) -> Fault {
    Fault::new(format!("`{op}` does not apply: `{path}` is not there"))
        .hint("correct the path, or add what it leads through first")
}

impl<R: Recorder> Document<'_, R> {
    fn apply(&mut self, operation: &Operation, surprises: &mut Vec<Surprise>) -> Done {
        let op = operation.op.as_str();
        let path = || {
            let fault =
                || Fault::new(format!("`{op}` has no `path`")).hint("give it a `path`, such as `/spec/replicas`");
            operation.path.as_deref().ok_or_else(fault)
        };
        match op {
            "add" => {
                let value = self.value(operation)?;
                self.add(op, path()?, value)
            }
            "remove" => {
                let (parent, key) = self.parent(op, path()?)?;
                self.remove(parent, &key, path()?)
            }
            "replace" => self.replace(operation, path()?, surprises),
            "move" => {
                let source = self.source(operation)?;
                let (parent, key) = self.parent(op, source)?;
                let value = self.get(parent, &key, source)?;
                self.remove(parent, &key, source)?;
                let value = value.unwrap_or_else(|| self.null());
                self.add(op, path()?, value)
            }
            "copy" => {
                let source = self.source(operation)?;
                let (parent, key) = self.parent(op, source)?;
                let value = self.get(parent, &key, source)?;
                let copy = match value {
                    Some(value) => self.store.tree.copy(value),
                    None => self.null(),
                };
                if let Some(limit) = self.store.tree.overflow() {
                    return Err(limit.into());
                }
                self.add(op, path()?, copy)
            }
            "test" => self.test(operation, path()?),
            "" => Err(Fault::new("an operation has no `op`")
                .hint("give it an `op`: add, remove, replace, move, copy or test")),
            _ => {
                Err(Fault::new(format!("`{op}` is no operation"))
                    .hint("write add, remove, replace, move, copy or test"))
            }
        }
    }

    fn source<'o>(&self, operation: &'o Operation) -> Done<&'o str> {
        let fault = || Fault::new(format!("`{}` has no `from`", operation.op));
        operation.source.as_deref().ok_or_else(fault)
    }

    fn null(&mut self) -> NodeId {
        self.store.tree.scalar(Tag::Null, Style::PLAIN, "null")
    }

    /// The value of an operation, gone through JSON.
    fn value(&mut self, operation: &Operation) -> Done<NodeId> {
        match operation.value {
            Some(value) => {
                let made = through_json(self.store, value, self.from, Into::Marshalled)?;
                let origin = self.store.tree.origin(value);
                self.store.touch(made, origin, tidegate_base::Origin::UNKNOWN);
                Ok(made)
            }
            None => Ok(self.null()),
        }
    }

    /// The collection that `path` leads into, and the last part of it.
    fn parent(&self, op: &str, path: &str) -> Done<(NodeId, String)> {
        let parts: Vec<&str> = path.split('/').collect();
        if parts.len() < 2 {
            return Err(missing(op, path));
        }
        let mut node = self.root;
        for part in &parts[1..parts.len() - 1] {
            let next = self.get(node, &unescape(part), path).map_err(|_| missing(op, path))?;
            node = next.ok_or_else(|| missing(op, path))?;
            if self.store.tree.kind(node) == Kind::Scalar {
                return Err(missing(op, path));
            }
        }
        Ok((node, unescape(parts[parts.len() - 1])))
    }

    /// Where an existing item stands.
    fn index(&self, list: NodeId, key: &str, path: &str) -> Done<usize> {
        let len = self.store.tree.content(list).len() as i64;
        let index: i64 = key.parse().map_err(|_| Fault::new(format!("`{key}` in `{path}` is no index of a list")))?;
        let index = if index < 0 { index + len } else { index };
        if (0..len).contains(&index) {
            return Ok(index as usize);
        }
        Err(Fault::new(format!("`{path}`: the list has {len} items, there is none at `{key}`")))
    }

    /// What stands at `key`; nothing when a mapping lacks it or has null there.
    fn get(&self, node: NodeId, key: &str, path: &str) -> Done<Option<NodeId>> {
        let tree = &self.store.tree;
        let found = match tree.kind(node) {
            Kind::Sequence => Some(tree.item(node, self.index(node, key, path)?)),
            _ => tree.get(node, key),
        };
        Ok(found.filter(|&it| !self.store.is_null(it)))
    }

    fn add(&mut self, op: &str, path: &str, value: NodeId) -> Done {
        let (parent, key) = self.parent(op, path)?;
        self.store.refuse_deeper(path.matches('/').count(), Some(value))?;
        if self.store.tree.kind(parent) != Kind::Sequence {
            return self.put(parent, &key, value);
        }
        let mut items = self.store.tree.content(parent).to_vec();
        let len = items.len() as i64;
        let at = if key == "-" {
            len
        } else {
            let index: i64 =
                key.parse().map_err(|_| Fault::new(format!("`{key}` in `{path}` is no index of a list")))?;
            let index = if index < 0 { index + len + 1 } else { index };
            if !(0..=len).contains(&index) {
                return Err(Fault::new(format!("`{path}`: the list has {len} items, none can be added at `{key}`")));
            }
            index
        };
        items.insert(at as usize, value);
        self.store.tree.set_content(parent, &items);
        Ok(())
    }

    /// Sets a field of a mapping.
    fn put(&mut self, map: NodeId, key: &str, value: NodeId) -> Done {
        match self.store.tree.find_key(map, key) {
            Some(index) => self.store.tree.set_item(map, index + 1, value),
            None => {
                let style = tidegate_yaml::write::go_yaml::marshalled_style(key, true);
                let name = self.store.tree.scalar(Tag::Str, style, key);
                let origin = self.store.tree.origin(value);
                self.store.tree.set_origin(name, origin);
                self.store.tree.append(map, &[name, value]);
            }
        }
        Ok(())
    }

    fn remove(&mut self, node: NodeId, key: &str, path: &str) -> Done {
        if self.store.tree.kind(node) == Kind::Sequence {
            let index = self.index(node, key, path)?;
            self.store.tree.remove(node, index, 1);
            return Ok(());
        }
        match self.store.tree.find_key(node, key) {
            Some(index) => {
                self.store.tree.remove(node, index, 2);
                Ok(())
            }
            None => Err(missing("remove", path)),
        }
    }

    fn replace(&mut self, operation: &Operation, path: &str, surprises: &mut Vec<Surprise>) -> Done {
        let value = self.value(operation)?;
        if path.is_empty() {
            if self.store.tree.kind(value) == Kind::Scalar {
                return Err(Fault::new("the whole can only be replaced by a mapping or a list"));
            }
            self.root = value;
            return Ok(());
        }
        let (parent, key) = self.parent("replace", path)?;
        self.store.refuse_deeper(path.matches('/').count(), Some(value))?;
        if self.store.tree.kind(parent) == Kind::Sequence {
            let index = self.index(parent, &key, path)?;
            self.store.tree.set_item(parent, index, value);
            return Ok(());
        }
        if self.store.tree.find_key(parent, &key).is_none() {
            let message = format!("`replace` adds `{path}`, which is not there");
            surprises.push(Surprise { message, at: operation.at });
        }
        self.put(parent, &key, value)
    }

    fn test(&mut self, operation: &Operation, path: &str) -> Done {
        let found = if path.is_empty() {
            Some(self.root)
        } else {
            let (parent, key) = self.parent("test", path)?;
            self.get(parent, &key, path)?
        };
        let due = operation.value.filter(|&it| !self.store.is_null(it));
        let same = match (found, due) {
            (None, None) => true,
            (Some(found), Some(due)) => self.same(found, due)?,
            _ => false,
        };
        if same {
            return Ok(());
        }
        let fault = Fault::new(format!("`test` failed: `{path}` has another value"));
        Err(fault.hint("correct the value that the test expects, or take the test away"))
    }

    /// Whether a value of the document is what an operation says.
    fn same(&self, found: NodeId, due: NodeId) -> Done<bool> {
        let tree = &self.store.tree;
        let due = tree.resolve(due);
        if tree.kind(found) != tree.kind(due) {
            return Ok(false);
        }
        match tree.kind(found) {
            Kind::Sequence => {
                let (a, b) = (tree.content(found), tree.content(due));
                if a.len() != b.len() {
                    return Ok(false);
                }
                a.iter().zip(b).try_fold(true, |same, (&a, &b)| Ok(same && self.same(a, b)?))
            }
            Kind::Mapping => {
                if tree.content(found).len() != tree.content(due).len() {
                    return Ok(false);
                }
                for (key, value) in tree.entries(due) {
                    match tree.get(found, tree.value(key)) {
                        Some(other) if self.same(other, value)? => {}
                        _ => return Ok(false),
                    }
                }
                Ok(true)
            }
            _ => Ok(scalar_text(tree, found, From::Decoded)? == scalar_text(tree, due, self.from)?),
        }
    }
}

/// `~1` and `~0` of a JSON pointer.
fn unescape(part: &str) -> String {
    if part.contains('~') { part.replace("~1", "/").replace("~0", "~") } else { part.to_owned() }
}
