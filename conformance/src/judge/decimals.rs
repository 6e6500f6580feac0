//! How many digits the numbers of a text in JSON have.

/// The first number in `json` that has more significant digits than the shortest decimal
/// which reads back to the same double.
pub(super) fn first_too_long(json: &str) -> Option<&str> {
    numbers(json).find(|number| {
        let shortest = number.parse().map(|value: f64| format!("{value:e}"));
        shortest.is_ok_and(|shortest| digits(number) > digits(&shortest))
    })
}

/// All numbers that are not in strings.
fn numbers(json: &str) -> impl Iterator<Item = &str> {
    let is_of_number =
        |text: char| text.is_ascii_digit() || matches!(text, '-' | '+' | '.' | 'e' | 'E');
    outside_strings(json)
        .flat_map(move |part| part.split(move |text| !is_of_number(text)))
        .filter(|part| part.contains(|text: char| text.is_ascii_digit()))
}

fn outside_strings(json: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(json);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some((outside, string)) = text.split_once('"') else {
            rest = None;
            return Some(text);
        };
        rest = end_of_string(string).map(|end| &string[end..]);
        Some(outside)
    })
}

/// Where what follows a string begins.
fn end_of_string(string: &str) -> Option<usize> {
    let mut is_escaped = false;
    let end = string.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.map(|end| end + 1)
}

/// Significant digits.
fn digits(number: &str) -> usize {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_with_needless_digits_are_too_long() {
        for short in [
            r#"{"a":0.1,"b":[-60.0,1e-7,5e-324,1.7976931348623157e308,0,-0.0]}"#,
            r#"{"0.1000000000000000055":"0.1000000000000000055","a\"1.00000000000000001":1}"#,
            "100",
            "",
        ] {
            assert_eq!(first_too_long(short), None, "{short}");
        }
        for (long, number) in [
            (r#"{"a":[0.1,0.10000000000000001]}"#, "0.10000000000000001"),
            (r#"{"a":-6.49999999999999999e1}"#, "-6.49999999999999999e1"),
        ] {
            assert_eq!(first_too_long(long), Some(number));
        }
    }
}
