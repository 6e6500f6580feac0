//! Why TLS with a server failed, in sentences: rustls has the names of its types for most.

use std::error::Error;
use std::io;
use std::iter::successors;

use rustls::{AlertDescription, CertificateError};

/// What a server says that wants a certificate of the client, and got none.
const CERTIFICATE_REQUIRED: AlertDescription = AlertDescription::CertificateRequired;
/// What one says that does not take the certificate of the client.
const CERTIFICATE_REFUSED: [AlertDescription; 7] = [
    AlertDescription::BadCertificate,
    AlertDescription::UnsupportedCertificate,
    AlertDescription::CertificateRevoked,
    AlertDescription::CertificateExpired,
    AlertDescription::CertificateUnknown,
    AlertDescription::UnknownCA,
    AlertDescription::DecryptError,
];

/// Why TLS with a server failed. Its message says what was found; what can be done depends on
/// who calls.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsFailure {
    /// The certificate is signed by nobody that is trusted.
    #[error("the server's certificate is of an authority that is not trusted here")]
    UnknownAuthority,
    /// Its authority has the name of one that is trusted, and another key.
    #[error("the server's certificate is of another authority, which has the same name")]
    OtherAuthority,
    /// It is that of an authority, as what signs itself mostly is.
    #[error("the server's certificate is that of an authority")]
    IsAuthority,
    /// It is for other names than the one that was called.
    #[error("the server's certificate is not for the name {0}")]
    OtherName(String),
    /// Its time is over, by the clock of this machine.
    #[error("the server's certificate has expired")]
    Expired,
    /// Its time has not begun, by the clock of this machine.
    #[error("the server's certificate is not valid yet")]
    NotYetValid,
    /// No certificate was shown to the server, and it wants one.
    #[error("the server asks for a certificate")]
    CertificateRequired,
    /// One was shown, and the server does not take it.
    #[error("the server does not accept the certificate that it was shown")]
    CertificateRefused,
    /// What it answered is no TLS.
    #[error("the server does not speak TLS")]
    NotSpoken,
    /// It closed the connection in the handshake.
    #[error("the server closes the connection, so it may speak no TLS")]
    Closed,
    /// Anything else, in the words of rustls.
    #[error("{0}")]
    Other(String),
}

impl TlsFailure {
    /// That of an error of a connection, or of one that it is due to; `None` if it is not
    /// about TLS.
    #[must_use]
    pub fn find(error: &(dyn Error + 'static)) -> Option<Self> {
        successors(Some(error), |&error| error.source()).find_map(of)
    }
}

fn of(error: &(dyn Error + 'static)) -> Option<TlsFailure> {
    if let Some(error) = error.downcast_ref() {
        return Some(of_rustls(error));
    }
    if let Some(error) = error.downcast_ref::<h2::Error>() {
        return of_io(error.get_io()?);
    }
    of_io(error.downcast_ref()?)
}

fn of_io(error: &io::Error) -> Option<TlsFailure> {
    // So tokio-rustls calls an end within the handshake.
    if error.kind() == io::ErrorKind::UnexpectedEof && error.to_string() == "tls handshake eof" {
        return Some(TlsFailure::Closed);
    }
    // What is in it is no source of it.
    let cause = error.get_ref()?;
    cause.downcast_ref().map(of_rustls).or_else(|| of_words(&cause.to_string()))
}

/// A server tells of the client's certificate once the connection is there, where h2 keeps of
/// an error only the words.
fn of_words(words: &str) -> Option<TlsFailure> {
    let alerts = [CERTIFICATE_REQUIRED].into_iter().chain(CERTIFICATE_REFUSED);
    let mut errors = alerts.map(rustls::Error::AlertReceived);
    errors.find(|error| error.to_string() == words).map(|error| of_rustls(&error))
}

fn of_rustls(error: &rustls::Error) -> TlsFailure {
    match error {
        rustls::Error::InvalidMessage(_) => TlsFailure::NotSpoken,
        rustls::Error::InvalidCertificate(certificate) => of_certificate(certificate),
        rustls::Error::AlertReceived(CERTIFICATE_REQUIRED) => TlsFailure::CertificateRequired,
        rustls::Error::AlertReceived(alert) if CERTIFICATE_REFUSED.contains(alert) => {
            TlsFailure::CertificateRefused
        }
        other => TlsFailure::Other(other.to_string()),
    }
}

fn of_certificate(error: &CertificateError) -> TlsFailure {
    match error {
        CertificateError::UnknownIssuer => TlsFailure::UnknownAuthority,
        CertificateError::BadSignature => TlsFailure::OtherAuthority,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsFailure::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            TlsFailure::NotYetValid
        }
        CertificateError::NotValidForNameContext { expected, .. } => {
            TlsFailure::OtherName(expected.to_str().into_owned())
        }
        CertificateError::Other(_) if error.to_string().contains("CaUsedAsEndEntity") => {
            TlsFailure::IsAuthority
        }
        other => TlsFailure::Other(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(error: impl Into<io::Error>) -> Option<TlsFailure> {
        TlsFailure::find(&error.into())
    }

    #[test]
    fn what_a_server_says_of_the_client_s_certificate_is_found_in_its_words() {
        let said = |words: &str| found(io::Error::other(words.to_owned()));
        let none = said("received fatal alert: CertificateRequired");
        assert_eq!(none, Some(TlsFailure::CertificateRequired));
        assert_eq!(said("received fatal alert: UnknownCA"), Some(TlsFailure::CertificateRefused));
        assert_eq!(said("connection reset"), None);
    }

    #[test]
    fn an_error_of_rustls_is_found_within_that_of_a_connection() {
        let error = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        assert_eq!(found(io::Error::other(error)), Some(TlsFailure::UnknownAuthority));
        let other = rustls::Error::PeerIncompatible(rustls::PeerIncompatible::NoKxGroupsInCommon);
        let words = other.to_string();
        assert_eq!(found(io::Error::other(other)), Some(TlsFailure::Other(words)));
        assert_eq!(found(io::ErrorKind::ConnectionReset), None);
    }
}
