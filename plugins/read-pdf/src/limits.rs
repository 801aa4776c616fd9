//! What one file may cost, and streams and texts read within it.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::ZlibDecoder;
use hayro_syntax::Filter;
use hayro_syntax::object::{Array, Dict, Object, Stream};
use unit_sdk::reader::failure;
use unit_sdk::reader::wit::Failure;

use crate::encodings::Encoding;

/// Most bytes that all streams of a file may hold once they are unpacked.
const MOST_UNPACKED: usize = 64 << 20;
/// Most operators that are followed, so that drawings within drawings end.
const MOST_OPERATORS: usize = 4_000_000;
/// An object that is looked up is parsed each time, which takes the time of so
/// many operators, and of one more for so many bytes of it (measured).
const OPERATORS_OF_AN_OBJECT: usize = 40;
const BYTES_OF_ENTRIES: usize = 8;
const BYTES_OF_A_STREAM: usize = 256;
/// Most bytes of text that are collected; more than a document may have, since
/// what repeats on every page is counted once in the end.
const MOST_COLLECTED: usize = 8 << 20;

/// What is left of the limits.
#[derive(Debug)]
pub(crate) struct Limits {
    unpacked: usize,
    operators: usize,
    text: usize,
}

impl Limits {
    pub(crate) fn new() -> Self {
        Self {
            unpacked: MOST_UNPACKED,
            operators: MOST_OPERATORS,
            text: MOST_COLLECTED,
        }
    }

    /// Counts so many operators.
    pub(crate) fn operators(&mut self, count: usize) -> Result<(), Failure> {
        self.operators = self.operators.checked_sub(count).ok_or_else(too_large)?;
        Ok(())
    }

    /// Counts an object that was looked up.
    pub(crate) fn object(&mut self, dict: &Dict<'_>) -> Result<(), Failure> {
        self.operators(OPERATORS_OF_AN_OBJECT + dict.data().len() / BYTES_OF_ENTRIES)
    }

    /// Counts collected text.
    pub(crate) fn text(&mut self, bytes: usize) -> Result<(), Failure> {
        self.text = self.text.checked_sub(bytes).ok_or_else(too_large)?;
        Ok(())
    }

    /// The bytes of a stream. A damaged stream gives what can be read of it.
    pub(crate) fn unpacked<'a>(&mut self, stream: &Stream<'a>) -> Result<Cow<'a, [u8]>, Failure> {
        let packed = stream.raw_data();
        self.operators(packed.len() / BYTES_OF_A_STREAM)?;
        let bytes = if stream.filters().as_slice() == [Filter::FlateDecode]
            && !stream.dict().contains_key("DecodeParms")
        {
            let mut bytes = Vec::with_capacity((packed.len() * 4).min(self.unpacked));
            let most = u64::try_from(self.unpacked).unwrap_or(u64::MAX);
            // What was unpacked before the damage counts.
            let read = ZlibDecoder::new(&*packed)
                .take(most.saturating_add(1))
                .read_to_end(&mut bytes);
            match read {
                Err(_) if bytes.is_empty() => stream.decoded_data().unwrap_or_default(),
                _ => Cow::Owned(bytes),
            }
        } else if has_rows(stream) {
            stream.decoded_data().unwrap_or_default()
        } else {
            Cow::default()
        };
        self.unpacked = self
            .unpacked
            .checked_sub(bytes.len())
            .ok_or_else(too_large)?;
        Ok(bytes)
    }
}

/// Whether the rows of a stream have a length, where it says one. The library
/// divides by it, in numbers of these sizes, without a look.
fn has_rows(stream: &Stream<'_>) -> bool {
    let has_length = |parameters: &Dict<'_>| {
        let colours = parameters.get::<u8>("Colors").unwrap_or(1);
        let bits = parameters.get::<u8>("BitsPerComponent").unwrap_or(8);
        let columns = parameters.get::<u32>("Columns").unwrap_or(1);
        let bits = colours.checked_mul(bits).unwrap_or(0);
        columns.checked_mul(bits.into()).is_some_and(|row| row > 0)
    };
    ["DecodeParms", "DP"].into_iter().all(|key| {
        let one = stream.dict().get::<Dict<'_>>(key);
        let many = stream.dict().get::<Array<'_>>(key);
        let of_many = many.iter().flat_map(Array::iter::<Object<'_>>);
        let mut all = one.into_iter().chain(of_many.filter_map(Object::into_dict));
        all.all(|parameters| has_length(&parameters))
    })
}

/// A title, a form field's value or a comment as text.
pub(crate) fn text_string(bytes: &[u8]) -> String {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, _) = bytes.as_chunks::<2>();
        char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
            .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        utf16(rest, u16::from_be_bytes)
    } else if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        utf16(rest, u16::from_le_bytes)
    } else if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        String::from_utf8_lossy(rest).into_owned()
    } else {
        bytes
            .iter()
            .filter_map(|byte| Encoding::PdfDoc.letter(*byte))
            .collect()
    }
}

pub(crate) fn too_large() -> Failure {
    failure(
        "too-large",
        "The PDF holds more than can be read once it is unpacked.",
    )
}
