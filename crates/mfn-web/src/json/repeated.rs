//! Refuses a field that is written twice. The library that reads messages would take the
//! last value, whatever the writer meant. Other readers of protobuf's JSON refuse it, as the
//! conformance tests of protobuf recommend.

use std::collections::HashSet;
use std::fmt;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::WELL_KNOWN;

/// Checks the whole `json` of a message of this type.
///
/// # Errors
/// A field is written twice, or a name of a map is.
pub(super) fn refuse_repeated(
    message: &MessageDescriptor,
    json: &[u8],
) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    Value::of_message(message.clone()).deserialize(&mut reader)
}

/// What a value is, as far as names in it have a meaning.
#[derive(Clone)]
enum Value {
    Message(MessageDescriptor),
    /// A map, whose values may be messages.
    Map(Option<MessageDescriptor>),
    /// The names of its objects are merely texts.
    Other,
}

/// What may come once in an object.
#[derive(PartialEq, Eq, Hash)]
enum Name {
    /// The field of this number, by whichever of its names.
    Field(u32),
    Text(String),
}

impl Value {
    fn of_message(message: MessageDescriptor) -> Self {
        // These have forms of their own.
        if message.full_name().starts_with(WELL_KNOWN) {
            Self::Other
        } else {
            Self::Message(message)
        }
    }

    fn of_field(field: &FieldDescriptor) -> Self {
        match field.kind() {
            Kind::Message(entry) if field.is_map() => {
                let value = entry.map_entry_value_field().kind();
                Self::Map(value.as_message().cloned())
            }
            Kind::Message(message) => Self::of_message(message),
            _ => Self::Other,
        }
    }

    /// The field of this name, as it is in JSON or in the proto.
    fn field(&self, name: &str) -> Option<FieldDescriptor> {
        let Self::Message(message) = self else { return None };
        message.get_field_by_json_name(name).or_else(|| message.get_field_by_name(name))
    }

    /// The value of a name that is no field's.
    fn of_name(&self) -> Self {
        match self {
            Self::Map(Some(message)) => Self::of_message(message.clone()),
            _ => Self::Other,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Value {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(self.clone())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = object.next_key::<String>()? {
            let field = self.field(&name);
            let value = field.as_ref().map_or_else(|| self.of_name(), Self::of_field);
            object.next_value_seed(value)?;
            let text = || Name::Text(name.clone());
            if !seen.insert(field.map_or_else(text, |field| Name::Field(field.number()))) {
                return Err(A::Error::custom(format_args!("`{name}` is there twice")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use prost_reflect::DescriptorPool;

    use super::*;

    fn is_refused(json: &str) -> bool {
        let pool = DescriptorPool::decode(mfn_web_protos::MESSAGES).expect("they go together");
        let message = pool.get_message_by_name("test.All").expect("it is there");
        refuse_repeated(&message, json.as_bytes()).is_err()
    }

    // shows MFN-WEB-028
    #[test]
    fn a_field_is_written_once_by_whichever_of_its_names() {
        for twice in [
            r#"{"aDouble":1,"aDouble":1}"#,
            r#"{"a_double":1,"aDouble":2}"#,
            r#"{"aDouble":null,"aDouble":1}"#,
            r#"{"inner":{"aBool":true,"a_bool":true}}"#,
            r#"{"inners":[{},{"inner":{"aBool":true,"aBool":true}}]}"#,
            r#"{"byName":{"x":1,"x":2}}"#,
            r#"{"byNumber":{"1":{"aBool":true,"a_bool":true}}}"#,
            r#"{"any":{"@type":"a/b","@type":"a/b"}}"#,
        ] {
            assert!(is_refused(twice), "{twice}");
        }
    }

    #[test]
    fn what_is_there_once_may_be_there_elsewhere_too() {
        for once in [
            r#"{"aDouble":1,"inner":{"aDouble":1,"inner":{"aDouble":1}},"aFloat":1}"#,
            r#"{"inners":[{"aBool":true},{"aBool":true}],"doubles":[1,1]}"#,
            r#"{"byName":{"aBool":1,"a_bool":2},"byTruth":{"true":"x","false":"x"}}"#,
            "{}",
        ] {
            assert!(!is_refused(once), "{once}");
        }
    }
}
