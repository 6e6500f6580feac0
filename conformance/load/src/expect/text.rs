//! Judgements as a person reads them.

use std::fmt::{self, Write};

use super::{Judgement, Verdict, number};

/// Writes a table of them, and nothing if there are none.
pub(crate) fn write(f: &mut impl Write, judgements: &[Judgement]) -> fmt::Result {
    if judgements.is_empty() {
        return Ok(());
    }
    let widest = |column: fn(&Judgement) -> String, head: &str| {
        judgements.iter().map(|judgement| column(judgement).len()).chain([head.len()]).max()
    };
    let expected = widest(|judgement| judgement.expectation.clone(), "expected").unwrap_or(0);
    let actual = widest(actual_text, "actual").unwrap_or(0);
    writeln!(f, "\n{:<expected$}  {:>actual$}", "expected", "actual")?;
    for judgement in judgements {
        let Judgement { expectation, verdict, .. } = judgement;
        let verdict = match verdict {
            Verdict::Met => "met",
            Verdict::Undecided => "undecided",
            Verdict::Failed => "FAILED",
        };
        writeln!(f, "{expectation:<expected$}  {:>actual$}  {verdict}", actual_text(judgement))?;
    }
    Ok(())
}

fn actual_text(judgement: &Judgement) -> String {
    match (judgement.actual, judgement.interval_99_9) {
        (None, _) => "none".to_owned(),
        (Some(actual), None) => number(actual),
        (Some(_), Some([low, high])) => format!("{} to {}", number(low), number(high)),
    }
}
