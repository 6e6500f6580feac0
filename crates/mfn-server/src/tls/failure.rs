//! Why TLS handshakes fail, and how often.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use rustls::{Error, InvalidMessage};

/// A handshake that failed, which somebody may have to do something about.
#[derive(Debug)]
pub(crate) struct TlsFailure {
    pub(crate) reason: TlsFailureReason,
    /// For a person. It may quote what the peer sent.
    pub(crate) detail: String,
}

/// The kinds of failures. They are few, so that each can be counted by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TlsFailureReason {
    /// The peer speaks something else on a port with TLS.
    NotTls,
    /// The peer speaks TLS on a port without.
    PlaintextPort,
    /// Both sides have no version of TLS, or no cipher suite, in common.
    Incompatible,
    /// The peer offers other protocols than HTTP/2 only.
    NoHttp2,
    /// The peer has no certificate to show, and one is required.
    NoClientCertificate,
    /// The peer's certificate is not trusted.
    BadClientCertificate,
    /// The peer broke off and said so, most often because it does not trust the
    /// server's certificate.
    RefusedByClient,
    /// The peer left in the middle.
    Closed,
    /// The peer took too long.
    Timeout,
    /// The peer breaks the rules of the protocol.
    ProtocolError,
}

impl TlsFailureReason {
    const ALL: [Self; 10] = [
        Self::NotTls,
        Self::PlaintextPort,
        Self::Incompatible,
        Self::NoHttp2,
        Self::NoClientCertificate,
        Self::BadClientCertificate,
        Self::RefusedByClient,
        Self::Closed,
        Self::Timeout,
        Self::ProtocolError,
    ];

    /// As the log and the metrics name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NotTls => "not_tls",
            Self::PlaintextPort => "plaintext_port",
            Self::Incompatible => "incompatible",
            Self::NoHttp2 => "no_http2",
            Self::NoClientCertificate => "no_client_certificate",
            Self::BadClientCertificate => "bad_client_certificate",
            Self::RefusedByClient => "refused_by_client",
            Self::Closed => "closed",
            Self::Timeout => "timeout",
            Self::ProtocolError => "protocol_error",
        }
    }
}

impl TlsFailure {
    pub(crate) fn new(reason: TlsFailureReason, detail: &str) -> Self {
        Self { reason, detail: detail.to_owned() }
    }

    /// What `error` of a handshake says of it; none if it is the end or a fault of
    /// the transport below.
    pub(crate) fn of(error: &io::Error) -> Option<Self> {
        let cause = error.get_ref()?.downcast_ref::<Error>()?;
        let reason = match cause {
            Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
                let detail = "the peer does not speak TLS";
                return Some(Self::new(TlsFailureReason::NotTls, detail));
            }
            Error::PeerIncompatible(_) => TlsFailureReason::Incompatible,
            Error::NoApplicationProtocol => TlsFailureReason::NoHttp2,
            Error::NoCertificatesPresented => TlsFailureReason::NoClientCertificate,
            Error::InvalidCertificate(_) => TlsFailureReason::BadClientCertificate,
            Error::AlertReceived(_) => TlsFailureReason::RefusedByClient,
            _ => TlsFailureReason::ProtocolError,
        };
        Some(Self { reason, detail: cause.to_string() })
    }
}

/// How many handshakes have failed, by reason.
#[derive(Debug, Default)]
pub(crate) struct TlsFailures([AtomicU64; TlsFailureReason::ALL.len()]);

impl TlsFailures {
    pub(crate) fn count(&self, reason: TlsFailureReason) {
        self.0[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Every reason there is, with its count.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let Self(counts) = self;
        TlsFailureReason::ALL
            .into_iter()
            .map(|reason| (reason.name(), counts[reason as usize].load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use rustls::{CertificateError, PeerIncompatible};

    use super::*;

    #[test]
    fn each_reason_is_counted_under_a_name_of_its_own() {
        let failures = TlsFailures::default();
        for (times, reason) in TlsFailureReason::ALL.into_iter().enumerate() {
            (0..=times).for_each(|_| failures.count(reason));
        }
        let counts: Vec<_> = failures.counts().collect();
        let expected = TlsFailureReason::ALL.into_iter().map(TlsFailureReason::name).zip(1..);
        assert_eq!(counts, expected.collect::<Vec<_>>());
        let names: std::collections::BTreeSet<_> = counts.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), counts.len());
    }

    #[test]
    fn an_error_of_tls_is_told_from_one_of_the_transport() {
        let of = |error| TlsFailure::of(&io::Error::other(error)).map(|failure| failure.reason);
        assert_eq!(
            of(Error::InvalidMessage(InvalidMessage::InvalidContentType)),
            Some(TlsFailureReason::NotTls)
        );
        assert_eq!(
            of(Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon)),
            Some(TlsFailureReason::Incompatible)
        );
        assert_eq!(of(Error::NoApplicationProtocol), Some(TlsFailureReason::NoHttp2));
        assert_eq!(of(Error::NoCertificatesPresented), Some(TlsFailureReason::NoClientCertificate));
        assert_eq!(
            of(Error::InvalidCertificate(CertificateError::Expired)),
            Some(TlsFailureReason::BadClientCertificate)
        );
        assert_eq!(of(Error::DecryptError), Some(TlsFailureReason::ProtocolError));
        assert!(TlsFailure::of(&io::ErrorKind::UnexpectedEof.into()).is_none());
    }
}
