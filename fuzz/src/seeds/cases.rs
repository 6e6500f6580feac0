//! The first cases of each file of the suite.

use std::fmt::Write as _;

use conformance::case::load;

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![
        b"\x01# none\n\nwire/* # a reason\nno-reason\n".to_vec(),
        b"\x01*/limits/* # they have no limits\n".to_vec(),
    ];
    for (subject, file) in load::FILES {
        // Enough of each to have what its cases have.
        let mut text = String::from("\0");
        for (number, part) in file.split("[[case]]").take(4).enumerate() {
            let mark = if number > 0 { "[[case]]" } else { "" };
            write!(text, "{mark}{part}").expect("a string takes all");
        }
        assert!(load::parse(subject, &text[1..]).is_ok(), "{subject} is cut badly");
        seeds.push(text.into_bytes());
    }
    seeds
}
