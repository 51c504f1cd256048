//! Base64 as Go's `encoding/base64` and go-yaml have it.

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{GeneralPurpose, GeneralPurposeConfig},
};

const ENGINE: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// `base64.StdEncoding.DecodeString`: line breaks are passed over.
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.bytes().filter(|it| !matches!(it, b'\n' | b'\r')).collect();
    ENGINE.decode(text).ok()
}

/// go-yaml's `encodeBase64`: in lines of 70 characters, each with a break, when there is more than one.
pub fn encode_base64_lines(bytes: &[u8]) -> String {
    const LINE: usize = 70;
    let encoded = ENGINE.encode(bytes);
    if encoded.len() < LINE {
        return encoded;
    }
    let mut out = String::with_capacity(encoded.len() + encoded.len() / LINE + 1);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(LINE));
        out.push_str(line);
        out.push('\n');
        rest = more;
    }
    out
}
