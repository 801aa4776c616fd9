//! The marks of an RTF file, one after another.

use unit_sdk::reader::damaged;
use unit_sdk::reader::wit::Failure;

/// Longest name of a control word; longer ones are none that anybody knows.
const LONGEST_NAME: usize = 32;

/// One mark of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// `{`
    Open,
    /// `}`
    Close,
    /// `\name` with its number.
    Word(&'a str, Option<i32>),
    /// `\` and a character that is no letter.
    Symbol(u8),
    /// A byte of text, as it stands or as `\'e9`.
    Byte(u8),
}

/// Walks through the bytes of a file.
pub(crate) struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next mark; none at the end of the file.
    ///
    /// # Errors
    ///
    /// `damaged` where the file ends inside of a mark.
    pub(crate) fn next(&mut self) -> Result<Option<Token<'a>>, Failure> {
        loop {
            let Some((first, rest)) = self.rest.split_first() else {
                return Ok(None);
            };
            self.rest = rest;
            return Ok(Some(match first {
                b'{' => Token::Open,
                b'}' => Token::Close,
                // Line breaks lay out the file; NUL bytes fill up what some programs cut off.
                b'\r' | b'\n' | 0 => continue,
                b'\\' => match self.control()? {
                    Some(token) => token,
                    None => continue,
                },
                byte => Token::Byte(*byte),
            }));
        }
    }

    /// What follows a backslash; none for binary data, which is passed over.
    fn control(&mut self) -> Result<Option<Token<'a>>, Failure> {
        let first = *self.rest.first().ok_or_else(damaged)?;
        if first == b'\'' {
            let digits = self.rest.get(1..3).ok_or_else(damaged)?;
            let digits = std::str::from_utf8(digits).map_err(|_| damaged())?;
            let byte = u8::from_str_radix(digits, 16).map_err(|_| damaged())?;
            self.rest = &self.rest[3..];
            return Ok(Some(Token::Byte(byte)));
        }
        if !first.is_ascii_alphabetic() {
            self.rest = &self.rest[1..];
            return Ok(Some(Token::Symbol(first)));
        }
        let name = self.taken(u8::is_ascii_alphabetic);
        let negative = self.rest.first() == Some(&b'-');
        let has_number = self.rest.get(usize::from(negative));
        let mut number = None;
        if has_number.is_some_and(u8::is_ascii_digit) {
            self.rest = &self.rest[usize::from(negative)..];
            // A number beyond all measure is none.
            let digits: Option<i32> = self.taken(u8::is_ascii_digit).parse().ok();
            number = digits.map(|number| if negative { -number } else { number });
        }
        if self.rest.first() == Some(&b' ') {
            self.rest = &self.rest[1..];
        }
        if name == "bin" {
            let length = usize::try_from(number.unwrap_or(0)).map_err(|_| damaged())?;
            self.rest = self.rest.get(length..).ok_or_else(damaged)?;
            return Ok(None);
        }
        let name = if name.len() > LONGEST_NAME { "" } else { name };
        Ok(Some(Token::Word(name, number)))
    }

    fn taken(&mut self, belongs: fn(&u8) -> bool) -> &'a str {
        let length = self.rest.iter().take_while(|byte| belongs(byte)).count();
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        std::str::from_utf8(taken).unwrap_or_default()
    }
}
