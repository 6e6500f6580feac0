//! ChaCha20 (RFC 8439, section 2.3) with a block counter and a stream number
//! of 64 bits each: `spec/words.md`.
//!
//! Many blocks are made side by side, so that each operation of the cipher is
//! one on whole vectors, whatever their width.

use std::array::from_fn;

/// Blocks side by side. The widest vectors hold 16 numbers of 32 bits; with as
/// many blocks as two of them hold, no operation waits for the one before it.
const BLOCKS: usize = 32;
/// Words of 64 bits in a block.
pub(crate) const WORDS_A_BLOCK: usize = 8;
/// Words that are made at once.
pub(crate) const CHUNK: usize = BLOCKS * WORDS_A_BLOCK;

/// "expand 32-byte k" in ASCII.
const CONSTANTS: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// The state of all blocks: number k of block b is `state[k][b]`.
type State = [[u32; BLOCKS]; 16];

/// The words of the blocks `first_block`, `first_block + 1`, ... of a stream.
#[inline(always)]
pub(crate) fn keystream(seed: i64, stream: u64, first_block: u64, out: &mut [u64; CHUNK]) {
    let start = start(seed, stream, first_block);
    let mut state = start;
    for _ in 0..10 {
        for [a, b, c, d] in [[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15]] {
            quarter_round(&mut state, a, b, c, d);
        }
        for [a, b, c, d] in [[0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]] {
            quarter_round(&mut state, a, b, c, d);
        }
    }
    // Joined first and turned afterwards: each of the two loops is then one that
    // the compiler makes vector code of.
    let mut words = [[0; BLOCKS]; WORDS_A_BLOCK];
    for (k, words) in words.iter_mut().enumerate() {
        for (b, word) in words.iter_mut().enumerate() {
            let number = |k: usize| u64::from(state[k][b].wrapping_add(start[k][b]));
            *word = number(2 * k) | number(2 * k + 1) << 32;
        }
    }
    for (b, block) in out.as_chunks_mut::<WORDS_A_BLOCK>().0.iter_mut().enumerate() {
        *block = from_fn(
            #[inline(always)]
            |k| words[k][b],
        );
    }
}

/// The key is the seed, sign-extended by its type, and zeros.
#[inline(always)]
fn start(seed: i64, stream: u64, first_block: u64) -> State {
    let halves = |x: u64| [x as u32, (x >> 32) as u32];
    let counter = |b: usize| halves(first_block.wrapping_add(b as u64));
    let in_all_blocks = |number: u32| [number; BLOCKS];
    let mut state = [[0; BLOCKS]; 16];
    state[..4].copy_from_slice(&CONSTANTS.map(in_all_blocks));
    state[4..6].copy_from_slice(&halves(seed.cast_unsigned()).map(in_all_blocks));
    state[12] = from_fn(|b| counter(b)[0]);
    state[13] = from_fn(|b| counter(b)[1]);
    state[14..].copy_from_slice(&halves(stream).map(in_all_blocks));
    state
}

#[expect(clippy::needless_range_loop, reason = "four rows of one array")]
#[inline(always)]
fn quarter_round(state: &mut State, a: usize, b: usize, c: usize, d: usize) {
    for l in 0..BLOCKS {
        let (mut w, mut x, mut y, mut z) = (state[a][l], state[b][l], state[c][l], state[d][l]);
        w = w.wrapping_add(x);
        z = (z ^ w).rotate_left(16);
        y = y.wrapping_add(z);
        x = (x ^ y).rotate_left(12);
        w = w.wrapping_add(x);
        z = (z ^ w).rotate_left(8);
        y = y.wrapping_add(z);
        x = (x ^ y).rotate_left(7);
        (state[a][l], state[b][l], state[c][l], state[d][l]) = (w, x, y, z);
    }
}
