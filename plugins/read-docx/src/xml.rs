//! A walk through one XML part of the package, with limits.
//!
//! The walk is a loop, not a recursion, so deep nesting cannot overflow the
//! stack; it is refused all the same, because each open element takes memory.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{BufReader, Error, ErrorKind, Read, Result as IoResult};
use std::rc::Rc;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;
use unit_sdk::reader::failure;
use unit_sdk::reader::wit::Failure;

/// Most levels of nesting. Word itself stops far below.
const MOST_LEVELS: usize = 1_000;
/// Most bytes of one tag or one stretch of text, so that a single giant piece
/// cannot fill the memory before a limit is noticed.
const MOST_BYTES_OF_AN_EVENT: usize = 8 << 20;

/// Namespaces that make a difference, transitional and strict alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Word,
    Compatibility,
    Math,
    Other,
}

/// An element that was opened.
pub(crate) struct Element<'a> {
    pub(crate) space: Space,
    pub(crate) name: &'a str,
    start: &'a BytesStart<'a>,
}

/// Told of everything that a part holds, in order.
pub(crate) trait Visit {
    /// An element begins. `false` leaves out all that it holds; `close` is then
    /// not called for it.
    fn open(&mut self, element: &Element<'_>) -> Result<bool, Failure>;
    /// An element ends that `open` said `true` to.
    fn close(&mut self, space: Space, name: &str) -> Result<(), Failure>;
    /// Text between tags; may come in several pieces.
    fn text(&mut self, text: &str);
}

/// Bytes that may still be unpacked, shared by all parts of a file.
#[derive(Clone)]
pub(crate) struct Budget {
    left: Rc<Cell<usize>>,
    /// Whether something ran out, since an I/O error loses its reason on the way.
    spent: Rc<Cell<bool>>,
}

impl Element<'_> {
    /// An attribute by its local name.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let mut attributes = self.start.attributes();
        let attributes = attributes.with_checks(false).flatten();
        let mut found = attributes.filter(|attribute| attribute.key.local_name().as_ref() == name);
        Some(unescaped(&found.next()?.value).into_owned())
    }

    /// The attribute `val` as a number.
    pub(crate) fn number(&self) -> Option<u32> {
        self.attribute("val")?.trim().parse().ok()
    }

    /// The attribute `val` of a switch: on unless it says otherwise.
    pub(crate) fn switch(&self) -> bool {
        !matches!(
            self.attribute("val").as_deref(),
            Some("0" | "false" | "off")
        )
    }
}

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            left: Rc::new(Cell::new(bytes)),
            spent: Rc::new(Cell::new(false)),
        }
    }
}

/// Reads one part to its end.
pub(crate) fn walk(
    part: impl Read,
    budget: &Budget,
    visitor: &mut impl Visit,
) -> Result<(), Failure> {
    let event_bytes = Rc::new(Cell::new(0));
    let mut reader = NsReader::from_reader(BufReader::with_capacity(
        32 << 10,
        Limited {
            inner: part,
            budget: budget.clone(),
            event_bytes: event_bytes.clone(),
        },
    ));
    reader.config_mut().expand_empty_elements = true;
    let mut buffer = Vec::new();
    let mut levels = 0_usize;
    // Level at which a left-out element was opened.
    let mut skipping: Option<usize> = None;
    loop {
        buffer.clear();
        event_bytes.set(0);
        let (resolved, event) = match reader.read_resolved_event_into(&mut buffer) {
            Ok(next) => next,
            Err(_) if budget.spent.get() => return Err(too_large()),
            Err(_) => return Err(damaged()),
        };
        match event {
            Event::Start(start) => {
                levels += 1;
                if levels > MOST_LEVELS {
                    return Err(failure(
                        "too-large",
                        "The document is nested too deeply to be read.",
                    ));
                }
                if skipping.is_none() {
                    let space = space(&resolved);
                    let name = start.local_name();
                    let element = Element {
                        space,
                        name: name.as_ref(),
                        start: &start,
                    };
                    if !visitor.open(&element)? {
                        skipping = Some(levels);
                    }
                }
            }
            Event::End(end) => {
                if skipping.is_none() {
                    visitor.close(space(&resolved), end.local_name().as_ref())?;
                } else if skipping == Some(levels) {
                    skipping = None;
                }
                levels = levels.saturating_sub(1);
            }
            Event::Text(text) if skipping.is_none() => visitor.text(&text),
            Event::CData(text) if skipping.is_none() => visitor.text(&text),
            Event::GeneralRef(reference) if skipping.is_none() => {
                let written = format!("&{};", &*reference);
                visitor.text(&unescaped(&written));
            }
            // The format forbids document types, and they are how entities grow without end.
            Event::DocType(_) => {
                return Err(failure(
                    "damaged",
                    "The document declares a document type, which Word files never do.",
                ));
            }
            Event::Eof if levels > 0 => return Err(damaged()),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

pub(crate) fn damaged() -> Failure {
    failure(
        "damaged",
        "The file begins as a Word document but cannot be followed to its end. Please save it again and upload it anew.",
    )
}

pub(crate) fn too_large() -> Failure {
    failure(
        "too-large",
        "The document is larger than can be read once it is unpacked.",
    )
}

/// Predefined and numeric references resolved; anything else is left as it stands.
fn unescaped(text: &str) -> Cow<'_, str> {
    quick_xml::escape::unescape(text).unwrap_or(Cow::Borrowed(""))
}

fn space(resolved: &ResolveResult<'_>) -> Space {
    let ResolveResult::Bound(Namespace(uri)) = resolved else {
        return Space::Other;
    };
    match *uri {
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        | "http://purl.oclc.org/ooxml/wordprocessingml/main" => Space::Word,
        "http://schemas.openxmlformats.org/markup-compatibility/2006" => Space::Compatibility,
        "http://schemas.openxmlformats.org/officeDocument/2006/math"
        | "http://purl.oclc.org/ooxml/officeDocument/math" => Space::Math,
        _ => Space::Other,
    }
}

/// Unpacked bytes, counted against the file's budget and the limit of one event.
struct Limited<R> {
    inner: R,
    budget: Budget,
    event_bytes: Rc<Cell<usize>>,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        let read = self.inner.read(buffer)?;
        self.event_bytes.set(self.event_bytes.get() + read);
        let left = self.budget.left.get().checked_sub(read);
        let event_fits = self.event_bytes.get() <= MOST_BYTES_OF_AN_EVENT;
        let Some(left) = left.filter(|_| event_fits) else {
            self.budget.spent.set(true);
            return Err(Error::from(ErrorKind::FileTooLarge));
        };
        self.budget.left.set(left);
        Ok(read)
    }
}
