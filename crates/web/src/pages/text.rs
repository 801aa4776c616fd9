//! A document as it was read, and the places in it that findings point at.

use std::collections::BTreeSet;

use assessment::evidence::{Document, block, style};
use assessment::finding::MASK;
use assessment::unit::Unit;
use serde::Serialize;

use super::{Frame, Labelled, Page, sample};

/// A document as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceText {
    /// The frame.
    pub frame: Frame,
    /// Id of the file.
    pub id: String,
    /// Its name.
    pub file_name: String,
    /// Whose it is; empty on the learner's own page.
    pub learner: String,
    /// Where the reader came from.
    pub back: String,
    /// Words of the body.
    pub words: u32,
    /// What could not be taken in, in sentences.
    pub warnings: Vec<String>,
    /// Places that the checks call personal details, as they are shown.
    pub personal: Vec<PersonalPlace>,
    /// How many such places are masked.
    pub masked: usize,
    /// How the mapping stands, where this person may correct it now.
    pub mapping: Option<Mapping>,
    /// What was said by hand, in sentences: what, who, when.
    pub said: Vec<String>,
    /// Its sections.
    pub sections: Vec<TextSection>,
}

/// A place that the checks call a personal detail. What stands there is not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonalPlace {
    /// Its address.
    pub href: String,
    /// Where it is: `In 2.2`.
    pub words: String,
}

/// Correcting by hand which part answers what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mapping {
    /// Whether each block offers to be corrected.
    pub on: bool,
    /// The block that is being corrected.
    pub block: Option<u32>,
    /// The criteria: id and wording.
    pub criteria: Vec<Labelled>,
    /// Ids of the criteria whose answer begins at that block.
    pub ticked: Vec<String>,
    /// Whether this person said something about that block.
    pub said_here: bool,
    /// Whether this person said something about any block.
    pub said: bool,
}

/// A section of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextSection {
    /// `criterion`, `outcome`, `references`, `declaration`, `front`, `notes` or `other`.
    pub kind: String,
    /// Ids of the criteria that it answers, or of the outcome; else empty.
    pub ids: Vec<String>,
    /// The criteria's wordings or the outcome's title; else empty.
    pub title: String,
    /// As what somebody said so: `learner`, `assessor`; empty where it was found.
    pub said_by: String,
    /// Words, its heading left out.
    pub words: u32,
    /// Its blocks, with the heading.
    pub blocks: Vec<Block>,
}

/// A block of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Block {
    /// Its number in the document, from 0.
    pub number: usize,
    /// `paragraph`, `heading`, `item` or `cell`.
    pub kind: &'static str,
    /// Number or bullet as the file shows it; often empty.
    pub label: String,
    /// Its text.
    pub runs: Vec<Run>,
}

/// A piece of text that looks the same all through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// The text.
    pub text: String,
    /// Status of the finding that it is highlighted for; else empty.
    pub status: String,
    /// Ids of places that start here.
    pub places: Vec<String>,
    /// Letters of findings whose place ends here.
    pub letters: Vec<Letter>,
}

/// The letter that ties a place to its finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Letter {
    /// The letter.
    pub letter: String,
    /// Status of the finding.
    pub status: String,
    /// Id of the finding on the page.
    pub finding: String,
}

/// A place to highlight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Highlight {
    /// Byte offset in the document's text.
    pub start: u32,
    /// End, not included.
    pub end: u32,
    /// Letter of the finding.
    pub letter: String,
    /// Status of the finding.
    pub status: String,
    /// Id that the place gets on the page.
    pub place: String,
    /// Id of the finding on the page.
    pub finding: String,
    /// Whether what stands there is not shown.
    pub mask: bool,
}

/// Blocks `first` to `end` (not included) of `document`, with `highlights` put
/// in. Offsets come from plugins: one inside a letter counts from that letter's
/// start, and what lies outside the blocks is left out. Where places overlap,
/// the text looks like the one that wants a look.
pub fn blocks(
    document: &Document,
    first: usize,
    end: usize,
    highlights: &[Highlight],
) -> Vec<Block> {
    let text = &document.read.text;
    let spans: Vec<(usize, usize, &Highlight)> = highlights
        .iter()
        .map(|highlight| {
            (
                boundary(text, highlight.start as usize),
                boundary(text, highlight.end as usize),
                highlight,
            )
        })
        .filter(|(start, end, _)| start < end)
        .collect();
    let mut started = BTreeSet::new();
    (first..end.min(document.len()))
        .filter(|&index| !document.block(index).trim().is_empty())
        .map(|index| {
            let block_start = document.start[index] as usize;
            let block_end = document.end[index] as usize;
            let mut cuts = BTreeSet::from([block_start, block_end]);
            for (start, end, _) in &spans {
                cuts.extend(
                    [*start, *end]
                        .into_iter()
                        .filter(|cut| (block_start..block_end).contains(cut)),
                );
            }
            let cuts: Vec<usize> = cuts.into_iter().collect();
            let runs = cuts
                .windows(2)
                .map(|pair| {
                    run(
                        &text[pair[0]..pair[1]],
                        pair[0],
                        pair[1],
                        block_end,
                        &spans,
                        &mut started,
                    )
                })
                .collect();
            Block {
                number: index,
                kind: kind(document, index),
                label: document.label(index).to_owned(),
                runs,
            }
        })
        .collect()
}

impl TextSection {
    /// The whole document in sections; notes and page headers come last.
    pub fn all(unit: &Unit, document: &Document, highlights: &[Highlight]) -> Vec<Self> {
        let body = document
            .read
            .part
            .iter()
            .take_while(|&&part| part == 0)
            .count();
        let mut sections: Vec<Self> = Vec::new();
        let rest = |sections: &mut Vec<Self>, from: usize, to: usize| {
            for (kind, from, to) in [("other", from, to.min(body)), ("notes", from.max(body), to)] {
                if from < to {
                    sections.push(Self::plain(kind, document, from, to, highlights));
                }
            }
        };
        let (mut at, mut last) = (0, None);
        for section in &document.sections {
            let first = section.heading.unwrap_or(section.start) as usize;
            // One part that answers several criteria is shown once.
            let range = (section.kind.as_str(), first, section.end);
            if last == Some(range)
                && let Some(shown) = sections.last_mut()
            {
                shown.ids.push(section.id.clone());
                if let Some(criterion) = unit.criterion(&section.id) {
                    shown.title = format!("{}; {}", shown.title, criterion.wording);
                }
                continue;
            }
            last = Some(range);
            rest(&mut sections, at, first);
            let title = match section.kind.as_str() {
                "criterion" => unit
                    .criterion(&section.id)
                    .map(|criterion| criterion.wording.clone()),
                "outcome" => unit
                    .outcomes
                    .iter()
                    .find(|outcome| outcome.id == section.id)
                    .map(|outcome| outcome.title.clone()),
                _ => None,
            };
            sections.push(Self {
                kind: section.kind.clone(),
                ids: Some(section.id.clone())
                    .filter(|id| !id.is_empty())
                    .into_iter()
                    .collect(),
                title: title.unwrap_or_default(),
                said_by: match section.found_by.as_str() {
                    role @ ("learner" | "assessor") => role.to_owned(),
                    _ => String::new(),
                },
                words: section.words,
                blocks: blocks(document, first, section.end as usize, highlights),
            });
            at = section.end as usize;
        }
        rest(&mut sections, at, document.len());
        sections.retain(|section| !section.blocks.is_empty());
        sections
    }

    fn plain(
        kind: &str,
        document: &Document,
        first: usize,
        end: usize,
        highlights: &[Highlight],
    ) -> Self {
        Self {
            kind: kind.to_owned(),
            ids: Vec::new(),
            title: String::new(),
            said_by: String::new(),
            words: document.words[first..end].iter().sum(),
            blocks: blocks(document, first, end, highlights),
        }
    }
}

fn run(
    text: &str,
    start: usize,
    end: usize,
    block_end: usize,
    spans: &[(usize, usize, &Highlight)],
    started: &mut BTreeSet<String>,
) -> Run {
    let over: Vec<_> = spans
        .iter()
        .filter(|(from, to, _)| *from < end && *to > start)
        .collect();
    let status = over
        .iter()
        .map(|(_, _, highlight)| highlight.status.as_str())
        .find(|status| *status != "found")
        .or_else(|| over.first().map(|_| "found"))
        .unwrap_or_default();
    let masked = over.iter().any(|(_, _, highlight)| highlight.mask);
    // A place can begin in a block that is not shown; it then begins where it
    // is first seen. Its letter stands where it ends, or at the block's end
    // where it goes on beyond the next line break only.
    let places = over
        .iter()
        .filter(|(_, _, highlight)| started.insert(highlight.place.clone()))
        .map(|(_, _, highlight)| highlight.place.clone())
        .collect();
    let letters = over
        .iter()
        .filter(|(_, _, highlight)| !highlight.letter.is_empty())
        .filter(|(_, to, _)| *to == end || (end == block_end && *to == end + 1))
        .map(|(_, _, highlight)| Letter {
            letter: highlight.letter.clone(),
            status: highlight.status.clone(),
            finding: highlight.finding.clone(),
        })
        .collect();
    Run {
        text: if masked { MASK } else { text }.to_owned(),
        status: if masked { "personal" } else { status }.to_owned(),
        places,
        letters,
    }
}

/// The nearest start of a letter at or before `at`.
fn boundary(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}

fn kind(document: &Document, index: usize) -> &'static str {
    let looks = document.read.style[index];
    match document.read.kind[index] {
        block::HEADING | block::TITLE => "heading",
        block::LIST_ITEM => "item",
        block::TABLE_CELL => "cell",
        _ if looks & style::BOLD != 0 && document.words[index] <= 25 => "heading",
        _ => "paragraph",
    }
}

impl Page for EvidenceText {
    const TEMPLATE: &'static str = "text.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let plain = |kind: &'static str, label: &str, text: &str| Block {
            // Ids of the page; no two samples are of one length.
            number: text.len(),
            kind,
            label: label.to_owned(),
            runs: vec![Run {
                text: text.to_owned(),
                status: String::new(),
                places: Vec::new(),
                letters: Vec::new(),
            }],
        };
        let section = |kind: &str, id: &str, title: &str, words, blocks| TextSection {
            kind: kind.to_owned(),
            ids: Some(id.to_owned())
                .filter(|id| !id.is_empty())
                .into_iter()
                .collect(),
            title: title.to_owned(),
            said_by: String::new(),
            words,
            blocks,
        };
        let mut own = Self {
            frame: sample::learner("evidence"),
            id: "e1".to_owned(),
            file_name: "304-weak.docx".to_owned(),
            learner: String::new(),
            back: "/a/0197f2c4/evidence".to_owned(),
            words: 789,
            warnings: vec!["The file has 2 pictures. Pictures are not read.".to_owned()],
            personal: vec![PersonalPlace {
                href: "#personal-1".to_owned(),
                words: "Place 1, in 1.1".to_owned(),
            }],
            masked: 0,
            mapping: Some(Mapping {
                on: false,
                block: None,
                criteria: sample::CRITERIA
                    .iter()
                    .map(|(id, wording, ..)| Labelled::new(id, wording))
                    .collect(),
                ticked: Vec::new(),
                said_here: false,
                said: false,
            }),
            said: Vec::new(),
            sections: vec![
                section(
                    "front",
                    "",
                    "",
                    4,
                    vec![plain("heading", "", "Unit 304 Dana P.")],
                ),
                section(
                    "outcome",
                    "1",
                    sample::OUTCOMES[0].1,
                    0,
                    vec![plain("heading", "", "1 Understand the context")],
                ),
                section(
                    "criterion",
                    "1.1",
                    sample::CRITERIA[0].1,
                    48,
                    vec![
                        plain(
                            "heading",
                            "",
                            "1.1 Describe and define the purpose of workplace mentoring",
                        ),
                        plain(
                            "paragraph",
                            "",
                            "Mentoring is when somebody with experience helps somebody who is newer. At Pinfold Lane we do it when seasonal staff come in.",
                        ),
                        plain(
                            "paragraph",
                            "",
                            "The purpose is to get people up to speed and to make them feel welcome.",
                        ),
                    ],
                ),
                section(
                    "criterion",
                    "1.4",
                    sample::CRITERIA[3].1,
                    16,
                    vec![
                        plain("heading", "", "AC 1.4"),
                        plain("item", "•", "Names"),
                        plain("item", "•", "Start date"),
                        plain("cell", "", "A cell of a table"),
                    ],
                ),
                section(
                    "references",
                    "",
                    "",
                    12,
                    vec![plain(
                        "paragraph",
                        "",
                        "Clutterbuck, D. (2014) Everyone needs a mentor.",
                    )],
                ),
                section(
                    "declaration",
                    "",
                    "",
                    5,
                    vec![plain("paragraph", "", "This is my own work.")],
                ),
                section(
                    "notes",
                    "",
                    "",
                    2,
                    vec![plain("paragraph", "", "Page header")],
                ),
                section(
                    "other",
                    "",
                    "",
                    2,
                    vec![plain("paragraph", "", "Something else")],
                ),
            ],
        };
        let assessor = Self {
            frame: sample::assessor(""),
            learner: "Dana P.".to_owned(),
            back: "/a/0197f2c4/submissions/s1".to_owned(),
            warnings: Vec::new(),
            personal: Vec::new(),
            masked: 2,
            mapping: None,
            said: vec![
                "2.4 begins at “Barriers can be a problem.” (Dana P., 9 July 2026, 10:15)"
                    .to_owned(),
            ],
            ..own.clone()
        };
        let mut mapping = Self {
            personal: Vec::new(),
            ..own.clone()
        };
        mapping.mapping = own.mapping.clone().map(|mapping| Mapping {
            on: true,
            block: Some(15),
            ticked: vec!["1.4".to_owned()],
            said_here: true,
            said: true,
            ..mapping
        });
        "learner".clone_into(&mut mapping.sections[3].said_by);
        mapping.sections[3].ids.push("2.4".to_owned());
        own.sections[2].blocks[1].runs[0].places = vec!["personal-1".to_owned()];
        "look".clone_into(&mut own.sections[2].blocks[1].runs[0].status);
        let empty = Self {
            words: 0,
            warnings: Vec::new(),
            personal: Vec::new(),
            sections: Vec::new(),
            ..own.clone()
        };
        vec![
            ("own", own),
            ("assessor", assessor),
            ("mapping", mapping),
            ("empty", empty),
        ]
    }
}
