//! Whether a server honours the settings that it need not have.
//!
//! Of the variables in `spec/configuration.md` every server has those that are
//! marked *(given)* (MFN-CONF-001). The others are a SHOULD (MFN-CONF-002), so that
//! no MUST may rest on one of them unseen. A server that knows a variable does not
//! start with a text that is none of its values.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{Mutex, OnceCell};

use super::start::start;
use super::{NoServer, Servers, Start, Target};

/// The page with the table of all variables.
const PAGE: &str = include_str!("../../../spec/configuration.md");
const GIVEN: &str = "*(given)*";

/// It is no number, no truth, no address and no key, and there is no such file.
const NO_VALUE: &str = "/nowhere/no value";

/// Which variables are honoured, as far as that has been found out.
#[derive(Debug, Default)]
pub(super) struct Honoured(Mutex<HashMap<String, Arc<OnceCell<bool>>>>);

impl Honoured {
    /// What is known of the variable `name`.
    async fn of(&self, name: &str) -> Arc<OnceCell<bool>> {
        Arc::clone(self.0.lock().await.entry(name.to_owned()).or_default())
    }
}

impl Servers {
    /// Whether the server knows the settings of this set-up that it need not have: no
    /// case may say of one that does not know them what they do.
    ///
    /// # Errors
    /// It does not know one of them: which, and how it shows.
    pub async fn honours(&self, setup: &str) -> Result<(), NoServer> {
        let Target::Spawn(spawn) = &self.target else { return Ok(()) };
        let Some(setup) = self.setups.named(setup) else { return Ok(()) };
        for name in setup.variables.keys().filter(|name| !is_given(name)) {
            let known = self.honoured.of(name).await;
            let known = known.get_or_try_init(|| async {
                let server = self.starter.launch(spawn, setup, &[(name, NO_VALUE)]);
                let server = server.map_err(NoServer::Dead)?;
                Ok(start(spawn, &server, self.timeout).await != Start::Answers)
            });
            if !*known.await? {
                return Err(NoServer::NotHonoured(format!(
                    "it needs {name}, which the server does not know: it starts with the value \
                     '{NO_VALUE}', which is none"
                )));
            }
        }
        Ok(())
    }
}

/// Whether every server has this variable, by `spec/configuration.md`.
#[must_use]
pub fn is_given(name: &str) -> bool {
    let begin = format!("| `{name}` ");
    PAGE.lines().any(|line| line.starts_with(&begin) && line.contains(GIVEN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Setups;

    #[test]
    fn the_page_tells_which_variables_every_server_has() {
        assert!(is_given("MFN_GRPC_MAX_WORKERS"));
        assert!(is_given("MFN_API_KEYS"));
        assert!(!is_given("MFN_API_KEYS_FILE"));
        assert!(!is_given("MFN_GRPC_QUEUE_DEPTH"));
    }

    #[test]
    fn the_page_has_every_variable_of_a_set_up() {
        for setup in Setups::load().setup {
            for name in setup.variables.keys() {
                let begin = format!("| `{name}` ");
                assert!(PAGE.lines().any(|line| line.starts_with(&begin)), "{name}");
            }
        }
    }
}
