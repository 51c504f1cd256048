//! Keys and values out of literals, files and env files.

use std::sync::Arc;

use tidegate_base::{Diagnostic, Recorder};
use tidegate_yaml::NodeId;

use super::{Data, Pair};
use crate::{
    build::{Build, Failed, Reported},
    file::GeneratorArgs,
    reader::Text,
    store::{Done, Fault},
    text::Spot,
};

/// A line of this many bytes is too long for Go's scanner of lines, which then stops without a word.
const LONG_LINE: usize = 64 * 1024;

/// Everything that a generator puts into its object.
pub(crate) fn load_data<R: Recorder>(
    build: &mut Build<'_, R>,
    folder: &Spot,
    args: &GeneratorArgs,
    secret: bool,
) -> Reported<Data> {
    let mut failed = false;
    if args.name.is_empty() {
        let field = if secret { "secretGenerator" } else { "configMapGenerator" };
        let fault = Fault::at(format!("an entry of `{field}` has no `name`"), args.at).code("invalid-generator");
        build.fail(fault.hint("give it a name"));
        failed = true;
    }
    let mut data = Data::new();
    for entry in &args.envs {
        failed |= load_env(build, folder, entry, &mut data).is_err();
    }
    for entry in &args.literals {
        let pair = literal(entry, secret);
        failed |= build.report(pair).map(|it| data.push(it)).is_err();
    }
    for entry in &args.files {
        failed |= load_file(build, folder, entry, &mut data).is_err();
    }
    failed |= refuse_repeated(build, &data).is_err();
    if failed {
        return Err(Failed);
    }
    crate::warnings::of_data_keys(build, &data);
    data.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(data)
}

fn refuse_repeated<R: Recorder>(build: &mut Build<'_, R>, data: &Data) -> Reported {
    let mut result = Ok(());
    let mut seen = std::collections::HashSet::new();
    for pair in data {
        if !seen.insert(&pair.key) {
            let fault = Fault::at(format!("the key `{}` is there twice", pair.key), pair.at).code("duplicate-key");
            result = Err(build.fail(fault.hint("take one away, or name it `KEY=FILE`")));
        }
    }
    result
}

fn literal(entry: &Text, secret: bool) -> Done<Pair> {
    match entry.value.split_once('=') {
        Some((key, value)) if !key.is_empty() => {
            Ok(Pair { key: key.to_owned(), value: Arc::from(unquoted(value).as_bytes()), at: entry.at })
        }
        _ => {
            let shown = if secret { String::new() } else { format!(" `{}`", entry.value) };
            let fault = Fault::at(format!("the literal{shown} is not of the form `KEY=VALUE`"), entry.at);
            Err(fault.code("invalid-generator").hint("write `KEY=VALUE`"))
        }
    }
}

/// A value without the quotes around it.
fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if value.len() >= 2
            && let Some(inner) = value.strip_prefix(quote).and_then(|it| it.strip_suffix(quote))
        {
            return inner;
        }
    }
    value
}

fn load_file<R: Recorder>(build: &mut Build<'_, R>, folder: &Spot, entry: &Text, data: &mut Data) -> Reported {
    let named = named_file(entry);
    let (key, path) = build.report(named)?;
    let value = build.read_named(folder, &Text { value: path, at: entry.at })?;
    data.push(Pair { key, value, at: entry.at });
    Ok(())
}

/// Key and path of `KEY=PATH`, or of `PATH`, whose last part is the key.
fn named_file(entry: &Text) -> Done<(String, String)> {
    let invalid =
        |message: String| Err(Fault::at(message, entry.at).code("invalid-generator").hint("write `KEY=FILE`"));
    let source = entry.value.as_str();
    match source.split('=').collect::<Vec<_>>()[..] {
        [path] => {
            let name = path.trim_end_matches('/').rsplit('/').next().filter(|it| !it.is_empty());
            let key = name.unwrap_or(if path.is_empty() { "." } else { "/" });
            Ok((key.to_owned(), path.to_owned()))
        }
        ["", _] => invalid(format!("`{source}` has no key")),
        [_, ""] => invalid(format!("`{source}` has no path")),
        [key, path] => Ok((key.to_owned(), path.to_owned())),
        _ => invalid(format!("`{source}` has more than one `=`")),
    }
}

fn load_env<R: Recorder>(build: &mut Build<'_, R>, folder: &Spot, entry: &Text, data: &mut Data) -> Reported {
    let content = build.read_named(folder, entry)?;
    for (index, line) in content.split(|&it| it == b'\n').enumerate() {
        if line.len() >= LONG_LINE {
            warn_long_line(build, entry, index);
            break;
        }
        let pair = env_line(line, index, entry.at);
        data.extend(build.report(pair)?);
    }
    Ok(())
}

fn warn_long_line<R: Recorder>(build: &mut Build<'_, R>, entry: &Text, index: usize) {
    let place = build.place_of(entry.at);
    let message =
        format!("line {} of `{}` has 64 KiB or more: it and all that follow are passed over", index + 1, entry.value);
    build.warn(Diagnostic::warning("long-line", message).at(place).hint("put long values into files of their own"));
}

/// A line of an env file: nothing when it is empty or a comment.
fn env_line(line: &[u8], index: usize, at: NodeId) -> Done<Option<Pair>> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let Ok(text) = std::str::from_utf8(line) else {
        let fault = Fault::at(format!("line {} of the env file is not UTF-8", index + 1), at);
        return Err(fault.code("invalid-generator").hint("save the file as UTF-8"));
    };
    let text = if index == 0 { text.strip_prefix('\u{FEFF}').unwrap_or(text) } else { text };
    let text = text.trim_start();
    if text.is_empty() || text.starts_with('#') {
        return Ok(None);
    }
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    if key.is_empty() {
        return Ok(None);
    }
    Ok(Some(Pair { key: key.to_owned(), value: Arc::from(value.as_bytes()), at }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_yaml::{Style, Tag, Tree};

    fn node() -> NodeId {
        Tree::default().scalar(Tag::Str, Style::PLAIN, "")
    }

    #[test]
    fn an_env_line_is_read_as_upstream_reads_it() {
        let at = node();
        let pair = |line: &str| {
            let pair = env_line(line.as_bytes(), 1, at).expect("a line");
            pair.map(|it| (it.key, String::from_utf8_lossy(&it.value).into_owned()))
        };
        let some = |key: &str, value: &str| Some((key.to_owned(), value.to_owned()));
        assert_eq!(pair("  A=b=c \r"), some("A", "b=c "));
        assert_eq!(pair("A"), some("A", ""));
        assert_eq!(pair("# A=b"), None);
        assert_eq!(pair("=b"), None);
        assert_eq!(env_line(b"\xEF\xBB\xBFA=b", 0, at).expect("a line").map(|it| it.key).as_deref(), Some("A"));
    }

    #[test]
    fn quotes_go_in_pairs() {
        assert_eq!(unquoted("\"a\""), "a");
        assert_eq!(unquoted("'a'"), "a");
        assert_eq!(unquoted("'a\""), "'a\"");
        assert_eq!(unquoted("\""), "\"");
    }
}
