//! All procedures, with what each needs.

use futures_util::future::{BoxFuture, FutureExt as _};

use super::needs::Needs;
use super::{
    Context, auth, beside, cache, draws, limits, settings, sharing, shutdown, streams, transport,
};
use crate::check::CheckResult;

/// A procedure of the suite.
#[derive(Clone, Copy)]
pub struct Procedure {
    /// What cases call it by: `area/what-it-is`.
    pub name: &'static str,
    /// What it needs.
    pub needs: Needs,
    perform: for<'a> fn(&'a Context<'a>) -> BoxFuture<'a, CheckResult>,
}

impl Procedure {
    /// Does it.
    ///
    /// # Errors
    /// It came otherwise than it should.
    pub async fn perform(&self, context: &Context<'_>) -> CheckResult {
        (self.perform)(context).await
    }
}

/// The procedure with this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Procedure> {
    ALL.iter().find(|procedure| procedure.name == name)
}

/// The table: what each needs, its name, and what it does.
macro_rules! procedures {
    ($(($needs:expr, $name:literal, $perform:path),)*) => {
        &[$(Procedure {
            name: $name,
            needs: $needs,
            perform: |context| $perform(context).boxed(),
        }),*]
    };
}

/// All of them.
pub const ALL: &[Procedure] = procedures![
    (Needs::Shared, "auth/again", auth::again::allowed),
    (Needs::Shared, "auth/lax-timestamps", auth::altered::lax_timestamps),
    (Needs::Shared, "auth/repeated", auth::altered::repeated),
    (Needs::Shared, "auth/replay", auth::again::refused),
    (Needs::Shared, "auth/rewritten-timestamp", auth::altered::rewritten_timestamp),
    (Needs::OwnServer, "auth/secrecy", auth::secrecy::check),
    (Needs::Shared, "auth/trailers", auth::altered::trailers),
    (Needs::Shared, "auth/window", auth::window::check),
    (Needs::Shared, "beside/check-beside-watches", beside::health::checked_beside_watches),
    (Needs::Shared, "beside/reflection-symbols-v1", beside::reflection::symbols_v1),
    (Needs::Shared, "beside/reflection-symbols-v1alpha", beside::reflection::symbols_v1alpha),
    (Needs::Shared, "beside/reflection-v1", beside::reflection::v1),
    (Needs::Shared, "beside/reflection-v1alpha", beside::reflection::v1alpha),
    (Needs::Shared, "beside/watch", beside::health::watched),
    (Needs::Shared, "beside/watch-unknown", beside::health::unknown),
    (Needs::Shared, "cache/again", cache::again),
    (Needs::Shared, "cache/cost", cache::cost),
    (Needs::Shared, "cache/others", cache::others),
    (Needs::OwnServer, "cache/refused", cache::refused),
    (Needs::Draws, "draws/feature-frames", draws::feature_frames),
    (Needs::Draws, "draws/features", draws::features),
    (Needs::Draws, "draws/simulation", draws::simulation),
    (Needs::Draws, "draws/simulation-frames", draws::simulation_frames),
    (Needs::Draws, "draws/validation", draws::validation),
    (Needs::Alone, "limits/burst", limits::burst::check),
    (Needs::Shared, "limits/health-charges-nothing", limits::charges::health),
    (Needs::Shared, "limits/hint", limits::hint::check),
    (Needs::Shared, "limits/no-place-charges-nothing", limits::charges::without_place),
    (Needs::Alone, "limits/none", limits::unlimited::check),
    (Needs::Shared, "limits/places", limits::places::check),
    (Needs::Alone, "limits/places-alone", limits::places::check),
    (Needs::Shared, "limits/places-return", limits::ends::check),
    (Needs::Shared, "limits/rate-property", limits::rate::check),
    (Needs::Shared, "limits/reflection-charges-nothing", limits::charges::reflection),
    (Needs::Shared, "limits/refused-charge-nothing", limits::charges::over_rate),
    (Needs::Shared, "limits/scope-charges-nothing", limits::charges::out_of_scope),
    (Needs::Shared, "limits/unsigned-charge-nothing", limits::charges::unsigned),
    (Needs::Settings, "settings/empty-accepted", settings::accepted::empty),
    (Needs::Settings, "settings/exit-code", settings::refused::exit_code),
    (Needs::Settings, "settings/files-refused", settings::refused::files),
    (Needs::Settings, "settings/idle-tls-files-refused", settings::refused::idle_tls_files),
    (Needs::Settings, "settings/keys-refused", settings::refused::keys),
    (Needs::Settings, "settings/numbers-refused", settings::refused::numbers),
    (Needs::Settings, "settings/plaintext-accepted", settings::accepted::plaintext),
    (Needs::Settings, "settings/quotation-marks-refused", settings::refused::quotation_marks),
    (Needs::Settings, "settings/texts-refused", settings::refused::texts),
    (Needs::Settings, "settings/tls-refused", settings::refused::tls),
    (Needs::Settings, "settings/truths-accepted", settings::accepted::truths),
    (Needs::Settings, "settings/unknown-accepted", settings::accepted::unknown_variable),
    (Needs::Settings, "settings/white-space-accepted", settings::accepted::white_space),
    (Needs::OwnServer, "sharing/queue", sharing::queue),
    (Needs::OwnServer, "sharing/turns", sharing::turns),
    (Needs::OwnServer, "sharing/validations", sharing::validations),
    (Needs::OwnServer, "shutdown/call-cut-off", shutdown::cut_off::call),
    (Needs::OwnServer, "shutdown/connections", shutdown::begins::connections),
    (Needs::OwnServer, "shutdown/exit-at-once", shutdown::exit::at_once),
    (Needs::OwnServer, "shutdown/exit-idle", shutdown::exit::idle),
    (Needs::OwnServer, "shutdown/exit-in-time", shutdown::exit::in_time),
    (Needs::OwnServer, "shutdown/exit-interrupted", shutdown::exit::interrupted),
    (Needs::OwnServer, "shutdown/health", shutdown::begins::health),
    (Needs::OwnServer, "shutdown/sent-before", shutdown::grace::sent_before),
    (Needs::OwnServer, "shutdown/stream-cut-off", shutdown::cut_off::stream),
    (Needs::OwnServer, "shutdown/watch-cut-off", shutdown::cut_off::watches),
    (Needs::OwnServer, "shutdown/within-grace", shutdown::grace::within),
    (Needs::Shared, "streams/frames-come-when-computed", streams::frames_come_when_computed),
    (Needs::OwnServer, "transport/cancel-call", transport::cancellation::call),
    (Needs::OwnServer, "transport/cancel-stream", transport::cancellation::stream),
    (Needs::OwnServer, "transport/cancel-unread-stream", transport::cancellation::unread_stream),
    (Needs::Shared, "transport/client-certificate", transport::certificates::shown),
    (Needs::Shared, "transport/client-certificate-absent", transport::certificates::absent),
    (Needs::Shared, "transport/client-certificate-of-a-stranger", transport::certificates::strange),
    (Needs::Shared, "transport/connection-age", transport::connections::age),
    (Needs::OwnServer, "transport/connection-limit", transport::connections::limit),
    (Needs::OwnServer, "transport/connection-makes-way", transport::connections::makes_way),
    (Needs::OwnServer, "transport/deadline-in-every-unit", transport::deadlines::in_every_unit),
    (Needs::OwnServer, "transport/deadline-in-the-queue", transport::deadlines::in_the_queue),
    (Needs::OwnServer, "transport/deadline-of-a-stream", transport::deadlines::of_a_stream),
    (
        Needs::OwnServer,
        "transport/deadline-of-an-unread-stream",
        transport::deadlines::of_an_unread_stream
    ),
    (Needs::OwnServer, "transport/deadline-stops-a-call", transport::deadlines::stops_a_call),
    (Needs::OwnServer, "transport/deadline-stops-a-stream", transport::deadlines::stops_a_stream),
    (Needs::Shared, "transport/errors-beside-a-call", transport::refused::errors_beside_a_call),
    (Needs::Shared, "transport/headers-accepted", transport::headers::accepted),
    (Needs::Shared, "transport/headers-refused", transport::headers::refused),
    (Needs::Shared, "transport/http1-chunks", transport::malformed::chunks),
    (Needs::Shared, "transport/http1-half-closed", transport::http1::half_closed),
    (Needs::Shared, "transport/http1-head", transport::http1::head),
    (Needs::Shared, "transport/http1-hosts", transport::malformed::hosts),
    (Needs::Shared, "transport/http1-kept", transport::http1::kept),
    (Needs::OwnServer, "transport/http1-left", transport::http1::left),
    (Needs::Shared, "transport/http1-pipelined", transport::http1::pipelined),
    (Needs::Shared, "transport/http1-silent", transport::http1::silent),
    (Needs::Shared, "transport/http1-two-lengths", transport::malformed::two_lengths),
    (Needs::Shared, "transport/keepalive-answered", transport::keepalive::answered),
    (Needs::Shared, "transport/keepalive-unanswered", transport::keepalive::unanswered),
    (Needs::Shared, "transport/keepalive-with-a-stream", transport::keepalive::with_a_stream),
    (Needs::OwnServer, "transport/lose-connection", transport::cancellation::lost_connection),
    (Needs::Shared, "transport/other-protocol", transport::protocols::on_plaintext),
    (Needs::Shared, "transport/other-protocol-than-tls", transport::protocols::on_tls),
    (Needs::OwnServer, "transport/queue-full", transport::queue::full),
    (Needs::OwnServer, "transport/queue-left", transport::queue::left),
    (Needs::Shared, "transport/refused-and-sent", transport::refused::messages_sent_all_the_same),
    (Needs::Shared, "transport/reset-flood", transport::resets::flood),
    (Needs::OwnServer, "transport/resets", transport::resets::burst),
    (Needs::Shared, "transport/slow-handshake", transport::connections::slow_handshake),
    (Needs::Shared, "transport/streams-announced", transport::streams::announced),
    (Needs::Shared, "transport/streams-at-once", transport::streams::at_once),
    (Needs::Shared, "transport/streams-beyond", transport::streams::beyond),
    (Needs::Shared, "transport/tls-alpn", transport::tls::alpn),
    (Needs::Shared, "transport/tls-old", transport::tls::old),
    (Needs::Shared, "transport/tls-other-alpn", transport::tls::other_alpn),
    (Needs::Shared, "transport/tls-version", transport::tls::version),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::case::load;

    #[test]
    fn every_procedure_has_one_name_and_a_case() {
        let names: BTreeSet<_> = ALL.iter().map(|procedure| procedure.name).collect();
        assert_eq!(names.len(), ALL.len());
        let files = load::all().expect("the cases are right");
        let cases = files.iter().flat_map(|(_, file)| &file.case);
        let called: BTreeSet<_> =
            cases.filter_map(|case| case.procedure.as_ref()).map(|one| one.name.as_str()).collect();
        assert_eq!(names, called);
    }
}
