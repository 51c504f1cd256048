//! The order of the objects.
//!
//! Implements: SortOrderTransformer of sigs.k8s.io/kustomize/api v0.21.1.

use std::cmp::Ordering;

use tidegate_base::Recorder;

use crate::{
    build::Build,
    file::SortOptions,
    id::{Gvk, ORDER_FIRST, ORDER_LAST, type_order},
    res_map::ResMap,
    store::{Done, Fault},
};

/// Sorts the objects as `sortOptions` say.
pub(crate) fn sort<R: Recorder>(build: &mut Build<'_, R>, resources: &mut ResMap, options: &SortOptions) -> Done {
    let place = |fault: Fault| match options.at {
        Some(at) => fault.or_at(at).code("invalid-sort"),
        None => fault.code("invalid-sort"),
    };
    match options.order.as_str() {
        "legacy" => {}
        "fifo" if options.legacy.is_none() => return Ok(()),
        "" if options.at.is_none() => return Ok(()),
        "fifo" => {
            let fault = Fault::new("`legacySortOptions` only go with the order `legacy`");
            return Err(place(fault.hint("write `order: legacy`, or take them away")));
        }
        other => {
            let fault = Fault::new(format!("`{other}` is no order of objects"));
            return Err(place(fault.hint("write `order: legacy` or `order: fifo`")));
        }
    }
    let (first, last) = match &options.legacy {
        Some((first, last)) => (first.clone(), last.clone()),
        None => (owned(ORDER_FIRST), owned(ORDER_LAST)),
    };
    let mut keyed: Vec<(Key, _)> = Vec::with_capacity(resources.len());
    for resource in resources.take() {
        let id = resource.id(&build.store, &mut build.schemas);
        keyed.push((Key::new(&id.gvk, &id.namespace, &id.name, &first, &last), resource));
    }
    keyed.sort_by(|a, b| a.0.order(&b.0));
    resources.set(keyed.into_iter().map(|it| it.1).collect());
    Ok(())
}

fn owned(kinds: &[&str]) -> Vec<String> {
    kinds.iter().map(|it| (*it).to_owned()).collect()
}

/// What objects are sorted by.
struct Key {
    kind_order: i32,
    gvk: String,
    is_namespace: bool,
    without_group: bool,
    id: String,
}

impl Key {
    fn new(gvk: &Gvk, namespace: &str, name: &str, first: &[String], last: &[String]) -> Self {
        let or = |text: &str, empty: &'static str| if text.is_empty() { empty.to_owned() } else { text.to_owned() };
        Self {
            kind_order: type_order(&gvk.kind, first, last),
            gvk: format!("{}_{}_{}", or(&gvk.group, "~G"), or(&gvk.version, "~V"), or(&gvk.kind, "~K")),
            is_namespace: gvk.kind == "Namespace",
            without_group: gvk.group.is_empty(),
            id: format!("{gvk}|{}|{}", or(namespace, "~X"), or(name, "~N")),
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        let by_kind = self.kind_order.cmp(&other.kind_order);
        let by_gvk = self.gvk.cmp(&other.gvk);
        let reversed = self.is_namespace && other.is_namespace && (self.without_group || other.without_group);
        let by_gvk = if reversed { by_gvk.reverse() } else { by_gvk };
        by_kind.then(by_gvk).then_with(|| self.id.cmp(&other.id))
    }
}
