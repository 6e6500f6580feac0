//! `beside/...`: health and reflection.

mod health;
mod reflection;

use super::{Surroundings, unknown};
use crate::trouble::Checked;

pub(super) async fn perform(name: &str, with: &Surroundings<'_>) -> Checked {
    match name {
        "watch" => health::watched(with).await,
        "watch-unknown" => health::unknown(with).await,
        "reflection-v1" => reflection::lists(with, "grpc.reflection.v1").await,
        "reflection-v1alpha" => reflection::lists(with, "grpc.reflection.v1alpha").await,
        _ => unknown(name),
    }
}
