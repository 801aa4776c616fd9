//! The example unit in every way of writing one, over the cases that all share.

use crate::Installation;

#[test]
fn every_way_of_writing_the_example_passes_the_same_cases() {
    let installation = Installation::new();
    let project = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let examples = project.join("plugins/examples");
    for language in ["rust", "javascript", "python", "toml"] {
        let component = project.join(format!("data/examples/workplace-induction-{language}.wasm"));
        let (status, said) = installation.run(&[
            "plugin",
            "test",
            &examples.to_string_lossy(),
            "--component",
            &component.to_string_lossy(),
        ]);
        assert_eq!(status, 0, "{language}: {said}");
        assert!(said.contains("2 passed, 0 failed"), "{language}: {said}");
    }
}
