//! Points in time, as far as YAML's timestamps need them.

use std::fmt;

/// A date with an optional time and zone, as `time.Parse` gives it for YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    nanosecond: u32,
    /// Minutes east of UTC.
    offset: i32,
}

impl Time {
    /// Reads one of the four forms that go-yaml takes for a timestamp: `2006-1-2`, with a time behind `T`, `t` or a
    /// blank, and, behind a letter, with a zone.
    pub fn parse_yaml(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() < 5 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
            return None;
        }
        let mut reader = Reader { rest: &text[5..] };
        let year = text[..4].parse().ok()?;
        let month = reader.number()?;
        reader.expect('-')?;
        let day = reader.number()?;
        let mut time = Self { year, month, day, hour: 0, minute: 0, second: 0, nanosecond: 0, offset: 0 };
        if !reader.rest.is_empty() {
            let zoned = match reader.take()? {
                'T' | 't' => true,
                ' ' => false,
                _ => return None,
            };
            reader.clock(&mut time)?;
            if zoned {
                time.offset = reader.zone()?;
            }
        }
        (reader.rest.is_empty() && time.is_valid()).then_some(time)
    }

    fn is_valid(&self) -> bool {
        let leap = self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            2 => 28 + u32::from(leap),
            4 | 6 | 9 | 11 => 30,
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            _ => return false,
        };
        (1..=days).contains(&self.day) && self.hour < 24 && self.minute < 60 && self.second < 60
    }
}

impl fmt::Display for Time {
    /// RFC 3339 with as much of the second as there is: what `json.Marshal` writes.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second, .. } = self;
        write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if self.nanosecond > 0 {
            let digits = format!("{:09}", self.nanosecond);
            write!(out, ".{}", digits.trim_end_matches('0'))?;
        }
        if self.offset == 0 {
            return out.write_str("Z");
        }
        let (sign, size) = if self.offset < 0 { ('-', -self.offset) } else { ('+', self.offset) };
        write!(out, "{sign}{:02}:{:02}", size / 60, size % 60)
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn take(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn expect(&mut self, due: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(due)?;
        Some(())
    }

    /// One or two digits.
    fn number(&mut self) -> Option<u32> {
        let len = self.rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(len);
        self.rest = rest;
        digits.parse().ok()
    }

    fn clock(&mut self, time: &mut Time) -> Option<()> {
        time.hour = self.number()?;
        self.expect(':')?;
        time.minute = self.number()?;
        self.expect(':')?;
        time.second = self.number()?;
        if self.rest.starts_with(['.', ',']) && self.rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit) {
            let len = self.rest[1..].bytes().take_while(u8::is_ascii_digit).count();
            let digits = &self.rest[1..=len.min(9)];
            time.nanosecond = format!("{digits:0<9}").parse().ok()?;
            self.rest = &self.rest[len + 1..];
        }
        Some(())
    }

    /// `Z`, or hours and minutes of two digits behind a sign.
    fn zone(&mut self) -> Option<i32> {
        if self.expect('Z').is_some() {
            return Some(0);
        }
        let sign = match self.take()? {
            '+' => 1,
            '-' => -1,
            _ => return None,
        };
        let bytes = self.rest.as_bytes();
        if bytes.len() < 5 || bytes[2] != b':' {
            return None;
        }
        let (hours, minutes): (i32, i32) = (self.rest.get(..2)?.parse().ok()?, self.rest.get(3..5)?.parse().ok()?);
        self.rest = &self.rest[5..];
        (hours <= 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
    }
}
