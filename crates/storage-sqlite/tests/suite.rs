//! The suite that every adapter passes, and what is `SQLite`'s own: triggers,
//! files, and several processes on one of them.

use std::error::Error;
use std::str::FromStr;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Row, SqliteConnection};
use storage::{Storage, StorageError, conformance};
use storage_sqlite::SqliteStorage;
use tempfile::TempDir;

/// A folder that goes at the end, and the address of a database in it.
fn database() -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("markbridge.db").display());
    (folder, url)
}

async fn open(url: &str) -> SqliteStorage {
    SqliteStorage::open(url).await.expect("the database opens")
}

/// A connection that knows nothing of the adapter.
async fn raw(url: &str) -> SqliteConnection {
    SqliteConnectOptions::from_str(url)
        .expect("an address that sqlx understands")
        .connect()
        .await
        .expect("a second connection")
}

#[tokio::test]
async fn the_suite() {
    let (_folder, url) = database();
    conformance::run(&open(&url).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_suite_on_several_threads() {
    let (_folder, url) = database();
    conformance::run(&open(&url).await).await;
}

#[tokio::test]
async fn decisions_and_history_cannot_be_updated_by_anybody() {
    let (_folder, url) = database();
    let storage = open(&url).await;
    conformance::decisions(&storage).await;
    conformance::history(&storage).await;
    let mut connection = raw(&url).await;
    for (table, column, message) in [
        ("decisions", "signed_name", "a decision never changes"),
        ("decisions", "outcome_json", "a decision never changes"),
        ("decision_voids", "reason", "a void never changes"),
        ("history", "detail", "history never changes"),
        ("history", "at", "history never changes"),
    ] {
        let content = format!("SELECT group_concat({column}, '|') FROM {table}");
        let before: String = value(&mut connection, &content).await;
        assert!(!before.is_empty(), "{table} holds something to change");
        let update = format!("UPDATE {table} SET {column} = 0");
        let refusal = sqlx::query(sqlx::AssertSqlSafe(update))
            .execute(&mut connection)
            .await
            .expect_err("the update is refused");
        assert!(
            refusal.to_string().contains(message),
            "{table}.{column}: {refusal}"
        );
        let after: String = value(&mut connection, &content).await;
        assert_eq!(before, after, "{table}.{column} stays");
    }
}

async fn value(connection: &mut SqliteConnection, query: &str) -> String {
    sqlx::query(sqlx::AssertSqlSafe(query.to_owned()))
        .fetch_one(connection)
        .await
        .expect("a row")
        .get(0)
}

#[tokio::test]
async fn tries_of_the_outbox_are_logged_where_they_counted() {
    let (_folder, url) = database();
    conformance::outbox(&open(&url).await).await;
    let mut connection = raw(&url).await;
    let log = value(
        &mut connection,
        "SELECT group_concat(delivery || ' ' || substr(answer, 1, 3), ', ' ORDER BY at) FROM passback_tries",
    )
    .await;
    // The subject also settles one try after a newer intention took its place.
    assert_eq!(log, "waiting 503, delivered 200, failed 404, dropped ");
}

#[tokio::test]
async fn what_was_saved_is_there_after_reopening() {
    let (_folder, url) = database();
    let storage = open(&url).await;
    conformance::registrations(&storage).await;
    conformance::signing_keys(&storage).await;
    let before = registrations(&storage).await;
    assert_eq!(before.len(), 4);
    drop(storage);
    let storage = open(&url).await;
    assert_eq!(registrations(&storage).await, before);
    // The other subjects still work on the schema that is there already.
    conformance::rosters(&storage).await;
}

async fn registrations(storage: &SqliteStorage) -> Vec<storage::platforms::RegistrationRecord> {
    let mut work = storage.read().await.expect("a unit of work");
    work.registrations(None).await.expect("the registrations")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_waits_for_its_turn_to_write() {
    let (_folder, url) = database();
    let (one, other) = (open(&url).await, open(&url).await);
    conformance::registrations(&one).await;
    let id = registrations(&one).await[0].id;
    let add = |storage: SqliteStorage, name: &'static str| async move {
        for number in 0..20 {
            let mut work = storage.write().await.expect("a turn to write");
            let deployment = format!("{name}-{number}");
            work.add_deployment(id, &deployment)
                .await
                .expect("it is written");
            work.save().await.expect("it is saved");
        }
    };
    let (first, second) = tokio::join!(
        tokio::spawn(add(one.clone(), "one")),
        tokio::spawn(add(other, "other"))
    );
    first.expect("the first writer came through");
    second.expect("the second writer came through");
    let mut work = one.read().await.expect("a unit of work");
    let deployments = work.deployments(id).await.expect("the deployments");
    // The suite's own two are there too.
    assert_eq!(deployments.len(), 42, "nothing that was saved is lost");
}

#[tokio::test]
async fn an_address_that_cannot_be_opened_is_a_clear_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let no_database = folder.path().join("notes.txt");
    std::fs::write(&no_database, "These are notes, no database.\n".repeat(100))
        .expect("a file can be written");
    let missing_folder = folder.path().join("missing").join("markbridge.db");
    for (url, expected) in [
        (
            format!("sqlite://{}", no_database.display()),
            "file is not a database",
        ),
        (
            format!("sqlite://{}", missing_folder.display()),
            "unable to open database file",
        ),
        (
            format!("{}", folder.path().join("bare.db").display()),
            "starts with `sqlite:`",
        ),
        (
            "postgres://localhost/markbridge".to_owned(),
            "starts with `sqlite:`",
        ),
        (String::new(), "starts with `sqlite:`"),
        (
            format!("sqlite://{}?mode=sideways", no_database.display()),
            "mode",
        ),
    ] {
        let error = SqliteStorage::open(&url)
            .await
            .expect_err("it cannot be opened");
        assert!(matches!(error, StorageError::Driver(_)), "{url}: {error:?}");
        assert_eq!(
            error.to_string(),
            "the database does not answer as it should",
            "the message leaves the cause to the chain"
        );
        let cause = error.source().expect("a cause").to_string();
        assert!(cause.contains(expected), "{url}: {cause}");
    }
    assert!(
        !folder.path().join("bare.db").exists(),
        "an address that is refused makes no file"
    );
}
