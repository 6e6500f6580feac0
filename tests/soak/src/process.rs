//! What Linux tells of a process in `/proc`.

use std::fs;
use std::io;
use std::path::PathBuf;

const KIB_A_MIB: f64 = 1024.0;

/// What a process has at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// Resident memory, in MiB.
    pub memory_mib: f64,
    /// The most of it so far, in MiB.
    pub peak_memory_mib: f64,
    /// Open descriptors.
    pub descriptors: u64,
    /// Threads.
    pub threads: u64,
}

impl Sample {
    /// Of the process `id`.
    ///
    /// # Errors
    /// It does not run.
    pub fn of(id: u32) -> io::Result<Self> {
        let folder = PathBuf::from("/proc").join(id.to_string());
        let status = fs::read_to_string(folder.join("status"))?;
        let value = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            number.ok_or_else(|| io::Error::other(format!("/proc does not tell {name}")))
        };
        let mib = |name: &str| value(name).map(|kib: u64| kib as f64 / KIB_A_MIB);
        Ok(Self {
            memory_mib: mib("VmRSS:")?,
            peak_memory_mib: mib("VmHWM:")?,
            descriptors: fs::read_dir(folder.join("fd"))?.count() as u64,
            threads: value("Threads:")?,
        })
    }
}

/// The middle one of some values; 0 of none.
#[must_use]
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<_> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// How much `y` grows with `x`, by least squares; 0 where there are not two points.
#[must_use]
pub fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |part: fn(&(f64, f64)) -> f64| points.iter().map(part).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let covariance: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let variance: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    if variance > 0.0 { covariance / variance } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_some_of_everything() {
        let sample = Sample::of(std::process::id()).expect("it runs");
        assert!(sample.memory_mib > 1.0 && sample.peak_memory_mib >= sample.memory_mib / 2.0);
        assert!(sample.descriptors >= 3 && sample.threads >= 1);
    }

    #[test]
    fn a_slope_is_that_of_the_nearest_line() {
        let close = |value: f64, wanted: f64| assert!((value - wanted).abs() < 1e-9, "{value}");
        close(slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]), 2.0);
        close(slope(&[(0.0, 1.0), (1.0, 4.0), (2.0, 1.0)]), 0.0);
        close(slope(&[(1.0, 1.0)]), 0.0);
        close(median([3.0, 1.0, 2.0]), 2.0);
        close(median([]), 0.0);
    }
}
