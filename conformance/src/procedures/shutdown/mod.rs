//! `shutdown/...`: the end of a server, each time of one of its own.

mod begins;
mod cut_off;
mod exit;
mod grace;

use super::{Surroundings, unknown};
use crate::trouble::Checked;

pub(super) async fn perform(name: &str, with: &Surroundings<'_>) -> Checked {
    match name {
        "call-cut-off" => cut_off::call(with).await,
        "stream-cut-off" => cut_off::stream(with).await,
        "watch-cut-off" => cut_off::watches(with).await,
        "connections" => begins::connections(with).await,
        "health" => begins::health(with).await,
        "exit-idle" => exit::idle(with).await,
        "exit-interrupted" => exit::interrupted(with).await,
        "exit-at-once" => exit::at_once(with).await,
        "exit-in-time" => exit::in_time(with).await,
        "within-grace" => grace::within(with).await,
        "sent-before" => grace::sent_before(with).await,
        _ => unknown(name),
    }
}
