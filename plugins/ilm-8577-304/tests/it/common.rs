//! Evidence as the host makes it: read by the readers, with the host's sections.

use assessment::evidence::{Document, NumberColumn, ReadDocument, Warning};
use assessment::unit::{Criterion, LearningOutcome, SheetRules, Slot, Unit};
use ilm_8577_304::Mentoring;
use unit_sdk::reader::Reader;
use unit_sdk::reader::wit as read;
use unit_sdk::wit::{self, Finding};
use unit_sdk::{Evidence, Plugin, testing};

/// The unit's criteria.
pub(crate) const CRITERIA: [&str; 8] = ["1.1", "1.2", "1.3", "1.4", "2.1", "2.2", "2.3", "2.4"];

/// The evidence that a file makes, by way of its reader and the host's sections.
pub(crate) fn evidence<R: Reader>(bytes: &[u8]) -> wit::Evidence {
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
    with_sections(testing::evidence(
        &Mentoring::describe(),
        "assignment",
        &document,
    ))
}

/// The evidence that lines of text make; lines that begin with `• ` are list items.
pub(crate) fn evidence_from_text(text: &str) -> wit::Evidence {
    with_sections(testing::evidence_from_text(
        &Mentoring::describe(),
        "assignment",
        text,
    ))
}

/// The findings about a first submission.
pub(crate) fn check(evidence: &wit::Evidence) -> Vec<Finding> {
    let unit = Mentoring::describe();
    let context = testing::context(&unit);
    Mentoring::check(Evidence::new(evidence), &context, None).expect("the check runs")
}

/// `criterion status` of all findings of a rule.
pub(crate) fn of_rule(findings: &[Finding], rule: &str) -> Vec<String> {
    let of_rule = findings.iter().filter(|finding| finding.rule == rule);
    let shown = |finding: &Finding| {
        let criterion = finding.criterion.as_deref().unwrap_or("-");
        format!("{criterion} {}", finding.status)
    };
    of_rule.map(shown).collect()
}

/// The one finding of a rule.
pub(crate) fn the<'a>(findings: &'a [Finding], rule: &str) -> &'a Finding {
    let mut of_rule = findings.iter().filter(|finding| finding.rule == rule);
    let first = of_rule
        .next()
        .unwrap_or_else(|| panic!("nothing of {rule}"));
    assert!(of_rule.next().is_none(), "several of {rule}");
    first
}

/// The counts of all findings of a rule.
pub(crate) fn counted(findings: &[Finding], rule: &str) -> Vec<f64> {
    let of_rule = findings.iter().filter(|finding| finding.rule == rule);
    of_rule
        .map(|finding| finding.measure.as_ref().expect("a count").counted)
        .collect()
}

/// The texts at a finding's places.
pub(crate) fn texts<'a>(evidence: &'a wit::Evidence, finding: &Finding) -> Vec<&'a str> {
    let text = &evidence.documents[0].text;
    let places = finding.places.iter();
    places
        .map(|place| &text[place.start as usize..place.end as usize])
        .collect()
}

/// Puts the host's sections in the place of the simple ones of `testing`.
fn with_sections(mut evidence: wit::Evidence) -> wit::Evidence {
    let unit = host_unit(&Mentoring::describe());
    for document in &mut evidence.documents {
        let found = assessment::sections::find(&unit, &host_document(document));
        document.sections = found
            .into_iter()
            .map(|section| wit::Section {
                kind: section.kind,
                id: section.id,
                heading: section.heading,
                start: section.start,
                end: section.end,
                words: section.words,
                found_by: section.found_by,
            })
            .collect();
    }
    evidence
}

fn host_document(document: &wit::Document) -> Document {
    let read = ReadDocument {
        text: document.text.clone(),
        labels: document.labels.clone(),
        kind: document.kind.clone(),
        level: document.level.clone(),
        style: document.style.clone(),
        part: document.part.clone(),
        more: Vec::<NumberColumn>::new(),
        warnings: Vec::<Warning>::new(),
    };
    Document::new(&document.slot, document.item, &document.file_name, read)
        .expect("the columns fit")
}

fn host_unit(unit: &wit::Unit) -> Unit {
    let outcomes = unit.outcomes.iter().map(|outcome| LearningOutcome {
        id: outcome.id.clone(),
        title: outcome.title.clone(),
        aliases: outcome.aliases.clone(),
        indicative_content: Vec::new(),
        prompts: Vec::new(),
        criteria: outcome.criteria.iter().map(host_criterion).collect(),
    });
    let slots = unit.slots.iter().map(|slot| Slot {
        id: slot.id.clone(),
        kind: slot.kind.clone(),
        title: slot.title.clone(),
        help: String::new(),
        required: slot.required,
        most_files: slot.most_files,
        criteria: slot.criteria.clone(),
        fields: Vec::new(),
        statement: slot.statement.clone(),
    });
    Unit {
        id: unit.id.clone(),
        version: unit.version.clone(),
        language: unit.language.clone(),
        awarding_body: unit.awarding_body.clone(),
        awarding_body_name: unit.awarding_body_name.clone(),
        number: unit.number.clone(),
        edition: unit.edition.clone(),
        task_edition: unit.task_edition.clone(),
        title: unit.title.clone(),
        level: unit.level.clone(),
        credit: unit.credit,
        guided_learning_hours: unit.guided_learning_hours,
        words: None,
        provenance: Vec::new(),
        outcomes: outcomes.collect(),
        sheet: SheetRules {
            modes: unit.sheet.modes.clone(),
            parts_per_mark: unit.sheet.parts_per_mark,
            notes: Vec::new(),
        },
        slots: slots.collect(),
        settings: Vec::new(),
        rules: Vec::new(),
        facts: Vec::new(),
    }
}

/// A criterion as the host knows it, with the digest of its wording.
pub(crate) fn host_criterion(criterion: &wit::Criterion) -> Criterion {
    Criterion {
        id: criterion.id.clone(),
        wording: criterion.wording.clone(),
        verbs: criterion.verbs.clone(),
        aliases: criterion.aliases.clone(),
        maximum: criterion.maximum,
        minimum: criterion.minimum,
        words: None,
        descriptors: Vec::new(),
        prompts: criterion.prompts.clone(),
    }
}
