#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lti::fuzzing::key_set(data));
