//! `settings/...`: what a server is told at its start.

mod accepted;
mod refused;

use super::{Surroundings, unknown};
use crate::trouble::Checked;

pub(super) async fn perform(name: &str, with: &Surroundings<'_>) -> Checked {
    match name {
        "numbers-refused" => refused::numbers(with).await,
        "texts-refused" => refused::texts(with).await,
        "keys-refused" => refused::keys(with).await,
        "tls-refused" => refused::tls(with).await,
        "files-refused" => refused::files(with).await,
        "exit-code" => refused::exit_code(with).await,
        "truths-accepted" => accepted::truths(with).await,
        "unknown-accepted" => accepted::unknown_variable(with).await,
        _ => unknown(name),
    }
}
