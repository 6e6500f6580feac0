//! The form for a workflow of GitHub.

use super::sample::{HOSTILE, alike, of_each_verdict};
use crate::report::github::{annotations, not_obeyed, step_summary};

#[test]
fn each_cause_is_an_annotation() {
    insta::assert_snapshot!(annotations(&of_each_verdict()));
    let alike = annotations(&alike());
    assert_eq!(alike.lines().count(), 2, "{alike}");
    assert!(alike.starts_with("::error title=numeric/defaults/0 and 80 more::"), "{alike}");
}

#[test]
fn a_server_writes_no_command_of_github() {
    let mut report = of_each_verdict();
    report.results[0].outcome.verdict = crate::verdict::Verdict::Fail;
    report.results[0].outcome.reason = Some("100 %\r\n::set-env name=a::b".to_owned());
    report.results[0].name = "wire/a,b:c".to_owned();
    let annotations = annotations(&report);
    assert!(annotations.contains("::error title=wire/a%2Cb%3Ac::"), "{annotations}");
    assert!(annotations.contains("100 %25\\u{d}%0A::set-env"), "{annotations}");
    assert!(
        annotations
            .lines()
            .all(|line| line.starts_with("::error ") || line.starts_with("::warning "))
    );

    let quoted = not_obeyed("::set-env name=a::b");
    let lines: Vec<_> = quoted.lines().collect();
    let token = lines[0].strip_prefix("::stop-commands::").expect("it stops commands");
    assert!(token.len() == 32 && !not_obeyed("").contains(token), "it can be guessed");
    assert_eq!(lines[1..], ["::set-env name=a::b", &format!("::{token}::")]);
}

#[test]
fn the_summary_of_a_step_is_one_line_of_html() {
    let summary = step_summary(&of_each_verdict());
    assert_eq!(summary.lines().count(), 1);
    assert!(!summary.contains(HOSTILE) && !summary.contains("<img"), "{summary}");
    assert!(summary.contains("<td>not conformant (1 of 31 MUSTs failed)</td>"), "{summary}");
    assert!(summary.contains("1 MUST failed; 2 MUSTs ended in an error"), "{summary}");
}

#[test]
fn a_summary_that_github_would_refuse_is_made_shorter() {
    let mut report = alike();
    let wide = "<".repeat(4000);
    for (number, record) in report.results.iter_mut().enumerate() {
        record.title = wide.clone();
        let evidence = record.outcome.evidence.as_mut().expect("it failed");
        // Each has a cause of its own.
        evidence.actual = vec!["x".repeat(number + 1)];
    }
    let summary = step_summary(&report);
    assert!(summary.len() < 1 << 20 && summary.len() > 1 << 18, "{}", summary.len());
}
