//! The MFN conformance suite.
//!
//! It tells whoever implements MFN, in any language, which requirements of
//! `spec/` their server meets. It reaches a server over a socket only.
//!
//! - [`case`]: what a case is, as the files in `cases/` write it;
//! - [`golden`]: the numbers that the answers to some cases must have;
//! - [`server`]: one server, and its process;
//! - [`servers`]: all servers of a run, at an address or started when a case needs one;
//! - [`client`]: one call, frame by frame;
//! - [`mod@reference`]: what the reference answers;
//! - [`draws`]: requests by chance, with those answers;
//! - [`numbers`]: how numbers are compared;
//! - [`judge`]: whether an answer is what a case expects;
//! - [`procedures`]: what one call cannot show;
//! - [`options`]: what is tested and how, by flag or variable;
//! - [`run`]: which tests are run, and how;
//! - [`verdict`]: what a test comes to;
//! - [`report`]: what a run comes to, for people and for programs.
#![forbid(unsafe_code)]
// Reports are for people, whatever language their server is written in.
#![cfg_attr(not(test), warn(clippy::use_debug))]

pub mod case;
pub mod check;
pub mod client;
pub mod draws;
pub mod golden;
pub mod judge;
pub mod numbers;
pub mod options;
pub mod procedures;
pub mod reference;
pub mod report;
pub mod run;
pub mod servers;
pub mod verdict;

pub use conformance_server as server;
