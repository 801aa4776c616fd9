//! Fonts: which letters the bytes of a text stand for, and how wide they are.

use hayro_cmap::{BfString, CMap};
use hayro_syntax::object::{Array, Dict, Name, Object, Stream, String as PdfString};
use unit_sdk::reader::style;
use unit_sdk::reader::wit::Failure;

use crate::encodings::{self, Encoding};
use crate::limits::Limits;

/// Codes beyond this are not kept; fonts have at most so many glyphs.
const MOST_CODES: usize = 1 << 16;
/// Bit of the descriptor's flags that says italic.
const ITALIC_FLAG: i64 = 1 << 6;
/// Bit of the descriptor's flags that says bold.
const BOLD_FLAG: i64 = 1 << 18;
/// Weight from which a font counts as bold (CSS calls 600 semi-bold).
const BOLD_WEIGHT: f32 = 600.0;
/// Parts of font names that say bold.
const BOLD_NAMES: [&str; 5] = ["bold", "black", "heavy", "demi", "-bd"];
/// Parts of font names that say italic.
const ITALIC_NAMES: [&str; 2] = ["italic", "oblique"];

/// A font of the file.
#[derive(Debug)]
pub(crate) struct Font {
    coding: Coding,
    to_unicode: Option<CMap>,
    widths: Widths,
    /// Bold and italic, as bits of [`style`].
    pub(crate) looks: u8,
    /// What was looked up, by code.
    glyphs: Vec<Option<Glyph>>,
}

/// How bytes become codes, and codes letters where nothing else says so.
#[derive(Debug)]
enum Coding {
    /// One byte each, with an encoding and names that differ from it.
    Bytes {
        encoding: Encoding,
        differences: Vec<(u8, Option<char>)>,
    },
    /// Two bytes each, which are the glyph's number.
    Pairs,
    /// Two bytes each, which are UTF-16.
    Utf16,
    /// As a table in the file says.
    Table(Box<CMap>),
}

#[derive(Debug)]
struct Widths {
    /// First code, last code, and the widths from the first on; one width
    /// stands for all codes.
    ranges: Vec<(u32, u32, Vec<f32>)>,
    /// Width of all other codes; none where the font is one of the standard ones.
    otherwise: Option<f32>,
    font_name: String,
    /// Width of a unit in text space.
    unit: f32,
}

/// A glyph of a font.
#[derive(Clone, Debug)]
pub(crate) struct Glyph {
    /// Its text; empty for marks of no text, U+FFFD where nothing tells it.
    pub(crate) text: String,
    /// Width as a part of the font size.
    pub(crate) width: f32,
    /// Whether it is the one-byte space, which word spacing widens.
    pub(crate) is_space: bool,
}

impl Font {
    pub(crate) fn new(dict: &Dict<'_>, limits: &mut Limits) -> Result<Self, Failure> {
        let to_unicode = match dict.get::<Stream<'_>>("ToUnicode") {
            Some(stream) => CMap::parse(&limits.unpacked(&stream)?, |_| None),
            None => None,
        };
        let name = dict.get::<Name<'_>>("BaseFont");
        let name = name.as_ref().map_or("", Name::as_str);
        let descendant = dict
            .get::<Array<'_>>("DescendantFonts")
            .and_then(|fonts| fonts.iter::<Dict<'_>>().next());
        let composite = dict.get::<Name<'_>>("Subtype").as_deref() == Some(b"Type0");
        let inner = descendant.as_ref().unwrap_or(dict);
        let descriptor = inner.get::<Dict<'_>>("FontDescriptor");
        let (coding, widths) = if composite {
            let coding = match dict.get::<Object<'_>>("Encoding") {
                Some(Object::Stream(stream)) => CMap::parse(&limits.unpacked(&stream)?, |_| None)
                    .map(|table| Coding::Table(Box::new(table))),
                Some(Object::Name(name)) => ["UCS2", "UTF16"]
                    .iter()
                    .any(|utf16| name.as_str().contains(utf16))
                    .then_some(Coding::Utf16),
                _ => None,
            };
            (
                coding.unwrap_or(Coding::Pairs),
                composite_widths(inner, name),
            )
        } else {
            (
                coding(dict, name, descriptor.as_ref()),
                simple_widths(dict, descriptor.as_ref(), name),
            )
        };
        Ok(Self {
            coding,
            to_unicode,
            widths,
            looks: looks(name, descriptor.as_ref()),
            glyphs: Vec::new(),
        })
    }

    /// The next glyph of a text, and how many bytes it takes.
    pub(crate) fn next(&mut self, bytes: &[u8]) -> Option<(&Glyph, usize)> {
        let (code, length) = self.code(bytes)?;
        let at = usize::try_from(code).ok().filter(|at| *at < MOST_CODES)?;
        if self.glyphs.len() <= at {
            self.glyphs.resize(at + 1, None);
        }
        if self.glyphs[at].is_none() {
            let text = self.text(code, length);
            let width = self.width(code, length, &text);
            self.glyphs[at] = Some(Glyph {
                is_space: length == 1 && code == 32,
                text,
                width,
            });
        }
        Some((self.glyphs[at].as_ref()?, length))
    }

    fn code(&self, bytes: &[u8]) -> Option<(u32, usize)> {
        let number = |length: usize| {
            let bytes = bytes.get(..length)?;
            Some(
                bytes
                    .iter()
                    .fold(0, |code, byte| code << 8 | u32::from(*byte)),
            )
        };
        let length = match &self.coding {
            Coding::Bytes { .. } => 1,
            Coding::Pairs | Coding::Utf16 => 2,
            Coding::Table(table) => (1..=4_u8)
                .find(|length| {
                    number(usize::from(*length))
                        .is_some_and(|code| table.lookup_cid_code(code, *length).is_some())
                })
                .map_or(2, usize::from),
        };
        // A text may end in the middle of a code.
        number(length)
            .map(|code| (code, length))
            .or_else(|| Some((u32::from(*bytes.first()?), 1)))
    }

    fn text(&self, code: u32, length: usize) -> String {
        let told = self
            .to_unicode
            .as_ref()
            .and_then(|table| table.lookup_bf_string(code));
        let told = match told {
            Some(BfString::Char(letter)) => letter.to_string(),
            Some(BfString::String(text)) => text,
            None => String::new(),
        };
        let told = readable(&told);
        if !told.is_empty() {
            return told;
        }
        let letter = match &self.coding {
            Coding::Bytes {
                encoding,
                differences,
            } => u8::try_from(code).ok().and_then(|byte| {
                match differences.iter().rev().find(|(code, _)| *code == byte) {
                    Some((_, letter)) => *letter,
                    None => encoding.letter(byte),
                }
            }),
            Coding::Utf16 if length == 2 => char::from_u32(code),
            _ => None,
        };
        letter.map_or(char::REPLACEMENT_CHARACTER.to_string(), |letter| {
            readable(letter.encode_utf8(&mut [0; 4]))
        })
    }

    fn width(&self, code: u32, length: usize, text: &str) -> f32 {
        let code = match &self.coding {
            Coding::Table(table) => u8::try_from(length)
                .ok()
                .and_then(|length| table.lookup_cid_code(code, length))
                .unwrap_or(code),
            _ => code,
        };
        let range = self
            .widths
            .ranges
            .iter()
            .find(|(first, last, _)| (*first..=*last).contains(&code));
        let told = range.and_then(|(first, _, widths)| {
            let at = if widths.len() == 1 { 0 } else { code - first };
            widths.get(usize::try_from(at).ok()?).copied()
        });
        let letter = text.chars().next().unwrap_or(' ');
        told.or(self.widths.otherwise)
            .unwrap_or_else(|| encodings::standard_width(&self.widths.font_name, letter))
            * self.widths.unit
    }
}

/// Text as it is read: ligatures as their letters, no control characters, and
/// the bullets that symbol fonts hide in the private area as bullets.
fn readable(text: &str) -> String {
    let mut read = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            'ﬀ' => read.push_str("ff"),
            'ﬁ' => read.push_str("fi"),
            'ﬂ' => read.push_str("fl"),
            'ﬃ' => read.push_str("ffi"),
            'ﬄ' => read.push_str("ffl"),
            'ﬅ' | 'ﬆ' => read.push_str("st"),
            '\u{f0b7}' | '\u{f0a7}' | '\u{f076}' | '\u{f0d8}' => read.push('•'),
            '\t' | '\n' | '\r' => read.push(' '),
            control if control.is_control() => {}
            other => read.push(other),
        }
    }
    read
}

/// How the bytes of a simple font become letters.
fn coding(dict: &Dict<'_>, name: &str, descriptor: Option<&Dict<'_>>) -> Coding {
    let truetype = dict.get::<Name<'_>>("Subtype").as_deref() == Some(b"TrueType");
    let symbolic = descriptor
        .and_then(|descriptor| descriptor.get::<i32>("Flags"))
        .is_some_and(|flags| flags & 4 != 0);
    let base = if truetype && !symbolic {
        Encoding::WinAnsi
    } else {
        Encoding::Standard
    };
    let mut differences = Vec::new();
    let encoding = match dict.get::<Object<'_>>("Encoding") {
        Some(Object::Name(name)) => Encoding::named(&name),
        Some(Object::Dict(encoding)) => {
            let mut code = 0_u8;
            let listed = encoding.get::<Array<'_>>("Differences");
            for item in listed.iter().flat_map(Array::iter::<Object<'_>>) {
                match item {
                    Object::Number(number) => code = u8::try_from(number.as_i64()).unwrap_or(0),
                    Object::Name(name) => {
                        differences.push((code, encodings::glyph(name.as_str())));
                        code = code.wrapping_add(1);
                    }
                    _ => {}
                }
            }
            encoding
                .get::<Name<'_>>("BaseEncoding")
                .and_then(|name| Encoding::named(&name))
        }
        _ => None,
    };
    // The one letter of the Symbol font that prose uses.
    if name.contains("Symbol") {
        differences.insert(0, (0xb7, Some('•')));
    }
    Coding::Bytes {
        encoding: encoding.unwrap_or(base),
        differences,
    }
}

fn simple_widths(dict: &Dict<'_>, descriptor: Option<&Dict<'_>>, name: &str) -> Widths {
    let widths: Option<Vec<f32>> = dict
        .get::<Array<'_>>("Widths")
        .map(|widths| widths.iter::<f32>().take(256).collect());
    let first = dict.get::<u32>("FirstChar").unwrap_or(0).min(255);
    // Glyphs that are drawings count in units of their own.
    let unit = dict
        .get::<Array<'_>>("FontMatrix")
        .and_then(|matrix| matrix.iter::<f32>().next())
        .unwrap_or(0.001);
    let missing = descriptor.and_then(|descriptor| descriptor.get::<f32>("MissingWidth"));
    Widths {
        otherwise: widths.as_ref().map(|_| missing.unwrap_or(0.0)),
        ranges: widths
            .filter(|widths| !widths.is_empty())
            .map(|widths| (first, last(first, &widths), widths))
            .into_iter()
            .collect(),
        font_name: name.to_owned(),
        unit,
    }
}

fn composite_widths(dict: &Dict<'_>, name: &str) -> Widths {
    let mut ranges = Vec::new();
    let mut pending = Vec::new();
    let listed = dict.get::<Array<'_>>("W");
    for item in listed
        .iter()
        .flat_map(Array::iter::<Object<'_>>)
        .take(MOST_CODES)
    {
        match item {
            Object::Number(number) => pending.push(number),
            Object::Array(widths) => {
                if let Some(first) = pending
                    .pop()
                    .and_then(|first| first.as_i64().try_into().ok())
                {
                    let widths: Vec<f32> = widths.iter::<f32>().take(MOST_CODES).collect();
                    ranges.push((first, last(first, &widths), widths));
                }
                pending.clear();
            }
            _ => pending.clear(),
        }
        if let [first, last, width] = pending[..] {
            if let (Ok(first), Ok(last)) = (first.as_i64().try_into(), last.as_i64().try_into()) {
                ranges.push((first, last, vec![width.as_f32()]));
            }
            pending.clear();
        }
    }
    Widths {
        ranges,
        otherwise: Some(dict.get::<f32>("DW").unwrap_or(1000.0)),
        font_name: name.to_owned(),
        unit: 0.001,
    }
}

/// The last code of a list of widths.
fn last(first: u32, widths: &[f32]) -> u32 {
    let further = u32::try_from(widths.len()).unwrap_or(u32::MAX);
    first.saturating_add(further.saturating_sub(1))
}

fn looks(name: &str, descriptor: Option<&Dict<'_>>) -> u8 {
    let number = |key: &str| descriptor.and_then(|descriptor| descriptor.get::<f32>(key));
    let flags = descriptor
        .and_then(|descriptor| descriptor.get::<i32>("Flags"))
        .map_or(0, i64::from);
    let family = descriptor
        .and_then(|descriptor| descriptor.get::<PdfString<'_>>("FontFamily"))
        .map_or(String::new(), |family| {
            String::from_utf8_lossy(&family).into_owned()
        });
    let name = format!("{name} {family}").to_lowercase();
    let named = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    let mut looks = 0;
    if named(&BOLD_NAMES)
        || flags & BOLD_FLAG != 0
        || number("FontWeight").is_some_and(|weight| weight >= BOLD_WEIGHT)
    {
        looks |= style::BOLD;
    }
    if named(&ITALIC_NAMES)
        || flags & ITALIC_FLAG != 0
        || number("ItalicAngle").is_some_and(|angle| angle != 0.0)
    {
        looks |= style::ITALIC;
    }
    looks
}
