//! Styles: what they inherit, how they look, which lists they belong to.

use std::collections::BTreeMap;

use unit_sdk::reader::wit::Failure;
use unit_sdk::reader::xml::{Element, Visit};
use unit_sdk::reader::{kind_of_style, style};

use crate::lists::ListStyles;
use crate::space::Space;

/// Longest chain of styles with parents; people make some five.
const LONGEST_CHAIN: usize = 20;
/// Size where nothing sets one, in half points.
const STANDARD_SIZE: u32 = 24;

/// How text looks once all its styles are taken together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Looks {
    /// See [`style`].
    pub(crate) bits: u8,
    pub(crate) hidden: bool,
    /// In half points.
    pub(crate) size: u32,
}

/// What one style says about looks.
#[derive(Clone, Copy, Debug, Default)]
struct OwnLooks {
    /// Bits that it switches on, and off.
    on: u8,
    off: u8,
    hidden: Option<bool>,
    size: Option<Size>,
}

#[derive(Clone, Copy, Debug)]
enum Size {
    HalfPoints(u32),
    /// Of the parent's size.
    Percent(u32),
}

/// Which kind of text a style is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    Paragraph,
    Text,
}

#[derive(Debug, Default)]
struct Style {
    /// What its name says of the paragraph.
    kind: Option<(u8, u8)>,
    parent: Option<String>,
    list: Option<String>,
    looks: OwnLooks,
}

/// The styles that hold for one part: those with names, and those that the
/// program made for the part, whose names another part uses for others.
#[derive(Debug, Default)]
pub(crate) struct Styles {
    named: BTreeMap<(Family, String), Style>,
    automatic: BTreeMap<(Family, String), Style>,
    defaults: OwnLooks,
    pub(crate) lists: ListStyles,
    /// The style whose properties are being read.
    current: Option<(Family, String, Style)>,
    in_defaults: bool,
    in_automatic: bool,
}

impl Looks {
    fn with(self, own: OwnLooks) -> Self {
        Self {
            bits: (self.bits | own.on) & !own.off,
            hidden: own.hidden.unwrap_or(self.hidden),
            size: match own.size {
                Some(Size::HalfPoints(size)) => size,
                Some(Size::Percent(percent)) => self.size.saturating_mul(percent) / 100,
                None => self.size,
            },
        }
    }
}

impl OwnLooks {
    fn switch(&mut self, bit: u8, on: bool) {
        let (set, unset) = if on {
            (&mut self.on, &mut self.off)
        } else {
            (&mut self.off, &mut self.on)
        };
        *set |= bit;
        *unset &= !bit;
    }

    /// Takes in `text-properties`.
    fn set(&mut self, element: &Element<'_, Space>) {
        if let Some(weight) = element.attribute("font-weight") {
            let heavy = weight.parse().is_ok_and(|weight: u32| weight >= 600);
            self.switch(style::BOLD, heavy || weight == "bold");
        }
        if let Some(slant) = element.attribute("font-style") {
            self.switch(style::ITALIC, slant != "normal");
        }
        if let Some(line) = element.attribute("text-underline-style") {
            self.switch(style::UNDERLINED, line != "none");
        }
        if let Some(line) = element.attribute("text-line-through-style") {
            self.switch(style::STRUCK, line != "none");
        }
        if let Some(letters) = element.attribute("text-transform") {
            self.switch(style::CAPITALS, letters == "uppercase");
        }
        if let Some(display) = element.attribute("display") {
            self.hidden = Some(display == "none");
        }
        self.size = element
            .attribute("font-size")
            .and_then(|size| size_of(&size))
            .or(self.size);
    }
}

/// `12pt` or `120%`.
fn size_of(written: &str) -> Option<Size> {
    if let Some(percent) = written.strip_suffix('%') {
        return percent.trim().parse().ok().map(Size::Percent);
    }
    let (whole, part) = written
        .strip_suffix("pt")?
        .split_once('.')
        .unwrap_or((written.strip_suffix("pt")?, ""));
    let halves = whole.trim().parse::<u32>().ok()?.checked_mul(2)?;
    Some(Size::HalfPoints(halves + u32::from(part.starts_with('5'))))
}

impl Styles {
    /// Kind and level of a paragraph of that style, if a name says so.
    pub(crate) fn kind(&self, name: &str) -> Option<(u8, u8)> {
        let chain = self.chain(Family::Paragraph, name);
        chain.into_iter().find_map(|style| style.kind)
    }

    /// The list that paragraphs of that style belong to.
    pub(crate) fn list_of(&self, name: &str) -> Option<String> {
        let chain = self.chain(Family::Paragraph, name);
        chain
            .into_iter()
            .find_map(|style| style.list.clone())
            .filter(|list| !list.is_empty())
    }

    /// How a paragraph of that style looks.
    pub(crate) fn paragraph(&self, name: &str) -> Looks {
        let standard = Looks {
            bits: 0,
            hidden: false,
            size: STANDARD_SIZE,
        };
        self.resolved(standard.with(self.defaults), Family::Paragraph, name)
    }

    /// How text of that style looks among text of those looks.
    pub(crate) fn span(&self, around: Looks, name: &str) -> Looks {
        self.resolved(around, Family::Text, name)
    }

    fn resolved(&self, below: Looks, family: Family, name: &str) -> Looks {
        let chain = self.chain(family, name);
        chain
            .into_iter()
            .rev()
            .fold(below, |looks, style| looks.with(style.looks))
    }

    /// The style and its parents, which always have names.
    fn chain(&self, family: Family, name: &str) -> Vec<&Style> {
        let key = (family, name.to_owned());
        let first = self.automatic.get(&key).or_else(|| self.named.get(&key));
        std::iter::successors(first, |style| {
            self.named.get(&(family, style.parent.clone()?))
        })
        .take(LONGEST_CHAIN)
        .collect()
    }

    /// Forgets what the program made for the part before.
    pub(crate) fn begin_part(&mut self) {
        self.automatic.clear();
        self.lists.begin_part();
    }

    /// Takes in an element between the tags of a list of styles.
    pub(crate) fn open(&mut self, element: &Element<'_, Space>) {
        let attribute = |name: &str| element.attribute(name);
        match (element.space, element.name) {
            (Space::Office, name) => self.in_automatic = name == "automatic-styles",
            (Space::Style, "style") => {
                let family = match attribute("family").as_deref() {
                    Some("paragraph") => Family::Paragraph,
                    Some("text") => Family::Text,
                    _ => return,
                };
                let name = attribute("name").unwrap_or_default();
                let shown = attribute("display-name");
                let shown = shown.unwrap_or_else(|| name.replace("_20_", " "));
                let style = Style {
                    kind: kind_of_style(&shown).filter(|_| !self.in_automatic),
                    parent: attribute("parent-style-name"),
                    list: attribute("list-style-name"),
                    ..Style::default()
                };
                self.current = Some((family, name, style));
            }
            (Space::Style, "default-style") => {
                self.in_defaults = attribute("family").as_deref() == Some("paragraph");
            }
            (Space::Style, "text-properties") => {
                if self.in_defaults {
                    self.defaults.set(element);
                } else if let Some((_, _, style)) = &mut self.current {
                    style.looks.set(element);
                }
            }
            (Space::Text, _) => self.lists.open(element, self.in_automatic),
            _ => {}
        }
    }

    /// Takes in the end of such an element.
    pub(crate) fn close(&mut self, space: Space, name: &str) {
        match (space, name) {
            (Space::Style, "style") => {
                if let Some((family, name, style)) = self.current.take() {
                    let styles = if self.in_automatic {
                        &mut self.automatic
                    } else {
                        &mut self.named
                    };
                    styles.insert((family, name), style);
                }
            }
            (Space::Style, "default-style") => self.in_defaults = false,
            (Space::Text, _) => self.lists.close(name),
            _ => {}
        }
    }
}

/// Fills [`Styles`] from their part.
#[derive(Default)]
pub(crate) struct StylesPart {
    pub(crate) styles: Styles,
}

impl Visit for StylesPart {
    type Space = Space;

    fn space(address: &str) -> Space {
        Space::of(address)
    }

    fn open(&mut self, element: &Element<'_, Space>) -> Result<bool, Failure> {
        if (element.space, element.name) == (Space::Office, "master-styles") {
            return Ok(false);
        }
        self.styles.open(element);
        Ok(true)
    }

    fn close(&mut self, space: Space, name: &str) -> Result<(), Failure> {
        self.styles.close(space, name);
        Ok(())
    }

    fn text(&mut self, _text: &str) {}
}
