//! The reference page of `unit.toml`, and units built from files.

use plugin_kit::data_unit;

use crate::{project, says};

#[test]
fn the_reference_page_says_what_the_program_reads() {
    says("docs/src/reference/unit-toml.md", &data_unit::page());
}

#[test]
fn a_module_without_a_place_for_the_data_is_refused() {
    let file = project().join("plugins/examples/ilm-8577-304/unit.toml");
    let text = std::fs::read_to_string(file).expect("the example");
    for (module, message) in [
        (
            // A module with nothing in it.
            b"\0asm\x01\0\0\0".as_slice(),
            "the module that runs the unit has no place for its data; it is not the one that belongs to this version",
        ),
        (
            b"\0asm\x01\0\0",
            "the module that runs the unit is damaged: ",
        ),
    ] {
        let refused = data_unit::build(&text, module).expect_err("no unit");
        let said = refused.to_string();
        assert!(said.starts_with(message), "{said}");
    }
}
