//! What is done for every call, whatever its service.

pub(crate) mod request_id;
