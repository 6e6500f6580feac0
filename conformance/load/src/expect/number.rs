//! A figure's number, for people.

/// Digits after the first one.
const DIGITS: usize = 5;

/// A number with six significant digits, and without zeros at its end.
pub(crate) fn number(value: f64) -> String {
    let rounded: f64 = format!("{value:.DIGITS$e}").parse().unwrap_or(value);
    rounded.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_six_digits_however_small_they_are() {
        let numbers = [0.0, 41_234.567, 0.000_001_234_567_8, 1.0, 123_456_789.0].map(number);
        assert_eq!(numbers, ["0", "41234.6", "0.00000123457", "1", "123457000"]);
    }
}
