//! Which reader gets a file, and what the host makes of its answer.

use assessment::evidence::ReadFailure;
use unit_host::{Content, FileToRead, InstallError, UnitHost, Wanted};

use crate::guest::{ReaderGuest, document, plugin_error, reader};
use crate::{host, limits};

fn file(name: &str, media_type: &str, bytes: &[u8]) -> FileToRead {
    FileToRead {
        bytes: bytes.to_vec(),
        media_type: media_type.to_owned(),
        name: name.to_owned(),
        wanted: Wanted::Document,
        locale: "en-GB".to_owned(),
    }
}

async fn text(host: &UnitHost, file: FileToRead) -> Result<String, ReadFailure> {
    match host.read(file).await? {
        Content::Document(document) => Ok(document.text),
        Content::Tables(tables) => panic!("asked for prose, got {tables:?}"),
    }
}

#[tokio::test]
async fn the_bytes_choose_the_reader_then_the_name_then_the_type() {
    let (host, _directory) = host(limits());
    for ending in ["docx", "odt", "pdf", "txt"] {
        let guest = ReaderGuest::good(&format!("read-{ending}"), ending, ending);
        host.install_reader(guest.component())
            .await
            .expect("a reader");
    }
    let word = b"PK\x03\x04..........word/document.xml....";
    let open = b"PK\x03\x04....mimetypeapplication/vnd.oasis.opendocument.text...";
    let late = [
        b"PK\x03\x04".as_slice(),
        &vec![0; 200_000],
        b"word/document.xml",
    ]
    .concat();
    for (name, media_type, bytes, expected) in [
        ("work.docx", "", word.as_slice(), "docx"),
        ("work.txt", "text/plain", word, "docx"),
        ("work", "", &late, "docx"),
        ("work.docx", "", open, "odt"),
        ("work.docx", "", b"%PDF-1.7", "pdf"),
        ("C:\\work\\essay.TXT", "", b"Hello", "txt"),
        ("work.docx", "application/x-pdf", b"PK\x03\x04", "docx"),
        ("work", "Application/X-PDF; charset=none", b"Hello", "pdf"),
        ("work.docx", "", b"Hello, in words", "txt"),
    ] {
        let read = text(&host, file(name, media_type, bytes)).await;
        assert_eq!(read.as_deref(), Ok(expected), "{name} {media_type}");
    }

    let failure = text(&host, file("work.pages", "", b"Hello"))
        .await
        .expect_err("no reader");
    assert_eq!(failure.code, "unsupported");
    assert!(
        failure.message.contains(".docx, .odt, .pdf, .txt"),
        "{}",
        failure.message
    );
    let workbook = file("work.docx", "", b"PK\x03\x04...xl/workbook.xml");
    let failure = text(&host, workbook).await.expect_err("no such reader");
    assert_eq!(failure.code, "unsupported", "the bytes decide");
    let mut as_tables = file("work.docx", "", word);
    as_tables.wanted = Wanted::Tables;
    let failure = text(&host, as_tables).await.expect_err("no tables");
    assert_eq!(failure.code, "unsupported");
    assert!(failure.message.contains("No reader"), "{}", failure.message);
}

#[tokio::test]
async fn a_file_has_a_largest_size_and_some_content() {
    let (host, _directory) = host(limits());
    let guest = ReaderGuest::good("read-txt", "txt", "text");
    host.install_reader(guest.component())
        .await
        .expect("a reader");
    for (bytes, code) in [
        (vec![b'a'; (32 << 20) + 1], "too-large"),
        (Vec::new(), "empty"),
    ] {
        let failure = text(&host, file("a.txt", "", &bytes)).await;
        assert_eq!(failure.expect_err("refused").code, code);
    }
    let largest = vec![b'a'; 32 << 20];
    assert_eq!(
        text(&host, file("a.txt", "", &largest)).await.as_deref(),
        Ok("text")
    );
}

/// What comes of a reader with this body of `read`.
async fn reading(make: impl FnOnce(&mut ReaderGuest)) -> Result<String, ReadFailure> {
    let (host, _directory) = host(limits());
    let mut guest = ReaderGuest::good("read-txt", "txt", "text");
    make(&mut guest);
    host.install_reader(guest.component())
        .await
        .expect("a reader");
    text(&host, file("a.txt", "", b"Hello")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_fails_has_a_name_for_it() {
    for (code, body) in [
        ("took-too-long", "(loop $again (br $again)) unreachable"),
        (
            "out-of-memory",
            "(loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable",
        ),
        ("reader-failed", "unreachable"),
        ("reader-failed", "i32.const -4"),
    ] {
        let failure = reading(|guest| body.clone_into(&mut guest.read))
            .await
            .expect_err(body);
        assert_eq!(failure.code, code, "{}", failure.message);
    }
}

#[tokio::test]
async fn what_a_reader_reports_is_passed_on() {
    for (reported, code) in [("image-only", "image-only"), ("never-heard", "damaged")] {
        let failure = reading(|guest| {
            let address = plugin_error(&mut guest.image, reported, "There is\nno text.");
            guest.read = format!("i32.const {address}");
        })
        .await
        .expect_err(reported);
        assert_eq!(failure.code, code);
        assert_eq!(failure.message, "There is no text.");
    }
}

/// What comes of a reader that gives this text and says it has so many blocks.
async fn given(text: &str, blocks: usize) -> Result<String, ReadFailure> {
    reading(|guest| {
        let address = document(&mut guest.image, text, blocks);
        guest.read = format!("i32.const {address}");
    })
    .await
}

#[tokio::test]
async fn a_document_is_held_to_the_interface() {
    assert_eq!(
        given("soft\u{ad}ly\u{0}\u{b}now\tand\nthen\r", 2)
            .await
            .as_deref(),
        Ok("softly now\tand\nthen ")
    );
    for (text, blocks, code) in [
        ("one\ntwo", 1, "reader-failed"),
        ("one", 2, "reader-failed"),
        ("", 0, "empty"),
    ] {
        let failure = given(text, blocks).await.expect_err(text);
        assert_eq!(failure.code, code, "{}", failure.message);
    }
}

#[tokio::test]
async fn a_document_that_is_too_long_is_refused() {
    // The text lies where memory is zero; only its length is stated.
    let too_long = |text: u32, blocks: u32| {
        move |guest: &mut ReaderGuest| {
            let address = document(&mut guest.image, "", 0);
            let column = |at: u32| {
                format!(
                    "(i32.store (i32.const {}) (i32.const 200000)) (i32.store (i32.const {}) (i32.const {blocks}))",
                    address + at,
                    address + at + 4
                )
            };
            guest.read = format!(
                "(drop (memory.grow (i32.const 200)))
                 (i32.store (i32.const {}) (i32.const 200000))
                 (i32.store (i32.const {}) (i32.const {text}))
                 {} {} {} {}
                 (i32.const {address})",
                address + 8,
                address + 12,
                column(24),
                column(32),
                column(40),
                column(48),
            );
        }
    };
    for (text, blocks) in [((4 << 20) + 1, 1), (1, 100_001), (12 << 20, 1)] {
        let failure = reading(too_long(text, blocks)).await.expect_err("too long");
        assert_eq!(failure.code, "too-large", "{text} bytes, {blocks} blocks");
    }
}

#[tokio::test]
async fn a_reader_must_describe_itself() {
    let (host, _directory) = host(limits());
    let mut guest = ReaderGuest::good("read-txt", "txt", "text");
    guest.describe = reader(&mut guest.image, "Read Txt", "txt");
    let error = host
        .install_reader(guest.component())
        .await
        .expect_err("no id");
    assert!(matches!(error, InstallError::Description { .. }), "{error}");
    assert!(host.readers().is_empty());
}
