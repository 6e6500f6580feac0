//! What reflection lists.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::case::Code;
use crate::check::{CheckError, CheckResult, expect};
use crate::client::Answer;
use crate::procedures::Context;
use crate::procedures::answers::{is_ok, last_message};
use crate::procedures::calls::{NAMES, call};

const HEALTH: &str = "grpc.health.v1.Health";
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
    let answer = asked(context, package).await?;
    if has_none(&answer) && offers_none(context).await? {
        let none = "the server has no reflection, which it need not have";
        return Err(CheckError::NotApplicable(none.to_owned()));
    }
    is_ok(&answer)?;
    let message = last_message(&answer)?;
    let services = &message.get("list_services_response").unwrap_or(&Value::Null)["service"];
    let listed: BTreeSet<_> =
        services.as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect();
    for wanted in NAMES.into_iter().skip(1).chain([HEALTH]) {
        expect(listed.contains(wanted), format!("{wanted} in the list"), || format!("{listed:?}"))?;
    }
    Ok(())
}

async fn asked(context: &Context<'_>, package: &str) -> CheckResult<Answer> {
    let method = format!("{package}.ServerReflection/ServerReflectionInfo");
    let call = call(&method, &json!({ "list_services": "" }));
    context.session().await?.answer(&call).await
}

/// Whether neither version is there. One without the other is a failure.
async fn offers_none(context: &Context<'_>) -> CheckResult<bool> {
    for package in VERSIONS {
        if !has_none(&asked(context, package).await?) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn has_none(answer: &Answer) -> bool {
    answer.status().is_some_and(|status| status.code == Code::Unimplemented)
}
