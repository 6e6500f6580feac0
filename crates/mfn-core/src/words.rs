//! Random words: `spec/words.md`.
//!
//! A word is addressed by its stream and its index, never consumed in turn,
//! so that any draw can be made without the draws before it.

use crate::InstructionSet;
use crate::chacha::{CHUNK, WORDS_A_BLOCK, keystream};

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

/// One stream of 64-bit random words.
#[derive(Clone, Debug)]
pub struct Words {
    seed: i64,
    stream: u64,
    set: InstructionSet,
    /// The words that [`Self::at`] has last looked among, once it has: those of
    /// this many chunks after the first one.
    looked_at: Option<(u64, Box<[u64; CHUNK]>)>,
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
        Self { seed, stream, set: InstructionSet::detect(), looked_at: None }
    }

    /// The same stream, made by the vector instructions of the caller's choice.
    /// No word depends on it.
    #[must_use]
    pub fn with_instruction_set(self, set: InstructionSet) -> Self {
        Self { set, ..self }
    }

    /// Word `index` of the stream. Words in rising order cost least.
    pub fn at(&mut self, index: u64) -> u64 {
        const WORDS_A_CHUNK: u64 = CHUNK as u64;
        let (chunk, place) = (index / WORDS_A_CHUNK, (index % WORDS_A_CHUNK) as usize);
        match &self.looked_at {
            Some((looked_at, words)) if *looked_at == chunk => words[place],
            _ => {
                let mut words = Box::new([0; CHUNK]);
                self.fill(chunk * WORDS_A_CHUNK, &mut words[..]);
                let word = words[place];
                self.looked_at = Some((chunk, words));
                word
            }
        }
    }

    /// Words `first`, `first + 1`, ... into `out`.
    pub fn fill(&self, first: u64, out: &mut [u64]) {
        self.set.run(
            #[inline(always)]
            || {
                let (mut next, mut chunk) = (first, [0; CHUNK]);
                let mut rest = out;
                while !rest.is_empty() {
                    let words = self.chunk(next, &mut chunk);
                    let count = rest.len().min(words.len());
                    let (filled, after) = std::mem::take(&mut rest).split_at_mut(count);
                    filled.copy_from_slice(&words[..count]);
                    // After the last word of a stream there is no rest to have a place.
                    (next, rest) = (next.wrapping_add(count as u64), after);
                }
            },
        );
    }

    /// The words from `first` on that `chunk` has room for beside those before them in their
    /// block of the cipher.
    #[inline(always)]
    pub(crate) fn chunk<'a>(&self, first: u64, chunk: &'a mut [u64; CHUNK]) -> &'a [u64] {
        const WORDS: u64 = WORDS_A_BLOCK as u64;
        keystream(self.seed, self.stream, first / WORDS, chunk);
        &chunk[(first % WORDS) as usize..]
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
