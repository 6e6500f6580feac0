//! Values with which a server starts.

use crate::check::CheckResult;
use crate::client::Connection;
use crate::procedures::Context;
use crate::procedures::calls::small;
use crate::procedures::session::Session;

/// Variables that a manifest may leave open. The port is not among them: a server
/// with its default could not be told from another one there.
const LEFT_OPEN: [&str; 9] = [
    "MFN_GRPC_MAX_WORKERS",
    "MFN_GRPC_MAX_MESSAGE_SIZE",
    "MFN_GRPC_MAX_CONCURRENT_STREAMS",
    "MFN_GRPC_KEEPALIVE_TIME_MS",
    "MFN_GRPC_KEEPALIVE_TIMEOUT_MS",
    "MFN_GRPC_TLS_ENABLED",
    "MFN_GRPC_TLS_CERT_PATH",
    "MFN_GRPC_TLS_KEY_PATH",
    "MFN_API_KEYS",
];

/// `false` may be written in letters of either case, and as 0.
pub(in crate::procedures) async fn truths(context: &Context<'_>) -> CheckResult {
    for value in ["false", "FALSE", "False", "0"] {
        serves(context, &[("MFN_GRPC_TLS_ENABLED", value)]).await?;
    }
    Ok(())
}

/// A variable that nobody knows does not hinder the start.
pub(in crate::procedures) async fn unknown_variable(context: &Context<'_>) -> CheckResult {
    serves(context, &[("MFN_UNHEARD_OF", "1")]).await
}

/// Variables that are empty set nothing.
pub(in crate::procedures) async fn empty(context: &Context<'_>) -> CheckResult {
    serves(context, &LEFT_OPEN.map(|name| (name, ""))).await
}

/// White space at the ends of a value is no part of it.
pub(in crate::procedures) async fn white_space(context: &Context<'_>) -> CheckResult {
    serves(context, &[("MFN_GRPC_MAX_WORKERS", " 2\n"), ("MFN_GRPC_TLS_ENABLED", "\tfalse\r\n")])
        .await
}

/// Plaintext that is asked for is served, though there are files for TLS.
pub(in crate::procedures) async fn plaintext(context: &Context<'_>) -> CheckResult {
    let files = [("MFN_GRPC_TLS_CERT_PATH", "{cert}"), ("MFN_GRPC_TLS_KEY_PATH", "{key}")];
    serves(context, &[files[0], files[1], ("MFN_GRPC_TLS_ENABLED", "false")]).await
}

async fn serves(context: &Context<'_>, settings: &[(&str, &str)]) -> CheckResult {
    let server = context.servers.start_with(settings)?;
    context.servers.listens(&server).await?;
    let connection = Connection::open(&server).await?;
    Session::new(&server, connection, context.timeout).is_answered(&small()).await
}
