//! Requests by chance, with what the reference answers to each.
//!
//! Golden answers show a server the same few requests each time. One that is right
//! for those may still be wrong for a lattice, a seed or a count beside them.

mod chooser;

use std::sync::Arc;

use fastrand::Rng;
use tokio::sync::OnceCell;

use crate::case::Call;
use crate::golden::GoldenAnswer;
use crate::reference::{self, beside};

use chooser::Chooser;

/// Requests of each method, unless it is said otherwise: each lattice of 4 to 67 cells
/// along an edge once, and sixteen larger ones.
pub const DEFAULT_COUNT: usize = 80;

/// The methods that answer numbers.
const METHODS: [&str; 5] = [
    "mfn.MFNSimulationService/RunSimulation",
    "mfn.MFNSimulationService/StreamSimulation",
    "mfn.MFNFeaturesService/ExtractFeatures",
    "mfn.MFNFeaturesService/StreamFeatures",
    "mfn.MFNValidationService/ValidatePattern",
];

/// A request, and what must come of it.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// What is called.
    pub call: Call,
    /// What the reference answers.
    pub answer: GoldenAnswer,
}

/// The choices of a run. The same seed makes the same choices.
#[derive(Clone, Debug)]
pub struct Draws {
    seed: u64,
    count: usize,
    // The reference takes its time, so that it answers each request once.
    drawn: Arc<[OnceCell<Arc<[Drawn]>>; METHODS.len()]>,
}

impl Draws {
    /// `count` requests of each method, by `seed`.
    #[must_use]
    pub fn new(seed: u64, count: usize) -> Self {
        Self { seed, count, drawn: Arc::default() }
    }

    /// What makes the same choices again.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The flags that make the same choices in another run.
    #[must_use]
    pub fn flags(&self) -> String {
        let seed = format!("--seed {}", self.seed);
        if self.count == DEFAULT_COUNT { seed } else { format!("{seed} --draws {}", self.count) }
    }

    /// The requests of a method; none of one that answers no numbers.
    pub async fn of(&self, method: &str) -> Arc<[Drawn]> {
        let Some(place) = METHODS.iter().position(|known| *known == method) else {
            return Arc::default();
        };
        let (seed, count, method) = (self.seed, self.count, METHODS[place]);
        let drawn = || beside(move || draw(method, seed, count));
        Arc::clone(self.drawn[place].get_or_init(drawn).await)
    }
}

impl Default for Draws {
    fn default() -> Self {
        Self::new(fastrand::u32(..).into(), DEFAULT_COUNT)
    }
}

fn draw(method: &'static str, seed: u64, count: usize) -> Arc<[Drawn]> {
    let chooser = Chooser::new(method, Rng::with_seed(seed));
    chooser.take(count).map(|call| Drawn { answer: reference::golden(&call), call }).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn number(call: &Call, name: &str) -> Option<i64> {
        call.request.as_ref()?.get(name)?.as_i64()
    }

    fn requests(method: &'static str, seed: u64) -> Vec<Call> {
        Chooser::new(method, Rng::with_seed(seed)).take(DEFAULT_COUNT).collect()
    }

    #[test]
    fn a_seed_makes_the_same_choices_again_and_fewer_are_the_first_of_more() {
        for method in METHODS {
            let texts = |seed, count| -> Vec<String> {
                let chooser = Chooser::new(method, Rng::with_seed(seed));
                chooser.take(count).map(|call| format!("{call:?}")).collect()
            };
            let all = texts(7, DEFAULT_COUNT);
            assert_eq!(all, texts(7, DEFAULT_COUNT));
            assert_ne!(all, texts(8, DEFAULT_COUNT));
            assert_eq!(all[..5], texts(7, 5));
        }
    }

    #[test]
    fn every_small_lattice_is_drawn_and_every_residue_and_one_of_the_largest() {
        for (seed, method) in (0..).zip(METHODS) {
            let grids: BTreeSet<_> =
                requests(method, seed).iter().filter_map(|c| number(c, "grid_size")).collect();
            assert!((4..=67).all(|grid| grids.contains(&grid)), "{method}: {grids:?}");
            let large = grids.range(68..);
            let residues: BTreeSet<_> = large.map(|grid| grid % 16).collect();
            assert_eq!(residues.len(), 16, "{method}: {grids:?}");
            let largest = if method.contains("Validation") { 100 } else { 512 };
            assert!(grids.range(largest..).next().is_some(), "{method}: {grids:?}");
        }
    }

    #[test]
    fn runs_past_the_first_kick_of_turing_have_many_seeds() {
        const STEPS_WITHOUT_A_KICK: i64 = 200;
        for (seed, method) in (0..20).flat_map(|seed| METHODS.map(|method| (seed, method))) {
            let calls = requests(method, seed);
            let is_kicked = |call: &&Call| {
                let turing = call.request.as_ref().and_then(|r| r.get("turing_enabled"));
                turing == Some(&true.into()) && number(call, "steps") > Some(STEPS_WITHOUT_A_KICK)
            };
            let kicked: Vec<_> = calls.iter().filter(is_kicked).collect();
            let seeds: BTreeSet<_> = kicked.iter().filter_map(|c| number(c, "seed")).collect();
            let least = if method.contains("Validation") { 2 } else { 6 };
            assert!(seeds.len() >= least, "{method}, {seed}: {kicked:?}");
        }
    }

    #[test]
    fn seeds_at_both_ends_and_many_below_zero_are_drawn() {
        for (seed, method) in (0..).zip(METHODS) {
            let calls = requests(method, seed);
            let seeds: Vec<_> = calls.iter().filter_map(|c| number(c, "seed")).collect();
            for end in [i32::MIN, -1, i32::MAX] {
                assert!(seeds.contains(&end.into()), "{method}: {seeds:?}");
            }
            let negative = seeds.iter().filter(|seed| **seed < 0).count();
            assert!(negative >= DEFAULT_COUNT / 3, "{method}: {seeds:?}");
        }
    }

    #[tokio::test]
    async fn the_reference_answers_what_is_drawn() {
        let draws = Draws::new(1, 2);
        for method in METHODS {
            let drawn = draws.of(method).await;
            assert_eq!(drawn.len(), 2);
            assert!(drawn.iter().all(|drawn| !drawn.answer.messages.is_empty()));
            assert!(Arc::ptr_eq(&drawn, &draws.of(method).await));
        }
        assert!(draws.of("mfn.Nobody/Nothing").await.is_empty());
    }
}
