//! Resources as `kustomize build` prints them: keys in natural order, no comments, one style for every string.
//!
//! Implements: `Resource.AsYAML` of kustomize/api v0.21.1: kyaml's text, read again (see [`crate::reread_scalar`]),
//!             turned into JSON, read by go.yaml.in/yaml/v2 and written by it, all in one pass over the tree.
//! Refuses:    what one of these steps refuses: infinities, a key that stands twice or is no string, characters that
//!             JSON leaves as they are and YAML forbids.

use std::{borrow::Cow, fmt::Write as _};

use super::{
    Dialect,
    go_yaml::{Context, order, simple_key, string},
    natural_less,
    pen::Pen,
};
use crate::{
    chars::is_allowed,
    error::YamlError,
    go,
    parse::{ParseOptions, parse_first},
    reread::{refuse_duplicates, reread_scalar, string_key},
    resolve::{Scalar, Schema, resolve},
    tree::{Kind, NodeId, Style, Tag, Tree},
};

/// Appends the resource `id` to `out`. `note` may give a trailing comment for a node, as for `--origins`.
///
/// # Errors
/// The resource holds what no YAML that passed through JSON can hold; the error's place is a byte of the tree's text.
pub fn write(
    out: &mut String,
    tree: &Tree,
    id: NodeId,
    note: Option<&dyn Fn(NodeId) -> Option<String>>,
) -> Result<(), YamlError> {
    let mut writer = Writer { tree, pen: Pen::new(Dialect::V2, std::mem::take(out)), note, scratch: Vec::new() };
    let result = writer.node(id, false, true, Context { mapping: false, item: false });
    writer.pen.write_indent();
    *out = writer.pen.out;
    result
}

struct Entry<'t> {
    key: Cow<'t, str>,
    key_node: NodeId,
    value: NodeId,
}

struct Writer<'t, 'n> {
    tree: &'t Tree,
    pen: Pen,
    note: Option<&'n dyn Fn(NodeId) -> Option<String>>,
    scratch: Vec<Entry<'t>>,
}

type Written<T = ()> = Result<T, YamlError>;

impl<'t> Writer<'t, '_> {
    fn error<T>(&self, id: NodeId, problem: impl Into<String>) -> Written<T> {
        Err(YamlError::new(problem, self.tree.origin(id).as_text().unwrap_or(0) as usize))
    }

    fn node(&mut self, id: NodeId, flow: bool, root: bool, context: Context) -> Written {
        let tree = self.tree;
        match tree.kind(id) {
            Kind::Scalar => self.scalar(id, flow, context),
            Kind::Alias => self.node(tree.resolve(id), flow, root, context),
            Kind::Sequence => {
                if tree.content(id).is_empty() {
                    self.pen.write_word("[]");
                    self.remark(id);
                    return Ok(());
                }
                let flow = flow || tree.style(id).has(Style::FLOW);
                let before = self.pen.open_block_sequence(context);
                for &item in tree.content(id) {
                    self.pen.write_indent();
                    self.pen.write_indicator("-", true, false, true);
                    self.node(item, flow, false, Context { mapping: false, item: true })?;
                }
                self.pen.indent = before;
                Ok(())
            }
            Kind::Mapping => self.mapping(id, flow, root, context),
        }
    }

    fn mapping(&mut self, id: NodeId, flow: bool, root: bool, context: Context) -> Written {
        let flow = flow || self.tree.style(id).has(Style::FLOW);
        let from = self.scratch.len();
        self.gather(id, flow, root)?;
        if self.scratch.len() == from {
            self.pen.write_word("{}");
            self.remark(id);
            return Ok(());
        }
        let before = self.pen.increase_indent(false, false, context, false);
        // Taken from the back, so that what the values need stands behind it.
        self.scratch[from..].reverse();
        while self.scratch.len() > from {
            let Some(entry) = self.scratch.pop() else { break };
            self.pen.write_indent();
            let simple = simple_key(Dialect::V2, &entry.key);
            if !simple {
                self.pen.write_indicator("?", true, false, true);
            }
            self.text(entry.key_node, entry.key, simple, Context { mapping: true, item: false })?;
            if simple {
                self.pen.write_indicator(":", false, false, false);
            } else {
                self.pen.write_indent();
                self.pen.write_indicator(":", true, false, true);
            }
            self.node(entry.value, flow, false, Context { mapping: true, item: false })?;
        }
        self.pen.indent = before;
        Ok(())
    }

    /// Puts the entries of a mapping on the stack, in the order in which they are written.
    fn gather(&mut self, id: NodeId, flow: bool, root: bool) -> Written {
        let tree = self.tree;
        let from = self.scratch.len();
        let mut sorted = true;
        for (key_node, value) in tree.entries(id) {
            let plain = tree.tag(key_node) == Tag::Str && tree.kind(key_node) == Kind::Scalar;
            let key = if plain {
                Cow::Borrowed(tree.value(key_node))
            } else {
                match string_key(tree, key_node, flow, root)? {
                    Some(key) => key,
                    None => continue,
                }
            };
            sorted &= self.scratch[from..].last().is_none_or(|it| natural_less(Dialect::V2, &it.key, &key));
            self.scratch.push(Entry { key, key_node, value });
        }
        if !sorted {
            refuse_duplicates(tree, id, self.scratch[from..].iter().map(|it| it.key.as_ref()))?;
            sort(&mut self.scratch[from..]);
        }
        Ok(())
    }

    fn scalar(&mut self, id: NodeId, flow: bool, context: Context) -> Written {
        let value = reread_scalar(self.tree, id, flow)?;
        let mut text = String::new();
        match value {
            Scalar::Str(text) => return self.text_value(id, text, context),
            Scalar::Time(time) => return self.text_value(id, Cow::Owned(time.to_string()), context),
            Scalar::Null => text.push_str("null"),
            Scalar::Bool(it) => text.push_str(if it { "true" } else { "false" }),
            Scalar::Int(it) => {
                let _ = write!(text, "{it}");
            }
            Scalar::Uint(it) => {
                let _ = write!(text, "{it}");
            }
            Scalar::Float(it) if !it.is_finite() => {
                return self.error(id, format!("`{}` is no number that JSON can hold", self.tree.value(id)));
            }
            Scalar::Float(it) => text = number(it),
        }
        self.pen.write_word(&text);
        self.remark(id);
        Ok(())
    }

    fn text_value(&mut self, id: NodeId, text: Cow<'_, str>, context: Context) -> Written {
        let multiline = text.contains('\n');
        if multiline && self.note.is_some() {
            // A comment behind a block scalar's header, which is the end of its first line.
            let at = self.pen.out.len();
            self.text(id, text, false, context)?;
            self.remark_at(id, at);
            return Ok(());
        }
        self.text(id, text, false, context)?;
        self.remark(id);
        Ok(())
    }

    fn text(&mut self, id: NodeId, text: Cow<'_, str>, key: bool, context: Context) -> Written {
        let as_it_is = text.as_bytes().iter().all(|&it| it < 0x7F);
        let text = if as_it_is { text } else { self.through_json(id, text)? };
        if key && text.len() > 1000 && text.chars().count() + 2 > 1024 {
            return self.error(id, "a key of more than 1024 characters cannot be written");
        }
        string(&mut self.pen, &text, key, context);
        Ok(())
    }

    /// What is left of a text that is not ASCII once it was JSON, and read as YAML.
    fn through_json<'s>(&self, id: NodeId, text: Cow<'s, str>) -> Written<Cow<'s, str>> {
        if let Some(c) = text.chars().find(|&it| it >= '\x7F' && !is_allowed(it)) {
            return self.error(id, format!("the character U+{:04X} cannot be written", c as u32));
        }
        if !text.contains('\u{85}') {
            return Ok(text);
        }
        let mut json = String::new();
        go::write_json_string(&mut json, &text);
        let mut tree = Tree::default();
        let options = ParseOptions { comments: false, ..ParseOptions::default() };
        match parse_first(&mut tree, &json, options) {
            Ok(Some(document)) => Ok(Cow::Owned(tree.value(document.root).to_owned())),
            _ => self.error(id, "the text cannot be written"),
        }
    }

    fn remark(&mut self, id: NodeId) {
        if let Some(text) = self.note.and_then(|note| note(id)) {
            self.pen.out.push_str(" # ");
            self.pen.out.push_str(&text);
        }
    }

    /// Puts the remark at the end of the line on which the text from byte `at` on begins.
    fn remark_at(&mut self, id: NodeId, at: usize) {
        if let Some(text) = self.note.and_then(|note| note(id)) {
            let out = &mut self.pen.out;
            let end = out[at..].find('\n').map_or(out.len(), |it| at + it);
            out.insert_str(end, &format!(" # {text}"));
        }
    }
}

/// A float as it comes out of JSON again: without a fraction where it has none.
fn number(value: f64) -> String {
    let json = go::format_json_float(value);
    match resolve(Schema::V2, Tag::None, &json) {
        Ok(Scalar::Int(it)) => it.to_string(),
        Ok(Scalar::Uint(it)) => it.to_string(),
        Ok(Scalar::Float(it)) => go::format_float(it),
        _ => json,
    }
}

/// A stable sort that asks nothing of the order but an answer: Go's order of keys is not one in every case.
fn sort(entries: &mut [Entry<'_>]) {
    let mut order_of: Vec<usize> = Vec::with_capacity(entries.len());
    for index in 0..entries.len() {
        let key = &entries[index].key;
        let mut at = order_of.len();
        if at > 12 {
            at = order_of.partition_point(|&it| order(Dialect::V2, &entries[it].key, key).is_le());
        } else {
            while at > 0 && natural_less(Dialect::V2, key, &entries[order_of[at - 1]].key) {
                at -= 1;
            }
        }
        order_of.insert(at, index);
    }
    // Puts every entry where its turn is, following the cycles of the permutation.
    let mut place = vec![0; order_of.len()];
    for (to, &from) in order_of.iter().enumerate() {
        place[from] = to;
    }
    for index in 0..entries.len() {
        while place[index] != index {
            let to = place[index];
            entries.swap(index, to);
            place.swap(index, to);
        }
    }
}
