//! Suites about YAML alone.

use std::path::Path;

use anyhow::{Context as _, Result};
use tidegate_yaml::{
    Kind, NodeId, ParseOptions, Schema, Style, Tree, Value, decode_value, go, line_column, parse_all, parse_first,
    write::{Dialect, go_yaml},
};

use super::{Report, json, read};

/// upstream/yaml-go/nodes.json: kind, style, value, line and column of every node.
pub(super) fn nodes(corpus: &Path) -> Result<Report> {
    let data = json(corpus, "upstream/yaml-go/nodes.json")?;
    let mut report = Report::default();
    for (index, case) in data.as_array().context("a list")?.iter().enumerate() {
        let input = case["input"].as_str().context("input")?.trim_start_matches('\u{FEFF}');
        let due = case["nodes"]
            .as_array()
            .map(|nodes| nodes.iter().filter_map(|it| it.as_str()).collect::<Vec<_>>().join(" "));
        let mut tree = Tree::default();
        let options = ParseOptions { depth: 10_000, ..ParseOptions::default() };
        let found = parse_all(&mut tree, input, options).map(|documents| {
            let mut out = Vec::new();
            for document in documents {
                out.push("DOC".to_owned());
                dump(&tree, input, document.root, &mut out);
            }
            out.join(" ")
        });
        let same = match (&due, &found) {
            (None, Err(_)) => true,
            (Some(due), Ok(found)) => due == found,
            _ => false,
        };
        let difference = (!same).then(|| format!("{input:?}\ndue:   {due:?}\nfound: {found:?}"));
        report.case(index.to_string(), difference);
    }
    Ok(report)
}

fn dump(tree: &Tree, input: &str, id: NodeId, out: &mut Vec<String>) {
    let at = tree.origin(id).as_text().unwrap_or(0) as usize;
    let (line, column) = line_column(input, at);
    let anchor = if tree.extra(id).anchor.is_empty() { "" } else { "&" };
    let place = format!("@{line}:{column}");
    match tree.kind(id) {
        Kind::Scalar => {
            let style = tree.style(id);
            let letter = [(Style::DOUBLE, "d"), (Style::SINGLE, "s"), (Style::LITERAL, "l"), (Style::FOLDED, "f")]
                .iter()
                .find(|it| style.has(it.0))
                .map_or("p", |it| it.1);
            out.push(format!("={anchor}{letter}{}{place}", tree.value(id)));
        }
        Kind::Alias => out.push(format!("*{place}")),
        kind => {
            let (open, close) = if kind == Kind::Mapping { ("{", "}") } else { ("[", "]") };
            out.push(format!("{open}{anchor}{place}"));
            for &child in tree.content(id) {
                dump(tree, input, child, out);
            }
            out.push(close.to_owned());
        }
    }
}

/// upstream/yaml-go/write.json: how both libraries write strings as value, item, nested value and key.
pub(super) fn write(corpus: &Path) -> Result<Report> {
    let data = json(corpus, "upstream/yaml-go/write.json")?;
    let mut report = Report::default();
    for case in data.as_array().context("a list")? {
        let text = case["string"].as_str().context("string")?;
        let value = || Value::Str(text.to_owned());
        let mut whole = vec![
            ("k".to_owned(), value()),
            ("l".to_owned(), Value::Seq(vec![value()])),
            ("m".to_owned(), Value::Map(vec![("n".to_owned(), value())])),
        ];
        // The data leaves the last out for the empty string.
        if !text.is_empty() {
            whole.push(("o".to_owned(), Value::Map(vec![(text.to_owned(), Value::Int(1))])));
        }
        let whole = Value::Map(whole);
        for (dialect, name) in [(Dialect::V2, "sigs"), (Dialect::V3, "v3")] {
            let Some(due) = case[name].as_str() else { continue };
            let found = go_yaml::marshal(dialect, &whole);
            let difference = (found != due).then(|| format!("due\n{due}\nfound\n{found}"));
            report.case(format!("{name} {text:?}"), difference);
        }
    }
    Ok(report)
}

/// upstream/yaml-go/scalars.tsv: type and value of plain scalars in both schemas.
pub(super) fn scalars(corpus: &Path) -> Result<Report> {
    let mut report = Report::default();
    for line in read(&corpus.join("upstream/yaml-go/scalars.tsv"))?.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [text, v3, sigs] = fields[..] else { continue };
        for (schema, due) in [(Schema::V3, v3), (Schema::V2, sigs)] {
            let found = scalar(schema, text);
            let same = found == due || found.starts_with("ERR") && due.starts_with("ERR");
            let difference = (!same).then(|| format!("due {due}, found {found}"));
            report.case(format!("{schema:?} {text}"), difference);
        }
    }
    Ok(report)
}

fn scalar(schema: Schema, text: &str) -> String {
    let mut tree = Tree::default();
    let document = match parse_first(&mut tree, &format!("k: {text}\n"), ParseOptions::default()) {
        Ok(Some(document)) => document,
        Ok(None) => return "ERR".to_owned(),
        Err(error) => return format!("ERR {error}"),
    };
    let root = tree.get(document.root, "k").unwrap_or(document.root);
    let mut json = String::new();
    match decode_value(&tree, root, schema) {
        Err(error) => format!("ERR {error}"),
        Ok(Value::Float(it)) if it.is_infinite() => format!("float64 {}Inf", if it > 0.0 { "+" } else { "-" }),
        Ok(Value::Float(it)) if it.is_nan() => "float64 NaN".to_owned(),
        Ok(value) => {
            go::write_json(&mut json, &value);
            let kind = match value {
                Value::Null => "<nil>",
                Value::Bool(_) => "bool",
                // What sigs.k8s.io/yaml reads passes through JSON, which has one kind of number.
                Value::Int(it) if schema == Schema::V2 => {
                    return format!("float64 {}", go::format_json_float(it as f64));
                }
                Value::Uint(it) if schema == Schema::V2 => {
                    return format!("float64 {}", go::format_json_float(it as f64));
                }
                Value::Int(_) => "int",
                Value::Uint(_) => "uint64",
                Value::Float(_) => "float64",
                Value::Time(_) => "time.Time",
                Value::Str(_) => "string",
                Value::Seq(_) | Value::Map(_) => "collection",
            };
            format!("{kind} {json}")
        }
    }
}
