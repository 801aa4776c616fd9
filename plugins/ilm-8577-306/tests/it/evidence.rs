//! Evidence for the tests, made as the host makes it: a diary from a file or from
//! typed rows, a portfolio from a file or from text.

use assessment::evidence::{Document, ReadColumn, ReadDocument, ReadTable};
use assessment::{table, unit as host};
use ilm_8577_306::ExtendedMentoring;
use read_csv::ReadCsv;
use read_docx::ReadDocx;
use unit_sdk::reader::Reader;
use unit_sdk::reader::wit::{Content, File, Wanted};
use unit_sdk::{Evidence, Plugin, testing, wit};

/// Titles of the columns that a short diary has.
const TITLES: [&str; 5] = ["Date", "Client", "Start", "Minutes", "Kind"];

/// What a learner hands in.
pub(crate) struct Work {
    pub(crate) evidence: wit::Evidence,
    pub(crate) context: wit::Context,
}

impl Work {
    /// Nothing but empty slots, on 2026-07-10.
    pub(crate) fn new() -> Self {
        let unit = ExtendedMentoring::describe();
        let slots = unit.slots.iter().map(|slot| wit::SlotState {
            slot: slot.id.clone(),
            state: "empty".into(),
            note: String::new(),
        });
        let evidence = wit::Evidence {
            slots: slots.collect(),
            documents: Vec::new(),
            tables: Vec::new(),
        };
        let context = testing::context(&unit);
        Self { evidence, context }
    }

    pub(crate) fn state(mut self, slot: &str, state: &str) -> Self {
        let slots = &mut self.evidence.slots;
        let slot = slots
            .iter_mut()
            .find(|known| known.slot == slot)
            .expect("the unit has the slot");
        slot.state = state.into();
        self
    }

    /// A setting of the centre.
    pub(crate) fn set(mut self, id: &str, value: wit::Value) -> Self {
        let settings = &mut self.context.settings;
        let setting = settings
            .iter_mut()
            .find(|known| known.id == id)
            .expect("the unit has the setting");
        setting.value = value;
        setting.source = "centre".into();
        self
    }

    /// A diary as a .csv file.
    pub(crate) fn diary_file(self, csv: &str) -> Self {
        let read = read_tables::<ReadCsv>(csv.as_bytes());
        self.diary(&read)
    }

    /// A diary as it was read, or typed in a page.
    pub(crate) fn diary(mut self, read: &ReadTable) -> Self {
        let item = self.evidence.tables.len();
        let unit = host_unit();
        let slot = unit.slot("diary").expect("the unit has a diary");
        let matching = table::matching(slot, read);
        let item = u32::try_from(item).expect("few tables");
        let title = format!("diary {}", item + 1);
        let (table, _) = table::table(slot, item, &title, read, &matching, "en-GB");
        let columns = table.columns.into_iter().map(|column| wit::TableColumn {
            id: column.id,
            title: column.title,
            kind: column.kind,
            present: column.present,
            cells: column.cells,
            written: column.written,
            numbers: column.numbers,
        });
        self.evidence.tables.push(wit::Table {
            slot: table.slot,
            item: table.item,
            title: table.title,
            row_count: table.row_count,
            columns: columns.collect(),
            source_row: table.source_row,
        });
        self.state("diary", "given")
    }

    /// A diary typed in a page, with date, client, start, minutes and kind.
    pub(crate) fn sessions(self, rows: &[[&str; 5]]) -> Self {
        let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.to_vec()).collect();
        self.diary(&typed(&TITLES, &rows))
    }

    /// A portfolio of one .docx file.
    pub(crate) fn portfolio_file(self, bytes: &[u8]) -> Self {
        let file = File {
            bytes: bytes.to_vec(),
            media_type: String::new(),
            name: String::new(),
            wanted: Wanted::Document,
            locale: "en-GB".into(),
        };
        match ReadDocx::read(&file).expect("the fixture is read") {
            Content::Document(read) => self.document(ReadDocument {
                text: read.text,
                labels: read.labels,
                kind: read.kind,
                level: read.level,
                style: read.style,
                part: read.part,
                ..ReadDocument::default()
            }),
            Content::Tables(_) => panic!("gave tables"),
        }
    }

    /// A further document of the portfolio: lines of text.
    pub(crate) fn portfolio(self, text: &str) -> Self {
        let lines = text.lines().count();
        self.document(ReadDocument {
            text: text.to_owned(),
            kind: vec![0; lines],
            level: vec![0; lines],
            style: vec![0; lines],
            part: vec![0; lines],
            ..ReadDocument::default()
        })
    }

    fn document(mut self, read: ReadDocument) -> Self {
        let item = u32::try_from(self.evidence.documents.len()).expect("few documents");
        let document =
            Document::new("portfolio", item, "portfolio.docx", read).expect("even columns");
        let sections = assessment::sections::find(&host_unit(), &document);
        let sections = sections.into_iter().map(|section| wit::Section {
            kind: section.kind,
            id: section.id,
            heading: section.heading,
            start: section.start,
            end: section.end,
            words: section.words,
            found_by: section.found_by,
        });
        self.evidence.documents.push(wit::Document {
            slot: document.slot,
            item: document.item,
            file_name: document.file_name,
            text: document.read.text,
            labels: document.read.labels,
            kind: document.read.kind,
            level: document.read.level,
            style: document.read.style,
            part: document.read.part,
            start: document.start,
            end: document.end,
            words: document.words,
            more: Vec::new(),
            sections: sections.collect(),
            warnings: Vec::new(),
        });
        self.state("portfolio", "given")
    }

    pub(crate) fn check(&self) -> Findings {
        let evidence = Evidence::new(&self.evidence);
        let findings =
            ExtendedMentoring::check(evidence, &self.context, None).expect("the check runs");
        Findings(findings)
    }

    /// The texts that the places of a finding point at.
    pub(crate) fn texts_at(&self, finding: &wit::Finding) -> Vec<&str> {
        let in_portfolio = finding
            .places
            .iter()
            .filter(|place| place.slot == "portfolio");
        in_portfolio
            .map(|place| {
                let text = &self.evidence.documents[place.item as usize].text;
                &text[place.start as usize..place.end as usize]
            })
            .collect()
    }
}

/// What the check answered.
pub(crate) struct Findings(pub(crate) Vec<wit::Finding>);

impl Findings {
    pub(crate) fn all(&self, rule: &str) -> Vec<&wit::Finding> {
        self.0
            .iter()
            .filter(|finding| finding.rule == rule)
            .collect()
    }

    pub(crate) fn one(&self, rule: &str) -> &wit::Finding {
        match self.all(rule)[..] {
            [one] => one,
            ref all => panic!("{rule}: {} findings", all.len()),
        }
    }

    pub(crate) fn status(&self, rule: &str) -> &str {
        &self.one(rule).status
    }

    pub(crate) fn has(&self, rule: &str) -> bool {
        !self.all(rule).is_empty()
    }
}

/// A detail that is a number; none where there is no such detail.
pub(crate) fn number(finding: &wit::Finding, key: &str) -> Option<f64> {
    let entry = finding.details.iter().find(|entry| entry.key == key)?;
    match &entry.value {
        wit::Value::Number(number) => Some(*number),
        other => panic!("{key} is {other:?}"),
    }
}

/// A detail that is texts.
pub(crate) fn texts<'a>(finding: &'a wit::Finding, key: &str) -> Vec<&'a str> {
    match detail(finding, key) {
        wit::Value::Texts(texts) => texts.iter().map(String::as_str).collect(),
        other => panic!("{key} is {other:?}"),
    }
}

/// A detail that is named numbers.
pub(crate) fn counts<'a>(finding: &'a wit::Finding, key: &str) -> Vec<(&'a str, f64)> {
    match detail(finding, key) {
        wit::Value::Counts(counts) => counts
            .iter()
            .map(|count| (count.name.as_str(), count.number))
            .collect(),
        other => panic!("{key} is {other:?}"),
    }
}

/// A detail that is a grid.
pub(crate) fn grid<'a>(finding: &'a wit::Finding, key: &str) -> Vec<Vec<&'a str>> {
    match detail(finding, key) {
        wit::Value::Grid(rows) => rows
            .iter()
            .map(|row| row.iter().map(String::as_str).collect())
            .collect(),
        other => panic!("{key} is {other:?}"),
    }
}

/// Rows that a finding points at, as people number them.
pub(crate) fn rows_at(work: &Work, finding: &wit::Finding) -> Vec<u32> {
    let in_diary = finding.places.iter().filter(|place| place.slot == "diary");
    in_diary
        .map(|place| work.evidence.tables[place.item as usize].source_row[place.start as usize])
        .collect()
}

fn detail<'a>(finding: &'a wit::Finding, key: &str) -> &'a wit::Value {
    let entry = finding.details.iter().find(|entry| entry.key == key);
    &entry
        .unwrap_or_else(|| panic!("{} has no detail {key}", finding.rule))
        .value
}

/// The first table of a file.
pub(crate) fn read_tables<R: Reader>(bytes: &[u8]) -> ReadTable {
    let file = File {
        bytes: bytes.to_vec(),
        media_type: String::new(),
        name: String::new(),
        wanted: Wanted::Tables,
        locale: "en-GB".into(),
    };
    let Content::Tables(mut tables) = R::read(&file).expect("the file is read") else {
        panic!("gave a document");
    };
    let read = tables.swap_remove(0);
    let columns = read.columns.into_iter().map(|column| ReadColumn {
        heading: column.heading,
        kind: column.kind,
        cells: column.cells,
        written: column.written,
    });
    ReadTable {
        title: read.title,
        row_count: read.row_count,
        columns: columns.collect(),
        source_row: read.source_row,
        headings: read.headings,
        warnings: Vec::new(),
    }
}

/// Rows as they are typed in a page, the first of them in row 1.
pub(crate) fn typed(titles: &[&str], rows: &[Vec<&str>]) -> ReadTable {
    let columns = titles.iter().enumerate().map(|(at, title)| {
        let cells: Vec<&str> = rows.iter().map(|row| row[at]).collect();
        ReadColumn {
            heading: (*title).to_owned(),
            kind: cells
                .iter()
                .map(|cell| u8::from(!cell.is_empty()))
                .collect(),
            cells: cells.join("\n"),
            written: String::new(),
        }
    });
    let count = u32::try_from(rows.len()).expect("few rows");
    ReadTable {
        row_count: count,
        columns: columns.collect(),
        source_row: (1..=count).collect(),
        headings: "marked".into(),
        ..ReadTable::default()
    }
}

/// The unit as the host keeps it, as far as headings need it.
pub(crate) fn host_unit() -> host::Unit {
    let unit = ExtendedMentoring::describe();
    let outcomes = unit.outcomes.iter().map(|outcome| host::LearningOutcome {
        id: outcome.id.clone(),
        title: outcome.title.clone(),
        aliases: outcome.aliases.clone(),
        indicative_content: Vec::new(),
        prompts: Vec::new(),
        criteria: outcome.criteria.iter().map(host_criterion).collect(),
    });
    let slots = unit.slots.iter().map(|slot| host::Slot {
        id: slot.id.clone(),
        kind: slot.kind.clone(),
        title: slot.title.clone(),
        help: String::new(),
        required: slot.required,
        most_files: slot.most_files,
        criteria: slot.criteria.clone(),
        fields: slot.fields.iter().map(host_field).collect(),
        statement: slot.statement.clone(),
    });
    host::Unit {
        id: unit.id.clone(),
        version: unit.version.clone(),
        language: unit.language.clone(),
        awarding_body: unit.awarding_body.clone(),
        awarding_body_name: unit.awarding_body_name.clone(),
        number: unit.number.clone(),
        edition: String::new(),
        task_edition: String::new(),
        title: unit.title.clone(),
        level: unit.level.clone(),
        credit: unit.credit,
        guided_learning_hours: unit.guided_learning_hours,
        words: None,
        provenance: Vec::new(),
        outcomes: outcomes.collect(),
        sheet: host::SheetRules {
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

fn host_field(field: &wit::Field) -> host::Field {
    let choices = field.choices.iter().map(|choice| host::Choice {
        id: choice.id.clone(),
        title: choice.title.clone(),
        aliases: choice.aliases.clone(),
    });
    host::Field {
        id: field.id.clone(),
        title: field.title.clone(),
        aliases: field.aliases.clone(),
        help: String::new(),
        kind: field.kind.clone(),
        unit: field.unit.clone(),
        required: field.required,
        minimum: field.minimum,
        maximum: field.maximum,
        choices: choices.collect(),
        example: field.example.clone(),
    }
}

fn host_criterion(criterion: &wit::Criterion) -> host::Criterion {
    host::Criterion {
        id: criterion.id.clone(),
        wording: criterion.wording.clone(),
        verbs: criterion.verbs.clone(),
        aliases: criterion.aliases.clone(),
        maximum: criterion.maximum,
        minimum: criterion.minimum,
        words: None,
        descriptors: Vec::new(),
        prompts: Vec::new(),
    }
}
