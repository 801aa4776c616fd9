//! The learner's files, what the checks found in them, and handing in.

use std::collections::BTreeSet;

use assessment::evidence::{Document, ReadFailure};
use assessment::finding::{Finding, Place};
use assessment::ids::EvidenceId;
use assessment::people::Role;
use assessment::submission::State as Stands;
use assessment::unit::{Slot, Unit};
use axum::extract::{Multipart, Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use workflow::evidence::{
    Added, Found, NewFile, add, bytes, check_again, extensions, find, remove as remove_file,
    show_personal_data,
};
use workflow::records::EvidenceRecord;
use workflow::submission::{
    Declaration, Missing, OwnWork, hand_in as hand_in_work, own_work, take_back as take_work_back,
};
use workflow::table::{read_rows, takes_rows};
use workflow::visit::Visit;

use crate::Web;
use crate::failure::Failure;
use crate::forms::{Fields, Upload, UploadedFile};
use crate::frame::{base, frame};
use crate::import;
use crate::mapping;
use crate::pages::{
    CheckState, CheckedCriterion, Checks, EvidenceFile, EvidenceText, FieldError, HandIn,
    HandInSlot, HandInState, Highlight, LearnerFinding, NotSetUp, Notice, NoticeKind,
    PersonalPlace, Reading, TextSection,
};
use crate::session::Session;
use crate::wording::{and, clock, date_time, name, size};

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
            stale: own.stale,
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
        personal: personal_places(visit, unit, &own),
        looked_at_personal_data: false,
        untouched: own
            .changes
            .iter()
            .filter(|change| change.met == Some(false) && change.pieces.is_empty())
            .map(|change| change.criterion.clone())
            .collect(),
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
                typed: file.typed,
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

/// The places that the checks call personal details, with a link to each.
fn personal_places(visit: &Visit, unit: &Unit, own: &OwnWork) -> Vec<PersonalPlace> {
    let Some(check) = &own.check else {
        return Vec::new();
    };
    let in_rows = own.tables.iter().flat_map(|table| {
        let numbers = unit
            .slot(&table.slot)
            .map(|slot| read_rows(slot, &table.rows).table.source_row)
            .unwrap_or_default();
        let title = unit.slot(&table.slot).map(|slot| slot.title.clone());
        let of_table = check
            .report
            .personal_data()
            .filter(|place| place.column.is_some() && place.slot == table.slot);
        let rows: BTreeSet<u32> = of_table
            .filter_map(|place| numbers.get(place.start as usize).copied())
            .collect();
        rows.into_iter().map(move |number| PersonalPlace {
            href: format!(
                "{}/evidence/{}/rows?at={number}#row-{number}",
                base(visit),
                table.slot
            ),
            words: format!("{}: row {number}", title.clone().unwrap_or_default()),
        })
    });
    own.files
        .iter()
        .filter_map(|file| Some((file, file.document.as_ref()?)))
        .flat_map(|(file, document)| {
            let of_file = check
                .report
                .personal_data()
                .filter(|place| place.is_in(document));
            let address = format!("{}/evidence/{}/text", base(visit), file.id);
            of_file
                .enumerate()
                .map(|(at, place)| PersonalPlace {
                    href: format!("{address}#personal-{}", at + 1),
                    words: format!("{}: {}", file.file_name, where_it_is(document, at, place)),
                })
                .collect::<Vec<_>>()
        })
        .chain(in_rows)
        .collect()
}

/// `place 2, in 2.2`, for what stands there is not repeated.
fn where_it_is(document: &Document, at: usize, place: &Place) -> String {
    let block = document
        .start
        .partition_point(|start| *start <= place.start);
    let mut criteria: Vec<String> = document
        .sections
        .iter()
        .filter(|section| {
            section.kind == "criterion"
                && (section.start as usize) < block
                && block <= section.end as usize
        })
        .map(|section| section.id.clone())
        .collect();
    criteria.dedup();
    let number = at + 1;
    if criteria.is_empty() {
        format!("place {number}")
    } else {
        format!("place {number}, in {}", and(&criteria))
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
                no_heading: !documents.is_empty()
                    && sections().next().is_none()
                    && expects_heading(unit, &criterion.id, &of),
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

/// Whether a criterion is answered under a heading of its own: not where only a
/// table is for it, nor where the unit looked for the heading and misses none.
fn expects_heading(unit: &Unit, criterion: &str, findings: &[&Finding]) -> bool {
    let names_it = |kind: &str| {
        unit.slots
            .iter()
            .any(|slot| slot.kind == kind && slot.criteria.iter().any(|named| named == criterion))
    };
    let is_missed = |finding: &&Finding| matches!(finding.status.as_str(), "not-found" | "look");
    let looked = findings
        .iter()
        .find(|finding| finding.rule == "section-found");
    (names_it("document") || !names_it("table")) && looked.is_none_or(is_missed)
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
    form: Multipart,
) -> Result<Response, Failure> {
    let app = web.app();
    visit.learner()?;
    let Upload { fields, file } = Upload::read(form, app.centre.largest_file).await?;
    fields.guard(&visit.csrf)?;
    let slot = fields.text("slot").to_owned();
    let Some(UploadedFile {
        name,
        media_type,
        bytes,
    }) = file
    else {
        return refuse(&web, &visit, FieldError::NoFile { slot }).await;
    };
    let Some(content) = bytes else {
        return refuse(&web, &visit, FieldError::TooLarge { slot }).await;
    };
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
            let page = hand_in_page(&web, &visit).await?;
            let taken = page
                .slots
                .iter()
                .filter(|known| known.id == slot)
                .flat_map(|known| known.accept.split(','))
                .any(|ending| !ending.is_empty() && shown_name.to_lowercase().ends_with(ending));
            let error = if taken {
                FieldError::Mislabelled { slot }
            } else {
                FieldError::OtherKind { slot }
            };
            refuse(&web, &visit, error).await
        }
        Added::Refused(failure) if failure.code == "empty" => {
            refuse(&web, &visit, FieldError::Empty { slot }).await
        }
        Added::Refused(failure) => {
            let mut page = hand_in_page(&web, &visit).await?;
            let keeps_other = page
                .slots
                .iter()
                .any(|known| known.id == slot && known.files.iter().any(|file| !file.typed));
            let mut notice = not_added(&shown_name, &failure, keeps_other);
            notice.text.push_str(
                " You can also save it in another format, or type or paste your text into the page.",
            );
            page.frame.notice = Some(notice);
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
        looked_at_personal_data: fields.ticked("looked_at_personal_data"),
    };
    let missing = hand_in_work(web.app(), &visit, declaration).await?;
    if missing.is_empty() {
        return Ok(Redirect::to(&format!("{}/unit", base(&visit))).into_response());
    }
    let mut page = hand_in_page(&web, &visit).await?;
    page.own_work = declaration.own_work;
    page.refuse_script_use = declaration.refuses_script_use;
    page.looked_at_personal_data = declaration.looked_at_personal_data;
    page.errors = missing
        .into_iter()
        .map(|missing| match missing {
            Missing::Slot { slot } => FieldError::SlotEmpty { slot },
            Missing::Import { slot } => FieldError::ImportWaits { slot },
            Missing::PersonalData => FieldError::PersonalData,
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

pub(crate) async fn check(
    State(web): State<Web>,
    Session(visit): Session,
    fields: Fields,
) -> Result<Redirect, Failure> {
    fields.guard(&visit.csrf)?;
    check_again(web.app(), &visit).await?;
    Ok(Redirect::to(&format!(
        "{}/evidence#checks-heading",
        base(&visit)
    )))
}

pub(crate) async fn text(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let id: EvidenceId = id.parse().map_err(|_| Failure::not_found())?;
    let found = find(web.app(), &visit, id).await?;
    let unit = visit.unit()?;
    // What was read in the file of a table is its rows.
    if unit.slot(&found.file.slot).is_some_and(takes_rows) {
        let slot = &found.file.slot;
        let rows = match visit.actor.role {
            Role::Learner => format!("evidence/{slot}/rows"),
            Role::Assessor => format!("submissions/{}/rows/{slot}", found.submission.id),
        };
        return Ok(Redirect::to(&format!("{}/{rows}", base(&visit))).into_response());
    }
    let masked = visit.actor.role == Role::Assessor;
    web.page(&text_page(
        &web,
        &visit,
        &found,
        masked,
        Fields(query).get("map"),
    )?)
}

/// The same with personal details shown, which is put on record. It is an
/// answer to a form, so that no address leads here past the record.
pub(crate) async fn personal(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    visit.assessor()?;
    let id: EvidenceId = id.parse().map_err(|_| Failure::not_found())?;
    let found = find(web.app(), &visit, id).await?;
    let what = format!("text of file {id}");
    show_personal_data(web.app(), &visit, found.submission.id, &what).await?;
    web.page(&text_page(&web, &visit, &found, false, None)?)
}

fn text_page(
    web: &Web,
    visit: &Visit,
    found: &Found,
    masked: bool,
    asked: Option<&str>,
) -> Result<EvidenceText, Failure> {
    let app = web.app();
    let unit = visit.unit()?;
    let role = visit.actor.role;
    let document = found
        .file
        .document
        .as_ref()
        .ok_or_else(Failure::not_found)?;
    let places = found.personal_data();
    let highlights: Vec<Highlight> = places
        .iter()
        .enumerate()
        .map(|(at, place)| Highlight {
            start: place.start,
            end: place.end,
            letter: String::new(),
            status: "look".to_owned(),
            place: format!("personal-{}", at + 1),
            finding: String::new(),
            mask: masked,
        })
        .collect();
    Ok(EvidenceText {
        frame: frame(web, visit, ""),
        id: found.file.id.to_string(),
        file_name: found.file.file_name.clone(),
        learner: if role == Role::Learner {
            String::new()
        } else {
            name(&found.learner)
        },
        back: match role {
            Role::Learner => format!("{}/evidence", base(visit)),
            Role::Assessor => format!("{}/submissions/{}", base(visit), found.submission.id),
        },
        words: document.body_words(),
        warnings: document
            .read
            .warnings
            .iter()
            .map(|warning| warning.message.clone())
            .collect(),
        masked: if masked { places.len() } else { 0 },
        personal: places
            .iter()
            .enumerate()
            .filter(|_| !masked)
            .map(|(at, place)| PersonalPlace {
                href: format!("#personal-{}", at + 1),
                words: where_it_is(document, at, place),
            })
            .collect(),
        mapping: mapping::offered(unit, found, role, asked),
        said: found
            .said
            .iter()
            .map(|said| mapping::sentence(app, document, said, &places))
            .collect(),
        sections: TextSection::all(unit, document, &highlights),
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
    // The file itself cannot be masked, so that taking it is put on record too.
    if visit.actor.role == Role::Assessor && found.has_personal_data() {
        let what = format!("download of file {id}");
        show_personal_data(web.app(), &visit, found.submission.id, &what).await?;
    }
    let content = bytes(web.app(), &visit, &found.file).await?;
    let mut file_name = found.file.file_name.clone();
    if found.file.typed {
        file_name.push_str(".txt");
    }
    let encoded: String = url::form_urlencoded::byte_serialize(file_name.as_bytes())
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
