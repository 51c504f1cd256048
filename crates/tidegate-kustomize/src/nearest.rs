//! Which of the known names a misspelt one is meant to be.

/// How many characters must be added, taken away, changed or swapped to make `b` of `a`; for texts of up to 64.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// The name nearest to `name`, if one is near.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let best = known.into_iter().map(|it| (distance(&lower, &it.to_lowercase()), it)).min()?;
    (best.0 <= 1 + name.chars().count() / 3).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_names_find_their_neighbours() {
        let known = ["resources", "replacements", "patches"];
        assert_eq!(nearest("resorces", known), Some("resources"));
        assert_eq!(nearest("patchs", known), Some("patches"));
        assert_eq!(nearest("spec", known), None);
        assert_eq!(distance("ab", "ba"), 1);
    }
}
