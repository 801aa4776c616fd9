//! The reference of the interface in the book, written from the released files.

use std::fmt::Write;
use std::path::Path;

use wit_parser::{Docs, Resolve, Type, TypeDefKind};

const INTRODUCTION: &str = "# The interface

Written from the released files, `crates/unit-sdk/wit/`, by the tests:
`MARKBRIDGE_WRITE_DOCS=1 cargo test -p unit-host --test it reference` writes this page
anew. [Versions](../versions.md) says how the interface grows. Authors in Rust,
JavaScript and Python see these types through their kit, and units in TOML not at all.
";

#[test]
fn the_reference_says_what_the_interface_says() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut page = INTRODUCTION.to_owned();
    for (directory, title) in [("unit-1.0.0", "Units"), ("reader-1.0.0", "Readers")] {
        let mut resolve = Resolve::default();
        let (package, _) = resolve
            .push_path(project.join("crates/unit-sdk/wit").join(directory))
            .expect("a package");
        let package = &resolve.packages[package];
        write!(
            page,
            "\n## {title}: `{}`\n\n{}",
            package.name,
            text(&package.docs)
        )
        .ok();
        for (name, interface) in &package.interfaces {
            let interface = &resolve.interfaces[*interface];
            write!(
                page,
                "\n### Interface `{name}`\n\n{}",
                text(&interface.docs)
            )
            .ok();
            for (name, id) in &interface.types {
                let definition = &resolve.types[*id];
                // What another interface defines stands there.
                if matches!(definition.kind, TypeDefKind::Type(Type::Id(_))) {
                    continue;
                }
                write!(page, "\n#### `{name}`\n\n{}", text(&definition.docs)).ok();
                page.push_str(&table(&resolve, &definition.kind));
            }
            for (name, function) in &interface.functions {
                let parameters: Vec<String> = function
                    .params
                    .iter()
                    .map(|parameter| {
                        format!("{}: {}", parameter.name, of_type(&resolve, &parameter.ty))
                    })
                    .collect();
                let result = function
                    .result
                    .as_ref()
                    .map(|result| format!(" → {}", of_type(&resolve, result)));
                write!(
                    page,
                    "\n#### `{name}({}){}`\n\n{}",
                    parameters.join(", "),
                    result.unwrap_or_default(),
                    text(&function.docs)
                )
                .ok();
            }
        }
    }
    let path = project.join("docs/src/reference/interface.md");
    if std::env::var_os("MARKBRIDGE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("written");
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == page,
        "docs/src/reference/interface.md is not what the interface says; write it anew as it says itself"
    );
}

fn text(docs: &Docs) -> String {
    let Some(contents) = &docs.contents else {
        return String::new();
    };
    // Rules part the file for those who read it, and belong to no type.
    let lines = contents.trim().lines();
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with("----")).collect();
    format!("{}\n", lines.join("\n").trim())
}

/// The parts of a type, each with what is said of it.
fn table(resolve: &Resolve, kind: &TypeDefKind) -> String {
    let rows: Vec<[String; 3]> = match kind {
        TypeDefKind::Record(record) => record
            .fields
            .iter()
            .map(|field| row(&field.name, &of_type(resolve, &field.ty), &field.docs))
            .collect(),
        TypeDefKind::Variant(variant) => variant
            .cases
            .iter()
            .map(|case| {
                let of = case.ty.as_ref().map(|ty| of_type(resolve, ty));
                row(&case.name, &of.unwrap_or_default(), &case.docs)
            })
            .collect(),
        TypeDefKind::Enum(words) => words
            .cases
            .iter()
            .map(|case| row(&case.name, "", &case.docs))
            .collect(),
        TypeDefKind::Type(ty) => return format!("\nThe same as `{}`.\n", of_type(resolve, ty)),
        _ => return String::new(),
    };
    let mut table = String::from("\n| name | type | meaning |\n|---|---|---|\n");
    for [name, of, meaning] in rows {
        let of = if of.is_empty() { of } else { format!("`{of}`") };
        writeln!(table, "| `{name}` | {of} | {meaning} |").ok();
    }
    table
}

fn row(name: &str, of: &str, docs: &Docs) -> [String; 3] {
    let meaning = text(docs).trim().replace('\n', " ").replace('|', "\\|");
    [name.to_owned(), of.to_owned(), meaning]
}

fn of_type(resolve: &Resolve, ty: &Type) -> String {
    let Type::Id(id) = ty else {
        let word = format!("{ty:?}").to_lowercase();
        return word;
    };
    let definition = &resolve.types[*id];
    if let Some(name) = &definition.name {
        return name.clone();
    }
    let of = |ty: &Type| of_type(resolve, ty);
    match &definition.kind {
        TypeDefKind::List(item) => format!("list<{}>", of(item)),
        TypeDefKind::Option(item) => format!("option<{}>", of(item)),
        TypeDefKind::Result(result) => {
            let side = |side: &Option<Type>| side.as_ref().map_or("_".to_owned(), of);
            format!("result<{}, {}>", side(&result.ok), side(&result.err))
        }
        TypeDefKind::Tuple(tuple) => {
            let items: Vec<String> = tuple.types.iter().map(of).collect();
            format!("tuple<{}>", items.join(", "))
        }
        other => other.as_str().to_owned(),
    }
}
