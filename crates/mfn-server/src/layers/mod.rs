//! What is done for every call, whatever its service.

pub(crate) mod audit;
pub(crate) mod authentication;
pub(crate) mod deadline;
pub(crate) mod details;
pub(crate) mod gate;
pub(crate) mod large_answer;
pub(crate) mod limits;
pub(crate) mod one_message;
pub(crate) mod panic;
pub(crate) mod protocol;
pub(crate) mod request_id;
pub(crate) mod scope;
pub(crate) mod unread;
