//! What a node is worth once kyaml has printed it and read it again.
//!
//! kustomize turns every resource into text and back before it prints it, before it hashes it and before a JSON patch.
//! Types are found out anew on that way, and a few texts change. Nothing of the text is made here unless it has to be.
//!
//! Implements: `RNode.MarshalJSON` of kyaml v0.21.1 up to the JSON: `String`, then `Unmarshal` into a map.

use std::borrow::Cow;

use crate::{
    chars::at,
    error::YamlError,
    go,
    parse::{ParseOptions, parse_first},
    resolve::{Scalar, Schema, resolve},
    scan::ScalarStyle,
    tree::{Kind, NodeId, Style, Tag, Tree},
    value::Value,
    write::kyaml_scalar,
};

/// The value of the scalar `id`, which stands in a flow collection if `flow` says so.
///
/// # Errors
/// The text cannot be read as what its tag says, or not at all once it is printed. The error's place is a byte of the
/// tree's text.
pub fn reread_scalar(tree: &Tree, id: NodeId, flow: bool) -> Result<Scalar<'_>, YamlError> {
    let text = tree.value(id);
    if let Some(value) = unchanged(tree, id, text) {
        return Ok(value);
    }
    let (style, tagged) = kyaml_scalar(tree, id, flow);
    let error = |problem: String| YamlError::new(problem, tree.origin(id).as_text().unwrap_or(0) as usize);
    let text = match style {
        ScalarStyle::Literal | ScalarStyle::Folded => reread_block(style, text).map_err(|it| error(it.problem))?,
        _ => Cow::Borrowed(text),
    };
    let tag = match (tagged, style) {
        (true, _) => tree.tag(id),
        (false, ScalarStyle::Plain) => Tag::None,
        (false, _) => Tag::Str,
    };
    if tag == Tag::Binary {
        let bytes = go::decode_base64(&text);
        let bytes = bytes.ok_or_else(|| error("!!binary value contains invalid base64 data".to_owned()))?;
        return Ok(Scalar::Str(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())));
    }
    if tag == Tag::Str {
        return Ok(Scalar::Str(text));
    }
    let value = match &text {
        Cow::Borrowed(text) => resolve(Schema::V3, tag, text),
        Cow::Owned(text) => resolve(Schema::V3, tag, text).map(own),
    };
    value.map_err(|found| {
        let (found, tag) = (found.short().unwrap_or_default(), tag.short().unwrap_or_default());
        error(format!("cannot decode {found} `{text}` as a {tag}"))
    })
}

/// The value of a scalar of which it is plain that printing and reading change nothing.
fn unchanged<'t>(tree: &Tree, id: NodeId, text: &'t str) -> Option<Scalar<'t>> {
    let style = tree.style(id);
    if style.has(Style::TAGGED) || style.has(Style::LITERAL) || style.has(Style::FOLDED) {
        return None;
    }
    match tree.tag(id) {
        Tag::Str if !text.contains('\n') => Some(Scalar::Str(Cow::Borrowed(text))),
        Tag::Int | Tag::Bool | Tag::Null | Tag::Float if style == Style::PLAIN => {
            let value = resolve(Schema::V3, Tag::None, text).ok()?;
            value.is(tree.tag(id)).then_some(value)
        }
        _ => None,
    }
}

fn own(scalar: Scalar<'_>) -> Scalar<'static> {
    match scalar {
        Scalar::Str(text) => Scalar::Str(Cow::Owned(text.into_owned())),
        Scalar::Null => Scalar::Null,
        Scalar::Bool(it) => Scalar::Bool(it),
        Scalar::Int(it) => Scalar::Int(it),
        Scalar::Uint(it) => Scalar::Uint(it),
        Scalar::Float(it) => Scalar::Float(it),
        Scalar::Time(it) => Scalar::Time(it),
    }
}

/// The text of a block scalar after it was written and read; most come back as they were.
pub(crate) fn reread_block(style: ScalarStyle, text: &str) -> Result<Cow<'_, str>, YamlError> {
    let buf = text.as_bytes();
    let odd_start = matches!(at(buf, 0), b' ' | b'\t' | b'\n');
    let odd_breaks = text.contains(['\u{2028}', '\u{2029}']);
    // A folded text gets an empty line at its first break, which counts if the breaks at its end are kept.
    let folds = style == ScalarStyle::Folded && (text.ends_with("\n\n") || text.trim_end_matches('\n').contains('\n'));
    if !odd_start && !odd_breaks && !folds {
        return Ok(Cow::Borrowed(text));
    }
    let mut tree = Tree::default();
    let written = crate::write::block_scalar(style, text);
    let document = parse_first(&mut tree, &written, ParseOptions { comments: false, ..ParseOptions::default() })?;
    let value = document.and_then(|it| tree.get(it.root, "k"));
    Ok(Cow::Owned(value.map(|it| tree.value(it).to_owned()).unwrap_or_default()))
}

/// The whole node `id` as a value.
///
/// # Errors
/// As [`reread_scalar`]; also a key that stands twice or is no string.
pub fn reread(tree: &Tree, id: NodeId) -> Result<Value, YamlError> {
    Reader { tree }.node(id, false, true)
}

struct Reader<'t> {
    tree: &'t Tree,
}

impl Reader<'_> {
    fn node(&self, id: NodeId, flow: bool, root: bool) -> Result<Value, YamlError> {
        let tree = self.tree;
        let flow = flow || tree.style(id).has(Style::FLOW);
        match tree.kind(id) {
            Kind::Scalar => Ok(reread_scalar(tree, id, flow)?.into()),
            Kind::Alias => self.node(tree.resolve(id), flow, root),
            Kind::Sequence => {
                let items = tree.content(id).iter().map(|&it| self.node(it, flow, false));
                Ok(Value::Seq(items.collect::<Result<_, _>>()?))
            }
            Kind::Mapping => {
                let mut entries = Vec::with_capacity(tree.content(id).len() / 2);
                for (key, value) in tree.entries(id) {
                    let name = string_key(tree, key, flow, root)?;
                    if let Some(name) = name {
                        entries.push((name.into_owned(), self.node(value, flow, false)?));
                    }
                }
                refuse_duplicates(tree, id, entries.iter().map(|it| it.0.as_str()))?;
                Ok(Value::Map(entries))
            }
        }
    }
}

/// The text of a key; nothing for a null key at the root, which Go passes over.
///
/// # Errors
/// Below the root, a key that is no string cannot be turned into JSON.
pub(crate) fn string_key(tree: &Tree, key: NodeId, flow: bool, root: bool) -> Result<Option<Cow<'_, str>>, YamlError> {
    let error = |problem: &str| Err(YamlError::new(problem, tree.origin(key).as_text().unwrap_or(0) as usize));
    if tree.kind(key) != Kind::Scalar {
        return error("a mapping or list cannot be a key");
    }
    match reread_scalar(tree, key, flow)? {
        Scalar::Str(text) => Ok(Some(text)),
        Scalar::Null if root => Ok(None),
        _ if root => Ok(Some(Cow::Borrowed(tree.value(key)))),
        _ => error("a key that is not a string cannot be turned into JSON"),
    }
}

/// # Errors
/// A key stands twice.
pub(crate) fn refuse_duplicates<'a>(
    tree: &Tree,
    id: NodeId,
    keys: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), YamlError> {
    let count = keys.clone().count();
    let twice = if count <= 16 {
        keys.clone().enumerate().find(|(index, key)| keys.clone().take(*index).any(|it| it == *key))
    } else {
        let mut seen = std::collections::HashSet::new();
        keys.enumerate().find(|it| !seen.insert(it.1))
    };
    match twice {
        None => Ok(()),
        Some((_, key)) => {
            let at = tree.entries(id).filter(|it| tree.value(it.0) == key).nth(1).map_or(id, |it| it.0);
            let at = tree.origin(at).as_text().unwrap_or(0) as usize;
            Err(YamlError::new(format!("key `{key}` is already defined"), at))
        }
    }
}
