//! One file per object.
//!
//! In: objects. Out: files whose names depend on the object alone: `deployment.apps_web_api.yaml` for the Deployment `api`
//! in the namespace `web`. Each is written whole or not at all.

use std::{fmt::Write as _, io::Write as _, path::Path};

use anyhow::{Context as _, Result};
use rustc_hash::FxHashSet;
use sha2::{Digest as _, Sha256};
use tidegate_base::{Diagnostic, Recorder};
use tidegate_kustomize::{Built, Object};

/// Bytes that a file system allows in a name, less than the shortest that is in use.
const LONGEST: usize = 200;

/// Writes every object into `folder`, which is made if it is not there; gives how many there are.
pub(super) fn write<R: Recorder>(
    folder: &Path,
    built: &Built<R>,
    origins: bool,
) -> Result<Result<usize, Box<Diagnostic>>> {
    std::fs::create_dir_all(folder).with_context(|| format!("creating `{}`", folder.display()))?;
    let mut taken = FxHashSet::default();
    for object in built.objects() {
        let mut text = String::new();
        if let Err(problem) = built.write_object(&mut text, object, origins) {
            return Ok(Err(problem));
        }
        let name = file_name(object, &mut taken);
        let path = folder.join(&name);
        write_whole(folder, &path, text.as_bytes()).with_context(|| format!("writing `{}`", path.display()))?;
    }
    Ok(Ok(built.objects().len()))
}

/// Writes beside the file and moves it there.
fn write_whole(folder: &Path, path: &Path, content: &[u8]) -> Result<()> {
    let mut file = tempfile::Builder::new().prefix(".tidegate-").permissions(permissions()).tempfile_in(folder)?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}

/// Those of any other new file, as far as the user's mask allows.
fn permissions() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o666)
}

/// A name for the object's file that no other object of the folder has, whatever case the file system ignores.
fn file_name(object: &Object, taken: &mut FxHashSet<String>) -> String {
    let group = object.api_version.split_once('/').map_or("", |it| it.0);
    let kind = if group.is_empty() { object.kind.clone() } else { format!("{}.{group}", object.kind) };
    let parts = [kind.to_lowercase(), object.namespace.clone(), object.name.clone()];
    let parts: Vec<String> = parts.iter().filter(|it| !it.is_empty()).map(|it| safe(it)).collect();
    let mut name = parts.join("_");
    let unchanged = parts.concat() == format!("{}{}{}", kind.to_lowercase(), object.namespace, object.name);
    if !unchanged || name.len() > LONGEST || taken.contains(&name.to_lowercase()) {
        name.truncate(LONGEST);
        name.push('_');
        name.push_str(&fingerprint(object));
    }
    taken.insert(name.to_lowercase());
    format!("{name}.yaml")
}

/// A text without characters that some file system refuses; ASCII alone, so that it can be cut anywhere.
fn safe(text: &str) -> String {
    let safe = |it: char| if it.is_ascii_alphanumeric() || matches!(it, '-' | '.') { it } else { '-' };
    text.chars().map(safe).collect()
}

fn fingerprint(object: &Object) -> String {
    let id = format!("{}\n{}\n{}\n{}", object.api_version, object.kind, object.namespace, object.name);
    let mut out = String::new();
    for byte in &Sha256::digest(id.as_bytes())[..4] {
        let _ = write!(out, "{byte:02x}");
    }
    out
}
