//! What reflection lists and finds.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::case::Code;
use crate::check::{CheckError, CheckResult, expect, listed};
use crate::client::Answer;
use crate::procedures::Context;
use crate::procedures::answers::{is_ok, last_message};
use crate::procedures::calls::{NAMES, call};

const HEALTH: &str = "grpc.health.v1.Health";
/// A service, a method, a message, a field, an enum, a value of it, which is named
/// beside it, and a oneof; also of the other version.
const SYMBOLS: [&str; 8] = [
    "mfn.MFNSimulationService",
    "mfn.MFNSimulationService.RunSimulation",
    "mfn.SimulationRequest",
    "mfn.SimulationRequest.seed",
    "grpc.health.v1.HealthCheckResponse.ServingStatus",
    "grpc.health.v1.HealthCheckResponse.SERVING",
    "grpc.reflection.v1.ServerReflectionRequest.message_request",
    "grpc.reflection.v1alpha.ServerReflectionRequest.message_request",
];
const FILES: &str = "file_descriptor_response";
/// The code of `NOT_FOUND`.
const NOT_FOUND: i64 = 5;
const VERSIONS: [&str; 2] = ["grpc.reflection.v1", "grpc.reflection.v1alpha"];

/// What the present version lists.
pub(in crate::procedures) async fn v1(context: &Context<'_>) -> CheckResult {
    lists(context, VERSIONS[0]).await
}

/// What the older version lists.
pub(in crate::procedures) async fn v1alpha(context: &Context<'_>) -> CheckResult {
    lists(context, VERSIONS[1]).await
}

/// The three services and health, in any order, and maybe others.
async fn lists(context: &Context<'_>, package: &str) -> CheckResult {
    let message = answered(context, package, &json!({ "list_services": "" })).await?;
    let services = &message.get("list_services_response").unwrap_or(&Value::Null)["service"];
    let names: BTreeSet<_> =
        services.as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect();
    for wanted in NAMES.into_iter().skip(1).chain([HEALTH]) {
        expect(names.contains(wanted), format!("{wanted} in the list"), || listed(&names))?;
    }
    Ok(())
}

/// What the present version finds.
pub(in crate::procedures) async fn symbols_v1(context: &Context<'_>) -> CheckResult {
    finds(context, VERSIONS[0]).await
}

/// What the older version finds.
pub(in crate::procedures) async fn symbols_v1alpha(context: &Context<'_>) -> CheckResult {
    finds(context, VERSIONS[1]).await
}

/// Symbols of each kind that the listed services have. What there is not is told in an
/// answer, without an error of the call.
async fn finds(context: &Context<'_>, package: &str) -> CheckResult {
    for symbol in SYMBOLS {
        let question = json!({ "file_containing_symbol": symbol });
        let message = answered(context, package, &question).await?;
        let files = &message.get(FILES).unwrap_or(&Value::Null)["file_descriptor_proto"];
        let found = files.as_array().is_some_and(|files| !files.is_empty());
        expect(found, format!("a file that has {symbol}"), || json!(message).to_string())?;
    }
    for question in
        [json!({ "file_containing_symbol": "mfn.Nobody" }), json!({ "file_by_filename": "nobody" })]
    {
        let message = answered(context, package, &question).await?;
        let error = &message.get("error_response").unwrap_or(&Value::Null)["error_code"];
        let told = error.as_i64() == Some(NOT_FOUND);
        expect(told, format!("an error_response with {NOT_FOUND}"), || json!(message).to_string())?;
    }
    Ok(())
}

/// The answer to one question, unless the server has no reflection at all.
async fn answered(
    context: &Context<'_>,
    package: &str,
    question: &Value,
) -> CheckResult<Map<String, Value>> {
    let answer = asked(context, package, question).await?;
    if has_none(&answer) {
        needs_reflection(context).await?;
    }
    is_ok(&answer)?;
    last_message(&answer)
}

async fn asked(context: &Context<'_>, package: &str, question: &Value) -> CheckResult<Answer> {
    let method = format!("{package}.ServerReflection/ServerReflectionInfo");
    context.session().await?.answer(&call(&method, question)).await
}

/// Whether a version of reflection is there. One without the other is a failure of those
/// who ask the other.
///
/// # Errors
/// Neither is there, which a server need not have.
pub(crate) async fn needs_reflection(context: &Context<'_>) -> CheckResult {
    for package in VERSIONS {
        if !has_none(&asked(context, package, &json!({ "list_services": "" })).await?) {
            return Ok(());
        }
    }
    let none = "the server has no reflection, which it need not have";
    Err(CheckError::NotApplicable(none.to_owned()))
}

fn has_none(answer: &Answer) -> bool {
    answer.status().is_some_and(|status| status.code == Code::Unimplemented)
}
