//! Guests made of a core module and answers that lie ready in its memory.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const UNIT_WIT: &str = include_str!("../../../unit-sdk/wit/unit-1.0.0/unit.wit");
const READER_WIT: &str = include_str!("../../../unit-sdk/wit/reader-1.0.0/reader.wit");
/// Where answers lie in memory.
const BASE: u32 = 4096;
/// Where memory is free; answers end before it.
const HEAP: u32 = 2 << 20;
/// Pages up to a little above that.
const PAGES: u32 = 40;

/// Memory as the guest starts with it.
#[derive(Default)]
pub(crate) struct Image(Vec<u8>);

impl Image {
    /// Lays down a record and gives its address.
    pub(crate) fn put(&mut self, record: Record) -> u32 {
        let bytes = record.end();
        self.0.resize(self.0.len().next_multiple_of(8), 0);
        let address = BASE + u32::try_from(self.0.len()).expect("a small image");
        self.0.extend(bytes);
        address
    }

    fn escaped(&self) -> String {
        use std::fmt::Write;
        self.0.iter().fold(String::new(), |mut text, byte| {
            write!(text, "\\{byte:02x}").expect("a string takes all");
            text
        })
    }
}

/// A record or the payload of a variant, in the layout of the canonical ABI.
#[derive(Default)]
pub(crate) struct Record {
    bytes: Vec<u8>,
    align: usize,
}

impl Record {
    pub(crate) fn new() -> Self {
        Self {
            bytes: Vec::new(),
            align: 1,
        }
    }

    fn aligned(mut self, align: usize) -> Self {
        self.align = self.align.max(align);
        self.bytes
            .resize(self.bytes.len().next_multiple_of(align), 0);
        self
    }

    fn end(self) -> Vec<u8> {
        let align = self.align;
        self.aligned(align).bytes
    }

    pub(crate) fn u8(mut self, number: u8) -> Self {
        self.bytes.push(number);
        self
    }

    pub(crate) fn u32(self, number: u32) -> Self {
        let mut record = self.aligned(4);
        record.bytes.extend(number.to_le_bytes());
        record
    }

    pub(crate) fn f64(self, number: f64) -> Self {
        let mut record = self.aligned(8);
        record.bytes.extend(number.to_le_bytes());
        record
    }

    /// What stands here is laid out as if it held an eight-byte number.
    pub(crate) fn wide(self) -> Self {
        self.aligned(8)
    }

    /// So many bytes of zero, such as a `none` with its payload.
    pub(crate) fn zeros(self, align: usize, count: usize) -> Self {
        let mut record = self.aligned(align);
        record.bytes.extend(std::iter::repeat_n(0, count));
        record
    }

    pub(crate) fn text(self, image: &mut Image, text: &str) -> Self {
        let bytes = Record {
            bytes: text.as_bytes().to_vec(),
            align: 1,
        };
        let address = image.put(bytes);
        self.u32(address)
            .u32(u32::try_from(text.len()).expect("a short text"))
    }

    pub(crate) fn texts(self, image: &mut Image, texts: &[&str]) -> Self {
        let items = texts
            .iter()
            .map(|text| Record::new().text(image, text))
            .collect();
        self.list(image, items)
    }

    pub(crate) fn list(self, image: &mut Image, items: Vec<Record>) -> Self {
        let count = u32::try_from(items.len()).expect("a short list");
        let mut all = Record::new();
        for item in items {
            all = all.aligned(item.align);
            all.bytes.extend(item.end());
        }
        let address = image.put(all);
        self.u32(address).u32(count)
    }
}

/// A unit plugin. Functions are bodies in the text format.
pub(crate) struct UnitGuest {
    pub(crate) image: Image,
    /// Imports besides `log`.
    pub(crate) imports: String,
    /// Pages of memory that it starts with.
    pub(crate) pages: u32,
    /// Top-level definitions besides.
    pub(crate) extra: String,
    pub(crate) describe: String,
    pub(crate) check: String,
    pub(crate) evaluate: String,
    pub(crate) grade: String,
    /// The interface that it is built against.
    pub(crate) wit: String,
    /// Version in the names of its exports.
    pub(crate) interface: String,
}

impl UnitGuest {
    /// A unit with two criteria of at most 2 marks, at least 1; it finds one
    /// thing, passes a sheet of 1 + 1 marks, and gives 2 of 4 points.
    pub(crate) fn good() -> Self {
        Self::versioned("1.0.0")
    }

    pub(crate) fn versioned(version: &str) -> Self {
        Self::of("demo-1", version)
    }

    pub(crate) fn of(id: &str, version: &str) -> Self {
        let mut image = Image::default();
        let describe = unit(&mut image, id, version);
        let check = findings(&mut image, 1);
        let evaluate = outcome(&mut image, 0, 2);
        let grade = gradebook(&mut image, 2.0, 4.0);
        Self {
            image,
            imports: String::new(),
            pages: PAGES,
            extra: String::new(),
            describe: format!("i32.const {describe}"),
            check: format!("i32.const {check}"),
            evaluate: format!("i32.const {evaluate}"),
            grade: format!("i32.const {grade}"),
            wit: UNIT_WIT.to_owned(),
            interface: "1.0.0".to_owned(),
        }
    }

    pub(crate) fn checking(check: &str) -> Self {
        Self {
            check: check.to_owned(),
            ..Self::good()
        }
    }

    pub(crate) fn core_module(&self) -> Vec<u8> {
        let version = &self.interface;
        let fifteen = "i32 ".repeat(15);
        let functions = format!(
            r#"
            (func (export "markbridge:unit/plugin@{version}#describe") (result i32) {})
            (func (export "markbridge:unit/plugin@{version}#check") (param i32) (result i32) {})
            (func (export "markbridge:unit/plugin@{version}#evaluate") (param {fifteen}) (result i32) {})
            (func (export "markbridge:unit/plugin@{version}#grade") (param i32) (result i32) {})
            {}"#,
            self.describe, self.check, self.evaluate, self.grade, self.extra
        );
        let log = format!("markbridge:unit/log@{version}");
        core_module(&log, &self.imports, self.pages, &self.image, &functions)
    }

    pub(crate) fn component(&self) -> Vec<u8> {
        component(self.core_module(), &self.wit, "unit-plugin")
    }
}

/// A reader. `read` is a body in the text format.
pub(crate) struct ReaderGuest {
    pub(crate) image: Image,
    pub(crate) describe: u32,
    pub(crate) read: String,
}

impl ReaderGuest {
    /// Gives this text as one paragraph for each line, whatever the file.
    pub(crate) fn good(id: &str, ending: &str, text: &str) -> Self {
        let mut image = Image::default();
        let describe = reader(&mut image, id, ending);
        let read = document(&mut image, text, text.split('\n').count());
        Self {
            image,
            describe,
            read: format!("i32.const {read}"),
        }
    }

    pub(crate) fn component(&self) -> Vec<u8> {
        let functions = format!(
            r#"
            (func (export "markbridge:reader/plugin@1.0.0#describe") (result i32) i32.const {})
            (func (export "markbridge:reader/plugin@1.0.0#read")
              (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) {})"#,
            self.describe, self.read
        );
        let module = core_module(
            "markbridge:reader/log@1.0.0",
            "",
            PAGES,
            &self.image,
            &functions,
        );
        component(module, READER_WIT, "reader-plugin")
    }
}

fn core_module(log: &str, imports: &str, pages: u32, image: &Image, functions: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "{log}" "write" (func $log (param i32 i32)))
            {imports}
            (memory (export "memory") {pages})
            (data (i32.const {BASE}) "{}")
            (global $free (mut i32) (i32.const {HEAP}))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
              (local $at i32)
              (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
              (global.set $free (i32.add (local.get $at) (local.get 3)))
              (block $enough
                (loop $more
                  (br_if $enough (i32.le_u (global.get $free) (i32.mul (memory.size) (i32.const 65536))))
                  (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
                  (br $more)))
              (local.get $at))
            {functions})"#,
        image.escaped()
    );
    wat::parse_str(text).expect("a module")
}

fn component(mut module: Vec<u8>, wit: &str, world: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("plugin.wit", wit).expect("a package");
    let world = resolve
        .select_world(&[package], Some(world))
        .expect("a world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
        .expect("metadata");
    ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.validate(true).encode())
        .expect("a component")
}

// ---- Answers --------------------------------------------------------------

fn unit(image: &mut Image, id: &str, version: &str) -> u32 {
    let criteria = ["1.1", "1.2"]
        .map(|id| {
            Record::new()
                .text(image, id)
                .text(image, "Describe something")
                .texts(image, &["describe"])
                .texts(image, &[])
                .u32(2)
                .u32(1)
                .zeros(4, 32)
                .texts(image, &[])
                .texts(image, &[])
        })
        .into();
    let outcome = Record::new()
        .text(image, "1")
        .text(image, "Understand something")
        .texts(image, &[])
        .texts(image, &[])
        .texts(image, &[])
        .list(image, criteria);
    let slot = Record::new()
        .text(image, "assignment")
        .text(image, "document")
        .text(image, "Assignment")
        .text(image, "")
        .u8(1)
        .u32(1)
        .texts(image, &[])
        .texts(image, &[])
        .text(image, "");
    let mut record = Record::new().u8(0);
    for text in [
        id,
        version,
        "en-GB",
        "demo",
        "Demo Body",
        "1",
        "",
        "",
        "A unit",
        "3",
    ] {
        record = record.text(image, text);
    }
    let record = record
        .zeros(4, 8 + 8 + 32)
        .texts(image, &[])
        .list(image, vec![outcome])
        .texts(image, &["marks"])
        .u32(1)
        .texts(image, &[])
        .list(image, vec![slot])
        .texts(image, &[])
        .texts(image, &[])
        .texts(image, &[]);
    image.put(record)
}

fn place(image: &mut Image, item: u32, start: u32, end: u32) -> Record {
    Record::new()
        .text(image, "assignment")
        .u32(item)
        .u32(start)
        .u32(end)
        .zeros(4, 12)
}

/// The same finding so many times, with two places that exist in
/// `evidence()` and three that do not.
pub(crate) fn findings(image: &mut Image, count: usize) -> u32 {
    let items = (0..count)
        .map(|_| {
            let places = vec![
                place(image, 0, 0, 12),
                place(image, 0, 0, 0),
                place(image, 0, 13, 99),
                place(image, 0, 0, 19),
                place(image, 1, 0, 0),
            ];
            finding(image, "Found\nit", 3.0, places)
        })
        .collect();
    let record = Record::new().u8(0).list(image, items);
    image.put(record)
}

pub(crate) fn finding(
    image: &mut Image,
    message: &str,
    counted: f64,
    places: Vec<Record>,
) -> Record {
    Record::new()
        .text(image, "words")
        .u32(1)
        .text(image, "1.1")
        .text(image, "found")
        .text(image, message)
        .zeros(4, 12)
        .text(image, "heuristic")
        .wide()
        .u8(1)
        .f64(counted)
        .zeros(8, 16)
        .text(image, "words")
        .zeros(4, 12)
        .wide()
        .list(image, places)
        .texts(image, &[])
}

/// An answer of `check` with one finding.
pub(crate) fn one_finding(image: &mut Image, message: &str, counted: f64) -> u32 {
    let item = finding(image, message, counted, Vec::new());
    let record = Record::new().u8(0).list(image, vec![item]);
    image.put(record)
}

pub(crate) fn outcome(image: &mut Image, verdict: u8, total: u32) -> u32 {
    let criteria = ["1.1", "1.2"]
        .map(|id| Record::new().text(image, id).u8(1).u8(1))
        .into();
    let record = Record::new()
        .u8(0)
        .zeros(4, 0)
        .u8(verdict)
        .text(image, "")
        .u32(1)
        .u32(total)
        .u32(1)
        .u32(4)
        .list(image, criteria)
        .texts(image, &["Both criteria are met."])
        .texts(image, &[]);
    image.put(record)
}

pub(crate) fn gradebook(image: &mut Image, score: f64, maximum: f64) -> u32 {
    let record = Record::new()
        .u8(0)
        .wide()
        .u8(1)
        .f64(score)
        .f64(maximum)
        .text(image, "Well done.");
    image.put(record)
}

/// An error of any function whose answer is laid out in steps of four bytes.
pub(crate) fn plugin_error(image: &mut Image, code: &str, message: &str) -> u32 {
    let record = Record::new().u8(1).text(image, code).text(image, message);
    image.put(record)
}

pub(crate) fn reader(image: &mut Image, id: &str, ending: &str) -> u32 {
    let gives = vec![Record::new().u8(0)];
    let record = Record::new()
        .text(image, id)
        .text(image, "1.0.0")
        .texts(image, &[&format!("application/x-{ending}")])
        .texts(image, &[ending])
        .list(image, gives);
    image.put(record)
}

pub(crate) fn document(image: &mut Image, text: &str, blocks: usize) -> u32 {
    let mut record = Record::new()
        .u8(0)
        .zeros(4, 0)
        .u8(0)
        .text(image, text)
        .text(image, "");
    for _ in ["kind", "level", "style", "part"] {
        let column = (0..blocks).map(|_| Record::new().u8(0)).collect();
        record = record.list(image, column);
    }
    let record = record.texts(image, &[]).texts(image, &[]).texts(image, &[]);
    image.put(record)
}
