//! `transport/...`: deadlines, cancellation, connections, TLS.

mod cancellation;
mod certificates;
mod connections;
mod deadlines;
mod headers;
mod keepalive;
mod protocols;
mod queue;
mod resets;
mod streams;
mod tls;

use super::{Surroundings, unknown};
use crate::trouble::Checked;

pub(super) async fn perform(name: &str, with: &Surroundings<'_>) -> Checked {
    match name {
        "cancel-call" => cancellation::call(with).await,
        "cancel-stream" => cancellation::stream(with).await,
        "cancel-unread-stream" => cancellation::unread_stream(with).await,
        "lose-connection" => cancellation::lost_connection(with).await,
        "client-certificate" => certificates::shown(with).await,
        "client-certificate-absent" => certificates::absent(with).await,
        "client-certificate-of-a-stranger" => certificates::strange(with).await,
        "connection-age" => connections::age(with).await,
        "connection-limit" => connections::limit(with).await,
        "slow-handshake" => connections::slow_handshake(with).await,
        "deadline-in-every-unit" => deadlines::in_every_unit(with).await,
        "deadline-in-the-queue" => deadlines::in_the_queue(with).await,
        "deadline-of-a-stream" => deadlines::of_a_stream(with).await,
        "deadline-of-an-unread-stream" => deadlines::of_an_unread_stream(with).await,
        "deadline-stops-a-call" => deadlines::stops_a_call(with).await,
        "deadline-stops-a-stream" => deadlines::stops_a_stream(with).await,
        "headers-accepted" => headers::accepted(with).await,
        "headers-refused" => headers::refused(with).await,
        "keepalive-answered" => keepalive::answered(with).await,
        "keepalive-unanswered" => keepalive::unanswered(with).await,
        "keepalive-with-a-stream" => keepalive::with_a_stream(with).await,
        "other-protocol" => protocols::on_plaintext(with).await,
        "other-protocol-than-tls" => protocols::on_tls(with).await,
        "queue-full" => queue::full(with).await,
        "queue-left" => queue::left(with).await,
        "resets" => resets::burst(with).await,
        "reset-flood" => resets::flood(with).await,
        "streams-announced" => streams::announced(with).await,
        "streams-at-once" => streams::at_once(with).await,
        "streams-beyond" => streams::beyond(with).await,
        "tls-alpn" => tls::alpn(with).await,
        "tls-other-alpn" => tls::other_alpn(with).await,
        "tls-old" => tls::old(with).await,
        "tls-version" => tls::version(with).await,
        _ => unknown(name),
    }
}
