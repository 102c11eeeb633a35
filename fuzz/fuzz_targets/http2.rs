#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keyward_fuzzing::http2(bytes));
