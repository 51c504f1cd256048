//! Typed values out of a kustomization file's tree.
//!
//! In: nodes. Out: strings, numbers, lists and mappings, and every problem that is in the way.
//!
//! Implements: sigs.k8s.io/yaml's reading into Go structs, unknown fields refused: names of fields are the same in any
//!             case, the last of two counts, null is as good as nothing, a number is no string.

use tidegate_yaml::{Kind, NodeId, Scalar, Schema, Tree, decode_tag, resolve};

use crate::{nearest::nearest, store::Fault};

/// Reads typed values and gathers what is wrong with them.
pub(crate) struct Reader<'t> {
    pub(crate) tree: &'t Tree,
    pub(crate) faults: Vec<Fault>,
    /// What works, but not as its author will have meant it.
    pub(crate) warnings: Vec<Fault>,
    /// Whether numbers and booleans become strings where strings are due: upstream reads everything so but the
    /// kustomization file itself.
    converts: bool,
}

/// What was read, and what is wrong with it.
pub(crate) struct Read<T> {
    pub(crate) value: T,
    pub(crate) faults: Vec<Fault>,
    pub(crate) warnings: Vec<Fault>,
}

/// A string and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) value: String,
    pub(crate) at: NodeId,
}

/// The fields of a mapping.
pub(crate) struct Fields<'k> {
    known: &'k [&'k str],
    values: Vec<Option<NodeId>>,
    /// The mapping.
    pub(crate) at: NodeId,
}

impl Fields<'_> {
    /// The value of a field; nothing when it is missing or null.
    pub(crate) fn get(&self, name: &str) -> Option<NodeId> {
        let index = self.known.iter().position(|it| *it == name);
        debug_assert!(index.is_some(), "`{name}` is a known field");
        self.values[index?]
    }
}

/// A number or boolean as a string.
fn converted(scalar: &Scalar<'_>) -> String {
    match scalar {
        Scalar::Bool(it) => it.to_string(),
        Scalar::Int(it) => it.to_string(),
        Scalar::Uint(it) => it.to_string(),
        Scalar::Float(it) => tidegate_yaml::go::format_float(*it),
        _ => String::new(),
    }
}

fn article(kind: &str) -> String {
    let vowel = kind.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}

impl<'t> Reader<'t> {
    pub(crate) fn new(tree: &'t Tree) -> Self {
        Self { tree, faults: Vec::new(), warnings: Vec::new(), converts: false }
    }

    /// A reader that makes strings of numbers and booleans.
    pub(crate) fn converting(tree: &'t Tree) -> Self {
        Self { converts: true, ..Self::new(tree) }
    }

    /// Makes warnings of unknown fields: where upstream passes them over.
    pub(crate) fn forgive_unknown_fields(&mut self) {
        let (unknown, faults) = self.faults.drain(..).partition(|it| it.code == "unknown-field");
        self.faults = faults;
        self.warnings.extend::<Vec<_>>(unknown);
    }

    /// Ends the reading.
    pub(crate) fn finish<T>(self, value: T) -> Read<T> {
        Read { value, faults: self.faults, warnings: self.warnings }
    }

    fn wrong(&mut self, node: NodeId, due: &str, what: &str) {
        let found = self.describe(node);
        // A name of a field; what says more is quoted already where it has to be.
        let what = if what.contains([' ', '`']) { what.to_owned() } else { format!("`{what}`") };
        let mut fault = Fault::at(format!("{what}: {} is due, found {}", article(due), article(&found)), node);
        if due == "string" && matches!(found.as_str(), "number" | "boolean") {
            let text = self.tree.value(node);
            fault = fault.hint(format!("quote it: `\"{text}\"`"));
        } else if due == "list" {
            fault = fault.hint("write each item on a line of its own, after `- `");
        }
        self.faults.push(fault.code("wrong-type"));
    }

    fn describe(&self, node: NodeId) -> String {
        match self.tree.kind(node) {
            Kind::Mapping => "mapping",
            Kind::Sequence => "list",
            Kind::Alias => "alias",
            Kind::Scalar => match self.scalar(node) {
                Some(Scalar::Bool(_)) => "boolean",
                Some(Scalar::Null) => "null",
                Some(Scalar::Int(_) | Scalar::Uint(_) | Scalar::Float(_)) => "number",
                _ => "string",
            },
        }
        .to_owned()
    }

    fn scalar(&self, node: NodeId) -> Option<Scalar<'t>> {
        if self.tree.kind(node) != Kind::Scalar {
            return None;
        }
        resolve(Schema::V2, decode_tag(self.tree, node), self.tree.value(node)).ok()
    }

    /// Whether a value is as good as missing.
    pub(crate) fn is_null(&self, node: NodeId) -> bool {
        matches!(self.scalar(node), Some(Scalar::Null))
    }

    /// The fields of a mapping, those that are not `known` reported.
    pub(crate) fn fields<'k>(&mut self, node: NodeId, what: &str, known: &'k [&'k str]) -> Fields<'k> {
        let mut fields = Fields { known, values: vec![None; known.len()], at: node };
        if self.is_null(node) {
            return fields;
        }
        if self.tree.kind(node) != Kind::Mapping {
            self.wrong(node, "mapping", what);
            return fields;
        }
        let mut seen = vec![false; known.len()];
        for (key, value) in self.tree.entries(node) {
            let name = self.tree.value(key);
            let index = known.iter().position(|it| *it == name);
            match index.or_else(|| known.iter().position(|it| it.eq_ignore_ascii_case(name))) {
                Some(index) => {
                    if std::mem::replace(&mut seen[index], true) {
                        let fault = Fault::at(format!("`{name}` stands twice in {what}; the last one counts"), key);
                        self.warnings.push(fault.code("duplicate-key").hint("join them, or take one away"));
                    }
                    fields.values[index] = (!self.is_null(value)).then_some(value);
                }
                None => {
                    let fault = Fault::at(format!("unknown field `{name}` in {what}"), key).code("unknown-field");
                    self.faults.push(match nearest(name, known.iter().copied()) {
                        Some(near) => fault.hint(format!("write `{near}`, or take the field away")),
                        None => fault.hint("take the field away"),
                    });
                }
            }
        }
        fields
    }

    /// A string; nothing, and a problem, for anything else.
    pub(crate) fn text(&mut self, node: NodeId, what: &str) -> Option<Text> {
        match self.scalar(node) {
            Some(Scalar::Str(value)) => Some(Text { value: value.into_owned(), at: node }),
            Some(Scalar::Time(_)) => Some(Text { value: self.tree.value(node).to_owned(), at: node }),
            Some(Scalar::Null) => Some(Text { value: String::new(), at: node }),
            Some(scalar) if self.converts => Some(Text { value: converted(&scalar), at: node }),
            _ => {
                self.wrong(node, "string", what);
                None
            }
        }
    }

    /// The string of a field, empty when it is missing.
    pub(crate) fn string(&mut self, fields: &Fields<'_>, name: &str) -> String {
        self.field_text(fields, name).map(|it| it.value).unwrap_or_default()
    }

    /// The string of a field and where it stands.
    pub(crate) fn field_text(&mut self, fields: &Fields<'_>, name: &str) -> Option<Text> {
        let node = fields.get(name)?;
        self.text(node, name)
    }

    /// The boolean of a field, false when it is missing.
    pub(crate) fn boolean(&mut self, fields: &Fields<'_>, name: &str) -> bool {
        let Some(node) = fields.get(name) else { return false };
        match self.scalar(node) {
            Some(Scalar::Bool(value)) => value,
            _ => {
                self.wrong(node, "boolean", name);
                false
            }
        }
    }

    /// The whole number of a field, 0 when it is missing.
    pub(crate) fn integer(&mut self, fields: &Fields<'_>, name: &str) -> i64 {
        let Some(node) = fields.get(name) else { return 0 };
        match self.scalar(node) {
            Some(Scalar::Int(value)) => value,
            Some(Scalar::Float(value)) if value.fract() == 0.0 && value.abs() < 9e15 => value as i64,
            _ => {
                self.wrong(node, "whole number", name);
                0
            }
        }
    }

    /// The items of a list field.
    pub(crate) fn list(&mut self, fields: &Fields<'_>, name: &str) -> Vec<NodeId> {
        let Some(node) = fields.get(name) else { return Vec::new() };
        self.items(node, name)
    }

    /// The items of a list.
    pub(crate) fn items(&mut self, node: NodeId, what: &str) -> Vec<NodeId> {
        if self.tree.kind(node) != Kind::Sequence {
            self.wrong(node, "list", what);
            return Vec::new();
        }
        self.tree.content(node).to_vec()
    }

    /// The strings of a list field.
    pub(crate) fn texts(&mut self, fields: &Fields<'_>, name: &str) -> Vec<Text> {
        let items = self.list(fields, name);
        items.into_iter().filter_map(|it| self.text(it, name)).collect()
    }

    /// The strings of a mapping field, sorted by key.
    pub(crate) fn string_map(&mut self, fields: &Fields<'_>, name: &str) -> Vec<(String, String)> {
        let Some(node) = fields.get(name) else { return Vec::new() };
        if self.tree.kind(node) != Kind::Mapping {
            self.wrong(node, "mapping", name);
            return Vec::new();
        }
        let mut map = std::collections::BTreeMap::new();
        for (key, value) in self.tree.entries(node) {
            if let (Some(key), Some(value)) = (self.map_key(key, name), self.text(value, name)) {
                map.insert(key, value.value);
            }
        }
        map.into_iter().collect()
    }

    /// A key as JSON has it: booleans and numbers become strings.
    fn map_key(&mut self, node: NodeId, what: &str) -> Option<String> {
        match self.scalar(node) {
            Some(Scalar::Bool(value)) => Some(value.to_string()),
            Some(Scalar::Int(value)) => Some(value.to_string()),
            Some(Scalar::Float(value)) => Some(tidegate_yaml::go::format_float(f64::from(value as f32))),
            Some(Scalar::Str(value)) => Some(value.into_owned()),
            Some(Scalar::Time(_)) => Some(self.tree.value(node).to_owned()),
            _ => {
                self.wrong(node, "string", what);
                None
            }
        }
    }
}
