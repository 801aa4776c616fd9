//! Numbers and bullets of lists, worked out as the learner sees them.

use std::collections::{BTreeMap, BTreeSet};

use unit_sdk::reader::numbers::{LONGEST_LABEL, number};
use unit_sdk::reader::symbol;
use unit_sdk::reader::wit::Failure;
use unit_sdk::reader::xml::{Element, Visit};
use unit_sdk::text::cut;

use crate::space::{Space, switch};
use crate::styles::Styles;

/// Levels of a list.
const LEVELS: usize = 9;
/// Longest template of a label in bytes; it is taken apart for every item.
const LONGEST_TEMPLATE: usize = 256;

/// All lists of a document, with where each has got to.
#[derive(Debug, Default)]
pub(crate) struct Numbering {
    abstracts: BTreeMap<u32, Abstract>,
    lists: BTreeMap<u32, List>,
    /// The count at each level, by abstract list: lists that share one go on counting.
    counts: BTreeMap<u32, [Option<u32>; LEVELS]>,
    /// Lists whose own start has been taken at a level.
    started: BTreeSet<(u32, usize)>,
}

#[derive(Debug, Default)]
struct Abstract {
    levels: BTreeMap<usize, Level>,
    /// Style that holds the list in its place.
    style_link: Option<String>,
}

#[derive(Clone, Debug)]
struct Level {
    start: u32,
    format: String,
    text: String,
    /// All numbers of the label are decimal, whatever their level's format.
    legal: bool,
    /// Paragraph style that stands at this level.
    style: Option<String>,
    /// Level, from 1, after which this one begins anew; 0 for never.
    restart: Option<u32>,
}

#[derive(Debug, Default)]
struct List {
    abstract_id: u32,
    starts: BTreeMap<usize, u32>,
    levels: BTreeMap<usize, Level>,
}

impl Default for Level {
    fn default() -> Self {
        Self {
            start: 0,
            format: "decimal".into(),
            text: String::new(),
            legal: false,
            style: None,
            restart: None,
        }
    }
}

impl Numbering {
    /// Counts one item on. `None` if there is no such list or the level shows nothing.
    pub(crate) fn next_label(
        &mut self,
        list_id: u32,
        level: usize,
        styles: &Styles,
    ) -> Option<String> {
        let (abstract_id, list) = self.resolved(list_id, styles)?;
        let level = level.min(LEVELS - 1);
        let definition = self.level(abstract_id, list, level)?.clone();
        if definition.format == "none" && definition.text.trim().is_empty() {
            return None;
        }
        let own_start = list.starts.get(&level).copied();
        let restarts: Vec<bool> = (level + 1..LEVELS)
            .map(|deeper| {
                match self
                    .level(abstract_id, list, deeper)
                    .and_then(|deeper| deeper.restart)
                {
                    Some(0) => false,
                    Some(after) => level < after as usize,
                    None => true,
                }
            })
            .collect();
        let starts: Vec<u32> = (0..=level)
            .map(|upper| {
                self.level(abstract_id, list, upper)
                    .map_or(1, |upper| upper.start)
            })
            .collect();

        let counts = self.counts.entry(abstract_id).or_default();
        let first_of_its_own = own_start.is_some() && self.started.insert((list_id, level));
        counts[level] = Some(match counts[level] {
            _ if first_of_its_own => own_start.unwrap_or(definition.start),
            Some(count) => count.saturating_add(1),
            None => definition.start,
        });
        for (deeper, restarts) in (level + 1..LEVELS).zip(restarts) {
            if restarts {
                counts[deeper] = None;
            }
        }
        for (upper, start) in starts.into_iter().enumerate() {
            counts[upper].get_or_insert(start);
        }
        let counts = *counts;
        let (abstract_id, list) = self.resolved(list_id, styles)?;
        Some(self.label(abstract_id, list, &definition, counts))
    }

    /// The level of a list that belongs to a paragraph style.
    pub(crate) fn level_of_style(
        &self,
        list_id: u32,
        style: &str,
        styles: &Styles,
    ) -> Option<usize> {
        let (abstract_id, _) = self.resolved(list_id, styles)?;
        let levels = &self.abstracts.get(&abstract_id)?.levels;
        let found = levels
            .iter()
            .find(|(_, level)| level.style.as_deref() == Some(style));
        found.map(|(level, _)| *level)
    }

    /// The list, and the abstract list that it goes by, through one style link.
    fn resolved(&self, list_id: u32, styles: &Styles) -> Option<(u32, &List)> {
        let list = self.lists.get(&list_id)?;
        let link = self
            .abstracts
            .get(&list.abstract_id)
            .and_then(|linking| linking.style_link.as_deref());
        let linked = link.and_then(|style| self.lists.get(&styles.numbering_of(style)?));
        Some((linked.unwrap_or(list).abstract_id, list))
    }

    fn level<'a>(&'a self, abstract_id: u32, list: &'a List, level: usize) -> Option<&'a Level> {
        let own = list.levels.get(&level);
        own.or_else(|| self.abstracts.get(&abstract_id)?.levels.get(&level))
    }

    fn label(
        &self,
        abstract_id: u32,
        list: &List,
        definition: &Level,
        counts: [Option<u32>; LEVELS],
    ) -> String {
        if definition.format == "bullet" {
            let bullets = definition.text.chars();
            let seen = bullets.map(|bullet| symbol(bullet).unwrap_or('•'));
            return cut(seen.collect(), LONGEST_LABEL);
        }
        let mut label = String::new();
        let mut characters = definition.text.chars().peekable();
        while let Some(character) = characters.next() {
            let digit = characters
                .peek()
                .and_then(|digit| digit.to_digit(10))
                .filter(|digit| *digit > 0);
            let (Some(digit), '%') = (digit, character) else {
                label.push(character);
                continue;
            };
            characters.next();
            let level = digit as usize - 1;
            let format = match self.level(abstract_id, list, level) {
                Some(_) if definition.legal => "decimal",
                Some(level) => &level.format,
                None => "decimal",
            };
            label.push_str(&number(counts[level].unwrap_or(1), format));
            if label.len() > LONGEST_LABEL {
                break;
            }
        }
        cut(label.trim().to_owned(), LONGEST_LABEL)
    }
}

/// Fills [`Numbering`] from its part.
#[derive(Default)]
pub(crate) struct NumberingPart {
    pub(crate) numbering: Numbering,
    current_abstract: Option<(u32, Abstract)>,
    current_list: Option<(u32, List)>,
    current_level: Option<(usize, Level)>,
    override_level: usize,
}

impl Visit for NumberingPart {
    type Space = Space;

    fn space(address: &str) -> Space {
        Space::of(address)
    }

    fn open(&mut self, element: &Element<'_, Space>) -> Result<bool, Failure> {
        if element.space != Space::Word {
            return Ok(true);
        }
        let id = |name: &str| {
            element
                .attribute(name)
                .and_then(|id| id.trim().parse().ok())
                .unwrap_or(0)
        };
        let value = || element.attribute("val").unwrap_or_default();
        match element.name {
            "abstractNum" => {
                self.current_abstract = Some((id("abstractNumId"), Abstract::default()));
            }
            "num" => self.current_list = Some((id("numId"), List::default())),
            "lvl" => self.current_level = Some((id("ilvl") as usize, Level::default())),
            "lvlOverride" => self.override_level = id("ilvl") as usize,
            "startOverride" => {
                if let Some((_, list)) = &mut self.current_list {
                    list.starts
                        .insert(self.override_level, element.number("val").unwrap_or(0));
                }
            }
            "abstractNumId" => {
                if let Some((_, list)) = &mut self.current_list {
                    list.abstract_id = element.number("val").unwrap_or(0);
                }
            }
            "numStyleLink" => {
                if let Some((_, list)) = &mut self.current_abstract {
                    list.style_link = element.attribute("val");
                }
            }
            // Indents and fonts of a level say nothing here, and a font name is no label.
            "pPr" | "rPr" => return Ok(false),
            name => {
                if let Some((_, level)) = &mut self.current_level {
                    match name {
                        "start" => level.start = element.number("val").unwrap_or(0),
                        "numFmt" => level.format = cut(value(), LONGEST_TEMPLATE),
                        "lvlText" => level.text = cut(value(), LONGEST_TEMPLATE),
                        "isLgl" => level.legal = switch(element),
                        "pStyle" => level.style = element.attribute("val"),
                        "lvlRestart" => level.restart = element.number("val"),
                        _ => {}
                    }
                }
            }
        }
        Ok(true)
    }

    fn close(&mut self, space: Space, name: &str) -> Result<(), Failure> {
        if space != Space::Word {
            return Ok(());
        }
        match name {
            "lvl" => {
                let list = self.current_list.as_mut().map(|(_, list)| &mut list.levels);
                let levels = list.or(self
                    .current_abstract
                    .as_mut()
                    .map(|(_, list)| &mut list.levels));
                if let (Some((level, definition)), Some(levels)) =
                    (self.current_level.take(), levels)
                {
                    levels.insert(level, definition);
                }
            }
            "abstractNum" => self
                .numbering
                .abstracts
                .extend(self.current_abstract.take()),
            "num" => self.numbering.lists.extend(self.current_list.take()),
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, _text: &str) {}
}
