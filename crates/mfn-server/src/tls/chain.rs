//! The certificates that a server shows: its own, and those up to its root.

use std::path::Path;
use std::time::{Duration, SystemTime};

use humantime::format_rfc3339_seconds;
use rustls::pki_types::CertificateDer;
use webpki::{EndEntityCert, Error};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

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

/// When the first of the `chain` expires, after which clients refuse the whole; none
/// if none of them can be read.
pub(super) fn expires(chain: &[CertificateDer<'_>]) -> Option<SystemTime> {
    let ends =
        chain.iter().filter_map(|certificate| Some(Shown::read(certificate)?.validity.until));
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(ends.min()?))
}

/// Logs which certificate the server shows as its own and when it is valid, and warns
/// of what clients may refuse in the `chain` of the file at `path`. That is no reason
/// not to serve: their clocks and their roots are their own.
pub(super) fn tell_of(path: &Path, chain: &[CertificateDer<'_>], now: Duration) {
    let path = path.display();
    for (certificate, number) in chain.iter().zip(1..) {
        let Some(Shown { serial, subject, validity }) = Shown::read(certificate) else {
            tracing::warn!("{path}: when certificate {number} is valid cannot be read");
            continue;
        };
        let (from, until) = (date(validity.from), date(validity.until));
        if number == 1 {
            tracing::info!(
                serial,
                ?subject,
                "{path}: certificate {number} is valid from {from} until {until}"
            );
        }
        match validity.at(now.as_secs()) {
            Age::NotYetValid => {
                tracing::warn!("{path}: certificate {number} is not valid before {from}");
            }
            Age::Expired => tracing::warn!("{path}: certificate {number} has expired, on {until}"),
            Age::ExpiresSoon { days } => {
                tracing::warn!("{path}: certificate {number} expires in {days} days, on {until}");
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

/// What is told of a certificate.
struct Shown {
    /// Bytes in hex, with colons between them.
    serial: String,
    subject: String,
    validity: Validity,
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
    NotYetValid,
    Good,
    ExpiresSoon { days: u64 },
    Expired,
}

impl Shown {
    /// None if it cannot be read, or is valid at no time.
    fn read(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
        let validity = parsed.validity();
        let from = u64::try_from(validity.not_before.timestamp()).unwrap_or(0);
        let until = u64::try_from(validity.not_after.timestamp()).ok()?;
        Some(Self {
            serial: parsed.raw_serial_as_string(),
            subject: parsed.subject().to_string(),
            validity: Validity { from, until },
        })
    }
}

impl Validity {
    fn at(self, now: u64) -> Age {
        match self.until.checked_sub(now) {
            None => Age::Expired,
            Some(_) if now < self.from => Age::NotYetValid,
            Some(left) if left <= SOON_DAYS * DAY => Age::ExpiresSoon { days: left / DAY },
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
    use rcgen::{
        CertificateParams, DistinguishedName, DnType, KeyPair, SerialNumber, date_time_ymd,
    };

    use super::*;

    #[test]
    fn what_is_told_of_a_certificate_is_read() {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        params.not_before = date_time_ymd(2001, 9, 9);
        params.not_after = date_time_ymd(9999, 12, 31);
        params.serial_number = Some(SerialNumber::from(123_456));
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "test");
        params.distinguished_name.push(DnType::OrganizationName, "MFN");
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let shown = Shown::read(certificate.der()).expect("it can be read");
        assert_eq!(date(shown.validity.from), "2001-09-09T00:00:00Z");
        assert_eq!(date(shown.validity.until), "9999-12-31T00:00:00Z");
        assert_eq!((&*shown.serial, &*shown.subject), ("01:e2:40", "CN=test, O=MFN"));
    }

    #[test]
    fn a_chain_expires_with_the_first_of_its_certificates() {
        let until = |year| {
            let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
            params.not_after = date_time_ymd(year, 1, 1);
            let key = KeyPair::generate().expect("a key");
            params.self_signed(&key).expect("a certificate").der().clone()
        };
        let expires = |chain: &[CertificateDer<'_>]| {
            expires(chain).map(|time| format_rfc3339_seconds(time).to_string())
        };
        let first = Some("2040-01-01T00:00:00Z".to_owned());
        assert_eq!(expires(&[until(2050), until(2040), until(2060)]), first);
        assert_eq!(expires(&[CertificateDer::from_slice(b"none"), until(2040)]), first);
        assert_eq!(expires(&[CertificateDer::from_slice(b"none")]), None);
    }

    #[test]
    fn a_certificate_is_warned_of_before_its_first_day_in_its_last_30_and_after_them() {
        let validity = Validity { from: 100 * DAY, until: 200 * DAY };
        assert_eq!(validity.at(100 * DAY - 1), Age::NotYetValid);
        assert_eq!(validity.at(100 * DAY), Age::Good);
        assert_eq!(validity.at(170 * DAY - 1), Age::Good);
        assert_eq!(validity.at(170 * DAY), Age::ExpiresSoon { days: 30 });
        assert_eq!(validity.at(199 * DAY + 1), Age::ExpiresSoon { days: 0 });
        assert_eq!(validity.at(200 * DAY), Age::ExpiresSoon { days: 0 });
        assert_eq!(validity.at(200 * DAY + 1), Age::Expired);
    }
}
