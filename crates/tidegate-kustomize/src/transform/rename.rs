//! `namePrefix` and `nameSuffix`.
//!
//! Implements: PrefixTransformer and SuffixTransformer of sigs.k8s.io/kustomize/api v0.21.1.
//! Keeps:      CustomResourceDefinitions, Namespaces and APIServices keep their names.

use tidegate_base::Recorder;
use tidegate_yaml::{Style, Tag};

use super::{STRING, Specs};
use crate::{build::Build, field_spec::visit, id::ResId, res_map::ResMap, store::Done};

/// Which end of the name changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Prefix,
    Suffix,
}

/// Puts `text` before or behind every name.
pub(super) fn apply<R: Recorder>(
    build: &mut Build<'_, R>,
    resources: &mut ResMap,
    side: Side,
    text: &str,
    specs: &Specs,
) -> Done {
    for index in 0..resources.len() {
        build.step(specs.len() as u64)?;
        let id = resources.get(index).original_id(&build.store, &mut build.schemas);
        if is_skipped(&id) {
            continue;
        }
        for spec in specs.iter().filter(|it| id.gvk.is_selected(&it.gvk)) {
            let resource = resources.get_mut(index);
            if spec.path == "metadata/name" && !text.is_empty() {
                let texts =
                    if side == Side::Prefix { &mut resource.state.prefixes } else { &mut resource.state.suffixes };
                texts.push(text.into());
                resource.store_previous(&build.store, &mut build.schemas)?;
            }
            let node = resource.node;
            visit(&mut build.store, node, spec, Some(STRING), &mut |store, node| {
                let name = store.tree.value(node);
                let name = if side == Side::Prefix { format!("{text}{name}") } else { format!("{name}{text}") };
                let value = store.tree.scalar(Tag::None, Style::PLAIN, &name);
                store.set_scalar(node, value)
            })?;
        }
    }
    resources.moved();
    Ok(())
}

fn is_skipped(id: &ResId) -> bool {
    matches!(id.gvk.kind.as_str(), "CustomResourceDefinition" | "Namespace")
        || id.gvk.kind == "APIService" && id.gvk.group == "apiregistration.k8s.io"
}
