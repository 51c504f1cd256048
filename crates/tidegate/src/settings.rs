//! `tidegate.yaml`, at the root of the tree.
//!
//! In: the file. Out: what it says, or what is wrong with it and where. The format is described by
//! `docs/schemas/tidegate.schema.json`.

use tidegate_base::{Diagnostic, Place, RepoPath, World, WorldError};
use tidegate_yaml::{
    Kind, NodeId, ParseOptions, Scalar, Schema, Tree, decode, decode_tag, line_column, line_text, parse_first, resolve,
};

/// The name of the file.
pub(crate) const FILE_NAME: &str = "tidegate.yaml";

/// What `tidegate.yaml` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// URLs with the paths of their local copies, as seen from the root.
    pub(crate) remote_bases: Vec<(String, String)>,
}

const LIMIT: u64 = 1 << 20;

/// Reads the settings of a tree; there are none where the file is missing.
pub(crate) fn read(world: &dyn World) -> Result<Settings, Vec<Diagnostic>> {
    let path = RepoPath::parse(FILE_NAME).unwrap_or_default();
    let bytes = match world.read(&path, LIMIT) {
        Ok(bytes) => bytes,
        Err(WorldError::Missing(_)) => return Ok(Settings::default()),
        Err(error) => return Err(vec![Diagnostic::error("invalid-settings", error.to_string())]),
    };
    let text = decode(&bytes).map_err(|it| vec![Diagnostic::error("invalid-yaml", it.to_string())])?;
    let mut reader = Reader { tree: Tree::new(100_000), text: &text, path, problems: Vec::new() };
    let settings = reader.settings();
    if reader.problems.is_empty() { Ok(settings) } else { Err(reader.problems) }
}

struct Reader<'t> {
    tree: Tree,
    text: &'t str,
    path: RepoPath,
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn problem(&mut self, at: usize, code: &'static str, message: String, hint: &str) {
        let (line, column) = line_column(self.text, at);
        let text = line_text(self.text, at).to_owned();
        let place = Place { path: self.path.clone(), line, column, text };
        self.problems.push(Diagnostic::error(code, message).at(place).hint(hint));
    }

    fn wrong(&mut self, node: NodeId, code: &'static str, message: String, hint: &str) {
        let at = self.tree.origin(node).as_text().unwrap_or(0) as usize;
        self.problem(at, code, message, hint);
    }

    fn settings(&mut self) -> Settings {
        let mut settings = Settings::default();
        let options = ParseOptions { comments: false, depth: 100 };
        let root = match parse_first(&mut self.tree, self.text, options) {
            Ok(Some(document)) => document.root,
            Ok(None) => return settings,
            Err(error) => {
                self.problem(error.at, "invalid-yaml", error.to_string(), "correct the YAML");
                return settings;
            }
        };
        if self.scalar(root) == Some(Scalar::Null) {
            return settings;
        }
        if self.tree.kind(root) != Kind::Mapping {
            self.wrong(
                root,
                "wrong-type",
                "the settings are a mapping".to_owned(),
                "write `remoteBases:` and a mapping",
            );
            return settings;
        }
        for (key, value) in self.tree.entries(root).collect::<Vec<_>>() {
            match self.tree.value(key).to_owned().as_str() {
                "remoteBases" => settings.remote_bases = self.texts(value, "remoteBases"),
                other => {
                    self.wrong(key, "unknown-field", format!("unknown field `{other}`"), "the fields are: remoteBases");
                }
            }
        }
        settings
    }

    fn scalar(&self, node: NodeId) -> Option<Scalar<'static>> {
        let tree = &self.tree;
        let found =
            (tree.kind(node) == Kind::Scalar).then(|| resolve(Schema::V3, decode_tag(tree, node), tree.value(node)));
        match found?.ok()? {
            Scalar::Str(text) => Some(Scalar::Str(text.into_owned().into())),
            Scalar::Null => Some(Scalar::Null),
            // What else there is, the settings have no use for.
            _ => Some(Scalar::Bool(false)),
        }
    }

    fn texts(&mut self, node: NodeId, name: &str) -> Vec<(String, String)> {
        if self.tree.kind(node) != Kind::Mapping {
            self.wrong(node, "wrong-type", format!("`{name}` is a mapping"), "write a URL and the path of its copy");
            return Vec::new();
        }
        let mut out = Vec::new();
        for (key, value) in self.tree.entries(node).collect::<Vec<_>>() {
            let url = self.tree.value(key).to_owned();
            match self.scalar(value) {
                _ if url.is_empty() => {
                    self.wrong(
                        key,
                        "wrong-type",
                        format!("`{name}`: a URL is due"),
                        "write the URL as it stands in `resources`",
                    );
                }
                Some(Scalar::Str(path)) if path.starts_with('/') => {
                    let message = format!("`{path}` is not below the root");
                    self.wrong(value, "outside-root", message, "write a path below the root, without `/` in front");
                }
                Some(Scalar::Str(path)) if !path.is_empty() => out.push((url, path.into_owned())),
                _ => self.wrong(value, "wrong-type", format!("`{name}`: a path is due"), "write the path of the copy"),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_testkit::MemoryWorld;

    fn settings(text: &str) -> Result<Settings, Vec<String>> {
        let world = MemoryWorld::new([(FILE_NAME, text)]);
        read(&world).map_err(|it| it.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn remote_bases_are_mapped() {
        let read = settings("remoteBases:\n  https://example.com/a?ref=v1: vendor/a\n");
        assert_eq!(
            read.map(|it| it.remote_bases),
            Ok(vec![("https://example.com/a?ref=v1".to_owned(), "vendor/a".to_owned())])
        );
        assert_eq!(read_nothing(), Ok(Settings::default()));
    }

    fn read_nothing() -> Result<Settings, Vec<Diagnostic>> {
        read(&MemoryWorld::default())
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        assert_eq!(
            settings("remoteBase:\n  a: b\n"),
            Err(vec!["tidegate.yaml:1:1: error: unknown field `remoteBase` [unknown-field]".to_owned()])
        );
        assert_eq!(
            settings("remoteBases:\n  a: [b]\n"),
            Err(vec!["tidegate.yaml:2:6: error: `remoteBases`: a path is due [wrong-type]".to_owned()])
        );
    }
}
