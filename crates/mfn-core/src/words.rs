//! Random words: `spec/words.md`.
//!
//! A word is addressed by its stream and its index, never consumed in turn,
//! so that any draw can be made without the draws before it.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// What the words of a stream are for: the base of its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The field's start.
    Field = 0,
    /// The activator's start.
    Activator = 1,
    /// The inhibitor's start.
    Inhibitor = 2,
    /// Growth events, four words a step.
    Growth = 3,
    /// Jitter, one word a cell and step.
    Jitter = 4,
    /// The iterated function system.
    Ifs = 5,
    /// The network's first parameters.
    Network = 6,
    /// The order of the data set.
    Shuffle = 7,
}

/// Streams of one data-set sample lie this far from the next one's.
const STREAMS_A_SAMPLE: u64 = 256;

/// ChaCha words are 32 bits wide, ours 64.
const CHACHA_WORDS_A_WORD: u128 = 2;

/// One stream of 64-bit random words.
#[derive(Clone, Debug)]
pub struct Words {
    chacha: ChaCha20Rng,
    next: u64,
}

impl Words {
    /// The stream for `purpose` of sample `sample` under `seed`.
    #[must_use]
    pub fn new(seed: i64, sample: u32, purpose: Purpose) -> Self {
        Self::numbered(seed, STREAMS_A_SAMPLE * u64::from(sample) + purpose as u64)
    }

    /// The stream with this number under `seed`.
    #[must_use]
    pub fn numbered(seed: i64, stream: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut chacha = ChaCha20Rng::from_seed(key);
        chacha.set_stream(stream);
        Self { chacha, next: 0 }
    }

    /// Word `index` of the stream. Words in rising order cost least.
    pub fn at(&mut self, index: u64) -> u64 {
        self.seek(index);
        self.next += 1;
        self.chacha.next_u64()
    }

    /// Words `first`, `first + 1`, ... into `out`.
    pub fn fill(&mut self, first: u64, out: &mut [u64]) {
        const WORDS_A_CHUNK: usize = 64;
        self.seek(first);
        self.next += out.len() as u64;
        let mut bytes = [0; WORDS_A_CHUNK * 8];
        for chunk in out.chunks_mut(WORDS_A_CHUNK) {
            let bytes = &mut bytes[..chunk.len() * 8];
            self.chacha.fill_bytes(bytes);
            for (word, bytes) in chunk.iter_mut().zip(bytes.as_chunks::<8>().0) {
                *word = u64::from_le_bytes(*bytes);
            }
        }
    }

    fn seek(&mut self, index: u64) {
        if index != self.next {
            self.chacha.set_word_pos(CHACHA_WORDS_A_WORD * u128::from(index));
            self.next = index;
        }
    }
}

/// A number in [0, 1) from the word's upper 53 bits.
#[inline(always)]
#[must_use]
pub fn uniform(word: u64) -> f64 {
    const TWO_POW_MINUS_53: f64 = 1.0 / (1_u64 << 53) as f64;
    (word >> 11) as f64 * TWO_POW_MINUS_53
}

/// A whole number in `0..n`.
#[inline(always)]
#[must_use]
pub fn below(word: u64, n: u64) -> u64 {
    ((u128::from(word) * u128::from(n)) >> 64) as u64
}
