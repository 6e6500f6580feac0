//! The server's certificates and their private key, which have to fit.

use std::path::Path;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};

use super::pem_file::PemFile;
use super::{TlsError, TlsFile, chain};

/// Both, from their files.
///
/// # Errors
/// Names the one that is at fault.
pub(super) fn read(
    certificates: &Path,
    key: &Path,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, TlsError> {
    let certificates_wrong =
        |reason| TlsError { file: TlsFile::Certificates, path: certificates.into(), reason };
    let key_wrong = |reason| TlsError { file: TlsFile::Key, path: key.into(), reason };

    let chain = PemFile::read(certificates).and_then(|file| file.certificates());
    let chain = chain.map_err(certificates_wrong)?;
    let private = PemFile::read(key).and_then(|file| file.private_key()).map_err(key_wrong)?;
    let private = provider.key_provider.load_private_key(private).map_err(|_of_no_kind| {
        key_wrong(
            "its private key is none of RSA with 2048 to 8192 bits, ECDSA or Ed25519".to_owned(),
        )
    })?;
    if let Some(fault) = chain::fault(&chain[0]) {
        return Err(certificates_wrong(fault));
    }
    let both = CertifiedKey::new(chain, private);
    if fits(&both) {
        return Ok(both);
    }
    match place_of_own(&both) {
        Some(number) => Err(certificates_wrong(format!(
            "its first certificate is to be the server's own, and that of {} is number {number}",
            key.display()
        ))),
        None => Err(key_wrong(format!(
            "it is not the key of the certificate in {}",
            certificates.display()
        ))),
    }
}

/// Whether the key is that of the first certificate. Of some keys that cannot be
/// told before a handshake.
fn fits(both: &CertifiedKey) -> bool {
    matches!(both.keys_match(), Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)))
}

/// Which of the certificates the key is of.
fn place_of_own(both: &CertifiedKey) -> Option<usize> {
    let is_own = |certificate: &CertificateDer<'static>| {
        CertifiedKey::new(vec![certificate.clone()], both.key.clone()).keys_match().is_ok()
    };
    both.cert.iter().position(is_own).map(|place| place + 1)
}
