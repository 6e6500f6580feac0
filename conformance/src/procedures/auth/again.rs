//! One signature, for several calls.

use crate::case::{Code, Expect};
use crate::procedures::Surroundings;
use crate::procedures::caller::{Caller, RUN, call, judged, refusal, small};
use crate::trouble::Checked;

/// It serves calls with other bodies too, which it does not sign.
pub(super) async fn allowed(with: &Surroundings<'_>) -> Checked {
    let caller = Caller::new(with).await?;
    let signed = caller.prepared(&small(0))?;
    for steps in [1, 2, 3] {
        let mut outgoing = caller.prepared(&call(RUN, &[("grid_size", 4), ("steps", steps)], 0))?;
        outgoing.head = signed.head.clone();
        judged(&caller.send(outgoing).await?.answer, &Expect::default())?;
    }
    Ok(())
}

/// It serves once, on whatever connection; and then others of the key do.
pub(super) async fn refused(with: &Surroundings<'_>) -> Checked {
    let (caller, other) = (Caller::new(with).await?, Caller::new(with).await?);
    let signed = caller.prepared(&small(0))?;
    judged(&caller.send(signed.clone()).await?.answer, &Expect::default())?;
    for caller in [&caller, &other] {
        let answer = caller.send(signed.clone()).await?.answer;
        judged(&answer, &refusal(Code::Unauthenticated, "SIGNATURE_REPLAYED"))?;
    }
    for key in [0, 1] {
        judged(&other.call(&small(key)).await?.answer, &Expect::default())?;
    }
    Ok(())
}
