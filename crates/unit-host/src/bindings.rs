//! What `unit.wit` and `reader.wit` become in Rust. One module for each major
//! version of a package; a later major version gets modules beside these.

pub(crate) mod unit {
    wasmtime::component::bindgen!({
        path: "../unit-sdk/wit/unit-1.0.0",
        world: "unit-plugin",
    });
}

pub(crate) mod reader {
    wasmtime::component::bindgen!({
        path: "../unit-sdk/wit/reader-1.0.0",
        world: "reader-plugin",
    });
}
