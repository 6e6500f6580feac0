//! Certificates for servers that the suite starts.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// Writes an authority, a server's certificate for `127.0.0.1` and `localhost`,
/// and a client's, all into `folder`.
///
/// # Errors
/// A file cannot be written.
pub(super) fn write(folder: &Path) -> io::Result<()> {
    let authority_key = KeyPair::generate().map_err(io::Error::other)?;
    let mut authority = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = authority.self_signed(&authority_key).map_err(io::Error::other)?;
    let issuer = Issuer::new(authority, authority_key);
    fs::write(ca(folder), certificate.pem())?;
    for name in ["server", "client"] {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let names = ["127.0.0.1", "localhost"].map(str::to_owned);
        let params = CertificateParams::new(names).map_err(io::Error::other)?;
        let certificate = params.signed_by(&key, &issuer).map_err(io::Error::other)?;
        fs::write(folder.join(format!("{name}.pem")), certificate.pem())?;
        fs::write(folder.join(format!("{name}.key")), key.serialize_pem())?;
    }
    Ok(())
}

/// The authority's certificate.
pub(super) fn ca(folder: &Path) -> PathBuf {
    folder.join("ca.pem")
}
