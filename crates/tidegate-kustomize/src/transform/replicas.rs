//! `replicas`.
//!
//! Implements: ReplicaCountTransformer and api/filters/replicacount of sigs.k8s.io/kustomize v5.8.1.

use tidegate_base::Recorder;
use tidegate_yaml::{Kind, Style, Tag};

use super::Specs;
use crate::{
    build::Build,
    field_spec::{Create, visit},
    file::Replica,
    res_map::ResMap,
    store::{Done, Fault},
};

/// Sets how many replicas the workload has that has or had the name.
pub(super) fn apply<R: Recorder>(
    build: &mut Build<'_, R>,
    resources: &ResMap,
    replica: &Replica,
    specs: &Specs,
) -> Done {
    let count = replica.count.to_string();
    let from = build.store.tree.origin(replica.at);
    let mut found = false;
    for spec in specs.iter() {
        for resource in resources.list() {
            build.step(1)?;
            let fits = resource.name(&build.store) == replica.name && resource.gvk(&build.store).is_selected(&spec.gvk)
                || resource
                    .previous_ids(&build.store)
                    .any(|it| it.name == replica.name && it.gvk.is_selected(&spec.gvk));
            if !fits {
                continue;
            }
            found = true;
            let create = Create { kind: Kind::Scalar, tag: Tag::Int };
            visit(&mut build.store, resource.node, spec, Some(create), &mut |store, node| {
                let value = store.tree.scalar(Tag::Int, Style::PLAIN, &count);
                store.tree.set_origin(value, from);
                store.set_scalar(node, value)
            })?;
        }
    }
    if found {
        return Ok(());
    }
    let kinds: Vec<&str> = specs.iter().map(|it| it.gvk.kind.as_str()).collect();
    let message = format!("no {} is called `{}`", kinds.join(", "), replica.name);
    Err(Fault::at(message, replica.at).code("no-match").hint("correct `name`, or take the entry away"))
}
