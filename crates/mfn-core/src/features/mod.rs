//! Numbers that describe a pattern: `spec/statistics.md` and
//! `spec/features.md`.

mod box_counting;
mod extraction;
pub(crate) mod fourier;
pub(crate) mod graph;
pub(crate) mod lacunarity;
mod regression;
mod spectrum;
mod variogram;

pub use box_counting::{BoxCount, box_counts, box_dimension, box_sizes};
pub use extraction::Extraction;
pub use regression::slope;
pub use spectrum::{PowerSpectrum, RadialPower};
pub use variogram::{VariogramPoint, variogram};

use crate::InstructionSet;

/// What describes one field: the answer of `ExtractFeatures`, or a frame of
/// `StreamFeatures`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Features {
    /// Box dimension of the active mask, by box counting: about 0 to 2.
    pub fractal_dimension: f64,
    /// Gliding-box lacunarity of the active mask, averaged over the box sizes
    /// (Allain and Cloitre, Phys. Rev. A 44, 1991, 3552-3558): 1 or more, or 0
    /// for an empty mask.
    pub lacunarity: f64,
    /// Hurst exponent of the potential from its second-order structure
    /// function (Davies and Hall, J. R. Stat. Soc. B 61, 1999, 3-37): 0 to 1.
    pub hurst_exponent: f64,
    /// Mean power of the wave vectors but zero, mV^2 (the periodogram of
    /// Schuster, Terr. Magn. 3, 1898, 13-41, in two dimensions). Times
    /// N^2 - 1 it is the variance of the potential.
    pub spectral_energy_mean: f64,
    /// Population standard deviation of the same, mV^2.
    pub spectral_energy_std: f64,
    /// Active cells.
    pub active_nodes: u32,
    /// Edges between active cells that are right or down neighbours, over
    /// those of the whole lattice (graph density; Wasserman and Faust, Social
    /// Network Analysis, 1994): 0 to 1.
    pub edge_density: f64,
    /// Transitivity of the active cells within each other's eight neighbours
    /// (Newman, Watts and Strogatz, PNAS 99, 2002, 2566-2572): 0 to 1.
    pub clustering_coefficient: f64,
}

impl Features {
    /// Features of a field of `size` x `size` cells in volts, row-major.
    ///
    /// # Panics
    /// If `field_v` does not have `size * size` cells.
    #[must_use]
    pub fn of(field_v: &[f64], size: usize) -> Self {
        Self::with_instruction_set(field_v, size, InstructionSet::detect())
    }

    /// [`Self::of`], but with the vector instructions of the caller's choice.
    /// The answer does not depend on it.
    ///
    /// # Panics
    /// If `field_v` does not have `size * size` cells.
    #[must_use]
    pub fn with_instruction_set(field_v: &[f64], size: usize, set: InstructionSet) -> Self {
        Extraction::with_instruction_set(field_v, size, set).conclude()
    }
}
