//! A number of protobuf, as it comes: seven bits a byte, the lowest first.

use crate::error::Error;

/// 64 bits take as many bytes.
const MAX_BYTES: u32 = 10;

/// The part of a number that has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Varint {
    value: u64,
    bytes: u32,
}

impl Varint {
    /// Takes what `data` begins with of the number, and returns the number if
    /// that was its end.
    ///
    /// # Errors
    /// It has more than 64 bits.
    pub(super) fn take(&mut self, data: &mut &[u8]) -> Result<Option<u64>, Error> {
        while let Some((&byte, rest)) = data.split_first() {
            *data = rest;
            // Nine bytes of seven bits leave one bit for the tenth.
            if self.bytes == MAX_BYTES - 1 && byte > 1 {
                return Err(Error::MalformedMessage);
            }
            self.value |= u64::from(byte & 0x7f) << (7 * self.bytes);
            self.bytes += 1;
            if byte & 0x80 == 0 {
                return Ok(Some(self.value));
            }
        }
        Ok(None)
    }

    /// Whether nothing of it has come yet.
    pub(super) fn is_to_come(&self) -> bool {
        self.bytes == 0
    }
}

#[cfg(test)]
mod tests {
    use prost::encoding::encode_varint;

    use super::*;

    #[test]
    fn a_number_is_the_same_however_it_is_cut() {
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), 1 << 63, u64::MAX] {
            let mut encoded = Vec::new();
            encode_varint(number, &mut encoded);
            for cut in 0..encoded.len() {
                let (mut first, second) = encoded.split_at(cut);
                let mut second = &[second, &[42]].concat()[..];
                let mut varint = Varint::default();
                assert_eq!(varint.take(&mut first), Ok(None), "{number} cut at {cut}");
                assert_eq!(varint.is_to_come(), cut == 0, "{number} cut at {cut}");
                assert_eq!(varint.take(&mut second), Ok(Some(number)), "{number} cut at {cut}");
                assert_eq!(second, [42]);
            }
        }
    }

    #[test]
    fn more_than_64_bits_are_no_number() {
        for last in [0x02, 0x7f, 0x80, 0x81] {
            let mut data = &[&[0xff; 9][..], &[last, 0]].concat()[..];
            assert_eq!(Varint::default().take(&mut data), Err(Error::MalformedMessage), "{last}");
        }
    }
}
