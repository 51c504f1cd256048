//! One file per object.
//!
//! In: objects. Out: files whose names depend on the object alone: `deployment.apps_web_api.yaml` for the Deployment `api`
//! in the namespace `web`. Each is written whole or not at all; one that says the same already is left alone.

use std::{
    fmt::Write as _,
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use cap_std::{
    ambient_authority,
    fs::{Dir, OpenOptions},
};
use rustc_hash::FxHashSet;
use sha2::{Digest as _, Sha256};
use tidegate_base::{Diagnostic, Recorder, RepoPath};
use tidegate_kustomize::{Built, Object};

/// Bytes that a file system allows in a name, less than the shortest that is in use.
const LONGEST: usize = 200;

/// The folder that files are written to; nothing is written outside of it.
pub(super) struct Target {
    dir: Dir,
    shown: PathBuf,
}

impl Target {
    /// The folder at `path`, which is made if it is not there.
    pub(super) fn open(path: &Path) -> Result<Self> {
        std::fs::create_dir_all(path).with_context(|| format!("creating `{}`", path.display()))?;
        let dir = Dir::open_ambient_dir(path, ambient_authority());
        Ok(Self { dir: dir.with_context(|| format!("opening `{}`", path.display()))?, shown: path.to_owned() })
    }

    /// Writes every object into the folder `below`; gives how many there are.
    pub(super) fn write<R: Recorder>(
        &self,
        below: &RepoPath,
        built: &Built<R>,
        origins: bool,
    ) -> Result<Result<usize, Box<Diagnostic>>> {
        let dir =
            self.folder(below).with_context(|| format!("creating `{}`", self.shown.join(below.as_str()).display()))?;
        let mut taken = FxHashSet::default();
        for object in built.objects() {
            let mut text = String::new();
            if let Err(problem) = built.write_object(&mut text, object, origins) {
                return Ok(Err(problem));
            }
            let name = file_name(object, &mut taken);
            let path = self.shown.join(below.as_str()).join(&name);
            write_whole(&dir, &name, text.as_bytes()).with_context(|| format!("writing `{}`", path.display()))?;
        }
        Ok(Ok(built.objects().len()))
    }

    /// Makes the folder `below`. A symbolic link on the way is refused: it may lead to what was not meant.
    fn folder(&self, below: &RepoPath) -> Result<Dir> {
        let mut dir = self.dir.try_clone()?;
        for part in below.as_str().split('/').filter(|it| !it.is_empty()) {
            match dir.symlink_metadata(part) {
                Ok(found) if found.is_symlink() => bail!("`{part}` is a symbolic link; take it away"),
                Ok(found) if !found.is_dir() => bail!("`{part}` is a file, a folder is due; take it away"),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => match dir.create_dir(part) {
                    // Another root below the same folder may have been quicker.
                    Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
                    _ => {}
                },
                Err(error) => return Err(error.into()),
            }
            dir = dir.open_dir(part)?;
        }
        Ok(dir)
    }
}

/// Writes beside the file and moves it there. A link of that name is replaced, not followed.
fn write_whole(dir: &Dir, name: &str, content: &[u8]) -> Result<()> {
    let is_link = dir.symlink_metadata(name).is_ok_and(|it| it.is_symlink());
    if !is_link && dir.read(name).is_ok_and(|it| it == content) {
        return Ok(());
    }
    let beside = format!(".{name}.{}.tmp", std::process::id());
    let written = write_new(dir, &beside, content).and_then(|()| dir.rename(&beside, dir, name));
    if written.is_err() {
        // What is left of the attempt is of no use; the first error is the one to tell.
        let _ = dir.remove_file(&beside);
    }
    Ok(written?)
}

fn write_new(dir: &Dir, name: &str, content: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    let mut file = match dir.open_with(name, &options) {
        // A process of the same number was ended while it wrote.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            dir.remove_file(name)?;
            dir.open_with(name, &options)?
        }
        file => file?,
    };
    file.write_all(content)
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
