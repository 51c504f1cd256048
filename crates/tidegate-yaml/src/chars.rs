//! Classes of bytes and characters, as libyaml's macros have them.

/// The byte at `at`, or NUL past the end; NUL cannot occur in the text itself.
#[inline]
pub(crate) fn at(buf: &[u8], at: usize) -> u8 {
    buf.get(at).copied().unwrap_or(0)
}

/// Length in bytes of a line break at `i`: 0 when there is none. CR LF counts as one break.
#[inline]
pub(crate) fn break_len(buf: &[u8], i: usize) -> usize {
    match at(buf, i) {
        b'\n' => 1,
        b'\r' => 1 + usize::from(at(buf, i + 1) == b'\n'),
        0xC2 if at(buf, i + 1) == 0x85 => 2,
        0xE2 if at(buf, i + 1) == 0x80 && matches!(at(buf, i + 2), 0xA8 | 0xA9) => 3,
        _ => 0,
    }
}

#[inline]
pub(crate) fn is_break(buf: &[u8], i: usize) -> bool {
    break_len(buf, i) > 0
}

#[inline]
pub(crate) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

#[inline]
pub(crate) fn is_z(buf: &[u8], i: usize) -> bool {
    i >= buf.len()
}

#[inline]
pub(crate) fn is_breakz(buf: &[u8], i: usize) -> bool {
    is_z(buf, i) || is_break(buf, i)
}

#[inline]
pub(crate) fn is_blankz(buf: &[u8], i: usize) -> bool {
    is_blank(at(buf, i)) || is_breakz(buf, i)
}

/// Letters, digits, `_` and `-`.
#[inline]
pub(crate) fn is_alpha(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// Length of the character whose first byte this is.
#[inline]
pub(crate) fn width(byte: u8) -> usize {
    match byte {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    }
}

/// Whether the emitter may write the character at `i` as it is.
pub(crate) fn is_printable(buf: &[u8], i: usize) -> bool {
    let (a, b, c) = (at(buf, i), at(buf, i + 1), at(buf, i + 2));
    match a {
        b'\n' | 0x20..=0x7E => true,
        0xC2 => b >= 0xA0,
        0xC3..=0xEC | 0xEE => true,
        0xED => b < 0xA0,
        0xEF => !(b == 0xBB && c == 0xBF) && !(b == 0xBF && (c == 0xBE || c == 0xBF)),
        _ => false,
    }
}

/// Whether a YAML stream may hold this character (reader.c: the allowed range).
pub(crate) fn is_allowed(c: char) -> bool {
    matches!(c,
        '\t' | '\n' | '\r' | '\u{20}'..='\u{7E}' | '\u{85}'
        | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// The first place in `text` that holds a character no YAML stream may hold.
pub(crate) fn first_forbidden(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        // Most text is ASCII: whole runs of it are looked at without a branch for each byte.
        if let Some(run) = bytes[i..].first_chunk::<RUN>()
            && run.iter().fold(true, |good, &it| good & is_common(it))
        {
            i += RUN;
            continue;
        }
        let byte = bytes[i];
        if is_common(byte) {
            i += 1;
        } else if byte < 0x80 {
            return Some(i);
        } else {
            let c = text[i..].chars().next()?;
            if !is_allowed(c) {
                return Some(i);
            }
            i += c.len_utf8();
        }
    }
    None
}

const RUN: usize = 64;

/// ASCII that any YAML stream may hold.
#[inline]
const fn is_common(byte: u8) -> bool {
    (byte >= 0x20) & (byte < 0x7F) | (byte == b'\n') | (byte == b'\t') | (byte == b'\r')
}
