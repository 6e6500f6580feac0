//! Lacunarity of a mask: `spec/features.md`.

use super::box_sizes;
use crate::InstructionSet;
use crate::mask::Mask;

/// Gliding-box lacunarity (Allain and Cloitre, Phys. Rev. A 44, 1991, 3552):
/// the second moment of the active cells in a box over the square of the
/// first, for a box at every cell of the periodic lattice; the mean of this
/// over all [`box_sizes`]. 0 for an empty mask, 1 for a full one.
///
/// It is computed box size by box size.
pub(crate) struct Lacunarity {
    set: InstructionSet,
    active: u64,
    cells: u64,
    box_sizes: Vec<usize>,
    sizes_done: usize,
    strips: Strips,
    sum_of_ratios: f64,
}

impl Lacunarity {
    /// No box size is done yet.
    pub(crate) fn new(mask: &Mask, set: InstructionSet) -> Self {
        Self {
            set,
            active: mask.words().iter().map(|word| u64::from(word.count_ones())).sum(),
            cells: (mask.size() * mask.size()) as u64,
            box_sizes: box_sizes(mask.size()),
            sizes_done: 0,
            strips: set.run(
                #[inline(always)]
                || Strips::new(mask),
            ),
            sum_of_ratios: 0.0,
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.active == 0 || self.sizes_done == self.box_sizes.len()
    }

    /// Does the next box size.
    pub(crate) fn part(&mut self) {
        let Self { set, active, cells, box_sizes, sizes_done, strips, sum_of_ratios } = self;
        let size = box_sizes[*sizes_done];
        let second_moment = set.run(
            #[inline(always)]
            || {
                strips.widen_to(size);
                sum_of_squares(strips, size)
            },
        );
        // Every active cell lies in size * size boxes.
        let first_moment = *active * (size * size) as u64;
        // Both are at most 2^60: 2^20 boxes of at most 2^10 cells.
        *sum_of_ratios += (*cells * second_moment) as f64 / (first_moment * first_moment) as f64;
        *sizes_done += 1;
    }

    /// The mean over all box sizes, when they are done.
    pub(crate) fn conclude(&self) -> f64 {
        if self.active == 0 { 0.0 } else { self.sum_of_ratios / self.box_sizes.len() as f64 }
    }
}

/// At every cell, the active cells of the strip one cell high that starts
/// there and goes right. At most 32, so they are bytes and many fit a vector.
struct Strips {
    /// Cells along one edge of the lattice.
    size: usize,
    width: usize,
    counts: Vec<u8>,
    /// The flags, each row followed by itself.
    unrolled: Vec<u8>,
}

impl Strips {
    #[inline(always)]
    fn new(mask: &Mask) -> Self {
        let (size, flags) = (mask.size(), mask.flags());
        let unrolled = flags.chunks_exact(size).flat_map(|row| [row, row]);
        let unrolled = unrolled.collect::<Vec<_>>().concat();
        Self { size, width: 0, counts: vec![0; size * size], unrolled }
    }

    /// To a larger width than before.
    #[inline(always)]
    fn widen_to(&mut self, width: usize) {
        let rows = self.counts.chunks_exact_mut(self.size);
        for (counts, flags) in rows.zip(self.unrolled.chunks_exact(2 * self.size)) {
            for offset in self.width..width {
                for (count, flag) in counts.iter_mut().zip(&flags[offset..]) {
                    *count += flag;
                }
            }
        }
        self.width = width;
    }

    /// The row `i`, which wraps around.
    #[inline(always)]
    fn row(&self, i: usize) -> &[u8] {
        &self.counts[i % self.size * self.size..][..self.size]
    }
}

/// A box is as many strips as it is wide. From one row of boxes to the next,
/// each gains a strip and loses one.
#[inline(always)]
fn sum_of_squares(strips: &Strips, height: usize) -> u64 {
    let mut masses = vec![0_u16; strips.size];
    for i in 0..height {
        for (mass, &count) in masses.iter_mut().zip(strips.row(i)) {
            *mass += u16::from(count);
        }
    }
    let mut sum = 0;
    for i in 0..strips.size {
        // At most 2^10 boxes of mass 2^10 in a row: 2^30.
        let row: u32 = masses.iter().map(|&mass| u32::from(mass) * u32::from(mass)).sum();
        sum += u64::from(row);
        let (gained, lost) = (strips.row(i + height), strips.row(i));
        for ((mass, &gained), &lost) in masses.iter_mut().zip(gained).zip(lost) {
            *mass = *mass + u16::from(gained) - u16::from(lost);
        }
    }
    sum
}
