//! How numbers are compared.

use serde_json::Value;

use crate::case::Profile;
use crate::check::counted;

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
            // What the web adds is shown beside gRPC's own bits.
            (Self::Exact, Profile::Numeric | Profile::Web) => Self::Numeric,
            _ => self,
        }
    }
}

/// Whether `actual` is `expected`, as a field of `class` is compared; a list element
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

/// The first place where `actual` is not `expected`, by its path from `name`, such as
/// `field.values_mV.37`, and what is there.
#[must_use]
pub fn first_difference<'a>(
    name: &str,
    expected: &'a Value,
    actual: &'a Value,
    class: Class,
) -> (String, &'a Value, &'a Value) {
    let differ = |one: &Value, other: &Value| !compare(one, other, class);
    let inner = match (expected, actual) {
        (Value::Array(all), Value::Array(others)) if all.len() == others.len() => {
            let mut pairs = all.iter().zip(others).enumerate();
            let found = pairs.find(|(_, (one, other))| differ(one, other));
            found.map(|(place, (one, other))| (place.to_string(), one, other))
        }
        (Value::Object(all), Value::Object(others)) => {
            let mut pairs = all.iter().filter_map(|(key, one)| Some((key, one, others.get(key)?)));
            let found = pairs.find(|(_, one, other)| differ(one, other));
            found.map(|(key, one, other)| (key.clone(), one, other))
        }
        _ => None,
    };
    match inner {
        Some((key, one, other)) => first_difference(&format!("{name}.{key}"), one, other, class),
        None => (name.to_owned(), expected, actual),
    }
}

/// How far a number is from the expected one, for a person: in units in the last place
/// where those are few, else as a part of it. Nothing of zero, which has no part, and
/// unless one is a double.
#[must_use]
pub fn how_far(expected: &Value, actual: &Value) -> Option<String> {
    const FEW: u64 = 1000;
    if !(expected.is_f64() || actual.is_f64()) {
        return None;
    }
    let (expected, actual) = (expected.as_f64()?, actual.as_f64()?);
    if expected.is_sign_negative() == actual.is_sign_negative() {
        let units = expected.to_bits().abs_diff(actual.to_bits());
        if units <= FEW {
            return Some(format!("{} in the last place off", counted(units as usize, "unit")));
        }
    }
    (expected != 0.0).then(|| format!("{:.1e} of it off", ((actual - expected) / expected).abs()))
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
    fn a_difference_is_told_by_its_place_and_its_size() {
        let next = 1.5_f64.next_up();
        let (expected, actual) = (json!({ "a": [1.0, 1.5], "b": 2 }), json!({ "a": [1.0, next] }));
        let (path, one, other) = first_difference("field", &expected, &actual, Class::Exact);
        assert_eq!((path.as_str(), one, other), ("field.a.1", &json!(1.5), &json!(next)));
        assert_eq!(how_far(one, other).as_deref(), Some("1 unit in the last place off"));
        assert_eq!(how_far(&json!(2.0), &json!(-3.0)).as_deref(), Some("2.5e0 of it off"));
        assert_eq!(how_far(&json!(2), &json!(3)), None);
    }

    #[test]
    fn a_difference_from_zero_is_not_told_as_infinite() {
        assert_eq!(how_far(&json!(0.0), &json!(0.5)), None);
        assert_eq!(how_far(&json!(-0.0), &json!(0.5)), None);
        assert_eq!(how_far(&json!(0.0), &json!(-0.0)), None);
        assert_eq!(how_far(&json!(0.5), &json!(0.0)).as_deref(), Some("1.0e0 of it off"));
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
