//! A walk through XML, with limits.
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

use super::wit::Failure;
use super::{damaged, failure, too_large};

/// Most levels of nesting. Word itself stops far below.
const MOST_LEVELS: usize = 1_000;
/// Most bytes of one tag or one stretch of text, so that a single giant piece
/// cannot fill the memory before a limit is noticed.
const MOST_BYTES_OF_AN_EVENT: usize = 8 << 20;

/// An element that was opened.
#[derive(Debug)]
pub struct Element<'a, Space> {
    /// Its namespace, as [`Visit::space`] calls it.
    pub space: Space,
    /// Its name without the prefix.
    pub name: &'a str,
    start: &'a BytesStart<'a>,
}

/// Told of everything that a part holds, in order.
pub trait Visit {
    /// The namespaces that make a difference.
    type Space: Copy;

    /// The namespace with this address; the address is empty for names without one.
    fn space(address: &str) -> Self::Space;

    /// An element begins. `false` leaves out all that it holds; `close` is then
    /// not called for it.
    ///
    /// # Errors
    ///
    /// What the visitor refuses; the walk ends with it.
    fn open(&mut self, element: &Element<'_, Self::Space>) -> Result<bool, Failure>;

    /// An element ends that `open` said `true` to.
    ///
    /// # Errors
    ///
    /// What the visitor refuses; the walk ends with it.
    fn close(&mut self, space: Self::Space, name: &str) -> Result<(), Failure>;

    /// Text between tags; may come in several pieces.
    fn text(&mut self, text: &str);
}

/// Bytes that may still be unpacked, shared by all parts of a file.
#[derive(Clone, Debug)]
pub struct Budget {
    left: Rc<Cell<usize>>,
    /// Whether something ran out, since an I/O error loses its reason on the way.
    spent: Rc<Cell<bool>>,
}

impl<Space> Element<'_, Space> {
    /// An attribute by its local name.
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.value(name).map(Cow::into_owned)
    }

    /// An attribute by its local name, as a number.
    pub fn number(&self, name: &str) -> Option<u32> {
        self.value(name)?.trim().parse().ok()
    }

    /// All attributes, each by its local name, for elements that come in great numbers.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        let mut attributes = self.start.attributes();
        attributes.with_checks(false);
        attributes.flatten().map(|attribute| {
            let value = match attribute.value {
                Cow::Borrowed(value) => unescaped(value),
                Cow::Owned(value) => Cow::Owned(unescaped(&value).into_owned()),
            };
            (attribute.key.local_name().into_inner(), value)
        })
    }

    fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut found = self.attributes().filter(|(known, _)| *known == name);
        found.next().map(|(_, value)| value)
    }
}

impl Budget {
    /// So many bytes.
    pub fn new(bytes: usize) -> Self {
        Self {
            left: Rc::new(Cell::new(bytes)),
            spent: Rc::new(Cell::new(false)),
        }
    }
}

/// Reads one part to its end.
///
/// # Errors
///
/// `damaged` where it is no XML or has a document type, `too-large` where it
/// spends the budget or is nested too deeply, and what the visitor refuses.
pub fn walk<V: Visit>(part: impl Read, budget: &Budget, visitor: &mut V) -> Result<(), Failure> {
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
                    let space = space::<V>(&resolved);
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
                    visitor.close(space::<V>(&resolved), end.local_name().as_ref())?;
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
            // These formats forbid document types, and they are how entities grow without end.
            Event::DocType(_) => {
                return Err(failure(
                    "damaged",
                    "The document declares a document type, which such files never do.",
                ));
            }
            Event::Eof if levels > 0 => return Err(damaged()),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// Predefined and numeric references resolved; anything else is left as it stands.
fn unescaped(text: &str) -> Cow<'_, str> {
    quick_xml::escape::unescape(text).unwrap_or(Cow::Borrowed(""))
}

fn space<V: Visit>(resolved: &ResolveResult<'_>) -> V::Space {
    match resolved {
        ResolveResult::Bound(Namespace(address)) => V::space(address),
        _ => V::space(""),
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
