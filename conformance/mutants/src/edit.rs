//! Changes of a source file, of one or several mutants.

use super::mutant::{Edit, MARK, VARIABLE};

/// A change that cannot be made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// Whose it is.
    pub mutant: String,
    /// Why not, in one sentence.
    pub why: String,
}

/// `source` with the edits of some mutants in it.
///
/// # Errors
/// What is to be found is not there just once, or another change covers it.
pub fn mutated(source: &str, edits: &[(&str, &Edit)]) -> Result<String, Refusal> {
    let mut places = Vec::new();
    for (mutant, edit) in edits {
        let refused = |why| Refusal { mutant: (*mutant).to_owned(), why };
        let mut found = source.match_indices(&edit.find).map(|(at, _)| at);
        match (found.next(), found.count()) {
            (Some(at), 0) if !edit.find.is_empty() => places.push((at, *mutant, *edit)),
            (None, _) => return Err(refused(format!("{:?} is not in it", edit.find))),
            _ => return Err(refused(format!("{:?} is in it more than once", edit.find))),
        }
    }
    places.sort_by_key(|(at, ..)| *at);
    let (mut text, mut done, mut last) = (String::new(), 0, "");
    for (at, mutant, Edit { find, replace, .. }) in places {
        if at < done {
            let why = format!("{find:?} overlaps what {last} changes");
            return Err(Refusal { mutant: mutant.to_owned(), why });
        }
        text.push_str(&source[done..at]);
        text.push_str(&replace.replace(MARK, &is_chosen(mutant)));
        (done, last) = (at + find.len(), mutant);
    }
    text.push_str(&source[done..]);
    Ok(text)
}

/// An expression that is true in this mutant alone. It is a block, since most stand
/// after `if`, and so may not be the first thing of a statement.
fn is_chosen(mutant: &str) -> String {
    format!(
        "{{ static ON: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| \
         std::env::var(\"{VARIABLE}\").as_deref() == Ok(\"{mutant}\")); *ON }}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(find: &str, replace: &str) -> Edit {
        Edit { file: "a.rs".to_owned(), find: find.to_owned(), replace: replace.to_owned() }
    }

    #[test]
    fn each_edit_takes_its_place_and_the_mark_becomes_an_expression() {
        let (first, second) = (edit("b", "B || MUTANT"), edit("d", "D"));
        let text = mutated("abcde", &[("second", &second), ("first", &first)]).expect("fits");
        assert!(text.starts_with("aB || { static ON"), "{text}");
        assert!(text.contains("Ok(\"first\")"), "{text}");
        assert!(text.ends_with("cDe"), "{text}");
    }

    #[test]
    fn what_is_not_there_once_or_overlaps_is_refused() {
        let why = |edits: &[Edit]| {
            let edits: Vec<_> = edits.iter().map(|edit| ("m", edit)).collect();
            mutated("abcabd", &edits).expect_err("refused").why
        };
        assert_eq!(why(&[edit("x", "")]), "\"x\" is not in it");
        assert_eq!(why(&[edit("ab", "")]), "\"ab\" is in it more than once");
        assert_eq!(why(&[edit("", "")]), "\"\" is in it more than once");
        assert_eq!(why(&[edit("bc", ""), edit("ca", "")]), "\"ca\" overlaps what m changes");
    }
}
