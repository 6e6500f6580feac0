//! Values with which a server does not start.

use std::process::ExitStatus;

use futures_util::future::try_join_all;

use crate::check::{CheckError, CheckResult, expect};
use crate::client::Secrets;
use crate::procedures::Context;
use crate::server::Server;
use crate::servers::Start;

/// Texts that are none of the values that these variables may have.
const BAD_TEXTS: [(&str, &str); 10] = [
    ("MFN_GRPC_PORT", "http"),
    ("MFN_GRPC_PORT", "+50051"),
    ("MFN_GRPC_MAX_WORKERS", "4.0"),
    ("MFN_GRPC_MAX_WORKERS", "many"),
    ("MFN_GRPC_MAX_MESSAGE_SIZE", "x"),
    ("MFN_GRPC_MAX_MESSAGE_SIZE", "10MiB"),
    ("MFN_GRPC_MAX_CONCURRENT_STREAMS", "0x10"),
    ("MFN_GRPC_KEEPALIVE_TIME_MS", "1.5"),
    ("MFN_GRPC_KEEPALIVE_TIMEOUT_MS", "20s"),
    ("MFN_GRPC_TLS_ENABLED", "yes"),
];
/// What all keys here have, and nothing else that a server writes.
const IN_KEYS: &str = "hush-hush";
/// An empty key, and one that no header can carry.
const BAD_KEYS: [&str; 2] = ["hush-hush-one,,hush-hush-two", "hush-hush with space"];
/// What an address with a name that no variable has may be refused with.
const BAD_VALUE: i32 = 2;

const ENABLED: &str = "MFN_GRPC_TLS_ENABLED";
const CERTIFICATE: &str = "MFN_GRPC_TLS_CERT_PATH";
const KEY: &str = "MFN_GRPC_TLS_KEY_PATH";

type Setting<'a> = (&'a str, &'a str);

/// Each of the numbers of the case, by the name of its variable.
pub(in crate::procedures) async fn numbers(context: &Context<'_>) -> CheckResult {
    let numbers = context.numbers.iter().map(|(name, number)| async move {
        is_refused(context, &[(name, &number.to_string())]).await.map(drop)
    });
    try_join_all(numbers).await.map(drop)
}

/// What is no number, or neither `true` nor `false`.
pub(in crate::procedures) async fn texts(context: &Context<'_>) -> CheckResult {
    all_refused(context, &BAD_TEXTS.map(|bad| vec![bad])).await
}

/// Keys that are none. The server does not tell them in refusing them.
pub(in crate::procedures) async fn keys(context: &Context<'_>) -> CheckResult {
    all_refused(context, &BAD_KEYS.map(|bad| vec![("MFN_API_KEYS", bad)])).await
}

/// TLS without a certificate, without a key, or without both.
pub(in crate::procedures) async fn tls(context: &Context<'_>) -> CheckResult {
    let lacking = [
        vec![(ENABLED, "true")],
        vec![(ENABLED, "true"), (KEY, "{key}")],
        vec![(ENABLED, "true"), (CERTIFICATE, "{cert}")],
    ];
    all_refused(context, &lacking).await
}

/// Files that are not there, or hold something else.
pub(in crate::procedures) async fn files(context: &Context<'_>) -> CheckResult {
    let unusable = [("/nowhere/server.pem", "{key}"), ("{cert}", "/nowhere/server.key")];
    let others = [("{key}", "{key}"), ("{cert}", "{cert}")];
    let all = [unusable, others].concat();
    let all: Vec<_> = all
        .into_iter()
        .map(|(certificate, key)| vec![(ENABLED, "true"), (CERTIFICATE, certificate), (KEY, key)])
        .collect();
    all_refused(context, &all).await
}

/// Values in quotation marks, as a file of variables leaves them.
pub(in crate::procedures) async fn quotation_marks(context: &Context<'_>) -> CheckResult {
    let quoted = [
        vec![("MFN_GRPC_MAX_WORKERS", "\"4\"")],
        vec![(ENABLED, "'false'")],
        vec![("MFN_API_KEYS", "\"hush-hush-one,hush-hush-two\"")],
        vec![("MFN_API_KEYS", "'hush-hush'")],
    ];
    all_refused(context, &quoted).await
}

/// Files for TLS, where nothing is said of TLS.
pub(in crate::procedures) async fn idle_tls_files(context: &Context<'_>) -> CheckResult {
    let idle = [
        vec![(CERTIFICATE, "{cert}")],
        vec![(KEY, "{key}")],
        vec![(CERTIFICATE, "{cert}"), (KEY, "{key}")],
        vec![("MFN_GRPC_TLS_CLIENT_CA_PATH", "{ca}")],
    ];
    all_refused(context, &idle).await
}

/// The exit code for a bad value.
pub(in crate::procedures) async fn exit_code(context: &Context<'_>) -> CheckResult {
    let status = is_refused(context, &[("MFN_GRPC_MAX_WORKERS", "0")]).await?;
    expect(status.code() == Some(BAD_VALUE), format!("exit code {BAD_VALUE}"), || {
        status.to_string()
    })
}

async fn all_refused(context: &Context<'_>, all: &[Vec<Setting<'_>>]) -> CheckResult {
    try_join_all(all.iter().map(|settings| is_refused(context, settings))).await.map(drop)
}

/// Whether a server with these settings ends by itself, and not with 0. It has as long
/// for that as for a start.
async fn is_refused(context: &Context<'_>, settings: &[Setting<'_>]) -> CheckResult<ExitStatus> {
    let told: Vec<_> = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let told = told.join(" ");
    let server = context.servers.start_with(settings)?;
    let wanted = format!("an exit code that is not 0, for {told}");
    match context.servers.start(&server).await? {
        Start::Ended(status) if status.code() != Some(0) => tells_no_key(&server).map(|()| status),
        Start::Ended(status) => Err(CheckError::different(wanted, status.to_string())),
        Start::Answers => Err(CheckError::different(wanted, "a server that answers calls")),
        Start::Neither => {
            let actual = "a process that neither ends nor answers in the time of --start-within";
            Err(CheckError::different(wanted, actual))
        }
    }
}

/// What a server writes that refuses its keys has none of them (MFN-AUTH-018).
fn tells_no_key(server: &Server) -> CheckResult {
    let Some(process) = server.process.as_deref() else { return Ok(()) };
    let written = process.log().written().map_err(|error| CheckError::Error(error.to_string()))?;
    let tells = Secrets::of(&[IN_KEYS.to_owned()]).found_in(&written).is_some();
    expect(!tells, "a refusal without the key or a part of it", || "one that has it".to_owned())
}
