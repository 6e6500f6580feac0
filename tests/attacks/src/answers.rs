//! Answers that must always be the same.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};

use conformance_wire::messages;
use serde_json::Value;

use crate::attacks::CHECK;

/// The first answer to each request, whichever server and protocol it came by.
#[derive(Debug, Default)]
pub(crate) struct Answers(Mutex<HashMap<String, Value>>);

impl Answers {
    /// Sees whether `message` is the answer that the request has had before, if it was made before.
    ///
    /// # Errors
    /// It is another one, or none of the method.
    pub(crate) fn compare(
        &self,
        method: &str,
        request: &Value,
        message: &[u8],
    ) -> Result<(), String> {
        let known = messages::method(method).ok_or_else(|| format!("{method} is no method"))?;
        let answer = messages::decode_answer(&known, message).map_err(|error| error.to_string())?;
        if method == CHECK && answer["status"] != "SERVING" {
            return Err(format!("the health is {}", answer["status"]));
        }
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match first.entry(format!("{method} {request}")) {
            Entry::Occupied(first) if *first.get() != answer => {
                Err(format!("{} has another answer than before", first.key()))
            }
            Entry::Occupied(_) => Ok(()),
            Entry::Vacant(first) => {
                first.insert(answer);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::attacks::RUN;

    /// An answer with a name of its call: number 1.
    const ANSWER: &[u8] = &[1 << 3 | 2, 1, b'a'];
    const OTHER: &[u8] = &[1 << 3 | 2, 1, b'b'];

    #[test]
    fn the_same_request_must_have_the_same_answer() {
        let answers = Answers::default();
        let compare = |seed, message| answers.compare(RUN, &json!({"seed": seed}), message);
        assert_eq!(compare(1, ANSWER), Ok(()));
        assert_eq!(compare(1, ANSWER), Ok(()));
        assert_eq!(compare(2, OTHER), Ok(()));
        let other = compare(1, OTHER).expect_err("it is another one");
        assert!(other.ends_with("has another answer than before"), "{other}");
        assert!(compare(3, b"none").is_err());
    }

    #[test]
    fn a_server_must_say_that_it_serves() {
        let answers = Answers::default();
        let compare = |status| answers.compare(CHECK, &json!({}), &[1 << 3, status]);
        assert_eq!(compare(1), Ok(()));
        assert_eq!(compare(2), Err("the health is \"NOT_SERVING\"".to_owned()));
    }
}
