//! `markbridge demo --check`: the whole main job through the front door, with a
//! real document, and once more with the server killed between release and
//! delivery.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use demo_lms::play::{DOCX, Visitor};
use demo_lms::{GradeRow, Role};

use super::{ASSIGNMENT, Demo};
use crate::{complain, say};

/// Marks for the eight criteria: 75 of 100, each at least half.
const MARKS: [(&str, &str); 8] = [
    ("1.1", "12"),
    ("1.2", "13"),
    ("1.3", "9"),
    ("1.4", "8"),
    ("2.1", "9"),
    ("2.2", "9"),
    ("2.3", "6"),
    ("2.4", "9"),
];
const TOTAL: f64 = 75.0;
const ASSESSOR: &str = "assessor-1";

/// How long a grade may take to arrive: longer than a claim that a killed
/// worker left behind.
const PATIENCE: Duration = Duration::from_secs(90);

/// Plays it all; the exit status says whether both grades arrived.
pub(super) async fn play(demo: Demo) -> anyhow::Result<ExitCode> {
    match steps(&demo).await {
        Ok(()) => {
            say("The grades stand in the gradebook.");
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            complain(&format!("failed  {error:#}"));
            complain(&format!("The server's log is {}.", demo.log().display()));
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Prints each step with the time it took.
struct Steps(Instant);

impl Steps {
    fn done(&mut self, words: &str) {
        say(&format!(
            "ok {:>7} ms  {words}",
            self.0.elapsed().as_millis()
        ));
        self.0 = Instant::now();
    }
}

async fn steps(demo: &Demo) -> anyhow::Result<()> {
    let mut steps = Steps(Instant::now());
    let mut server = demo.start_server().await?;
    steps.done("start the server");

    let people = demo.lms.people();
    let learners: Vec<_> = people
        .iter()
        .filter(|person| person.role == Role::Learner)
        .collect();
    let [first, second, ..] = learners.as_slice() else {
        bail!("the demo VLE has no learners")
    };

    hand_in(demo, &first.id, &mut steps).await?;
    let mut assessor = mark_and_sign(demo, &first.name(), &mut steps).await?;
    let signed = assessor.browser_page(&first.name()).await?;
    assessor.0.release(&signed).await?;
    steps.done("release");
    wait_for_grade(demo, &first.id).await?;
    steps.done("the gradebook shows 75 of 100 and the comment");

    hand_in(demo, &second.id, &mut steps).await?;
    let mut assessor = mark_and_sign(demo, &second.name(), &mut steps).await?;
    demo.lms.set_service_down(true);
    let signed = assessor.browser_page(&second.name()).await?;
    assessor.0.release(&signed).await?;
    steps.done("release while the gradebook is down");
    server.kill().await?;
    ensure!(
        grade(demo, &second.id)?.score.is_none(),
        "the grade arrived although the gradebook was down"
    );
    steps.done("kill -9 the server before the grade is delivered");
    demo.lms.set_service_down(false);
    let _server = demo.start_server().await?;
    steps.done("start the server again");
    wait_for_grade(demo, &second.id).await?;
    steps.done("the gradebook shows the second grade, once");
    Ok(())
}

async fn hand_in(demo: &Demo, learner: &str, steps: &mut Steps) -> anyhow::Result<()> {
    let mut learner = Visitor::launch(&demo.lms, learner).await?;
    steps.done("launch as learner");
    let page = learner.upload("304-strong.docx", DOCX, ASSIGNMENT).await?;
    ensure!(
        page.status == 200,
        "the file was not taken: {}",
        page.text(".notice").unwrap_or_default()
    );
    steps.done("add 304-strong.docx");
    let checked = page.texts(".results .result-id").len();
    ensure!(
        page.body.contains("8 of 8"),
        "the checks did not find all eight criteria"
    );
    ensure!(checked >= 8, "the page shows {checked} criteria, not eight");
    steps.done("the checks found all eight criteria");
    learner.hand_in().await?;
    steps.done("declare and hand in");
    Ok(())
}

/// An assessor with the page of a signed sheet within reach.
struct Assessor(Visitor);

impl Assessor {
    /// The page of the learner's signed sheet.
    async fn browser_page(&mut self, learner: &str) -> anyhow::Result<demo_lms::browser::Page> {
        Ok(self.0.open_work(learner).await?)
    }
}

async fn mark_and_sign(demo: &Demo, learner: &str, steps: &mut Steps) -> anyhow::Result<Assessor> {
    let mut assessor = Visitor::launch(&demo.lms, ASSESSOR).await?;
    steps.done("launch as assessor");
    let mut marking = assessor
        .open_work(learner)
        .await
        .context("the work is not in the list")?;
    steps.done("open the work from the list");
    for (criterion, mark) in MARKS {
        marking = assessor
            .mark(&marking, criterion, mark, "Clear and in your own setting.")
            .await?;
        ensure!(
            marking.status == 200,
            "the mark for {criterion} was not saved"
        );
    }
    steps.done("marks for all eight criteria");
    let signed = assessor.sign(&marking, "Joan Hartley").await?;
    ensure!(
        signed.text("main").unwrap_or_default().contains("Pass"),
        "the decision is not a pass"
    );
    steps.done("sign the decision: pass");
    Ok(Assessor(assessor))
}

fn grade(demo: &Demo, learner: &str) -> anyhow::Result<GradeRow> {
    demo.lms
        .gradebook()
        .into_iter()
        .find(|row| row.user_id == learner)
        .context("the gradebook has no such learner")
}

async fn wait_for_grade(demo: &Demo, learner: &str) -> anyhow::Result<()> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        let row = grade(demo, learner)?;
        if let Some(score) = row.score {
            ensure!(
                (score - TOTAL).abs() < 1e-6,
                "the gradebook shows {score}, not {TOTAL}"
            );
            ensure!(
                row.comments.len() == 1,
                "the gradebook shows {} comments, not one",
                row.comments.len()
            );
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("the grade did not arrive within {} s", PATIENCE.as_secs())
}
