//! The kept corpus, and short runs from it.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use keyward_fuzzing::{TARGETS, Target};

use crate::mutate::Mutator;

/// Mutations of a target's corpus in one run; some thousands, whatever the number of files.
const MUTATIONS: usize = 4000;

#[test]
fn every_target_has_its_shim_and_its_corpus() {
    let manifest = std::fs::read_to_string(fuzz().join("Cargo.toml")).expect("fuzz/Cargo.toml");
    for (name, _) in TARGETS {
        assert!(manifest.contains(&format!("[[bin]]\nname = \"{name}\"\n")), "{name} is not in fuzz/Cargo.toml");
        let shim = std::fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).expect("a shim");
        assert!(shim.contains(&format!("keyward_fuzzing::{name}(")), "{name}: {shim}");
        assert!(files(name).len() >= 10, "{name} has next to no corpus");
    }
    let mut shims = listed(&fuzz().join("fuzz_targets"));
    let mut names: Vec<String> = TARGETS.iter().map(|(name, _)| format!("{name}.rs")).collect();
    shims.sort();
    names.sort();
    assert_eq!(shims, names);

    let size: usize = TARGETS.iter().flat_map(|(name, _)| files(name)).map(|(_, bytes)| bytes.len()).sum();
    assert!(size < 200 * 1024, "the corpus has {size} bytes; keep what finds something");
}

/// One test a target, so that they run side by side and a failure names its parser.
macro_rules! runs {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                on_a_main_threads_stack(|| run(stringify!($name)));
            }
        )*

        #[test]
        fn every_target_is_run() {
            assert_eq!(TARGETS.map(|(name, _)| name), [$(stringify!($name)),*]);
        }
    };
}

runs!(chunked forwarded http2 http2_head openapi proxy request_head resource_file response_head target token trace_context);

/// The command line reads files on the main thread, whose stack is larger than that of a test.
fn on_a_main_threads_stack(run: fn()) {
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(run).expect("a thread");
    thread.join().expect("every promise is kept; what broke stands above");
}

fn run(name: &str) {
    let target = TARGETS.iter().find(|(listed, _)| *listed == name).map(|(_, target)| *target).expect("a target");
    let files = files(name);
    for (file, bytes) in &files {
        feed(target, bytes, file);
    }
    let corpus: Vec<&[u8]> = files.iter().map(|(_, bytes)| &bytes[..]).collect();
    let mut mutator = Mutator::new(name, &corpus);
    for round in 0..MUTATIONS {
        let (file, bytes) = &files[round % files.len()];
        feed(target, &mutator.mutate(bytes), file);
    }
}

/// On a broken promise the bytes are shown, to be kept as a file of the corpus.
fn feed(target: Target, bytes: &[u8], file: &str) {
    let fed = std::panic::catch_unwind(AssertUnwindSafe(|| target(bytes)));
    assert!(fed.is_ok(), "from {file}: b\"{}\"", bytes.escape_ascii());
}

/// The corpus of a target, in the order of the names.
pub(crate) fn files(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = fuzz().join("corpus").join(target);
    let mut names = listed(&folder);
    names.sort();
    let read = |name: String| {
        let bytes = std::fs::read(folder.join(&name)).expect("a file of the corpus");
        (format!("{target}/{name}"), bytes)
    };
    names.into_iter().map(read).collect()
}

fn listed(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}
