//! How long something took, for people.

/// Milliseconds in the unit in which they read well.
pub(super) fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn each_duration_has_its_unit() {
        let read = [0, 999, 1_000, 59_999, 60_000, 3_725_000].map(duration);
        assert_eq!(read, ["0 ms", "999 ms", "1.0 s", "59.9 s", "1 min 0 s", "62 min 5 s"]);
    }
}
