//! What reflection lists.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::Surroundings;
use super::super::calling::{NAMES, call, is_ok, last_message};
use crate::case::{Call, Code};
use crate::client::Answer;
use crate::trouble::{Checked, Trouble, expect};

const HEALTH: &str = "grpc.health.v1.Health";
const VERSIONS: [&str; 2] = ["grpc.reflection.v1", "grpc.reflection.v1alpha"];

/// The three services and health, in any order, and maybe others.
pub(super) async fn lists(with: &Surroundings<'_>, package: &str) -> Checked {
    let (call, answer) = asked(with, package).await?;
    if has_none(&answer) && offers_none(with).await? {
        let none = "the server has no reflection, which it need not have";
        return Err(Trouble::NotApplicable(none.to_owned()));
    }
    is_ok(&call, &answer)?;
    let message = last_message(&call, &answer)?;
    let services = &message.get("list_services_response").unwrap_or(&Value::Null)["service"];
    let listed: BTreeSet<_> =
        services.as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect();
    for wanted in NAMES.into_iter().skip(1).chain([HEALTH]) {
        expect(listed.contains(wanted), format!("{wanted} in the list"), || format!("{listed:?}"))?;
    }
    Ok(())
}

async fn asked(with: &Surroundings<'_>, package: &str) -> Checked<(Call, Answer)> {
    let method = format!("{package}.ServerReflection/ServerReflectionInfo");
    let call = call(&method, &json!({ "list_services": "" }));
    let answer = with.answer(&with.connect().await?, &call).await?;
    Ok((call, answer))
}

/// Whether neither version is there. One without the other is a failure.
async fn offers_none(with: &Surroundings<'_>) -> Checked<bool> {
    for package in VERSIONS {
        if !has_none(&asked(with, package).await?.1) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn has_none(answer: &Answer) -> bool {
    answer.status().is_some_and(|status| status.code == Code::Unimplemented)
}
