//! Servers compared: called in turn, for many short rounds.
//!
//! What a call costs drifts on any machine, with the clock of its cores, what else
//! runs on them, and what is in their caches. So the servers' turns are short, and
//! stand beside each other in time: a round calls each server twice, in a random
//! order and then in the reverse of it, which takes away what drifts evenly over the
//! round. A round gives one ratio of each figure. The ratio that is reported is their
//! trimmed mean, and its interval is from a bootstrap over the rounds (`estimate`).
//!
//! [`Turns::measure`] is for programs: it calls servers and gives what they
//! [`Measured`]. [`Compare`] is the command line.

mod baseline;
mod command;
mod cpu;
mod estimate;
mod figure;
mod interrupt;
mod judge;
mod machine;
mod measured;
mod options;
mod parameters;
mod progress;
mod report;
mod spawned;
mod subject;
mod text;
mod turns;

pub use self::estimate::Ratio;
pub use self::figure::Figure;
pub use self::machine::Machine;
pub use self::measured::{Measured, Round, Turn};
pub use self::options::Compare;
pub use self::parameters::Parameters;
pub use self::report::{Comparison, Side, ToBaseline};
pub use self::turns::{MAX_ROUNDS, MAX_TURN, MIN_ROUNDS, MIN_TURN, Turns};
pub use super::calls::Calls;
pub use super::server::Server;
