//! The values of one parameter of a sweep: a list of numbers and ranges.

use std::fmt;

/// Most values of one parameter.
const MAX_VALUES: usize = 1 << 20;
/// Most digits behind the decimal point of a range's ends and step, so that it can be
/// counted through without rounding.
const MAX_DECIMALS: u32 = 15;
const HOW_RANGES_ARE_WRITTEN: &str =
    "a range is written 0..10, which leaves out its end, 0..=10, or with a step 0..=10:2";

/// At least one value, in the order in which they were given, and how they were written.
#[derive(Clone, Debug)]
pub(super) struct Axis<T> {
    values: Vec<T>,
    written: String,
}

impl<T: Copy> Axis<T> {
    /// How many there are.
    pub(super) fn len(&self) -> u64 {
        self.values.len() as u64
    }

    pub(super) fn values(&self) -> &[T] {
        &self.values
    }

    /// The value that the last digit of `number` stands for, with as many digits as there
    /// are values. The digit is taken off the number.
    pub(super) fn digit(&self, number: &mut u64) -> T {
        let digit = *number % self.len();
        *number /= self.len();
        self.values[digit as usize]
    }
}

impl<T: fmt::Display> Axis<T> {
    /// One value alone.
    pub(super) fn one(value: T) -> Self {
        let written = value.to_string();
        Self { values: vec![value], written }
    }
}

/// The same values in the same order, however they are written.
impl<T: PartialEq> PartialEq for Axis<T> {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

/// As it was written, without spaces.
impl<T> fmt::Display for Axis<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// Whole numbers, and ranges of them.
///
/// # Errors
/// What is wrong with `text`.
pub(super) fn integers(text: &str) -> Result<Axis<i32>, String> {
    let number = |item: &str| {
        item.parse().map_err(|_| format!("'{item}' is no whole number of at most 32 bits"))
    };
    list(text, number, |range| {
        let range = Range::parse(range, Some("1"))?;
        if range.decimals > 0 {
            return Err("the ends and the step of this range are whole numbers".to_owned());
        }
        range.values(|number, _| i32::try_from(number).ok())
    })
}

/// Numbers, and ranges of them with a step.
///
/// # Errors
/// What is wrong with `text`.
pub(super) fn numbers(text: &str) -> Result<Axis<f64>, String> {
    let number = |item: &str| item.parse().map_err(|_| format!("'{item}' is no number"));
    list(text, number, |range| {
        // The double that is next to the decimal number, as if each were written out.
        Range::parse(range, None)?
            .values(|number, decimals| format!("{number}e-{decimals}").parse().ok())
    })
}

/// `true`, `false`, or both.
///
/// # Errors
/// What is wrong with `text`.
pub(super) fn switches(text: &str) -> Result<Axis<bool>, String> {
    let switch =
        |item: &str| item.parse().map_err(|_| format!("'{item}' is neither true nor false"));
    list(text, switch, |_| Err("true and false have no ranges".to_owned()))
}

/// The items of a list between commas, each of which is a value or a range.
fn list<T>(
    text: &str,
    value: impl Fn(&str) -> Result<T, String>,
    range: impl Fn(&str) -> Result<Vec<T>, String>,
) -> Result<Axis<T>, String> {
    let written: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let mut values = Vec::new();
    for item in written.split(',') {
        if item.contains("..") {
            values.extend(range(item).map_err(|wrong| format!("'{item}': {wrong}"))?);
        } else {
            values.push(value(item)?);
        }
        if values.len() > MAX_VALUES {
            return Err(too_many());
        }
    }
    Ok(Axis { values, written })
}

fn too_many() -> String {
    format!("a parameter has at most {MAX_VALUES} values")
}

/// A range in units of its last decimal, so that no step is rounded.
struct Range {
    start: i128,
    /// Left out.
    end: i128,
    step: i128,
    decimals: u32,
}

impl Range {
    /// Of `start..end:step` or `start..=end:step`, where the step may be left out if there
    /// is a `usual_step`.
    fn parse(text: &str, usual_step: Option<&str>) -> Result<Self, String> {
        let (start, rest) = text.split_once("..").ok_or(HOW_RANGES_ARE_WRITTEN)?;
        let (rest, has_end) = match rest.strip_prefix('=') {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let (end, step) = match (rest.split_once(':'), usual_step) {
            (Some((end, step)), _) => (end, step),
            (None, Some(step)) => (rest, step),
            (None, None) => {
                return Err("a range of numbers needs a step, as in 0.1..=0.2:0.05".to_owned());
            }
        };
        let parts = [start, end, step].map(Decimal::parse);
        let [Some(start), Some(end), Some(step)] = parts else {
            return Err(HOW_RANGES_ARE_WRITTEN.to_owned());
        };
        let decimals = start.decimals.max(end.decimals).max(step.decimals);
        let [start, end, step] = [start, end, step].map(|number| number.scaled(decimals));
        if step <= 0 {
            return Err("the step of a range is above 0".to_owned());
        }
        let range = Self { start, end: end + i128::from(has_end), step, decimals };
        if range.start >= range.end {
            return Err("nothing is in this range, which counts upwards".to_owned());
        }
        Ok(range)
    }

    /// All of them, by what makes a value of a number and its decimals.
    fn values<T>(&self, value: impl Fn(i128, u32) -> Option<T>) -> Result<Vec<T>, String> {
        let count = (self.end - self.start - 1) / self.step + 1;
        let count = usize::try_from(count).ok().filter(|&count| count <= MAX_VALUES);
        let count = count.ok_or_else(too_many)?;
        (0..count as i128)
            .map(|k| {
                let number = self.start + k * self.step;
                value(number, self.decimals)
                    .ok_or_else(|| "it leaves the range of its numbers".to_owned())
            })
            .collect()
    }
}

/// A number as it is written: `digits` times ten to the power of minus `decimals`.
#[derive(Clone, Copy)]
struct Decimal {
    digits: i64,
    decimals: u32,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let decimals = u32::try_from(fraction.len()).ok().filter(|&d| d <= MAX_DECIMALS)?;
        let is_plain = fraction.bytes().all(|byte| byte.is_ascii_digit()) && !whole.is_empty();
        is_plain.then_some(())?;
        Some(Self { digits: format!("{whole}{fraction}").parse().ok()?, decimals })
    }

    /// Its digits with so many decimals, which are no fewer than its own.
    fn scaled(self, decimals: u32) -> i128 {
        i128::from(self.digits) * 10_i128.pow(decimals - self.decimals)
    }
}

#[cfg(test)]
mod tests;
