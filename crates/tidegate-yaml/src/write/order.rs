//! The order of keys in what Go writes.
//!
//! Implements: sorter.go of go.yaml.in/yaml v2 v2.4.2 and v3 v3.0.3, for strings: digits by their number, letters
//!             after everything else.
//! Differs:    only the digits 0 to 9 count as digits.

use super::Dialect;

/// Whether `a` comes before `b`.
pub fn natural_less(dialect: Dialect, a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return less(dialect, a.as_bytes(), b.as_bytes(), u8::is_ascii_digit, u8::is_ascii_alphabetic, |it| {
            i64::from(*it) - 48
        });
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    less(dialect, &a, &b, char::is_ascii_digit, |it| it.is_alphabetic(), |it| i64::from(u32::from(*it)) - 48)
}

fn less<T: Copy + PartialEq + PartialOrd>(
    dialect: Dialect,
    a: &[T],
    b: &[T],
    is_digit: impl Fn(&T) -> bool,
    is_letter: impl Fn(&T) -> bool,
    digit: impl Fn(&T) -> i64,
) -> bool {
    let zero = |it: &T| is_digit(it) && digit(it) == 0;
    let number = |text: &[T], from: usize| {
        let mut value = 0i64;
        let mut end = from;
        while end < text.len() && is_digit(&text[end]) {
            value = value.wrapping_mul(10).wrapping_add(digit(&text[end]));
            end += 1;
        }
        (value, end)
    };
    let mut digits = false;
    for i in 0..a.len().min(b.len()) {
        if a[i] == b[i] {
            digits = is_digit(&a[i]);
            continue;
        }
        let (al, bl) = (is_letter(&a[i]), is_letter(&b[i]));
        if al && bl {
            return a[i] < b[i];
        }
        if al || bl {
            return if digits && dialect == Dialect::V3 { al } else { bl };
        }
        let mut lead = 0;
        if zero(&a[i]) || zero(&b[i]) {
            let before = a[..i].iter().rev().take_while(|it| is_digit(it)).any(|it| !zero(it));
            lead = i64::from(before);
        }
        let grow = |(value, end): (i64, usize), from: usize| {
            // A number that goes on from a digit other than zero begins with one.
            let scale = (from..end).fold(lead, |it, _| it.wrapping_mul(10));
            (value.wrapping_add(scale), end)
        };
        let (an, ai) = grow(number(a, i), i);
        let (bn, bi) = grow(number(b, i), i);
        if an != bn {
            return an < bn;
        }
        if ai != bi {
            return ai < bi;
        }
        return a[i] < b[i];
    }
    a.len() < b.len()
}
