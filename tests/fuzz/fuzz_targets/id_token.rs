#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lti::fuzzing::id_token(data));
