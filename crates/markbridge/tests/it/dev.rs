//! `plugin dev` as an author uses it: work handed in, marked and released by the
//! page's two views, and the unit built again when it is saved.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use demo_lms::browser::{Browser, Page};
use demo_lms::play::Visitor;
use serde_json::Value;
use url::Url;

const MARKDOWN: &str = "text/markdown";
/// Longer than a build takes on a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(2);

struct Dev {
    process: Child,
    page: Url,
}

impl Dev {
    /// Starts it in the project and waits for the address that it prints.
    fn start(project: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_markbridge"))
            .args(["plugin", "dev"])
            .current_dir(project)
            .env("XDG_CACHE_HOME", crate::workspace().join("data/test-cache"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let output = process.stdout.take().expect("its output");
        let page = BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("Open ").map(str::to_owned));
        let page = page.expect("an address").parse().expect("an address");
        Self { process, page }
    }

    async fn get(&self, path: &str) -> Page {
        let mut browser = Browser::new().expect("a browser");
        let url = self.page.join(path).expect("an address");
        let page = browser.get(&url).await.expect("a page");
        assert_eq!(page.status, 200, "{url}: {}", page.body);
        page
    }

    async fn state(&self) -> Value {
        let page = self.get("/dev/state").await;
        serde_json::from_str(&page.body).expect("the state")
    }

    /// The state once it is as wanted.
    async fn until(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let state = self.state().await;
            if wanted(&state) {
                return state;
            }
            assert!(began.elapsed() < PATIENCE, "{state:#}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The course as the page's buttons open it, and as further learners do.
    async fn view(&self, person: &str) -> Visitor {
        let path = format!("/lti/launch?person={person}");
        let mut browser = Browser::new().expect("a browser");
        let url = self.page.join(&path).expect("an address");
        let first = browser.open(&url).await.expect("a launch");
        assert_eq!(first.status, 200, "{}", first.body);
        Visitor::at(browser, first)
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_is_seen_from_both_sides_and_built_at_each_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = Command::new(env!("CARGO_BIN_EXE_markbridge"))
        .args(["plugin", "new", "acme-105", "--language", "toml"])
        .args(["--title", "Opening a workshop"])
        .current_dir(folder.path())
        .output()
        .expect("the binary runs");
    assert!(made.status.success(), "{made:?}");
    let project = folder.path().join("acme-105");
    let dev = Dev::start(&project);
    let state = dev.state().await;
    assert_eq!(state["builds"], 1);
    assert_eq!(state["errors"], serde_json::json!([]));

    let page = dev.get("/dev").await.body;
    for view in ["learner-1", "assessor-1"] {
        assert!(page.contains(&format!("data-view=\"/lti/launch?person={view}\"")));
    }

    // A file as learner, its findings, and the call that gave them.
    let mut learner = dev.view("learner-1").await;
    assert!(learner.first.body.contains("Opening a workshop"));
    let work = std::fs::read(project.join("cases/complete/assignment.md")).expect("the work");
    let page = learner
        .upload("assignment.md", MARKDOWN, &work)
        .await
        .expect("the file is taken");
    assert_eq!(page.status, 200, "{}", page.body);
    let calls = dev.state().await["calls"].clone();
    assert_eq!(calls[0]["function"], "check");
    let costs = calls[0]["costs"].as_str().expect("costs");
    assert!(
        costs.contains(" to start)") && costs.contains(" fuel, "),
        "{costs}"
    );
    learner.hand_in().await.expect("handed in");

    // The same as assessor, to the gradebook.
    let mut assessor = dev.view("assessor-1").await;
    let cohort = assessor.page("cohort").await.expect("the list");
    let name = cohort
        .links()
        .into_iter()
        .find(|link| link.url.path().contains("/submissions/"))
        .expect("the work")
        .text;
    let mut sheet = assessor.open_work(&name).await.expect("the work");
    for (criterion, mark) in [("1.1", "8"), ("1.2", "6")] {
        sheet = assessor
            .mark(&sheet, criterion, mark, "Seen.")
            .await
            .expect("a mark");
        assert_eq!(sheet.status, 200, "{}", sheet.body);
    }
    let signed = assessor.sign(&sheet, "An author").await.expect("signed");
    assessor.release(&signed).await.expect("released");
    // 14 of 20 marks, whatever the column counts in.
    let has_arrived = |rows: &Value| {
        rows.as_array().into_iter().flatten().any(|row| {
            let number = |key: &str| row[key].as_f64().unwrap_or_default();
            (number("score") * 20.0 - number("maximum") * 14.0).abs() < 1e-6
                && number("maximum") > 0.0
        })
    };
    let began = Instant::now();
    loop {
        let page = dev.get("/gradebook.json").await;
        let rows = serde_json::from_str(&page.body).expect("the gradebook");
        if has_arrived(&rows) {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "no grade arrived: {rows:#}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    // A mistake is told with its line, and what was built before goes on.
    let file = project.join("unit.toml");
    let unit = std::fs::read_to_string(&file).expect("the unit");
    std::fs::write(&file, unit.replace("wording = ", "wroding = ")).expect("saved");
    let state = dev
        .until(|state| {
            state["errors"]
                .as_array()
                .is_some_and(|errors| !errors.is_empty())
        })
        .await;
    assert_eq!(state["builds"], 1);
    let told = state["errors"].to_string();
    assert!(
        told.contains("unit.toml, line ") && told.contains("wroding"),
        "{told}"
    );
    assert!(
        dev.view("learner-2")
            .await
            .first
            .body
            .contains("Opening a workshop")
    );

    // Mended, the new text is there at once.
    std::fs::write(
        &file,
        unit.replace("Opening a workshop", "Closing a workshop"),
    )
    .expect("saved");
    let state = dev.until(|state| state["builds"] == 2).await;
    assert_eq!(state["errors"], serde_json::json!([]));
    assert!(
        dev.view("learner-3")
            .await
            .first
            .body
            .contains("Closing a workshop")
    );
}
