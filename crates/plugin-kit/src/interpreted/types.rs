//! The types of the interface as TypeScript has them, for editors, and as plain
//! data, by which the kit for JavaScript looks through a unit's answers.

use std::fmt::Write;

use wit_parser::{Docs, InterfaceId, Resolve, Type, TypeDefKind};

const HEAD: &str = "\
// The types of the interface, made from `unit.wit` beside this file. What the
// interface leaves open is `undefined` where a unit says it, and `null` or
// `undefined` where it is told.

/** What may be left out. */
export type Option<T> = T | null | undefined;
";

/// All types of the package's interface `types`, with their documentation.
///
/// # Panics
/// Where the interface is none, which no author can bring about.
pub(super) fn of_interface(wit: &str) -> String {
    let (resolve, interface) = read(wit);
    let mut text = HEAD.to_owned();
    for (name, id) in &resolve.interfaces[interface].types {
        let definition = &resolve.types[*id];
        let name = type_name(name);
        text.push('\n');
        text += &comment(&definition.docs, "");
        let described = match &definition.kind {
            TypeDefKind::Record(record) => {
                let mut text = format!("export interface {name} {{\n");
                for field in &record.fields {
                    text += &comment(&field.docs, "  ");
                    let optional = matches!(&field.ty, Type::Id(id) if matches!(resolve.types[*id].kind, TypeDefKind::Option(_)));
                    let mark = if optional { "?" } else { "" };
                    line(
                        &mut text,
                        &format!(
                            "  {}{mark}: {};",
                            field_name(&field.name),
                            typed(&resolve, &field.ty)
                        ),
                    );
                }
                text + "}\n"
            }
            TypeDefKind::Variant(variant) => {
                let mut text = format!("export type {name} =\n");
                for case in &variant.cases {
                    text += &comment(&case.docs, "  ");
                    let value = case.ty.map_or(String::new(), |ty| {
                        format!("; val: {}", typed(&resolve, &ty))
                    });
                    line(
                        &mut text,
                        &format!("  | {{ tag: \"{}\"{value} }}", case.name),
                    );
                }
                text.truncate(text.trim_end().len());
                text + ";\n"
            }
            TypeDefKind::Enum(cases) => {
                let cases: Vec<String> = cases
                    .cases
                    .iter()
                    .map(|case| format!("\"{}\"", case.name))
                    .collect();
                format!("export type {name} = {};\n", cases.join(" | "))
            }
            TypeDefKind::Type(ty) => format!("export type {name} = {};\n", typed(&resolve, ty)),
            other => unreachable!("the interface names no {}", other.as_str()),
        };
        text.push_str(&described);
    }
    text
}

/// All types of the interface as a module of JavaScript: for each name its fields,
/// cases or words, each with its type: `string`, `["option", "string"]`, `Place`.
///
/// # Panics
/// As [`of_interface`].
pub(super) fn shapes(wit: &str) -> String {
    let (resolve, interface) = read(wit);
    let mut text = "// The types of the interface, made from `unit.wit` beside this file.\nexport const shapes = {\n".to_owned();
    for (name, id) in &resolve.interfaces[interface].types {
        let name = type_name(name);
        let shape = match &resolve.types[*id].kind {
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter().map(|field| {
                    format!(
                        "{}: {}",
                        field_name(&field.name),
                        shape(&resolve, &field.ty)
                    )
                });
                format!(
                    "{{ record: {{ {} }} }}",
                    fields.collect::<Vec<_>>().join(", ")
                )
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter().map(|case| {
                    let value = case.ty.map_or("null".to_owned(), |ty| shape(&resolve, &ty));
                    format!("\"{}\": {value}", case.name)
                });
                format!(
                    "{{ variant: {{ {} }} }}",
                    cases.collect::<Vec<_>>().join(", ")
                )
            }
            TypeDefKind::Enum(cases) => {
                let cases = cases.cases.iter().map(|case| format!("\"{}\"", case.name));
                format!("{{ words: [{}] }}", cases.collect::<Vec<_>>().join(", "))
            }
            TypeDefKind::Type(ty) => format!("{{ same: {} }}", shape(&resolve, ty)),
            other => unreachable!("the interface names no {}", other.as_str()),
        };
        line(&mut text, &format!("  {name}: {shape},"));
    }
    text + "};\n"
}

fn shape(resolve: &Resolve, ty: &Type) -> String {
    let Type::Id(id) = ty else {
        let name = match ty {
            Type::Bool => "boolean",
            Type::String | Type::Char => "string",
            Type::F32 | Type::F64 => "number",
            Type::S8 | Type::S16 | Type::S32 => "whole",
            _ => "count",
        };
        return format!("\"{name}\"");
    };
    let definition = &resolve.types[*id];
    match (&definition.name, &definition.kind) {
        (Some(name), _) => format!("\"{}\"", type_name(name)),
        (None, TypeDefKind::Option(inner)) => format!("[\"option\", {}]", shape(resolve, inner)),
        (None, TypeDefKind::List(inner)) => format!("[\"list\", {}]", shape(resolve, inner)),
        (None, other) => unreachable!("the interface has no {} without a name", other.as_str()),
    }
}

fn read(wit: &str) -> (Resolve, InterfaceId) {
    let mut resolve = Resolve::default();
    let package = resolve
        .push_str("unit.wit", wit)
        .expect("the interface is valid");
    let interface = resolve.packages[package].interfaces["types"];
    (resolve, interface)
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes all");
}

fn typed(resolve: &Resolve, ty: &Type) -> String {
    match ty {
        Type::Bool => "boolean".to_owned(),
        Type::String | Type::Char => "string".to_owned(),
        Type::Id(id) => {
            let definition = &resolve.types[*id];
            match (&definition.name, &definition.kind) {
                (Some(name), _) => type_name(name),
                (None, TypeDefKind::Option(inner)) => format!("Option<{}>", typed(resolve, inner)),
                (None, TypeDefKind::List(Type::U8)) => "Uint8Array".to_owned(),
                (None, TypeDefKind::List(inner)) => format!("{}[]", typed(resolve, inner)),
                (None, other) => {
                    unreachable!("the interface has no {} without a name", other.as_str())
                }
            }
        }
        _ => "number".to_owned(),
    }
}

/// `named-number` as `NamedNumber`.
fn type_name(name: &str) -> String {
    name.split('-').map(capital).collect()
}

/// `learner-message` as `learnerMessage`.
fn field_name(name: &str) -> String {
    let (first, rest) = name.split_once('-').unwrap_or((name, ""));
    first.to_owned() + &type_name(rest)
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(word.len().min(1));
    first.to_ascii_uppercase() + rest
}

fn comment(docs: &Docs, indent: &str) -> String {
    let Some(contents) = &docs.contents else {
        return String::new();
    };
    // Headings between the types are no part of a type.
    let lines = contents.trim().lines();
    let lines: Vec<&str> = lines.filter(|said| !said.starts_with("----")).collect();
    let mut text = String::new();
    for (at, said) in lines.iter().enumerate() {
        let begin = if at == 0 { "/**" } else { " *" };
        let end = if at + 1 == lines.len() { " */" } else { "" };
        let space = if said.is_empty() { "" } else { " " };
        line(&mut text, &format!("{indent}{begin}{space}{said}{end}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_name_each_field_with_its_type() {
        let text = shapes(crate::interpreted::INTERFACE);
        for expected in [
            "  NamedNumber: { record: { name: \"string\", number: \"number\" } },",
            "column: [\"option\", \"string\"] } },",
            "  Verdict: { words: [\"pass\", \"referral\", \"incomplete\"] },",
            "\"grid\": [\"list\", [\"list\", \"string\"]] } },",
            "  Day: { same: \"whole\" },",
        ] {
            assert!(text.contains(expected), "{expected}");
        }
    }

    #[test]
    fn types_bear_the_names_of_javascript() {
        let text = of_interface(crate::interpreted::INTERFACE);
        for expected in [
            "\n/** Days since 1970-01-01 in the calendar of the centre. 2026-07-10 is 20644. */\nexport type Day = number;",
            "export interface NamedNumber {\n",
            "  learnerMessage?: Option<string>;",
            "  /** Byte offset in `text` where block `i` starts. */\n  start: number[];",
            "  kind: Uint8Array;",
            "  | { tag: \"undecided\" }\n",
            "  | { tag: \"grid\"; val: string[][] };",
            "export type Verdict = \"pass\" | \"referral\" | \"incomplete\";",
            "  verdict: Verdict;",
        ] {
            assert!(text.contains(expected), "{expected}");
        }
    }
}
