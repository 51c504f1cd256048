//! Documents as trees: nodes in one arena, named by index.
//!
//! In: parsed text, or nodes made by code. Out: the same, to read and to change. A node may stand in several places,
//! as a pointer may in Go; changing it changes it everywhere. Every node carries an [`Origin`].
//!
//! Values are slices of one text: the source as it was read, followed by everything that was unescaped or set later.

use tidegate_base::{LimitError, Meter, Origin};

/// A node of a [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A single value.
    Scalar,
    /// Keys and values; the content holds them in turn.
    Mapping,
    /// A list.
    Sequence,
    /// `*name`: stands for another node.
    Alias,
}

/// How a node is written, as go-yaml's `Style` bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style(u8);

impl Style {
    /// Plain, or block.
    pub const PLAIN: Self = Self(0);
    /// The tag was written.
    pub const TAGGED: Self = Self(1);
    /// `"…"`
    pub const DOUBLE: Self = Self(2);
    /// `'…'`
    pub const SINGLE: Self = Self(4);
    /// `|`
    pub const LITERAL: Self = Self(8);
    /// `>`
    pub const FOLDED: Self = Self(16);
    /// `{…}` or `[…]`
    pub const FLOW: Self = Self(32);
    const QUOTED: u8 = 2 | 4 | 8 | 16;

    /// Whether all bits of `other` are set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// With the bits of `other`.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Quoted or a block scalar: the text is a string whatever it looks like.
    pub const fn is_quoted(self) -> bool {
        self.0 & Self::QUOTED != 0
    }
}

/// A node's type, in go-yaml's short form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tag {
    /// None was written or found: `""`.
    None,
    /// `!`
    NonSpecific,
    /// `!!str`
    Str,
    /// `!!int`
    Int,
    /// `!!float`
    Float,
    /// `!!bool`
    Bool,
    /// `!!null`
    Null,
    /// `!!timestamp`
    Timestamp,
    /// `!!binary`
    Binary,
    /// `!!merge`
    Merge,
    /// `!!map`
    Map,
    /// `!!seq`
    Seq,
    /// Any other; its text is kept by the node.
    Custom,
}

impl Tag {
    const NAMED: [(Self, &'static str); 12] = [
        (Self::None, ""),
        (Self::NonSpecific, "!"),
        (Self::Str, "!!str"),
        (Self::Int, "!!int"),
        (Self::Float, "!!float"),
        (Self::Bool, "!!bool"),
        (Self::Null, "!!null"),
        (Self::Timestamp, "!!timestamp"),
        (Self::Binary, "!!binary"),
        (Self::Merge, "!!merge"),
        (Self::Map, "!!map"),
        (Self::Seq, "!!seq"),
    ];

    /// The tag with this short or long form, [`Tag::Custom`] for any other.
    pub fn from_text(text: &str) -> Self {
        let known = |short: &str| Self::NAMED.iter().find(|it| it.1 == short).map(|it| it.0);
        match text.strip_prefix(LONG_TAG) {
            Some(rest) => Self::NAMED.iter().find(|it| it.1.strip_prefix("!!") == Some(rest)).map(|it| it.0),
            None => known(text),
        }
        .unwrap_or(Self::Custom)
    }

    /// The short form; nothing for a custom tag.
    pub fn short(self) -> Option<&'static str> {
        Self::NAMED.iter().find(|it| it.0 == self).map(|it| it.1)
    }
}

/// What `!!` stands for.
pub(crate) const LONG_TAG: &str = "tag:yaml.org,2002:";

/// A slice of a tree's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Text {
    start: u32,
    len: u32,
}

impl Text {
    /// The empty text.
    pub const EMPTY: Self = Self { start: 0, len: 0 };

    /// Whether there are no characters.
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }

    pub(crate) const fn new(start: u32, len: u32) -> Self {
        Self { start, len }
    }

    pub(crate) const fn start(self) -> u32 {
        self.start
    }
}

/// What only few nodes have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extra {
    /// The comment lines above.
    pub head: Text,
    /// The comment at the end of the line.
    pub line: Text,
    /// The comment lines below.
    pub foot: Text,
    /// The name after `&`.
    pub anchor: Text,
    /// The text of a custom tag.
    pub tag: Text,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    kind: Kind,
    style: Style,
    tag: Tag,
    /// Go's `ShouldKeep`: a null that is not to be cleared.
    keep: bool,
    /// Scalar: the value. Mapping, sequence: a run of `links`. Alias: the name, or its target when `cap` says so.
    start: u32,
    len: u32,
    /// Mapping, sequence: room in the run. Alias: the node it stands for.
    cap: u32,
    origin: Origin,
    /// Index into `extras`, 0 for none.
    extra: u32,
}

/// A document: its root and the comments that belong to no node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Document {
    /// The root node.
    pub root: NodeId,
    /// Comment lines above the document, set off by an empty line.
    pub head: Text,
    /// Comment lines below it.
    pub foot: Text,
    /// Whether it has anchors, aliases or merge keys.
    pub anchored: bool,
}

/// An arena of nodes with their text.
#[derive(Debug, Clone)]
pub struct Tree {
    text: String,
    nodes: Vec<Node>,
    links: Vec<NodeId>,
    extras: Vec<Extra>,
    meter: Meter,
    /// Bytes of text that it may come to hold.
    room: u64,
    overflow: Option<LimitError>,
}

impl Default for Tree {
    fn default() -> Self {
        Self::new(u64::MAX)
    }
}

impl Tree {
    /// An empty tree that may come to hold `limit` nodes.
    pub fn new(limit: u64) -> Self {
        Self {
            text: String::new(),
            nodes: Vec::new(),
            links: Vec::new(),
            extras: vec![Extra::default()],
            meter: Meter::new("nodes", limit),
            room: u64::from(u32::MAX),
            overflow: None,
        }
    }

    /// Sets how many nodes the tree may come to hold.
    pub fn allow_nodes(&mut self, nodes: u64) {
        self.meter.allow(nodes);
    }

    /// Sets how many bytes of text the tree may come to hold; places in it are told in 32 bits.
    pub fn allow_text(&mut self, bytes: u64) {
        self.room = bytes.min(u64::from(u32::MAX));
    }

    /// The limit that was met, if one was: nodes made since then are lost, and the tree is not to be used.
    pub fn overflow(&self) -> Option<LimitError> {
        self.overflow
    }

    /// How many nodes were made.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether no node was made.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Bytes of text that the tree holds.
    pub fn text_len(&self) -> usize {
        self.text.len()
    }

    /// The characters that `text` names.
    pub fn text(&self, text: Text) -> &str {
        &self.text[text.start as usize..(text.start + text.len) as usize]
    }

    /// `len` bytes of the text from `start` on, as far as it goes.
    pub fn source(&self, start: u32, len: u32) -> &str {
        let end = (start as usize + len as usize).min(self.text.len());
        self.text.get(start as usize..end).unwrap_or_default()
    }

    /// Keeps `value` and names it.
    pub fn add_text(&mut self, value: &str) -> Text {
        let start = self.text.len();
        let asked = (start + value.len()) as u64;
        if asked > self.room {
            self.overflow.get_or_insert(LimitError { name: "text-bytes", allowed: self.room, asked });
            return Text::EMPTY;
        }
        self.text.push_str(value);
        Text { start: start as u32, len: value.len() as u32 }
    }

    fn push(&mut self, node: Node) -> NodeId {
        if let Err(limit) = self.meter.spend(1) {
            self.overflow.get_or_insert(limit);
            if !self.nodes.is_empty() {
                return NodeId(0);
            }
        }
        self.nodes.push(node);
        NodeId(self.nodes.len() as u32 - 1)
    }

    /// A scalar whose value is `text`.
    pub fn scalar_at(&mut self, tag: Tag, style: Style, text: Text, origin: Origin) -> NodeId {
        let Text { start, len } = text;
        self.push(Node { kind: Kind::Scalar, style, tag, keep: false, start, len, cap: 0, origin, extra: 0 })
    }

    /// A scalar with this value.
    pub fn scalar(&mut self, tag: Tag, style: Style, value: &str) -> NodeId {
        let text = self.add_text(value);
        self.scalar_at(tag, style, text, Origin::UNKNOWN)
    }

    /// An alias that stands for `target`.
    pub fn alias(&mut self, name: Text, target: NodeId, origin: Origin) -> NodeId {
        self.push(Node {
            kind: Kind::Alias,
            style: Style::PLAIN,
            tag: Tag::None,
            keep: false,
            start: name.start,
            len: name.len,
            cap: target.0,
            origin,
            extra: 0,
        })
    }

    /// A mapping or sequence with this content.
    pub fn collection(&mut self, kind: Kind, tag: Tag, style: Style, content: &[NodeId]) -> NodeId {
        let start = self.links.len() as u32;
        self.links.extend_from_slice(content);
        let len = content.len() as u32;
        let origin = Origin::UNKNOWN;
        self.push(Node { kind, style, tag, keep: false, start, len, cap: len, origin, extra: 0 })
    }

    /// An empty mapping, made by code: without a tag, as Go's zero value.
    pub fn mapping(&mut self) -> NodeId {
        self.collection(Kind::Mapping, Tag::None, Style::PLAIN, &[])
    }

    /// An empty sequence, made by code: without a tag, as Go's zero value.
    pub fn sequence(&mut self) -> NodeId {
        self.collection(Kind::Sequence, Tag::None, Style::PLAIN, &[])
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    /// What the node is.
    pub fn kind(&self, id: NodeId) -> Kind {
        self.node(id).kind
    }

    /// Changes what the node is, dropping value and content.
    pub fn set_kind(&mut self, id: NodeId, kind: Kind) {
        let node = self.node_mut(id);
        if node.kind != kind {
            (node.kind, node.start, node.len, node.cap) = (kind, 0, 0, 0);
        }
    }

    /// How the node is written.
    pub fn style(&self, id: NodeId) -> Style {
        self.node(id).style
    }

    /// Sets how the node is written.
    pub fn set_style(&mut self, id: NodeId, style: Style) {
        self.node_mut(id).style = style;
    }

    /// The node's type.
    pub fn tag(&self, id: NodeId) -> Tag {
        self.node(id).tag
    }

    /// Sets the node's type.
    pub fn set_tag(&mut self, id: NodeId, tag: Tag) {
        self.node_mut(id).tag = tag;
    }

    /// The text of the node's tag: short form, or as it was written when it is custom.
    pub fn tag_text(&self, id: NodeId) -> &str {
        self.tag(id).short().unwrap_or_else(|| self.text(self.extra(id).tag))
    }

    /// Whether the node is a null that merges keep.
    pub fn keeps(&self, id: NodeId) -> bool {
        self.node(id).keep
    }

    /// Marks a null that merges keep.
    pub fn set_keeps(&mut self, id: NodeId, keep: bool) {
        self.node_mut(id).keep = keep;
    }

    /// A scalar's value or an alias' name; empty for collections.
    pub fn value(&self, id: NodeId) -> &str {
        self.text(self.value_text(id))
    }

    /// As [`value`](Self::value), as a name for it.
    pub fn value_text(&self, id: NodeId) -> Text {
        let node = self.node(id);
        match node.kind {
            Kind::Scalar | Kind::Alias => Text { start: node.start, len: node.len },
            _ => Text::EMPTY,
        }
    }

    /// Sets a scalar's value; type and style stay.
    pub fn set_value(&mut self, id: NodeId, value: &str) {
        let text = self.add_text(value);
        self.set_value_text(id, text);
    }

    /// Sets a scalar's value to text that the tree holds.
    pub fn set_value_text(&mut self, id: NodeId, text: Text) {
        let node = self.node_mut(id);
        if node.kind == Kind::Scalar {
            (node.start, node.len) = (text.start, text.len);
        }
    }

    /// The content: items of a sequence, keys and values of a mapping in turn; empty otherwise.
    pub fn content(&self, id: NodeId) -> &[NodeId] {
        let node = self.node(id);
        match node.kind {
            Kind::Mapping | Kind::Sequence => &self.links[node.start as usize..(node.start + node.len) as usize],
            _ => &[],
        }
    }

    /// Entry `index` of the content.
    pub fn item(&self, id: NodeId, index: usize) -> NodeId {
        self.content(id)[index]
    }

    /// Puts `to` in place of entry `index` of the content.
    pub fn set_item(&mut self, id: NodeId, index: usize, to: NodeId) {
        let node = *self.node(id);
        debug_assert!(index < node.len as usize, "index within the content");
        self.links[node.start as usize + index] = to;
    }

    /// Replaces the content.
    pub fn set_content(&mut self, id: NodeId, content: &[NodeId]) {
        let node = *self.node(id);
        let len = content.len() as u32;
        if len <= node.cap {
            let start = node.start as usize;
            self.links[start..start + content.len()].copy_from_slice(content);
            self.node_mut(id).len = len;
        } else {
            let start = self.links.len() as u32;
            self.links.extend_from_slice(content);
            let node = self.node_mut(id);
            (node.start, node.len, node.cap) = (start, len, len);
        }
    }

    /// Appends to the content.
    pub fn append(&mut self, id: NodeId, items: &[NodeId]) {
        let node = *self.node(id);
        let (len, more) = (node.len as usize, items.len());
        if len + more > node.cap as usize {
            let start = self.links.len();
            if node.start as usize + node.cap as usize == start {
                // The run is the last one: it can grow where it is.
                self.links.resize(start + more, NodeId(0));
                self.node_mut(id).cap += more as u32;
            } else {
                let room = (len + more).max(len * 2).max(4);
                self.links.extend_from_within(node.start as usize..node.start as usize + len);
                self.links.resize(start + room, NodeId(0));
                let node = self.node_mut(id);
                (node.start, node.cap) = (start as u32, room as u32);
            }
        }
        let node = self.node_mut(id);
        let start = node.start as usize + len;
        node.len += more as u32;
        self.links[start..start + more].copy_from_slice(items);
    }

    /// Removes `count` entries of the content from `index` on.
    pub fn remove(&mut self, id: NodeId, index: usize, count: usize) {
        let node = *self.node(id);
        let start = node.start as usize;
        self.links.copy_within(start + index + count..start + node.len as usize, start + index);
        self.node_mut(id).len -= count as u32;
    }

    /// Where the node came from.
    pub fn origin(&self, id: NodeId) -> Origin {
        self.node(id).origin
    }

    /// Sets where the node came from.
    pub fn set_origin(&mut self, id: NodeId, origin: Origin) {
        self.node_mut(id).origin = origin;
    }

    /// The node that an alias stands for, however many aliases lie between; any other node itself.
    pub fn resolve(&self, mut id: NodeId) -> NodeId {
        // An alias can only stand for a node that was made before it, so this ends.
        while self.node(id).kind == Kind::Alias {
            id = NodeId(self.node(id).cap);
        }
        id
    }

    /// Comments, anchor and custom tag.
    pub fn extra(&self, id: NodeId) -> Extra {
        self.extras[self.node(id).extra as usize]
    }

    /// Whether the node has comments, an anchor or a custom tag.
    pub fn has_extra(&self, id: NodeId) -> bool {
        self.node(id).extra != 0
    }

    /// Sets comments, anchor and custom tag.
    pub fn set_extra(&mut self, id: NodeId, extra: Extra) {
        if extra == Extra::default() {
            self.node_mut(id).extra = 0;
        } else if self.extra(id) != extra {
            self.extras.push(extra);
            self.node_mut(id).extra = self.extras.len() as u32 - 1;
        }
    }

    /// Makes `to` the same as `from`: Go's `*to = *from`. Content is shared until either changes its list.
    pub fn assign(&mut self, to: NodeId, from: NodeId) {
        let mut node = *self.node(from);
        // The run stays `from`'s: an append to either moves it to a run of its own.
        if matches!(node.kind, Kind::Mapping | Kind::Sequence) {
            let start = self.links.len();
            self.links.extend_from_within(node.start as usize..(node.start + node.len) as usize);
            (node.start, node.cap) = (start as u32, node.len);
        }
        *self.node_mut(to) = node;
    }

    /// Whether there are more than `levels` levels of collections at and below a node.
    pub fn is_deeper(&self, id: NodeId, levels: u64) -> bool {
        let mut todo = vec![(id, 0)];
        while let Some((node, level)) = todo.pop() {
            if matches!(self.kind(node), Kind::Mapping | Kind::Sequence) {
                if level >= levels {
                    return true;
                }
                todo.extend(self.content(node).iter().map(|&it| (it, level + 1)));
            }
        }
        false
    }

    /// A copy of the node and everything below it.
    pub fn copy(&mut self, id: NodeId) -> NodeId {
        if self.overflow.is_some() {
            return id;
        }
        let mut node = *self.node(id);
        if matches!(node.kind, Kind::Mapping | Kind::Sequence) {
            let start = self.links.len();
            let (from, len) = (node.start as usize, node.len as usize);
            self.links.extend_from_within(from..from + len);
            (node.start, node.cap) = (start as u32, node.len);
            for index in start..start + len {
                let child = self.copy(self.links[index]);
                self.links[index] = child;
            }
        }
        self.push(node)
    }

    /// The value of `key` in a mapping: the first one, when the key stands there twice.
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.find_key(id, key).map(|index| self.content(id)[index + 1])
    }

    /// The index of `key` in the content of a mapping.
    pub fn find_key(&self, id: NodeId, key: &str) -> Option<usize> {
        if self.kind(id) != Kind::Mapping {
            return None;
        }
        self.content(id).iter().step_by(2).position(|&it| self.value(it) == key).map(|it| it * 2)
    }

    /// Keys and values of a mapping; nothing for any other node.
    pub fn entries(&self, id: NodeId) -> impl Iterator<Item = (NodeId, NodeId)> + '_ {
        let content = if self.kind(id) == Kind::Mapping { self.content(id) } else { &[] };
        content.chunks_exact(2).map(|pair| (pair[0], pair[1]))
    }

    /// Takes over everything that `other` holds; gives what to add to its node ids.
    pub fn absorb(&mut self, other: &Self) -> Shift {
        let text = self.text.len() as u32;
        let nodes = self.nodes.len() as u32;
        let links = self.links.len() as u32;
        let extras = self.extras.len() as u32 - 1;
        let _ = self.add_text(&other.text);
        if let Err(limit) = self.meter.spend(other.nodes.len() as u64) {
            self.overflow.get_or_insert(limit);
        }
        self.extras.extend(other.extras[1..].iter().map(|it| Extra {
            head: it.head.moved(text),
            line: it.line.moved(text),
            foot: it.foot.moved(text),
            anchor: it.anchor.moved(text),
            tag: it.tag.moved(text),
        }));
        self.links.extend(other.links.iter().map(|it| NodeId(it.0 + nodes)));
        self.nodes.extend(other.nodes.iter().map(|it| {
            let mut node = *it;
            match node.kind {
                Kind::Scalar => node.start += text,
                Kind::Alias => (node.start, node.cap) = (node.start + text, node.cap + nodes),
                Kind::Mapping | Kind::Sequence => node.start += links,
            }
            if node.extra != 0 {
                node.extra += extras;
            }
            node.origin = node.origin.shifted(text);
            node
        }));
        Shift { text, nodes }
    }
}

/// What to add to the names of one tree once another has absorbed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    text: u32,
    nodes: u32,
}

impl Shift {
    /// The node's new name.
    #[must_use]
    pub const fn node(self, id: NodeId) -> NodeId {
        NodeId(id.0 + self.nodes)
    }

    /// The document's new names.
    #[must_use]
    pub fn document(self, document: Document) -> Document {
        Document {
            root: self.node(document.root),
            head: document.head.moved(self.text),
            foot: document.foot.moved(self.text),
            anchored: document.anchored,
        }
    }

    /// Bytes of text that stood before what was absorbed.
    pub const fn text(self) -> u32 {
        self.text
    }
}

impl Text {
    fn moved(self, by: u32) -> Self {
        if self.is_empty() { self } else { Self { start: self.start + by, len: self.len } }
    }
}

#[cfg(test)]
mod tests;
