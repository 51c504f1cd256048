//! How Go reads and writes numbers and times.
//!
//! Implements: `strconv.ParseInt`, `ParseUint`, `ParseFloat` and `FormatFloat(…, 'g', -1, 64)`, the numbers of
//!             `encoding/json`, and the part of `time.Parse` that YAML's timestamps need (Go 1.26).

mod base64;
mod float;
mod json;
mod time;

pub use base64::{decode_base64, encode_base64_lines};
pub use float::{format_float, format_json_float, parse_float};
pub use json::{write_json, write_json_indented, write_json_string};
pub use time::Time;

/// `strconv.ParseInt(text, base, 64)`; with base 0 the prefixes `0x`, `0o`, `0b` and `0` count.
pub fn parse_int(text: &str, base: u32) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'+' => (false, &text[1..]),
        b'-' => (true, &text[1..]),
        _ => (false, text),
    };
    let value = parse_uint(digits, base)?;
    if negative { 0i64.checked_sub_unsigned(value) } else { i64::try_from(value).ok() }
}

/// `strconv.ParseUint(text, base, 64)`.
pub fn parse_uint(text: &str, base: u32) -> Option<u64> {
    let (digits, base) = if base == 0 { split_base(text) } else { (text, base) };
    if digits.is_empty() || !digits.bytes().all(|it| char::from(it).is_digit(base)) {
        return None;
    }
    u64::from_str_radix(digits, base).ok()
}

fn split_base(text: &str) -> (&str, u32) {
    let bytes = text.as_bytes();
    if bytes.len() < 2 || bytes[0] != b'0' {
        return (text, 10);
    }
    match bytes[1] | 0x20 {
        b'x' if bytes.len() > 2 => (&text[2..], 16),
        b'o' if bytes.len() > 2 => (&text[2..], 8),
        b'b' if bytes.len() > 2 => (&text[2..], 2),
        _ => (&text[1..], 8),
    }
}

#[cfg(test)]
mod tests;
