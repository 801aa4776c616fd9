//! What the unit is: everything of the file but its checks.

use std::collections::BTreeSet;

use toml::de::DeValue;
use unit_sdk::describe::{self, criterion, field, outcome};
use unit_sdk::wit;

use super::file::{Placed, Table, number_of};
use super::stock;

/// Kinds of field and setting.
const KINDS: [&str; 9] = [
    "text",
    "long-text",
    "whole-number",
    "number",
    "date",
    "time",
    "duration",
    "yes-no",
    "choice",
];
/// The awarding body whose manners the kit knows.
pub(super) const ILM: &str = "ilm";
const NOTES_WITH_MARKS: [&str; 3] = [
    "Every criterion must be met. With marks, that takes at least half of them.",
    "One criterion below its minimum makes a referral, whatever the total.",
    "The sheet is marked either with marks or with Pass and Referral, never with both.",
];
const NOTES_WITHOUT_MARKS: [&str; 3] = [
    "Every criterion must be met.",
    "The specification prints no marks. A centre that holds the official mark sheet may set them.",
    "The sheet is marked either with Pass and Referral or with marks, never with both.",
];

/// A band of marks that descriptors speak of.
struct Band<'t> {
    id: &'t str,
    label: &'t str,
    /// Work of this band gets about this share of the marks.
    share: Option<f64>,
}

/// Who may say something: codes of sources.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sources<'t> {
    pub(super) body: &'t str,
}

impl<'t> Sources<'t> {
    /// The source that a table names.
    pub(super) fn of(self, table: &Table<'t>, standard: Option<&'t str>) -> &'t str {
        let codes = [self.body, "centre", "heuristic"];
        table.word(
            "source",
            &codes,
            standard,
            "Who asks for it: the awarding body by its code, `centre`, or `heuristic` for your own rule of thumb.",
        )
    }
}

/// Reads everything but settings, rules and checks.
pub(super) fn read<'t>(root: &Table<'t>) -> (wit::Unit, Sources<'t>) {
    let (mut unit, sources) = identity(root);
    let sheet = sheet(root, &mut unit);
    let bands = bands(root, sources);
    outcomes(root, &mut unit, sources, &bands);
    marks(root, &mut unit, sources, &sheet);
    slots(root, &mut unit);
    (unit, sources)
}

fn identity<'t>(root: &Table<'t>) -> (wit::Unit, Sources<'t>) {
    let Some(table) = root.table("unit", "**needed**", "What the unit is.") else {
        root.problem("The file has no `[unit]`. Begin with the heading `[unit]`, and below it `id`, `version`, `number`, `title` and `awarding-body`.");
        return (describe::unit("", "", "", ""), Sources { body: "" });
    };
    let id = table.id(
        "id",
        "Id of the unit, the same in every version: `ilm-8577-304`.",
    );
    let version = table.text(
        "version",
        "Version of this file, such as `1.0.0`. Give each change that you hand on a higher one.",
    );
    let numbers: Vec<&str> = version.split('.').collect();
    let is_number = |part: &&str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part.len() == 1 || !part.starts_with('0'))
    };
    let is_version = numbers.len() == 3 && numbers.iter().all(is_number);
    if !version.is_empty() && !is_version {
        table.problem_at("version", format!("`{version}` is no version. Write three numbers with full stops between them, such as `1.0.0`."));
    }
    let number = table.text("number", "The unit’s number as printed: `8577-304`.");
    let title = table.text("title", "The unit’s title as printed.");
    let body = table.id("awarding-body", "Code of the awarding body: `ilm`. It is a `source` as well. `ilm` brings what ILM’s mark sheets have in common.");
    let name = table.optional_text(
        "awarding-body-name",
        "Its name as people write it; `ILM` for `ilm`.",
    );
    if name.is_none() && body != ILM && !body.is_empty() {
        table.missing(
            "awarding-body-name",
            "The awarding body’s name as people write it.",
        );
    }
    // The reference page shows how the codes of sources look.
    let body = if root.file().is_on_paper() { ILM } else { body };
    let sources = Sources { body };
    let mut unit = describe::unit(id, version, number, title)
        .awarding_body(body, name.unwrap_or(if body == ILM { "ILM" } else { "" }));
    unit.level = table.text_or("level", "3", "Level as printed.").into();
    unit.language = table
        .text_or(
            "language",
            "en-GB",
            "Language of the file’s texts, as BCP 47 has it.",
        )
        .into();
    unit.edition = table
        .text_or("edition", "", "Which edition of the specification this is.")
        .into();
    unit.task_edition = table
        .text_or(
            "task-edition",
            "",
            "Which edition of the task and mark sheet this is: `M3055 FEB 12 V1`.",
        )
        .into();
    unit.credit = table.whole("credit", "may be left out", "Credit value.");
    unit.guided_learning_hours = table.whole(
        "guided-learning-hours",
        "may be left out",
        "Guided learning hours.",
    );
    unit.words = words(&table, sources);
    provenance(root, &mut unit);
    facts(root, &mut unit);
    (unit, sources)
}

/// Guidance on length.
fn words<'t>(table: &Table<'t>, sources: Sources<'t>) -> Option<wit::WordGuidance> {
    let table = table.table(
        "words",
        "may be left out",
        "Guidance on length, in words. Never a gate, never part of a mark. In one line: `words = { about = 400, source = \"centre\" }`.",
    )?;
    let about = table.whole("about", "**needed**", "The length to aim at.");
    if !table.has("about") {
        table.missing("about", "The number of words to aim at.");
    }
    let low = table.whole(
        "from",
        "may be left out",
        "From where, if a range is given.",
    );
    let high = table.whole("to", "may be left out", "To where, if a range is given.");
    if let (Some(low), Some(high)) = (low, high)
        && low > high
    {
        table.problem_at(
            "from",
            format!("The words go from {low} to {high}, which leaves nothing. Swap them."),
        );
    }
    let source = sources.of(&table, Some("centre"));
    Some(wit::WordGuidance {
        nominal: about.unwrap_or_default(),
        low,
        high,
        source: source.into(),
    })
}

fn provenance(root: &Table<'_>, unit: &mut wit::Unit) {
    for table in root.tables(
        "provenance",
        "may be left out",
        "Where a fact of the unit comes from, above all one that is not certain.",
    ) {
        let about = table.text(
            "about",
            "What it is about: `unit`, `unit.number`, `criterion:1.1`, `slot:diary`, `setting:x`.",
        );
        let basis = table.word(
            "basis",
            &["specification", "derived", "inferred", "provisional"],
            None,
            "Printed by the awarding body, derived from what is printed, your best reading, or written by you until the original is at hand.",
        );
        let note = table.text("note", "One or two sentences with the source’s name.");
        unit.provenance.push(wit::Provenance {
            about: about.into(),
            basis: basis.into(),
            note: note.into(),
        });
    }
}

fn facts(root: &Table<'_>, unit: &mut wit::Unit) {
    for table in root.tables(
        "fact",
        "may be left out",
        "A further fact, shown with the unit. Known keys are `purpose`, `standards`, `equivalents` and `suggested-hours`.",
    ) {
        let about = table.text_or("about", "unit", "What it is about, written as in `[[provenance]]`.");
        let key = table.id("key", "Its name: `purpose`.");
        let value = table.any(
            "value",
            "text, number, `true` or `false`, or list of texts",
            "**needed**",
            "The fact.",
        );
        let Some(value) = value else {
            table.missing("value", "The fact.");
            continue;
        };
        let fact = match value.get_ref() {
            DeValue::String(text) => wit::Value::Text(text.as_ref().into()),
            DeValue::Boolean(flag) => wit::Value::Flag(*flag),
            DeValue::Array(_) => {
                let texts = table.texts_of(value, "value");
                wit::Value::Texts(texts.iter().map(|text| text.value.into()).collect())
            }
            other => {
                let Some(number) = number_of(other) else {
                    table.problem_at("value", "`value` should be a text, a number, `true` or `false`, or a list of texts.");
                    continue;
                };
                wit::Value::Number(number)
            }
        };
        unit.facts.push(wit::Fact {
            about: about.into(),
            key: key.into(),
            value: fact,
        });
    }
}

/// What the sheet's table says that can only be held against the criteria.
#[derive(Default)]
struct Sheet {
    total: Option<Placed<f64>>,
    modes: Option<Vec<String>>,
    notes: Option<Vec<String>>,
    at: usize,
}

fn sheet(root: &Table<'_>, unit: &mut wit::Unit) -> Sheet {
    let Some(table) = root.table("sheet", "may be left out", "How the mark sheet works.") else {
        return Sheet::default();
    };
    let total = table.number(
        "total-marks",
        "may be left out",
        "What the marks of all criteria add up to as printed; it is held against them.",
    );
    let modes = table.optional_texts(
        "modes",
        "`[\"marks\", \"pass-referral\"]`, or the other way round where no criterion has marks",
        "How the sheet can be marked; the first is usual.",
    );
    for mode in modes.iter().flatten() {
        table.known(mode.value, mode.at, ["marks", "pass-referral"], "mode");
    }
    if modes.as_ref().is_some_and(Vec::is_empty) {
        table.problem_at(
            "modes",
            "`modes` is empty. Name `marks`, `pass-referral` or both.",
        );
    }
    let notes = table.optional_texts(
        "notes",
        "ILM’s own for `ilm`, else empty",
        "Rules of the sheet in plain sentences, shown above it.",
    );
    let parts = table.whole("parts-per-mark", "`1`", "2 where half marks can be given.");
    if let Some(parts) = parts.filter(|parts| !(1..=100).contains(parts)) {
        table.problem_at(
            "parts-per-mark",
            format!("A mark cannot have {parts} parts; from 1 to 100 are possible."),
        );
    }
    unit.sheet.parts_per_mark = parts.unwrap_or(1).clamp(1, 100);
    Sheet {
        total: total.map(|value| Placed {
            value,
            at: table.at("total-marks"),
        }),
        modes: modes.map(plain),
        notes: notes.map(plain),
        at: table.start(),
    }
}

fn bands<'t>(root: &Table<'t>, sources: Sources<'t>) -> Vec<Band<'t>> {
    let mut bands = Vec::new();
    for table in root.tables(
        "band",
        "`referral`, `pass` and `good-pass`",
        "A band that descriptors speak of, from the lowest to the highest.",
    ) {
        let id = table.id("id", "Code of the band: `merit`.");
        let label = table.text("label", "The band as printed: `Merit`.");
        let share = table.number(
            "share-of-marks",
            "may be left out",
            "Work of this band gets about this share of the marks, from 0 to 1.",
        );
        if share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            table.problem_at(
                "share-of-marks",
                "A share goes from 0 to 1: 0.5 is half of the marks.",
            );
        }
        bands.push(Band { id, label, share });
    }
    if bands.is_empty() {
        let usual = [
            ("referral", "Referral", 0.25),
            ("pass", "Pass", 0.5),
            ("good-pass", "Good Pass", 0.75),
        ];
        // The shares are those of ILM's mark sheets.
        let is_ilm = sources.body == ILM;
        bands.extend(usual.map(|(id, label, share)| Band {
            id,
            label,
            share: is_ilm.then_some(share),
        }));
    }
    bands
}

fn outcomes<'t>(root: &Table<'t>, unit: &mut wit::Unit, sources: Sources<'t>, bands: &[Band<'t>]) {
    let (mut ids, mut criteria) = (BTreeSet::new(), BTreeSet::new());
    for table in root.tables(
        "outcome",
        "**needed**",
        "A learning outcome, in the specification’s order.",
    ) {
        let id = table.id("id", "Its number: `1`.");
        once(&table, &mut ids, id, "outcome");
        let mut one = outcome(id, table.text("title", "Exact title."));
        one.aliases = plain(table.texts(
            "aliases",
            "Other headings that learners and editions use for it.",
        ));
        one.indicative_content =
            plain(table.texts("indicative-content", "Indicative content, one item each."));
        one.prompts = plain(table.texts("prompts", "Questions for reflection, one each."));
        for table in table.tables(
            "criterion",
            "**needed**",
            "An assessment criterion of the outcome above it.",
        ) {
            let id = table.id("id", "Its number, unique in the unit: `1.1`.");
            once(&table, &mut criteria, id, "criterion");
            one.criteria
                .push(read_criterion(&table, id, unit, sources, bands));
        }
        if one.criteria.is_empty() {
            table.problem(format!("Outcome `{id}` has no criterion. Add one below it, under the heading `[[outcome.criterion]]`."));
        }
        unit.outcomes.push(one);
    }
    if unit.outcomes.is_empty() {
        root.problem("The file has no outcome. Add one under the heading `[[outcome]]`.");
    }
    if unit.outcomes.len() > 60 || unit.criteria().count() > 200 {
        root.problem("A unit has at most 60 outcomes and 200 criteria.");
    }
}

fn read_criterion<'t>(
    table: &Table<'t>,
    id: &'t str,
    unit: &wit::Unit,
    sources: Sources<'t>,
    bands: &[Band<'t>],
) -> wit::Criterion {
    let mut one = criterion(
        id,
        &[],
        table.text("wording", "The regulated wording, to the letter."),
    );
    one.verbs = plain(table.needed_texts("verbs", "Command verbs in the order of the wording, as they stand in a dictionary: `[\"describe\", \"define\"]`."));
    one.aliases = plain(table.texts("aliases", "Other headings that count as this criterion’s."));
    one.prompts = plain(table.texts("prompts", "The task’s questions for this criterion. Where they are left in an answer, their words do not count."));
    let marks = table.number("marks", "no marks", "Most marks there are.");
    let least = table.number(
        "pass-marks",
        "half of `marks`, rounded up",
        "Fewest marks that meet the criterion.",
    );
    let parts_per_mark = f64::from(unit.sheet.parts_per_mark);
    let parts = |key: &'static str, marks: f64| {
        let parts = marks * parts_per_mark;
        if parts.fract() != 0.0 || !(0.0..=1_000_000.0).contains(&parts) {
            table.problem_at(key, format!("`{key}` should be whole marks, but {marks} stands here. Where half marks can be given, say `parts-per-mark = 2` in `[sheet]`."));
        }
        whole_of(parts)
    };
    if let Some(marks) = marks {
        one.maximum = parts("marks", marks);
        one.minimum = one.maximum.div_ceil(2);
        if one.maximum == 0 {
            table.problem_at(
                "marks",
                "A criterion cannot have 0 marks. Leave `marks` out where none are printed.",
            );
        }
    }
    if let Some(least) = least {
        one.minimum = parts("pass-marks", least);
        match marks {
            None => table.problem_at("pass-marks", format!("Criterion `{id}` has `pass-marks` and no `marks`. Say how many there are.")),
            Some(marks) if least > marks => table.problem_at(
                "pass-marks",
                format!("Criterion `{id}` asks for {least} of {marks} marks. `pass-marks` can be {marks} at most."),
            ),
            Some(_) => {}
        }
    }
    one.words = words(table, sources);
    descriptors(table, &mut one, sources, bands);
    one
}

fn descriptors<'t>(
    table: &Table<'t>,
    criterion: &mut wit::Criterion,
    sources: Sources<'t>,
    bands: &[Band<'t>],
) {
    let provisional = table.flag(
        "descriptors-provisional",
        false,
        "`true` where the awarding body’s own text is not at hand; shown with that label.",
    );
    let codes = [sources.body, "centre", "heuristic"];
    let source = table.word(
        "descriptors-source",
        &codes,
        Some("heuristic"),
        "Who wrote the descriptors.",
    );
    let Some(descriptors) = table.table(
        "descriptors",
        "may be left out",
        "What work in each band looks like. Each key is a band.",
    ) else {
        return;
    };
    descriptors.any(
        "*",
        "text, or list of texts",
        "may be left out",
        "The text for this band; alternatives of which any one suffices are a list.",
    );
    let mut found = Vec::new();
    for (band, value) in descriptors.entries() {
        let known = bands.iter().map(|band| band.id);
        descriptors.known(band.value, band.at, known, "band");
        let texts = match value.get_ref() {
            DeValue::String(text) => vec![text.as_ref().to_owned()],
            _ => plain(descriptors.texts_of(value, band.value)),
        };
        found.push((band.value, texts));
    }
    for band in bands {
        let Some((_, texts)) = found.iter().find(|(id, _)| *id == band.id) else {
            continue;
        };
        let around = band
            .share
            .filter(|_| criterion.maximum > 0)
            .map(|share| whole_of((f64::from(criterion.maximum) * share).floor()));
        criterion.descriptors.push(wit::Descriptor {
            band: band.id.into(),
            label: band.label.into(),
            around,
            texts: texts.clone(),
            provisional,
            source: source.into(),
        });
    }
}

/// Holds the marks together, and fills in what follows from them.
fn marks(root: &Table<'_>, unit: &mut wit::Unit, sources: Sources<'_>, sheet: &Sheet) {
    let with: Vec<&str> = unit
        .criteria()
        .filter(|criterion| criterion.maximum > 0)
        .map(|criterion| criterion.id.as_str())
        .collect();
    let has_marks = !with.is_empty();
    let file = root.file();
    // Marks that do not fit together often follow from a slip above, which is enough to read.
    let is_sound = file.is_sound();
    if is_sound && has_marks && with.len() < unit.criteria().count() {
        let without: Vec<&str> = unit
            .criteria()
            .filter(|criterion| criterion.maximum == 0)
            .map(|criterion| criterion.id.as_str())
            .collect();
        file.problem(
            sheet.at,
            format!("Some criteria have `marks` and these have none: {}. Give all of them marks, or none.", without.join(", ")),
        );
    }
    let parts = f64::from(unit.sheet.parts_per_mark);
    let sum: u32 = unit.criteria().map(|criterion| criterion.maximum).sum();
    let sum = f64::from(sum) / parts;
    if let Some(total) = sheet.total
        && is_sound
        && unit.criteria().next().is_some()
        && (total.value - sum).abs() > f64::EPSILON
    {
        let each: Vec<String> = unit
            .criteria()
            .map(|criterion| (f64::from(criterion.maximum) / parts).to_string())
            .collect();
        file.problem(
            total.at,
            format!(
                "`total-marks` says {}, but the marks of the criteria add up to {sum} ({}).",
                total.value,
                each.join(" + ")
            ),
        );
    }
    let modes = if has_marks {
        ["marks", "pass-referral"]
    } else {
        ["pass-referral", "marks"]
    };
    unit.sheet.modes = sheet.modes.clone().unwrap_or(modes.map(Into::into).into());
    let notes = match (sources.body, has_marks) {
        (ILM, true) => NOTES_WITH_MARKS.map(Into::into).into(),
        (ILM, false) => NOTES_WITHOUT_MARKS.map(Into::into).into(),
        _ => Vec::new(),
    };
    unit.sheet.notes = sheet.notes.clone().unwrap_or(notes);
}

fn slots(root: &Table<'_>, unit: &mut wit::Unit) {
    let mut ids = BTreeSet::new();
    for table in root.tables(
        "slot",
        "**needed**",
        "Something that the learner hands in or fills in, in the order of the page.",
    ) {
        let id = table.id("id", "Its id: `diary`.");
        once(&table, &mut ids, id, "slot");
        let kind = table.word(
            "kind",
            &["document", "table", "form", "declaration", "attachment"],
            None,
            "`document`: prose under headings, from a file. `table`: rows, from a file or typed in. `form`: fields, filled in once. `declaration`: a statement to accept. `attachment`: files that no check reads.",
        );
        let mut slot = wit::Slot {
            id: id.into(),
            kind: kind.into(),
            title: table.text("title", "Title on the page.").into(),
            help: table
                .text_or("help", "", "What is wanted, in a sentence or two.")
                .into(),
            required: table.flag("required", true, "Whether handing in asks for it."),
            most_files: 0,
            criteria: Vec::new(),
            fields: Vec::new(),
            statement: table
                .text_or(
                    "statement",
                    "",
                    "The statement to accept, to the letter; only for a declaration.",
                )
                .into(),
        };
        let most = table.whole(
            "most-files",
            "`1`; `0` for a form or declaration",
            "Most files that may be given.",
        );
        let takes_files = matches!(kind, "document" | "table" | "attachment");
        slot.most_files = most.unwrap_or(u32::from(takes_files));
        if takes_files && slot.most_files == 0 {
            table.problem_at(
                "most-files",
                format!("Slot `{id}` takes files, so `most-files` is 1 at least."),
            );
        }
        if (kind == "declaration") == slot.statement.trim().is_empty() && !kind.is_empty() {
            table.problem_at(
                "statement",
                if kind == "declaration" {
                    format!("Slot `{id}` is a declaration and has no `statement`. Write there what the learner accepts.")
                } else {
                    format!("Slot `{id}` has a `statement`, which only a declaration can have.")
                },
            );
        }
        let criteria = table.texts(
            "criteria",
            "Criteria that it can be evidence for; any where it is left out.",
        );
        for one in &criteria {
            known_criterion(&table, unit, *one);
        }
        slot.criteria = plain(criteria);
        let mut names = BTreeSet::new();
        for table in table.tables(
            "field",
            "needed for tables and forms",
            "A column of a table, a field of a form, or a fact asked about each attachment.",
        ) {
            let id = table.id("id", "Its id: `minutes`.");
            once(&table, &mut names, id, "field");
            slot.fields.push(read_field(&table, id, None));
        }
        if matches!(kind, "table" | "form") && slot.fields.is_empty() {
            table.problem(format!("Slot `{id}` is a {kind} and has no fields. Add one under the heading `[[slot.field]]`."));
        }
        if slot.fields.len() > 64 {
            table.problem(format!(
                "Slot `{id}` has {} fields; there may be 64.",
                slot.fields.len()
            ));
        }
        unit.slots.push(slot);
    }
    if unit.slots.is_empty() {
        root.problem("The file has no slot, so nothing could be handed in. Add one under the heading `[[slot]]`.");
    }
    if unit.slots.len() > 40 {
        root.problem("A unit has at most 40 slots.");
    }
}

/// A field, or the field of a setting, of which the kit may know the rest.
fn read_field(table: &Table<'_>, id: &str, stock: Option<&stock::StockSetting>) -> wit::Field {
    let title = table.optional_text(
        "title",
        "Title on the page; needed but for settings that the kit knows.",
    );
    let kind = table.word(
        "kind",
        &KINDS,
        stock.map(|stock| stock.kind).or(Some("text")),
        "What may be written there. A bare number in a `duration` counts hours where the heading or `unit` says so, else minutes. For settings that the kit knows, the kit’s own.",
    );
    if title.is_none() && stock.is_none() {
        table.missing("title", "Title on the page.");
    }
    let title = title.or(stock.map(|stock| stock.title)).unwrap_or_default();
    let mut one = field(id, title, kind);
    if let Some(stock) = stock {
        one = one
            .help(stock.help)
            .unit(stock.unit)
            .between(stock.minimum, stock.maximum);
    }
    if let Some(help) = table.optional_text("help", "What to write, in a sentence.") {
        one = one.help(help);
    }
    if let Some(unit) =
        table.optional_text("unit", "Unit of a number as people write it: `minutes`.")
    {
        one = one.unit(unit);
    }
    one.minimum = table
        .number("minimum", "none", "Smallest value allowed.")
        .or(one.minimum);
    one.maximum = table
        .number("maximum", "none", "Largest value allowed.")
        .or(one.maximum);
    if let (Some(minimum), Some(maximum)) = (one.minimum, one.maximum)
        && minimum > maximum
    {
        table.problem_at(
            "minimum",
            format!("`{id}` goes from {minimum} to {maximum}, which leaves nothing."),
        );
    }
    one.required = table.flag(
        "required",
        true,
        "Whether a row, form or attachment without it is incomplete.",
    );
    one.aliases = plain(table.texts(
        "aliases",
        "Other column headings to accept when a file is read.",
    ));
    one.example = table
        .text_or("example", "", "An example for the template.")
        .into();
    let mut ids = BTreeSet::new();
    for table in table.tables(
        "choice",
        "needed for `kind = \"choice\"`",
        "One of the choices.",
    ) {
        let id = table.id("id", "Its id, which is what the cell then holds.");
        once(&table, &mut ids, id, "choice");
        one.choices.push(wit::Choice {
            id: id.into(),
            title: table.text("title", "Title on the page.").into(),
            aliases: plain(table.texts("aliases", "Other words to accept when a file is read.")),
        });
    }
    if (kind == "choice") == one.choices.is_empty() {
        table.problem(if kind == "choice" {
            format!(
                "`{id}` is a choice and has none. Add one under the heading `{}`.",
                table.below("choice")
            )
        } else {
            format!("`{id}` has choices, so its `kind` should be `choice`.")
        });
    }
    one
}

/// The settings that the file names, in its order.
pub(super) fn settings<'t>(root: &Table<'t>, unit: &mut wit::Unit, sources: Sources<'t>) {
    let mut ids = BTreeSet::new();
    for table in root.tables(
        "setting",
        "may be left out",
        "A number, text or switch that a centre may set. Checks make their own, so name only those that should differ.",
    ) {
        let id = table.id("id", "Its id: `min_minutes_total`.");
        once(&table, &mut ids, id, "setting");
        let stock = stock::setting_of(id);
        let field = read_field(&table, id, stock);
        let source = sources.of(&table, Some("heuristic"));
        let raise = source == sources.body && matches!(field.kind.as_str(), "whole-number" | "number" | "duration");
        let may = table.word(
            "centre-may",
            &["fixed", "raise", "lower", "free"],
            Some(if raise { "raise" } else { "free" }),
            "What a centre may do with it: nothing, only raise it, only lower it, or anything within the bounds. `raise` is usual for a number that the awarding body asks for.",
        );
        let standard = standard(&table, &field, stock);
        unit.settings.push(wit::Setting {
            field,
            standard,
            source: source.into(),
            overlay: may.into(),
        });
    }
    if unit.settings.len() > 100 {
        root.problem("A unit has at most 100 settings.");
    }
}

fn standard(
    table: &Table<'_>,
    field: &wit::Field,
    stock: Option<&stock::StockSetting>,
) -> wit::Value {
    let id = &field.id;
    let written = table.any(
        "standard",
        "number, text, or `true` or `false`",
        "the kit’s own where it has one",
        "The value where no centre sets one.",
    );
    let Some(value) = written else {
        let standard = stock.and_then(|stock| stock.standard);
        if standard.is_none() {
            table.missing("standard", "The value where no centre sets one.");
        }
        return wit::Value::Number(standard.unwrap_or_default());
    };
    let expected = match (field.kind.as_str(), value.get_ref()) {
        ("whole-number" | "number" | "duration" | "date" | "time", other) => match number_of(other)
        {
            Some(number) if field.kind == "whole-number" && number.fract() != 0.0 => {
                "a whole number"
            }
            Some(number) => {
                if field.minimum.is_some_and(|least| number < least)
                    || field.maximum.is_some_and(|most| number > most)
                {
                    table.problem_at(
                        "standard",
                        format!("`standard` is {number}, which is out of the bounds of `{id}`."),
                    );
                }
                return wit::Value::Number(number);
            }
            None => "a number",
        },
        ("yes-no", DeValue::Boolean(flag)) => return wit::Value::Flag(*flag),
        ("yes-no", _) => "`true` or `false`",
        (kind, DeValue::String(text)) => {
            if kind == "choice" {
                let choices = field.choices.iter().map(|choice| choice.id.as_str());
                table.known(text, value.span().start, choices, "choice");
            }
            return wit::Value::Text(text.as_ref().into());
        }
        _ => "a text in quotation marks",
    };
    table.problem_at(
        "standard",
        format!(
            "`standard` of `{id}` should be {expected}, for its kind is `{}`.",
            field.kind
        ),
    );
    wit::Value::Number(0.0)
}

/// Reports an id that was there before.
pub(super) fn once<'t>(table: &Table<'t>, seen: &mut BTreeSet<&'t str>, id: &'t str, what: &str) {
    if !id.is_empty() && !seen.insert(id) {
        table.problem_at(
            "id",
            format!("There is another {what} `{id}` above. Each needs an id of its own."),
        );
    }
}

/// Reports a criterion that the unit does not have.
pub(super) fn known_criterion(table: &Table<'_>, unit: &wit::Unit, id: Placed<&str>) {
    let known: Vec<&str> = unit
        .criteria()
        .map(|criterion| criterion.id.as_str())
        .collect();
    // A file without criteria has been told so already.
    if !known.is_empty() {
        table.known(id.value, id.at, known, "criterion");
    }
}

/// The texts by themselves.
pub(super) fn plain(texts: Vec<Placed<&str>>) -> Vec<String> {
    texts
        .into_iter()
        .map(|text| text.value.to_owned())
        .collect()
}

/// A number that was held to be whole.
fn whole_of(number: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to what a u32 holds"
    )]
    let whole = number.clamp(0.0, f64::from(u32::MAX)) as u32;
    whole
}
