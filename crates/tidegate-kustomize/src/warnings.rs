//! What upstream accepts in silence, and a user would not want.
//!
//! In: nodes and what became of them. Out: warnings; nothing is changed and nothing refused.

use tidegate_base::{Diagnostic, Recorder};
use tidegate_yaml::{Kind, NodeId};

use crate::{build::Build, generate::Pair, res_map::ResMap};

/// The longest name that the API server takes for an object or a key, in characters.
const LONGEST_NAME: usize = 253;

fn warn<R: Recorder>(build: &mut Build<'_, R>, at: NodeId, code: &'static str, message: String, hint: &str) {
    if build.is_full(tidegate_base::Severity::Warning) {
        return;
    }
    let place = build.place_of(at);
    build.warn(Diagnostic::warning(code, message).at(place).hint(hint));
}

/// Keys that stand twice in a strategic-merge patch, of which the first counts.
pub(crate) fn of_duplicate_keys<R: Recorder>(build: &mut Build<'_, R>, patches: &[NodeId]) {
    let mut todo = patches.to_vec();
    while let Some(node) = todo.pop() {
        let tree = &build.store.tree;
        if tree.kind(node) != Kind::Mapping {
            todo.extend(tree.content(node));
            continue;
        }
        todo.extend(tree.entries(node).map(|it| it.1));
        let mut keys: Vec<NodeId> = tree.entries(node).map(|it| it.0).collect();
        // A stable sort: of two that are the same, the first stays the first.
        keys.sort_by(|a, b| tree.value(*a).cmp(tree.value(*b)));
        let again = keys.windows(2).filter(|it| tree.value(it[0]) == tree.value(it[1])).map(|it| it[1]);
        let again: Vec<NodeId> = again.filter(|&it| tree.kind(it) == Kind::Scalar).collect();
        for key in again {
            let message = format!("`{}` stands twice in the patch; the first one counts", build.store.tree.value(key));
            warn(build, key, "duplicate-key", message, "join them, or take one away");
        }
    }
}

/// Keys of a ConfigMap or Secret that the API server refuses.
pub(crate) fn of_data_keys<R: Recorder>(build: &mut Build<'_, R>, data: &[Pair]) {
    let allowed = |it: &u8| it.is_ascii_alphanumeric() || b"-._".contains(it);
    for pair in data {
        let key = &pair.key;
        if key.len() > LONGEST_NAME || !key.as_bytes().iter().all(allowed) || key == "." || key.starts_with("..") {
            let message = format!("the API server refuses the key `{key}`");
            let hint =
                "use letters, digits, `-`, `_` and `.`, at most 253 of them; a file is given a key as `KEY=FILE`";
            warn(build, pair.at, "invalid-key", message, hint);
        }
    }
}

/// Names of objects that the API server refuses because they are too long.
pub(crate) fn of_long_names<R: Recorder>(build: &mut Build<'_, R>, resources: &ResMap) {
    for resource in resources.list() {
        let name = resource.name(&build.store);
        if name.len() > LONGEST_NAME {
            let kind = resource.kind(&build.store);
            let message = format!(
                "the name of the {kind} `{}…` has {} characters, more than the 253 that are allowed",
                start(name),
                name.len()
            );
            warn(build, resource.node, "long-name", message, "shorten it, or the prefixes and suffixes that it gets");
        }
    }
}

fn start(name: &str) -> &str {
    name.char_indices().nth(20).map_or(name, |it| &name[..it.0])
}
