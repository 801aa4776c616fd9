//! Numbers and bullets of lists, worked out as the learner sees them.

use std::collections::BTreeMap;

use unit_sdk::reader::numbers::{LONGEST_LABEL, number};
use unit_sdk::reader::symbol;
use unit_sdk::reader::xml::Element;
use unit_sdk::text::cut;

use crate::space::Space;

/// Levels of a list.
const LEVELS: usize = 10;
/// Name under which the numbers of headings are kept; no list can bear it.
const OUTLINE: &str = "";

/// Where a list has got to at each level.
pub(crate) type Counts = [Option<u32>; LEVELS];

/// How lists are numbered, by name.
#[derive(Debug, Default)]
pub(crate) struct ListStyles {
    named: BTreeMap<String, Levels>,
    automatic: BTreeMap<String, Levels>,
    current: Option<(String, Levels)>,
    current_is_automatic: bool,
}

type Levels = BTreeMap<usize, Level>;

#[derive(Debug, Default)]
struct Level {
    /// As [`number`] calls it; none for a bullet.
    format: Option<&'static str>,
    /// What stands before the number; the bullet.
    prefix: String,
    suffix: String,
    /// How many levels the label shows.
    shown: usize,
    start: u32,
}

/// The lists that are open, one in another, and where earlier ones have got to.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    open: Vec<List>,
    counts: Counts,
    outline: Counts,
    id: String,
    by_id: BTreeMap<String, Counts>,
    by_style: BTreeMap<String, Counts>,
}

#[derive(Debug)]
struct List {
    style: Option<String>,
    /// Whether the open item has yet to show its label.
    label_is_due: bool,
    start: Option<u32>,
}

impl ListStyles {
    pub(crate) fn begin_part(&mut self) {
        self.automatic.clear();
    }

    pub(crate) fn open(&mut self, element: &Element<'_, Space>, automatic: bool) {
        let attribute = |name: &str| element.attribute(name).unwrap_or_default();
        match element.name {
            "list-style" => self.current = Some((attribute("name"), Levels::new())),
            "outline-style" => self.current = Some((OUTLINE.to_owned(), Levels::new())),
            _ => {
                let level = element.number("level").unwrap_or(1).max(1) as usize - 1;
                let level = level.min(LEVELS - 1);
                if let (Some((_, levels)), Some(definition)) =
                    (&mut self.current, Level::of(element))
                {
                    levels.insert(level, definition);
                }
            }
        }
        self.current_is_automatic = automatic;
    }

    pub(crate) fn close(&mut self, name: &str) {
        if matches!(name, "list-style" | "outline-style") {
            let styles = if self.current_is_automatic {
                &mut self.automatic
            } else {
                &mut self.named
            };
            styles.extend(self.current.take());
        }
    }

    fn levels(&self, name: &str) -> Option<&Levels> {
        self.automatic.get(name).or_else(|| self.named.get(name))
    }
}

impl Level {
    fn of(element: &Element<'_, Space>) -> Option<Self> {
        let attribute =
            |name: &str| cut(element.attribute(name).unwrap_or_default(), LONGEST_LABEL);
        match element.name {
            "list-level-style-bullet" => {
                let bullet = attribute("bullet-char");
                let seen = bullet.chars().map(|sign| symbol(sign).unwrap_or('•'));
                Some(Self {
                    prefix: seen.collect(),
                    ..Self::default()
                })
            }
            "list-level-style-image" => Some(Self {
                prefix: "•".to_owned(),
                ..Self::default()
            }),
            "list-level-style-number" | "outline-level-style" => Some(Self {
                format: Some(match attribute("num-format").as_str() {
                    "" => "none",
                    "a" => "lowerLetter",
                    "A" => "upperLetter",
                    "i" => "lowerRoman",
                    "I" => "upperRoman",
                    _ => "decimal",
                }),
                prefix: attribute("num-prefix"),
                suffix: attribute("num-suffix"),
                shown: element.number("display-levels").unwrap_or(1).max(1) as usize,
                start: element.number("start-value").unwrap_or(1),
            }),
            _ => None,
        }
    }
}

impl Lists {
    /// A list begins, perhaps inside another.
    pub(crate) fn open_list(&mut self, element: &Element<'_, Space>) {
        let style = element.attribute("style-name");
        if self.open.is_empty() {
            let goes_on = element.attribute("continue-numbering").as_deref() == Some("true");
            let before = match (element.attribute("continue-list"), &style) {
                (Some(id), _) => self.by_id.get(&id),
                (None, Some(style)) if goes_on => self.by_style.get(style),
                _ => None,
            };
            self.counts = before.copied().unwrap_or_default();
            self.id = element.attribute("id").unwrap_or_default();
        }
        self.open.push(List {
            style,
            label_is_due: false,
            start: None,
        });
    }

    /// The innermost list ends.
    pub(crate) fn close_list(&mut self) {
        let Some(list) = self.open.pop() else {
            return;
        };
        if self.open.is_empty() {
            self.by_id.insert(std::mem::take(&mut self.id), self.counts);
            if let Some(style) = list.style {
                self.by_style.insert(style, self.counts);
            }
        }
    }

    /// An item begins; a header of a list is an item without a label.
    pub(crate) fn open_item(&mut self, element: &Element<'_, Space>) {
        if let Some(list) = self.open.last_mut() {
            list.label_is_due = element.name == "list-item";
            list.start = element.number("start-value");
        }
    }

    /// The label of the paragraph that begins now, with its depth from 1, if it
    /// is the first of an item. `list` is the list that its style belongs to.
    pub(crate) fn label(
        &mut self,
        styles: &ListStyles,
        list: Option<String>,
    ) -> Option<(String, u8)> {
        let depth = self.open.len();
        let item = self.open.last_mut().filter(|item| item.label_is_due)?;
        item.label_is_due = false;
        let start = item.start.take();
        let mut named = self.open.iter().rev();
        let style = named.find_map(|list| list.style.clone()).or(list)?;
        let level = (depth - 1).min(LEVELS - 1);
        let label = counted(styles.levels(&style)?, &mut self.counts, level, start)?;
        Some((label, u8::try_from(level + 1).unwrap_or(1)))
    }

    /// The number of a heading of that level from 1, outside of lists.
    pub(crate) fn heading(
        &mut self,
        styles: &ListStyles,
        level: u8,
        start: Option<u32>,
    ) -> Option<String> {
        let level = usize::from(level.max(1) - 1).min(LEVELS - 1);
        counted(styles.levels(OUTLINE)?, &mut self.outline, level, start)
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }
}

/// Counts one item on and gives its label; none where the level shows nothing.
fn counted(
    levels: &Levels,
    counts: &mut Counts,
    level: usize,
    start: Option<u32>,
) -> Option<String> {
    let definition = levels.get(&level)?;
    let Some(_) = definition.format else {
        return Some(definition.prefix.clone());
    };
    counts[level] = Some(match (start, counts[level]) {
        (Some(start), _) => start,
        (None, Some(count)) => count.saturating_add(1),
        (None, None) => definition.start,
    });
    counts[level + 1..].fill(None);
    for (upper, count) in counts[..level].iter_mut().enumerate() {
        count.get_or_insert(levels.get(&upper).map_or(1, |upper| upper.start));
    }
    let first = (level + 1).saturating_sub(definition.shown);
    let numbers: Vec<String> = (first..=level)
        .filter_map(|level| {
            let format = levels
                .get(&level)?
                .format
                .filter(|format| *format != "none")?;
            Some(number(counts[level]?, format))
        })
        .collect();
    let label = format!(
        "{}{}{}",
        definition.prefix,
        numbers.join("."),
        definition.suffix
    );
    let label = cut(label.trim().to_owned(), LONGEST_LABEL);
    (!label.is_empty()).then_some(label)
}
