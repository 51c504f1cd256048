//! `labels`, `commonLabels` and `commonAnnotations`.
//!
//! Implements: api/filters/labels and annotations.
//! Keeps:      one value node serves every field of an object, so that the style of the first field stays for all.

use tidegate_base::{Origin, Recorder};
use tidegate_yaml::{Style, Tag};

use super::{ByKind, MAPPING, Specs};
use crate::{build::Build, field_spec::visit, res_map::ResMap, store::Done};

/// Sets every entry in every field of every object.
pub(super) fn apply<R: Recorder>(
    build: &mut Build<'_, R>,
    resources: &ResMap,
    entries: &[(String, String)],
    specs: &Specs,
    at: Origin,
) -> Done {
    let mut by_kind = ByKind::new(specs);
    for resource in resources.list() {
        let (api_version, kind) = (resource.api_version(&build.store), resource.kind(&build.store));
        let applying = by_kind.of(api_version, kind);
        build.step(entries.len() as u64 * applying.len() as u64)?;
        for (key, value) in entries {
            let value = build.store.tree.scalar(Tag::Str, Style::PLAIN, value);
            build.store.tree.set_origin(value, at);
            for &spec in &*applying {
                visit(&mut build.store, resource.node, &specs[spec as usize], Some(MAPPING), &mut |store, node| {
                    store.set_field(node, key, Some(value), Style::PLAIN)
                })?;
            }
        }
    }
    Ok(())
}
