//! Numbers that begin where a cache line does, so that no vector of them lies in
//! two lines.

use std::ops::{Deref, DerefMut};

/// Numbers in a cache line, which is as long as the longest vector.
const LINE: usize = 64 / size_of::<f64>();

/// So many numbers, zero at first.
#[derive(Debug)]
pub(crate) struct Aligned {
    numbers: Vec<f64>,
    /// The first one that is used.
    first: usize,
    len: usize,
}

impl Aligned {
    pub(crate) fn new(len: usize) -> Self {
        let numbers = vec![0.0; len + LINE - 1];
        // Where this cannot be told, all still works, with slower loads.
        let first = numbers.as_ptr().align_offset(LINE * size_of::<f64>()).min(LINE - 1);
        Self { numbers, first, len }
    }
}

/// A copy of the memory would begin elsewhere in a line.
impl Clone for Aligned {
    fn clone(&self) -> Self {
        let mut clone = Self::new(self.len);
        clone.copy_from_slice(self);
        clone
    }
}

impl Deref for Aligned {
    type Target = [f64];

    #[inline(always)]
    fn deref(&self) -> &[f64] {
        &self.numbers[self.first..][..self.len]
    }
}

impl DerefMut for Aligned {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [f64] {
        &mut self.numbers[self.first..][..self.len]
    }
}
