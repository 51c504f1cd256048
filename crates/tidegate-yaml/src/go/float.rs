//! Floating-point numbers as Go's `strconv` and `encoding/json` have them.

/// `strconv.ParseFloat(text, 64)` for decimal numbers; out of range is no number, as Go's error says.
pub fn parse_float(text: &str) -> Option<f64> {
    let cleaned;
    let digits = if text.contains('_') {
        if !underscores_are_between_digits(text) {
            return None;
        }
        cleaned = text.replace('_', "");
        cleaned.as_str()
    } else {
        text
    };
    let body = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    if !body.starts_with(|it: char| it.is_ascii_digit() || it == '.') {
        return None;
    }
    let value: f64 = digits.parse().ok()?;
    value.is_finite().then_some(value)
}

fn underscores_are_between_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().all(|(i, &byte)| {
        byte != b'_' || i > 0 && bytes[i - 1].is_ascii_digit() && bytes.get(i + 1).is_some_and(u8::is_ascii_digit)
    })
}

/// Sign, digits and decimal exponent of the shortest text that reads as `value`: 0.d₁d₂… × 10^exponent.
fn shortest(value: f64) -> (bool, String, i32) {
    let text = format!("{:e}", value.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = mantissa.replace('.', "");
    (value.is_sign_negative(), digits, exponent.parse::<i32>().unwrap_or(0) + 1)
}

/// `strconv.FormatFloat(value, 'g', -1, 64)`, with YAML's names for what is no number.
pub fn format_float(value: f64) -> String {
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let (negative, digits, point) = shortest(value);
    let exponent = point - 1;
    // For the shortest text, Go decides between the two forms with a precision of 6.
    if value != 0.0 && !(-4..6).contains(&exponent) {
        scientific(negative, &digits, exponent, 2)
    } else {
        plain(negative, &digits, point)
    }
}

/// A float as `encoding/json` writes it.
pub fn format_json_float(value: f64) -> String {
    let (negative, digits, point) = shortest(value);
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        scientific(negative, &digits, point - 1, 1)
    } else {
        plain(negative, &digits, point)
    }
}

fn scientific(negative: bool, digits: &str, exponent: i32, exponent_digits: usize) -> String {
    let sign = if negative { "-" } else { "" };
    let (first, rest) = digits.split_at(1);
    let dot = if rest.is_empty() { "" } else { "." };
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    let exponent = exponent.unsigned_abs();
    format!("{sign}{first}{dot}{rest}e{exponent_sign}{exponent:0exponent_digits$}")
}

fn plain(negative: bool, digits: &str, point: i32) -> String {
    let sign = if negative { "-" } else { "" };
    let len = digits.len() as i32;
    if point <= 0 {
        if digits == "0" {
            return format!("{sign}0");
        }
        format!("{sign}0.{}{digits}", "0".repeat(point.unsigned_abs() as usize))
    } else if point >= len {
        format!("{sign}{digits}{}", "0".repeat((point - len) as usize))
    } else {
        let (whole, fraction) = digits.split_at(point as usize);
        format!("{sign}{whole}.{fraction}")
    }
}
