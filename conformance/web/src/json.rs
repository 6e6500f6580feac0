//! Messages in JSON, read as strictly as a server writes them.

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use serde_json::{Deserializer, Value};

use crate::fault::Fault;

/// The protobuf of a message that is in JSON.
///
/// # Errors
/// It is no such message, or has other names than proto3's JSON gives its fields.
pub(crate) fn to_protobuf(kind: &MessageDescriptor, json: &[u8]) -> Result<Bytes, Fault> {
    let bad = |actual: String| Fault { expected: format!("a {} in JSON", kind.name()), actual };
    let mut reader = Deserializer::from_slice(json);
    let message = DynamicMessage::deserialize(kind.clone(), &mut reader)
        .and_then(|message| reader.end().map(|()| message))
        .map_err(|error| bad(error.to_string()))?;
    let names: Value = serde_json::from_slice(json).map_err(|error| bad(error.to_string()))?;
    if let Some(name) = names
        .as_object()
        .and_then(|fields| fields.keys().find(|name| kind.get_field_by_json_name(name).is_none()))
    {
        return Err(bad(format!("the name {name}")));
    }
    Ok(message.encode_to_vec().into())
}

#[cfg(test)]
mod tests {
    use conformance_wire::messages;

    use super::*;

    #[test]
    fn names_are_those_of_json() {
        let method = messages::method("mfn.MFNSimulationService/RunSimulation").expect("known");
        let read = |json: &str| to_protobuf(&method.output(), json.as_bytes());
        assert!(read(r#"{"potMeanMV":-67.5}"#).is_ok());
        assert!(read(r#"{"pot_mean_mV":-67.5}"#).is_err());
        assert!(read(r#"{"potMeanMV":-67.5}}"#).is_err());
        assert!(read(r#"{"colour":1}"#).is_err());
        assert!(read("[]").is_err());
    }

    #[test]
    fn doubles_have_all_their_bits() {
        let method = messages::method("mfn.MFNSimulationService/RunSimulation").expect("known");
        let values = [0.1 + 0.2, 5e-324, f64::MAX, -0.0, 1.0 / 3.0, 9_007_199_254_740_993.0];
        let json = format!(r#"{{"field":{{"valuesMV":{values:?}}}}}"#);
        let bytes = to_protobuf(&method.output(), json.as_bytes()).expect("a message");
        let read = messages::decode_answer(&method, &bytes).expect("an answer");
        for (place, value) in values.iter().enumerate() {
            let read = read["field"]["values_mV"][place].as_f64();
            assert_eq!(read.map(f64::to_bits), Some(value.to_bits()), "{value:?}");
        }
    }
}
