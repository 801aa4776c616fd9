//! The rows of a table: typed, imported, and what the checks say of them.

use assessment::finding::Finding;
use assessment::unit::{Entry, Value};
use serde::Serialize;

use super::marking::{amount, is_time};
use super::{Detail, Frame, Labelled, Notice, NoticeKind, Page, Pager, sample};
use crate::wording::minutes;

/// A table of a learner's evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says one thing to the template, and all go together"
)]
pub struct TablePage {
    /// The frame.
    pub frame: Frame,
    /// What became of the last change, where it was not done.
    pub not_done: Option<Notice>,
    /// Path of this page.
    pub address: String,
    /// Path of the slot's other addresses; empty for the assessor.
    pub slot: String,
    /// The slot's id.
    pub id: String,
    /// The slot's title.
    pub title: String,
    /// What is wanted.
    pub help: String,
    /// Whose it is; empty on the learner's own page.
    pub learner: String,
    /// How many cells with personal details are masked.
    pub masked: usize,
    /// Where the reader came from.
    pub back: String,
    /// Facts beside the title: `Submission 1 of 2`, `24 rows`.
    pub facts: Vec<String>,
    /// When it was last saved, for people.
    pub saved_at: Option<String>,
    /// Whether it is still the learner's to change.
    pub can_change: bool,
    /// Whether it is a form, which has one row.
    pub is_form: bool,
    /// The version that a change starts from.
    pub version: i64,
    /// Whether the last change can be taken back.
    pub can_undo: bool,
    /// Whether an import waits for the learner's word.
    pub waiting: bool,
    /// Files that the rows come from: name and id.
    pub files: Vec<Labelled>,
    /// What the checks counted.
    pub totals: Vec<Total>,
    /// Who has what, where the checks say so.
    pub matrix: Option<Matrix>,
    /// What to look at, the rows' own problems first.
    pub look: Vec<LookAt>,
    /// How many more there are to look at.
    pub look_more: usize,
    /// What else the checks say.
    pub found: Vec<LookAt>,
    /// Whether the checks could not run.
    pub check_failed: bool,
    /// Titles of the columns that are shown; the other fields stand below each other.
    pub columns: Vec<String>,
    /// Whether any row has more than these columns.
    pub has_more: bool,
    /// The rows of this page.
    pub rows: Vec<TableRow>,
    /// All rows there are.
    pub all_rows: u32,
    /// Whether only rows to look at are shown.
    pub look_only: bool,
    /// The way through long tables.
    pub pager: Pager,
    /// The form for a new row.
    pub new_row: Option<RowForm>,
    /// How files come in.
    pub ways: ImportWays,
}

/// How files come in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportWays {
    /// What the file field accepts: `.xlsx,.csv`.
    pub accept: String,
    /// The same for people.
    pub kinds: String,
    /// Largest file, for people.
    pub largest: String,
    /// Why the last one was not taken; title and what to do.
    pub refused: Option<Labelled>,
    /// What was pasted and not taken.
    pub pasted: String,
}

/// Something that the checks counted, against what is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Total {
    /// What was counted.
    pub title: String,
    /// Status of the finding.
    pub status: String,
    /// The count: `35 h 59 min`.
    pub counted: String,
    /// What is asked for: `36 h`.
    pub wanted: Option<String>,
    /// What is missing: `1 min`.
    pub missing: Option<String>,
    /// Who asks for it: the awarding body's code, `centre` or `heuristic`.
    pub source: String,
    /// The finding in words.
    pub text: String,
    /// Named counts.
    pub bars: Vec<Bars>,
    /// Single figures of time.
    pub facts: Vec<Labelled>,
}

/// Named counts, drawn as bars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bars {
    /// What they count.
    pub title: String,
    /// The bars.
    pub bars: Vec<Bar>,
}

/// One bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bar {
    /// Its name.
    pub name: String,
    /// The count, for people.
    pub words: String,
    /// Its length, in hundredths of the longest.
    pub length: u32,
}

impl Total {
    /// What a finding counted; none where it counted nothing.
    pub fn of(finding: &Finding, title: &str, text: &str) -> Option<Self> {
        let measure = finding.measure.as_ref()?;
        let words = |count: f64| {
            if measure.unit == "minutes" {
                minutes(count)
            } else {
                format!("{count} {}", measure.unit).trim_end().to_owned()
            }
        };
        let missing = measure.wanted.map(|wanted| wanted - measure.counted);
        Some(Self {
            title: title.to_owned(),
            status: finding.status.clone(),
            counted: words(measure.counted),
            wanted: measure.wanted.map(words),
            missing: missing.filter(|missing| *missing > 0.0).map(words),
            source: finding.source.clone(),
            text: text.to_owned(),
            bars: finding.details.iter().filter_map(Bars::of).collect(),
            facts: finding
                .details
                .iter()
                .filter(|entry| match entry.value {
                    // The count itself is shown already.
                    Value::Number(number) => {
                        is_time(entry) && (number - measure.counted).abs() >= 0.5
                    }
                    _ => false,
                })
                .map(|entry| {
                    let detail = Detail::from_entry(entry);
                    Labelled::new(&detail.title, &detail.text)
                })
                .collect(),
        })
    }
}

impl Bars {
    fn of(entry: &Entry) -> Option<Self> {
        let Value::Counts(counts) = &entry.value else {
            return None;
        };
        let longest = counts.iter().map(|(_, count)| *count).fold(0.0, f64::max);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a hundred"
        )]
        let length = |count: f64| (100.0 * (count / longest).clamp(0.0, 1.0)).round() as u32;
        let bars: Vec<Bar> = counts
            .iter()
            .map(|(name, count)| Bar {
                name: name.clone(),
                words: amount(entry, *count),
                length: length(*count),
            })
            .collect();
        (!bars.is_empty()).then(|| Self {
            title: Detail::from_entry(entry).title,
            bars,
        })
    }
}

/// Who has what: a table whose cells have a state each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// What it shows.
    pub title: String,
    /// Headings, the first one that of the names.
    pub head: Vec<String>,
    /// One for each name.
    pub rows: Vec<MatrixRow>,
}

/// A row of a matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MatrixRow {
    /// Whose it is.
    pub name: String,
    /// Its cells.
    pub cells: Vec<MatrixCell>,
}

/// A cell of a matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MatrixCell {
    /// `found`, `look`, `not-found` or `not-applicable`.
    pub state: String,
    /// What there is, in few words.
    pub words: String,
    /// More; may be empty.
    pub more: String,
    /// The criterion that it is about, where the checks say so; else empty.
    pub criterion: String,
}

impl Matrix {
    /// The matrix that a finding carries in `matrix` and `matrix-states`, and in
    /// `matrix-criteria` the criterion of each column.
    pub fn of(finding: &Finding, title: &str) -> Option<Self> {
        let grid = |key: &str| {
            let entry = finding.details.iter().find(|entry| entry.key == key)?;
            match &entry.value {
                Value::Grid(rows) => rows.split_first(),
                _ => None,
            }
        };
        let ((head, rows), (_, states)) = (grid("matrix")?, grid("matrix-states")?);
        let criteria = finding.details.iter().find_map(|entry| match &entry.value {
            Value::Texts(criteria) if entry.key == "matrix-criteria" => Some(criteria),
            _ => None,
        });
        let cell = |text: &String, state: Option<&String>, column: usize| {
            let (words, more) = text.split_once(';').unwrap_or((text, ""));
            let state = state
                .map(String::as_str)
                .filter(|state| ["found", "not-found", "not-applicable"].contains(state))
                .unwrap_or("look");
            MatrixCell {
                state: state.to_owned(),
                words: words.trim().to_owned(),
                more: more.trim().to_owned(),
                criterion: criteria
                    .and_then(|criteria| criteria.get(column))
                    .cloned()
                    .unwrap_or_default(),
            }
        };
        Some(Self {
            title: title.to_owned(),
            head: head.clone(),
            rows: rows
                .iter()
                .enumerate()
                .filter_map(|(at, row)| {
                    let (name, cells) = row.split_first()?;
                    let state = |column: usize| states.get(at).and_then(|row| row.get(column));
                    Some(MatrixRow {
                        name: name.clone(),
                        cells: cells
                            .iter()
                            .zip(1..)
                            .map(|(text, column)| cell(text, state(column), column))
                            .collect(),
                    })
                })
                .collect(),
        })
    }
}

/// Something to look at, with the rows that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LookAt {
    /// Its id on the page.
    pub id: String,
    /// Status of the finding, or `look`.
    pub status: String,
    /// The words.
    pub text: String,
    /// The rows: number and address.
    pub rows: Vec<Labelled>,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableRow {
    /// Its number, which is also its anchor: `row-14`.
    pub number: u32,
    /// Whether there is something to look at.
    pub look: bool,
    /// Its cells, one for each column that is shown.
    pub cells: Vec<String>,
    /// Its other fields that are filled in.
    pub more: Vec<Labelled>,
    /// What is said of it: words, and the address of the finding.
    pub notes: Vec<Labelled>,
    /// The form that changes it, where it is being changed.
    pub form: Option<RowForm>,
}

/// The form for one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowForm {
    /// Number of the row; none for a new one.
    pub row: Option<u32>,
    /// Its fields.
    pub fields: Vec<RowField>,
    /// Why it was not saved, where that is about no field.
    pub error: Option<String>,
}

/// A field of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowField {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What to write.
    pub help: String,
    /// `text`, `long-text`, `date`, `time`, `number` or `choice`.
    pub input: &'static str,
    /// Whether a row without it is incomplete.
    pub required: bool,
    /// What stands in it.
    pub value: String,
    /// What there is to choose from: title and value.
    pub choices: Vec<Labelled>,
    /// What was written in other rows.
    pub suggestions: Vec<String>,
    /// Why it could not be read.
    pub error: Option<String>,
}

impl Page for TablePage {
    const TEMPLATE: &'static str = "table.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let own = own();
        let empty = Self {
            saved_at: None,
            version: 0,
            can_undo: false,
            files: Vec::new(),
            totals: Vec::new(),
            matrix: None,
            look: Vec::new(),
            look_more: 0,
            found: Vec::new(),
            columns: own.columns.clone(),
            rows: Vec::new(),
            all_rows: 0,
            pager: Pager::new(1, 200, 0, &[]),
            new_row: Some(form(None)),
            ways: ImportWays {
                refused: Some(Labelled::new(
                    "“diary.xlsx” was not added",
                    "It opens only with a password. Save it without one, then add it again.",
                )),
                pasted: "3 Feb\tClient <A>\t90".to_owned(),
                ..own.ways.clone()
            },
            ..own.clone()
        };
        let mut edited = own.clone();
        let mut wrong = form(Some(3));
        wrong.error = Some("The table was changed in another window.".to_owned());
        "an hour".clone_into(&mut wrong.fields[2].value);
        wrong.fields[2].error =
            Some("We could not read “an hour” as a time span. Write 90 or 1 h 30.".to_owned());
        edited.rows[1].form = Some(wrong);
        let mut adding = own.clone();
        adding.new_row = Some(form(None));
        adding.waiting = true;
        adding.not_done = Some(Notice {
            kind: NoticeKind::Look,
            title: "The table was changed in another window".to_owned(),
            text: "Nothing was done.".to_owned(),
        });
        adding.check_failed = true;
        let handed_in = Self {
            can_change: false,
            can_undo: false,
            new_row: None,
            ..own.clone()
        };
        let assessor = Self {
            frame: sample::assessor(""),
            address: "/a/0197f2c4/submissions/s1/rows/diary".to_owned(),
            slot: String::new(),
            learner: "Ellis R.".to_owned(),
            masked: 2,
            back: "/a/0197f2c4/submissions/s1".to_owned(),
            ..handed_in.clone()
        };
        let filled = Self {
            title: "Contract".to_owned(),
            is_form: true,
            totals: Vec::new(),
            matrix: None,
            look: Vec::new(),
            found: Vec::new(),
            rows: Vec::new(),
            all_rows: 1,
            new_row: Some(form(Some(1))),
            ..own.clone()
        };
        vec![
            ("own", own),
            ("empty", empty),
            ("edited", edited),
            ("adding", adding),
            ("handed-in", handed_in),
            ("assessor", assessor),
            ("form", filled),
        ]
    }
}

fn own() -> TablePage {
    let cell = |state: &str, words: &str, more: &str| MatrixCell {
        state: state.to_owned(),
        words: words.to_owned(),
        more: more.to_owned(),
        criterion: "1.1".to_owned(),
    };
    let row = |number, cells: [&str; 4]| TableRow {
        number,
        look: false,
        cells: cells.map(str::to_owned).to_vec(),
        more: vec![Labelled::new(
            "What happened",
            "We drew where the quotes had waited.\nTwo had waited for prices.",
        )],
        notes: Vec::new(),
        form: None,
    };
    let mut rows = vec![
        row(2, ["2 Feb 2026", "Client A", "120", "Mentoring"]),
        row(3, ["12 Mar 2026", "Client C", "", "Mentoring"]),
    ];
    rows[1].look = true;
    rows[1].notes = vec![
        Labelled::new("Minutes: this row has no minutes.", ""),
        Labelled::new("Sessions without time", "#look-1"),
    ];
    TablePage {
        frame: sample::learner("evidence"),
        not_done: None,
        address: "/a/0197f2c4/evidence/diary/rows".to_owned(),
        slot: "/a/0197f2c4/evidence/diary".to_owned(),
        id: "diary".to_owned(),
        title: "Mentoring diary".to_owned(),
        help: "One row for each session.".to_owned(),
        learner: String::new(),
        masked: 0,
        back: "/a/0197f2c4/evidence".to_owned(),
        facts: vec!["Submission 1 of 2".to_owned(), "2 rows".to_owned()],
        saved_at: Some("13:58".to_owned()),
        can_change: true,
        is_form: false,
        version: 7,
        can_undo: true,
        waiting: false,
        files: vec![Labelled::new("306-short-diary.xlsx", "e1")],
        totals: vec![sample_total()],
        matrix: Some(Matrix {
            title: "What there is for each client".to_owned(),
            head: ["Client", "Plan", "Goals", "Feedback"]
                .map(str::to_owned)
                .to_vec(),
            rows: vec![
                MatrixRow {
                    name: "Client A".to_owned(),
                    cells: vec![
                        cell("found", "Yes", "26 Jan"),
                        cell("found", "2 goals", "A1, A2"),
                        cell("not-applicable", "Waived", ""),
                    ],
                },
                MatrixRow {
                    name: "Client C".to_owned(),
                    cells: vec![
                        cell("look", "In part", ""),
                        cell("not-found", "Not found", ""),
                        cell("not-found", "Not found", ""),
                    ],
                },
            ],
        }),
        look: vec![
            LookAt {
                id: "look-1".to_owned(),
                status: "look".to_owned(),
                text: "One session has no time yet.".to_owned(),
                rows: vec![Labelled::new("3", "#row-3")],
            },
            LookAt {
                id: "look-2".to_owned(),
                status: "not-found".to_owned(),
                text: "We could not find time with a third client.".to_owned(),
                rows: Vec::new(),
            },
        ],
        look_more: 3,
        found: vec![LookAt {
            id: "look-3".to_owned(),
            status: "found".to_owned(),
            text: "The rows are in order of time.".to_owned(),
            rows: Vec::new(),
        }],
        check_failed: false,
        columns: ["Date", "Client", "Minutes", "Kind of time"]
            .map(str::to_owned)
            .to_vec(),
        has_more: true,
        rows,
        all_rows: 2,
        look_only: false,
        pager: Pager::new(1, 200, 450, &[]),
        new_row: None,
        ways: ImportWays {
            accept: ".csv,.xlsx".to_owned(),
            kinds: "Excel (.xlsx) or CSV (.csv)".to_owned(),
            largest: "20 MB".to_owned(),
            ..ImportWays::default()
        },
    }
}

pub(super) fn sample_total() -> Total {
    let bar = |name: &str, words: &str, length| Bar {
        name: name.to_owned(),
        words: words.to_owned(),
        length,
    };
    Total {
        title: "Hours of practice".to_owned(),
        status: "not-found".to_owned(),
        counted: "35 h 59 min".to_owned(),
        wanted: Some("36 h".to_owned()),
        missing: Some("1 min".to_owned()),
        source: "ilm".to_owned(),
        text: "We counted 35 h 59 min of mentoring.".to_owned(),
        bars: vec![
            Bars {
                title: "Time per client".to_owned(),
                bars: vec![
                    bar("Client A", "20 h 45 min", 100),
                    bar("Client C", "0 min", 0),
                ],
            },
            Bars {
                title: "Time per month".to_owned(),
                bars: vec![bar("2026-02", "13 h 15 min", 100)],
            },
        ],
        facts: vec![Labelled::new("Time without them", "32 h 44 min")],
    }
}

fn form(row: Option<u32>) -> RowForm {
    let field = |id: &str, title: &str, input: &'static str, value: &str| RowField {
        id: id.to_owned(),
        title: title.to_owned(),
        help: String::new(),
        input,
        required: input != "long-text",
        value: value.to_owned(),
        choices: Vec::new(),
        suggestions: Vec::new(),
        error: None,
    };
    let mut client = field("client", "Client", "text", "Client A");
    client.suggestions = vec!["Client A".to_owned(), "Client B".to_owned()];
    "A code, never a name.".clone_into(&mut client.help);
    let mut kind = field("kind", "Kind of time", "choice", "mentoring");
    kind.choices = vec![
        Labelled::new("Mentoring", "mentoring"),
        Labelled::new("Cancelled", "cancelled"),
    ];
    RowForm {
        row,
        fields: vec![
            field("date", "Date", "date", "2026-07-09"),
            client,
            field("minutes", "Minutes", "text", "75"),
            field("start", "Start", "time", "11:00"),
            kind,
            field("happened", "What happened", "long-text", ""),
        ],
        error: None,
    }
}
