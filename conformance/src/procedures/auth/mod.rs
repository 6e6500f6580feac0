//! Signatures that a file of cases cannot write: they depend on the time.

mod again;
mod altered;
mod secrecy;
mod window;

use super::{Surroundings, unknown};
use crate::trouble::Checked;

pub(super) async fn perform(name: &str, with: &Surroundings<'_>) -> Checked {
    match name {
        "window" => window::check(with).await,
        "repeated" => altered::repeated(with).await,
        "lax-timestamps" => altered::lax_timestamps(with).await,
        "rewritten-timestamp" => altered::rewritten_timestamp(with).await,
        "trailers" => altered::trailers(with).await,
        "again" => again::allowed(with).await,
        "replay" => again::refused(with).await,
        "secrecy" => secrecy::check(with).await,
        _ => unknown(&format!("auth/{name}")),
    }
}
