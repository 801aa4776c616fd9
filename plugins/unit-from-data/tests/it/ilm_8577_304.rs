//! 8577-304 from `plugins/examples/ilm-8577-304/unit.toml` beside the plugin in Rust.

use ilm_8577_304::Mentoring;
use read_docx::ReadDocx;
use read_txt::ReadTxt;
use unit_from_data::data::UnitData;
use unit_sdk::reader::{Reader, wit as read};
use unit_sdk::wit::{self, Award};
use unit_sdk::{Plugin, testing};

use crate::{Numbers, changed, moved, same, same_findings, same_outcome, with_sections};

const FILE: &str = include_str!("../../../examples/ilm-8577-304/unit.toml");
const STRONG: &[u8] = include_bytes!("../../../../tests/fixtures/304-strong/304-strong.docx");
const WEAK: &[u8] = include_bytes!("../../../../tests/fixtures/304-weak/304-weak.docx");
const TEXTS: [&[u8]; 4] = [
    include_bytes!("../../../../tests/fixtures/304-strong/304-strong.txt"),
    include_bytes!("../../../../tests/fixtures/304-middling/care-home.txt"),
    include_bytes!("../../../../tests/fixtures/304-middling/council.txt"),
    include_bytes!("../../../../tests/fixtures/304-middling/logistics.txt"),
];
/// Changed assignments, and sheets, that are tried.
const TRIES: usize = 300;

fn evidence<R: Reader>(bytes: &[u8]) -> wit::Evidence {
    let file = read::File {
        bytes: bytes.to_vec(),
        media_type: String::new(),
        name: String::new(),
        wanted: read::Wanted::Document,
        locale: "en-GB".into(),
    };
    let read::Content::Document(document) = R::read(&file).expect("the file is read") else {
        panic!("gave tables");
    };
    let unit = Mentoring::describe();
    with_sections(&unit, testing::evidence(&unit, "assignment", &document))
}

fn from_text(text: &str) -> wit::Evidence {
    let unit = Mentoring::describe();
    with_sections(
        &unit,
        testing::evidence_from_text(&unit, "assignment", text),
    )
}

fn texts() -> [String; 4] {
    TEXTS.map(|bytes| String::from_utf8(bytes.to_vec()).expect("text"))
}

#[test]
fn the_unit_is_described_alike() {
    let data = crate::data(FILE);
    same(
        &UnitData::read(&data).unit,
        &Mentoring::describe(),
        "the description",
    );
}

#[test]
fn assignments_are_checked_alike() {
    let data = crate::data(FILE);
    let data = UnitData::read(&data);
    let context = testing::context(&data.unit);
    let mut all = vec![evidence::<ReadDocx>(STRONG), evidence::<ReadDocx>(WEAK)];
    all.extend(TEXTS.map(evidence::<ReadTxt>));
    for (at, evidence) in all.iter().enumerate() {
        let what = format!("assignment {at}");
        let findings = same_findings::<Mentoring>(&data, evidence, &context, None, &what);
        assert!(findings > 30, "{what}: only {findings} findings");
    }
}

#[test]
fn changed_assignments_settings_and_resubmissions_are_checked_alike() {
    let data = crate::data(FILE);
    let data = UnitData::read(&data);
    let texts = texts();
    let mut numbers = Numbers(304);
    for number in 0..TRIES {
        let text = &texts[numbers.below(texts.len())];
        let evidence = from_text(&changed(text, &mut numbers));
        let context = moved(testing::context(&data.unit), &mut numbers);
        let previous = (number % 3 == 0).then(|| wit::Attempt {
            number: 1,
            submitted: 20_600,
            evidence: from_text(text),
            decisions: data
                .unit
                .criteria()
                .map(|criterion| wit::CriterionOutcome {
                    criterion: criterion.id.clone(),
                    met: Some(numbers.below(2) == 0),
                })
                .collect(),
        });
        let what = format!("changed assignment {number}");
        same_findings::<Mentoring>(&data, &evidence, &context, previous.as_ref(), &what);
    }
}

#[test]
fn sheets_come_to_the_same() {
    let data = crate::data(FILE);
    let data = UnitData::read(&data);
    let context = testing::context(&data.unit);
    let criteria = data.unit.criteria().count();
    let mut numbers = Numbers(8577);
    for number in 0..TRIES {
        let by_marks = number % 2 == 0;
        let awards: Vec<Award> = (0..criteria)
            .map(|_| match numbers.below(24) {
                0 => Award::Undecided,
                1 => Award::Marks(40),
                2 => Award::Decision("referral".into()),
                at if by_marks => Award::Marks(u32::try_from(at % 13).unwrap_or(0)),
                _ => Award::Decision("pass".into()),
            })
            .collect();
        let mode = if by_marks { "marks" } else { "pass-referral" };
        let mut sheet = testing::sheet(&data.unit, mode, &awards);
        // Sheets that a centre or a mistake has changed are refused alike.
        match numbers.below(10) {
            0 => sheet.entries[0].minimum += 1,
            1 => sheet.entries[0].minimum -= 1,
            2 => sheet.entries[3].maximum += 1,
            3 => drop(sheet.entries.pop()),
            4 => sheet.mode = "letters".into(),
            _ => {}
        }
        same_outcome::<Mentoring>(&data, &sheet, &context);
    }
}
