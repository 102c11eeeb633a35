#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keyward_fuzzing::trace_context(bytes));
