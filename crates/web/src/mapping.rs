//! Saying by hand which part of a document answers which criterion.

use assessment::evidence::Document;
use assessment::finding::Place;
use assessment::ids::EvidenceId;
use assessment::people::Role;
use assessment::sections::Begins;
use assessment::submission::State as Stands;
use assessment::unit::Unit;
use axum::extract::{Path, State};
use axum::response::Redirect;
use workflow::App;
use workflow::evidence::{Found, Said};
use workflow::mapping::{say as say_part, undo};

use crate::Web;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::frame::base;
use crate::pages::{Labelled, Mapping};
use crate::session::Session;
use crate::wording::{and, date_time};

/// The words of a block that are shown to tell it from others.
const FIRST_WORDS: usize = 6;

pub(crate) async fn say(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Redirect, Failure> {
    fields.guard(&visit.csrf)?;
    let app = web.app();
    let file: EvidenceId = id.parse().map_err(|_| Failure::not_found())?;
    let page = format!("{}/evidence/{id}/text?map=", base(&visit));
    let begins = match fields.text("begins") {
        "all-as-found" => {
            undo(app, &visit, file).await?;
            return Ok(Redirect::to(&page));
        }
        "answer" => Some(Begins::Answer(
            fields.all("criterion").map(str::to_owned).collect(),
        )),
        "no-answer" => Some(Begins::NoAnswer),
        "nothing" => Some(Begins::Nothing),
        "as-found" => None,
        _ => return Err(Failure::bad_form("Choose what begins at this paragraph.")),
    };
    let block = fields
        .text("block")
        .parse()
        .map_err(|_| Failure::bad_form("Choose what begins at this paragraph."))?;
    say_part(app, &visit, file, block, begins).await?;
    Ok(Redirect::to(&format!("{page}#b{block}")))
}

/// What the page of a document offers for correction; none where nothing can
/// be corrected now. `asked` is the query: nothing, or the number of a block.
pub(crate) fn offered(
    unit: &Unit,
    found: &Found,
    role: Role,
    asked: Option<&str>,
) -> Option<Mapping> {
    let can = match role {
        Role::Learner => found.submission.state == Stands::Draft,
        Role::Assessor => found.submission.state.is_markable(),
    };
    let document = found.file.document.as_ref().filter(|_| can)?;
    let block = asked.and_then(|asked| asked.parse::<u32>().ok());
    let own = || found.said.iter().filter(|one| one.mark.role == role);
    Some(Mapping {
        on: asked.is_some(),
        block,
        criteria: unit
            .criteria()
            .map(|criterion| Labelled::new(&criterion.id, &criterion.wording))
            .collect(),
        ticked: document
            .sections
            .iter()
            .filter(|section| {
                section.kind == "criterion"
                    && Some(section.heading.unwrap_or(section.start)) == block
            })
            .map(|section| section.id.clone())
            .collect(),
        said_here: own().any(|one| Some(one.mark.block) == block),
        said: own().next().is_some(),
    })
}

/// `2.4 begins at “Barriers can be a problem. …” (Joan Hartley, 10 July 2026, 14:02)`.
/// A block with a personal detail is only counted.
pub(crate) fn sentence(app: &App, document: &Document, said: &Said, personal: &[&Place]) -> String {
    let block = said.mark.block as usize;
    let (start, end) = (document.start.get(block), document.end.get(block));
    let is_personal = personal.iter().any(|place| {
        end.is_some_and(|end| place.start < *end) && start.is_some_and(|start| place.end > *start)
    });
    let mut words: Vec<&str> = document
        .block(block)
        .split_whitespace()
        .take(FIRST_WORDS + 1)
        .collect();
    if words.len() > FIRST_WORDS {
        words.truncate(FIRST_WORDS);
        words.push("…");
    }
    let place = if is_personal {
        format!("paragraph {}", block + 1)
    } else {
        format!("“{}”", words.join(" "))
    };
    let what = match &said.mark.begins {
        Begins::Answer(criteria) => format!("{} begins at {place}", and(criteria)),
        Begins::NoAnswer => format!("No answer from {place} on"),
        Begins::Nothing => format!("Nothing begins at {place}"),
    };
    let who = if said.name.is_empty() {
        said.mark.role.word()
    } else {
        &said.name
    };
    format!("{what} ({who}, {})", date_time(app, said.mark.at))
}
