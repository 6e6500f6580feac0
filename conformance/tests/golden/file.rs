//! How a file of golden answers is written: one text for the same answers.

use std::collections::BTreeMap;

use conformance::case::Case;
use serde_json::{Map, Value};

/// Fields that are of class N; all others of class E.
const NUMERIC: [&str; 2] = ["spectral_energy_mean", "spectral_energy_std"];

/// The answer to a case, and what it was asked by.
pub(crate) struct Answer {
    /// Full name of the method.
    pub(crate) method: String,
    /// For the reader.
    pub(crate) request: Value,
    /// The messages.
    pub(crate) messages: Vec<Map<String, Value>>,
}

/// The text of the file of `subject`: cases in their order, a message a line.
pub(crate) fn text<'a>(subject: &str, answers: impl Iterator<Item = (&'a Case, Answer)>) -> String {
    let answers: Vec<_> = answers.map(|(case, answer)| (case.id.as_str(), answer)).collect();
    let about = format!(
        "Answers to the golden cases of conformance/cases/{subject}.toml, by mfn_core::reference. \
         Doubles are the shortest decimals that read back to the same bits."
    );
    let entries: Vec<_> = answers.iter().map(|(id, answer)| entry(id, answer)).collect();
    format!(
        "{{\n \"about\": {},\n \"classes\": {{\n{}\n }},\n \"answers\": {{\n{}\n }}\n}}\n",
        Value::from(about),
        classes(answers.iter().map(|(_, answer)| answer)),
        entries.join(",\n")
    )
}

fn classes<'a>(answers: impl Iterator<Item = &'a Answer>) -> String {
    let fields: BTreeMap<&str, &str> = answers
        .flat_map(|answer| &answer.messages)
        .flat_map(Map::keys)
        .map(|name| (name.as_str(), class(name)))
        .collect();
    let lines: Vec<_> =
        fields.iter().map(|(name, class)| format!("  \"{name}\": \"{class}\"")).collect();
    lines.join(",\n")
}

fn class(name: &str) -> &'static str {
    if NUMERIC.contains(&name) { "numeric" } else { "exact" }
}

fn entry(id: &str, answer: &Answer) -> String {
    let Answer { method, request, messages } = answer;
    let messages: Vec<_> =
        messages.iter().map(|fields| format!("    {}", in_order(fields))).collect();
    format!(
        "  \"{id}\": {{\n   \"method\": \"{method}\",\n   \"request\": {},\n   \"messages\": \
         [\n{}\n   ]\n  }}",
        line(request),
        messages.join(",\n")
    )
}

/// One line, with blanks where a reader wants them.
fn line(value: &Value) -> String {
    match value {
        Value::Object(fields) => in_order(fields),
        Value::Array(list) => {
            let list: Vec<_> = list.iter().map(line).collect();
            format!("[{}]", list.join(", "))
        }
        other => other.to_string(),
    }
}

/// Fields by their names: in whichever order a map keeps them.
fn in_order(fields: &Map<String, Value>) -> String {
    let fields: BTreeMap<_, _> = fields.iter().collect();
    let fields: Vec<_> =
        fields.iter().map(|(name, value)| format!("\"{name}\": {}", line(value))).collect();
    format!("{{{}}}", fields.join(", "))
}
