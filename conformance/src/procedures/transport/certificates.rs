//! Certificates of clients.

use std::io;
use std::sync::Arc;

use conformance_wire::ConnectError;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{AlertDescription, ClientConfig};
use tokio::time;

use super::tls::{H2, file, plain, roots};
use crate::check::{CheckError, CheckResult};
use crate::client::{CallError, Connection};
use crate::procedures::Context;
use crate::procedures::answers::{after, is_ok};
use crate::procedures::calls::small;

/// Alerts by which a server refuses a certificate, or the want of one (RFC 8446, 6.2).
const REFUSALS: [AlertDescription; 8] = [
    AlertDescription::AccessDenied,
    AlertDescription::BadCertificate,
    AlertDescription::CertificateRequired,
    AlertDescription::CertificateUnknown,
    AlertDescription::DecryptError,
    AlertDescription::HandshakeFailure,
    AlertDescription::UnknownCA,
    AlertDescription::UnsupportedCertificate,
];

/// One of the authority that the server was told is answered.
pub(in crate::procedures) async fn shown(context: &Context<'_>) -> CheckResult {
    let certificate =
        CertificateDer::from_pem_file(file(context, "client.pem")?).map_err(unusable)?;
    let key = PrivateKeyDer::from_pem_file(file(context, "client.key")?).map_err(unusable)?;
    let config = showing(context, certificate, key)?;
    match called(context, config).await? {
        Called::Answered(answered) => answered,
        Called::Refused(how) => Err(CheckError::different("an answer", how)),
    }
}

/// Without one, no call is answered.
pub(in crate::procedures) async fn absent(context: &Context<'_>) -> CheckResult {
    is_refused(context, plain(context)?).await
}

/// With one that nobody has signed but itself, no call is answered.
pub(in crate::procedures) async fn strange(context: &Context<'_>) -> CheckResult {
    let key = KeyPair::generate().map_err(unusable)?;
    let params = CertificateParams::new(["localhost".to_owned()]).map_err(unusable)?;
    let certificate = params.self_signed(&key).map_err(unusable)?.der().clone();
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(unusable)?;
    is_refused(context, showing(context, certificate, key)?).await
}

/// What came of a call that may be refused for its certificate.
enum Called {
    /// The server let it through; whether the answer is OK.
    Answered(CheckResult),
    /// The server ended the handshake or the connection: how.
    Refused(String),
}

/// Whether the server refuses this client for its certificate. A client with the right
/// one has to be answered before: whoever answers nobody has refused nobody.
async fn is_refused(context: &Context<'_>, config: ClientConfig) -> CheckResult {
    shown(context).await.map_err(|error| after("a client with the right certificate", error))?;
    match called(context, config).await? {
        Called::Refused(_) => Ok(()),
        Called::Answered(_) => Err(CheckError::different("no answer", "one")),
    }
}

/// Makes a call. By TLS 1.3, a client may learn only by it that it is refused.
async fn called(context: &Context<'_>, mut config: ClientConfig) -> CheckResult<Called> {
    config.alpn_protocols = vec![H2.to_vec()];
    let endpoint = &context.server.endpoint;
    let made = async {
        let stream = endpoint.handshake(&Arc::new(config), endpoint.tcp().await?).await?;
        let connection = Connection::over(context.server, stream).await?;
        connection.call(&small(), context.server, context.timeout).await
    };
    let late = |_| CheckError::not_in_time("an answer or a refusal", context.timeout);
    match time::timeout(context.timeout, made).await.map_err(late)? {
        Ok(answer) => Ok(Called::Answered(is_ok(&answer))),
        Err(error) => match refusal(&error) {
            Some(how) => Ok(Called::Refused(how)),
            None => Err(CheckError::different("an answer or a refusal", error.to_string())),
        },
    }
}

/// How the server refused the certificate, if that is what `error` says: by an alert
/// that is about one, or by closing the connection.
fn refusal(error: &CallError) -> Option<String> {
    let io = match error {
        CallError::Connect(ConnectError::Tls(_, error)) => error,
        // The server has ended the connection by its own choice.
        CallError::Http2(error) if error.is_go_away() && error.is_remote() => {
            return Some(error.to_string());
        }
        CallError::Http2(error) => error.get_io()?,
        _ => return None,
    };
    let is_closed = [
        io::ErrorKind::UnexpectedEof,
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::ConnectionAborted,
        io::ErrorKind::BrokenPipe,
    ]
    .contains(&io.kind());
    // HTTP/2 passes on no more than the text of an alert.
    let text = io.to_string();
    let tells =
        |alert: &AlertDescription| text.contains(&rustls::Error::AlertReceived(*alert).to_string());
    (is_closed || REFUSALS.iter().any(tells)).then_some(text)
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
