//! Units from a file beside the same units in Rust: the same bytes.

mod ilm_8577_304;
mod ilm_8577_306;
mod workplace_induction;

use serde::Serialize;
use unit_from_data::data::UnitData;
use unit_sdk::{Evidence, Plugin, marking, wit};

/// The data of a unit's file.
fn data(file: &str) -> Vec<u8> {
    plugin_kit::data_unit::data(file).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("JSON")
}

/// Holds two values to the same JSON, and shows the first line that differs.
fn same(from_file: &impl Serialize, in_rust: &impl Serialize, what: &str) {
    let (file, rust) = (json(from_file), json(in_rust));
    if file == rust {
        return;
    }
    let differs = file
        .lines()
        .zip(rust.lines())
        .find(|(file, rust)| file != rust);
    panic!("{what}: from the file and in Rust: {differs:#?}");
}

fn same_findings<U: Plugin>(
    data: &UnitData<'_>,
    evidence: &wit::Evidence,
    context: &wit::Context,
    previous: Option<&wit::Attempt>,
    what: &str,
) -> usize {
    let from_file = data.check(Evidence::new(evidence), context, previous);
    let in_rust = U::check(Evidence::new(evidence), context, previous).expect("the check runs");
    same(&from_file, &in_rust, what);
    in_rust.len()
}

/// Outcomes and grades of a sheet, sound or not.
fn same_outcome<U: Plugin>(data: &UnitData<'_>, sheet: &wit::Sheet, context: &wit::Context) {
    let from_file = marking::evaluate(&data.unit, sheet);
    let in_rust = U::evaluate(sheet, context);
    let what = format!("{sheet:?}");
    match (from_file, in_rust) {
        (Ok(from_file), Ok(in_rust)) => {
            same(&from_file, &in_rust, &what);
            same(
                &marking::grade(&data.unit, &from_file, context),
                &U::grade(&in_rust, context).expect("a grade"),
                &what,
            );
        }
        (Err(from_file), Err(in_rust)) => same(&from_file, &in_rust, &what),
        (from_file, in_rust) => panic!("{what}: {from_file:?} {in_rust:?}"),
    }
}

/// The evidence with the sections that the host finds, in place of the simple ones
/// of `testing`. Names and types of the fields are the same on both sides.
fn with_sections(unit: &wit::Unit, mut evidence: wit::Evidence) -> wit::Evidence {
    let plain = wit::Unit {
        settings: Vec::new(),
        facts: Vec::new(),
        ..unit.clone()
    };
    let unit: assessment::unit::Unit = as_other(&plain);
    for document in &mut evidence.documents {
        let found = assessment::sections::find(&unit, &as_other(document));
        document.sections = as_other(&found);
    }
    evidence
}

fn as_other<T: serde::de::DeserializeOwned>(value: &impl Serialize) -> T {
    let value = serde_json::to_value(value).expect("JSON");
    serde_json::from_value(value).expect("the same fields on both sides")
}

/// Numbers that look random and are the same in each run (Marsaglia's xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or(0)
    }
}

/// A text as a learner might have left it: lines lost, moved, written twice, cut
/// short, or with odd characters between.
fn changed(text: &str, numbers: &mut Numbers) -> String {
    const ODD: [&str; 8] = [
        "• Ünïcode – “quoted”… 😀 字",
        "[Type your answer here]",
        "because so that I we our mentoring is a",
        "",
        "jo.bloggs@example.com 07700 900123 QQ 12 34 56 C",
        "AC 2.4 again",
        "• • •",
        "Dr Sarah Jones (2020) said",
    ];
    let mut lines: Vec<&str> = text.lines().collect();
    for _ in 0..=numbers.below(12) {
        let at = numbers.below(lines.len());
        match numbers.below(5) {
            0 if lines.len() > 1 => {
                lines.remove(at);
            }
            1 => {
                let line = lines[at];
                lines.insert(numbers.below(lines.len()), line);
            }
            2 => {
                let other = numbers.below(lines.len());
                lines.swap(at, other);
            }
            3 => {
                let line = lines[at];
                lines[at] = &line[..line.floor_char_boundary(numbers.below(line.len() + 1))];
            }
            _ => lines.insert(at, ODD[numbers.below(ODD.len())]),
        }
    }
    lines.join("\n")
}

/// The unit's settings with some numbers moved, as a centre's overlay may.
fn moved(mut context: wit::Context, numbers: &mut Numbers) -> wit::Context {
    for setting in &mut context.settings {
        if numbers.below(4) == 0
            && let wit::Value::Number(number) = &mut setting.value
        {
            *number = f64::from(u32::try_from(numbers.below(8)).unwrap_or(0)) * *number / 4.0;
            setting.source = "centre".into();
        }
    }
    context
}
