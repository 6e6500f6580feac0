//! `spec/statistics.md`, number by number.

/// What an answer or a frame says of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Smallest potential, mV.
    pub min_mv: f64,
    /// Largest potential, mV.
    pub max_mv: f64,
    /// Mean potential, mV.
    pub mean_mv: f64,
    /// Standard deviation, mV.
    pub std_mv: f64,
    /// Box dimension of the active mask.
    pub fractal_dimension: f64,
}

/// All of it, for a field of n x n cells in volts.
#[must_use]
pub fn summary(field_v: &[f64], n: usize) -> Summary {
    let mv: Vec<f64> = field_v.iter().map(|v| 1000.0 * v).collect();
    let mean = sum8(&mv) / (n * n) as f64;
    let squares: Vec<f64> = mv.iter().map(|x| (x - mean) * (x - mean)).collect();
    let threshold = mean_v(field_v);
    let mask: Vec<bool> = field_v.iter().map(|&v| v > threshold).collect();
    Summary {
        min_mv: mv.iter().copied().reduce(|a, b| if b < a { b } else { a }).unwrap_or(f64::NAN),
        max_mv: mv.iter().copied().reduce(|a, b| if b > a { b } else { a }).unwrap_or(f64::NAN),
        mean_mv: mean,
        std_mv: (sum8(&squares) / (n * n) as f64).sqrt(),
        fractal_dimension: box_dimension(&mask, n),
    }
}

/// The mean of a field in volts, above which a cell is active.
#[must_use]
pub fn mean_v(field_v: &[f64]) -> f64 {
    sum8(field_v) / field_v.len() as f64
}

/// Eight interleaved sums, then pairs.
#[must_use]
pub fn sum8(x: &[f64]) -> f64 {
    let mut acc = [0.0; 8];
    for (k, value) in x.iter().enumerate() {
        acc[k % 8] += value;
    }
    ((acc[0] + acc[1]) + (acc[2] + acc[3])) + ((acc[4] + acc[5]) + (acc[6] + acc[7]))
}

/// Box dimension of a mask of n x n cells.
#[must_use]
pub fn box_dimension(mask: &[bool], n: usize) -> f64 {
    let points: Vec<(f64, f64)> = box_sizes(n)
        .into_iter()
        .map(|s| (s, boxes(mask, n, s)))
        .filter(|&(_, count)| count > 0)
        .map(|(s, count)| (-pxfm::f_log(s as f64), pxfm::f_log(count as f64)))
        .collect();
    slope(&points)
}

/// For k = 0 .. 4 the largest s with s^4 <= 2^(4-k) M^k, without repeats.
#[must_use]
pub(super) fn box_sizes(n: usize) -> Vec<usize> {
    let m = usize::max(2, usize::min(32, n / 2));
    let mut sizes = Vec::new();
    for k in 0..=4 {
        let mut s = 1;
        while (s + 1_usize).pow(4) <= 2_usize.pow(4 - k) * m.pow(k) {
            s += 1;
        }
        if !sizes.contains(&s) {
            sizes.push(s);
        }
    }
    sizes
}

/// Boxes of s x s cells that hold an active one.
fn boxes(mask: &[bool], n: usize, s: usize) -> usize {
    let mut count = 0;
    for top in 0..n / s {
        for left in 0..n / s {
            let holds = |k: usize| mask[(top * s + k / s) * n + left * s + k % s];
            if (0..s * s).any(holds) {
                count += 1;
            }
        }
    }
    count
}

/// Least-squares slope of y on x.
#[must_use]
pub(super) fn slope(points: &[(f64, f64)]) -> f64 {
    if points.len() < 2 {
        return 0.0;
    }
    let (mut x0, mut y0) = (0.0, 0.0);
    for (x, y) in points {
        x0 += x;
        y0 += y;
    }
    x0 /= points.len() as f64;
    y0 /= points.len() as f64;
    let (mut num, mut den) = (0.0, 0.0);
    for (x, y) in points {
        num += (x - x0) * (y - y0);
        den += (x - x0) * (x - x0);
    }
    num / den
}
