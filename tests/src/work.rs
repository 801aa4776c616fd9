//! The steps that most tests begin with: work handed in, marked, signed, released.

use anyhow::{Context, Result};
use assessment::ids::{PersonId, SubmissionId};
use assessment::passback::{Delivery, Message};
use assessment::sheet::GradebookEntry;
use assessment::submission::State;
use demo_lms::browser::Page;
use demo_lms::play::{DOCX, Visitor};
use storage::courses::PersonRecord;
use storage::passback::PassbackRecord;
use storage::submissions::SubmissionRecord;

use crate::{Site, fixture};

/// Who marks.
pub const ASSESSOR: &str = "assessor-1";
/// Who marks besides.
pub const OTHER_ASSESSOR: &str = "assessor-2";
/// Who hands in.
pub const LEARNER: &str = "learner-1";
/// Somebody else who hands in.
pub const OTHER_LEARNER: &str = "learner-2";

/// Each criterion at its minimum: 50 of 100.
pub const PASS: [(&str, &str); 8] = [
    ("1.1", "8"),
    ("1.2", "8"),
    ("1.3", "6"),
    ("1.4", "6"),
    ("2.1", "6"),
    ("2.2", "6"),
    ("2.3", "4"),
    ("2.4", "6"),
];

/// Full marks but one below the minimum of 1.1: 91 of 100, and no pass.
pub const REFERRAL: [(&str, &str); 8] = [
    ("1.1", "7"),
    ("1.2", "16"),
    ("1.3", "12"),
    ("1.4", "12"),
    ("2.1", "12"),
    ("2.2", "12"),
    ("2.3", "8"),
    ("2.4", "12"),
];

/// What an assessor writes, unlike anything on a page by itself.
pub const FEEDBACK: &str = "Quokka: name one more beneficiary of mentoring.";

/// A real assignment with all eight criteria.
pub fn strong() -> Vec<u8> {
    fixture("304-strong/304-strong.docx")
}

/// A learner who has handed in the strong assignment.
///
/// # Errors
/// Where a page does not do what it should.
pub async fn hand_in(site: &Site, learner: &str) -> Result<Visitor> {
    let mut visitor = Visitor::launch(&site.lms, learner).await?;
    add_strong(&mut visitor).await?;
    visitor.hand_in().await?;
    Ok(visitor)
}

/// Adds the strong assignment to a learner's draft.
///
/// # Errors
/// Where it is not taken.
pub async fn add_strong(learner: &mut Visitor) -> Result<Page> {
    let page = learner.upload("304-strong.docx", DOCX, &strong()).await?;
    anyhow::ensure!(
        page.status == 200,
        "the file was not taken: {}",
        page.text("main").unwrap_or_default()
    );
    Ok(page)
}

/// An assessor with the marked sheet of a learner's work before them.
///
/// # Errors
/// As [`hand_in`].
pub async fn mark(site: &Site, learner: &str, marks: &[(&str, &str)]) -> Result<(Visitor, Page)> {
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let mut sheet = assessor.open_work(&site.name(learner)).await?;
    for (criterion, mark) in marks {
        sheet = assessor.mark(&sheet, criterion, mark, FEEDBACK).await?;
        anyhow::ensure!(
            sheet.status == 200,
            "the mark for {criterion} was not saved"
        );
    }
    Ok((assessor, sheet))
}

/// The same with the sheet signed; the page is the one to release on.
///
/// # Errors
/// As [`hand_in`].
pub async fn sign(site: &Site, learner: &str, marks: &[(&str, &str)]) -> Result<(Visitor, Page)> {
    let (mut assessor, sheet) = mark(site, learner, marks).await?;
    let signed = assessor.sign(&sheet, "Joan Hartley").await?;
    Ok((assessor, signed))
}

/// The same with the result released.
///
/// # Errors
/// As [`hand_in`].
pub async fn release(
    site: &Site,
    learner: &str,
    marks: &[(&str, &str)],
) -> Result<(Visitor, Page)> {
    let (mut assessor, signed) = sign(site, learner, marks).await?;
    let released = assessor.release(&signed).await?;
    Ok((assessor, released))
}

/// Puts the hand-ins of so many learners, `learner-1` and on, into the outbox, behind the
/// pages, for the way through them takes a while.
///
/// # Errors
/// Where the activity cannot be opened or the database fails.
pub async fn told_hand_ins(site: &Site, learners: usize) -> Result<()> {
    put_messages(site, learners, &Message::HandedIn).await
}

/// The same for released passes, of those too whose hand-in was put there.
///
/// # Errors
/// As [`told_hand_ins`].
pub async fn released_passes(site: &Site, learners: usize) -> Result<()> {
    let pass = Message::Mark(GradebookEntry {
        score: 50.0,
        maximum: 100.0,
        comment: "Pass, submission 1.".to_owned(),
    });
    put_messages(site, learners, &pass).await
}

async fn put_messages(site: &Site, learners: usize, message: &Message) -> Result<()> {
    let assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let url = assessor.url("");
    let activity = url.path().split('/').nth(2).unwrap_or_default().parse()?;
    let now = site.app.now();
    let mut work = site.app.storage.write().await?;
    let registrations = work.registrations(Some(&site.lms.issuer())).await?;
    let registration = registrations.first().context("the VLE is registered")?.id;
    for number in 1..=learners {
        let person = work
            .put_person(&PersonRecord {
                id: PersonId::new(now, site.app.random()),
                registration,
                subject: format!("learner-{number}"),
                name: String::new(),
                family_name: String::new(),
                email: String::new(),
                is_preview: false,
            })
            .await?;
        let last = work.passback(activity, person).await?;
        let submission = if let Some(last) = &last {
            last.submission
        } else {
            let id = SubmissionId::new(now, site.app.random());
            work.add_submission(&SubmissionRecord {
                id,
                registration,
                activity,
                person,
                number: 1,
                state: State::Achieved,
                refuses_script_use: false,
                declared_at: Some(now),
                submitted_at: Some(now),
                plugin: None,
                version: 0,
                changed_at: now,
            })
            .await?;
            id
        };
        work.put_passback(&PassbackRecord {
            activity,
            person,
            registration,
            submission,
            decision: None,
            message: message.clone(),
            timestamp: lti::ags::next_timestamp(now, last.map(|last| last.timestamp)),
            delivery: Delivery::Waiting,
            attempts: 0,
            outcome_unknown: false,
            run_at: now,
            answer: String::new(),
            reason: None,
            advice: String::new(),
            changed_at: now,
        })
        .await?;
    }
    work.save().await?;
    Ok(())
}

/// The id at the end of a marking or release page's address.
///
/// # Panics
/// Where the page belongs to no submission.
pub fn submission_of(page: &Page) -> String {
    let mut parts = page
        .url
        .path()
        .split('/')
        .skip_while(|part| *part != "submissions");
    parts.nth(1).expect("a page of a submission").to_owned()
}

/// The token that the forms of a page carry.
///
/// # Panics
/// Where the page has no form.
pub fn csrf_of(page: &Page) -> String {
    page.attribute("input[name='csrf']", "value")
        .expect("a form on the page")
}
