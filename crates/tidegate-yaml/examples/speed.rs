#![allow(missing_docs, clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used)]
use std::time::Instant;
use tidegate_yaml::{ParseOptions, Tree, parse_all};
fn walk(dir: &std::path::Path, out: &mut Vec<String>) {
    for e in std::fs::read_dir(dir).unwrap() {
        let p = e.unwrap().path();
        if p.is_dir() {
            walk(&p, out)
        } else if matches!(p.extension().and_then(|e| e.to_str()), Some("yaml" | "yml"))
            && let Ok(s) = std::fs::read_to_string(&p)
        {
            out.push(s)
        }
    }
}
fn main() {
    let mut files = vec![];
    for d in std::env::args().skip(1) {
        walk(std::path::Path::new(&d), &mut files);
    }
    let bytes: usize = files.iter().map(|f| f.len()).sum();
    for comments in [true, false] {
        let mut best = f64::MAX;
        let mut nodes = 0;
        let mut fails = 0;
        for _ in 0..5 {
            let t = Instant::now();
            nodes = 0;
            fails = 0;
            for f in &files {
                let mut tree = Tree::default();
                if parse_all(&mut tree, f, ParseOptions { comments, ..Default::default() }).is_err() {
                    fails += 1
                }
                nodes += tree.len();
            }
            best = best.min(t.elapsed().as_secs_f64());
        }
        println!(
            "comments={comments} files {} bytes {bytes} nodes {nodes} fails {fails} {:.1} ms {:.1} MB/s",
            files.len(),
            best * 1e3,
            bytes as f64 / best / 1e6
        );
    }
}
