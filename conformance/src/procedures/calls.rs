//! The calls that procedures make.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::case::Call;

/// A unary method.
pub(super) const RUN: &str = "mfn.MFNSimulationService/RunSimulation";
/// A stream.
pub(super) const STREAM: &str = "mfn.MFNSimulationService/StreamSimulation";

/// Three names of services, and the empty one of the whole server (MFN-WIRE-012).
pub(super) const NAMES: [&str; 4] =
    ["", "mfn.MFNSimulationService", "mfn.MFNFeaturesService", "mfn.MFNValidationService"];

/// What may be computed at once, where it is asked for.
pub(crate) fn small() -> Call {
    call(RUN, &json!({ "grid_size": 4, "steps": 1 }))
}

/// What takes some milliseconds of a thread for computations: not so little that it
/// would go before what takes hours for the same caller. No two of them ask the same,
/// since a server may have kept the answer.
pub(super) fn moderate() -> Call {
    static NEXT_SEED: AtomicU32 = AtomicU32::new(0);
    let seed = NEXT_SEED.fetch_add(1, Ordering::Relaxed);
    call(RUN, &json!({ "seed": seed, "grid_size": 128, "steps": 500 }))
}

/// What takes minutes at least.
pub(super) fn endless() -> Call {
    call(RUN, &json!({ "grid_size": 1000, "steps": 9000, "turing_enabled": true }))
}

/// The same in thousands of frames, the first of which comes soon.
pub(super) fn endless_stream() -> Call {
    let fields = json!({
        "grid_size": 500, "steps": 9000, "stream_interval": 1, "turing_enabled": true
    });
    call(STREAM, &fields)
}

/// One whose frames have more than a narrow connection takes before they are read.
pub(super) fn endless_fields() -> Call {
    let fields = json!({
        "grid_size": 200, "steps": 9000, "stream_interval": 1, "include_field": true
    });
    call(STREAM, &fields)
}

/// The frames of [`frames_with_fields`].
pub(super) const FRAMES_WITH_FIELDS: usize = 16;

/// Frames of little work, which have more than a narrow connection takes before they are
/// read.
pub(super) fn frames_with_fields() -> Call {
    let fields = json!({
        "grid_size": 64, "steps": 250 * FRAMES_WITH_FIELDS, "stream_interval": 250,
        "include_field": true
    });
    call(STREAM, &fields)
}

/// To be told of the state of this name.
pub(super) fn watch(name: &str) -> Call {
    call("grpc.health.v1.Health/Watch", &json!({ "service": name }))
}

/// A call of this method.
pub(super) fn call(method: &str, fields: &Value) -> Call {
    Call { method: method.to_owned(), request: fields.as_object().cloned(), ..Call::default() }
}

/// The same with a `grpc-timeout`.
pub(super) fn within(time: &str, mut call: Call) -> Call {
    call.metadata.insert("grpc-timeout".to_owned(), vec![time.to_owned()]);
    call
}

/// The same signed with this key.
pub(super) fn with_key(key: usize, mut call: Call) -> Call {
    call.sign.key = key;
    call
}
