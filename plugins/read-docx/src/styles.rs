//! Styles: what they are called, what they inherit, how they look.
//!
//! A style's id differs from language to language (`Heading1`, `berschrift1`);
//! its name does not (`heading 1`), so kinds go by the name.

use std::collections::BTreeMap;

use unit_sdk::reader::wit::Failure;
use unit_sdk::reader::xml::{Element, Visit};
use unit_sdk::reader::{kind, kind_of_style};

use crate::space::{Space, switch};

/// Longest chain of styles based on styles; Word allows no more than eleven.
const LONGEST_CHAIN: usize = 20;
/// Word's size where nothing sets one, in half points.
const STANDARD_SIZE: u32 = 20;

/// Properties of a run, as far as somebody set them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Looks {
    pub(crate) bold: Option<bool>,
    pub(crate) italic: Option<bool>,
    pub(crate) underlined: Option<bool>,
    pub(crate) capitals: Option<bool>,
    pub(crate) struck: Option<bool>,
    pub(crate) hidden: Option<bool>,
    pub(crate) size: Option<u32>,
}

/// A numbering that a paragraph or style asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NumberingReference {
    pub(crate) list: Option<u32>,
    pub(crate) level: Option<u32>,
}

/// What a paragraph has from its style and all styles beneath it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ParagraphStyle {
    /// See [`kind`]; paragraph, heading, title, caption or quotation.
    pub(crate) kind: u8,
    /// Outline level from 1 of a heading, else 0.
    pub(crate) level: u8,
    pub(crate) numbering: NumberingReference,
    /// The style that the numbering was found in, to find its level by.
    pub(crate) numbering_style: Option<String>,
    pub(crate) looks: Looks,
}

/// All styles of a document.
#[derive(Debug, Default)]
pub(crate) struct Styles {
    by_id: BTreeMap<String, Style>,
    defaults: Looks,
    default_paragraph: Option<String>,
}

#[derive(Debug, Default)]
struct Style {
    /// Its name, the same in every language.
    name: String,
    based_on: Option<String>,
    outline: Option<u32>,
    numbering: NumberingReference,
    looks: Looks,
}

impl Looks {
    /// Takes in one child of `rPr`.
    pub(crate) fn set(&mut self, element: &Element<'_, Space>) {
        match element.name {
            "b" => self.bold = Some(switch(element)),
            "i" => self.italic = Some(switch(element)),
            "u" => {
                self.underlined = Some(element.attribute("val").is_some_and(|kind| kind != "none"));
            }
            "caps" => self.capitals = Some(switch(element)),
            "strike" | "dstrike" => self.struck = Some(switch(element)),
            "vanish" => self.hidden = Some(switch(element)),
            "sz" => self.size = element.number("val"),
            _ => {}
        }
    }

    /// These looks, with `below` where they say nothing.
    pub(crate) fn over(self, below: Self) -> Self {
        Self {
            bold: self.bold.or(below.bold),
            italic: self.italic.or(below.italic),
            underlined: self.underlined.or(below.underlined),
            capitals: self.capitals.or(below.capitals),
            struck: self.struck.or(below.struck),
            hidden: self.hidden.or(below.hidden),
            size: self.size.or(below.size),
        }
    }

    /// A character style over a paragraph style: two styles that both switch a
    /// toggle on cancel each other out (ECMA-376 part 1, 17.7.3).
    fn toggled(self, below: Self) -> Self {
        let toggle = |upper: Option<bool>, lower: Option<bool>| match (upper, lower) {
            (Some(upper), Some(lower)) => Some(upper != lower),
            (upper, lower) => upper.or(lower),
        };
        Self {
            bold: toggle(self.bold, below.bold),
            italic: toggle(self.italic, below.italic),
            capitals: toggle(self.capitals, below.capitals),
            struck: toggle(self.struck, below.struck),
            hidden: toggle(self.hidden, below.hidden),
            ..self.over(below)
        }
    }
}

impl Styles {
    /// What a paragraph of that style has; of the default style without one.
    pub(crate) fn paragraph(&self, id: Option<&str>) -> ParagraphStyle {
        let mut result = ParagraphStyle::default();
        let mut kind_is_settled = false;
        for (id, style) in self.chain(id.or(self.default_paragraph.as_deref())) {
            result.looks = result.looks.over(style.looks);
            if result.numbering.list.is_none() && style.numbering.list.is_some() {
                result.numbering_style = Some(id.to_owned());
            }
            result.numbering.list = result.numbering.list.or(style.numbering.list);
            result.numbering.level = result.numbering.level.or(style.numbering.level);
            if !kind_is_settled && let Some((kind, level)) = style.kind() {
                (result.kind, result.level) = (kind, level);
                kind_is_settled = true;
            }
        }
        // A file may name a style of Word's that it does not hold.
        if let Some(id) = id.filter(|id| !self.by_id.contains_key(*id)) {
            (result.kind, result.level) = kind_of_style(id).unwrap_or_default();
        }
        result
    }

    /// How a run looks: its own properties, its character style, its paragraph's style.
    pub(crate) fn run(&self, own: Looks, style: Option<&str>, paragraph: Looks) -> Looks {
        let character = self
            .chain(style)
            .fold(Looks::default(), |looks, (_, style)| {
                looks.over(style.looks)
            });
        let mut looks = own.over(character.toggled(paragraph)).over(self.defaults);
        looks.size = looks.size.or(Some(STANDARD_SIZE));
        looks
    }

    /// The numbering that a numbering style stands for.
    pub(crate) fn numbering_of(&self, style: &str) -> Option<u32> {
        self.by_id.get(style)?.numbering.list
    }

    /// The style and those it is based on.
    fn chain<'a>(&'a self, id: Option<&'a str>) -> impl Iterator<Item = (&'a str, &'a Style)> {
        let found = |id: &'a str| self.by_id.get(id).map(|style| (id, style));
        let first = id.and_then(found);
        std::iter::successors(first, move |(_, style)| found(style.based_on.as_deref()?))
            .take(LONGEST_CHAIN)
    }
}

impl Style {
    /// What the style makes of a paragraph, if it says so.
    fn kind(&self) -> Option<(u8, u8)> {
        match self.outline {
            Some(outline @ 0..=8) => {
                return Some((kind::HEADING, u8::try_from(outline + 1).unwrap_or(1)));
            }
            // Level 9 is "body text": it takes a heading's rank away again.
            Some(_) => return Some((kind::PARAGRAPH, 0)),
            None => {}
        }
        kind_of_style(&self.name)
    }
}

/// Fills [`Styles`] from their part.
#[derive(Default)]
pub(crate) struct StylesPart {
    pub(crate) styles: Styles,
    current: Option<(String, Style)>,
    in_run_properties: bool,
}

impl Visit for StylesPart {
    type Space = Space;

    fn space(address: &str) -> Space {
        Space::of(address)
    }

    fn open(&mut self, element: &Element<'_, Space>) -> Result<bool, Failure> {
        if element.space != Space::Word {
            return Ok(true);
        }
        match element.name {
            "style" => {
                let id = element.attribute("styleId").unwrap_or_default();
                let is_default = matches!(
                    element.attribute("default").as_deref(),
                    Some("1" | "true" | "on")
                );
                if is_default && element.attribute("type").as_deref() == Some("paragraph") {
                    self.styles.default_paragraph = Some(id.clone());
                }
                self.current = Some((id, Style::default()));
            }
            // Looks of a table's parts are not those of the style itself.
            "tblStylePr" | "rPrChange" | "pPrChange" => return Ok(false),
            "rPr" => self.in_run_properties = true,
            _ if self.in_run_properties => match &mut self.current {
                Some((_, style)) => style.looks.set(element),
                None => self.styles.defaults.set(element),
            },
            name => {
                if let Some((_, style)) = &mut self.current {
                    match name {
                        "name" => style.name = element.attribute("val").unwrap_or_default(),
                        "basedOn" => style.based_on = element.attribute("val"),
                        "outlineLvl" => style.outline = element.number("val"),
                        "numId" => style.numbering.list = element.number("val"),
                        "ilvl" => style.numbering.level = element.number("val"),
                        _ => {}
                    }
                }
            }
        }
        Ok(true)
    }

    fn close(&mut self, space: Space, name: &str) -> Result<(), Failure> {
        match (space, name) {
            (Space::Word, "rPr") => self.in_run_properties = false,
            (Space::Word, "style") => {
                if let Some((id, style)) = self.current.take() {
                    self.styles.by_id.insert(id, style);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, _text: &str) {}
}
