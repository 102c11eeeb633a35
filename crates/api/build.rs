//! Embeds the pages of `docs/errors/`: the same text in the repository, in the book, and where a refusal points.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let pages = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("../../docs/errors");
    println!("cargo::rerun-if-changed={}", pages.display());
    let mut found: Vec<(String, String)> = Vec::new();
    for entry in fs::read_dir(&pages).into_iter().flatten() {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md")
            && let Some(code) = path.file_stem().and_then(|stem| stem.to_str())
        {
            found.push((code.to_owned(), path.display().to_string()));
        }
    }
    found.sort();
    let mut table = String::from("&[\n");
    for (code, path) in found {
        writeln!(table, "    ({code:?}, include_str!({path:?})),").map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR").map_err(io::Error::other)?).join("error_pages.rs"), table)
}
