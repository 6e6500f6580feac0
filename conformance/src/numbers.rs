//! How numbers are compared.

use serde_json::Value;

use crate::case::Profile;

/// Numbers of the profile `numeric`, and those of class N everywhere, agree within
/// this part of the expected one.
const RELATIVE: f64 = 1e-9;

/// How a field is compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// To the last bit.
    Exact,
    /// Within 1e-9 of the expected number.
    Numeric,
    /// Not at all.
    Unchecked,
}

impl Class {
    /// How a field of this class is compared for `profile`. Whole numbers and
    /// texts are exact in each.
    #[must_use]
    pub fn in_profile(self, profile: Profile) -> Self {
        match (self, profile) {
            (Self::Exact, Profile::Numeric) => Self::Numeric,
            _ => self,
        }
    }
}

/// Whether `came` is `expected`, as a field of `class` is compared; a list element
/// by element.
#[must_use]
pub fn compare(expected: &Value, actual: &Value, class: Class) -> bool {
    match (expected, actual) {
        _ if class == Class::Unchecked => true,
        (Value::Array(expected), Value::Array(actual)) => {
            expected.len() == actual.len()
                && expected.iter().zip(actual).all(|(one, other)| compare(one, other, class))
        }
        (Value::Object(expected), Value::Object(actual)) => {
            expected.len() == actual.len()
                && expected.iter().all(|(name, one)| {
                    actual.get(name).is_some_and(|other| compare(one, other, class))
                })
        }
        (Value::Number(one), Value::Number(other)) if one.is_f64() || other.is_f64() => {
            match (one.as_f64(), other.as_f64()) {
                (Some(one), Some(other)) => agree(one, other, class),
                _ => false,
            }
        }
        _ => expected == actual,
    }
}

fn agree(expected: f64, actual: f64, class: Class) -> bool {
    match class {
        // A negative zero cannot occur where the specification has been followed.
        Class::Exact => expected.to_bits() == actual.to_bits(),
        Class::Numeric => (actual - expected).abs() <= RELATIVE * expected.abs(),
        Class::Unchecked => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn exact_means_every_bit() {
        let next = f64::from_bits(1.5_f64.to_bits() + 1);
        assert!(compare(&json!(1.5), &json!(1.5), Class::Exact));
        assert!(!compare(&json!(1.5), &json!(next), Class::Exact));
        assert!(!compare(&json!(0.0), &json!(-0.0), Class::Exact));
        assert!(compare(&json!(1.5), &json!(next), Class::Numeric));
    }

    #[test]
    fn numeric_means_a_billionth() {
        assert!(compare(&json!(-70.0), &json!(-70.000_000_06), Class::Numeric));
        assert!(!compare(&json!(-70.0), &json!(-70.000_000_08), Class::Numeric));
        assert!(!compare(&json!(0.0), &json!(1e-300), Class::Numeric));
        assert!(!compare(&json!(1.0), &json!("NaN"), Class::Numeric));
    }

    #[test]
    fn whole_numbers_and_lists_are_compared_too() {
        assert!(!compare(&json!(12), &json!(13), Class::Numeric));
        assert!(compare(&json!(2.0), &json!(2), Class::Exact));
        assert!(compare(&json!([1.0, 2.0]), &json!([1.0, 2.0]), Class::Exact));
        assert!(!compare(&json!([1.0, 2.0]), &json!([1.0]), Class::Exact));
        assert!(compare(&json!(1.0), &json!(9.0), Class::Unchecked));
    }
}
