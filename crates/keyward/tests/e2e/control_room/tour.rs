//! The pictures of docs/tour.md, taken of a company with a history. They go to target/tour, and to docs/tour where
//! `UPDATE_TOUR=1` asks for it. What docs/tour.md shows has to be what is taken here.

mod company;
#[path = "../../../../calls/examples/week/traffic.rs"]
mod traffic;

use std::collections::BTreeSet;
use std::path::Path;

use company::{Company, TEAM};
use serde_json::json;

#[test]
fn the_tour_shows_pictures_of_the_pages_as_they_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository");
    let (kept, taken) = (root.join("docs/tour"), root.join("target/tour"));
    let company = Company::with_history();
    std::fs::create_dir_all(&taken).expect("a folder");
    let plan = json!({
        "url": format!("http://localhost:{}", company.keyward.control),
        "gateway": format!("http://127.0.0.1:{}", company.keyward.gateway),
        "team": TEAM,
        "tokens": company.tokens,
        "folder": taken,
    });

    let seen = super::seen_by("tour", &plan);

    let names = seen["pictures"].as_array().expect("pictures").iter();
    let names: BTreeSet<String> = names.map(|name| name.as_str().expect("a name").to_owned()).collect();
    if std::env::var_os("UPDATE_TOUR").is_some() {
        std::fs::create_dir_all(&kept).expect("a folder");
        for old in pictures(&kept).difference(&names) {
            std::fs::remove_file(kept.join(old)).expect("it can be removed");
        }
        for name in &names {
            std::fs::copy(taken.join(name), kept.join(name)).expect("it can be copied");
        }
    }
    let page = std::fs::read_to_string(root.join("docs/tour.md")).expect("docs/tour.md");
    let shown = page.split(['"', '(', ')']).filter_map(|part| part.strip_prefix("tour/"));
    assert_eq!(shown.map(str::to_owned).collect::<BTreeSet<_>>(), names, "what docs/tour.md shows");
    assert_eq!(pictures(&kept), names, "what docs/tour has; UPDATE_TOUR=1 writes it anew");
    for name in &names {
        assert_eq!(size(&kept.join(name)), size(&taken.join(name)), "{name}, in pixels; UPDATE_TOUR=1 writes it anew");
    }
}

/// The names of the files in a folder.
fn pictures(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).expect("docs/tour");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text")).collect()
}

/// Width and height of a WebP in the extended format, as Chromium writes it (RFC 9649 section 2.7).
fn size(picture: &Path) -> (u32, u32) {
    let bytes = std::fs::read(picture).expect("a picture");
    assert_eq!((&bytes[..4], &bytes[8..16]), (&b"RIFF"[..], &b"WEBPVP8X"[..]), "{}", picture.display());
    let of = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], 0]) + 1;
    (of(24), of(27))
}
