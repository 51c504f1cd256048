//! Nodes on their way through JSON.
//!
//! kustomize turns an object into JSON and back before and after a JSON patch, and the items of a list on the way in.
//! What comes back has sorted keys, new styles, and numbers as Go's `float64` prints them.
//!
//! Implements: `RNode.MarshalJSON`, `UnmarshalJSON` and `FromMap` of sigs.k8s.io/kustomize/kyaml v0.21.1.

mod parse;

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use tidegate_base::Recorder;
use tidegate_yaml::{
    Extra, Kind, NodeId, Scalar, Schema, Style, Tag, Text, Tree, decode_tag, go, reread_scalar, resolve, resolve_tag,
    write::{Dialect, go_yaml, natural_less},
};

pub(crate) use parse::parse_json;

use crate::store::{Done, Fault, Store};

/// How the nodes that are turned into JSON were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// As a resource: printed by kyaml and read again.
    Resource,
    /// As a resource that is decoded as it is.
    Decoded,
    /// By sigs.k8s.io/yaml.
    Sigs,
    /// As JSON.
    Json,
}

/// What JSON is turned into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Into {
    /// JSON text, read as YAML.
    Flow,
    /// A Go map, marshalled by kyaml and read again: all numbers are floats.
    Marshalled,
}

/// `node`, gone through JSON. Of a resource, scalars whose text stays become part of the result.
///
/// # Errors
/// The node holds what JSON cannot.
pub(crate) fn through_json<R: Recorder>(store: &mut Store<R>, node: NodeId, from: From, into: Into) -> Done<NodeId> {
    Passage { store, from, into }.node(node, false, true)
}

struct Passage<'s, R> {
    store: &'s mut Store<R>,
    from: From,
    into: Into,
}

impl<R: Recorder> Passage<'_, R> {
    fn node(&mut self, node: NodeId, flow: bool, root: bool) -> Done<NodeId> {
        let tree = &self.store.tree;
        let flow = flow || tree.style(node).has(Style::FLOW);
        let made = match tree.kind(node) {
            Kind::Alias => return self.node(tree.resolve(node), flow, root),
            Kind::Scalar => return self.scalar(node, flow),
            Kind::Sequence => {
                let items = tree.content(node).to_vec();
                let items = items.into_iter().map(|it| self.node(it, flow, false)).collect::<Done<Vec<_>>>()?;
                let style = self.collection_style(items.is_empty());
                self.store.tree.collection(Kind::Sequence, Tag::Seq, style, &items)
            }
            Kind::Mapping => self.mapping(node, flow, root)?,
        };
        let origin = self.store.tree.origin(node);
        self.store.tree.set_origin(made, origin);
        Ok(made)
    }

    fn collection_style(&self, empty: bool) -> Style {
        if empty || self.into == Into::Flow { Style::FLOW } else { Style::PLAIN }
    }

    fn mapping(&mut self, node: NodeId, flow: bool, root: bool) -> Done<NodeId> {
        let mut named = self.named(node, flow, root)?;
        let (tree, into) = (&self.store.tree, self.into);
        insertion_sort(&mut named, |a, b| match into {
            Into::Flow => tree.text(a.name) < tree.text(b.name),
            Into::Marshalled => natural_less(Dialect::V3, tree.text(a.name), tree.text(b.name)),
        });
        let mut content = Vec::with_capacity(named.len() * 2);
        for Named { name, key, value } in named {
            let style = match self.into {
                Into::Flow => Style::DOUBLE,
                Into::Marshalled => go_yaml::marshalled_style(self.store.tree.text(name), true),
            };
            content.push(self.made(key, Tag::Str, style, name));
            content.push(self.node(value, flow, false)?);
        }
        let style = self.collection_style(content.is_empty());
        Ok(self.store.tree.collection(Kind::Mapping, Tag::Map, style, &content))
    }

    /// The entries of a mapping with their keys as JSON has them.
    fn named(&mut self, node: NodeId, flow: bool, root: bool) -> Done<Vec<Named>> {
        let entries: Vec<(NodeId, NodeId)> = self.store.tree.entries(node).collect();
        let mut all = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let Some(name) = self.key(key, flow, root)? else { continue };
            all.push(Named { name, key, value });
        }
        let tree = &self.store.tree;
        let last_wins = matches!(self.from, From::Sigs | From::Json);
        let mut named: Vec<Named> = Vec::with_capacity(all.len());
        let mut seen = FxHashMap::default();
        for entry in all {
            let name = tree.text(entry.name);
            match seen.insert(name, named.len()) {
                Some(before) if last_wins => {
                    named[before] = entry;
                    seen.insert(name, before);
                }
                Some(_) => {
                    let fault = Fault::at(format!("key `{name}` is already defined"), entry.key);
                    return Err(fault.code("duplicate-key"));
                }
                None => named.push(entry),
            }
        }
        Ok(named)
    }

    fn key(&mut self, key: NodeId, flow: bool, root: bool) -> Done<Option<Text>> {
        let tree = &self.store.tree;
        if tree.kind(key) != Kind::Scalar {
            return Err(Fault::at("a mapping or list cannot be a key", key));
        }
        let text = match typed(tree, key, self.from, flow)? {
            Scalar::Str(Cow::Borrowed(_)) => return Ok(Some(tree.value_text(key))),
            Scalar::Str(Cow::Owned(text)) => text,
            Scalar::Null if root && self.from == From::Resource => return Ok(None),
            Scalar::Bool(it) if self.from == From::Sigs => it.to_string(),
            Scalar::Int(it) if self.from == From::Sigs => it.to_string(),
            Scalar::Float(it) if self.from == From::Sigs => go::format_float(f64::from(it as f32)),
            _ if root && self.from == From::Resource => return Ok(Some(tree.value_text(key))),
            _ => return Err(Fault::at("a key that is not a string cannot be turned into JSON", key)),
        };
        Ok(Some(self.store.tree.add_text(&text)))
    }

    fn scalar(&mut self, node: NodeId, flow: bool) -> Done<NodeId> {
        let value = typed(&self.store.tree, node, self.from, flow)?;
        let (tag, style, text) = match value {
            Scalar::Null => (Tag::Null, Style::PLAIN, Cow::Borrowed("null")),
            Scalar::Bool(it) => (Tag::Bool, Style::PLAIN, Cow::Borrowed(if it { "true" } else { "false" })),
            Scalar::Str(text) => self.string(text).map_err(|it| it.or_at(node))?,
            Scalar::Time(time) => self.string(Cow::Owned(time.to_string()))?,
            Scalar::Float(it) if !it.is_finite() => {
                let text = self.store.tree.value(node);
                return Err(Fault::at(format!("`{text}` is no number that JSON can hold"), node));
            }
            number => {
                let text = match (&number, self.into) {
                    (Scalar::Int(it), Into::Flow) => it.to_string(),
                    (Scalar::Uint(it), Into::Flow) => it.to_string(),
                    (Scalar::Float(it), Into::Flow) => go::format_json_float(*it),
                    (Scalar::Int(it), Into::Marshalled) => go::format_float(*it as f64),
                    (Scalar::Uint(it), Into::Marshalled) => go::format_float(*it as f64),
                    (Scalar::Float(it), Into::Marshalled) => go::format_float(*it),
                    _ => String::new(),
                };
                (resolve_tag(Schema::V3, &text), Style::PLAIN, Cow::Owned(text))
            }
        };
        let text = if text == self.store.tree.value(node) {
            self.store.tree.value_text(node)
        } else {
            let text = text.into_owned();
            self.store.tree.add_text(&text)
        };
        Ok(self.made(node, tag, style, text))
    }

    /// The scalar that `node` becomes: itself where its text stays, since what goes through JSON is not used again.
    fn made(&mut self, node: NodeId, tag: Tag, style: Style, text: Text) -> NodeId {
        let tree = &mut self.store.tree;
        if self.from == From::Resource && tree.value_text(node) == text {
            tree.set_tag(node, tag);
            tree.set_style(node, style);
            tree.set_keeps(node, false);
            tree.set_extra(node, Extra::default());
            return node;
        }
        let origin = tree.origin(node);
        tree.scalar_at(tag, style, text, origin)
    }

    fn string<'t>(&self, text: Cow<'t, str>) -> Done<(Tag, Style, Cow<'t, str>)> {
        if self.into == Into::Flow {
            return Ok((Tag::Str, Style::DOUBLE, text));
        }
        let (style, text) = match text {
            Cow::Borrowed(text) => go_yaml::marshalled(text).map_err(|it| Fault::new(it.problem))?,
            Cow::Owned(text) => {
                let (style, text) = go_yaml::marshalled(&text).map_err(|it| Fault::new(it.problem))?;
                (style, Cow::Owned(text.into_owned()))
            }
        };
        Ok((Tag::Str, style, text))
    }
}

/// An entry of a mapping.
struct Named {
    name: Text,
    key: NodeId,
    value: NodeId,
}

/// The value of a scalar.
fn typed(tree: &Tree, node: NodeId, from: From, flow: bool) -> Done<Scalar<'_>> {
    let text = tree.value(node);
    match from {
        From::Resource => Ok(reread_scalar(tree, node, flow)?),
        From::Decoded | From::Sigs => {
            let schema = if from == From::Sigs { Schema::V2 } else { Schema::V3 };
            let value = resolve(schema, decode_tag(tree, node), text);
            let value = value.map_err(|found| {
                let found = found.short().unwrap_or_default();
                Fault::at(format!("a {found} cannot be read as `{}`", tree.tag_text(node)), node)
            })?;
            Ok(match value {
                Scalar::Time(_) if from == From::Sigs => Scalar::Str(Cow::Borrowed(text)),
                value => value,
            })
        }
        From::Json => Ok(match tree.tag(node) {
            Tag::Str => Scalar::Str(Cow::Borrowed(text)),
            Tag::Bool => Scalar::Bool(text == "true"),
            Tag::Null => Scalar::Null,
            _ => match text.parse::<i64>() {
                Ok(int) => Scalar::Int(int),
                Err(_) => Scalar::Float(text.parse().unwrap_or(f64::INFINITY)),
            },
        }),
    }
}

/// The JSON text of a scalar, as far as two of them are compared: numbers as they are written.
pub(crate) fn scalar_text(tree: &Tree, node: NodeId, from: From) -> Done<String> {
    if from == From::Json && !matches!(tree.tag(node), Tag::Str) {
        return Ok(tree.value(node).to_owned());
    }
    Ok(match typed(tree, node, from, false)? {
        Scalar::Null => "null".to_owned(),
        Scalar::Bool(it) => it.to_string(),
        Scalar::Int(it) => it.to_string(),
        Scalar::Uint(it) => it.to_string(),
        Scalar::Float(it) => go::format_json_float(it),
        Scalar::Time(it) => format!("\"{it}\""),
        Scalar::Str(text) => format!("\"{text}\""),
    })
}

/// A stable sort that asks no more of an order than that it answers.
fn insertion_sort<T>(items: &mut Vec<T>, less: impl Fn(&T, &T) -> bool) {
    let mut sorted: Vec<T> = Vec::with_capacity(items.len());
    for item in items.drain(..) {
        let mut at = sorted.len();
        if at > 12 {
            at = sorted.partition_point(|it| !less(&item, it));
        } else {
            while at > 0 && less(&item, &sorted[at - 1]) {
                at -= 1;
            }
        }
        sorted.insert(at, item);
    }
    *items = sorted;
}
