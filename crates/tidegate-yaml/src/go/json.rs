//! JSON as Go's `encoding/json` writes it.

use std::fmt::Write as _;

use super::format_json_float;
use crate::value::Value;

/// `json.Marshal(value)`: keys sorted by bytes, `<`, `>` and `&` escaped. Floats must be finite.
pub fn write_json(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(it) => out.push_str(if *it { "true" } else { "false" }),
        Value::Int(it) => {
            let _ = write!(out, "{it}");
        }
        Value::Uint(it) => {
            let _ = write!(out, "{it}");
        }
        Value::Float(it) => out.push_str(&format_json_float(*it)),
        Value::Time(it) => write_json_string(out, &it.to_string()),
        Value::Str(it) => write_json_string(out, it),
        Value::Seq(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_json(out, item);
            }
            out.push(']');
        }
        Value::Map(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            out.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_json_string(out, key);
                out.push(':');
                write_json(out, value);
            }
            out.push('}');
        }
    }
}

/// `json.MarshalIndent(value, "", "  ")`.
pub fn write_json_indented(out: &mut String, value: &Value) {
    indented(out, value, 0);
}

fn indented(out: &mut String, value: &Value, level: usize) {
    let line = |out: &mut String, level: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", level));
    };
    match value {
        Value::Seq(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                out.push(if index == 0 { '[' } else { ',' });
                line(out, level + 1);
                indented(out, item, level + 1);
            }
            line(out, level);
            out.push(']');
        }
        Value::Map(entries) if !entries.is_empty() => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            for (index, (key, value)) in entries.into_iter().enumerate() {
                out.push(if index == 0 { '{' } else { ',' });
                line(out, level + 1);
                write_json_string(out, key);
                out.push_str(": ");
                indented(out, value, level + 1);
            }
            line(out, level);
            out.push('}');
        }
        other => write_json(out, other),
    }
}

/// A string as `json.Marshal` writes it.
pub fn write_json_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0C' => out.push_str("\\f"),
            '\0'..='\x1F' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}
