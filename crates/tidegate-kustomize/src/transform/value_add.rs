//! ValueAddTransformer: one value put into many fields, or into paths that they hold.
//!
//! Implements: ValueAddTransformer and api/filters/valueadd of sigs.k8s.io/kustomize v5.8.1.

use std::sync::Arc;

use tidegate_base::Recorder;
use tidegate_yaml::{Kind, NodeId};

use super::namespace::{Namespace, SubjectMode};
use crate::{
    build::Build,
    res_map::ResMap,
    selector::Selector,
    store::{Done, split_path},
};

/// Where the value goes.
#[derive(Debug, Clone)]
pub(crate) struct ValueTarget {
    pub(crate) selector: Option<Selector>,
    pub(crate) path: String,
    /// Which part of a path in the field the value becomes, from 1; 0 replaces the field.
    pub(crate) position: i64,
    pub(crate) at: NodeId,
}

/// Puts `value` into the fields of all targets.
pub(super) fn apply<R: Recorder>(
    build: &mut Build<'_, R>,
    resources: &mut ResMap,
    value: &str,
    targets: &[ValueTarget],
) -> Done {
    for target in targets {
        let selected = match &target.selector {
            None => (0..resources.len()).collect(),
            Some(selector) => resources.select(build, selector)?,
        };
        for index in selected {
            let resource = resources.get(index);
            if target.path == "metadata/namespace" {
                let specs = Arc::from([]);
                let namespace =
                    Namespace { namespace: value, specs: &specs, unset_only: false, subjects: SubjectMode::default() };
                namespace.object(build, resource)?;
                continue;
            }
            set(build, resource.node, value, target).map_err(|it| it.or_at(target.at))?;
        }
        resources.moved();
    }
    Ok(())
}

fn set<R: Recorder>(build: &mut Build<'_, R>, node: NodeId, value: &str, target: &ValueTarget) -> Done {
    let mut path = split_path(&target.path, '/');
    // Upstream looks for a field without a name, which is passed over.
    path.retain(|it| !it.is_empty());
    let Some(field) = build.store.lookup(node, &path, Some(Kind::Scalar))? else { return Ok(()) };
    build.store.expect(field, Kind::Scalar)?;
    let text = if target.position > 0 {
        insert_part(build.store.tree.value(field), target.position as usize - 1, value)
    } else {
        value.to_owned()
    };
    let value = build.store.scalar(&text);
    build.store.set_scalar(field, value)
}

/// A path with one more part at `position`, or at its end.
fn insert_part(path: &str, position: usize, part: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = path.split('/').filter(|it| !it.is_empty() && *it != ".").collect();
    parts.insert(position.min(parts.len()), part);
    format!("{}{}", if absolute { "/" } else { "" }, parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::insert_part;

    #[test]
    fn a_part_is_inserted_into_a_path() {
        for (path, position, due) in [
            ("", 0, "PEACH"),
            ("/", 0, "/PEACH"),
            ("pie", 0, "PEACH/pie"),
            ("/pie", 0, "/PEACH/pie"),
            ("/raw", 1, "/raw/PEACH"),
            ("a/nice/warm/pie", 3, "a/nice/warm/PEACH/pie"),
            ("a/nice/warm/pie", 999, "a/nice/warm/pie/PEACH"),
        ] {
            assert_eq!(insert_part(path, position, "PEACH"), due);
        }
    }
}
