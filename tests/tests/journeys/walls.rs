//! Who may see and do what: role × resource × tenant.

use anyhow::Result;
use demo_lms::Manners;
use demo_lms::browser::Page;
use demo_lms::play::Visitor;
use end_to_end::Site;
use end_to_end::work::{
    ASSESSOR, FEEDBACK, LEARNER, OTHER_LEARNER, PASS, add_strong, csrf_of, hand_in, mark,
    submission_of,
};

/// Somebody with the token of their session's forms.
struct Somebody {
    visitor: Visitor,
    csrf: String,
}

impl Somebody {
    /// Takes the token while a page of theirs has a form.
    async fn at(mut visitor: Visitor, page: &str) -> Result<Self> {
        let csrf = csrf_of(&visitor.page(page).await?);
        Ok(Self { visitor, csrf })
    }

    async fn see(&mut self, path: &str) -> Result<Page> {
        let url = self.visitor.url(path);
        Ok(self.visitor.browser().get(&url).await?)
    }

    /// Sends fields with a token, or without any.
    async fn send(
        &mut self,
        path: &str,
        csrf: Option<&str>,
        fields: &[(&str, &str)],
    ) -> Result<Page> {
        let mut fields = fields.to_vec();
        fields.extend(csrf.map(|csrf| ("csrf", csrf)));
        let url = self.visitor.url(path);
        Ok(self.visitor.browser().post_form(&url, &fields).await?)
    }
}

/// The people of the tables: two tenants with the same ids on both sides.
struct People {
    owner: Somebody,
    classmate: Somebody,
    assessor: Somebody,
    foreign_learner: Somebody,
    foreign_assessor: Somebody,
    /// Of the owner, in marking.
    submission: String,
    /// The owner's file.
    file: String,
    /// A classmate's file that is not handed in.
    draft: String,
}

fn file_of(page: &Page) -> String {
    let link = page.link("Download").expect("a file on the page");
    link.path()
        .split('/')
        .nth(4)
        .expect("an address of a file")
        .to_owned()
}

async fn people(site: &mut Site) -> Result<People> {
    let mut owner = hand_in(site, LEARNER).await?;
    let file = file_of(&owner.page("evidence").await?);
    let owner = Somebody::at(owner, "evidence").await?;
    let mut classmate = Visitor::launch(&site.lms, OTHER_LEARNER).await?;
    let draft = file_of(&add_strong(&mut classmate).await?);
    let (assessor, sheet) = mark(site, LEARNER, &PASS).await?;
    let other = site.add_vle(Manners::Strict).await?;
    Ok(People {
        owner,
        classmate: Somebody::at(classmate, "evidence").await?,
        assessor: Somebody::at(assessor, "cohort").await?,
        foreign_learner: Somebody::at(Visitor::launch(&other, LEARNER).await?, "evidence").await?,
        foreign_assessor: Somebody::at(Visitor::launch(&other, ASSESSOR).await?, "cohort").await?,
        submission: submission_of(&sheet),
        file,
        draft,
    })
}

#[tokio::test]
async fn what_everybody_may_see() -> Result<()> {
    let mut site = Site::start(Manners::Strict).await?;
    let mut people = people(&mut site).await?;
    let (submission, file, draft) = (
        people.submission.clone(),
        people.file.clone(),
        people.draft.clone(),
    );
    // In the order: owner, classmate, assessor, foreign learner, foreign assessor.
    let table = [
        ("unit".to_owned(), [200, 200, 403, 200, 403]),
        ("evidence".to_owned(), [200, 200, 403, 200, 403]),
        ("result".to_owned(), [200, 200, 403, 200, 403]),
        ("cohort".to_owned(), [403, 403, 200, 403, 200]),
        ("roster".to_owned(), [403, 403, 200, 403, 200]),
        ("choose-unit".to_owned(), [403, 403, 200, 403, 200]),
        ("link-again".to_owned(), [403, 403, 200, 403, 200]),
        (
            format!("submissions/{submission}"),
            [403, 403, 200, 403, 404],
        ),
        (
            format!("submissions/{submission}/sheet"),
            [403, 403, 200, 403, 404],
        ),
        (
            format!("submissions/{submission}/sign"),
            [403, 403, 200, 403, 404],
        ),
        (
            format!("submissions/{submission}/release"),
            [403, 403, 200, 403, 404],
        ),
        (format!("evidence/{file}/text"), [200, 404, 200, 404, 404]),
        (format!("evidence/{file}/file"), [200, 404, 200, 404, 404]),
        (
            format!("submissions/{submission}/redaction"),
            [403, 403, 200, 403, 404],
        ),
        (
            "evidence/assignment/type".to_owned(),
            [409, 200, 403, 200, 403],
        ),
        (format!("evidence/{draft}/text"), [404, 200, 404, 404, 404]),
        (format!("evidence/{draft}/file"), [404, 200, 404, 404, 404]),
        (
            format!("submissions/{submission}/rows/assignment"),
            [403, 403, 404, 403, 404],
        ),
        (
            "evidence/assignment/rows".to_owned(),
            [404, 404, 403, 404, 403],
        ),
        (
            "evidence/assignment/import".to_owned(),
            [404, 404, 403, 404, 403],
        ),
        (
            "submissions/no-such-id".to_owned(),
            [403, 403, 404, 403, 404],
        ),
        (
            "evidence/no-such-id/text".to_owned(),
            [404, 404, 404, 404, 404],
        ),
    ];
    let mut wrong = Vec::new();
    for (path, expected) in &table {
        let mut got = Vec::new();
        for person in [
            &mut people.owner,
            &mut people.classmate,
            &mut people.assessor,
            &mut people.foreign_learner,
            &mut people.foreign_assessor,
        ] {
            got.push(person.see(path).await?.status);
        }
        if got != expected {
            wrong.push(format!("{path}: expected {expected:?}, got {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let foreign_cohort = people.foreign_assessor.see("cohort").await?;
    assert!(
        !foreign_cohort.body.contains(&submission),
        "the other tenant's list shows none of ours"
    );
    let of_ours = people.owner.visitor.url("unit");
    let elsewhere = people
        .foreign_learner
        .visitor
        .browser()
        .get(&of_ours)
        .await?;
    assert_eq!(elsewhere.status, 401, "no cookie goes there");
    Ok(())
}

/// What is sent where, and how each is answered.
type Deed<'a> = (String, &'a [(&'a str, &'a str)], [u16; 4]);

#[tokio::test]
async fn what_everybody_may_do() -> Result<()> {
    let mut site = Site::start(Manners::Strict).await?;
    let mut people = people(&mut site).await?;
    let (submission, file, draft) = (
        people.submission.clone(),
        people.file.clone(),
        people.draft.clone(),
    );
    let save = [
        ("criterion", "1.1"),
        ("mark", "1"),
        ("feedback", "An intruder was here."),
        ("version", "1"),
    ];
    let sign = [("judged", "yes"), ("name", "Nobody")];
    // In the order: owner, classmate, foreign learner, foreign assessor. Whoever may do it is tested elsewhere.
    let table: Vec<Deed> = vec![
        (
            format!("submissions/{submission}/marks"),
            &save,
            [403, 403, 403, 404],
        ),
        (
            format!("submissions/{submission}/findings"),
            &[("finding", "0"), ("verdict", "dismissed")],
            [403, 403, 403, 404],
        ),
        (
            format!("submissions/{submission}/sign"),
            &sign,
            [403, 403, 403, 404],
        ),
        (
            format!("submissions/{submission}/release"),
            &[],
            [403, 403, 403, 404],
        ),
        (
            format!("submissions/{submission}/reopen"),
            &[("reason", "because")],
            [403, 403, 403, 404],
        ),
        (
            format!("submissions/{submission}/resend"),
            &[],
            [403, 403, 403, 404],
        ),
        (
            format!("submissions/{submission}/redaction"),
            &[("word", "Ann"), ("change", "add")],
            [403, 403, 403, 404],
        ),
        (
            format!("submissions/{submission}/redaction/copy"),
            &[("purpose", "review")],
            [403, 403, 403, 404],
        ),
        (
            format!("evidence/{file}/parts"),
            &[("block", "3"), ("begins", "no-answer")],
            [409, 404, 404, 404],
        ),
        (
            format!("evidence/{draft}/parts"),
            &[("block", "3"), ("begins", "no-answer")],
            [404, 200, 404, 404],
        ),
        (
            format!("evidence/{file}/personal"),
            &[],
            [403, 403, 403, 404],
        ),
        (
            "evidence/assignment/type".to_owned(),
            &[("criterion", "1.1"), ("text", "x"), ("version", "7")],
            [409, 409, 409, 403],
        ),
        ("evidence/check".to_owned(), &[], [409, 200, 404, 403]),
        (format!("evidence/{file}/remove"), &[], [409, 404, 404, 403]),
        (
            format!("evidence/{draft}/remove"),
            &[],
            [409, 200, 404, 403],
        ),
        (
            "choose-unit".to_owned(),
            &[("unit", "ilm-8577-304")],
            [403, 403, 403, 200],
        ),
        ("roster/sync".to_owned(), &[], [403, 403, 403, 200]),
    ];
    let mut wrong = Vec::new();
    for (path, fields, expected) in &table {
        let mut got = Vec::new();
        for person in [
            &mut people.owner,
            &mut people.classmate,
            &mut people.foreign_learner,
            &mut people.foreign_assessor,
        ] {
            let csrf = person.csrf.clone();
            got.push(person.send(path, Some(&csrf), fields).await?.status);
        }
        if got != expected {
            wrong.push(format!("{path}: expected {expected:?}, got {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_unchanged(&site, &submission).await
}

/// The sheet stands as the assessor left it.
async fn assert_unchanged(site: &Site, submission: &str) -> Result<()> {
    let mut work = site.app.storage.read().await?;
    let id = submission.parse()?;
    let lines = work.sheet_lines(id).await?;
    assert_eq!(lines.len(), PASS.len());
    assert!(
        lines
            .iter()
            .all(|line| line.feedback == FEEDBACK && line.version == 1)
    );
    assert!(work.decisions(id).await?.is_empty());
    assert!(work.finding_verdicts(id).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_form_without_the_sessions_token_does_nothing() -> Result<()> {
    let mut site = Site::start(Manners::Strict).await?;
    let mut people = people(&mut site).await?;
    let submission = people.submission.clone();
    let others = people.owner.csrf.clone();
    let save = [
        ("criterion", "1.1"),
        ("mark", "1"),
        ("feedback", ""),
        ("version", "1"),
    ];
    for csrf in [None, Some(""), Some("guessed"), Some(others.as_str())] {
        for (path, fields) in [
            (format!("submissions/{submission}/marks"), &save[..]),
            (
                format!("submissions/{submission}/findings"),
                &[("finding", "0"), ("verdict", "dismissed")],
            ),
            (
                format!("submissions/{submission}/sign"),
                &[("judged", "yes"), ("name", "Nobody")],
            ),
            (format!("submissions/{submission}/release"), &[]),
            (
                format!("submissions/{submission}/reopen"),
                &[("reason", "because")],
            ),
            (format!("submissions/{submission}/resend"), &[]),
            (
                format!("submissions/{submission}/redaction"),
                &[("word", "Ann"), ("change", "add")],
            ),
            (
                format!("submissions/{submission}/redaction/copy"),
                &[("purpose", "review")],
            ),
            (format!("evidence/{}/personal", people.file), &[]),
            ("choose-unit".to_owned(), &[("unit", "ilm-8577-304")]),
            ("roster/sync".to_owned(), &[]),
        ] {
            let page = people.assessor.send(&path, csrf, fields).await?;
            assert_eq!(page.status, 401, "{path} with {csrf:?}");
        }
        for path in [
            "hand-in".to_owned(),
            format!("evidence/{}/remove", people.draft),
            format!("evidence/{}/parts", people.draft),
            "evidence/assignment/type".to_owned(),
            "evidence/check".to_owned(),
        ] {
            let page = people
                .classmate
                .send(&path, csrf, &[("own_work", "yes")])
                .await?;
            assert_eq!(page.status, 401, "{path} with {csrf:?}");
        }
    }
    let evidence = people.classmate.see("evidence").await?;
    let forged = evidence
        .form("form[enctype='multipart/form-data']")?
        .with("csrf", "guessed")
        .with_file(
            "file",
            "other.txt",
            "text/plain",
            b"1.1 Another text".to_vec(),
        );
    assert_eq!(
        people
            .classmate
            .visitor
            .browser()
            .submit(&forged)
            .await?
            .status,
        401
    );
    let evidence = people.classmate.see("evidence").await?;
    assert!(evidence.body.contains("304-strong.docx") && !evidence.body.contains("other.txt"));
    assert!(
        evidence.form("form[action$='/hand-in']").is_ok(),
        "it is still a draft"
    );
    assert_unchanged(&site, &submission).await
}
