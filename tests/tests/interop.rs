//! A platform that nobody here wrote: Open edX's, as a process of its own. Its
//! code starts and signs the launches, checks our assertions, gives the roster,
//! takes scores and chosen content. `tests/interop` says how it is run;
//! `cargo xtask test interop` installs it first.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use chrono::Duration;
use demo_lms::Manners;
use demo_lms::browser::{Browser, Page};
use demo_lms::play::Visitor;
use end_to_end::platform::{code_of, foreign_key};
use end_to_end::work::{FEEDBACK, PASS, add_strong};
use end_to_end::{Site, UNIT, here};
use lti::ags::{
    ActivityProgress, GradingProgress, LineItemsQuery, NewLineItem, PlatformFamily, Score,
    create_line_item, line_items, next_timestamp, post_score, read_result,
};
use lti::service::{ServiceError, Services};
use lti::{Registration, SigningKey, TokenError};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use url::Url;
use workflow::platforms::{NewPlatform, add};

/// A block of its course, and the title that the course gives it.
const BLOCK: &str = "assignment";
/// A teacher of its course.
const ASSESSOR: &str = "assessor-1";
/// People who learn there.
const LEARNER: &str = "learner-1";
const OTHER_LEARNER: &str = "learner-2";
/// Blocks with one passport are one registration.
const PASSPORT: &str = "7f2c1d1e-0000-4000-8000-000000000001";

/// Open edX's platform, with one course. It ends when it is dropped.
struct OpenEdx {
    base: Url,
    registrations: BTreeMap<String, Registration>,
    _process: Child,
}

impl OpenEdx {
    /// Starts it and registers each of its blocks with the tool.
    async fn start(site: &Site, blocks: Value) -> Result<Self> {
        let python = python()?;
        let orders = json!({"tool": site.app.public_url, "blocks": blocks});
        let mut process = Command::new(&python)
            .arg(here().join("interop").join("open_edx.py"))
            .arg(orders.to_string())
            .env("NO_PROXY", "*")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            // It ends when this end of the pipe is closed.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} could not be started", python.display()))?;
        let output = process.stdout.take().context("it has an output")?;
        let line = BufReader::new(output)
            .lines()
            .next_line()
            .await?
            .context("Open edX's platform ended while starting; see its errors above")?;
        let told: BTreeMap<String, BTreeMap<String, String>> = serde_json::from_str(&line)?;
        let base = &told.values().next().context("there is a block")?["issuer"];
        let mut edx = Self {
            base: Url::parse(base)?,
            registrations: BTreeMap::new(),
            _process: process,
        };
        for (block, terms) in told {
            let registration = Registration {
                issuer: terms["issuer"].clone(),
                client_id: terms["client_id"].clone(),
                auth_url: Url::parse(&terms["auth_url"])?,
                token_url: Url::parse(&terms["token_url"])?,
                jwks_url: Url::parse(&terms["jwks_url"])?,
                token_audience: None,
            };
            let platform = NewPlatform {
                issuer: registration.issuer.clone(),
                client_id: registration.client_id.clone(),
                deployments: vec![terms["deployment_id"].clone()],
                auth_url: registration.auth_url.clone(),
                token_url: registration.token_url.clone(),
                jwks_url: registration.jwks_url.clone(),
            };
            let storage = site.app.storage.as_ref();
            add(storage, &platform, site.clock.now(), site.app.random()).await?;
            edx.registrations.insert(block, registration);
        }
        Ok(edx)
    }

    /// Starts it with one block for our unit, whose column it makes by itself.
    async fn with_one_block(site: &Site) -> Result<Self> {
        Self::start(
            site,
            json!({BLOCK: {"grades": "declarative", "passport": PASSPORT, "custom": {"unit": UNIT}}}),
        )
        .await
    }

    /// The same, where tools make columns themselves.
    async fn programmatic(site: &Site) -> Result<Self> {
        Self::start(
            site,
            json!({BLOCK: {"grades": "programmatic", "passport": PASSPORT, "custom": {"unit": UNIT}}}),
        )
        .await
    }

    fn url(&self, path: &str, block: &str, person: &str) -> Result<Url> {
        let mut url = self.base.join(path)?;
        url.query_pairs_mut()
            .append_pair("block", block)
            .append_pair("person", person);
        Ok(url)
    }

    /// What a person gets to who opens a block in the course.
    async fn open(&self, block: &str, person: &str) -> Result<(Browser, Page)> {
        let mut browser = Browser::new()?;
        let page = browser.open(&self.url("open", block, person)?).await?;
        Ok((browser, page))
    }

    /// The same where it is the tool's page.
    async fn visit(&self, block: &str, person: &str) -> Result<Visitor> {
        let (browser, page) = self.open(block, person).await?;
        ensure!(
            page.status == 200,
            "{person} got {:?} at {}: {}",
            code_of(&page),
            page.url,
            page.text("main").unwrap_or_default()
        );
        Ok(Visitor::at(browser, page))
    }

    /// What it tells about itself.
    async fn told(&self, path: &str) -> Result<Value> {
        let page = Browser::new()?.get(&self.base.join(path)?).await?;
        Ok(serde_json::from_str(&page.body)?)
    }

    /// Its services, for calls that no page of ours makes.
    fn services(&self, site: &Site, block: &str, key: Arc<SigningKey>) -> Services {
        let (clock, app) = (site.clock.clone(), site.app.clone());
        Services::new(
            app.http.clone(),
            app.tokens.clone(),
            self.registrations[block].clone(),
            Some("1".to_owned()),
            key,
            move || clock.now(),
            move || app.secret(),
        )
    }

    /// Where the columns of a block are.
    async fn columns(&self, block: &str) -> Result<Url> {
        let told = self.told(&format!("columns?block={block}")).await?;
        Ok(Url::parse(told["url"].as_str().context("an address")?)?)
    }

    /// What it calls a person in its messages.
    async fn id_of(&self, person: &str) -> Result<String> {
        let told = self.told("people").await?;
        Ok(told[person].as_str().context("somebody there")?.to_owned())
    }
}

/// The interpreter with Open edX's packages.
fn python() -> Result<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("interop");
    let python = target.join("bin").join("python");
    ensure!(
        python.exists(),
        "Open edX's platform is not installed; run `cargo xtask test interop`, which installs it"
    );
    Ok(python)
}

/// A learner hands in, a teacher marks, signs and releases.
async fn release(edx: &OpenEdx, block: &str, learner: &str) -> Result<()> {
    let mut visitor = edx.visit(block, learner).await?;
    add_strong(&mut visitor).await?;
    visitor.hand_in().await?;
    let mut assessor = edx.visit(block, ASSESSOR).await?;
    let mut sheet = assessor.open_work(&name(learner)).await?;
    for (criterion, mark) in PASS {
        sheet = assessor.mark(&sheet, criterion, mark, FEEDBACK).await?;
        ensure!(
            sheet.status == 200,
            "the mark for {criterion} was not saved"
        );
    }
    let signed = assessor.sign(&sheet, "Joan Hartley").await?;
    assessor.release(&signed).await?;
    Ok(())
}

/// The name of a person there.
fn name(person: &str) -> String {
    let (kind, number) = person.split_once('-').expect("a person of the course");
    format!("{}{} {number}", kind[..1].to_uppercase(), &kind[1..])
}

#[tokio::test]
async fn its_launches_bring_learners_teachers_and_moderators() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let edx = OpenEdx::with_one_block(&site).await?;
    for (person, role, page) in [
        (LEARNER, "learner", "unit"),
        (ASSESSOR, "assessor", "cohort"),
        // Who keeps order in a forum marks nobody's work.
        ("moderator-1", "learner", "unit"),
    ] {
        let visitor = edx.visit(BLOCK, person).await?;
        let who = visitor.first.text("header").unwrap_or_default();
        assert!(who.contains(&format!("{}, {role}", name(person))), "{who}");
        assert!(visitor.first.url.path().ends_with(page));
        // Its launches give the link no title, so the unit's own must do.
        assert!(who.contains("8577-304"), "{who}");
    }
    Ok(())
}

#[tokio::test]
async fn its_roster_is_read_and_a_refusal_removes_nobody() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let edx = OpenEdx::with_one_block(&site).await?;
    let mut assessor = edx.visit(BLOCK, ASSESSOR).await?;
    let cohort = read_roster(&site, &mut assessor).await?;
    let names = cohort.texts("tbody th");
    assert_eq!(names.len(), 30, "{names:?}");
    for learner in (1..30).map(|number| format!("Learner {number}")) {
        assert!(names.contains(&learner), "{learner} in {names:?}");
    }
    assert!(names.contains(&"Moderator 1".to_owned()), "{names:?}");
    // What it answers for a course with more people than it wants to name.
    edx.told("too-large?is=true").await?;
    let cohort = read_roster(&site, &mut assessor).await?;
    assert_eq!(cohort.texts("tbody tr").len(), 30);
    assert!(
        cohort
            .body
            .contains("The list of learners could not be read"),
        "{}",
        cohort.body
    );
    Ok(())
}

/// Presses “Read the roster now” and has it read, a second after whatever was before.
async fn read_roster(site: &Site, assessor: &mut Visitor) -> Result<Page> {
    site.clock.advance(std::time::Duration::from_secs(1));
    let cohort = assessor.page("cohort").await?;
    let form = cohort.form("form[action$='/roster/sync']")?;
    assessor.browser().submit(&form).await?;
    site.read_rosters().await?;
    Ok(assessor.page("cohort").await?)
}

#[tokio::test]
async fn released_grades_reach_its_gradebook() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let edx = OpenEdx::with_one_block(&site).await?;
    for learner in [LEARNER, OTHER_LEARNER] {
        release(&edx, BLOCK, learner).await?;
        site.deliver().await?;
    }
    // Its block counts up to 1, our sheet up to 100.
    let grade = |person| json!({"person": person, "score": 0.5, "comment": "Pass, submission 1."});
    assert_eq!(
        edx.told("gradebook").await?,
        json!([grade(LEARNER), grade(OTHER_LEARNER)])
    );
    Ok(())
}

#[tokio::test]
async fn its_results_and_timestamps_are_understood() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let edx = OpenEdx::with_one_block(&site).await?;
    edx.visit(BLOCK, ASSESSOR).await?;
    let services = edx.services(&site, BLOCK, site.app.keys.published().await?.remove(0));
    let columns = edx.columns(BLOCK).await?;
    let column = line_items(&services, &columns, &LineItemsQuery::default()).await?;
    let column = &column.first().context("its one column")?.id;
    let now = site.clock.now();
    let mut score = Score {
        user_id: edx.id_of(LEARNER).await?,
        activity_progress: ActivityProgress::Completed,
        grading_progress: GradingProgress::FullyGraded,
        timestamp: now,
        score: Some((50.0, 100.0)),
        comment: Some("Pass.".to_owned()),
        submitted_at: None,
    };
    let other = Score {
        user_id: edx.id_of(OTHER_LEARNER).await?,
        score: Some((80.0, 100.0)),
        ..score.clone()
    };
    let family = PlatformFamily::Other;
    for score in [&score, &other] {
        post_score(&services, column, score, family, true).await?;
    }
    // It gives everybody's results whoever was asked for.
    for (asked, expected) in [(&score, (50.0, 100.0)), (&other, (80.0, 100.0))] {
        let result = read_result(&services, column, &asked.user_id).await?;
        let result = result.context("a result")?;
        assert_eq!(result.user_id, asked.user_id);
        assert_eq!(result.score, Some(expected));
        assert_eq!(result.comment.as_deref(), Some("Pass."));
    }
    // The same time twice, as after an answer that got lost, and an earlier one.
    for timestamp in [now, now - Duration::seconds(1)] {
        score.timestamp = timestamp;
        let refused = post_score(&services, column, &score, family, true).await;
        assert!(
            matches!(refused, Err(ServiceError::NewerScoreExists { .. })),
            "{refused:?}"
        );
    }
    score.timestamp = next_timestamp(now, Some(now));
    score.score = Some((60.0, 100.0));
    post_score(&services, column, &score, family, true).await?;
    let result = read_result(&services, column, &score.user_id).await?;
    assert_eq!(result.context("a result")?.score, Some((60.0, 100.0)));
    Ok(())
}

#[tokio::test]
async fn it_holds_our_assertion_against_our_key_set() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let edx = OpenEdx::with_one_block(&site).await?;
    let columns = edx.columns(BLOCK).await?;
    let own = edx.services(&site, BLOCK, site.app.keys.published().await?.remove(0));
    line_items(&own, &columns, &LineItemsQuery::default()).await?;
    let foreign = edx.services(&site, BLOCK, Arc::new(foreign_key().clone()));
    let refused = line_items(&foreign, &columns, &LineItemsQuery::default()).await;
    let Err(ServiceError::Token(TokenError::Refused { error, .. })) = &refused else {
        panic!("{refused:?}");
    };
    assert_eq!(error, "invalid_client");
    Ok(())
}

#[tokio::test]
async fn a_chosen_unit_comes_back_to_it_and_opens() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let block = json!({"grades": "declarative", "passport": PASSPORT, "deep_linking": true});
    let edx = OpenEdx::start(&site, json!({BLOCK: block})).await?;
    let mut browser = Browser::new()?;
    let list = browser.open(&edx.url("edit", BLOCK, ASSESSOR)?).await?;
    let form = list.form("form[action$='/details']")?.with("unit", UNIT);
    let details = browser.submit(&form.press("Go on")?).await?;
    let form = details
        .form("form[action$='/review']")?
        .with("title-0", "Mentoring I")
        .with("opens-0", "2026-01-11T09:00")
        .with("due-0", "2099-07-16T17:00");
    let review = browser.submit(&form).await?;
    let form = review.form("form[action$='/answer']")?;
    let answer = browser.submit(&form.press("Add to the course")?).await?;
    let taken = browser.follow_auto_forms(answer).await?;
    assert_eq!(taken.status, 200, "{}", taken.body);
    let content = edx.told(&format!("content?block={BLOCK}")).await?;
    assert_eq!(content[0]["title"], "Mentoring I", "{content}");
    assert_eq!(content[0]["custom"]["unit"], UNIT);
    assert_eq!(content[0]["lineItem"]["resourceId"], UNIT);
    assert_eq!(content[0]["lineItem"]["tag"], "result");

    // The block opens as the unit, though nobody set it up by hand.
    let learner = edx.visit(BLOCK, LEARNER).await?;
    assert!(learner.first.body.contains("8577-304"));
    assert!(learner.first.body.contains("16 July 2099, 17:00"));
    release(&edx, BLOCK, LEARNER).await?;
    site.deliver().await?;
    assert_eq!(edx.told("gradebook").await?[0]["score"], 0.5);

    // Somebody who goes back without a choice: the answer is taken, and empties the block.
    let list = browser.open(&edx.url("edit", BLOCK, ASSESSOR)?).await?;
    let answer = browser
        .submit(&list.form("form[action$='/cancel']")?)
        .await?;
    let taken = browser.follow_auto_forms(answer).await?;
    assert_eq!(taken.status, 200, "{}", taken.body);
    assert_eq!(
        edx.told(&format!("content?block={BLOCK}")).await?,
        json!([])
    );
    Ok(())
}

#[tokio::test]
async fn a_column_is_made_where_it_has_none() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let edx = OpenEdx::programmatic(&site).await?;
    release(&edx, BLOCK, LEARNER).await?;
    site.deliver().await?;
    // Its launches give the block no title, and it takes no column without one.
    let told = edx.told(&format!("columns?block={BLOCK}")).await?;
    assert_eq!(
        told["columns"],
        json!([{
            "label": "8577-304 Understanding good practice in workplace mentoring",
            "tag": "result",
            "scores": 1,
        }])
    );
    assert_eq!(edx.told("gradebook").await?[0]["score"], 0.5);
    Ok(())
}

#[tokio::test]
async fn a_column_for_something_else_gets_no_grade_of_ours() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let edx = OpenEdx::programmatic(&site).await?;
    let services = edx.services(&site, BLOCK, site.app.keys.published().await?.remove(0));
    let practice = NewLineItem {
        label: "Practice".to_owned(),
        score_maximum: 10.0,
        resource_id: Some("practice".to_owned()),
        resource_link_id: None,
        tag: Some("practice".to_owned()),
        submission_review: None,
    };
    create_line_item(&services, &edx.columns(BLOCK).await?, &practice).await?;
    // Its launches name the first column, whatever it is for.
    release(&edx, BLOCK, LEARNER).await?;
    site.deliver().await?;
    let told = edx.told(&format!("columns?block={BLOCK}")).await?;
    assert_eq!(told["columns"][0]["label"], "Practice", "{told}");
    assert_eq!(told["columns"][0]["scores"], 0, "{told}");
    assert_eq!(told["columns"][1]["scores"], 1, "{told}");
    Ok(())
}

#[tokio::test]
async fn each_grade_goes_to_the_column_of_its_own_block() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let block = json!({"grades": "programmatic", "passport": PASSPORT, "custom": {"unit": UNIT}});
    let edx = OpenEdx::start(&site, json!({"first": block, "second": block})).await?;
    // The same registration and course, and no columns yet: the second block is
    // opened last, and the first one's grade is delivered after that.
    release(&edx, "first", LEARNER).await?;
    release(&edx, "second", OTHER_LEARNER).await?;
    site.deliver().await?;
    for (block, person) in [("first", LEARNER), ("second", OTHER_LEARNER)] {
        let told = edx.told(&format!("columns?block={block}")).await?;
        assert_eq!(
            told["columns"],
            json!([{"label": "8577-304 Understanding good practice in workplace mentoring", "tag": "result", "scores": 1}]),
            "{block}"
        );
        let grade = json!({"person": person, "score": 0.5, "comment": "Pass, submission 1."});
        let gradebook = edx.told("gradebook").await?;
        assert!(
            gradebook
                .as_array()
                .is_some_and(|grades| grades.contains(&grade)),
            "{gradebook}"
        );
    }
    Ok(())
}
