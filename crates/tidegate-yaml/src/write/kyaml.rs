//! Trees as kyaml prints them: styles, tags, anchors and comments kept.
//!
//! Implements: `Encode` of go.yaml.in/yaml/v3 v3.0.3 for a `yaml.Node` (encode.go `node`, emitterc.go), as
//!             kyaml sets it up: indent 2, compact sequences.

use super::{
    Dialect,
    analyze::analyze,
    go_yaml::Context,
    pen::{Pen, Position, choose_style},
};
use crate::{
    resolve::{Schema, resolve_tag},
    scan::ScalarStyle,
    tree::{Document, Extra, Kind, LONG_TAG, NodeId, Style, Tag, Text, Tree},
};

/// Writes one node as a document of its own.
pub fn node(tree: &Tree, id: NodeId) -> String {
    document(tree, &Document { root: id, head: Text::EMPTY, foot: Text::EMPTY, anchored: false })
}

/// Writes a document with its comments.
pub fn document(tree: &Tree, document: &Document) -> String {
    let mut writer = Writer::new(tree, Pen::new(Dialect::V3, String::new()));
    writer.document(document);
    writer.pen.out
}

/// Writes documents behind each other, with `---` between them.
pub fn documents(tree: &Tree, documents: &[Document]) -> String {
    let mut writer = Writer::new(tree, Pen::new(Dialect::V3, String::new()));
    for (index, document) in documents.iter().enumerate() {
        if index > 0 {
            writer.pen.write_indent();
            writer.pen.write_indicator("---", true, false, false);
            writer.pen.write_indent();
        }
        writer.document(document);
    }
    writer.pen.out
}

/// How a scalar is presented: its style, and the tag to write before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Presented {
    pub(super) style: ScalarStyle,
    pub(super) tagged: bool,
}

/// encode.go, `node`: which tag has to be written, and in which style.
pub(super) fn present(tree: &Tree, id: NodeId) -> Presented {
    let (tag, style, value) = (tree.tag(id), tree.style(id), tree.value(id));
    let mut tagged = tag != Tag::None;
    let mut force_quotes = false;
    if tagged && !style.has(Style::TAGGED) {
        if tag == Tag::Str && style.is_quoted() {
            tagged = false;
        } else {
            if resolve_tag(Schema::V3, value) == tag {
                tagged = false;
            } else if tag == Tag::Str {
                tagged = false;
                force_quotes = true;
            }
        }
    }
    let style = if style.has(Style::DOUBLE) {
        ScalarStyle::Double
    } else if style.has(Style::SINGLE) {
        ScalarStyle::Single
    } else if style.has(Style::LITERAL) {
        ScalarStyle::Literal
    } else if style.has(Style::FOLDED) {
        ScalarStyle::Folded
    } else if value.contains('\n') {
        ScalarStyle::Literal
    } else if force_quotes {
        ScalarStyle::Double
    } else {
        ScalarStyle::Plain
    };
    Presented { style, tagged }
}

struct Writer<'t> {
    tree: &'t Tree,
    pen: Pen,
    flow_level: usize,
    head: Text,
    line: Text,
    foot: Text,
    tail: Text,
    key_line: Text,
}

/// What is to be emitted for a node: the comments of its first event.
#[derive(Clone, Copy, Default)]
struct Cast {
    /// The foot comment of the key before, which comes above this one.
    tail: Text,
    /// Whether the node's own foot comment is left out, as it is written later.
    no_foot: bool,
}

impl<'t> Writer<'t> {
    fn new(tree: &'t Tree, pen: Pen) -> Self {
        let none = Text::EMPTY;
        Self { tree, pen, flow_level: 0, head: none, line: none, foot: none, tail: none, key_line: none }
    }

    fn document(&mut self, document: &Document) {
        self.head = document.head;
        if !self.head.is_empty() {
            self.write_head();
            self.pen.put_break();
        }
        self.begin(document.root, Cast::default());
        self.write_head();
        self.node(document.root, false, Context { mapping: false, item: false });
        self.finish(document.root);
        self.foot = if document.foot.is_empty() { self.foot } else { document.foot };
        self.pen.foot_indent = 0;
        self.write_foot();
        self.pen.foot_indent = -1;
        self.pen.write_indent();
    }

    /// Line and foot comment of a node that is no block: a block's come with what follows it.
    fn finish(&mut self, id: NodeId) {
        if matches!(self.tree.kind(id), Kind::Scalar | Kind::Alias) {
            self.write_line();
            self.write_foot();
        }
    }

    fn extra(&self, id: NodeId) -> Extra {
        self.tree.extra(id)
    }

    /// The comments of a node's first event become the ones that wait: libyaml's `analyze_event`.
    fn begin(&mut self, id: NodeId, cast: Cast) {
        if self.tree.has_extra(id) {
            let extra = self.extra(id);
            let scalar = matches!(self.tree.kind(id), Kind::Scalar | Kind::Alias);
            take(&mut self.head, extra.head);
            if scalar {
                take(&mut self.line, extra.line);
                if !cast.no_foot {
                    take(&mut self.foot, extra.foot);
                }
            }
        }
        take(&mut self.tail, cast.tail);
    }

    /// The comments of a collection's last event.
    fn end(&mut self, id: NodeId, tail: Text) {
        if self.tree.has_extra(id) {
            let extra = self.extra(id);
            take(&mut self.line, extra.line);
            take(&mut self.foot, extra.foot);
        }
        take(&mut self.tail, tail);
    }

    fn node(&mut self, id: NodeId, simple_key: bool, context: Context) {
        match self.tree.kind(id) {
            Kind::Alias => {
                let name = format!("*{}", self.tree.value(id));
                self.pen.write_word(&name);
            }
            Kind::Scalar => self.scalar(id, simple_key, context),
            kind => {
                self.write_anchor(id);
                self.write_collection_tag(id, kind);
                let empty = self.tree.content(id).is_empty();
                let flow = self.flow_level > 0 || self.tree.style(id).has(Style::FLOW) || empty;
                match (kind, flow) {
                    (Kind::Sequence, true) => self.flow_sequence(id, context),
                    (Kind::Sequence, false) => self.block_sequence(id, context),
                    (_, true) => self.flow_mapping(id, context),
                    (_, false) => self.block_mapping(id, context),
                }
            }
        }
    }

    fn write_anchor(&mut self, id: NodeId) {
        let anchor = self.extra(id).anchor;
        if !anchor.is_empty() {
            let name = format!("&{}", self.tree.text(anchor));
            self.pen.write_word(&name);
        }
    }

    fn write_collection_tag(&mut self, id: NodeId, kind: Kind) {
        let tag = self.tree.tag(id);
        let default = if kind == Kind::Mapping { Tag::Map } else { Tag::Seq };
        if tag != Tag::None && (self.tree.style(id).has(Style::TAGGED) || tag != default) {
            self.write_tag(id);
        }
    }

    fn write_tag(&mut self, id: NodeId) {
        let text = self.tree.tag_text(id);
        let long = match text.strip_prefix("!!") {
            Some(rest) => format!("{LONG_TAG}{rest}"),
            None => text.to_owned(),
        };
        let shown = match (long.strip_prefix(LONG_TAG), long.strip_prefix('!')) {
            (Some(rest), _) => format!("!!{}", escape_tag(rest)),
            (_, Some(rest)) => format!("!{}", escape_tag(rest)),
            _ => format!("!<{}>", escape_tag(&long)),
        };
        self.pen.write_word(&shown);
    }

    fn scalar(&mut self, id: NodeId, simple_key: bool, context: Context) {
        let text = self.tree.value(id);
        let presented = present(self.tree, id);
        let allowed = analyze(Dialect::V3, text);
        let position = Position { flow: self.flow_level > 0, simple_key };
        let style = choose_style(presented.style, text.is_empty(), allowed, position);
        self.write_anchor(id);
        if presented.tagged {
            self.write_tag(id);
        }
        let before = self.pen.increase_indent(true, false, context, false);
        if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            self.pen.write_block_header(style, text);
            if self.line.is_empty() {
                self.pen.put_break();
            } else {
                self.write_line();
            }
        }
        self.pen.write_scalar(style, text, !simple_key);
        self.pen.indent = before;
    }

    fn has_trailing_comments(&self) -> bool {
        !self.line.is_empty() || !self.foot.is_empty() || !self.tail.is_empty()
    }

    fn flow_sequence(&mut self, id: NodeId, context: Context) {
        self.pen.write_indicator("[", true, true, false);
        let before = self.pen.increase_indent(true, false, context, false);
        self.flow_level += 1;
        let mut comma = false;
        for (index, &item) in self.tree.content(id).iter().enumerate() {
            self.begin(item, Cast::default());
            if index > 0 && !comma {
                self.pen.write_indicator(",", false, false, false);
            }
            self.write_head();
            if self.pen.column == 0 {
                self.pen.write_indent();
            }
            // The comma comes before a comment, but only when the item's first event already has it.
            self.node(item, false, Context { mapping: false, item: false });
            comma = self.has_trailing_comments();
            if comma {
                self.pen.write_indicator(",", false, false, false);
            }
            self.write_line();
            self.write_foot();
        }
        self.end(id, Text::EMPTY);
        self.flow_level -= 1;
        self.pen.indent = before;
        if self.pen.column == 0 {
            self.pen.write_indent();
        }
        self.pen.write_indicator("]", false, false, false);
        self.write_line();
        self.write_foot();
    }

    fn flow_mapping(&mut self, id: NodeId, context: Context) {
        self.pen.write_indicator("{", true, true, false);
        let before = self.pen.increase_indent(true, false, context, false);
        self.flow_level += 1;
        let mut comma = false;
        let mut tail = Text::EMPTY;
        for (index, (key, value)) in self.tree.entries(id).enumerate() {
            let cast = Cast { tail, no_foot: true };
            self.begin(key, cast);
            if index > 0 && !comma {
                self.pen.write_indicator(",", false, false, false);
            }
            self.write_head();
            if self.pen.column == 0 {
                self.pen.write_indent();
            }
            let simple = self.is_simple_key(key);
            if !simple {
                self.pen.write_indicator("?", true, false, false);
            }
            self.node(key, simple, Context { mapping: true, item: false });
            tail = self.extra(key).foot;
            self.begin(value, Cast::default());
            self.pen.write_indicator(":", !simple, false, false);
            self.node(value, false, Context { mapping: true, item: false });
            comma = self.has_trailing_comments();
            if comma {
                self.pen.write_indicator(",", false, false, false);
            }
            self.write_line();
            self.write_foot();
        }
        self.end(id, tail);
        let any = !self.tree.content(id).is_empty();
        let waiting = !self.head.is_empty() || !self.foot.is_empty() || !self.tail.is_empty();
        if any && waiting && !comma {
            self.pen.write_indicator(",", false, false, false);
        }
        self.write_head();
        self.flow_level -= 1;
        self.pen.indent = before;
        self.pen.write_indicator("}", false, false, false);
        self.write_line();
        self.write_foot();
    }

    fn block_sequence(&mut self, id: NodeId, context: Context) {
        let before = self.pen.open_block_sequence(context);
        for &item in self.tree.content(id) {
            self.begin(item, Cast::default());
            self.write_head();
            self.pen.write_indent();
            self.pen.write_indicator("-", true, false, true);
            self.node(item, false, Context { mapping: false, item: true });
            self.finish(item);
        }
        self.end(id, Text::EMPTY);
        self.pen.indent = before;
    }

    fn block_mapping(&mut self, id: NodeId, context: Context) {
        let before = self.pen.increase_indent(false, false, context, false);
        let mut tail = Text::EMPTY;
        for (key, value) in self.tree.entries(id) {
            let cast = Cast { tail, no_foot: true };
            self.begin(key, cast);
            self.write_head();
            self.pen.write_indent();
            if !self.line.is_empty() {
                // A comment behind the key itself: it is written where there is room for it.
                self.key_line = std::mem::take(&mut self.line);
            }
            let simple = self.is_simple_key(key);
            if !simple {
                self.pen.write_indicator("?", true, false, true);
            }
            self.node(key, simple, Context { mapping: true, item: false });
            tail = self.extra(key).foot;
            self.begin(value, Cast::default());
            if simple {
                self.pen.write_indicator(":", false, false, false);
            } else {
                self.pen.write_indent();
                self.pen.write_indicator(":", true, false, true);
            }
            self.place_key_comment(value);
            self.node(value, false, Context { mapping: true, item: false });
            self.finish(value);
        }
        self.end(id, tail);
        self.write_head();
        self.pen.indent = before;
    }

    /// A comment behind a key goes behind its scalar value, or stays behind the key of a block.
    fn place_key_comment(&mut self, value: NodeId) {
        if self.key_line.is_empty() {
            return;
        }
        match self.tree.kind(value) {
            Kind::Scalar if self.line.is_empty() => {
                self.line = std::mem::take(&mut self.key_line);
            }
            Kind::Mapping | Kind::Sequence if !self.tree.style(value).has(Style::FLOW) => {
                std::mem::swap(&mut self.line, &mut self.key_line);
                self.write_line();
                std::mem::swap(&mut self.line, &mut self.key_line);
            }
            _ => {}
        }
    }

    fn is_simple_key(&self, key: NodeId) -> bool {
        let anchor = self.tree.text(self.extra(key).anchor).len();
        let length = match self.tree.kind(key) {
            Kind::Alias => self.tree.value(key).len(),
            Kind::Scalar => {
                let text = self.tree.value(key);
                if analyze(Dialect::V3, text).multiline {
                    return false;
                }
                anchor + text.len()
            }
            _ if !self.tree.content(key).is_empty() => return false,
            _ => anchor,
        };
        length <= 128
    }

    fn write_head(&mut self) {
        if !self.tail.is_empty() {
            self.pen.write_indent();
            let tail = std::mem::take(&mut self.tail);
            self.write_comment(tail);
            self.pen.foot_indent = self.pen.indent.max(0);
        }
        if !self.head.is_empty() {
            self.pen.write_indent();
            let head = std::mem::take(&mut self.head);
            self.write_comment(head);
        }
    }

    fn write_line(&mut self) {
        if self.line.is_empty() {
            return;
        }
        if !self.pen.whitespace {
            self.pen.put(' ');
        }
        let line = std::mem::take(&mut self.line);
        self.write_comment(line);
    }

    fn write_foot(&mut self) {
        if self.foot.is_empty() {
            return;
        }
        self.pen.write_indent();
        let foot = std::mem::take(&mut self.foot);
        self.write_comment(foot);
        self.pen.foot_indent = self.pen.indent.max(0);
    }

    fn write_comment(&mut self, comment: Text) {
        let comment = self.tree.text(comment);
        let mut breaks = false;
        let mut pound = false;
        for c in comment.chars() {
            if c == '\n' {
                self.pen.put_break();
                breaks = true;
                pound = false;
                continue;
            }
            if breaks {
                self.pen.write_indent();
            }
            if !pound {
                if c != '#' {
                    self.pen.put('#');
                    self.pen.put(' ');
                }
                pound = true;
            }
            self.pen.put(c);
            self.pen.indention = false;
            breaks = false;
        }
        if !breaks {
            self.pen.put_break();
        }
        self.pen.whitespace = true;
    }
}

fn take(waiting: &mut Text, more: Text) {
    if !more.is_empty() {
        *waiting = more;
    }
}

/// Percent-encodes what a tag cannot hold.
fn escape_tag(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b',' | b'_' | b'.' | b'~' | b'*' | b'\''
            | b'(' | b')' | b'[' | b']' => out.push(char::from(byte)),
            byte if crate::chars::is_alpha(byte) => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
