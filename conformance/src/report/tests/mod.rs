//! Every form of a report, of made-up runs.

mod github;
mod groups;
mod html;
mod json;
mod junit;
mod sample;
mod summary;
mod table;

use std::io;

use super::Report;

/// What `write` writes of `report`.
fn written(report: &Report, write: impl Fn(&Report, &mut Vec<u8>) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(report, &mut out).expect("a vector takes all");
    String::from_utf8(out).expect("a report is text")
}
