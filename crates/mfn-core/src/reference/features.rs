//! `spec/features.md`, number by number.

use std::f64::consts::PI;

use super::statistics::{box_dimension, box_sizes, mean_v, slope, sum8};

/// What describes one field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Features {
    /// Box dimension of the active mask.
    pub fractal_dimension: f64,
    /// Gliding-box lacunarity of the active mask.
    pub lacunarity: f64,
    /// Half the slope of the variogram.
    pub hurst_exponent: f64,
    /// Mean of the power spectrum, mV^2.
    pub spectral_energy_mean: f64,
    /// Standard deviation of the power spectrum, mV^2.
    pub spectral_energy_std: f64,
    /// Active cells.
    pub active_nodes: u32,
    /// Edges over those of the lattice.
    pub edge_density: f64,
    /// Closed pairs over pairs.
    pub clustering_coefficient: f64,
}

/// All of it, for a field of n x n cells in volts.
#[must_use]
pub fn features(field_v: &[f64], n: usize) -> Features {
    let threshold = mean_v(field_v);
    let mask: Vec<bool> = field_v.iter().map(|&v| v > threshold).collect();
    let mv: Vec<f64> = field_v.iter().map(|v| 1000.0 * v).collect();
    let (spectral_energy_mean, spectral_energy_std) = spectral_energy(&power(&mv, n));
    Features {
        fractal_dimension: box_dimension(&mask, n),
        lacunarity: lacunarity(&mask, n),
        hurst_exponent: hurst_exponent(&variogram(&mv, n)),
        spectral_energy_mean,
        spectral_energy_std,
        active_nodes: mask.iter().filter(|&&active| active).count() as u32,
        edge_density: edge_density(&mask, n),
        clustering_coefficient: clustering_coefficient(&mask, n),
    }
}

/// The mean over the box sizes of N^2 sum M^2 / (sum M)^2.
#[must_use]
pub fn lacunarity(mask: &[bool], n: usize) -> f64 {
    if !mask.contains(&true) {
        return 0.0;
    }
    let sizes = box_sizes(n);
    let mut total = 0.0;
    for &r in &sizes {
        let (mut sum, mut sum_of_squares) = (0_u64, 0_u64);
        for c in 0..n * n {
            let in_box = |k: usize| mask[(c / n + k / r) % n * n + (c % n + k % r) % n];
            let mass = (0..r * r).filter(|&k| in_box(k)).count() as u64;
            sum += mass;
            sum_of_squares += mass * mass;
        }
        total += ((n * n) as u64 * sum_of_squares) as f64 / (sum * sum) as f64;
    }
    total / sizes.len() as f64
}

/// S2 in mV^2 at each lag where it is not 0.
#[must_use]
pub fn variogram(mv: &[f64], n: usize) -> Vec<(usize, f64)> {
    let mut points = Vec::new();
    let mut h = 1;
    while h <= n / 4 {
        let square = |c: usize, other: usize| (mv[other] - mv[c]) * (mv[other] - mv[c]);
        let right: Vec<f64> = (0..n * n).map(|c| square(c, c / n * n + (c % n + h) % n)).collect();
        let down: Vec<f64> = (0..n * n).map(|c| square(c, (c / n + h) % n * n + c % n)).collect();
        let s2 = (sum8(&right) + sum8(&down)) / (2 * n * n) as f64;
        if s2 != 0.0 {
            points.push((h, s2));
        }
        h *= 2;
    }
    points
}

/// Half the slope of the logarithms of such points, held within [0, 1].
#[must_use]
pub fn hurst_exponent(points: &[(usize, f64)]) -> f64 {
    let points: Vec<(f64, f64)> =
        points.iter().map(|&(h, s2)| (pxfm::f_log(h as f64), pxfm::f_log(s2))).collect();
    let h = slope(&points) / 2.0;
    let h = if h < 0.0 { 0.0 } else { h };
    if h > 1.0 { 1.0 } else { h }
}

/// P(k) of all k, row-major: the definition of the transform, first along the
/// rows and then along the columns.
#[must_use]
pub fn power(mv: &[f64], n: usize) -> Vec<f64> {
    let mean = sum8(mv) / (n * n) as f64;
    let roots: Vec<(f64, f64)> = (0..n)
        .map(|k| -2.0 * PI * k as f64 / n as f64)
        .map(|angle| (pxfm::f_cos(angle), pxfm::f_sin(angle)))
        .collect();
    let field: Vec<(f64, f64)> = mv.iter().map(|x| (x - mean, 0.0)).collect();
    let rows = transform_rows_and_transpose(&field, &roots);
    let both = transform_rows_and_transpose(&rows, &roots);
    let n4 = (n * n * n * n) as f64;
    both.iter().map(|(re, im)| (re * re + im * im) / n4).collect()
}

fn transform_rows_and_transpose(field: &[(f64, f64)], roots: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let n = roots.len();
    let mut transformed = Vec::new();
    for k in 0..n {
        for i in 0..n {
            let (mut re, mut im) = (0.0, 0.0);
            for j in 0..n {
                let ((x, y), (c, s)) = (field[i * n + j], roots[j * k % n]);
                re += x * c - y * s;
                im += x * s + y * c;
            }
            transformed.push((re, im));
        }
    }
    transformed
}

/// Mean and standard deviation over all k but k = 0.
fn spectral_energy(power: &[f64]) -> (f64, f64) {
    let power = &power[1..];
    let mean = power.iter().sum::<f64>() / power.len() as f64;
    let squares: f64 = power.iter().map(|p| (p - mean) * (p - mean)).sum();
    (mean, (squares / power.len() as f64).sqrt())
}

/// Pairs of active cells that are right or down neighbours, over 2 N^2.
#[must_use]
pub fn edge_density(mask: &[bool], n: usize) -> f64 {
    let mut edges = 0;
    for c in 0..n * n {
        let right = c / n * n + (c % n + 1) % n;
        let down = (c / n + 1) % n * n + c % n;
        edges += u32::from(mask[c] && mask[right]) + u32::from(mask[c] && mask[down]);
    }
    f64::from(edges) / (2 * n * n) as f64
}

/// Pairs of active neighbours of active cells that are neighbours themselves,
/// over all pairs.
#[must_use]
pub fn clustering_coefficient(mask: &[bool], n: usize) -> f64 {
    let (mut pairs, mut closed) = (0_u32, 0_u32);
    for c in (0..n * n).filter(|&c| mask[c]) {
        let around: Vec<usize> = neighbours(c, n).into_iter().filter(|&b| mask[b]).collect();
        for (k, &a) in around.iter().enumerate() {
            for &b in &around[k + 1..] {
                pairs += 1;
                closed += u32::from(neighbours(a, n).contains(&b));
            }
        }
    }
    if pairs == 0 { 0.0 } else { f64::from(closed) / f64::from(pairs) }
}

/// The eight cells around `c`.
fn neighbours(c: usize, n: usize) -> [usize; 8] {
    let (i, j) = (c / n, c % n);
    let offsets = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (2, 2)];
    offsets.map(|(di, dj)| (i + n + di - 1) % n * n + (j + n + dj - 1) % n)
}
