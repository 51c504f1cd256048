//! Events to nodes: go-yaml's composer, without recursion.

use std::collections::HashMap;

use tidegate_base::{LimitError, Origin};

use super::event::{Comments, Event, EventKind, Parser};
use crate::{
    error::YamlError,
    resolve::{Schema, resolve_tag},
    scan::{ScalarStyle, Scanner, Slice},
    tree::{Document, Extra, Kind, LONG_TAG, NodeId, Style, Tag, Text, Tree},
};

/// A collection that is not closed yet.
struct Frame {
    node: NodeId,
    /// Where its content begins on the stack.
    content: usize,
    mapping: bool,
    flow: bool,
}

/// Builds documents out of events.
///
/// Values that are no slice of the source gather in the scanner's own text, which [`finish`](Self::finish) puts behind
/// the source; until then the tree's text must not grow.
pub(super) struct Builder<'a, 't> {
    tree: &'t mut Tree,
    parser: Parser<'a>,
    /// Where the source begins in the tree's text.
    base: u32,
    /// Bytes of the source that the scanner sees, and that stand in the tree's text.
    readable: u32,
    whole: u32,
    depth: u64,
    frames: Vec<Frame>,
    stack: Vec<NodeId>,
    anchors: HashMap<Box<str>, NodeId>,
    started: bool,
    /// Whether an alias, an anchor or a merge key was seen in the document.
    anchored: bool,
}

impl<'a, 't> Builder<'a, 't> {
    pub(super) fn new(tree: &'t mut Tree, scanner: Scanner<'a>, base: u32, lens: (usize, usize), depth: u64) -> Self {
        Self {
            tree,
            parser: Parser::new(scanner),
            base,
            readable: lens.0 as u32,
            whole: lens.1 as u32,
            depth,
            frames: Vec::new(),
            stack: Vec::new(),
            anchors: HashMap::new(),
            started: false,
            anchored: false,
        }
    }

    /// Puts the values that are no slice of the source where the nodes look for them.
    pub(super) fn finish(self) {
        let extra = self.parser.scanner.into_extra();
        let _ = self.tree.add_text(&extra);
    }

    /// The next document; nothing at the end of the text.
    pub(super) fn document(&mut self) -> Result<Option<Document>, YamlError> {
        if !self.started {
            self.parser.next()?;
            self.started = true;
        }
        let start = self.parser.next()?;
        if start.kind == EventKind::StreamEnd {
            return Ok(None);
        }
        self.anchored = false;
        let head = start.comments.map_or(Text::EMPTY, |it| self.keep(&it.head));
        loop {
            let event = self.parser.next()?;
            match event.kind {
                EventKind::DocumentEnd => {
                    let foot = event.comments.map_or(Text::EMPTY, |it| self.keep(&it.foot));
                    return Ok(self.stack.pop().map(|root| Document { root, head, foot, anchored: self.anchored }));
                }
                EventKind::SequenceEnd | EventKind::MappingEnd => self.close(event),
                EventKind::TailComment => self.tail_comment(event),
                EventKind::MappingStart { flow } => self.open(event, Kind::Mapping, flow)?,
                EventKind::SequenceStart { flow } => self.open(event, Kind::Sequence, flow)?,
                EventKind::Scalar(style) => self.scalar(event, style),
                EventKind::Alias => self.alias(event)?,
                EventKind::StreamStart | EventKind::StreamEnd | EventKind::DocumentStart => return Ok(None),
            }
        }
    }

    fn keep(&mut self, text: &str) -> Text {
        if text.is_empty() {
            return Text::EMPTY;
        }
        let slice = self.parser.scanner.keep(text);
        self.text(slice)
    }

    /// Where the tree will have what the scanner calls `slice`.
    fn text(&self, slice: Slice) -> Text {
        if slice.len == 0 {
            return Text::EMPTY;
        }
        let within = if slice.start < self.readable { slice.start } else { slice.start - self.readable + self.whole };
        Text::new(self.base + within, slice.len)
    }

    fn origin(&self, event: &Event) -> Origin {
        Origin::text(self.base + event.start.at as u32)
    }

    /// The tag that was written, `default` when there is none; whether it was; its text when it is custom.
    fn tag(&mut self, event: &Event, default: Tag) -> (Tag, Style, Text) {
        let text = self.parser.scanner.text(event.tag);
        if text.is_empty() || text == "!" {
            return (default, Style::PLAIN, Text::EMPTY);
        }
        let tag = Tag::from_text(text);
        let mut custom = Text::EMPTY;
        if tag == Tag::Custom {
            let short = text.strip_prefix(LONG_TAG).map(|it| format!("!!{it}"));
            let short = short.unwrap_or_else(|| text.to_owned());
            custom = self.keep(&short);
        }
        (tag, Style::TAGGED, custom)
    }

    /// Comments, anchor and custom tag of a new node.
    fn dress(&mut self, node: NodeId, event: Event, tag: Text) {
        let mut extra = Extra { tag, ..Extra::default() };
        if let Some(comments) = event.comments {
            let Comments { head, line, foot } = *comments;
            extra.head = self.keep(&head);
            extra.line = self.keep(&line);
            extra.foot = self.keep(&foot);
        }
        if let Some(anchor) = event.anchor {
            let name = self.parser.scanner.text(anchor).into();
            extra.anchor = self.text(anchor);
            self.anchors.insert(name, node);
            self.anchored = true;
        }
        if extra != Extra::default() {
            self.tree.set_extra(node, extra);
        }
    }

    fn scalar(&mut self, event: Event, style: ScalarStyle) {
        let value = self.parser.scanner.text(event.value);
        let (default, look) = match style {
            ScalarStyle::Plain if value == "<<" => (Tag::Merge, Style::PLAIN),
            ScalarStyle::Plain if event.tag.len <= 1 => (resolve_tag(Schema::V3, value), Style::PLAIN),
            ScalarStyle::Plain => (Tag::Str, Style::PLAIN),
            ScalarStyle::Single => (Tag::Str, Style::SINGLE),
            ScalarStyle::Double => (Tag::Str, Style::DOUBLE),
            ScalarStyle::Literal => (Tag::Str, Style::LITERAL),
            ScalarStyle::Folded => (Tag::Str, Style::FOLDED),
        };
        self.anchored |= default == Tag::Merge;
        let (tag, tagged, custom) =
            if event.tag.len == 0 { (default, Style::PLAIN, Text::EMPTY) } else { self.tag(&event, default) };
        let (text, origin) = (self.text(event.value), self.origin(&event));
        let node = self.tree.scalar_at(tag, look.with(tagged), text, origin);
        if event.comments.is_some() || event.anchor.is_some() || !custom.is_empty() {
            self.dress(node, event, custom);
        }
        self.add(node);
    }

    fn alias(&mut self, event: Event) -> Result<(), YamlError> {
        let name = self.parser.scanner.text(event.value);
        let Some(&target) = self.anchors.get(name) else {
            return Err(YamlError::new(format!("unknown anchor `{name}` referenced"), event.start.at));
        };
        let (text, origin) = (self.text(event.value), self.origin(&event));
        self.anchored = true;
        let node = self.tree.alias(text, target, origin);
        self.dress(node, event, Text::EMPTY);
        self.add(node);
        Ok(())
    }

    fn open(&mut self, event: Event, kind: Kind, flow: bool) -> Result<(), YamlError> {
        if self.frames.len() as u64 >= self.depth {
            let limit = LimitError { name: "depth", allowed: self.depth, asked: self.depth + 1 };
            return Err(YamlError::limit(limit, event.start.at));
        }
        let mapping = kind == Kind::Mapping;
        let (tag, tagged, custom) = self.tag(&event, if mapping { Tag::Map } else { Tag::Seq });
        let style = if flow { Style::FLOW } else { Style::PLAIN };
        let node = self.tree.collection(kind, tag, style.with(tagged), &[]);
        let origin = self.origin(&event);
        self.tree.set_origin(node, origin);
        self.dress(node, event, custom);
        self.frames.push(Frame { node, content: self.stack.len(), mapping, flow });
        Ok(())
    }

    fn close(&mut self, event: Event) {
        let Some(frame) = self.frames.pop() else { return };
        let content = self.stack.split_off(frame.content);
        self.tree.set_content(frame.node, &content);
        let comments = event.comments.map(|it| *it).unwrap_or_default();
        let mut foot = self.keep(&comments.foot);
        if frame.mapping && !frame.flow && !foot.is_empty() && content.len() > 1 {
            self.set_foot(content[content.len() - 2], foot);
            foot = Text::EMPTY;
        }
        let line = self.keep(&comments.line);
        if self.tree.has_extra(frame.node) || !line.is_empty() || !foot.is_empty() {
            let extra = Extra { line, foot, ..self.tree.extra(frame.node) };
            self.tree.set_extra(frame.node, extra);
        }
        self.add(frame.node);
    }

    fn foot(&self, node: NodeId) -> Text {
        self.tree.extra(node).foot
    }

    fn set_foot(&mut self, node: NodeId, foot: Text) {
        let extra = Extra { foot, ..self.tree.extra(node) };
        self.tree.set_extra(node, extra);
    }

    /// Puts a finished node into the collection that is open, and moves foot comments to the key they belong to.
    fn add(&mut self, node: NodeId) {
        self.stack.push(node);
        let Some(frame) = self.frames.last() else { return };
        if !frame.mapping || !self.tree.has_extra(node) || self.foot(node).is_empty() {
            return;
        }
        let len = self.stack.len() - frame.content;
        let foot = self.foot(node);
        if len % 2 == 1 {
            // A key: when it is dedented, its foot is the foot of the value before.
            if !frame.flow && len > 2 {
                let before = self.stack[self.stack.len() - 3];
                self.set_foot(before, foot);
                self.set_foot(node, Text::EMPTY);
            }
        } else {
            let key = self.stack[self.stack.len() - 2];
            if self.foot(key).is_empty() {
                self.set_foot(key, foot);
                self.set_foot(node, Text::EMPTY);
            }
        }
    }

    /// A foot comment that comes after a value belongs to its key.
    fn tail_comment(&mut self, event: Event) {
        let Some(comments) = event.comments else { return };
        if self.stack.len() < 2 {
            return;
        }
        let key = self.stack[self.stack.len() - 2];
        if self.foot(key).is_empty() {
            let foot = self.keep(&comments.foot);
            self.set_foot(key, foot);
        }
    }
}
