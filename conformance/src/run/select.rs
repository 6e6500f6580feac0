//! Which tests are run.

use crate::case::Profile;
use crate::run::Test;

/// Which tests are run: those of a profile that one of `run` matches, if there is
/// any, and none of `skip`.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Of these profiles; of all, if there are none.
    pub profiles: Vec<Profile>,
    /// Patterns of names.
    pub run: Vec<Pattern>,
    /// Patterns of names.
    pub skip: Vec<Pattern>,
}

impl Selection {
    /// Whether `test` is run.
    #[must_use]
    pub fn has(&self, test: &Test) -> bool {
        let matched = |patterns: &[Pattern]| patterns.iter().any(|p| p.matches(&test.name));
        (self.profiles.is_empty() || self.profiles.contains(&test.profile))
            && (self.run.is_empty() || matched(&self.run))
            && !matched(&self.skip)
    }
}

/// A pattern of names: `*` stands for any text, and a pattern without one is found
/// anywhere in a name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pattern(String);

impl Pattern {
    /// The pattern that this text is.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether it matches this name.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let Some((start, rest)) = self.0.split_once('*') else { return name.contains(&self.0) };
        let Some(mut name) = name.strip_prefix(start) else { return false };
        let mut parts: Vec<_> = rest.split('*').collect();
        let last = parts.pop().unwrap_or_default();
        for part in parts {
            let Some(place) = name.find(part) else { return false };
            name = &name[place + part.len()..];
        }
        name.ends_with(last)
    }
}

impl std::str::FromStr for Pattern {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text() {
        let matches = |pattern, name| Pattern::new(pattern).matches(name);
        assert!(matches("auth/*", "auth/auth/no-key"));
        assert!(matches("*no-key", "auth/auth/no-key"));
        assert!(matches("auth/*/no-*", "auth/auth/no-key"));
        assert!(matches("no-key", "auth/auth/no-key-at-all"));
        assert!(!matches("*/no-key", "auth/auth/no-key-at-all"));
        assert!(!matches("wire/*", "auth/wire/x"));
        assert!(!matches("a*a", "a"));
    }
}
