//! Certificates of clients.

use rcgen::{CertificateParams, KeyPair};
use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::super::Surroundings;
use super::super::calling::small;
use super::tls::{file, handshake, plain, roots};
use crate::client::Connection;
use crate::trouble::{Checked, Trouble};

const H2: &[&[u8]] = &[b"h2"];

/// One of the authority that the server was told is answered.
pub(super) async fn shown(with: &Surroundings<'_>) -> Checked {
    let certificate = CertificateDer::from_pem_file(file(with, "client.pem")?).map_err(unusable)?;
    let key = PrivateKeyDer::from_pem_file(file(with, "client.key")?).map_err(unusable)?;
    let stream = handshake(with, showing(with, certificate, key)?, H2).await?;
    with.is_answered(&Connection::over(stream).await?, &small()).await
}

/// Without one, no call is answered.
pub(super) async fn absent(with: &Surroundings<'_>) -> Checked {
    is_not_answered(with, plain(with)?).await
}

/// With one that nobody has signed but itself, no call is answered.
pub(super) async fn strange(with: &Surroundings<'_>) -> Checked {
    let key = KeyPair::generate().map_err(unusable)?;
    let params = CertificateParams::new(["localhost".to_owned()]).map_err(unusable)?;
    let certificate = params.self_signed(&key).map_err(unusable)?.der().clone();
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(unusable)?;
    is_not_answered(with, showing(with, certificate, key)?).await
}

/// By TLS 1.3, a client may learn of it by its first call only.
async fn is_not_answered(with: &Surroundings<'_>, config: ClientConfig) -> Checked {
    let answered = async {
        let stream = handshake(with, config, H2).await?;
        with.is_answered(&Connection::over(stream).await?, &small()).await
    };
    match answered.await {
        Ok(()) => Err(Trouble::different("no answer", "one")),
        Err(trouble @ Trouble::Skip(_)) => Err(trouble),
        Err(_) => Ok(()),
    }
}

fn showing(
    with: &Surroundings<'_>,
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
) -> Checked<ClientConfig> {
    ClientConfig::builder()
        .with_root_certificates(roots(with)?)
        .with_client_auth_cert(vec![certificate], key)
        .map_err(unusable)
}

fn unusable(error: impl std::fmt::Display) -> Trouble {
    Trouble::Error(format!("the suite's certificate: {error}"))
}
