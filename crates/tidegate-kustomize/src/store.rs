//! The nodes of one build, and kyaml's way of changing them.
//!
//! In: nodes and paths. Out: found, set or created nodes; every change is recorded with the cause that is at work.
//!
//! Implements: yaml/fns.go and yaml/rnode.go of sigs.k8s.io/kustomize/kyaml v0.21.1: FieldMatcher, FieldSetter,
//!             FieldClearer, PathGetter, ElementMatcher.
//! Keeps:      a set value takes the style of what it replaces; null fields are cleared; numbers in a path are indices.

use tidegate_base::{LimitError, Origin, Recorder};
use tidegate_yaml::{
    Kind, NodeId, ParseOptions, Scalar, Schema, Style, Tag, Tree, YamlError, decode_value, parse_first, resolve,
    write::kyaml,
};

use crate::text::Spot;

/// Where a fault is to be seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Where {
    /// Nowhere in particular; whoever reports it knows better.
    #[default]
    Unknown,
    /// At a node.
    Node(NodeId),
    /// At a byte of the tree's text.
    Text(u32),
    /// In a file as a whole.
    File(Spot),
}

/// Something that is wrong with what a user wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The stable name of the rule; empty where whoever reports it gives one.
    pub(crate) code: &'static str,
    /// One line, lower case.
    pub(crate) message: String,
    pub(crate) place: Where,
    /// What to do, as an order.
    pub(crate) hint: Option<String>,
}

impl Fault {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { code: "", message: message.into(), place: Where::Unknown, hint: None }
    }

    pub(crate) fn at(message: impl Into<String>, node: NodeId) -> Self {
        Self { place: Where::Node(node), ..Self::new(message) }
    }

    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = code;
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same fault in a file, unless it knows better.
    pub(crate) fn in_file(mut self, spot: &Spot) -> Self {
        if self.place == Where::Unknown {
            self.place = Where::File(spot.clone());
        }
        self
    }

    /// The same fault, seen at `node`, unless it knows better.
    pub(crate) fn or_at(mut self, node: NodeId) -> Self {
        if self.place == Where::Unknown {
            self.place = Where::Node(node);
        }
        self
    }

    /// The same fault, seen from where it matters.
    pub(crate) fn within(mut self, context: impl AsRef<str>) -> Self {
        self.message = format!("{}: {}", context.as_ref(), self.message);
        self
    }
}

impl From<YamlError> for Fault {
    /// The error's place must be a byte of the tree's text.
    fn from(error: YamlError) -> Self {
        let fault = match error.limit {
            Some(limit) => Self::from(limit),
            None => Self::new(error.to_string()).code("invalid-yaml"),
        };
        Self { place: Where::Text(error.at as u32), ..fault }
    }
}

impl From<LimitError> for Fault {
    fn from(error: LimitError) -> Self {
        let hint =
            format!("raise it with `--limit {}={}` if the input is meant to be this large", error.name, error.asked);
        Self::new(error.to_string()).code("limit").hint(hint)
    }
}

/// A result that may name a node.
pub(crate) type Done<T = ()> = Result<T, Fault>;

/// Nodes, and who is changing them.
#[derive(Debug)]
pub(crate) struct Store<R> {
    pub(crate) tree: Tree,
    pub(crate) recorder: R,
    /// The cause of the changes being made now.
    pub(crate) cause: u32,
    /// The limit `depth`.
    depth: u64,
}

pub(crate) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Scalar => "scalar",
        Kind::Mapping => "mapping",
        Kind::Sequence => "list",
        Kind::Alias => "alias",
    }
}

impl<R: Recorder> Store<R> {
    pub(crate) fn new(tree: Tree, depth: u64) -> Self {
        Self { tree, recorder: R::default(), cause: 0, depth }
    }

    /// That a path of so many parts leads no deeper than the limit, nor `value` at its end.
    pub(crate) fn refuse_deeper(&self, parts: usize, value: Option<NodeId>) -> Done {
        let left = self.depth.checked_sub(parts as u64);
        match (left, value) {
            (None, _) => Err(LimitError { name: "depth", allowed: self.depth, asked: parts as u64 }.into()),
            (Some(left), Some(value)) if self.tree.is_deeper(value, left) => {
                Err(LimitError { name: "depth", allowed: self.depth, asked: self.depth + 1 }.into())
            }
            _ => Ok(()),
        }
    }

    /// Missing, or explicitly null.
    pub(crate) fn is_null(&self, node: NodeId) -> bool {
        self.tree.tag(node) == Tag::Null
    }

    /// kyaml's `IsNilOrEmpty`: null, `{}` or `[]`.
    pub(crate) fn is_empty(&self, node: NodeId) -> bool {
        self.is_null(node)
            || matches!(self.tree.kind(node), Kind::Mapping | Kind::Sequence) && self.tree.content(node).is_empty()
    }

    /// Nothing unless the node is of another kind; null is of every kind.
    pub(crate) fn expect(&self, node: NodeId, kind: Kind) -> Done {
        let found = self.tree.kind(node);
        if self.is_null(node) || found == kind {
            return Ok(());
        }
        let message = format!("a {} is due, found a {}", kind_name(kind), kind_name(found));
        Err(Fault::at(message, node))
    }

    /// The value of a field: nothing when it or the mapping is missing.
    pub(crate) fn get(&self, node: NodeId, name: &str) -> Done<Option<NodeId>> {
        if self.is_null(node) {
            return Ok(None);
        }
        self.expect(node, Kind::Mapping)?;
        Ok(self.tree.get(node, name))
    }

    /// The text of a field, if it is a mapping's and not null or empty.
    pub(crate) fn text(&self, node: NodeId, name: &str) -> &str {
        match self.tree.get(node, name) {
            Some(value) if !self.is_empty(value) => self.tree.value(value),
            _ => "",
        }
    }

    /// A string, made by code.
    pub(crate) fn string(&mut self, value: &str) -> NodeId {
        let style = if value.contains('\n') { Style::LITERAL } else { Style::PLAIN };
        self.tree.scalar(Tag::Str, style, value)
    }

    /// A scalar whose type is left to its text, made by code.
    pub(crate) fn scalar(&mut self, value: &str) -> NodeId {
        self.tree.scalar(Tag::None, Style::PLAIN, value)
    }

    /// Writes down that `node` was changed by the cause at work, to something that stands at `from`.
    pub(crate) fn touch(&mut self, node: NodeId, from: Origin, before: Origin) {
        let origin = self.recorder.record(self.cause, from, before);
        self.tree.set_origin(node, origin);
    }

    /// Go's `*to = *from`, recorded.
    pub(crate) fn assign(&mut self, to: NodeId, from: NodeId) {
        if to == from {
            return;
        }
        let before = self.tree.origin(to);
        let source = self.tree.origin(from);
        self.tree.assign(to, from);
        self.tree.set_keeps(to, false);
        self.touch(to, source, before);
    }

    /// Sets the value of a scalar and keeps everything else of it.
    pub(crate) fn set_value(&mut self, node: NodeId, value: &str, from: Origin) {
        let before = self.tree.origin(node);
        self.tree.set_value(node, value);
        self.touch(node, from, before);
    }

    /// FieldSetter without a name: the scalar `node` becomes `value`, in its own style.
    pub(crate) fn set_scalar(&mut self, node: NodeId, value: NodeId) -> Done {
        self.quote_for_yaml11(value);
        self.expect(node, Kind::Scalar)?;
        if self.is_null(value) {
            return Ok(());
        }
        let style = self.tree.style(node);
        self.tree.set_style(value, style);
        self.assign(node, value);
        Ok(())
    }

    /// FieldSetter with a name. A null value clears the field, unless it is marked to be kept.
    pub(crate) fn set_field(&mut self, map: NodeId, name: &str, value: Option<NodeId>, key_style: Style) -> Done {
        let value = match value {
            Some(value) if !self.is_null(value) || self.tree.keeps(value) => value,
            _ => {
                self.clear(map, name)?;
                return Ok(());
            }
        };
        self.quote_for_yaml11(value);
        match self.get(map, name)? {
            Some(field) => {
                let style = self.tree.style(field);
                self.tree.set_style(value, style);
                self.assign(field, value);
            }
            None => {
                let key = self.tree.scalar(Tag::None, key_style, name);
                let origin = self.tree.origin(value);
                self.touch(key, origin, Origin::UNKNOWN);
                self.touch(value, origin, Origin::UNKNOWN);
                self.tree.set_keeps(value, false);
                self.tree.append(map, &[key, value]);
            }
        }
        Ok(())
    }

    /// Removes a field; gives its value.
    pub(crate) fn clear(&mut self, map: NodeId, name: &str) -> Done<Option<NodeId>> {
        self.expect(map, Kind::Mapping)?;
        let Some(index) = self.tree.find_key(map, name) else { return Ok(None) };
        let value = self.tree.item(map, index + 1);
        self.tree.remove(map, index, 2);
        Ok(Some(value))
    }

    /// Quotes a string that YAML 1.1 would take for something else.
    pub(crate) fn quote_for_yaml11(&mut self, value: NodeId) {
        let tree = &self.tree;
        if tree.kind(value) == Kind::Scalar
            && matches!(tree.tag(value), Tag::Str | Tag::None)
            && tree.style(value) == Style::PLAIN
            && is_yaml11_non_string(tree.value(value))
        {
            self.tree.set_style(value, Style::DOUBLE);
        }
    }

    /// PathGetter: the node at `path`, created as `create` says where it is missing.
    pub(crate) fn lookup(&mut self, node: NodeId, path: &[String], create: Option<Kind>) -> Done<Option<NodeId>> {
        let parts: Vec<&str> = path.iter().map(|it| it.trim()).filter(|it| !it.is_empty()).collect();
        self.refuse_deeper(parts.len(), None)?;
        let mut node = node;
        for (index, part) in parts.iter().enumerate() {
            let found = match PathPart::of(part)? {
                PathPart::Index(index) => self.element(node, Some(index))?,
                PathPart::Last => self.element(node, None)?,
                PathPart::Every => return Err(Fault::new("`*` is not supported in this path")),
                PathPart::Match { field, value } => self.matching_element(node, field, value, create.is_some())?,
                PathPart::Field(name) => match (self.get(node, name)?, create) {
                    (None, Some(_)) if self.is_null(node) => None,
                    (None, Some(kind)) => {
                        let kind = part_kind(parts.get(index + 1).copied(), kind);
                        Some(self.create_field(node, name, kind)?)
                    }
                    (found, _) => found,
                },
            };
            match found {
                Some(found) => node = found,
                None => return Ok(None),
            }
        }
        Ok(Some(node))
    }

    /// An empty node of `kind` as a new field.
    pub(crate) fn create_field(&mut self, map: NodeId, name: &str, kind: Kind) -> Done<NodeId> {
        let value = self.empty(kind);
        self.set_field(map, name, Some(value), Style::PLAIN)?;
        Ok(value)
    }

    /// An empty node, made by code.
    pub(crate) fn empty(&mut self, kind: Kind) -> NodeId {
        match kind {
            Kind::Mapping => self.tree.mapping(),
            Kind::Sequence => self.tree.sequence(),
            Kind::Scalar | Kind::Alias => self.scalar(""),
        }
    }

    /// ElementIndexer: the item at `index`, or the last one.
    fn element(&self, node: NodeId, index: Option<usize>) -> Done<Option<NodeId>> {
        self.expect(node, Kind::Sequence)?;
        let content = self.tree.content(node);
        match index {
            Some(index) => Ok(content.get(index).copied()),
            None if content.is_empty() => Err(Fault::at("the list is empty, it has no last item", node)),
            None => Ok(content.last().copied()),
        }
    }

    /// ElementMatcher with one key: the first item whose `field` has this value, or that is this value.
    fn matching_element(&mut self, node: NodeId, field: &str, value: &str, create: bool) -> Done<Option<NodeId>> {
        self.expect(node, Kind::Sequence)?;
        let matches = |&it: &NodeId| {
            if field.is_empty() {
                self.tree.value(it) == value
            } else {
                self.tree.kind(it) == Kind::Mapping
                    && self.tree.get(it, field).is_some_and(|it| self.tree.value(it) == value)
            }
        };
        if let Some(found) = self.tree.content(node).iter().copied().find(matches) {
            return Ok(Some(found));
        }
        if !create {
            return Ok(None);
        }
        let value = self.scalar(value);
        let item = if field.is_empty() {
            value
        } else {
            let key = self.scalar(field);
            self.tree.collection(Kind::Mapping, Tag::None, Style::PLAIN, &[key, value])
        };
        self.tree.append(node, &[item]);
        Ok(Some(item))
    }

    /// The text that kyaml prints for a node, trimmed.
    pub(crate) fn printed(&self, node: NodeId) -> String {
        kyaml::node(&self.tree, node).trim().to_owned()
    }
}

/// A part of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathPart<'a> {
    Index(usize),
    Last,
    Every,
    Match { field: &'a str, value: &'a str },
    Field(&'a str),
}

impl<'a> PathPart<'a> {
    pub(crate) fn of(part: &'a str) -> Done<Self> {
        if let Some(number) = integer(part) {
            let index = usize::try_from(number);
            return index.map(Self::Index).map_err(|_| Fault::new(format!("the index {number} is negative")));
        }
        match part {
            "-" => Ok(Self::Last),
            "*" => Ok(Self::Every),
            _ if is_list_index(part) => {
                let (field, value) = split_index(part)?;
                Ok(Self::Match { field, value })
            }
            _ => Ok(Self::Field(part)),
        }
    }
}

/// Go's `strconv.Atoi`.
fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// `[field=value]` or `[=value]`.
pub(crate) fn is_list_index(part: &str) -> bool {
    part.starts_with('[') && part.ends_with(']')
}

/// Field and value of `[field=value]`.
pub(crate) fn split_index(part: &str) -> Done<(&str, &str)> {
    let inner = part.strip_suffix(']').unwrap_or(part);
    let inner = inner.strip_prefix('[').unwrap_or(inner);
    inner.split_once('=').ok_or_else(|| Fault::new(format!("`{part}` is no list entry: `[field=value]` is due")))
}

/// A number that can be an index.
pub(crate) fn is_index(part: &str) -> bool {
    integer(part).is_some_and(|it| it >= 0)
}

/// What a missing part is created as, which depends on the part after it.
pub(crate) fn part_kind(next: Option<&str>, last: Kind) -> Kind {
    match next {
        Some(next) if is_list_index(next) || is_index(next) => Kind::Sequence,
        None | Some("") => last,
        Some(_) => Kind::Mapping,
    }
}

/// Whether YAML 1.1 takes a plain text for anything but a string (kyaml's `IsValueNonString`).
pub(crate) fn is_yaml11_non_string(text: &str) -> bool {
    if text.is_empty() || text.contains('\n') {
        return false;
    }
    let word =
        |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'_' | b'-' | b'+' | b'/' | b'~' | b'=' | b'(');
    let bytes = text.as_bytes();
    if bytes.iter().all(|&it| word(it) || it == b':') && !matches!(bytes[0], b'-' | b':') && !text.ends_with(':') {
        return !matches!(resolve(Schema::V2, Tag::None, text), Ok(Scalar::Str(_) | Scalar::Time(_)));
    }
    let mut tree = Tree::default();
    match parse_first(&mut tree, text, ParseOptions { comments: false, ..ParseOptions::default() }) {
        Err(_) => false,
        Ok(None) => true,
        Ok(Some(document)) => {
            // What cannot be decoded is no other type either.
            decode_value(&tree, document.root, Schema::V2).is_ok_and(|it| it.as_str().is_none())
        }
    }
}

/// Splits a path at `delimiter`, which `\` escapes; a leading delimiter is passed over.
pub(crate) fn split_path(path: &str, delimiter: char) -> Vec<String> {
    let mut parts: Vec<&str> = path.split(delimiter).collect();
    if parts.len() > 1 && parts[0].is_empty() {
        parts.remove(0);
    }
    let mut out: Vec<String> = Vec::with_capacity(parts.len());
    for part in parts {
        match out.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push(delimiter);
                last.push_str(part);
            }
            _ => out.push(part.to_owned()),
        }
    }
    out
}

/// As [`split_path`], but what stands in brackets stays together: `a.[name=b.c].d`, and `metadata.[a.b]`, whose
/// brackets go.
pub(crate) fn split_smart_path(path: &str, delimiter: char) -> Vec<String> {
    let parts = split_path(path, delimiter);
    let mut out = Vec::with_capacity(parts.len());
    let mut parts = parts.into_iter();
    while let Some(part) = parts.next() {
        if !part.starts_with('[') || part.ends_with(']') {
            out.push(part);
            continue;
        }
        let mut bracketed = part;
        for part in parts.by_ref() {
            bracketed.push(delimiter);
            bracketed.push_str(&part);
            if part.ends_with(']') {
                break;
            }
        }
        if bracketed.contains('=') {
            out.push(bracketed);
        } else {
            out.push(bracketed.trim_matches(['[', ']']).to_owned());
        }
    }
    out
}

#[cfg(test)]
mod tests;
