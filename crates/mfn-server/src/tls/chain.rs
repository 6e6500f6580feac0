//! The certificates that a server shows: its own, and those up to its root.

use std::path::Path;
use std::time::{Duration, SystemTime};

use humantime::format_rfc3339_seconds;
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage};

/// How long before its end a certificate is warned of.
const SOON_DAYS: u64 = 30;
/// In seconds.
const DAY: u64 = 24 * 60 * 60;

/// Why the server's own certificate cannot be used, if it cannot.
pub(super) fn fault(certificate: &CertificateDer<'_>) -> Option<String> {
    let error = EndEntityCert::try_from(certificate).err()?;
    Some(match error {
        Error::UnsupportedCertVersion => {
            "its first certificate is of an old version of X.509, and version 3 is needed: make one \
             with extensions, such as subjectAltName"
                .to_owned()
        }
        other => format!("its first certificate cannot be read: {other}"),
    })
}

/// Logs until when the server's own certificate is valid, and warns of what clients
/// may refuse in the `chain` of the file at `path`. That is no reason not to serve:
/// their clocks and their roots are their own.
pub(super) fn tell_of(path: &Path, chain: &[CertificateDer<'_>], now: Duration) {
    let path = path.display();
    for (certificate, number) in chain.iter().zip(1..) {
        let parsed = EndEntityCert::try_from(certificate);
        let Some(validity) = parsed.ok().and_then(|parsed| Validity::of(&parsed)) else {
            tracing::warn!("{path}: when certificate {number} is valid cannot be read");
            continue;
        };
        let Validity { from, until } = validity;
        let (from, until) = (date(from), date(until));
        match validity.at(now.as_secs()) {
            Age::Unborn => {
                tracing::warn!("{path}: certificate {number} is not valid before {from}");
            }
            Age::Over => tracing::warn!("{path}: certificate {number} has expired, on {until}"),
            Age::Late { days } => {
                tracing::warn!("{path}: certificate {number} expires in {days} days, on {until}");
            }
            Age::Good if number == 1 => {
                tracing::info!("{path}: certificate {number} is valid until {until}");
            }
            Age::Good => {}
        }
    }
    for (pair, number) in chain.windows(2).zip(2..) {
        if !is_issued_by(&pair[0], &pair[1]) {
            tracing::warn!(
                "{path}: certificate {number} did not issue the one before it, as clients expect"
            );
        }
    }
}

/// By their names, as far as these can be read.
fn is_issued_by(issued: &CertificateDer<'_>, issuer: &CertificateDer<'_>) -> bool {
    let issued = EndEntityCert::try_from(issued).ok();
    let issuer = EndEntityCert::try_from(issuer).ok();
    issued.zip(issuer).is_none_or(|(issued, issuer)| issued.issuer() == issuer.subject())
}

/// When a certificate is valid, both ends included, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Validity {
    from: u64,
    until: u64,
}

/// How old a certificate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Age {
    Unborn,
    Good,
    Late { days: u64 },
    Over,
}

impl Validity {
    /// None if the certificate is valid at no time, or not in one that can be told.
    fn of(certificate: &EndEntityCert<'_>) -> Option<Self> {
        // The library that checks certificates tells when one is valid only where
        // it refuses it for that. It looks at this before anything else.
        let refused_at = |time: Duration| {
            let time = UnixTime::since_unix_epoch(time);
            let usage = KeyUsage::server_auth();
            certificate.verify_for_usage(&[], &[], &[], time, usage, None, None).err()
        };
        let from = match refused_at(Duration::ZERO) {
            Some(Error::CertNotValidYet { not_before, .. }) => not_before.as_secs(),
            _ => 0,
        };
        match refused_at(Duration::MAX) {
            Some(Error::CertExpired { not_after, .. }) => {
                Some(Self { from, until: not_after.as_secs() })
            }
            _ => None,
        }
    }

    fn at(self, now: u64) -> Age {
        match self.until.checked_sub(now) {
            None => Age::Over,
            Some(_) if now < self.from => Age::Unborn,
            Some(left) if left <= SOON_DAYS * DAY => Age::Late { days: left / DAY },
            Some(_) => Age::Good,
        }
    }
}

fn date(seconds: u64) -> String {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    format_rfc3339_seconds(time).to_string()
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    #[test]
    fn the_validity_of_a_certificate_is_read() {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        params.not_before = date_time_ymd(2001, 9, 9);
        params.not_after = date_time_ymd(9999, 12, 31);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let parsed = EndEntityCert::try_from(certificate.der()).expect("a certificate");
        let Validity { from, until } = Validity::of(&parsed).expect("a validity");
        assert_eq!(date(from), "2001-09-09T00:00:00Z");
        assert_eq!(date(until), "9999-12-31T00:00:00Z");
    }

    #[test]
    fn a_certificate_is_warned_of_before_its_first_day_in_its_last_30_and_after_them() {
        let validity = Validity { from: 100 * DAY, until: 200 * DAY };
        assert_eq!(validity.at(100 * DAY - 1), Age::Unborn);
        assert_eq!(validity.at(100 * DAY), Age::Good);
        assert_eq!(validity.at(170 * DAY - 1), Age::Good);
        assert_eq!(validity.at(170 * DAY), Age::Late { days: 30 });
        assert_eq!(validity.at(199 * DAY + 1), Age::Late { days: 0 });
        assert_eq!(validity.at(200 * DAY), Age::Late { days: 0 });
        assert_eq!(validity.at(200 * DAY + 1), Age::Over);
    }
}
