//! Typing an answer into the page.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;
use workflow::Problem;
use workflow::submission::own_work;
use workflow::typed::{NewAnswer, SavedAnswer, answers, save as save_answer, served, slot};
use workflow::visit::Visit;

use crate::Web;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::frame::{base, frame};
use crate::marking::wants_json;
use crate::pages::{Typed, TypedConflict, TypedCriterion};
use crate::session::Session;

pub(crate) async fn page(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    visit.learner()?;
    web.page(&typed_page(&web, &visit, &id).await?)
}

async fn typed_page(web: &Web, visit: &Visit, id: &str) -> Result<Typed, Failure> {
    let app = web.app();
    let unit = visit.unit()?;
    let slot = slot(unit, id)?;
    let answers = answers(app, visit, id).await?;
    let own = own_work(app, visit).await?;
    let of_slot = |typed| {
        own.files
            .iter()
            .filter(move |file| file.slot == id && file.typed == typed)
    };
    Ok(Typed {
        frame: frame(web, visit, "evidence"),
        slot: id.to_owned(),
        title: slot.title.clone(),
        help: slot.help.clone(),
        beside_file: of_slot(false).next().is_some(),
        criteria: served(unit, slot)
            .map(|criterion| {
                let answer = answers
                    .iter()
                    .find(|answer| answer.criterion == criterion.id);
                TypedCriterion {
                    id: criterion.id.clone(),
                    wording: criterion.wording.clone(),
                    prompts: criterion.prompts.clone(),
                    guide: criterion.words.as_ref().map(|words| words.nominal),
                    text: answer.map(|answer| answer.text.clone()).unwrap_or_default(),
                    words: of_slot(true)
                        .filter_map(|file| file.document.as_ref())
                        .flat_map(|document| document.sections_of(&criterion.id))
                        .map(|section| section.words)
                        .sum(),
                    version: answer.map_or(0, |answer| answer.version),
                }
            })
            .collect(),
        error: String::new(),
        conflict: None,
    })
}

pub(crate) async fn save(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    let app = web.app();
    let criterion = fields.text("criterion").to_owned();
    let text = fields.text("text").replace("\r\n", "\n");
    let new = NewAnswer {
        slot: id.clone(),
        criterion: criterion.clone(),
        text: text.clone(),
        version: fields.text("version").parse().map_err(|_| {
            Failure::bad_form("The form was sent without its version. Load the page again.")
        })?,
    };
    match save_answer(app, &visit, new).await {
        Ok(SavedAnswer { version, words }) if wants_json(&headers) => {
            Ok(axum::Json(json!({ "version": version, "words": words })).into_response())
        }
        Ok(_) => Ok(Redirect::to(&format!(
            "{}/evidence/{id}/type#a-{criterion}",
            base(&visit)
        ))
        .into_response()),
        Err(Problem::Conflict) => {
            let mut page = typed_page(&web, &visit, &id).await?;
            let stands = page
                .criteria
                .iter_mut()
                .find(|one| one.id == criterion)
                .ok_or_else(Failure::not_found)?;
            let conflict = TypedConflict {
                criterion,
                text: std::mem::replace(&mut stands.text, text),
                version: stands.version,
            };
            if wants_json(&headers) {
                let body = json!({ "conflict": conflict });
                return Ok((StatusCode::CONFLICT, axum::Json(body)).into_response());
            }
            page.conflict = Some(conflict);
            Ok((StatusCode::CONFLICT, web.page(&page)?).into_response())
        }
        Err(Problem::Invalid(error)) if !wants_json(&headers) => {
            let mut page = typed_page(&web, &visit, &id).await?;
            for one in page.criteria.iter_mut().filter(|one| one.id == criterion) {
                one.text.clone_from(&text);
            }
            page.error = error;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, web.page(&page)?).into_response())
        }
        Err(problem) => Err(problem.into()),
    }
}
