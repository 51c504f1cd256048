//! URLs of git repositories, with a path in them and a ref.
//!
//! Implements: internal/git/repospec.go of sigs.k8s.io/kustomize/api v0.21.1.
//! Keeps:      `_git/`, `//` and `.git` mark where the repository ends; without a mark two segments do; URLs of GitHub
//!             are normalised; a query that cannot be read counts as none.

use std::time::Duration;

/// A repository, a folder in it, and a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepoSpec {
    /// Scheme, user and host, with the separator behind them: `https://github.com/`.
    pub host: String,
    /// The repository on the host: `kubernetes-sigs/kustomize`.
    pub repository: String,
    /// The folder in the repository; empty for its root.
    pub folder: String,
    /// Branch, tag or commit; empty when none is named.
    pub reference: String,
    /// How long a clone may take.
    pub timeout: Duration,
    /// Whether submodules belong to it.
    pub submodules: bool,
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(27);
const FILE: &str = "file://";
const SSH: &str = "ssh://";

impl RepoSpec {
    /// Reads a URL.
    ///
    /// # Errors
    /// It names no repository; gives the reason.
    pub fn parse(url: &str) -> Result<Self, String> {
        if url.starts_with('/') {
            return Err(format!("`{url}` is an absolute path"));
        }
        let (rest, query) = url.split_once('?').unwrap_or((url, ""));
        let (host, rest) = split_host(rest)?;
        let (repository, folder) = split_repository(&rest, host.starts_with(FILE))?;
        let (reference, timeout, submodules) = read_query(query);
        Ok(Self { host, repository, folder, reference, timeout, submodules })
    }

    /// What git clones.
    pub fn clone_url(&self) -> String {
        format!("{}{}", self.host, self.repository)
    }
}

fn split_host(url: &str) -> Result<(String, String), String> {
    let rest = strip_prefix_ignore_case(url, "git::").unwrap_or(url);
    let schemes = [SSH, "https://", "http://", FILE];
    let found = schemes.into_iter().find_map(|it| Some((it, strip_prefix_ignore_case(rest, it)?)));
    let (scheme, rest) = found.unwrap_or(("", rest));
    let (user, rest) = split_user(rest);
    let lower = rest.to_lowercase();
    let github = lower.starts_with("github.com/") || lower.starts_with("github.com:");
    let scp = scheme.is_empty() && (!user.is_empty() || github);
    if scheme.is_empty() && !scp {
        return Err("failed to parse scheme".to_owned());
    }
    if scheme == FILE {
        return Ok((scheme.to_owned(), format!("{user}{rest}")));
    }
    let (host, path) = match separator(rest, scp) {
        Some(at) => rest.split_at(at + 1),
        None => (rest, ""),
    };
    if github {
        let host = if scheme == SSH || !user.is_empty() {
            format!("{user}github.com:")
        } else {
            "https://github.com/".to_owned()
        };
        return Ok((host, path.to_owned()));
    }
    if host.is_empty() {
        return Err("failed to parse host segment".to_owned());
    }
    Ok((format!("{scheme}{user}{host}"), path.to_owned()))
}

fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

/// The user with the `@` behind it, and the rest.
fn split_user(text: &str) -> (&str, &str) {
    let Some((user, _)) = text.split_once('@') else { return ("", text) };
    let fits = user.starts_with(|it: char| it.is_ascii_alphabetic())
        && user.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
    if fits { text.split_at(user.len() + 1) } else { ("", text) }
}

fn separator(text: &str, scp: bool) -> Option<usize> {
    let slash = text.find('/');
    if !scp {
        return slash;
    }
    let colon = text.find(':');
    match (slash, colon) {
        (None, colon) => colon,
        (Some(slash), Some(colon)) if colon > 0 && colon < slash => Some(colon),
        (slash, _) => slash,
    }
}

fn split_repository(path: &str, whole: bool) -> Result<(String, String), String> {
    const MARK: &str = "_git/";
    let (repository, folder) = if let Some(at) = path.find(MARK) {
        let (name, folder) = path[at + MARK.len()..].split_once('/').unwrap_or((&path[at + MARK.len()..], ""));
        (&path[..at + MARK.len() + name.len()], folder)
    } else if let Some(at) = path.find("//") {
        (&path[..at], &path[at + 2..])
    } else if let Some(at) = path.find(".git") {
        path.split_at(at + 4)
    } else if whole {
        (path, "")
    } else {
        let mut slashes = path.match_indices('/').map(|it| it.0);
        match (slashes.next(), slashes.next()) {
            (Some(_), Some(second)) => (&path[..second], &path[second + 1..]),
            (Some(_), None) => (path, ""),
            _ => return Err("failed to parse repo path segment".to_owned()),
        }
    };
    if repository.is_empty() {
        return Err("failed to parse repo path segment".to_owned());
    }
    let folder = folder.strip_prefix('/').unwrap_or(folder);
    if leaves(folder) {
        return Err(format!("url path exits repo: {path}"));
    }
    Ok((repository.to_owned(), folder.to_owned()))
}

/// Whether a cleaned path starts with `..`.
fn leaves(path: &str) -> bool {
    // What starts with `/` cannot climb above it.
    if path.starts_with('/') {
        return false;
    }
    let mut depth = 0i32;
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => depth -= 1,
            _ => depth += 1,
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

fn read_query(query: &str) -> (String, Duration, bool) {
    let defaults = (String::new(), DEFAULT_TIMEOUT, true);
    let Some(values) = parse_query(query) else { return defaults };
    let first = |name: &str| values.iter().find(|it| it.0 == name).map_or("", |it| it.1.as_str());
    let reference = if first("ref").is_empty() { first("version") } else { first("ref") };
    let timeout = parse_timeout(first("timeout")).unwrap_or(DEFAULT_TIMEOUT);
    let submodules = match first("submodules") {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => true,
        "0" | "f" | "F" | "FALSE" | "false" | "False" => false,
        _ => true,
    };
    (reference.to_owned(), timeout, submodules)
}

/// Go's `url.ParseQuery`; nothing when it reports an error.
fn parse_query(query: &str) -> Option<Vec<(String, String)>> {
    let mut out = Vec::new();
    for part in query.split('&') {
        if part.contains(';') {
            return None;
        }
        if part.is_empty() {
            continue;
        }
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        out.push((unescape(key)?, unescape(value)?));
    }
    Some(out)
}

fn unescape(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |it: Option<u8>| char::from(it?).to_digit(16);
                let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
                (high * 16 + low) as u8
            }
            other => other,
        });
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

/// Whole seconds, or a duration as Go writes it.
fn parse_timeout(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<i64>() {
        return (seconds > 0).then(|| Duration::from_secs(seconds as u64));
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|it: char| !it.is_ascii_digit() && it != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let units = [
            ("ns", 1e-9),
            ("us", 1e-6),
            ("µs", 1e-6),
            ("μs", 1e-6),
            ("ms", 1e-3),
            ("s", 1.0),
            ("m", 60.0),
            ("h", 3600.0),
        ];
        let (unit, factor) = units.into_iter().find(|it| rest.starts_with(it.0))?;
        rest = &rest[unit.len()..];
        total += number * factor;
    }
    // Go's durations end at 290 years.
    (total > 0.0 && total < 9.2e9).then(|| Duration::from_nanos((total * 1e9).round() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> (String, String, String) {
        let spec = RepoSpec::parse(url).expect("a repository");
        (spec.clone_url(), spec.folder, spec.reference)
    }

    #[test]
    fn repository_folder_and_ref_are_told_apart() {
        for (url, clone, folder, reference) in [
            ("https://github.com/org/repo/deploy?ref=v1", "https://github.com/org/repo", "deploy", "v1"),
            ("github.com/org/repo//deploy/base?version=v2", "https://github.com/org/repo", "deploy/base", "v2"),
            ("git@github.com:org/repo.git/x", "git@github.com:org/repo.git", "x", ""),
            ("ssh://git@example.com:22/org/repo.git?ref=main", "ssh://git@example.com:22/org/repo.git", "", "main"),
            (
                "https://dev.example.com/org/project/_git/repo/x/y",
                "https://dev.example.com/org/project/_git/repo",
                "x/y",
                "",
            ),
        ] {
            assert_eq!(parsed(url), (clone.to_owned(), folder.to_owned(), reference.to_owned()), "{url}");
        }
    }

    #[test]
    fn what_is_no_repository_is_refused() {
        for url in
            ["base", "../base", "/abs", "https://", "https://github.com/org", "https://github.com/org/repo//../x"]
        {
            assert!(RepoSpec::parse(url).is_err(), "{url}");
        }
    }
}
