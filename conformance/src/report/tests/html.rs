//! The form for a browser.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use super::sample::{alike, of_each_verdict, of_too_much, record, report};
use super::written;
use crate::case::{Level, Profile};
use crate::report::Report;
use crate::report::html::write;
use crate::verdict::Verdict;

fn page(report: &Report) -> String {
    written(report, write)
}

/// The text between two others, which are there once.
fn between<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
    assert_eq!(page.matches(start).count(), 1, "{start}");
    let (_, rest) = page.split_once(start).expect("it is there");
    rest.split_once(end).expect("it ends").0
}

#[test]
fn every_test_is_on_it_in_both_views() {
    let report = of_each_verdict();
    let page = page(&report);
    for (index, record) in report.results.iter().enumerate() {
        let anchor = format!("id=\"test-{index}\"");
        assert_eq!(page.matches(&anchor).count(), 1, "{}", record.name);
        assert!(page.contains(&format!("<span class=\"name\">{}</span>", record.name)));
        let link = format!("<a class=\"name\" href=\"#test-{index}\">{}</a>", record.name);
        assert_eq!(page.matches(&link).count(), 1, "{link}");
    }
    for verdict in Verdict::ALL {
        assert!(page.contains(&format!("</span>{}</span>", verdict.name())), "{verdict:?}");
    }
}

#[test]
fn it_opens_with_the_failures_by_what_they_have_in_common() {
    let page = page(&alike());
    let start = page.find("id=\"failures\"").expect("there are failures");
    for later in ["id=\"profiles\"", "id=\"by-profile\"", "id=\"by-requirement\""] {
        assert!(start < page.find(later).expect("it is there"), "{later}");
    }
    assert_eq!(page.matches("<details class=\"failure\" open>").count(), 1);
    assert_eq!(page.matches("<details class=\"failure\"").count(), 2);
    assert!(page.contains("<span class=\"duration\">81 tests</span>"));
    assert_eq!(page.matches("<a class=\"other\" href=\"#test-").count(), 80);
    let passed = report(vec![record(Profile::Wire, Level::Must, Verdict::Pass)]);
    assert!(!self::page(&passed).contains("id=\"failures\""));
}

#[test]
fn a_requirement_links_to_its_sentence() {
    let mut report = of_each_verdict();
    report.link_to_spec("https://example.org/mfn/spec/");
    let link = "https://example.org/mfn/spec/wire.md#defaults-and-ranges:~:text=MFN%2DWIRE%2D004";
    let page = page(&report);
    assert!(page.contains(&format!("<a class=\"id\" href=\"{link}\">MFN-WIRE-004</a>")), "{page}");
}

#[test]
fn it_says_which_run_it_is_of() {
    let report = of_each_verdict();
    let page = page(&report);
    let facts = [
        &report.suite,
        &report.spec,
        &report.fixtures_sha256,
        &report.target,
        &report.started_at,
        &report.known_failing_faults[0],
    ];
    for fact in facts {
        assert!(page.contains(fact.as_str()), "{fact}");
    }
    assert!(page.contains("12.3 s") && page.contains("Failed: "));
    for summary in report.summaries() {
        assert!(page.contains(&summary.to_string()), "{summary}");
    }
}

#[test]
fn a_server_adds_no_element() {
    let page = page(&of_each_verdict());
    assert!(!page.contains("<img") && !page.contains("<![CDATA["));
    assert_eq!(page.matches("</script>").count(), 1);
    assert!(page.contains("&lt;/script&gt;&lt;img src=x onerror=&quot;"));
    assert!(!page.contains(|c: char| c.is_control() && c != '\n'));

    // A tag that is none of ours would be here.
    let tags: BTreeSet<_> = page
        .split('<')
        .skip(1)
        .map(|tag| tag.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default())
        .collect();
    let ours = "a b blockquote body button code dd details div dl dt em fieldset figcaption figure \
                footer h1 h2 head header html input label legend li main meta p pre script section \
                span strong style summary title ul";
    let ours: BTreeSet<_> = ours.split_whitespace().chain([""]).collect();
    assert_eq!(tags.difference(&ours).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn it_loads_nothing() {
    let page = page(&of_each_verdict());
    for loads in ["http:", "https:", "src=\"", "@import", "url(", "<link", "fetch(", "import("] {
        assert!(!page.contains(loads), "{loads}");
    }
}

#[test]
fn its_policy_admits_its_own_script_alone() {
    let page = page(&of_each_verdict());
    let script = between(&page, "<script>", "</script>");
    let hash = BASE64_STANDARD.encode(Sha256::digest(script));
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(
        policy.contains(&format!("script-src 'sha256-{hash}';")),
        "the script has changed, so POLICY in html.rs must have sha256-{hash}"
    );
}

#[test]
fn a_run_that_passed_says_so() {
    let passed = report(vec![record(Profile::Wire, Level::Must, Verdict::Pass)]);
    let page = page(&passed);
    assert!(page.contains("Passed: conformant in wire.") && !page.contains("Failed: "));
    assert!(page.contains("data-judgement=\"conformant\""));
}

#[test]
fn a_run_of_nothing_says_so() {
    assert!(page(&report(Vec::new())).contains("Failed: no test was run."));
}

#[test]
fn a_run_that_shows_nothing_is_not_green() {
    let verdicts = [Verdict::Pass, Verdict::Skip];
    let page = page(&report(verdicts.map(|one| record(Profile::Auth, Level::Must, one)).into()));
    let outcome = between(&page, "section class=\"outcome\"", "</strong>");
    assert!(outcome.contains("data-judgement=\"not-shown\""), "{outcome}");
    assert!(outcome.contains("conformance not shown in auth."), "{outcome}");
}

#[test]
fn too_much_is_cut() {
    let page = page(&of_too_much());
    assert!(page.contains("… (cut, 65 lines in all)"));
    assert!(page.contains("… (cut, 4097 bytes in all)"));
    assert!(!page.contains("<figure class=\"repeat\">"));
}
