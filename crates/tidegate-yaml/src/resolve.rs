//! Plain scalars to typed values, in both of Go's schemas.
//!
//! In: the text of a scalar and the tag it was given. Out: its type and value.
//!
//! Implements: resolve.go of go.yaml.in/yaml/v3 v3.0.3 ([`Schema::V3`]) and v2 v2.4.2 ([`Schema::V2`], what
//!             sigs.k8s.io/yaml reads with).
//! Keeps:      octals with and without `o`, underscores anywhere in a number, `!!float` of an integer; in V2 `yes`,
//!             `no`, `on`, `off`, `y` and `n` as booleans.

use std::borrow::Cow;

use crate::{go, tree::Tag};

/// Which of Go's libraries reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// go.yaml.in/yaml/v3: kustomize's resources and strategic-merge patches.
    V3,
    /// go.yaml.in/yaml/v2 behind sigs.k8s.io/yaml: kustomization files, JSON 6902 patches, Helm values.
    V2,
}

/// The value of a scalar.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar<'a> {
    /// No value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number that fits.
    Int(i64),
    /// A number above what [`Scalar::Int`] holds.
    Uint(u64),
    /// Any other number, infinities and "not a number" included.
    Float(f64),
    /// A point in time.
    Time(go::Time),
    /// A string, or anything with a tag that Go does not know.
    Str(Cow<'a, str>),
}

impl Scalar<'_> {
    /// The tag of this value.
    pub fn tag(&self) -> Tag {
        match self {
            Self::Null => Tag::Null,
            Self::Bool(_) => Tag::Bool,
            Self::Int(_) | Self::Uint(_) => Tag::Int,
            Self::Float(_) => Tag::Float,
            Self::Time(_) => Tag::Timestamp,
            Self::Str(_) => Tag::Str,
        }
    }

    /// Whether this is a value of type `tag`.
    pub fn is(&self, tag: Tag) -> bool {
        self.tag() == tag
    }
}

/// The type of a plain scalar without a tag.
pub fn resolve_tag(schema: Schema, text: &str) -> Tag {
    match resolve_plain(schema, text, true) {
        Plain::Str => Tag::Str,
        Plain::Value(value) => value.tag(),
    }
}

/// The value of `text` under `tag`.
///
/// # Errors
/// The text cannot be read as what the tag says; gives the type that it looks like.
pub fn resolve(schema: Schema, tag: Tag, text: &str) -> Result<Scalar<'_>, Tag> {
    let plain = match tag {
        Tag::None | Tag::NonSpecific => resolve_plain(schema, text, true),
        Tag::Bool | Tag::Int | Tag::Float | Tag::Null => resolve_plain(schema, text, false),
        Tag::Timestamp => resolve_plain(schema, text, true),
        Tag::Str | Tag::Binary | Tag::Merge | Tag::Map | Tag::Seq | Tag::Custom => Plain::Str,
    };
    let (found, value) = match plain {
        Plain::Str => (Tag::Str, Scalar::Str(Cow::Borrowed(text))),
        Plain::Value(value) => (value.tag(), value),
    };
    match (tag, value) {
        (Tag::Float, Scalar::Int(int)) => Ok(Scalar::Float(int as f64)),
        (Tag::Bool | Tag::Int | Tag::Float | Tag::Null | Tag::Timestamp, _) if found != tag => Err(found),
        (_, value) => Ok(value),
    }
}

enum Plain<'a> {
    Str,
    Value(Scalar<'a>),
}

fn resolve_plain(schema: Schema, text: &str, timestamps: bool) -> Plain<'_> {
    let Some(&first) = text.as_bytes().first() else {
        return Plain::Value(Scalar::Null);
    };
    match first {
        b'0'..=b'9' | b'+' | b'-' => {
            if let Some(value) = special_float(text) {
                return Plain::Value(value);
            }
            resolve_number(schema, text, timestamps).map_or(Plain::Str, Plain::Value)
        }
        b'.' => match special_float(text).or_else(|| go::parse_float(text).map(Scalar::Float)) {
            Some(value) => Plain::Value(value),
            None => Plain::Str,
        },
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => {
            resolve_word(schema, text).map_or(Plain::Str, Plain::Value)
        }
        _ => Plain::Str,
    }
}

fn resolve_word(schema: Schema, text: &str) -> Option<Scalar<'static>> {
    if text.len() > "false".len() {
        return None;
    }
    Some(match text {
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        _ if schema == Schema::V3 => return None,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Scalar::Bool(false),
        _ => return None,
    })
}

fn special_float(text: &str) -> Option<Scalar<'static>> {
    let value = match text {
        ".nan" | ".NaN" | ".NAN" => f64::NAN,
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => f64::INFINITY,
        "-.inf" | "-.Inf" | "-.INF" => f64::NEG_INFINITY,
        _ => return None,
    };
    Some(Scalar::Float(value))
}

fn resolve_number(schema: Schema, text: &str, timestamps: bool) -> Option<Scalar<'static>> {
    let bytes = text.as_bytes();
    if timestamps
        && bytes.get(4) == Some(&b'-')
        && let Some(time) = go::Time::parse_yaml(text)
    {
        return Some(Scalar::Time(time));
    }
    // What stands in a number at all; most words that begin with a digit or a sign end here.
    if !bytes.iter().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'+' | b'-' | b'.' | b'_')) {
        return None;
    }
    let stripped;
    let plain = if text.contains('_') {
        stripped = text.replace('_', "");
        stripped.as_str()
    } else {
        text
    };
    if let Some(int) = go::parse_int(plain, 0) {
        return Some(Scalar::Int(int));
    }
    if let Some(uint) = go::parse_uint(plain, 0) {
        return Some(Scalar::Uint(uint));
    }
    if looks_like_float(plain)
        && let Some(float) = go::parse_float(plain)
    {
        return Some(Scalar::Float(float));
    }
    if let Some(found) = prefixed(plain, "0b", "-0b", 2) {
        return Some(found);
    }
    if schema == Schema::V3 { prefixed(plain, "0o", "-0o", 8) } else { None }
}

/// `0b101`, `-0o17`: what Go's own base prefixes do not cover, such as `0b-1`.
fn prefixed(plain: &str, prefix: &str, negative: &str, base: u32) -> Option<Scalar<'static>> {
    if let Some(digits) = plain.strip_prefix(prefix) {
        return go::parse_int(digits, base).map(Scalar::Int).or_else(|| go::parse_uint(digits, base).map(Scalar::Uint));
    }
    let digits = plain.strip_prefix(negative)?;
    go::parse_int(&format!("-{digits}"), base).map(Scalar::Int)
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn looks_like_float(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole = digits(rest);
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let len = digits(fraction);
        if whole == 0 && len == 0 {
            return false;
        }
        rest = &fraction[len..];
    } else if whole == 0 {
        return false;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        let len = digits(exponent);
        return len > 0 && exponent.len() == len;
    }
    rest.is_empty()
}
