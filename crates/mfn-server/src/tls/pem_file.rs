//! A file that should be PEM, and what is in it if it is not what it should be.

use std::path::Path;

use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::regular_file::read_regular_file;

/// Longest file. The authorities that the whole web trusts have a quarter of it.
const MAX_BYTES: u64 = 1024 * 1024;
/// Byte order marks of UTF-8 and UTF-16.
const BYTE_ORDER_MARKS: [&[u8]; 3] = [b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF"];
/// DER begins with a sequence whose length has more than one byte.
const DER_SEQUENCE: u8 = 0x30;
const LONG_LENGTH: u8 = 0x80;

const CERTIFICATE: &str = "CERTIFICATE";
const PRIVATE_KEY: &str = "PRIVATE KEY";
/// In the label of a key, or in a header below it.
const ENCRYPTED: &str = "ENCRYPTED";

/// Such a file. Errors are sentences that go on behind its name.
pub(super) struct PemFile(Vec<u8>);

impl PemFile {
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let bytes = read_regular_file(path, MAX_BYTES);
        let bytes = bytes.map_err(|error| format!("it cannot be read: {error}"))?;
        if bytes.is_empty() {
            return Err("it is empty".to_owned());
        }
        if BYTE_ORDER_MARKS.iter().any(|mark| bytes.starts_with(mark)) {
            let what =
                "it begins with a byte order mark: save it as ASCII, or as UTF-8 without one";
            return Err(what.to_owned());
        }
        if matches!(bytes.as_slice(), [DER_SEQUENCE, LONG_LENGTH..=u8::MAX, ..]) {
            let what = "it is binary, as DER and PKCS #12 are, and PEM is expected: convert it with \
                        openssl (x509 or pkey with -inform DER, or pkcs12)";
            return Err(what.to_owned());
        }
        Ok(Self(bytes))
    }

    /// All certificates, of which there is one at least.
    pub(super) fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, String> {
        let all = CertificateDer::pem_slice_iter(&self.0).collect::<Result<Vec<_>, _>>();
        let all = all.map_err(|error| no_pem(&error))?;
        if all.is_empty() { Err(self.lacks("certificate", PRIVATE_KEY)) } else { Ok(all) }
    }

    /// The first private key.
    pub(super) fn private_key(&self) -> Result<PrivateKeyDer<'static>, String> {
        PrivateKeyDer::from_pem_slice(&self.0).map_err(|error| match error {
            _ if String::from_utf8_lossy(&self.0).contains(ENCRYPTED) => {
                "its private key is encrypted, and there is nobody to type a password: decrypt it \
                 with `openssl pkey -in FILE -out NEW_FILE`"
                    .to_owned()
            }
            pem::Error::NoItemsFound => self.lacks("private key", CERTIFICATE),
            other => no_pem(&other),
        })
    }

    /// What is there in place of `wanted`. If it is of the `other` kind, two files
    /// may have been mixed up.
    fn lacks(&self, wanted: &str, other: &str) -> String {
        let text = String::from_utf8_lossy(&self.0);
        let begins = text.lines().filter_map(|line| line.split_once("-----BEGIN "));
        let mut labels =
            begins.filter_map(|(before, rest)| Some((before, rest.split_once("-----")?.0)));
        let lacks = format!("there is no {wanted} in it");
        match labels.next_back() {
            None => format!("{lacks}, nor anything else in PEM"),
            Some((before, _)) if !before.is_empty() => {
                format!("{lacks}, for its -----BEGIN lines do not begin with that")
            }
            Some((_, label)) if label.ends_with(other) => {
                format!("{lacks}, only {label}: are the files mixed up?")
            }
            Some((_, label)) => format!("{lacks}, only {label}"),
        }
    }
}

fn no_pem(error: &pem::Error) -> String {
    match error {
        pem::Error::MissingSectionEnd { .. } => "an -----END line is missing in it".to_owned(),
        pem::Error::IllegalSectionStart { .. } => "a -----BEGIN line in it is malformed".to_owned(),
        other => format!("it is no PEM file: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = "-----BEGIN ";

    fn file(label: &str) -> PemFile {
        PemFile(format!("text\n{BEGIN}{label}-----\nAAAA\n-----END {label}-----\n").into_bytes())
    }

    #[test]
    fn what_is_in_a_file_in_place_of_a_certificate_is_said() {
        let said = |file: &PemFile| file.certificates().expect_err("there is none");
        insta::assert_snapshot!(said(&file("RSA PRIVATE KEY")), @"there is no certificate in it, only RSA PRIVATE KEY: are the files mixed up?");
        insta::assert_snapshot!(said(&file("CERTIFICATE REQUEST")), @"there is no certificate in it, only CERTIFICATE REQUEST");
        insta::assert_snapshot!(said(&PemFile(b"MIIB".to_vec())), @"there is no certificate in it, nor anything else in PEM");
        let indented = PemFile(format!("  {BEGIN}CERTIFICATE-----\n").into_bytes());
        insta::assert_snapshot!(said(&indented), @"there is no certificate in it, for its -----BEGIN lines do not begin with that");
        let broken = PemFile(format!("{BEGIN}CERTIFICATE-----\nAAAA\n").into_bytes());
        insta::assert_snapshot!(said(&broken), @"an -----END line is missing in it");
        assert_eq!(file("CERTIFICATE").certificates().map(|all| all.len()), Ok(1));
    }

    #[test]
    fn what_is_in_a_file_in_place_of_a_private_key_is_said() {
        let said = |file: &PemFile| file.private_key().expect_err("there is none");
        insta::assert_snapshot!(said(&file("CERTIFICATE")), @"there is no private key in it, only CERTIFICATE: are the files mixed up?");
        insta::assert_snapshot!(said(&file("OPENSSH PRIVATE KEY")), @"there is no private key in it, only OPENSSH PRIVATE KEY");
        insta::assert_snapshot!(said(&file("ENCRYPTED PRIVATE KEY")), @"its private key is encrypted, and there is nobody to type a password: decrypt it with `openssl pkey -in FILE -out NEW_FILE`");
        let encrypted = format!("{BEGIN}RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nAAAA\n");
        assert_eq!(said(&PemFile(encrypted.into_bytes())), said(&file("ENCRYPTED PRIVATE KEY")));
        assert!(file("PRIVATE KEY").private_key().is_ok());
    }
}
