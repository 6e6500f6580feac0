//! What reflection lists.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::Surroundings;
use super::super::calling::{NAMES, call, is_ok, last_message};
use crate::trouble::{Checked, expect};

const HEALTH: &str = "grpc.health.v1.Health";

/// The three services and health, in any order, and maybe others.
pub(super) async fn lists(with: &Surroundings<'_>, package: &str) -> Checked {
    let method = format!("{package}.ServerReflection/ServerReflectionInfo");
    let call = call(&method, &json!({ "list_services": "" }));
    let answer = with.answer(&with.connect().await?, &call).await?;
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
