//! What a program may want of a reason, in one order: the map that tonic-types keeps it in
//! has another order in each process, and an answer has the same bytes in all of them.

use std::collections::BTreeMap;

use prost::Message;
use tonic::Status;
use tonic_types::pb;

/// The type of an `ErrorInfo` among the details of a status.
const ERROR_INFO: &str = "type.googleapis.com/google.rpc.ErrorInfo";

/// `google.rpc.ErrorInfo`, whose metadata are written in the order of their names.
#[derive(Clone, PartialEq, Message)]
struct OrderedErrorInfo {
    #[prost(string, tag = "1")]
    reason: String,
    #[prost(string, tag = "2")]
    domain: String,
    #[prost(btree_map = "string, string", tag = "3")]
    metadata: BTreeMap<String, String>,
}

/// The same status, whose facts are in the order of their names.
pub(super) fn in_order(status: Status) -> Status {
    let Ok(mut told) = pb::Status::decode(status.details()) else { return status };
    for detail in told.details.iter_mut().filter(|detail| detail.type_url == ERROR_INFO) {
        if let Ok(info) = OrderedErrorInfo::decode(&*detail.value) {
            detail.value = info.encode_to_vec();
        }
    }
    Status::with_details(status.code(), status.message(), told.encode_to_vec().into())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use tonic_types::{ErrorDetails, StatusExt as _};

    use super::*;

    #[test]
    fn facts_are_written_in_the_order_of_their_names() {
        let names: Vec<_> = (0..20).map(|number| format!("fact-{number:02}")).collect();
        let facts = || names.iter().map(|name| (name.clone(), String::new()));
        // Each map has an order of its own.
        let told = || {
            let facts: HashMap<_, _> = facts().collect();
            let details = ErrorDetails::with_error_info("REASON", "mfn", facts);
            in_order(Status::with_error_details(tonic::Code::Unknown, "text", details))
        };
        assert_eq!(told().details(), told().details());
        let status = told();
        assert_eq!((status.code(), status.message()), (tonic::Code::Unknown, "text"));
        let details = status.get_error_details();
        let info = details.error_info().expect("it is still there");
        assert_eq!((&*info.reason, &*info.domain), ("REASON", "mfn"));
        assert_eq!(info.metadata, facts().collect());
    }
}
