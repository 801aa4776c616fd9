//! How text looks: by its element, the page's simple style rules, and the
//! element's own style.

use std::collections::BTreeMap;

use unit_sdk::reader::style;

use crate::tree::Element;

/// Size where nothing sets one, in half points.
const STANDARD_SIZE: u32 = 24;
/// Most style rules that are kept.
const MOST_RULES: usize = 5_000;
/// Sizes of headings in per cent of the text around, as browsers have them.
const HEADING_SIZES: [u32; 6] = [200, 150, 117, 100, 83, 67];
/// What `size` of an element `font` stands for, in half points.
const FONT_SIZES: [u32; 7] = [15, 20, 24, 27, 36, 48, 72];

/// How text looks where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Looks {
    /// See [`style`].
    pub(crate) bits: u8,
    /// In half points.
    pub(crate) size: u32,
    pub(crate) hidden: bool,
    /// White space and line breaks stand as they are.
    pub(crate) preformatted: bool,
}

impl Default for Looks {
    fn default() -> Self {
        Self {
            bits: 0,
            size: STANDARD_SIZE,
            hidden: false,
            preformatted: false,
        }
    }
}

/// The rules of a page that name an element, a class, or both.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    by_selector: BTreeMap<String, String>,
}

impl Rules {
    /// Takes in the text of an element `style`. Rules for elements within
    /// elements, and for certain devices, say nothing certain about looks.
    pub(crate) fn add(&mut self, text: &str) {
        let mut rest = text;
        while let Some((selectors, behind)) = rest.split_once('{') {
            let Some((declarations, behind)) = behind.split_once('}') else {
                return;
            };
            rest = behind;
            let selectors = selectors.rsplit([';', '>', '/', '}']).next();
            for selector in selectors.unwrap_or_default().split(',') {
                let selector = selector.trim().to_lowercase();
                let is_simple = !selector.is_empty()
                    && !selector
                        .contains(|sign: char| sign.is_whitespace() || ":@#[*+~".contains(sign));
                if is_simple && self.by_selector.len() < MOST_RULES {
                    let known = self.by_selector.entry(selector).or_default();
                    known.push_str(declarations);
                    known.push(';');
                }
            }
        }
    }

    /// How text looks in an element that stands among text of these looks.
    pub(crate) fn within(&self, around: Looks, element: &Element) -> Looks {
        let name = &*element.name;
        let mut looks = around;
        looks.by_name(name, element);
        self.apply(name, &mut looks);
        for class in element
            .attribute("class")
            .unwrap_or_default()
            .split_whitespace()
            .map(str::to_lowercase)
        {
            self.apply(&format!(".{class}"), &mut looks);
            self.apply(&format!("{name}.{class}"), &mut looks);
        }
        looks.by_declarations(element.attribute("style").unwrap_or_default(), around);
        looks.hidden |= element.attribute("hidden").is_some();
        looks
    }

    fn apply(&self, selector: &str, looks: &mut Looks) {
        if let Some(declarations) = self.by_selector.get(selector) {
            let around = *looks;
            looks.by_declarations(declarations, around);
        }
    }
}

impl Looks {
    fn switch(&mut self, bit: u8, is_on: bool) {
        self.bits = if is_on {
            self.bits | bit
        } else {
            self.bits & !bit
        };
    }

    fn by_name(&mut self, name: &str, element: &Element) {
        match name {
            "b" | "strong" | "th" => self.bits |= style::BOLD,
            "i" | "em" | "cite" | "dfn" | "var" | "address" => self.bits |= style::ITALIC,
            "u" | "ins" => self.bits |= style::UNDERLINED,
            "s" | "strike" => self.bits |= style::STRUCK,
            "big" => self.size = self.size * 6 / 5,
            "small" => self.size = self.size * 5 / 6,
            "pre" | "textarea" => self.preformatted = true,
            "font" => {
                let size = element.attribute("size").and_then(|size| size.parse().ok());
                if let Some(size) =
                    size.and_then(|size: usize| FONT_SIZES.get(size.wrapping_sub(1)))
                {
                    self.size = *size;
                }
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.bits |= style::BOLD;
                let level = usize::from(name.as_bytes()[1] - b'1');
                self.size = self.size.saturating_mul(HEADING_SIZES[level]) / 100;
            }
            _ => {}
        }
    }

    fn by_declarations(&mut self, declarations: &str, around: Self) {
        for declaration in declarations.split(';') {
            let Some((name, value)) = declaration.split_once(':') else {
                continue;
            };
            let value = value
                .trim()
                .trim_end_matches("!important")
                .trim()
                .to_lowercase();
            match name.trim().to_lowercase().as_str() {
                "font-weight" => {
                    let heavy = value.parse().is_ok_and(|weight: u32| weight >= 600);
                    self.switch(style::BOLD, heavy || value.starts_with("bold"));
                }
                "font-style" => self.switch(style::ITALIC, value == "italic" || value == "oblique"),
                "text-decoration" | "text-decoration-line" => {
                    self.switch(style::UNDERLINED, value.contains("underline"));
                    self.switch(style::STRUCK, value.contains("line-through"));
                }
                "text-transform" => self.switch(style::CAPITALS, value == "uppercase"),
                "font-size" => self.size = size_of(&value, around.size).unwrap_or(self.size),
                "display" => self.hidden |= value == "none",
                "visibility" => self.hidden = value == "hidden" || value == "collapse",
                "mso-hide" => self.hidden |= value == "all",
                "white-space" => self.preformatted = value.starts_with("pre"),
                _ => {}
            }
        }
    }
}

/// A size in half points; those in em and per cent are of the size around.
fn size_of(value: &str, around: u32) -> Option<u32> {
    let unit = value.find(|sign: char| !sign.is_ascii_digit() && sign != '.')?;
    let (number, unit) = value.split_at(unit);
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digit = |at: usize| {
        part.as_bytes()
            .get(at)
            .map_or(0, |digit| u32::from(digit - b'0'))
    };
    let hundredths =
        whole.parse::<u32>().ok().filter(|whole| *whole < 10_000)? * 100 + digit(0) * 10 + digit(1);
    Some(match unit.trim() {
        "pt" => (hundredths + 25) / 50,
        "px" => hundredths * 3 / 200,
        "em" | "rem" => around.saturating_mul(hundredths) / 100,
        "%" => around.saturating_mul(hundredths) / 10_000,
        _ => return None,
    })
}
