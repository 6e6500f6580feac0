//! Certificates of clients.

use rcgen::{CertificateParams, KeyPair};
use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::tls::{file, handshake, plain, roots};
use crate::check::{CheckError, CheckResult};
use crate::procedures::Context;
use crate::procedures::calls::small;

const H2: &[&[u8]] = &[b"h2"];

/// One of the authority that the server was told is answered.
pub(in crate::procedures) async fn shown(context: &Context<'_>) -> CheckResult {
    let certificate =
        CertificateDer::from_pem_file(file(context, "client.pem")?).map_err(unusable)?;
    let key = PrivateKeyDer::from_pem_file(file(context, "client.key")?).map_err(unusable)?;
    let stream = handshake(context, showing(context, certificate, key)?, H2).await?;
    context.session_over(stream).await?.is_answered(&small()).await
}

/// Without one, no call is answered.
pub(in crate::procedures) async fn absent(context: &Context<'_>) -> CheckResult {
    is_not_answered(context, plain(context)?).await
}

/// With one that nobody has signed but itself, no call is answered.
pub(in crate::procedures) async fn strange(context: &Context<'_>) -> CheckResult {
    let key = KeyPair::generate().map_err(unusable)?;
    let params = CertificateParams::new(["localhost".to_owned()]).map_err(unusable)?;
    let certificate = params.self_signed(&key).map_err(unusable)?.der().clone();
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(unusable)?;
    is_not_answered(context, showing(context, certificate, key)?).await
}

/// By TLS 1.3, a client may learn of it by its first call only.
async fn is_not_answered(context: &Context<'_>, config: ClientConfig) -> CheckResult {
    let answered = async {
        let stream = handshake(context, config, H2).await?;
        context.session_over(stream).await?.is_answered(&small()).await
    };
    match answered.await {
        Ok(()) => Err(CheckError::different("no answer", "one")),
        Err(error @ CheckError::Skip(_)) => Err(error),
        Err(_) => Ok(()),
    }
}

fn showing(
    context: &Context<'_>,
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
) -> CheckResult<ClientConfig> {
    ClientConfig::builder()
        .with_root_certificates(roots(context)?)
        .with_client_auth_cert(vec![certificate], key)
        .map_err(unusable)
}

fn unusable(error: impl std::fmt::Display) -> CheckError {
    CheckError::Error(format!("the suite's certificate: {error}"))
}
