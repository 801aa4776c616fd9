//! Files changed at random, through the sandbox that learners' files go
//! through, and through what the host does with the answer. The same seeds give
//! the same files in the same order.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use anyhow::{Context, Result};
use assessment::evidence::Document;
use assessment::sections;
use assessment::table::{matching, table};
use assessment::unit::{Slot, Unit};
use cpu_time::ProcessTime;
use flate2::read::ZlibDecoder;
use unit_host::{Content, FileToRead, ReaderPlugin, UnitHost, Wanted};
use zip::ZipArchive;

use crate::made::{deflated, zipped};
use crate::process::{forget_peak, memory};
use crate::{UNIT, fixtures, hostile};

/// The unit whose diary is a table.
const TABLE_UNIT: &str = "ilm-8577-306";
/// Largest hostile file that others are made of. Larger ones only cost time, and
/// so do those that the host has to end.
const LARGEST_SEED: usize = 128 << 10;
/// Most bytes that a change adds, and tries that a file is made smaller in.
const MOST_ADDED: usize = 256 << 10;
const MOST_TRIES: usize = 1_000;
/// Most unpacked bytes of a stream or part that is changed.
const MOST_UNPACKED: u64 = 1 << 20;
/// Bytes and numbers that programs stumble over.
const BYTES: [u8; 12] = [
    0, 1, b'\t', b'\n', b' ', b'"', b'(', b'<', b'[', 0x7f, 0x80, 0xff,
];
const NUMBERS: [&str; 12] = [
    "0",
    "-1",
    "1",
    "255",
    "65536",
    "2147483648",
    "4294967295",
    "99999999999999999999",
    "-9223372036854775808",
    "1e308",
    "NaN",
    "0.0000000001",
];
/// Signs that mean something in the formats, by the ending of a file.
const SIGNS: [(&str, &[&str]); 9] = [
    (
        "docx",
        &[
            "<w:p>",
            "</w:p>",
            "<w:tbl><w:tr><w:tc>",
            "<w:ins>",
            "<w:del>",
            "<w:txbxContent>",
            "<w:fldChar w:fldCharType=\"begin\"/>",
            "<w:numPr><w:numId w:val=\"1\"/></w:numPr>",
            "<w:gridSpan w:val=\"4294967295\"/>",
            "&#0;",
            "&x;",
            "<![CDATA[",
            "<!--",
            "]]>",
        ],
    ),
    (
        "odt",
        &[
            "<text:p>",
            "</text:p>",
            "<text:list><text:list-item>",
            "<text:h text:outline-level=\"4294967295\">",
            "<text:s text:c=\"4294967295\"/>",
            "<table:table><table:table-row><table:table-cell>",
            "<text:note>",
            "<text:tracked-changes>",
            "<draw:frame><draw:text-box>",
            "&#0;",
            "<![CDATA[",
        ],
    ),
    (
        "pdf",
        &[
            "<<",
            ">>",
            "[",
            "]",
            "(",
            ")",
            "stream\n",
            "endstream",
            "obj",
            "BT",
            "ET",
            "q ",
            "Q ",
            "/F1 ",
            "Tj ",
            "TJ ",
            "Tm ",
            "cm ",
            "Do ",
            "/Filter /FlateDecode",
            "/Filter /LZWDecode",
            "/Filter /ASCII85Decode",
            "/Predictor 15",
            "/Columns 4294967295",
            "/Kids [1 0 R]",
            "/Length 0",
            "/Encrypt ",
            "/ObjStm",
            "/XRef",
            "startxref\n0",
            "/P <</MCID 0>> BDC ",
            "EMC ",
            "beginbfrange ",
            "begincmap ",
        ],
    ),
    (
        "rtf",
        &[
            "{",
            "}",
            "\\par ",
            "\\u-1 ?",
            "\\uc4294967295 ",
            "\\bin99999999 ",
            "\\'",
            "\\'e9",
            "\\trowd ",
            "\\cell ",
            "\\row ",
            "\\*",
            "\\upr{",
            "{\\footnote ",
            "{\\shptxt ",
            "{\\stylesheet",
            "\\ansicpg932 ",
            "\\f99999 ",
            "\\itap9999 ",
        ],
    ),
    (
        "html",
        &[
            "<div>",
            "</div>",
            "<p>",
            "<table>",
            "<tr><td>",
            "</table>",
            "<b>",
            "<a>",
            "<template>",
            "<svg>",
            "<math>",
            "<select>",
            "<ol start=-1>",
            "<li>",
            "<td colspan=4294967295>",
            "<style>",
            "</style>",
            "<script>",
            "<!--",
            "<![CDATA[",
            "&#1114112;",
            "&amp",
            "<plaintext>",
            "<frameset>",
        ],
    ),
    (
        "xlsx",
        &[
            "<row>",
            "</row>",
            "<c t=\"s\"><v>",
            "<c t=\"d\"><v>",
            "<c r=\"XFD1048576\">",
            "</c>",
            "<f>",
            "<col min=\"1\" max=\"4294967295\" hidden=\"1\"/>",
            "<mergeCell/>",
            "[h]:mm",
            "yyyy",
            "\\",
            "\"",
            "_x0000_",
            "_xD800_",
            "&#0;",
        ],
    ),
    (
        "ods",
        &[
            "<table:table-row>",
            "<table:table-cell>",
            "<table:covered-table-cell/>",
            " table:number-columns-repeated=\"4294967295\"",
            " table:number-rows-repeated=\"4294967295\"",
            " office:date-value=\"-99999-99-99\"",
            " office:time-value=\"PT99999999999H\"",
            "<text:s text:c=\"4294967295\"/>",
        ],
    ),
    (
        "csv",
        &[
            ",", ";", "\t", "|", "\"", "\"\"", "\"\r\n", "=\"", "\r", "\u{feff}", "\0", "\u{2028}",
            "sep=;\n",
        ],
    ),
    (
        "txt",
        &[
            "# ",
            "> ",
            "* ",
            "1. ",
            "\n\n",
            "| a | b |\n|---|---|\n",
            "```",
            "[a](b)",
            "[^1]: ",
            "<div>",
            "&#0;",
            "\u{feff}",
            "\u{ad}",
            "\u{202e}",
        ],
    ),
];

/// What came of all files of a reader.
#[derive(Debug, Default)]
pub struct Fuzzed {
    /// Id of the reader.
    pub reader: String,
    /// Files that it was given.
    pub files: u64,
    /// Files that it read.
    pub read: u64,
    /// How often each code came instead.
    pub codes: BTreeMap<String, u64>,
    /// The file that took the most of the processors' time, with what the host
    /// does besides.
    pub slowest: Duration,
    /// That file.
    pub slowest_file: Vec<u8>,
    /// The most by which this process grew during a call, in MiB.
    pub largest: f64,
    /// What should not be, or what the host had to end; the first of each code.
    pub findings: Vec<Finding>,
}

/// A file that something happened on.
#[derive(Debug)]
pub struct Finding {
    /// The code, or `panic`.
    pub code: String,
    /// The message that came with it.
    pub message: String,
    /// The file's name.
    pub name: String,
    /// The file, made as small as it would go.
    pub bytes: Vec<u8>,
}

impl Finding {
    fn new(code: String, message: String, file: FileToRead) -> Self {
        Self {
            code,
            message,
            name: file.name,
            bytes: file.bytes,
        }
    }

    /// Whether reader or host have a defect. What a limit ended is none.
    pub fn is_defect(&self) -> bool {
        is_defect(&self.code)
    }
}

fn is_defect(code: &str) -> bool {
    matches!(code, "reader-failed" | "panic")
}

/// Gives a reader changed files until `enough`.
///
/// # Errors
/// Where there are no seeds, or the system does not tell its memory.
pub async fn fuzz(
    host: &UnitHost,
    reader: &ReaderPlugin,
    mut enough: impl FnMut(&Fuzzed) -> bool,
) -> Result<Fuzzed> {
    let seeds = Seed::all(reader)?;
    let after = After::new(host)?;
    let mut random = Random(0x6d61_726b);
    let mut fuzzed = Fuzzed {
        reader: reader.identity().id.clone(),
        ..Fuzzed::default()
    };
    while !enough(&fuzzed) {
        let file = random.file(&seeds, reader.gives());
        let (held, _) = memory()?;
        forget_peak()?;
        let started = ProcessTime::now();
        let found = after.of(host, file.clone()).await;
        let took = started.elapsed();
        if took > fuzzed.slowest {
            fuzzed.slowest = took;
            fuzzed.slowest_file.clone_from(&file.bytes);
        }
        let (_, most) = memory()?;
        fuzzed.largest = fuzzed.largest.max(most - held);
        fuzzed.files += 1;
        let Err((code, message)) = found else {
            fuzzed.read += 1;
            continue;
        };
        let seen = fuzzed.codes.entry(code.clone()).or_default();
        *seen += 1;
        let is_ended = matches!(code.as_str(), "took-too-long" | "out-of-memory");
        if is_defect(&code) {
            let file = after.smallest(host, file, &code).await;
            fuzzed.findings.push(Finding::new(code, message, file));
        } else if is_ended && *seen == 1 {
            fuzzed.findings.push(Finding::new(code, message, file));
        }
    }
    Ok(fuzzed)
}

/// What the host does with an answer, natively.
struct After {
    unit: Unit,
    slot: Slot,
}

impl After {
    fn new(host: &UnitHost) -> Result<Self> {
        let unit = |id| host.unit(id).context("the units are installed");
        let tables = unit(TABLE_UNIT)?;
        let slot = tables.unit().slots.iter().find(|slot| slot.kind == "table");
        Ok(Self {
            unit: unit(UNIT)?.unit().clone(),
            slot: slot.context("the unit has a table")?.clone(),
        })
    }

    /// Reads the file and looks through what was read. Else code and message.
    async fn of(&self, host: &UnitHost, file: FileToRead) -> Result<(), (String, String)> {
        let content = host.read(file).await;
        let content = content.map_err(|failure| (failure.code, failure.message))?;
        let looked = catch_unwind(AssertUnwindSafe(|| self.look(content)));
        looked.map_err(|_| {
            (
                "panic".to_owned(),
                "the host’s own code panicked".to_owned(),
            )
        })
    }

    fn look(&self, content: Content) {
        match content {
            Content::Document(read) => {
                let document = Document::new("assignment", 0, "work", read);
                sections::find(&self.unit, &document.expect("the host has looked at it"));
            }
            Content::Tables(tables) => {
                for read in &tables {
                    let matching = matching(&self.slot, read);
                    table(&self.slot, 0, "work", read, &matching, "en-GB");
                }
            }
        }
    }

    /// The file with all taken away that is not needed for the same code.
    async fn smallest(&self, host: &UnitHost, mut file: FileToRead, code: &str) -> FileToRead {
        let mut piece = file.bytes.len() / 2;
        let mut tries = 0;
        while piece > 0 && tries < MOST_TRIES {
            let mut at = 0;
            while at < file.bytes.len() && tries < MOST_TRIES {
                let end = (at + piece).min(file.bytes.len());
                let mut smaller = file.clone();
                smaller.bytes.drain(at..end);
                tries += 1;
                match self.of(host, smaller.clone()).await {
                    Err((same, _)) if same == code => file = smaller,
                    _ => at = end,
                }
            }
            piece /= 2;
        }
        file
    }
}

/// A file that others are made of.
struct Seed {
    name: String,
    bytes: Vec<u8>,
    /// Parts of a zip container; else none.
    parts: Vec<(String, Vec<u8>)>,
    /// Streams of a PDF file: where they stand, and what they unpack to.
    streams: Vec<(std::ops::Range<usize>, Vec<u8>)>,
}

impl Seed {
    /// The fixtures and the smaller hostile files that this reader reads.
    fn all(reader: &ReaderPlugin) -> Result<Vec<Self>> {
        let hostile = hostile::files()
            .into_iter()
            .filter(|file| file.expected != "out-of-memory")
            .map(|file| (file.name.to_owned(), file.bytes));
        let mut seeds = Vec::new();
        let fits = |name: &str| {
            let ending = name.rsplit('.').next().unwrap_or_default();
            reader.extensions().iter().any(|known| known == ending)
        };
        for (name, bytes) in fixtures()? {
            if fits(&name) {
                seeds.push(Self::new(name, bytes));
            }
        }
        for (name, bytes) in hostile {
            if fits(&name) {
                let bytes = bytes();
                if bytes.len() <= LARGEST_SEED {
                    seeds.push(Self::new(name, bytes));
                }
            }
        }
        anyhow::ensure!(
            !seeds.is_empty(),
            "there are no seeds for {}",
            reader.identity().id
        );
        Ok(seeds)
    }

    fn new(name: String, bytes: Vec<u8>) -> Self {
        let parts = if bytes.starts_with(b"PK") {
            parts(&bytes).unwrap_or_default()
        } else {
            Vec::new()
        };
        let streams = if bytes.starts_with(b"%PDF-") {
            streams(&bytes)
        } else {
            Vec::new()
        };
        Self {
            name,
            bytes,
            parts,
            streams,
        }
    }

    fn signs(&self) -> &'static [&'static str] {
        let known = SIGNS.iter().find(|(ending, _)| self.name.ends_with(ending));
        known.map_or(&[], |(_, signs)| signs)
    }
}

/// The parts of a container that is whole; none of one that is not.
fn parts(bytes: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).ok()?;
        let name = entry.name().to_owned();
        let mut part = Vec::new();
        entry.take(MOST_UNPACKED).read_to_end(&mut part).ok()?;
        if parts.iter().all(|(known, _)| *known != name) {
            parts.push((name, part));
        }
    }
    Some(parts)
}

/// The streams of a PDF file that unpack.
fn streams(bytes: &[u8]) -> Vec<(std::ops::Range<usize>, Vec<u8>)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = position(&bytes[from..], b"stream") {
        let start = from + start + b"stream".len();
        let Some(length) = position(&bytes[start..], b"endstream") else {
            break;
        };
        let end = start + length;
        from = end + b"endstream".len();
        let blank = bytes[start..end]
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace());
        let start = start + blank.count();
        let mut unpacked = Vec::new();
        let read = ZlibDecoder::new(&bytes[start..end])
            .take(MOST_UNPACKED)
            .read_to_end(&mut unpacked);
        if read.is_ok() && !unpacked.is_empty() {
            found.push((start..end, unpacked));
        }
    }
    found
}

fn position(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    bytes.windows(mark.len()).position(|window| window == mark)
}

/// Numbers that look random and are the same in every run (`SplitMix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is more than zero.
    fn below(&mut self, end: usize) -> usize {
        let number = self.next() % u64::try_from(end).unwrap_or(u64::MAX);
        usize::try_from(number).unwrap_or_default()
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// A stretch of the bytes, short ones more often than long ones.
    fn range(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let start = self.below(bytes.len() + 1);
        let length = 1 + self.next_power();
        start..(start + length).min(bytes.len())
    }

    fn next_power(&mut self) -> usize {
        let most = 1 << self.below(13);
        self.below(most)
    }

    /// A changed file.
    fn file(&mut self, seeds: &[Seed], gives: &[Wanted]) -> FileToRead {
        let seed = &seeds[self.below(seeds.len())];
        let other = &seeds[self.below(seeds.len())];
        let bytes = if !seed.parts.is_empty() && self.below(4) > 0 {
            self.packed(seed, other)
        } else if !seed.streams.is_empty() && self.below(2) > 0 {
            self.streamed(seed, other)
        } else {
            let mut bytes = seed.bytes.clone();
            self.change(&mut bytes, &other.bytes, seed.signs());
            bytes
        };
        let wanted = gives[self.below(gives.len())];
        FileToRead {
            wanted,
            ..hostile::to_read(&seed.name, bytes)
        }
    }

    /// A container with a part or two of it changed, mostly element by element,
    /// since what is no XML any more is refused at once.
    fn packed(&mut self, seed: &Seed, other: &Seed) -> Vec<u8> {
        let mut parts = seed.parts.clone();
        for _ in 0..=self.below(2) {
            let at = self.below(parts.len());
            let donor = other.parts.iter().find(|(name, _)| *name == parts[at].0);
            let donor = donor.map_or(&other.bytes, |(_, bytes)| bytes);
            if self.below(4) == 0 {
                self.change(&mut parts[at].1, donor, seed.signs());
            } else {
                self.change_elements(&mut parts[at].1, donor);
            }
        }
        let parts: Vec<(&str, &[u8])> = parts
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect();
        zipped(&parts)
    }

    /// Takes whole elements away, repeats, moves and borrows them, and changes
    /// numbers, one to four times.
    fn change_elements(&mut self, bytes: &mut Vec<u8>, donor: &[u8]) {
        for _ in 0..=self.below(4) {
            let (Some(one), Some(at)) = (self.element(bytes), self.element(bytes)) else {
                return;
            };
            match self.below(5) {
                0 => drop(bytes.drain(one)),
                1 => {
                    let times = self.next_power().min(MOST_ADDED / one.len());
                    let piece = bytes[one].repeat(times);
                    bytes.splice(at.start..at.start, piece);
                }
                2 => {
                    let piece = bytes[one].to_vec();
                    bytes.splice(at, piece);
                }
                3 => {
                    let piece = self.element(donor).map(|range| donor[range].to_vec());
                    bytes.splice(at.start..at.start, piece.unwrap_or_default());
                }
                _ => self.change_number(bytes, one.start),
            }
        }
    }

    /// Where a whole element of XML stands.
    fn element(&mut self, bytes: &[u8]) -> Option<std::ops::Range<usize>> {
        let from = self.below(bytes.len() + 1);
        let opens =
            |at: usize| bytes[at] == b'<' && bytes.get(at + 1).is_some_and(u8::is_ascii_alphabetic);
        let start = (from..bytes.len()).find(|at| opens(*at))?;
        let is_end_of_name = |byte: &u8| matches!(byte, b' ' | b'>' | b'/');
        let name = bytes[start + 1..].split(is_end_of_name).next()?;
        let mut levels = 0_usize;
        let mut at = start;
        loop {
            let end = at + position(&bytes[at..], b">")? + 1;
            let tag = &bytes[at + 1..end];
            let of_same_name = |tag: &[u8]| {
                tag.strip_prefix(name)
                    .and_then(<[u8]>::first)
                    .is_some_and(is_end_of_name)
            };
            if of_same_name(tag) {
                levels += usize::from(!tag.ends_with(b"/>"));
            } else if tag.strip_prefix(b"/").is_some_and(of_same_name) {
                levels = levels.checked_sub(1)?;
            }
            if levels == 0 {
                return Some(start..end);
            }
            at = end + position(&bytes[end..], b"<")?;
        }
    }

    /// Puts another number in place of the next one.
    fn change_number(&mut self, bytes: &mut Vec<u8>, from: usize) {
        if let Some(skipped) = bytes[from..].iter().position(u8::is_ascii_digit) {
            let start = from + skipped;
            let digits = bytes[start..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit());
            let end = start + digits.count();
            let number = self.one(&NUMBERS);
            bytes.splice(start..end, number.bytes());
        }
    }

    /// A PDF file with one of its streams changed. It keeps its length if it
    /// can, so that the file's table still fits.
    fn streamed(&mut self, seed: &Seed, other: &Seed) -> Vec<u8> {
        let (range, unpacked) = &seed.streams[self.below(seed.streams.len())];
        let mut unpacked = unpacked.clone();
        let donor = match other.streams.len() {
            0 => &other.bytes,
            count => &other.streams[self.below(count)].1,
        };
        self.change(&mut unpacked, donor, seed.signs());
        let mut stream = deflated(&unpacked);
        if stream.len() < range.len() {
            stream.resize(range.len(), 0);
        }
        let mut bytes = seed.bytes.clone();
        bytes.splice(range.clone(), stream);
        bytes
    }

    /// Changes the bytes in one to four places.
    fn change(&mut self, bytes: &mut Vec<u8>, donor: &[u8], signs: &[&str]) {
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            match self.below(9) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                1 if at < bytes.len() => bytes[at] = BYTES[self.below(BYTES.len())],
                2 => {
                    let range = self.range(bytes);
                    bytes.drain(range);
                }
                3 => {
                    let range = self.range(bytes);
                    let piece = bytes[range].to_vec();
                    bytes.splice(at..at, piece);
                }
                4 => {
                    let range = self.range(bytes);
                    let times = 1 + self.next_power();
                    let times = times.min(MOST_ADDED / range.len().max(1));
                    let piece = bytes[range].repeat(times);
                    bytes.splice(at..at, piece);
                }
                5 => {
                    let piece = donor[self.range(donor)].to_vec();
                    bytes.splice(at..at, piece);
                }
                6 if !signs.is_empty() => {
                    let sign = self.one(signs);
                    let times = if self.below(8) == 0 {
                        1 + self.next_power()
                    } else {
                        1
                    };
                    bytes.splice(at..at, sign.repeat(times).into_bytes());
                }
                7 => self.change_number(bytes, at),
                8 if self.below(8) == 0 => bytes.truncate(at),
                _ => {}
            }
        }
    }
}
