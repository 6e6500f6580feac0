//! Patterns whose features follow from their definitions.
#![allow(clippy::float_cmp, reason = "ratios of small integers, rounded once: the bits are meant")]

use super::lacunarity;
use crate::features::graph::Graph;
use crate::features::variogram;
use crate::mask::Mask;
use crate::{Features, InstructionSet};

/// A mask that is active where `is_active(row, column)`.
fn mask(size: usize, is_active: impl Fn(usize, usize) -> bool) -> Mask {
    let cells = (0..size * size).map(|c| is_active(c / size, c % size));
    let field: Vec<f64> = cells.map(|active| f64::from(u8::from(active))).collect();
    Mask::above(&field, size, 0.5)
}

fn lacunarity_of(mask: &Mask) -> f64 {
    lacunarity(mask, InstructionSet::detect())
}

fn graph_of(mask: &Mask) -> Graph {
    Graph::of(mask, InstructionSet::detect())
}

#[test]
fn a_constant_field_has_no_features() {
    for size in [4, 5, 64] {
        let features = Features::of(&vec![0.0; size * size], size);
        let nothing = Features {
            fractal_dimension: 0.0,
            lacunarity: 0.0,
            hurst_exponent: 0.0,
            spectral_energy_mean: 0.0,
            spectral_energy_std: 0.0,
            active_nodes: 0,
            edge_density: 0.0,
            clustering_coefficient: 0.0,
        };
        assert_eq!(features, nothing);
    }
}

/// Also the largest sums there can be: no integer overflows.
#[test]
fn a_full_mask_is_as_even_and_dense_as_can_be() {
    for size in [4, 5, 64, 1024] {
        let full = mask(size, |_, _| true);
        assert_eq!(lacunarity_of(&full), 1.0);
        let graph = graph_of(&full);
        assert_eq!(graph.nodes as usize, size * size);
        assert_eq!(graph.edge_density(), 1.0);
        // Of the 28 pairs around a cell, 8 meet at its sides and 4 across its
        // corners.
        assert_eq!(graph.clustering_coefficient(), 12.0 / 28.0);
    }
}

// shows MFN-FEAT-003
#[test]
fn an_empty_mask_has_lacunarity_0() {
    assert_eq!(lacunarity_of(&mask(16, |_, _| false)), 0.0);
}

// shows MFN-FEAT-002
/// Of N^2 boxes, r^2 hold the one cell: N^2 r^2 / r^4.
#[test]
fn a_single_cell_is_as_uneven_as_can_be() {
    let single = mask(8, |i, j| (i, j) == (7, 7));
    let of_box = |r: f64| 64.0 / (r * r);
    assert_eq!(lacunarity_of(&single), (of_box(2.0) + of_box(3.0) + of_box(4.0)) / 3.0);
    let graph = graph_of(&single);
    assert_eq!((graph.nodes, graph.edge_density()), (1, 0.0));
    assert_eq!(graph.clustering_coefficient(), 0.0);
}

// shows MFN-FEAT-009
/// Four cells around the corner of the lattice, where both directions wrap.
#[test]
fn a_block_of_four_is_fully_clustered() {
    let block = mask(8, |i, j| (i == 0 || i == 7) && (j == 0 || j == 7));
    let graph = graph_of(&block);
    assert_eq!(graph.edge_density(), 4.0 / 128.0);
    assert_eq!(graph.clustering_coefficient(), 1.0);
}

// shows MFN-FEAT-004
#[test]
fn lags_double_up_to_a_quarter_of_the_edge() {
    let lags = |size: usize| -> Vec<usize> {
        let field: Vec<f64> = (0..size * size).map(|c| (c % 7) as f64).collect();
        variogram(&field, size).iter().map(|point| point.lag).collect()
    };
    assert_eq!(lags(4), [1]);
    assert_eq!(lags(8), [1, 2]);
    assert_eq!(lags(31), [1, 2, 4]);
    assert_eq!(lags(64), [1, 2, 4, 8, 16]);
}

// shows MFN-FEAT-005
/// Stripes two cells wide repeat every four: nothing differs at lags 4 and 8.
#[test]
fn lags_without_difference_are_left_out() {
    let size = 32;
    let field_v: Vec<f64> = (0..size * size).map(|c| (c % 4 / 2) as f64).collect();
    let points: Vec<_> =
        variogram(&field_v, size).iter().map(|p| (p.lag, p.mean_square_mv2)).collect();
    // Half of the cells differ from their right neighbour by 1000 mV, all
    // from the next but one, and none from those below.
    assert_eq!(points, [(1, 250_000.0), (2, 500_000.0)]);
    // S2 doubles with the lag, as for Brownian motion.
    let hurst_exponent = Features::of(&field_v, size).hurst_exponent;
    assert!((hurst_exponent - 0.5).abs() < 1e-15, "{hurst_exponent}");
}

// shows MFN-FEAT-005
#[test]
fn one_lag_makes_no_hurst_exponent() {
    let field_v: Vec<f64> = (0..49).map(|c| f64::from(c % 5)).collect();
    assert_eq!(variogram(&field_v, 7).len(), 1);
    assert_eq!(Features::of(&field_v, 7).hurst_exponent, 0.0);
}
