//! What is done for every call, whatever its service.

pub(crate) mod deadline;
pub(crate) mod details;
pub(crate) mod one_message;
pub(crate) mod panic;
pub(crate) mod protocol;
pub(crate) mod request_id;
