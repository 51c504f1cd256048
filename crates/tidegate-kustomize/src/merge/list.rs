//! Lists whose items are merged one by one.
//!
//! Implements: associative_sequence.go of kyaml's yaml/walk, and its ElementSetter and ElementMatcher (yaml/fns.go).
//! Keeps:      the patch's items come first; an item without the merge key makes upstream drop others: of the patch, the
//!             items that only the object has; of the object, every item before it. `$patch: replace` in an item of a
//!             list has no effect.
//! Differs:    where every item has its own key, the work grows with the number of items, not with its square.

use rustc_hash::{FxHashMap, FxHashSet};
use tidegate_base::Recorder;
use tidegate_yaml::{Kind, NodeId, Style};

use super::{DIRECTIVE, Directive, Merge, Surprise};
use crate::{schema::Schema, store::Done};

impl<R: Recorder> Merge<'_, R> {
    pub(super) fn walk_list(
        &mut self,
        dest: Option<NodeId>,
        origin: Option<NodeId>,
        schema: Option<Schema>,
    ) -> Done<Option<NodeId>> {
        let Some(dest) = self.visit_list(dest, origin)? else { return Ok(None) };
        let mut keys = schema.map(|it| self.schemas.merge_keys(it)).unwrap_or_default();
        if schema.is_none() && self.rules.infer {
            keys.push("name".to_owned());
        }
        let items = schema.and_then(|it| self.schemas.items(it));
        if let [key] = &keys[..]
            && !self.rules.append
            && let Some(plan) = self.plan(dest, origin, key)
        {
            return self.merge_by_key(dest, plan, key, items);
        }
        let lists = Lists { dest, origin, items };
        let values = self.element_values(&lists, &keys);
        if !values.is_empty() || !keys.is_empty() {
            return self.merge_elements(&lists, values, &keys);
        }
        let values = self.primitive_values(&lists);
        self.merge_elements(&lists, values, &[String::new()])
    }

    /// Whether every item of a list has a name.
    pub(super) fn is_named(&self, list: NodeId) -> bool {
        let tree = &self.store.tree;
        let items = tree.content(list);
        !items.is_empty() && items.iter().all(|&it| tree.get(it, "name").is_some_and(|it| !self.store.is_empty(it)))
    }

    /// Which list stands in the end.
    fn visit_list(&mut self, dest: Option<NodeId>, origin: Option<NodeId>) -> Done<Option<NodeId>> {
        self.take_looks(dest, origin);
        if dest.is_none_or(|it| self.store.is_null(it)) {
            return Ok(origin);
        }
        if origin.is_some_and(|it| self.store.is_null(it)) {
            return Ok(None);
        }
        Ok(match self.directive(origin)? {
            Directive::Delete => None,
            Directive::Replace => origin,
            Directive::Merge => dest,
        })
    }

    /// `$patch` as an item of a list.
    pub(super) fn list_directive(&mut self, patch: NodeId) -> Done<Directive> {
        let tree = &self.store.tree;
        let found = tree.content(patch).iter().copied().find(|&it| tree.get(it, DIRECTIVE).is_some());
        let Some(item) = found.filter(|&it| tree.content(it).len() <= 2) else { return Ok(Directive::Merge) };
        let Some(value) = tree.get(item, DIRECTIVE) else { return Ok(Directive::Merge) };
        let directive = self.read_directive(value)?;
        let name = self.store.tree.value(value).to_owned();
        self.set_element(patch, None, &[DIRECTIVE.to_owned()], &[name])?;
        Ok(directive)
    }
}

/// The two lists that are merged, and the schema of their items.
struct Lists {
    dest: NodeId,
    origin: Option<NodeId>,
    items: Option<Schema>,
}

/// Items with their keys, each key once: those of the patch, then those that only the object has.
struct Plan {
    pairs: Vec<(Option<NodeId>, Option<NodeId>)>,
}

impl<R: Recorder> Merge<'_, R> {
    /// How to merge two lists in which every item is a mapping with a key of its own; nothing if one is not.
    fn plan(&mut self, dest: NodeId, origin: Option<NodeId>, key: &str) -> Option<Plan> {
        let mine = self.keyed(dest, key)?;
        let theirs = match origin {
            Some(origin) if origin == dest => {
                return Some(Plan { pairs: mine.into_iter().map(|it| (Some(it.1), Some(it.1))).collect() });
            }
            Some(origin) => self.keyed(origin, key)?,
            None => Vec::new(),
        };
        let tree = &self.store.tree;
        let index: FxHashMap<&str, NodeId> = mine.iter().map(|&(key, item)| (tree.value(key), item)).collect();
        let patched: FxHashSet<&str> = theirs.iter().map(|it| tree.value(it.0)).collect();
        let mut pairs = Vec::with_capacity(mine.len() + theirs.len());
        pairs.extend(theirs.iter().map(|&(key, item)| (index.get(tree.value(key)).copied(), Some(item))));
        pairs.extend(mine.iter().filter(|it| !patched.contains(tree.value(it.0))).map(|it| (Some(it.1), None)));
        Some(Plan { pairs })
    }

    /// The items of a list with the nodes of their keys.
    fn keyed(&self, list: NodeId, key: &str) -> Option<Vec<(NodeId, NodeId)>> {
        let tree = &self.store.tree;
        if self.store.is_null(list) || tree.kind(list) != Kind::Sequence {
            return None;
        }
        let mut seen = FxHashSet::default();
        let mut out = Vec::with_capacity(tree.content(list).len());
        for &item in tree.content(list) {
            let value = tree.get(item, key)?;
            let plain = tree.kind(value) == Kind::Scalar && !self.store.is_null(value) && !self.store.is_null(item);
            if !plain || tree.value(value).is_empty() || !seen.insert(tree.value(value)) {
                return None;
            }
            out.push((value, item));
        }
        Some(out)
    }

    fn merge_by_key(&mut self, dest: NodeId, plan: Plan, key: &str, items: Option<Schema>) -> Done<Option<NodeId>> {
        let mut out = Vec::with_capacity(plan.pairs.len());
        for (mine, theirs) in plan.pairs {
            let replaces = self.replaces(mine, theirs);
            let name = theirs.or(mine).and_then(|it| self.store.tree.get(it, key));
            let name = name.map(|it| self.store.tree.value(it).to_owned()).unwrap_or_default();
            let Some(value) = self.walk(mine, theirs, items)? else { continue };
            if self.is_empty_mapping(value) {
                continue;
            }
            if self.store.tree.get(value, key).is_none() {
                let name = self.store.scalar(&name);
                self.store.set_field(value, key, Some(name), Style::PLAIN)?;
            }
            if let (true, Some(theirs)) = (replaces, theirs) {
                self.surprise("`$patch: replace` has no effect in an item of a list that the object has", theirs);
            }
            out.push(mine.unwrap_or(value));
        }
        // An empty list has nothing to merge; it stays what it is.
        if out.is_empty() && self.store.tree.content(dest).is_empty() {
            return Ok(Some(dest));
        }
        self.made_list(dest, &out).map(Some)
    }

    fn replaces(&self, mine: Option<NodeId>, theirs: Option<NodeId>) -> bool {
        let tree = &self.store.tree;
        match (mine, theirs) {
            (Some(mine), Some(theirs)) if mine != theirs => {
                tree.get(theirs, DIRECTIVE).is_some_and(|it| tree.value(it) == "replace")
            }
            _ => false,
        }
    }

    fn surprise(&mut self, message: impl Into<String>, at: NodeId) {
        self.surprises.push(Surprise { message: message.into(), at });
    }

    /// A new list in place of `dest`, as upstream makes one.
    fn made_list(&mut self, dest: NodeId, items: &[NodeId]) -> Done<NodeId> {
        let list = self.store.tree.sequence();
        self.store.tree.set_content(list, items);
        let origin = self.store.tree.origin(dest);
        self.store.tree.set_origin(list, origin);
        Ok(list)
    }

    fn is_empty_mapping(&self, node: NodeId) -> bool {
        let tree = &self.store.tree;
        self.store.is_null(node) || tree.kind(node) == Kind::Mapping && tree.content(node).is_empty()
    }
}

type Values = Vec<Vec<String>>;

impl<R: Recorder> Merge<'_, R> {
    /// The lists in the order in which their items come.
    fn ordered(&self, lists: &Lists) -> impl Iterator<Item = NodeId> + use<R> {
        let order = [lists.origin, Some(lists.dest)];
        let order = if self.rules.append { [order[1], order[0]] } else { order };
        order.into_iter().flatten()
    }

    /// The keys' values of every item, each combination once.
    fn element_values(&mut self, lists: &Lists, keys: &[String]) -> Values {
        let mut out = Values::new();
        if keys.is_empty() {
            return out;
        }
        let mut seen = FxHashSet::default();
        for list in self.ordered(lists) {
            for &item in self.store.tree.content(list) {
                let values: Vec<String> = keys.iter().map(|it| self.store.text(item, it).to_owned()).collect();
                if seen.insert(values.clone()) {
                    out.push(values);
                }
            }
        }
        out
    }

    fn primitive_values(&mut self, lists: &Lists) -> Values {
        let mut out = Values::new();
        let mut seen = FxHashSet::default();
        for list in self.ordered(lists) {
            for &item in self.store.tree.content(list) {
                let value = self.store.tree.value(item).to_owned();
                if seen.insert(value.clone()) {
                    out.push(vec![value]);
                }
            }
        }
        out
    }

    fn merge_elements(&mut self, lists: &Lists, mut all: Values, keys: &[String]) -> Done<Option<NodeId>> {
        let dest = lists.dest;
        if all.is_empty() {
            return Ok((!self.store.is_null(dest)).then_some(dest));
        }
        if keys.len() > 1 {
            self.steps.spend((all.len() * all.len()) as u64)?;
            merge_values(&mut all);
        }
        let known = known_keys(&all, keys);
        let added = self.made_list(dest, &[])?;
        let mut last_keys = Vec::new();
        for item in &all {
            let (keys, values) = valid_keys(&known, item, keys);
            self.merge_element(lists, added, &keys, &values)?;
            last_keys = keys;
        }
        let (to, from) = if self.rules.append { (dest, added) } else { (added, dest) };
        self.append_list(to, from, &last_keys)?;
        Ok(Some(to))
    }

    fn merge_element(&mut self, lists: &Lists, added: NodeId, keys: &[String], values: &[String]) -> Done {
        let known = known_keys(&[values.to_vec()], keys);
        let (match_keys, match_values) = valid_keys(&known, values, keys);
        let mine = self.matching(lists.dest, &match_keys, &match_values)?;
        let theirs = match lists.origin {
            Some(origin) => self.matching(origin, &match_keys, &match_values)?,
            None => None,
        };
        if mine.is_none() && theirs.is_none() {
            self.surprise_of_nameless(lists, keys);
        }
        let value = self.walk(mine, theirs, lists.items)?;
        let Some(value) = value.filter(|&it| !self.is_empty_mapping(it)) else {
            for _ in keys {
                self.set_element(lists.dest, None, keys, values)?;
            }
            return Ok(());
        };
        for (index, key) in keys.iter().enumerate() {
            let text = values.get(index).map_or("", String::as_str);
            if text.is_empty() || self.store.tree.get(value, key).is_some() {
                continue;
            }
            let text = self.store.scalar(text);
            if key.is_empty() {
                self.store.set_scalar(value, text)?;
            } else {
                self.store.set_field(value, key, Some(text), Style::PLAIN)?;
            }
        }
        self.set_element(added, Some(value), keys, values)
    }

    /// That upstream finds no item without a key, takes it for deleted, and deletes every item that has one.
    fn surprise_of_nameless(&mut self, lists: &Lists, keys: &[String]) {
        let Some(key) = keys.first().filter(|it| !it.is_empty()) else { return };
        let nameless = self.ordered(lists).find_map(|list| {
            let items = self.store.tree.content(list);
            items.iter().copied().find(|&it| keys.iter().all(|key| self.store.text(it, key).is_empty()))
        });
        if let Some(item) = nameless {
            self.surprise(
                format!("an item has no `{key}`: it and the object's items that the patch does not change are dropped"),
                item,
            );
        }
    }

    /// ElementMatcher: the first item that has these values.
    fn matching(&mut self, list: NodeId, keys: &[String], values: &[String]) -> Done<Option<NodeId>> {
        let tree = &self.store.tree;
        self.steps.spend(tree.content(list).len() as u64)?;
        if self.store.is_null(list) || tree.kind(list) != Kind::Sequence {
            return Ok(None);
        }
        let first = values.first().map_or("", String::as_str);
        if keys.first().is_none_or(String::is_empty) {
            return Ok(tree.content(list).iter().copied().find(|&it| tree.value(it) == first));
        }
        if keys.len() != values.len() {
            return Ok(None);
        }
        let has = |item: NodeId, key: &str, value: &str| tree.get(item, key).is_some_and(|it| tree.value(it) == value);
        let matches = |item: &&NodeId| keys.iter().zip(values).all(|(key, value)| has(**item, key, value));
        Ok(tree.content(list).iter().find(matches).copied())
    }

    /// ElementSetter: puts `element` in place of the items that have these values, or at the end; without an element the
    /// items go. Empty items go in any case.
    fn set_element(&mut self, list: NodeId, element: Option<NodeId>, keys: &[String], values: &[String]) -> Done {
        let empty = [String::new()];
        let keys = if keys.is_empty() { &empty } else { keys };
        let tree = &self.store.tree;
        self.steps.spend(tree.content(list).len() as u64)?;
        let for_mappings = !keys[0].is_empty() && values.first().is_some_and(|it| !it.is_empty());
        let mut content = Vec::with_capacity(tree.content(list).len() + 1);
        let mut found = false;
        for &item in tree.content(list) {
            if self.is_empty_mapping(item) {
                continue;
            }
            if tree.kind(item) != Kind::Mapping && for_mappings {
                content.push(item);
                continue;
            }
            if !self.has_values(item, keys, values)? {
                if !values.is_empty() {
                    content.push(item);
                }
                continue;
            }
            found = true;
            content.extend(element);
        }
        if let Some(element) = element.filter(|&it| !found && !self.store.is_null(it)) {
            content.push(element);
        }
        self.store.tree.set_content(list, &content);
        Ok(())
    }

    fn has_values(&self, item: NodeId, keys: &[String], values: &[String]) -> Done<bool> {
        let tree = &self.store.tree;
        for (index, key) in keys.iter().enumerate() {
            // Beyond the values, what was found before counts: nothing, if there are none.
            let Some(value) = values.get(index) else { return Ok(index > 0) };
            let due = if key.is_empty() { Kind::Scalar } else { Kind::Mapping };
            self.store.expect(item, due).map_err(|it| it.code("patch-failed"))?;
            let same = if key.is_empty() {
                tree.value(item) == value
            } else {
                tree.get(item, key).is_some_and(|it| value.is_empty() || tree.value(it) == value)
            };
            if !same {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Puts the items of `from` in place of those of `to` with the same keys, or behind them.
    fn append_list(&mut self, to: NodeId, from: NodeId, keys: &[String]) -> Done {
        for item in self.store.tree.content(from).to_vec() {
            if keys[0].is_empty() {
                let value = self.store.tree.value(item).to_owned();
                self.set_element(to, Some(item), keys, &[value])?;
                continue;
            }
            let mut values = Vec::with_capacity(keys.len());
            for key in keys {
                let value = self.store.get(item, key)?;
                match value {
                    Some(value) => values.push(self.store.tree.value(value).to_owned()),
                    None => self.store.tree.append(to, &[item]),
                }
            }
            if values.is_empty() {
                let key = &keys[0];
                self.surprise(format!("an item has no `{key}`: every item before it is dropped"), item);
            }
            if keys.len() > 1 {
                self.set_element(to, None, keys, &values)?;
            }
            self.set_element(to, Some(item), keys, &values)?;
        }
        Ok(())
    }
}

/// Which keys any item has a value for.
fn known_keys(all: &[Vec<String>], keys: &[String]) -> Vec<bool> {
    let mut known = vec![false; keys.len()];
    for values in all {
        for (index, value) in values.iter().enumerate() {
            known[index] |= !value.is_empty();
        }
    }
    known
}

/// The keys that count, with the item's values for them.
fn valid_keys(known: &[bool], values: &[String], keys: &[String]) -> (Vec<String>, Vec<String>) {
    if !known.contains(&true) {
        return (keys.to_vec(), values.to_vec());
    }
    let keys = keys.iter().zip(known).filter(|it| *it.1).map(|it| it.0.clone()).collect();
    let values = values.iter().zip(known).filter(|it| *it.1).map(|it| it.0.clone()).collect();
    (keys, values)
}

/// Completes items that lack a key from items that have it and agree in another.
fn merge_values(all: &mut Values) {
    for i in 0..all.len() {
        // Upstream looks at the values that the first item had when its turn came.
        let first = all[i].clone();
        for j in 0..all.len() {
            if let Some(merged) = matched(&first, &all[j]) {
                all[i].clone_from(&merged);
                all[j] = merged;
            }
        }
    }
}

fn matched(a: &[String], b: &[String]) -> Option<Vec<String>> {
    if a.len() != b.len() {
        return None;
    }
    let mut common = false;
    let mut out = Vec::with_capacity(a.len());
    for (a, b) in a.iter().zip(b) {
        if a == b {
            common = true;
        } else if !a.is_empty() && !b.is_empty() {
            return None;
        }
        out.push(if a.is_empty() { b.clone() } else { a.clone() });
    }
    common.then_some(out)
}
