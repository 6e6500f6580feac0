//! Which file of the descriptors has which symbol.

use std::collections::HashMap;

use prost::Message;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    ServiceDescriptorProto,
};

const OUR_DESCRIPTORS: &str = "the build made the descriptors of all that is served";

/// All files, and what is in them by its full name.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Encoded, as they are sent.
    files: Vec<Vec<u8>>,
    by_name: HashMap<String, usize>,
    by_symbol: HashMap<String, usize>,
    /// By the type that is extended, and the number of the field.
    by_extension: HashMap<(String, i32), usize>,
    services: Vec<String>,
}

/// A `FileDescriptorSet` whose files are not decoded: what a decoder does not know
/// in them, such as the options of others, would be lost.
#[derive(Clone, PartialEq, Message)]
struct EncodedFiles {
    #[prost(bytes = "vec", repeated, tag = "1")]
    files: Vec<Vec<u8>>,
}

impl Index {
    /// Of encoded sets of descriptors. A file that is in several is taken once.
    pub(super) fn of(sets: &[&[u8]]) -> Self {
        let mut index = Self::default();
        for set in sets {
            let EncodedFiles { files } = Message::decode(*set).expect(OUR_DESCRIPTORS);
            for file in files {
                index.add(file);
            }
        }
        index.services.sort_unstable();
        index
    }

    /// The full names of all services.
    pub(super) fn services(&self) -> &[String] {
        &self.services
    }

    /// The file of this name.
    pub(super) fn file(&self, name: &str) -> Option<&[u8]> {
        self.by_name.get(name).map(|place| &*self.files[*place])
    }

    /// The file that has this symbol.
    pub(super) fn file_of_symbol(&self, symbol: &str) -> Option<&[u8]> {
        self.by_symbol.get(symbol).map(|place| &*self.files[*place])
    }

    /// The file that extends `extended` by a field of this number.
    pub(super) fn file_of_extension(&self, extended: &str, number: i32) -> Option<&[u8]> {
        let place = self.by_extension.get(&(extended.to_owned(), number));
        place.map(|place| &*self.files[*place])
    }

    /// The numbers of the fields that extend `extended`.
    pub(super) fn extensions_of(&self, extended: &str) -> Vec<i32> {
        let of_it = self.by_extension.keys().filter(|(name, _)| name == extended);
        let mut numbers: Vec<_> = of_it.map(|(_, number)| *number).collect();
        numbers.sort_unstable();
        numbers
    }

    fn add(&mut self, encoded: Vec<u8>) {
        let file = FileDescriptorProto::decode(&*encoded).expect(OUR_DESCRIPTORS);
        if self.by_name.contains_key(file.name()) {
            return;
        }
        self.by_name.insert(file.name().to_owned(), self.files.len());
        let scope = file.package();
        file.message_type.iter().for_each(|message| self.add_message(scope, message));
        file.enum_type.iter().for_each(|each| self.add_enum(scope, each));
        file.service.iter().for_each(|service| self.add_service(scope, service));
        file.extension.iter().for_each(|extension| self.add_extension(scope, extension));
        self.files.push(encoded);
    }

    fn add_message(&mut self, scope: &str, message: &DescriptorProto) {
        let name = self.add_symbol(scope, message.name());
        message.field.iter().for_each(|field| _ = self.add_symbol(&name, field.name()));
        message.oneof_decl.iter().for_each(|oneof| _ = self.add_symbol(&name, oneof.name()));
        message.nested_type.iter().for_each(|nested| self.add_message(&name, nested));
        message.enum_type.iter().for_each(|each| self.add_enum(&name, each));
        message.extension.iter().for_each(|extension| self.add_extension(&name, extension));
    }

    /// The values of an enum stand beside it, not within it, as in C.
    fn add_enum(&mut self, scope: &str, each: &EnumDescriptorProto) {
        self.add_symbol(scope, each.name());
        each.value.iter().for_each(|value| _ = self.add_symbol(scope, value.name()));
    }

    fn add_service(&mut self, scope: &str, service: &ServiceDescriptorProto) {
        let name = self.add_symbol(scope, service.name());
        service.method.iter().for_each(|method| _ = self.add_symbol(&name, method.name()));
        self.services.push(name);
    }

    fn add_extension(&mut self, scope: &str, extension: &FieldDescriptorProto) {
        self.add_symbol(scope, extension.name());
        let extended = extension.extendee().trim_start_matches('.').to_owned();
        self.by_extension.insert((extended, extension.number()), self.files.len());
    }

    /// Adds a symbol of the file that is being added, and returns its full name.
    fn add_symbol(&mut self, scope: &str, name: &str) -> String {
        let name = if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") };
        self.by_symbol.insert(name.clone(), self.files.len());
        name
    }
}

#[cfg(test)]
mod tests {
    use prost_types::{FileDescriptorSet, OneofDescriptorProto};

    use super::*;

    /// A file with one of each kind of symbol.
    fn one_of_each() -> FileDescriptorProto {
        let name = |name: &str| Some(name.to_owned());
        let field = |of: &str| FieldDescriptorProto { name: name(of), ..Default::default() };
        let extension = |of: &str, number| FieldDescriptorProto {
            name: name(of),
            extendee: name(".a.Message"),
            number: Some(number),
            ..Default::default()
        };
        let each = |of: &str, value: &str| EnumDescriptorProto {
            name: name(of),
            value: vec![prost_types::EnumValueDescriptorProto {
                name: name(value),
                ..Default::default()
            }],
            ..Default::default()
        };
        FileDescriptorProto {
            name: name("a/a.proto"),
            package: name("a"),
            message_type: vec![DescriptorProto {
                name: name("Message"),
                field: vec![field("field")],
                oneof_decl: vec![OneofDescriptorProto {
                    name: name("oneof"),
                    ..Default::default()
                }],
                nested_type: vec![DescriptorProto {
                    name: name("Nested"),
                    field: vec![field("inner")],
                    ..Default::default()
                }],
                enum_type: vec![each("Enum", "VALUE")],
                extension: vec![extension("nested_extension", 101)],
                ..Default::default()
            }],
            enum_type: vec![each("Outer", "OUTER_VALUE")],
            service: vec![ServiceDescriptorProto {
                name: name("Service"),
                method: vec![prost_types::MethodDescriptorProto {
                    name: name("Method"),
                    ..Default::default()
                }],
                ..Default::default()
            }],
            extension: vec![extension("extension", 100)],
            ..Default::default()
        }
    }

    #[test]
    fn every_kind_of_symbol_is_found_by_its_full_name() {
        let file = one_of_each();
        let set = FileDescriptorSet { file: vec![file.clone(), file.clone()] }.encode_to_vec();
        let index = Index::of(&[&set, &set]);
        let encoded = Some(file.encode_to_vec());
        let encoded = encoded.as_deref();
        for symbol in [
            "a.Message",
            "a.Message.field",
            "a.Message.oneof",
            "a.Message.Nested",
            "a.Message.Nested.inner",
            "a.Message.Enum",
            "a.Message.VALUE",
            "a.Message.nested_extension",
            "a.Outer",
            "a.OUTER_VALUE",
            "a.Service",
            "a.Service.Method",
            "a.extension",
        ] {
            assert_eq!(index.file_of_symbol(symbol), encoded, "{symbol}");
        }
        for symbol in ["a", "a.Message.Enum.VALUE", "a.Outer.OUTER_VALUE", "Message", ""] {
            assert_eq!(index.file_of_symbol(symbol), None, "{symbol}");
        }
        assert_eq!(index.file("a/a.proto"), encoded);
        assert_eq!(index.file("a.proto"), None);
        assert_eq!(index.services(), ["a.Service"]);
        assert_eq!(index.extensions_of("a.Message"), [100, 101]);
        assert_eq!(index.file_of_extension("a.Message", 101), encoded);
        assert_eq!(index.file_of_extension("a.Message", 102), None);
    }

    #[test]
    fn a_symbol_without_a_package_has_its_own_name() {
        let file = FileDescriptorProto { package: None, ..one_of_each() };
        let set = FileDescriptorSet { file: vec![file] }.encode_to_vec();
        let index = Index::of(&[&set]);
        assert!(index.file_of_symbol("Message.Nested").is_some());
        assert_eq!(index.services(), ["Service"]);
    }
}
