//! Limits as they stand on the command line: `nodes=1_000_000`, `file-bytes=128Mi`.

use anyhow::{Result, bail};
use tidegate_base::Limits;

const UNITS: [(&str, u32); 3] = [("Gi", 30), ("Mi", 20), ("Ki", 10)];

/// The defaults, with what `settings` change.
///
/// # Errors
/// A setting is not of the form NAME=VALUE, or names no limit.
pub(crate) fn read(settings: &[String]) -> Result<Limits> {
    let mut limits = Limits::default();
    for setting in settings {
        let Some((name, value)) = setting.split_once('=') else {
            bail!("--limit `{setting}` is not of the form NAME=VALUE, such as `nodes=1000000`");
        };
        let Some(number) = number(value) else {
            bail!("--limit `{setting}`: `{value}` is no number; write one such as `1000000`, `1_000_000` or `64Mi`");
        };
        if !limits.set(name, number) {
            let names: Vec<&str> = Limits::NAMES.iter().map(|it| it.0).collect();
            bail!("there is no limit `{name}`; the limits are {}", names.join(", "));
        }
    }
    Ok(limits)
}

fn number(text: &str) -> Option<u64> {
    let unit = UNITS.iter().find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, *shift)));
    let (digits, shift) = unit.unwrap_or((text, 0));
    digits.replace('_', "").parse::<u64>().ok()?.checked_mul(1 << shift)
}

/// A number as [`read`] takes it, as short as can be.
pub(crate) fn written(number: u64) -> String {
    let unit = UNITS.iter().find(|it| number.is_multiple_of(1 << it.1) && (1..1 << 10).contains(&(number >> it.1)));
    unit.map_or_else(|| number.to_string(), |(unit, shift)| format!("{}{unit}", number >> shift))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_read_as_it_is_written() {
        for (name, default) in Limits::NAMES {
            let read = read(&[format!("{name}={}", written(*default))]).expect("a limit");
            assert_eq!(read, Limits::default());
        }
        assert_eq!(number("1_000"), Some(1000));
        assert_eq!(number("2Ki"), Some(2048));
        assert_eq!(number("99999999999Gi"), None);
        assert_eq!(number("-1"), None);
    }

    #[test]
    fn what_is_wrong_is_told() {
        let told = |it: &str| read(&[it.to_owned()]).expect_err("an error").to_string();
        assert_eq!(told("depth"), "--limit `depth` is not of the form NAME=VALUE, such as `nodes=1000000`");
        assert!(told("depth=x").contains("`x` is no number"));
        assert!(told("dept=1").starts_with("there is no limit `dept`; the limits are file-bytes, input-bytes, nodes"));
    }
}
