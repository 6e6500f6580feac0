//! The names of the figures that can be expected something of.

use std::borrow::Cow;

use strsim::jaro_winkler;

/// All names of a kind of report.
#[derive(Debug)]
pub(crate) struct Names {
    single: Vec<Cow<'static, str>>,
    families: &'static [Family],
}

/// Names of which a report has those that occurred; one that did not is 0.
#[derive(Debug)]
pub(crate) struct Family {
    /// What they begin with.
    pub(crate) prefix: &'static str,
    /// One of them.
    pub(crate) example: &'static str,
    /// Whether what follows the prefix can occur.
    pub(crate) allows: fn(&str) -> bool,
}

impl Names {
    pub(crate) fn new(
        single: impl IntoIterator<Item = impl Into<Cow<'static, str>>>,
        families: &'static [Family],
    ) -> Self {
        Self { single: single.into_iter().map(Into::into).collect(), families }
    }

    /// Whether it is one of a family.
    fn is_of_family(&self, name: &str) -> bool {
        self.families
            .iter()
            .any(|family| name.strip_prefix(family.prefix).is_some_and(family.allows))
    }

    /// Whether there is a figure of this name.
    ///
    /// # Errors
    /// There is none: which is the nearest, and which there are.
    pub(crate) fn check(&self, name: &str) -> Result<(), String> {
        if self.single.iter().any(|known| known == name) || self.is_of_family(name) {
            return Ok(());
        }
        let examples = self.families.iter().map(|family| family.example);
        let known: Vec<&str> = self.single.iter().map(AsRef::as_ref).chain(examples).collect();
        let nearest = nearest(name, &known);
        Err(format!(
            "there is no figure '{name}'; the nearest is '{nearest}', and there are: {}",
            known.join(", ")
        ))
    }
}

/// The shortest name that `name` is a part of, or else the one that is most like it.
fn nearest<'a>(name: &str, known: &[&'a str]) -> &'a str {
    let containing = known.iter().filter(|known| known.contains(name));
    let likeness = |known: &&&str| jaro_winkler(name, known);
    let nearest = containing
        .min_by_key(|known| known.len())
        .or_else(|| known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))));
    nearest.copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILIES: [Family; 1] =
        [Family { prefix: "codes.", example: "codes.OK", allows: |code| code == "OK" }];

    #[test]
    fn an_unknown_figure_is_told_which_there_are_and_which_is_nearest() {
        let names = Names::new(["p50_ms", "p99_ms", "error_rate"], &FAMILIES);
        assert_eq!(names.check("p99_ms"), Ok(()));
        assert_eq!(names.check("codes.OK"), Ok(()));
        let refused = |name| names.check(name).expect_err("unknown");
        insta::assert_snapshot!(
            refused("p99"),
            @"there is no figure 'p99'; the nearest is 'p99_ms', and there are: p50_ms, p99_ms, error_rate, codes.OK"
        );
        assert!(refused("eror_rate").contains("nearest is 'error_rate'"));
        assert!(refused("99_ms").contains("nearest is 'p99_ms'"));
        assert!(refused("codes.OKAY").contains("nearest is 'codes.OK'"));
    }
}
