//! The page is whole, small and closed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::*;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/page");
/// Most bytes of all files together.
const MOST_BYTES: usize = 100 * 1024;

fn get(path: &str) -> Option<Response<Bytes>> {
    Page { needs_key: false }.answer(path, &HeaderMap::new())
}

fn texts() -> impl Iterator<Item = (&'static str, &'static str)> {
    ASSETS
        .iter()
        .map(|asset| (asset.path, std::str::from_utf8(asset.content).expect("the files are UTF-8")))
}

/// What stands between `open` and the next quotation mark, wherever it does.
fn quoted<'a>(text: &'a str, open: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(open).skip(1).filter_map(|rest| rest.split('"').next())
}

#[test]
fn every_file_of_the_folder_is_served() {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(FOLDER).expect("the folder can be listed") {
        let path = entry.expect("an entry can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name is UTF-8");
        names.insert(match name {
            "index.html" => "/".to_owned(),
            name => format!("/page/{name}"),
        });
    }
    let served: BTreeSet<_> = ASSETS.iter().map(|asset| asset.path.to_owned()).collect();
    assert_eq!(names, served);
}

#[test]
fn whatever_it_loads_is_there() {
    for (path, text) in texts() {
        let of_page = ["src=\"", "href=\""].iter().flat_map(|open| quoted(text, open));
        let of_page = of_page.filter(|link| !link.starts_with('#'));
        let of_module = quoted(text, "from \"./").map(|name| format!("page/{name}"));
        let links: Vec<_> = of_page.map(str::to_owned).chain(of_module).collect();
        for link in links {
            assert!(get(&format!("/{link}")).is_some(), "{path} loads {link}");
        }
    }
    assert!(get("/page/none.js").is_none() && get("/page/").is_none() && get("/x").is_none());
}

#[test]
fn all_of_it_is_at_most_100_kib() {
    let bytes: usize = ASSETS.iter().map(|asset| asset.content.len()).sum();
    assert!(bytes <= MOST_BYTES, "{bytes} bytes");
}

#[test]
fn nothing_is_inline_or_from_elsewhere() {
    let page = fs::read_to_string(Path::new(FOLDER).join("index.html")).expect("it is there");
    for (script, _) in page.match_indices("<script") {
        assert!(page[script..].starts_with("<script type=\"module\" src=\""));
    }
    for inline in ["style=", " onclick", " onload", "<style", "javascript:", "//"] {
        assert!(!page.contains(inline), "{inline}");
    }
    for sink in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
        for (path, text) in texts() {
            assert!(!text.contains(sink), "{path} has {sink}");
        }
    }
}

#[test]
fn a_browser_runs_and_loads_only_what_is_of_the_page() {
    for asset in ASSETS {
        let answer = get(asset.path).expect("an asset is served");
        let header = |name: &str| answer.headers()[name].to_str().expect("it is ASCII");
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; "), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("content-type"), asset.content_type);
    }
}

#[test]
fn a_copy_that_is_still_right_is_not_sent_again() {
    let first = get("/page/main.js").expect("it is there");
    assert_eq!(first.status(), StatusCode::OK);
    assert_eq!(first.headers()[CACHE_CONTROL], "no-cache");
    let mut headers = HeaderMap::new();
    headers.insert(IF_NONE_MATCH, first.headers()[ETAG].clone());
    let page = Page { needs_key: false };
    let second = page.answer("/page/main.js", &headers).expect("it is there");
    assert_eq!((second.status(), second.body().len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(second.headers()[ETAG], first.headers()[ETAG]);
    let other = page.answer("/page/run.js", &headers).expect("it is there");
    assert_eq!(other.status(), StatusCode::OK);
}

#[test]
fn the_page_learns_whether_the_server_has_keys() {
    for (needs_key, expected) in
        [(true, r#"{"needs_key":true}"#), (false, r#"{"needs_key":false}"#)]
    {
        let answer = Page { needs_key }.answer("/page/server.json", &HeaderMap::new());
        assert_eq!(answer.expect("it is there").body().as_ref(), expected.as_bytes());
    }
}
