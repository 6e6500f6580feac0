//! The extraction of all features of a field, in parts.

use std::mem;

use super::graph::Graph;
use super::lacunarity::Lacunarity;
use super::spectrum::Transformation;
use super::variogram::{Variogram, hurst_exponent};
use super::{Features, box_dimension};
use crate::InstructionSet;
use crate::mask::Mask;

/// The extraction of a field's features, part by part.
///
/// It is for callers with others waiting: on the largest lattice a part takes some
/// milliseconds at most, and all of them tens. [`Features::of`] does all at once.
pub struct Extraction<'a> {
    field_v: &'a [f64],
    size: usize,
    set: InstructionSet,
    features: Features,
    stage: Stage,
}

/// What the next part works on.
enum Stage {
    /// The active mask: its dimension and its graph.
    Mask,
    Lacunarity(Lacunarity),
    Spectrum(Transformation),
    /// What the variogram starts from.
    Potential,
    Variogram(Variogram),
    Finished,
}

impl<'a> Extraction<'a> {
    /// Nothing is extracted yet of a field of `size` x `size` cells in volts,
    /// row-major.
    ///
    /// # Panics
    /// If `field_v` does not have `size * size` cells.
    #[must_use]
    pub fn new(field_v: &'a [f64], size: usize) -> Self {
        Self::with_instruction_set(field_v, size, InstructionSet::detect())
    }

    pub(super) fn with_instruction_set(
        field_v: &'a [f64],
        size: usize,
        set: InstructionSet,
    ) -> Self {
        assert_eq!(field_v.len(), size * size, "a field has size x size cells");
        Self { field_v, size, set, features: Features::default(), stage: Stage::Mask }
    }

    /// Whether all parts are done.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        matches!(self.stage, Stage::Finished)
    }

    /// Does the next part, unless all are done.
    pub fn part(&mut self) {
        let Self { field_v, size, set, features, stage } = self;
        match stage {
            Stage::Lacunarity(lacunarity) if !lacunarity.is_finished() => return lacunarity.part(),
            Stage::Spectrum(transformation) if !transformation.is_finished() => {
                return transformation.part(field_v);
            }
            Stage::Variogram(variogram) if !variogram.is_finished() => return variogram.part(),
            _ => {}
        }
        *stage = match mem::replace(stage, Stage::Finished) {
            Stage::Mask => {
                let mask = Mask::active(field_v, *size);
                let graph = Graph::of(&mask, *set);
                features.fractal_dimension = box_dimension(&mask);
                features.active_nodes = graph.nodes;
                features.edge_density = graph.edge_density();
                features.clustering_coefficient = graph.clustering_coefficient();
                Stage::Lacunarity(Lacunarity::new(&mask, *set))
            }
            Stage::Lacunarity(lacunarity) => {
                features.lacunarity = lacunarity.conclude();
                Stage::Spectrum(Transformation::new(field_v, *size, *set))
            }
            Stage::Spectrum(transformation) => {
                let (mean, std) = transformation.conclude().mean_and_std();
                (features.spectral_energy_mean, features.spectral_energy_std) = (mean, std);
                Stage::Potential
            }
            Stage::Potential => Stage::Variogram(Variogram::new(field_v, *size, *set)),
            Stage::Variogram(variogram) => {
                features.hurst_exponent = hurst_exponent(&variogram.conclude());
                Stage::Finished
            }
            Stage::Finished => Stage::Finished,
        };
    }

    /// The features, after the parts that are left.
    #[must_use]
    pub fn conclude(mut self) -> Features {
        while !self.is_finished() {
            self.part();
        }
        self.features
    }
}
