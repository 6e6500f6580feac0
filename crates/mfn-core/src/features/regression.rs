//! The slope of a straight line through points: `spec/statistics.md`.

/// Least-squares slope of y on x through `points` (x, y), all sums in order.
/// Fewer than two points have the slope 0.
#[must_use]
pub fn slope(points: &[(f64, f64)]) -> f64 {
    if points.len() < 2 {
        return 0.0;
    }
    let count = points.len() as f64;
    let mean_x = points.iter().fold(0.0, |sum, (x, _)| sum + x) / count;
    let mean_y = points.iter().fold(0.0, |sum, (_, y)| sum + y) / count;
    let (mut numerator, mut denominator) = (0.0, 0.0);
    for (x, y) in points {
        numerator += (x - mean_x) * (y - mean_y);
        denominator += (x - mean_x) * (x - mean_x);
    }
    numerator / denominator
}
