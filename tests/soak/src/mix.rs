//! Which kinds of calls there are, how often each comes, and how each may end.

use conformance_web::{Http, Protocol};

const OK: i32 = 0;
pub(crate) const CANCELLED: i32 = 1;
const INVALID_ARGUMENT: i32 = 3;
const DEADLINE_EXCEEDED: i32 = 4;
const RESOURCE_EXHAUSTED: i32 = 8;
const UNIMPLEMENTED: i32 = 12;
const UNAUTHENTICATED: i32 = 16;

/// A kind of call.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    /// By gRPC, on a connection of others.
    Unary,
    /// A stream by gRPC, read to its end.
    Stream,
    /// A check of health.
    Health,
    /// By a protocol of the web, on a connection of its own.
    Web,
    /// A stream by one, read to its end.
    WebStream,
    /// A long call that is reset before it is answered.
    ResetUnary,
    /// A long stream that is reset after the first part of its answer.
    ResetStream,
    /// A long call whose connection is closed before it is answered.
    Leave,
    /// A long stream by a protocol of the web whose connection is closed after its first part.
    LeaveWeb,
    /// A long call with a short deadline.
    Deadline,
    /// A request with a bad value.
    Invalid,
    /// A method that there is not.
    UnknownMethod,
    /// A call with a secret that was never given.
    UnknownKey,
    /// A call with a secret that was taken away while the server ran.
    DroppedKey,
    /// A call of the key that may call seldom.
    Limited,
    /// A stream of large frames that is read slowly to its end.
    SlowReader,
    /// A field of 8 MiB of which nothing is read, until the server resets the call.
    NeverRead,
    /// A connection on which the handshake is begun and not ended, and no call made.
    HalfOpen,
}

/// How often each comes, of a thousand.
pub(crate) const MIX: [(Kind, u64); 18] = [
    (Kind::Unary, 420),
    (Kind::Stream, 120),
    (Kind::Health, 40),
    (Kind::Web, 220),
    (Kind::WebStream, 80),
    (Kind::ResetUnary, 10),
    (Kind::ResetStream, 20),
    (Kind::Leave, 10),
    (Kind::LeaveWeb, 10),
    (Kind::Deadline, 5),
    (Kind::Invalid, 15),
    (Kind::UnknownMethod, 5),
    (Kind::UnknownKey, 15),
    (Kind::DroppedKey, 5),
    (Kind::Limited, 15),
    (Kind::SlowReader, 2),
    (Kind::NeverRead, 1),
    (Kind::HalfOpen, 7),
];

impl Kind {
    /// One by chance.
    pub(crate) fn choose(chance: &mut fastrand::Rng) -> Self {
        let all: u64 = MIX.iter().map(|(_, weight)| weight).sum();
        let mut left = chance.u64(..all);
        for (kind, weight) in MIX {
            if left < weight {
                return kind;
            }
            left -= weight;
        }
        Kind::Unary
    }

    /// The codes that it may end with.
    pub(crate) fn allowed(self) -> &'static [i32] {
        match self {
            Self::Unary
            | Self::Stream
            | Self::Health
            | Self::Web
            | Self::WebStream
            | Self::SlowReader => &[OK],
            // A caller who leaves learns no code. But none of these answers has room on its way, so
            // that the server cannot have ended the call before.
            Self::ResetUnary
            | Self::ResetStream
            | Self::Leave
            | Self::LeaveWeb
            | Self::NeverRead => &[CANCELLED],
            Self::Deadline => &[DEADLINE_EXCEEDED],
            Self::Invalid => &[INVALID_ARGUMENT],
            Self::UnknownMethod => &[UNIMPLEMENTED],
            Self::UnknownKey | Self::DroppedKey => &[UNAUTHENTICATED],
            Self::Limited => &[OK, RESOURCE_EXHAUSTED],
            Self::HalfOpen => &[],
        }
    }

    /// Whether how long it takes is the server's doing.
    pub(crate) fn is_timed(self) -> bool {
        matches!(self, Self::Unary | Self::Stream | Self::Web | Self::WebStream)
    }
}

/// A protocol of the web by chance, one of those that have streams if it `streams`.
pub(crate) fn protocol(chance: &mut fastrand::Rng, streams: bool) -> (Protocol, Http) {
    const UNARY: [Protocol; 6] = [
        Protocol::ConnectGet,
        Protocol::ConnectGetJson,
        Protocol::GrpcWeb,
        Protocol::GrpcWebText,
        Protocol::Connect,
        Protocol::ConnectJson,
    ];
    let of = if streams { &UNARY[2..] } else { &UNARY };
    let http = if chance.bool() { Http::One } else { Http::Two };
    (of[chance.usize(..of.len())], http)
}

/// What the audit calls a protocol.
pub(crate) fn audit_name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Grpc | Protocol::Plain => "grpc",
        Protocol::GrpcWeb | Protocol::GrpcWebText => "grpc-web",
        _ => "connect",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_comes_as_often_as_it_should() {
        assert_eq!(MIX.iter().map(|(_, weight)| weight).sum::<u64>(), 1000);
        let mut chance = fastrand::Rng::with_seed(1);
        let drawn: Vec<_> = (0..100_000).map(|_| Kind::choose(&mut chance)).collect();
        for (kind, weight) in MIX {
            let count = drawn.iter().filter(|drawn| **drawn == kind).count() as u64;
            assert!(count > weight * 50 && count < weight * 200, "{kind:?}: {count}");
        }
    }
}
