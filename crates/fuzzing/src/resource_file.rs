//! Resource files, as `keyward apply` reads them.

use std::path::Path;

use keyward::manifest::Source;

/// What is read and written again is the same; what is wrong is said at a line of the file.
pub fn resource_file(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // To YAML a carriage return alone is the end of a line, too.
    let lines = text.bytes().filter(|byte| matches!(byte, b'\r' | b'\n')).count() as u64 + 1;
    match read(text) {
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(error.line <= lines, "line {} of {lines}", error.line);
                assert!(!error.problem.is_empty() && error.to_string().starts_with("keyward.yaml"));
            }
        }
        Ok(manifest) => {
            let written = serde_json::to_string(&manifest).expect("a manifest is written as JSON");
            match read(&written) {
                Ok(again) => assert_eq!(again, manifest),
                Err(errors) => panic!("what was written is refused: {errors:?}"),
            }
        }
    }
}

fn read(text: &str) -> Result<keyward_model::manifest::Manifest, Vec<keyward::manifest::FileError>> {
    Source::new(Path::new("keyward.yaml"), text.to_owned()).manifest()
}
