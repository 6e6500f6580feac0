//! An authority, and certificates of a server that take the place of others.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// The authority of a server's certificates, and the folder with the files.
#[derive(Debug)]
pub struct Certificates {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

impl Certificates {
    /// Writes an authority and a server's certificate into `folder`.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn create(folder: &Path) -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut authority = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = authority.self_signed(&key).map_err(io::Error::other)?;
        let issuer = Issuer::new(authority, key);
        let certificates = Self { folder: folder.to_owned(), issuer };
        fs::write(certificates.authority(), certificate.pem())?;
        certificates.renew()?;
        Ok(certificates)
    }

    /// The file of the authority.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The file of the server's certificate.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("server.pem")
    }

    /// The file of its key.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.folder.join("server.key")
    }

    /// Writes another certificate, with another key. A server that is told only after that
    /// reads both as they are now.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn renew(&self) -> io::Result<()> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let names = ["127.0.0.1", "localhost"].map(str::to_owned);
        let params = CertificateParams::new(names).map_err(io::Error::other)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(io::Error::other)?;
        fs::write(self.certificate(), certificate.pem())?;
        fs::write(self.key(), key.serialize_pem())
    }
}
