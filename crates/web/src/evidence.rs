//! The learner's files, what the checks found in them, and handing in.

use assessment::evidence::{Document, ReadFailure};
use assessment::finding::Finding;
use assessment::ids::EvidenceId;
use assessment::people::Role;
use assessment::submission::State as Stands;
use assessment::unit::{Slot, Unit};
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use workflow::evidence::{
    Added, NewFile, add, bytes, extensions, find, remove as remove_file, too_large,
};
use workflow::records::EvidenceRecord;
use workflow::submission::{
    Declaration, Missing, OwnWork, hand_in as hand_in_work, own_work, take_back as take_work_back,
};
use workflow::table::takes_rows;
use workflow::visit::Visit;

use crate::Web;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::frame::{base, frame};
use crate::import;
use crate::pages::{
    CheckState, CheckedCriterion, Checks, EvidenceFile, EvidenceText, FieldError, HandIn,
    HandInSlot, HandInState, LearnerFinding, NotSetUp, Notice, NoticeKind, Reading, TextSection,
};
use crate::session::Session;
use crate::wording::{clock, date_time, name, size};

/// An upload is read to this size and thrown away beyond the centre's limit, so
/// that the browser hears why; what is even larger is cut off.
const CUT_OFF: usize = 256 * 1024 * 1024;

pub(crate) async fn page(
    State(web): State<Web>,
    Session(visit): Session,
) -> Result<Response, Failure> {
    visit.learner()?;
    if visit.plugin.is_none() {
        return web.page(&NotSetUp {
            frame: frame(&web, &visit, "evidence"),
        });
    }
    web.page(&hand_in_page(&web, &visit).await?)
}

async fn hand_in_page(web: &Web, visit: &Visit) -> Result<HandIn, Failure> {
    let app = web.app();
    let own = own_work(app, visit).await?;
    let unit = visit.unit()?;
    let submission = own.submission.as_ref();
    let criteria = checked_criteria(unit, &own);
    let report = own.check.as_ref().map(|check| &check.report);
    let state = match report {
        _ if own.files.is_empty() && own.tables.is_empty() => CheckState::NotYet,
        None => CheckState::NotYet,
        Some(report) if !report.failures.is_empty() => CheckState::CouldNotRun,
        Some(_) => CheckState::Done,
    };
    Ok(HandIn {
        frame: frame(web, visit, "evidence"),
        submission: submission.map_or(1, |submission| submission.number),
        submissions: app.centre.submissions,
        hand_in_by: visit.activity.hand_in_by.map(|at| date_time(app, at)),
        state: match submission.map(|submission| submission.state) {
            None | Some(Stands::Draft) => HandInState::Draft,
            Some(Stands::Submitted | Stands::Checked) => HandInState::HandedIn,
            Some(_) => HandInState::Locked,
        },
        handed_in: submission
            .and_then(|submission| submission.submitted_at)
            .map(|at| date_time(app, at)),
        slots: unit
            .slots
            .iter()
            .filter(|slot| slot.kind == "document" || takes_rows(slot))
            .map(|slot| hand_in_slot(web, unit, slot, &own))
            .collect(),
        checks: Checks {
            state,
            at: own.check.as_ref().map(|check| clock(app, check.at)),
            criteria,
            whole: report
                .map(|report| {
                    report
                        .findings
                        .iter()
                        .filter(|finding| finding.criterion.is_none())
                        .filter_map(for_learner)
                        .collect()
                })
                .unwrap_or_default(),
        },
        statement: unit
            .declaration()
            .map(|slot| slot.statement.clone())
            .unwrap_or_default(),
        script_user: Some(unit.awarding_body_name.clone()),
        own_work: submission.is_some_and(|submission| submission.declared_at.is_some()),
        refuse_script_use: submission.is_some_and(|submission| submission.refuses_script_use),
        errors: Vec::new(),
    })
}

fn hand_in_slot(web: &Web, unit: &Unit, slot: &Slot, own: &OwnWork) -> HandInSlot {
    let app = web.app();
    let table = own.table(&slot.id);
    let is_of_slot = |file: &&EvidenceRecord| {
        // Of a table, files count as long as rows come from them, or if only people can read them.
        file.slot == slot.id
            && (!takes_rows(slot)
                || file.failure.is_some()
                || table.is_some_and(|table| table.rows.files.contains(&file.id)))
    };
    let extensions = extensions(app, slot);
    let served = if slot.criteria.is_empty() {
        unit.criteria().count()
    } else {
        slot.criteria.len()
    };
    HandInSlot {
        id: slot.id.clone(),
        title: slot.title.clone(),
        help: slot.help.clone(),
        required: slot.required,
        most_files: slot.most_files,
        accept: extensions.join(","),
        kinds: kinds(&extensions),
        largest: format!("{} MB", app.centre.largest_file / 1_000_000),
        kind: slot.kind.clone(),
        rows: table.map_or(0, |table| table.rows.len()),
        waiting: table.is_some_and(|table| table.import.is_some()),
        files: own
            .files
            .iter()
            .filter(is_of_slot)
            .map(|file| EvidenceFile {
                id: file.id.to_string(),
                name: file.file_name.clone(),
                size: size(file.bytes),
                added: date_time(app, file.added_at),
                reading: match (&file.document, &file.failure) {
                    (Some(document), _) => Reading::Document {
                        headings: unit
                            .criteria()
                            .filter(|criterion| {
                                document.sections_of(&criterion.id).next().is_some()
                            })
                            .count(),
                        criteria: served,
                    },
                    (None, Some(failure)) => Reading::Failed {
                        code: failure.code.clone(),
                    },
                    (None, None) => Reading::Kept,
                },
            })
            .collect(),
    }
}

/// `Word (.docx) or plain text (.txt)`.
pub(crate) fn kinds(extensions: &[String]) -> String {
    let names: Vec<String> = extensions
        .iter()
        .filter_map(|extension| {
            let name = match extension.as_str() {
                ".docx" => "Word",
                ".odt" => "OpenDocument",
                ".pdf" => "PDF",
                ".txt" => "plain text",
                ".rtf" => "RTF",
                ".xlsx" => "Excel",
                ".ods" => "LibreOffice Calc",
                ".csv" => "CSV",
                _ => return None,
            };
            Some(format!("{name} ({extension})"))
        })
        .collect();
    match names.as_slice() {
        [] => extensions.join(", "),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// What the checks say to the learner, per criterion in the unit's order.
pub(crate) fn checked_criteria(unit: &Unit, own: &OwnWork) -> Vec<CheckedCriterion> {
    let Some(check) = &own.check else {
        return Vec::new();
    };
    let documents: Vec<&Document> = own
        .files
        .iter()
        .filter_map(|file| file.document.as_ref())
        .collect();
    if documents.is_empty() && own.tables.iter().all(|table| table.rows.is_empty()) {
        return Vec::new();
    }
    unit.criteria()
        .map(|criterion| {
            let of: Vec<&Finding> = check
                .report
                .findings
                .iter()
                .filter(|finding| finding.criterion.as_deref() == Some(criterion.id.as_str()))
                .collect();
            let sections = || {
                documents
                    .iter()
                    .flat_map(|document| document.sections_of(&criterion.id))
            };
            CheckedCriterion {
                id: criterion.id.clone(),
                wording: criterion.wording.clone(),
                no_heading: !documents.is_empty() && sections().next().is_none(),
                findings: of
                    .iter()
                    .filter_map(|finding| for_learner(finding))
                    .collect(),
                words: (!documents.is_empty()).then(|| {
                    own_words(&of).unwrap_or_else(|| sections().map(|section| section.words).sum())
                }),
                guide: criterion.words.as_ref().map(|words| words.nominal),
            }
        })
        .collect()
}

/// The learner's own words in a section as the unit counted them, which leaves
/// out what the template asked; none where the unit does not count.
pub(crate) fn own_words(findings: &[&Finding]) -> Option<u32> {
    let counted = findings
        .iter()
        .find(|finding| finding.rule == "section-words")?
        .measure
        .as_ref()?
        .counted;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to what a document can hold"
    )]
    Some(counted.clamp(0.0, f64::from(u32::MAX)) as u32)
}

/// A finding in the learner's words. The word count stands beside the criterion
/// already, so it is not said twice.
fn for_learner(finding: &Finding) -> Option<LearnerFinding> {
    if finding.rule == "section-words" || finding.status == "not-applicable" {
        return None;
    }
    let status = match finding.status.as_str() {
        known @ ("found" | "look" | "not-found" | "info") => known,
        _ => "look",
    };
    Some(LearnerFinding {
        status: status.to_owned(),
        text: finding.learner_message.clone()?,
    })
}

pub(crate) async fn upload(
    State(web): State<Web>,
    Session(visit): Session,
    mut form: Multipart,
) -> Result<Response, Failure> {
    let app = web.app();
    visit.learner()?;
    let unreadable = |_| {
        Failure::bad_form(
            "The upload broke off before its end. Nothing was changed; choose the file again.",
        )
    };
    let (mut fields, mut file, mut larger) = (Fields::default(), None, false);
    while let Some(mut field) = form.next_field().await.map_err(unreadable)? {
        let field_name = field.name().unwrap_or_default().to_owned();
        if field_name == "file" {
            let file_name = field.file_name().unwrap_or_default().to_owned();
            let media_type = field.content_type().unwrap_or_default().to_owned();
            let (mut content, mut length) = (Vec::new(), 0);
            while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
                length += chunk.len();
                if length > CUT_OFF {
                    return Err(too_large(app).into());
                }
                if length > app.centre.largest_file {
                    larger = true;
                    content = Vec::new();
                } else {
                    content.extend_from_slice(&chunk);
                }
            }
            if !file_name.is_empty() {
                file = Some((file_name, media_type, content));
            }
        } else {
            let text = field.text().await.map_err(unreadable)?;
            fields.0.push((field_name, text));
        }
    }
    fields.guard(&visit.csrf)?;
    let slot = fields.text("slot").to_owned();
    let Some((name, media_type, content)) = file else {
        return refuse(&web, &visit, FieldError::NoFile { slot }).await;
    };
    if larger {
        return refuse(&web, &visit, FieldError::TooLarge { slot }).await;
    }
    if content.is_empty() {
        return refuse(&web, &visit, FieldError::Empty { slot }).await;
    }
    let shown_name = name.clone();
    let is_table = visit.plugin()?.unit().slot(&slot).is_some_and(takes_rows);
    match add(
        app,
        &visit,
        NewFile {
            slot: slot.clone(),
            name,
            media_type,
            bytes: content,
        },
    )
    .await?
    {
        Added::Refused(failure) if is_table => {
            import::refuse(&web, &visit, &slot, &shown_name, &failure, "").await
        }
        Added::Read if is_table => {
            let address = format!("{}/evidence/{slot}/import", base(&visit));
            Ok(Redirect::to(&address).into_response())
        }
        Added::Refused(failure) if failure.code == "unsupported" => {
            refuse(&web, &visit, FieldError::OtherKind { slot }).await
        }
        Added::Refused(failure) if failure.code == "empty" => {
            refuse(&web, &visit, FieldError::Empty { slot }).await
        }
        Added::Refused(failure) => {
            let mut page = hand_in_page(&web, &visit).await?;
            page.frame.notice = Some(not_added(
                &shown_name,
                &failure,
                page.slots.iter().any(|slot| !slot.files.is_empty()),
            ));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, web.page(&page)?).into_response())
        }
        Added::Read | Added::Unread(_) => {
            Ok(Redirect::to(&format!("{}/evidence", base(&visit))).into_response())
        }
    }
}

async fn refuse(web: &Web, visit: &Visit, error: FieldError) -> Result<Response, Failure> {
    let mut page = hand_in_page(web, visit).await?;
    page.errors = vec![error];
    Ok((StatusCode::UNPROCESSABLE_ENTITY, web.page(&page)?).into_response())
}

/// Why a file was not added, and a way on.
pub(crate) fn not_added(name: &str, failure: &ReadFailure, has_other: bool) -> Notice {
    let way_on = match failure.code.as_str() {
        "password-protected" => {
            "It opens only with a password. Save it without one, then add it again."
        }
        "too-large" => {
            "It unpacks to more than any assignment can be. If it holds many pictures, leave them out; if it came from somebody else, write your text into a new document."
        }
        _ => {
            "It seems to be damaged: we could not follow it to its end. Open it in your word processor, save it under a new name, then add that."
        }
    };
    let kept = if has_other {
        " The file that you added before is still here."
    } else {
        ""
    };
    Notice {
        kind: NoticeKind::Stop,
        title: format!("“{name}” was not added"),
        text: format!("{way_on}{kept}"),
    }
}

pub(crate) async fn remove(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Redirect, Failure> {
    fields.guard(&visit.csrf)?;
    let id: EvidenceId = id.parse().map_err(|_| Failure::not_found())?;
    remove_file(web.app(), &visit, id).await?;
    Ok(Redirect::to(&format!("{}/evidence", base(&visit))))
}

pub(crate) async fn hand_in(
    State(web): State<Web>,
    Session(visit): Session,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    let declaration = Declaration {
        own_work: fields.ticked("own_work"),
        refuses_script_use: fields.ticked("refuse_script_use"),
    };
    let missing = hand_in_work(web.app(), &visit, declaration).await?;
    if missing.is_empty() {
        return Ok(Redirect::to(&format!("{}/unit", base(&visit))).into_response());
    }
    let mut page = hand_in_page(&web, &visit).await?;
    page.own_work = declaration.own_work;
    page.refuse_script_use = declaration.refuses_script_use;
    page.errors = missing
        .into_iter()
        .map(|missing| match missing {
            Missing::Slot { slot } => FieldError::SlotEmpty { slot },
            Missing::Import { slot } => FieldError::ImportWaits { slot },
            Missing::Declaration => FieldError::OwnWork,
        })
        .collect();
    Ok((StatusCode::UNPROCESSABLE_ENTITY, web.page(&page)?).into_response())
}

pub(crate) async fn take_back(
    State(web): State<Web>,
    Session(visit): Session,
    fields: Fields,
) -> Result<Redirect, Failure> {
    fields.guard(&visit.csrf)?;
    take_work_back(web.app(), &visit).await?;
    Ok(Redirect::to(&format!("{}/evidence", base(&visit))))
}

pub(crate) async fn text(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let id: EvidenceId = id.parse().map_err(|_| Failure::not_found())?;
    let found = find(web.app(), &visit, id).await?;
    let unit = visit.unit()?;
    // What was read in the file of a table is its rows.
    if unit.slot(&found.file.slot).is_some_and(takes_rows) {
        let slot = &found.file.slot;
        let rows = match visit.actor.role {
            Role::Learner => format!("evidence/{slot}/rows"),
            Role::Assessor => format!("submissions/{}/rows/{slot}", found.file.submission),
        };
        return Ok(Redirect::to(&format!("{}/{rows}", base(&visit))).into_response());
    }
    let document = found
        .file
        .document
        .as_ref()
        .ok_or_else(Failure::not_found)?;
    let back = match visit.actor.role {
        Role::Learner => format!("{}/evidence", base(&visit)),
        Role::Assessor => format!("{}/submissions/{}", base(&visit), found.file.submission),
    };
    web.page(&EvidenceText {
        frame: frame(&web, &visit, ""),
        id: id.to_string(),
        file_name: found.file.file_name.clone(),
        learner: if visit.actor.role == Role::Learner {
            String::new()
        } else {
            name(&found.learner)
        },
        back,
        words: document.body_words(),
        warnings: document
            .read
            .warnings
            .iter()
            .map(|warning| warning.message.clone())
            .collect(),
        sections: TextSection::all(unit, document),
    })
}

/// The file as it was sent: always as a download, never shown by the browser.
pub(crate) async fn file(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let id: EvidenceId = id.parse().map_err(|_| Failure::not_found())?;
    let found = find(web.app(), &visit, id).await?;
    let content = bytes(web.app(), &visit, &found.file).await?;
    let encoded: String = url::form_urlencoded::byte_serialize(found.file.file_name.as_bytes())
        .collect::<String>()
        .replace('+', "%20");
    Ok((
        [
            (CONTENT_TYPE, "application/octet-stream".to_owned()),
            (
                CONTENT_DISPOSITION,
                format!("attachment; filename*=UTF-8''{encoded}"),
            ),
            (
                CONTENT_SECURITY_POLICY,
                "default-src 'none'; sandbox".to_owned(),
            ),
        ],
        content,
    )
        .into_response())
}
