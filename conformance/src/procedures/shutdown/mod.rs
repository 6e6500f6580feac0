//! `shutdown/...`: the end of a server, each time of one of its own.

pub(super) mod begins;
pub(super) mod cut_off;
pub(super) mod exit;
pub(super) mod grace;
