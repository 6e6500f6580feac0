//! What is done for every call, whatever its service.

pub(crate) mod answer_body;
pub(crate) mod around;
pub(crate) mod audit;
pub(crate) mod authentication;
pub(crate) mod deadline;
pub(crate) mod limits;
pub(crate) mod one_message;
pub(crate) mod panic;
pub(crate) mod protocol;
pub(crate) mod request_id;
pub(crate) mod scope;
pub(crate) mod shared_limits;
pub(crate) mod unread;
