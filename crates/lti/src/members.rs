//! A roster's answer, taken apart while it arrives, so that no more than a part of it is ever held.
//!
//! The members of the list are cut out by their brackets and quotation marks, and `serde_json` reads each of them.
//! Everything else in the answer is passed over, however large it is.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::claims::identifier;
use crate::nrps::{Entry, Member, member};
use crate::service::NOT_JSON;

/// The largest member that is read.
const MEMBER_BYTES: usize = 256 * 1024;
/// So many entries are enough for one part.
const ENTRIES_OF_A_PART: usize = 500;
/// And so many bytes.
const BYTES_OF_A_PART: usize = 1024 * 1024;
const TOO_LARGE: &str = "one of its members is larger than 256 KiB";

/// Takes an answer piece by piece, and gives out its members.
#[derive(Debug, Default)]
pub(crate) struct MemberReader {
    place: Place,
    /// The value that is under way.
    value: Option<(What, Extent)>,
    /// As much of it as has come, where it will be read.
    kept: Vec<u8>,
    part: Part,
    /// How much of the answer the part has taken.
    bytes: usize,
    context_id: Option<String>,
    has_members: bool,
}

/// Some of the members of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) members: Vec<Member>,
    pub(crate) unreadable: usize,
}

/// What comes next, outside of values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Object,
    Key,
    ColonAfter(Key),
    ValueOf(Key),
    Member,
    Nothing,
}

/// A name in the answer's object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Members,
    Context,
    Other,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Key,
    Context,
    Member,
    Other,
}

/// How far a value has come.
#[derive(Clone, Copy, Debug)]
struct Extent {
    open_brackets: usize,
    in_text: bool,
    after_backslash: bool,
}

/// Whether a value ends.
enum End {
    No,
    /// With this byte.
    Here,
    /// Before this byte, as numbers do.
    Before,
}

impl Extent {
    fn starting_with(byte: u8) -> Self {
        Self {
            open_brackets: usize::from(matches!(byte, b'{' | b'[')),
            in_text: byte == b'"',
            after_backslash: false,
        }
    }

    /// Whether brackets or quotation marks hold it together, so that it shows its own end.
    fn is_closed(self) -> bool {
        self.open_brackets == 0 && !self.in_text
    }

    fn take(&mut self, byte: u8) -> End {
        if self.is_closed() {
            let ends = byte.is_ascii_whitespace() || matches!(byte, b',' | b']' | b'}');
            return if ends { End::Before } else { End::No };
        }
        if self.after_backslash {
            self.after_backslash = false;
        } else if self.in_text {
            self.after_backslash = byte == b'\\';
            self.in_text = byte != b'"';
        } else {
            match byte {
                b'"' => self.in_text = true,
                b'{' | b'[' => self.open_brackets += 1,
                b'}' | b']' => self.open_brackets -= 1,
                _ => {}
            }
        }
        if self.is_closed() { End::Here } else { End::No }
    }
}

impl MemberReader {
    /// Takes the next bytes of the answer.
    ///
    /// # Errors
    ///
    /// What is wrong with the answer.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        self.bytes += bytes.len();
        for &byte in bytes {
            self.take_byte(byte)?;
        }
        Ok(())
    }

    /// Whether there is enough to hand a part on.
    pub(crate) fn is_enough(&self) -> bool {
        let entries = self.part.members.len() + self.part.unreadable;
        entries >= ENTRIES_OF_A_PART || (entries > 0 && self.bytes >= BYTES_OF_A_PART)
    }

    /// Hands the members on that have come.
    pub(crate) fn part(&mut self) -> Part {
        self.bytes = 0;
        std::mem::take(&mut self.part)
    }

    /// The course, once the answer has named it.
    pub(crate) fn context_id(&self) -> Option<String> {
        self.context_id.clone()
    }

    /// Sees that the answer is whole.
    ///
    /// # Errors
    ///
    /// It has no list of members, or breaks off.
    pub(crate) fn end(&self) -> Result<(), &'static str> {
        if self.place == Place::Nothing && self.has_members {
            Ok(())
        } else {
            Err(NOT_JSON)
        }
    }

    fn take_byte(&mut self, byte: u8) -> Result<(), &'static str> {
        if let Some((what, extent)) = &mut self.value {
            let (what, end) = (*what, extent.take(byte));
            if !matches!(end, End::Before) {
                self.keep(what, byte)?;
            }
            match end {
                End::No => return Ok(()),
                End::Here => return self.value_ends(what),
                End::Before => self.value_ends(what)?,
            }
        }
        if byte.is_ascii_whitespace() {
            return Ok(());
        }
        match (self.place, byte) {
            (Place::Object, b'{') | (Place::Member, b']') => self.place = Place::Key,
            (Place::Key, b'"') => self.value_begins(What::Key, byte)?,
            (Place::ColonAfter(key), b':') => self.place = Place::ValueOf(key),
            (Place::Key | Place::Member, b',') => {}
            (Place::Key, b'}') => self.place = Place::Nothing,
            (Place::ValueOf(Key::Members), b'[') if !self.has_members => {
                self.has_members = true;
                self.place = Place::Member;
            }
            (Place::Member, _) => self.value_begins(What::Member, byte)?,
            (Place::ValueOf(Key::Context), _) => self.value_begins(What::Context, byte)?,
            (Place::ValueOf(Key::Other), _) => self.value_begins(What::Other, byte)?,
            _ => return Err(NOT_JSON),
        }
        Ok(())
    }

    fn value_begins(&mut self, what: What, byte: u8) -> Result<(), &'static str> {
        if matches!(byte, b',' | b':' | b']' | b'}') {
            return Err(NOT_JSON);
        }
        self.value = Some((what, Extent::starting_with(byte)));
        self.keep(what, byte)
    }

    fn keep(&mut self, what: What, byte: u8) -> Result<(), &'static str> {
        if what == What::Other {
            return Ok(());
        }
        if self.kept.len() == MEMBER_BYTES {
            return Err(TOO_LARGE);
        }
        self.kept.push(byte);
        Ok(())
    }

    fn value_ends(&mut self, what: What) -> Result<(), &'static str> {
        self.value = None;
        self.place = match what {
            What::Key => Place::ColonAfter(match read::<String>(&self.kept)?.as_str() {
                "members" => Key::Members,
                "context" => Key::Context,
                _ => Key::Other,
            }),
            What::Context => {
                let context: Option<Map<String, Value>> = read(&self.kept)?;
                self.context_id = context.and_then(|context| identifier(context.get("id")));
                Place::Key
            }
            What::Member => {
                match member(read::<Entry>(&self.kept)?) {
                    Some(member) => self.part.members.push(member),
                    None => self.part.unreadable += 1,
                }
                Place::Member
            }
            What::Other => Place::Key,
        };
        self.kept.clear();
        Ok(())
    }
}

fn read<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, &'static str> {
    serde_json::from_slice(json).map_err(|_| NOT_JSON)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads an answer that comes in pieces of this size.
    fn read_in(pieces: usize, answer: &[u8]) -> Result<(Part, Option<String>), &'static str> {
        let mut reader = MemberReader::default();
        for piece in answer.chunks(pieces) {
            reader.take(piece)?;
        }
        reader.end()?;
        Ok((reader.part(), reader.context_id()))
    }

    #[test]
    fn members_are_cut_out_wherever_an_answer_is_torn() {
        let answer = br#" { "note" : [1, {"members": ["}"]}, "a\\", "b\"]"], "n":-1.5e3,"t":true
            ,"context": { "id": "c\"1", "x": [[]] } ,
            "\u006dembers" : [ {"user_id":"1","name":"Curly } [ \" \\"},{"user_id":2}
            , { "user_id": "", "custom": {"a": {}} } ],"after":null }"#;
        for pieces in 1..answer.len() {
            let (part, context) = read_in(pieces, answer).expect("an answer");
            let ids: Vec<&str> = part.members.iter().map(|member| &*member.user_id).collect();
            assert_eq!(ids, ["1", "2"]);
            assert_eq!(part.members[0].name.as_deref(), Some(r#"Curly } [ " \"#));
            assert_eq!(part.unreadable, 1);
            assert_eq!(context.as_deref(), Some("c\"1"));
        }
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for answer in [
            "",
            "[]",
            "{}",
            "<html>",
            r#"{"members""#,
            r#"{"members":[]"#,
            r#"{"members":{}}"#,
            r#"{"members":[{]}"#,
            r#"{"members":["x]}"#,
            r#"{"members":[]} more"#,
            r#"{"members":[],"members":[]}"#,
            r#"{"a":,"members":[]}"#,
            r#"{"members":[{"user_id":"1"}"#,
            r#"{"members":[null]}"#,
        ] {
            assert!(read_in(3, answer.as_bytes()).is_err(), "{answer}");
        }
        let name = "x".repeat(MEMBER_BYTES);
        let answer = format!(r#"{{"members":[{{"user_id":"1","name":"{name}"}}]}}"#);
        assert_eq!(read_in(4096, answer.as_bytes()), Err(TOO_LARGE));
        let beside = format!(r#"{{"beside":"{name}","members":[{{"user_id":"1"}}]}}"#);
        assert!(read_in(4096, beside.as_bytes()).is_ok());
    }

    #[test]
    fn a_part_is_handed_on_when_it_is_large_enough() {
        let mut reader = MemberReader::default();
        reader.take(br#"{"members":["#).expect("a beginning");
        for _ in 0..ENTRIES_OF_A_PART {
            assert!(!reader.is_enough());
            reader.take(br#"{"user_id":"1"},"#).expect("a member");
        }
        assert!(reader.is_enough());
        assert_eq!(reader.part().members.len(), ENTRIES_OF_A_PART);
        assert!(!reader.is_enough());
    }
}
