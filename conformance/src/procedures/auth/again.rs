//! One signature, for several calls.

use serde_json::json;

use crate::case::{Code, Expect};
use crate::check::CheckResult;
use crate::procedures::Context;
use crate::procedures::answers::{judged, refusal};
use crate::procedures::calls::{RUN, call, small, with_key};

/// It serves calls with other bodies too, which it does not sign.
pub(in crate::procedures) async fn allowed(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let signed = session.prepared(&small())?;
    for steps in [1, 2, 3] {
        let mut outgoing =
            session.prepared(&call(RUN, &json!({ "grid_size": 4, "steps": steps })))?;
        outgoing.head = signed.head.clone();
        judged(&session.send(outgoing).await?.answer, &Expect::default())?;
    }
    Ok(())
}

/// It serves once, on whatever connection; and then others of the key do.
pub(in crate::procedures) async fn refused(context: &Context<'_>) -> CheckResult {
    let (session, other) = (context.session().await?, context.session().await?);
    let signed = session.prepared(&small())?;
    judged(&session.send(signed.clone()).await?.answer, &Expect::default())?;
    for session in [&session, &other] {
        let answer = session.send(signed.clone()).await?.answer;
        judged(&answer, &refusal(Code::Unauthenticated, "SIGNATURE_REPLAYED"))?;
    }
    for key in [0, 1] {
        judged(&other.call(&with_key(key, small())).await?.answer, &Expect::default())?;
    }
    Ok(())
}
