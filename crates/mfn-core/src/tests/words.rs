//! Random words against the keystream of `rand_chacha`, which is code of others.

use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

use crate::chacha::{CHUNK, WORDS_A_BLOCK, keystream};
use crate::words::Words;
use crate::{InstructionSet, reference};

/// `count` words of a stream from word `first` on. `rand_chacha` counts words of 32 bits.
fn oracle(seed: i64, stream: u64, first: u128, count: usize) -> Vec<u64> {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    let mut cipher = ChaCha20Rng::from_seed(key);
    cipher.set_stream(stream);
    cipher.set_word_pos(2 * first);
    (0..count).map(|_| cipher.next_u64()).collect()
}

/// Any number, and those near where a half of the counter or of the stream's number is full.
fn any_number() -> impl Strategy<Value = u64> {
    prop_oneof![any::<u64>(), 0..2000_u64, (1_u64 << 32) - 100..(1 << 32) + 100, u64::MAX - 100..]
}

proptest! {
    // shows MFN-WORD-001, MFN-WORD-002, MFN-WORD-003
    #[test]
    fn many_words_are_those_of_rand_chacha(
        seed in any::<i64>(),
        stream in any_number(),
        first in any_number(),
        count in 0..3 * CHUNK,
    ) {
        let first = first.min(u64::MAX - count as u64);
        let expected = oracle(seed, stream, first.into(), count);
        for set in InstructionSet::available() {
            let mut filled = vec![0; count];
            Words::numbered(seed, stream).with_instruction_set(set).fill(first, &mut filled);
            prop_assert_eq!(&filled, &expected, "{}", set.name());
        }
    }

    // shows MFN-WORD-001, MFN-WORD-002, MFN-WORD-003
    #[test]
    fn single_words_are_those_of_rand_chacha(
        seed in any::<i64>(),
        stream in any_number(),
        indices in prop::collection::vec(any_number(), 1..20),
    ) {
        let mut plain = reference::Stream::new(seed, stream);
        let expected: Vec<_> =
            indices.iter().map(|index| oracle(seed, stream, (*index).into(), 1)[0]).collect();
        for set in InstructionSet::available() {
            let mut words = Words::numbered(seed, stream).with_instruction_set(set);
            for (index, expected) in indices.iter().zip(&expected) {
                prop_assert_eq!(words.at(*index), *expected, "{} {}", set.name(), index);
                prop_assert_eq!(plain.word(*index), *expected, "reference {}", index);
            }
        }
    }

    // shows MFN-WORD-001
    #[test]
    fn blocks_side_by_side_are_those_of_rand_chacha(
        seed in any::<i64>(),
        stream in any_number(),
        first_block in any_number(),
    ) {
        let first = u128::from(first_block) * WORDS_A_BLOCK as u128;
        let expected = oracle(seed, stream, first, CHUNK);
        for set in InstructionSet::available() {
            let mut chunk = [0; CHUNK];
            set.run(
                #[inline(always)]
                || keystream(seed, stream, first_block, &mut chunk),
            );
            prop_assert_eq!(&chunk[..], &expected[..], "{}", set.name());
        }
    }
}

/// Its place was added to past the last one, which overflowed.
#[test]
fn a_stream_has_a_last_word() {
    let last = Words::numbered(1, 2).at(u64::MAX);
    assert_eq!(last, oracle(1, 2, u64::MAX.into(), 1)[0]);
}
