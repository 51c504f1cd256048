//! Parts of a build that are of use alone.

use tidegate_base::{Limits, Meter};
use tidegate_yaml::{ParseOptions, Tree, decode, parse_first, write::kyaml};

use crate::{merge, schema::Schemas, store::Store};

/// Merges the patch in the text `patch` into the object in the text `object`, as kustomize merges patches. Gives the text
/// of the result as kyaml prints it, or nothing when the patch deletes the object.
///
/// # Errors
/// One of the texts is not YAML, or the two do not fit together; gives a message.
pub fn strategic_merge(object: &str, patch: &str, limits: &Limits) -> Result<Option<String>, String> {
    let mut store = Store::<tidegate_base::origin::Off>::new(Tree::new(limits.nodes));
    let mut read = |text: &str| {
        let text = decode(text.as_bytes()).map_err(|it| it.to_string())?.into_owned();
        let options = ParseOptions { comments: true, depth: limits.depth };
        let document = parse_first(&mut store.tree, &text, options).map_err(|it| it.to_string())?;
        document.map(|it| it.root).ok_or_else(|| "the text holds no document".to_owned())
    };
    let (object, patch) = (read(object)?, read(patch)?);
    let mut steps = Meter::new("steps", limits.steps);
    let merged = merge::merge(&mut store, &mut Schemas::default(), &mut steps, object, patch, &mut Vec::new());
    let merged = merged.map_err(|it| it.message)?;
    Ok(merged.map(|it| kyaml::node(&store.tree, it)))
}
