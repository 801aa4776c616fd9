//! A copy of a submission's text for somebody outside the centre.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use workflow::Problem;
use workflow::marking::CheckedSubmission;
use workflow::redaction::{Purpose, make, preview, set_word};
use workflow::visit::Visit;

use crate::Web;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::frame::{base, frame};
use crate::marking::opened;
use crate::pages::{Labelled, Redaction, RedactionDocument, RedactionPiece};
use crate::session::Session;
use crate::wording::name;

pub(crate) async fn page(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let checked = opened(&web, &visit, &id).await?;
    web.page(&redaction_page(&web, &visit, &checked).await?)
}

async fn redaction_page(
    web: &Web,
    visit: &Visit,
    checked: &CheckedSubmission,
) -> Result<Redaction, Failure> {
    let app = web.app();
    let copy = preview(app, visit, checked).await?;
    let mut taken = BTreeMap::<&str, usize>::new();
    for piece in copy.pieces().filter(|piece| piece.taken) {
        *taken.entry(&piece.text).or_default() += 1;
    }
    Ok(Redaction {
        frame: frame(web, visit, ""),
        submission: checked.submission.id.to_string(),
        learner: name(&checked.learner),
        stands_for: copy.learner.to_owned(),
        script_user: checked.unit.awarding_body_name.clone(),
        refused: checked.submission.refuses_script_use,
        taken: taken
            .into_iter()
            .map(|(label, count)| Labelled::new(label, &count.to_string()))
            .collect(),
        documents: copy
            .documents
            .iter()
            .map(|document| RedactionDocument {
                title: document.title.clone(),
                blocks: document
                    .blocks
                    .iter()
                    .map(|block| {
                        block
                            .iter()
                            .map(|piece| RedactionPiece {
                                text: piece.text.clone(),
                                taken: piece.taken,
                            })
                            .collect()
                    })
                    .collect(),
            })
            .collect(),
        words: copy.words,
        error: String::new(),
    })
}

pub(crate) async fn change(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    let checked = opened(&web, &visit, &id).await?;
    let redacted = fields.text("change") != "remove";
    match set_word(web.app(), &visit, &checked, fields.text("word"), redacted).await {
        Ok(()) => Ok(Redirect::to(&format!(
            "{}/submissions/{id}/redaction#words",
            base(&visit)
        ))
        .into_response()),
        Err(Problem::Invalid(error)) => {
            let page = Redaction {
                error,
                ..redaction_page(&web, &visit, &checked).await?
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, web.page(&page)?).into_response())
        }
        Err(problem) => Err(problem.into()),
    }
}

/// The copy as a download; its name tells as little as its text.
pub(crate) async fn copy(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    let checked = opened(&web, &visit, &id).await?;
    let purpose = Purpose::from_word(fields.text("purpose"))
        .ok_or_else(|| Failure::bad_form("Choose who the copy is for."))?;
    let copy = make(web.app(), &visit, &checked, purpose).await?;
    let unit = &checked.unit;
    let heading = format!("{} {}", unit.number, unit.title);
    let file: String = unit
        .number
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    Ok((
        [
            (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
            (
                CONTENT_DISPOSITION,
                format!("attachment; filename=\"{file}-learner-1.txt\""),
            ),
            (
                CONTENT_SECURITY_POLICY,
                "default-src 'none'; sandbox".to_owned(),
            ),
        ],
        copy.text(&heading),
    )
        .into_response())
}
