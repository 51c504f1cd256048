//! Nodes as plain values: what Go's libraries decode a document to.
//!
//! In: a node of a tree, aliases and merge keys included. Out: a [`Value`], or why Go would refuse.
//!
//! Implements: decoding into `interface{}` by go.yaml.in/yaml v3 v3.0.3 (decode.go), and by v2 v2.4.2 with the
//!             conversion to JSON of sigs.k8s.io/yaml v1.6.0.
//! Keeps:      V3 refuses a key that stands twice, V2 takes the last; V2 turns keys into strings; the share of a
//!             document that may come from aliases.
//! Differs:    in V3, a mapping with a key that is no string is refused where it is decoded, not when it is turned
//!             into JSON.

use std::borrow::Cow;

use crate::{
    error::YamlError,
    go::{self, Time},
    resolve::{Scalar, Schema, resolve},
    tree::{Kind, NodeId, Style, Tag, Tree},
};

/// A value without style, comments or place.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number that fits.
    Int(i64),
    /// A number above what [`Value::Int`] holds.
    Uint(u64),
    /// Any other number.
    Float(f64),
    /// A point in time.
    Time(Time),
    /// A string.
    Str(String),
    /// A list.
    Seq(Vec<Self>),
    /// A mapping, in the order of the document.
    Map(Vec<(String, Self)>),
}

impl Value {
    /// The value of `key` in a mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries.iter().find(|it| it.0 == key).map(|it| &it.1),
            _ => None,
        }
    }

    /// The string, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }
}

impl From<Scalar<'_>> for Value {
    fn from(scalar: Scalar<'_>) -> Self {
        match scalar {
            Scalar::Null => Self::Null,
            Scalar::Bool(it) => Self::Bool(it),
            Scalar::Int(it) => Self::Int(it),
            Scalar::Uint(it) => Self::Uint(it),
            Scalar::Float(it) => Self::Float(it),
            Scalar::Time(it) => Self::Time(it),
            Scalar::Str(it) => Self::Str(it.into_owned()),
        }
    }
}

/// Decodes the node `id` as `schema` does.
///
/// # Errors
/// What Go refuses; the error's place is a byte of the tree's text.
pub fn decode_value(tree: &Tree, id: NodeId, schema: Schema) -> Result<Value, YamlError> {
    Decoder { tree, schema, decoded: 0, aliased: 0, aliases: Vec::new() }.value(id)
}

/// The tag that go-yaml decodes a scalar by: a quoted one without a tag of its own is a string.
pub fn decode_tag(tree: &Tree, id: NodeId) -> Tag {
    let (tag, style) = (tree.tag(id), tree.style(id));
    match tag {
        _ if style.has(Style::TAGGED) => tag,
        Tag::None | Tag::NonSpecific if style.is_quoted() => Tag::Str,
        Tag::None | Tag::NonSpecific => Tag::None,
        // What the other schema found is not what this one finds.
        _ if !style.is_quoted() && tag != Tag::Merge => Tag::None,
        _ => tag,
    }
}

struct Decoder<'t> {
    tree: &'t Tree,
    schema: Schema,
    decoded: u64,
    aliased: u64,
    /// Aliases being decoded.
    aliases: Vec<NodeId>,
}

type Decoded<T = Value> = Result<T, YamlError>;

impl Decoder<'_> {
    fn error<T>(&self, id: NodeId, problem: impl Into<String>) -> Decoded<T> {
        Err(YamlError::new(problem, self.tree.origin(id).as_text().unwrap_or(0) as usize))
    }

    fn value(&mut self, id: NodeId) -> Decoded {
        self.count(id)?;
        match self.tree.kind(id) {
            Kind::Scalar => self.scalar(id),
            Kind::Sequence => {
                let items = self.tree.content(id).iter().map(|&it| self.value(it)).collect::<Decoded<_>>()?;
                Ok(Value::Seq(items))
            }
            Kind::Mapping => {
                let mut entries = Entries::default();
                self.mapping(id, &mut entries)?;
                Ok(Value::Map(entries.0))
            }
            Kind::Alias => self.aliased(id, Self::value),
        }
    }

    /// Go: `allowedAliasRatio`.
    fn count(&mut self, id: NodeId) -> Decoded<()> {
        self.decoded += 1;
        if !self.aliases.is_empty() {
            self.aliased += 1;
        }
        let allowed = match self.decoded {
            0..=400_000 => 0.99,
            4_000_000.. => 0.10,
            it => 0.99 - 0.89 * ((it - 400_000) as f64 / 3_600_000.0),
        };
        if self.aliased > 100 && self.decoded > 1000 && self.aliased as f64 / self.decoded as f64 > allowed {
            return self.error(id, "document contains excessive aliasing");
        }
        Ok(())
    }

    fn aliased<T>(&mut self, id: NodeId, read: impl FnOnce(&mut Self, NodeId) -> Decoded<T>) -> Decoded<T> {
        if self.aliases.contains(&id) {
            return self.error(id, format!("anchor `{}` value contains itself", self.tree.value(id)));
        }
        self.aliases.push(id);
        let result = read(self, self.tree.resolve(id));
        self.aliases.pop();
        result
    }

    fn scalar(&self, id: NodeId) -> Decoded {
        let tag = decode_tag(self.tree, id);
        let text = self.tree.value(id);
        if tag == Tag::Binary {
            return match go::decode_base64(text) {
                Some(bytes) => Ok(Value::Str(String::from_utf8_lossy(&bytes).into_owned())),
                None => self.error(id, "!!binary value contains invalid base64 data"),
            };
        }
        match resolve(self.schema, tag, text) {
            Ok(Scalar::Time(_)) if self.schema == Schema::V2 => Ok(Value::Str(text.to_owned())),
            Ok(Scalar::Float(it)) if self.schema == Schema::V2 && !it.is_finite() => {
                self.error(id, format!("`{text}` is no number that JSON can hold"))
            }
            Ok(value) => Ok(value.into()),
            Err(found) => {
                let (found, tag) = (found.short().unwrap_or_default(), tag.short().unwrap_or_default());
                self.error(id, format!("cannot decode {found} `{}` as a {tag}", brief(text)))
            }
        }
    }

    fn mapping(&mut self, id: NodeId, out: &mut Entries) -> Decoded<()> {
        let tree = self.tree;
        if self.schema == Schema::V3 {
            self.refuse_duplicates(id)?;
        }
        let mut merges = Vec::new();
        for (key, value) in tree.entries(id) {
            let merge = tree.kind(key) == Kind::Scalar
                && tree.value(key) == "<<"
                && matches!(tree.tag(key), Tag::Merge | Tag::None | Tag::NonSpecific);
            match (merge, self.schema) {
                (true, Schema::V3) => merges = vec![value],
                (true, Schema::V2) => self.merge(value, out, true)?,
                _ => {
                    let name = self.key(key)?;
                    let value = self.value(value)?;
                    out.set(name, value, self.schema == Schema::V2);
                }
            }
        }
        for merge in merges {
            self.merge(merge, out, false)?;
        }
        Ok(())
    }

    fn refuse_duplicates(&self, id: NodeId) -> Decoded<()> {
        let mut seen = std::collections::HashMap::new();
        for (key, _) in self.tree.entries(id) {
            if self.tree.kind(key) != Kind::Scalar {
                continue;
            }
            if seen.insert(self.tree.value(key), key).is_some() {
                return self.error(key, format!("mapping key `{}` already defined", self.tree.value(key)));
            }
        }
        Ok(())
    }

    fn merge(&mut self, id: NodeId, out: &mut Entries, over: bool) -> Decoded<()> {
        match self.tree.kind(id) {
            Kind::Mapping => {
                self.count(id)?;
                let mut entries = Entries::default();
                self.mapping(id, &mut entries)?;
                for (key, value) in entries.0 {
                    out.set(key, value, over);
                }
                Ok(())
            }
            Kind::Alias if self.tree.kind(self.tree.resolve(id)) == Kind::Mapping => {
                self.aliased(id, |it, target| it.merge(target, out, over))
            }
            Kind::Sequence => {
                let items = self.tree.content(id).to_vec();
                // The first in the list has the most say, so it comes first, or last where the last one wins.
                let items: Vec<NodeId> = if over { items.into_iter().rev().collect() } else { items };
                for item in items {
                    if self.tree.kind(self.tree.resolve(item)) != Kind::Mapping {
                        return self.error(item, "map merge requires map or sequence of maps as the value");
                    }
                    self.merge(item, out, over)?;
                }
                Ok(())
            }
            _ => self.error(id, "map merge requires map or sequence of maps as the value"),
        }
    }

    fn key(&mut self, id: NodeId) -> Decoded<String> {
        let value = self.value(id)?;
        if self.schema == Schema::V3 && !matches!(value, Value::Str(_)) {
            return self.error(id, "keys that are not strings cannot be turned into JSON");
        }
        match value {
            Value::Str(text) => Ok(text),
            Value::Bool(it) => Ok(it.to_string()),
            Value::Int(it) => Ok(it.to_string()),
            Value::Float(it) => Ok(go::format_float(f64::from(it as f32))),
            _ => self.error(id, "unsupported map key: only strings, numbers and booleans can be keys"),
        }
    }
}

/// A text short enough for a message.
fn brief(text: &str) -> Cow<'_, str> {
    if text.chars().count() <= 40 {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().take(37).chain("...".chars()).collect())
}

#[derive(Default)]
struct Entries(Vec<(String, Value)>);

impl Entries {
    fn set(&mut self, key: String, value: Value, over: bool) {
        match self.0.iter_mut().find(|it| it.0 == key) {
            Some(entry) if over => entry.1 = value,
            Some(_) => {}
            None => self.0.push((key, value)),
        }
    }
}
