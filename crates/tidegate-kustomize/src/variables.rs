//! `vars`: `$(NAME)` in the fields that may hold it.
//!
//! Implements: internal/accumulator (MergeVars, ResolveVars), api/filters/refvar and types/var.go of
//!             sigs.k8s.io/kustomize v5.8.1.
//! Keeps:      a text that is a variable and nothing else takes its type; `$$` stands for `$`; a variable may be used in
//!             every kustomization above the one that defines it.
//! Differs:    a character behind `$` that is not ASCII stays what it is.

use std::collections::BTreeMap;

use tidegate_base::{Diagnostic, LimitError, Recorder};
use tidegate_yaml::{Kind, NodeId, Style, Tag, go};

use crate::{
    build::Build,
    field_spec::{FieldSpec, visit},
    file::Var,
    id::ResId,
    res_map::ResMap,
    store::{Done, Fault, Store, split_smart_path},
};

/// Variables by name.
pub(crate) type Variables = BTreeMap<String, Var>;

/// Adds the variables of a kustomization; each must be new, and may name one object at most.
pub(crate) fn define<R: Recorder>(
    build: &mut Build<'_, R>,
    variables: &mut Variables,
    resources: &mut ResMap,
    vars: &[Var],
) -> Done {
    for var in vars {
        let due = ResId {
            gvk: var.gvk.clone(),
            name: var.object.as_str().into(),
            namespace: var.namespace.as_str().into(),
            cluster: false,
        };
        let fits = |id: &ResId| {
            if var.namespace.is_empty() { id.name == due.name && id.gvk == due.gvk } else { id.is_same(&due) }
        };
        let mut found = Vec::new();
        for (index, resource) in resources.list().iter().enumerate() {
            build.step(1)?;
            if resource.previous_ids(&build.store).any(|it| fits(&it))
                || fits(&resource.id(&build.store, &mut build.schemas))
            {
                found.push(index);
            }
        }
        match found[..] {
            [] => {}
            [index] => resources.get_mut(index).variables.push(var.name.clone()),
            _ => {
                let message = format!("{} objects fit the variable `{}`", found.len(), var.name);
                let fault = Fault::at(message, var.at).code("ambiguous-match");
                return Err(fault.hint("name the namespace in `objref`"));
            }
        }
        insert(variables, var.clone())?;
    }
    Ok(())
}

/// Adds the variables of another kustomization.
pub(crate) fn merge(variables: &mut Variables, more: Variables) -> Done {
    more.into_values().try_for_each(|it| insert(variables, it))
}

fn insert(variables: &mut Variables, var: Var) -> Done {
    if let Some(old) = variables.get(&var.name) {
        let message = format!("the variable `{}` is defined twice", old.name);
        return Err(Fault::at(message, var.at).code("duplicate-variable").hint("give one of them another name"));
    }
    variables.insert(var.name.clone(), var);
    Ok(())
}

/// What a variable stands for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// A mapping or list, which cannot be put into a text.
    Collection,
}

/// Puts the values of all variables where they are used.
pub(crate) fn resolve<R: Recorder>(
    build: &mut Build<'_, R>,
    variables: &Variables,
    resources: &ResMap,
    specs: &[FieldSpec],
) -> Done {
    if variables.is_empty() {
        return Ok(());
    }
    let mut values = BTreeMap::new();
    for var in variables.values() {
        let value = value_of(build, var, resources).map_err(|it| it.or_at(var.at).code("no-match"))?;
        values.insert(var.name.clone(), value);
    }
    for name in replace(build, resources, specs, values)? {
        if let Some(var) = variables.get(&name) {
            let place = build.place_of(var.at);
            let warning = Diagnostic::warning("unused-variable", format!("the variable `{name}` is never used"));
            build.warn(warning.at(place).hint("take it away"));
        }
    }
    Ok(())
}

/// Puts values where they are used; gives the names of those that are not.
pub(crate) fn replace<R: Recorder>(
    build: &mut Build<'_, R>,
    resources: &ResMap,
    specs: &[FieldSpec],
    values: BTreeMap<String, Value>,
) -> Done<Vec<String>> {
    let values = values.into_iter().map(|it| (it.0, (it.1, false))).collect();
    let mut replacer = Replacer { values, longest: build.limits.text_bytes as usize, too_long: false };
    for resource in resources.list() {
        for spec in specs {
            build.step(1)?;
            visit(&mut build.store, resource.node, spec, None, &mut |store, node| replacer.set(store, node)).map_err(
                |it| match it.code {
                    "limit" => it.or_at(resource.node),
                    _ => it.or_at(resource.node).code("invalid-variable"),
                },
            )?;
        }
    }
    Ok(replacer.values.into_iter().filter(|it| !it.1.1).map(|it| it.0).collect())
}

fn value_of<R: Recorder>(build: &mut Build<'_, R>, var: &Var, resources: &ResMap) -> Done<Value> {
    let found = resources.list().iter().find(|it| it.variables.contains(&var.name));
    let Some(resource) = found else {
        let message = format!("the variable `{}` names no object that is here", var.name);
        return Err(Fault::at(message, var.at).hint("correct `objref`"));
    };
    let path = slice_indices(split_smart_path(&var.field_path, '.'));
    let missing = || {
        let message = format!("the object of the variable `{}` has no `{}`", var.name, var.field_path);
        Fault::at(message, var.at).hint("correct `fieldPath`")
    };
    let found = build.store.lookup(resource.node, &path, None).map_err(|_| missing())?;
    let node = found.ok_or_else(missing)?;
    let tree = &build.store.tree;
    if tree.kind(node) != Kind::Scalar {
        return Ok(Value::Collection);
    }
    let text = tree.value(node);
    let value = match tree.tag(node) {
        Tag::Int => text.parse().ok().map(Value::Int),
        Tag::Float => go::parse_float(text).map(Value::Float),
        Tag::Bool => match text {
            "true" | "True" | "TRUE" => Some(Value::Bool(true)),
            "false" | "False" | "FALSE" => Some(Value::Bool(false)),
            _ => None,
        },
        _ => Some(Value::Text(text.to_owned())),
    };
    value.ok_or_else(missing)
}

/// `ports[0]` as `ports` and `0`.
fn slice_indices(path: Vec<String>) -> Vec<String> {
    let mut out = Vec::with_capacity(path.len());
    for part in path {
        let split = part.strip_suffix(']').and_then(|it| it.rsplit_once('['));
        match split {
            Some((name, index)) if !index.is_empty() && index.bytes().all(|it| it.is_ascii_digit()) => {
                if !name.is_empty() {
                    out.push(name.to_owned());
                }
                out.push(index.to_owned());
            }
            _ => out.push(part),
        }
    }
    out
}

struct Replacer {
    /// Values, and whether they were used.
    values: BTreeMap<String, (Value, bool)>,
    /// How long a text may become, and whether one became longer.
    longest: usize,
    too_long: bool,
}

impl Replacer {
    fn set<R: Recorder>(&mut self, store: &mut Store<R>, node: NodeId) -> Done {
        if store.is_null(node) {
            return Ok(());
        }
        match store.tree.kind(node) {
            Kind::Scalar => {
                if is_string(store, node) {
                    self.set_text(store, node);
                }
            }
            Kind::Mapping => {
                for (key, value) in store.tree.entries(node).collect::<Vec<_>>() {
                    if !is_string(store, key) {
                        return Err(Fault::at(format!("the key `{}` is no string", store.tree.value(key)), key));
                    }
                    if is_string(store, value) {
                        self.set_text(store, value);
                    }
                }
            }
            _ => {
                for item in store.tree.content(node).to_vec() {
                    if !is_string(store, item) {
                        return Err(Fault::at("a string is due, since variables are in use", item).hint("quote it"));
                    }
                    self.set_text(store, item);
                    self.refuse_overflow(store)?;
                }
            }
        }
        self.refuse_overflow(store)
    }

    fn refuse_overflow<R: Recorder>(&self, store: &Store<R>) -> Done {
        let allowed = self.longest as u64;
        match store.tree.overflow() {
            Some(limit) => Err(limit.into()),
            None if self.too_long => {
                Err(LimitError { name: "text-bytes", allowed, asked: allowed.saturating_mul(2) }.into())
            }
            None => Ok(()),
        }
    }

    fn set_text<R: Recorder>(&mut self, store: &mut Store<R>, node: NodeId) {
        let text = store.tree.value(node);
        let replaced = if text.contains('$') { Some(self.replaced(text)) } else { None };
        let (tag, text) = match replaced {
            None | Some(Value::Collection) => (Tag::Str, None),
            Some(Value::Text(new)) => (Tag::Str, (new != text).then_some(new)),
            Some(Value::Int(it)) => (Tag::Int, Some(it.to_string())),
            Some(Value::Float(it)) => (Tag::Float, Some(format!("{it}"))),
            Some(Value::Bool(it)) => (Tag::Bool, Some(it.to_string())),
        };
        if let Some(text) = text {
            store.set_value(node, &text, tidegate_base::Origin::UNKNOWN);
        }
        store.tree.set_tag(node, tag);
        store.tree.set_style(node, Style::PLAIN);
    }

    /// A text with the values of its variables.
    fn replaced(&mut self, text: &str) -> Value {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            if out.len() > self.longest {
                self.too_long = true;
                return Value::Collection;
            }
            out.push_str(&rest[..at]);
            let behind = &rest[at + 1..];
            rest = match behind.as_bytes().first() {
                None => {
                    out.push('$');
                    ""
                }
                Some(b'$') => {
                    out.push('$');
                    &behind[1..]
                }
                Some(b'(') => match behind.find(')') {
                    Some(end) => {
                        let name = &behind[1..end];
                        let value = self.value(name);
                        if text.len() == name.len() + 3 && value != Value::Collection {
                            return value;
                        }
                        push(&mut out, &value, name);
                        &behind[end + 1..]
                    }
                    None => {
                        out.push_str("$(");
                        &behind[1..]
                    }
                },
                Some(_) => {
                    out.push('$');
                    behind
                }
            };
        }
        out.push_str(rest);
        Value::Text(out)
    }

    /// The value of a variable; its mention, where there is none.
    fn value(&mut self, name: &str) -> Value {
        match self.values.get_mut(name) {
            Some((value, used)) => {
                *used |= *value != Value::Collection;
                value.clone()
            }
            None => Value::Text(format!("$({name})")),
        }
    }
}

/// Appends a value as Go's `%v` prints it.
fn push(out: &mut String, value: &Value, name: &str) {
    match value {
        Value::Text(it) => out.push_str(it),
        Value::Int(it) => out.push_str(&it.to_string()),
        Value::Bool(it) => out.push_str(if *it { "true" } else { "false" }),
        Value::Float(it) => out.push_str(&go::format_float(*it)),
        Value::Collection => {
            out.push_str("$(");
            out.push_str(name);
            out.push(')');
        }
    }
}

fn is_string<R: Recorder>(store: &Store<R>, node: NodeId) -> bool {
    store.tree.kind(node) == Kind::Scalar && matches!(store.tree.tag(node), Tag::Str | Tag::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(text: &str) -> Value {
        let values = [("A", Value::Text("x".to_owned())), ("N", Value::Int(5)), ("M", Value::Collection)];
        let values = values.into_iter().map(|it| (it.0.to_owned(), (it.1, false))).collect();
        Replacer { values, longest: 1000, too_long: false }.replaced(text)
    }

    #[test]
    fn variables_are_replaced_as_upstream_does() {
        for (text, due) in [
            ("a $(A) b", "a x b"),
            ("$$(A)", "$(A)"),
            ("$(A)$(N)", "x5"),
            ("$(B)", "$(B)"),
            ("$(A", "$(A"),
            ("cost $", "cost $"),
            ("$é$(A)", "$éx"),
            ("-$(M)-", "-$(M)-"),
        ] {
            assert_eq!(replaced(text), Value::Text(due.to_owned()), "{text}");
        }
        assert_eq!(replaced("$(N)"), Value::Int(5));
        assert_eq!(replaced("$(M)"), Value::Text("$(M)".to_owned()));
    }

    #[test]
    fn an_index_behind_a_name_is_a_part_of_its_own() {
        let path = ["spec", "ports[0]", "[1]", "[name=a]"].map(str::to_owned).to_vec();
        assert_eq!(slice_indices(path), ["spec", "ports", "0", "1", "[name=a]"]);
    }
}
