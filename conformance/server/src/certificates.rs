//! Certificates for servers that this program starts.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// Writes an authority, a server's certificate and a client's, all into `folder`.
///
/// # Errors
/// A file cannot be written.
pub(super) fn write(folder: &Path) -> io::Result<()> {
    let certificates = Certificates::create(folder)?;
    ["server", "client"].iter().try_for_each(|name| certificates.issue(name))
}

/// The authority's certificate.
pub(super) fn ca(folder: &Path) -> PathBuf {
    folder.join("ca.pem")
}

/// An authority, and the folder with the files of the certificates that it issues.
#[derive(Debug)]
pub struct Certificates {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

impl Certificates {
    /// Writes an authority into `folder`.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn create(folder: &Path) -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut authority = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = authority.self_signed(&key).map_err(io::Error::other)?;
        let certificates = Self { folder: folder.to_owned(), issuer: Issuer::new(authority, key) };
        fs::write(certificates.authority(), certificate.pem())?;
        Ok(certificates)
    }

    /// Writes the certificate of `name`, for `127.0.0.1` and `localhost`, and its key, in the
    /// place of those that were there.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn issue(&self, name: &str) -> io::Result<()> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let names = ["127.0.0.1", "localhost"].map(str::to_owned);
        let params = CertificateParams::new(names).map_err(io::Error::other)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(io::Error::other)?;
        fs::write(self.certificate(name), certificate.pem())?;
        fs::write(self.key(name), key.serialize_pem())
    }

    /// The file of the authority's certificate.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        ca(&self.folder)
    }

    /// The file of the certificate of `name`.
    #[must_use]
    pub fn certificate(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.pem"))
    }

    /// The file of its key.
    #[must_use]
    pub fn key(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.key"))
    }
}
