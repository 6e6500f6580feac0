//! What gRPC-Web has of its own: trailers in the body, and base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::fault::Fault;

/// Characters of base64 that are read together.
const GROUP: usize = 4;

/// Text in base64, of which each piece may have padding.
#[derive(Debug, Default)]
pub(crate) struct Base64 {
    unread: Vec<u8>,
}

impl Base64 {
    /// Takes more text: the bytes of all groups that are whole.
    ///
    /// # Errors
    /// It is no such text: what it is.
    pub(crate) fn take(&mut self, text: &[u8]) -> Result<Vec<u8>, String> {
        self.unread.extend_from_slice(text);
        let whole = self.unread.len() / GROUP * GROUP;
        let groups: Vec<_> = self.unread.drain(..whole).collect();
        let bytes = groups.chunks(GROUP).map(|group| STANDARD.decode(group));
        let bytes = bytes.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        Ok(bytes.concat())
    }
}

/// The trailers that are lines of `name: value`.
///
/// # Errors
/// They are none.
pub(crate) fn trailers(block: &[u8]) -> Result<HeaderMap, Fault> {
    let mut trailers = HeaderMap::new();
    for line in block.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        let (name, value) = header(line).ok_or_else(|| Fault {
            expected: "trailers with names in small letters".to_owned(),
            actual: String::from_utf8_lossy(line).into_owned(),
        })?;
        trailers.append(name, value);
    }
    Ok(trailers)
}

fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
    // It takes no capital letters.
    Some((HeaderName::from_lowercase(name).ok()?, HeaderValue::from_bytes(value).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_may_stand_in_the_midst() {
        let mut base64 = Base64::default();
        assert_eq!(base64.take(b"AA==A").expect("base64"), [0]);
        assert_eq!(base64.take(b"QI=").expect("base64"), [1, 2]);
        assert!(base64.take(b"A*==").is_err());
    }

    #[test]
    fn trailers_are_lines() {
        let read = trailers(b"grpc-status: 3\r\ngrpc-message:a b\r\n").expect("trailers");
        assert_eq!(read["grpc-status"], "3");
        assert_eq!(read["grpc-message"], "a b");
        assert!(trailers(b"Grpc-Status: 3\r\n").is_err());
    }
}
