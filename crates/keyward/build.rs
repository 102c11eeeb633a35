//! Puts the built pages of the control room (`web/dist`) into the binary. Without them the binary says how to get them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let dist = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo says")).join("../../web/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut files = Vec::new();
    let dist = if dist.is_dir() { fs::canonicalize(dist)? } else { dist };
    if dist.is_dir() {
        collect(&dist, &mut files)?;
    }
    files.sort();
    let mut table = String::from("&[\n");
    for file in files.iter().filter(|file| !is_packed(file)) {
        let name = file.strip_prefix(&dist).expect("it lies there").display().to_string().replace('\\', "/");
        let packed = |ending: &str| {
            let packed = PathBuf::from(format!("{}.{ending}", file.display()));
            let text = files.contains(&packed).then(|| format!("Some(include_bytes!({packed:?}))"));
            text.unwrap_or_else(|| "None".to_owned())
        };
        let (brotli, gzip) = (packed("br"), packed("gz"));
        writeln!(table, "Asset {{ path: {name:?}, plain: include_bytes!({file:?}), brotli: {brotli}, gzip: {gzip} }},")
            .expect("a string takes everything");
    }
    table.push(']');
    fs::write(Path::new(&env::var("OUT_DIR").expect("cargo says")).join("assets.rs"), table)
}

/// Whether it is another file, compressed.
fn is_packed(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending == "br" || ending == "gz")
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}
