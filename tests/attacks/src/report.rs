//! A line of figures for each attack, and what is at fault.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::attacker::Fate;
use crate::honest::Experience;

/// Of how many connections one may not come about, as the system may have it. An attack that was
/// not made would be none.
const FEW: usize = 10;

/// What an attack has come to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    pub(crate) connections: usize,
    /// Bytes that the attackers could send.
    pub(crate) sent: u64,
    /// What has become of the connections, and of how many of them.
    pub(crate) fates: BTreeMap<Fate, usize>,
    /// Whether the server must have ended all of them.
    pub(crate) must_end: bool,
    pub(crate) experience: Experience,
    /// Whether the honest client's connections may have been lost.
    pub(crate) displaces: bool,
    /// What a server without bounds would have held, if that is enough to tell it by.
    pub(crate) at_stake_mib: Option<f64>,
    pub(crate) peak_mib: f64,
    /// By `spec/memory.md`.
    pub(crate) bound_mib: f64,
    /// What was left when the attackers had gone.
    pub(crate) left_over: Option<String>,
    pub(crate) ended_well: bool,
}

/// The heads of the columns.
pub(crate) fn heads() -> String {
    line([
        "attack".into(),
        "connections".into(),
        "KiB sent".into(),
        "calls".into(),
        "sending".into(),
        "again".into(),
        "p50 ms".into(),
        "p99 ms".into(),
        "longest".into(),
        "at stake".into(),
        "peak".into(),
        "bound MiB".into(),
    ]) + "  what became of the attackers"
}

impl Outcome {
    /// What is at fault, a sentence each.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut holds = |holds: bool, what: String| {
            if !holds {
                faults.push(what);
            }
        };
        let Experience { answered, failures, retried, .. } = &self.experience;
        let why = failures.first().map_or("", String::as_str);
        let failed = failures.len();
        holds(failed == 0, format!("{failed} calls of the honest client failed: {why}"));
        holds(!answered.is_empty(), "no call of the honest client was answered".to_owned());
        holds(
            *retried == 0 || self.displaces,
            format!("{retried} connections of the honest client were lost"),
        );
        let (peak, bound) = (self.peak_mib, self.bound_mib);
        holds(peak <= bound, format!("{peak:.1} MiB were needed, of {bound:.0} allowed"));
        let fates = self.fates();
        let unconnected = self.count(|fate| fate == Fate::Unconnected);
        let few = self.connections / FEW;
        holds(unconnected <= few, format!("too few connections came about: {fates}"));
        let ended = self.count(Fate::is_ended);
        holds(
            !self.must_end || ended + unconnected == self.connections,
            format!("not all attackers were ended: {fates}"),
        );
        let left = self.left_over.as_deref().unwrap_or_default();
        holds(left.is_empty(), left.to_owned());
        holds(self.ended_well, "it did not end with the exit code 0".to_owned());
        faults
    }

    /// Of how many attackers this has become.
    fn count(&self, is: impl Fn(Fate) -> bool) -> usize {
        let counted = self.fates.iter().filter(|(fate, _)| is(**fate));
        counted.map(|(_, count)| *count).sum()
    }

    fn fates(&self) -> String {
        let fates: Vec<_> =
            self.fates.iter().map(|(fate, count)| format!("{count} {fate}")).collect();
        fates.join(", ")
    }
}

/// As a line of the table.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |duration: Duration| format!("{:.1}", duration.as_secs_f64() * 1000.0);
        let Experience { answered, while_sending, retried, .. } = &self.experience;
        let at_stake = self.at_stake_mib.map_or("-".to_owned(), |mib| format!("{mib:.0}"));
        let cells = [
            self.name.to_owned(),
            self.connections.to_string(),
            (self.sent / 1024).to_string(),
            answered.len().to_string(),
            while_sending.to_string(),
            retried.to_string(),
            ms(self.experience.quantile(50)),
            ms(self.experience.quantile(99)),
            ms(self.experience.quantile(100)),
            at_stake,
            format!("{:.0}", self.peak_mib),
            format!("{:.0}", self.bound_mib),
        ];
        write!(f, "{}  {}", line(cells), self.fates())
    }
}

/// The lines come one by one, so their columns have fixed widths.
fn line([name, numbers @ ..]: [String; 12]) -> String {
    const WIDTHS: [usize; 11] = [11, 8, 6, 7, 5, 7, 7, 8, 8, 5, 9];
    let numbers = numbers.iter().zip(WIDTHS).map(|(number, width)| format!("  {number:>width$}"));
    format!("{name:<56}{}", numbers.collect::<Vec<_>>().concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome() -> Outcome {
        let answered = vec![Duration::from_millis(2); 80];
        Outcome {
            name: "flood of PING",
            connections: 4,
            sent: 123_456,
            fates: BTreeMap::from([(Fate::Open, 3), (Fate::SentAway(11), 1)]),
            must_end: false,
            experience: Experience { answered, while_sending: 30, ..Experience::default() },
            displaces: false,
            at_stake_mib: Some(320.0),
            peak_mib: 61.7,
            bound_mib: 250.0,
            left_over: None,
            ended_well: true,
        }
    }

    #[test]
    fn an_attack_that_has_come_to_nothing_is_a_line_without_faults() {
        assert_eq!(outcome().faults(), [""; 0]);
        insta::assert_snapshot!(format!("{}\n{}", heads(), outcome()));
    }

    #[test]
    fn each_success_of_an_attack_is_a_fault() {
        let of = |change: fn(&mut Outcome)| {
            let mut outcome = outcome();
            change(&mut outcome);
            outcome.faults().join("; ")
        };
        let told = [
            of(|outcome| outcome.experience.failures.push("it never ended".to_owned())),
            of(|outcome| outcome.experience.answered.clear()),
            of(|outcome| outcome.experience.retried = 1),
            of(|outcome| outcome.peak_mib = 251.0),
            of(|outcome| outcome.must_end = true),
            of(|outcome| outcome.fates = BTreeMap::from([(Fate::Unconnected, 4)])),
            of(|outcome| {
                outcome.must_end = true;
                outcome.fates = BTreeMap::from([(Fate::Closed, 3)]);
            }),
            of(|outcome| outcome.left_over = Some("the server has 3 calls".to_owned())),
            of(|outcome| outcome.ended_well = false),
        ];
        insta::assert_snapshot!(told.join("\n"));
    }
}
