//! The reference pages of the kits for JavaScript and Python.

use crate::{project, says};

const WRITTEN: &str =
    "Written from the kit itself by the tests: `MARKBRIDGE_WRITE_DOCS=1 cargo test -p plugin-kit`.";

#[test]
fn the_page_of_javascript_says_what_the_kit_has() {
    let types = read("javascript/markbridge.d.ts");
    let begins = types.find("\n/**").expect("the first item");
    let page = format!(
        "# The kit for JavaScript\n\n{WRITTEN}\n\nWhat can be imported from `./markbridge/markbridge.js`. The types that stand here by name alone, such as `Finding`, are those of [the interface](interface.md).\n\n```ts\n{}\n```\n",
        types[begins..].trim()
    );
    says("docs/src/reference/javascript.md", &page);
}

#[test]
fn the_page_of_python_says_what_the_kit_has() {
    let listed = listed(&read("python/markbridge.py"));
    for item in [
        "def plugin(",
        "class Checks:",
        "    def hours(",
        "    @property",
    ] {
        assert!(listed.contains(item), "{item}");
    }
    let page = format!(
        "# The kit for Python\n\n{WRITTEN}\n\nWhat can be imported from `markbridge`. Types that begin with `wit.` are those of [the interface](interface.md).\n\n```python\n{listed}```\n",
    );
    says("docs/src/reference/python.md", &page);
}

fn read(file: &str) -> String {
    let path = project().join("crates/unit-sdk").join(file);
    std::fs::read_to_string(path).expect("a file of the kit")
}

/// The public classes, methods and functions of a file in Python with what is said
/// of each. Names that begin with an underscore are for the kit alone.
fn listed(source: &str) -> String {
    let mut listed = String::new();
    let mut lines = source.lines().peekable();
    let (mut in_class, mut decorator) = (false, None);
    while let Some(line) = lines.next() {
        let inner = line.trim_start();
        let indent = line.len() - inner.len();
        let name = inner.strip_prefix("class ").or(inner.strip_prefix("def "));
        if indent == 0 && !inner.is_empty() {
            in_class = inner.starts_with("class ") && !inner.starts_with("class _");
        }
        if inner.starts_with("@property") || inner.starts_with("@cached_property") {
            decorator = Some("    @property\n");
            continue;
        }
        let property = decorator.take().unwrap_or_default();
        let Some(name) = name else { continue };
        if name.starts_with('_') || indent > 4 || (indent == 4 && !in_class) {
            continue;
        }
        listed.push('\n');
        if indent == 0 {
            listed.push('\n');
        }
        listed.push_str(property);
        let mut last = line;
        listed.push_str(last);
        while !last.ends_with(':') {
            last = lines.next().expect("the rest of the parameters");
            listed.push('\n');
            listed.push_str(last);
        }
        listed.push('\n');
        let is_said = |line: &&str| line.trim_start().starts_with("\"\"\"");
        if lines.peek().is_some_and(is_said) {
            for said in lines.by_ref() {
                listed.push_str(said);
                listed.push('\n');
                if said.trim_end().ends_with("\"\"\"") {
                    break;
                }
            }
        } else {
            listed.push_str(&" ".repeat(indent + 4));
            listed.push_str("...\n");
        }
    }
    listed.trim_start().to_owned()
}
