//! How many fields a message has: decoding takes a time for each, and a
//! message of allowed length can have some fifty million.

use crate::error::Error;

/// Most fields of a message. Those of MFN have eleven at most; the rest is for
/// clients of later versions.
const MAX_FIELDS: usize = 4096;

/// Looks at no more fields than a message may have. What is no message passes,
/// since its decoder will say so.
pub(super) fn check(mut message: &[u8]) -> Result<(), Error> {
    for _ in 0..MAX_FIELDS {
        if message.is_empty() {
            return Ok(());
        }
        let Some(rest) = after_field(message) else { return Ok(()) };
        message = rest;
    }
    if message.is_empty() { Ok(()) } else { Err(Error::TooManyFields { limit: MAX_FIELDS }) }
}

/// What comes after the first field, whose kind the tag's last three bits tell.
fn after_field(message: &[u8]) -> Option<&[u8]> {
    let (tag, rest) = varint(message)?;
    match tag & 7 {
        0 => varint(rest).map(|(_, rest)| rest),
        1 => rest.get(8..),
        2 => {
            let (length, rest) = varint(rest)?;
            rest.get(usize::try_from(length).ok()?..)
        }
        // The ends of a group; what is between them are fields.
        3 | 4 => Some(rest),
        5 => rest.get(4..),
        _ => None,
    }
}

/// A number of at most 10 bytes, seven bits each, and what comes after it.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let last = bytes.iter().take(10).position(|byte| byte & 0x80 == 0)?;
    let (number, rest) = bytes.split_at(last + 1);
    let value = number.iter().rev().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f));
    Some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    // shows MFN-TRANS-021
    #[test]
    fn only_so_many_fields_are_taken() {
        let fields = |count| [0x78, 0x01].repeat(count);
        assert_eq!(check(&fields(MAX_FIELDS)), Ok(()));
        let refused = Err(Error::TooManyFields { limit: MAX_FIELDS });
        assert_eq!(check(&fields(MAX_FIELDS + 1)), refused);
        assert_eq!(check(&[0x0b, 0x0c].repeat(MAX_FIELDS)), refused);
    }

    #[test]
    fn a_field_is_as_long_as_its_kind_says() {
        let one_of_each: [&[u8]; 5] = [
            &[0x08, 0xff, 0x01],
            &[0x09, 1, 2, 3, 4, 5, 6, 7, 8],
            &[0x12, 2, 7, 7],
            &[0x0b],
            &[0x0d, 1, 2, 3, 4],
        ];
        for field in one_of_each {
            let message = [field, &[42]].concat();
            assert_eq!(after_field(&message), Some(&[42][..]), "{field:?}");
        }
        for cut in [&[0x09, 1, 2][..], &[0x12, 9, 1], &[0x08, 0xff], &[0x0f, 1], &[0xff; 11]] {
            assert_eq!(after_field(cut), None, "{cut:?}");
            assert_eq!(check(cut), Ok(()));
        }
    }
}
