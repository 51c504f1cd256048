//! Values as Go's libraries marshal them.
//!
//! Implements: `yaml.Marshal` of sigs.k8s.io/yaml (through go.yaml.in/yaml/v2) and of kyaml (v3, indent 2, compact
//!             sequences), for the values that JSON has.

use std::borrow::Cow;

use super::{
    Dialect,
    analyze::analyze,
    natural_less,
    pen::{Pen, Position, choose_style},
};
use crate::{
    error::YamlError,
    go,
    resolve::{Schema, resolve_tag},
    scan::ScalarStyle,
    tree::{Style, Tag},
    value::Value,
};

/// Writes `value` as a document.
pub fn marshal(dialect: Dialect, value: &Value) -> String {
    let mut pen = Pen::new(dialect, String::new());
    root(&mut pen, value);
    pen.write_indent();
    pen.out
}

fn root(pen: &mut Pen, value: &Value) {
    node(pen, value, Context { mapping: false, item: false });
}

/// Where a node stands in its parent.
#[derive(Clone, Copy)]
pub(super) struct Context {
    /// The value of a key.
    pub(super) mapping: bool,
    /// An item of a block sequence.
    pub(super) item: bool,
}

impl Pen {
    /// libyaml's `increase_indent`; gives what was there before.
    pub(super) fn increase_indent(&mut self, flow: bool, indentless: bool, context: Context, compact: bool) -> i32 {
        let before = self.indent;
        if before < 0 {
            self.indent = if flow { 2 } else { 0 };
        } else if !indentless {
            self.indent = match self.dialect {
                Dialect::V2 => before + 2,
                Dialect::V3 if context.item => before + 2,
                Dialect::V3 => 2 * ((before + 2) / 2) - if compact { 2 } else { 0 },
            };
        }
        before
    }

    /// Opens a block sequence; gives the indentation before.
    pub(super) fn open_block_sequence(&mut self, context: Context) -> i32 {
        match self.dialect {
            Dialect::V2 => self.increase_indent(false, context.mapping && !self.indention, context, false),
            Dialect::V3 => {
                let compact = context.mapping && (self.column == 0 || !self.indention);
                self.increase_indent(false, false, context, compact)
            }
        }
    }

    /// A scalar with the indentation that its further lines take.
    pub(super) fn scalar(&mut self, style: ScalarStyle, text: &str, simple_key: bool, context: Context) {
        let before = self.increase_indent(true, false, context, false);
        if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            self.write_block_header(style, text);
            self.put_break();
        }
        self.write_scalar(style, text, !simple_key);
        self.indent = before;
    }
}

fn node(pen: &mut Pen, value: &Value, context: Context) {
    match value {
        Value::Seq(items) if items.is_empty() => pen.write_word("[]"),
        Value::Map(entries) if entries.is_empty() => pen.write_word("{}"),
        Value::Seq(items) => {
            let before = pen.open_block_sequence(context);
            for item in items {
                pen.write_indent();
                pen.write_indicator("-", true, false, true);
                node(pen, item, Context { mapping: false, item: true });
            }
            pen.indent = before;
        }
        Value::Map(entries) => {
            let before = pen.increase_indent(false, false, context, false);
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by(|a, b| order(pen.dialect, &a.0, &b.0));
            for (key, value) in entries {
                pen.write_indent();
                let simple = simple_key(pen.dialect, key);
                if !simple {
                    pen.write_indicator("?", true, false, true);
                }
                string(pen, key, simple, Context { mapping: true, item: false });
                if simple {
                    pen.write_indicator(":", false, false, false);
                } else {
                    pen.write_indent();
                    pen.write_indicator(":", true, false, true);
                }
                node(pen, value, Context { mapping: true, item: false });
            }
            pen.indent = before;
        }
        Value::Str(text) => string(pen, text, false, context),
        scalar => pen.scalar(ScalarStyle::Plain, &plain(scalar), false, context),
    }
}

/// The order of two keys.
pub(super) fn order(dialect: Dialect, a: &str, b: &str) -> std::cmp::Ordering {
    if natural_less(dialect, a, b) {
        std::cmp::Ordering::Less
    } else if natural_less(dialect, b, a) {
        std::cmp::Ordering::Greater
    } else {
        std::cmp::Ordering::Equal
    }
}

fn plain(scalar: &Value) -> String {
    match scalar {
        Value::Bool(it) => it.to_string(),
        Value::Int(it) => it.to_string(),
        Value::Uint(it) => it.to_string(),
        Value::Float(it) => go::format_float(*it),
        Value::Time(it) => it.to_string(),
        _ => "null".to_owned(),
    }
}

/// Whether `key` can stand before a `:` on its line.
pub(super) fn simple_key(dialect: Dialect, key: &str) -> bool {
    let odd = |it: &u8| matches!(it, b'\n' | b'\r') || !it.is_ascii();
    key.len() <= 128 && (!key.as_bytes().iter().any(odd) || !analyze(dialect, key).multiline)
}

/// The style that Go picks for a string, before the emitter looks whether it can hold it.
pub(super) fn string_style(dialect: Dialect, text: &str) -> ScalarStyle {
    let schema = if dialect == Dialect::V2 { Schema::V2 } else { Schema::V3 };
    if text.contains('\n') {
        ScalarStyle::Literal
    } else if resolve_tag(schema, text) == Tag::Str
        && !is_base60(text)
        && !(dialect == Dialect::V3 && is_old_bool(text))
    {
        ScalarStyle::Plain
    } else {
        ScalarStyle::Double
    }
}

/// The style that a string has once v3 has marshalled it and read it again.
pub fn marshalled_style(text: &str, key: bool) -> Style {
    let style = string_style(Dialect::V3, text);
    let position = Position { flow: false, simple_key: key && simple_key(Dialect::V3, text) };
    match choose_style(style, text.is_empty(), analyze(Dialect::V3, text), position) {
        ScalarStyle::Plain => Style::PLAIN,
        ScalarStyle::Single => Style::SINGLE,
        ScalarStyle::Double => Style::DOUBLE,
        ScalarStyle::Literal => Style::LITERAL,
        ScalarStyle::Folded => Style::FOLDED,
    }
}

/// A string once v3 has marshalled it and read it again: a block scalar may come back as something else.
///
/// # Errors
/// It cannot be read again.
pub fn marshalled(text: &str) -> Result<(Style, Cow<'_, str>), YamlError> {
    let style = marshalled_style(text, false);
    if style == Style::LITERAL {
        return Ok((style, crate::reread::reread_block(ScalarStyle::Literal, text)?));
    }
    Ok((style, Cow::Borrowed(text)))
}

pub(super) fn string(pen: &mut Pen, text: &str, simple_key: bool, context: Context) {
    let allowed = analyze(pen.dialect, text);
    let style = string_style(pen.dialect, text);
    let style = choose_style(style, text.is_empty(), allowed, Position { flow: false, simple_key });
    pen.scalar(style, text, simple_key, context);
}

/// `^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$`
pub(super) fn is_base60(text: &str) -> bool {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !body.starts_with(|it: char| it.is_ascii_digit()) || !body.contains(':') {
        return false;
    }
    let (body, fraction) = body.split_once('.').unwrap_or((body, ""));
    let mut parts = body.split(':');
    let digits = |text: &str| text.bytes().all(|it| it.is_ascii_digit() || it == b'_');
    digits(fraction)
        && parts.next().is_some_and(digits)
        && parts.all(|it| match it.as_bytes() {
            [ones] => ones.is_ascii_digit(),
            [tens, ones] => (b'0'..=b'5').contains(tens) && ones.is_ascii_digit(),
            _ => false,
        })
}

/// Words that YAML 1.1 takes for booleans, which v3 quotes for its sake.
fn is_old_bool(text: &str) -> bool {
    matches!(
        text,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF"
    )
}
