//! What was added to pages: comments, texts typed onto them, filled-in forms.

use std::collections::HashSet;

use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, Name, Object, Rect, String as PdfString};
use hayro_syntax::page::Page;
use unit_sdk::reader::wit::Failure;

use crate::limits::{Limits, text_string};

/// Most annotations of a page that are looked at.
const MOST: usize = 5_000;
/// A form's field inherits from so many levels of groups at most.
const MOST_LEVELS: usize = 16;

/// A text that was added to a page.
#[derive(Debug)]
pub(crate) struct Added {
    pub(crate) what: What,
    pub(crate) text: String,
    /// Left, bottom, right and top, in points.
    pub(crate) place: [f32; 4],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A comment, as reviewers add them.
    Comment,
    /// A text that stands on the page.
    FreeText,
    /// The value of a form's field.
    Field,
}

/// The texts added to a page, in the file's order.
pub(crate) fn added(page: &Page<'_>, limits: &mut Limits) -> Result<Vec<Added>, Failure> {
    let mut added = Vec::new();
    let mut known = HashSet::new();
    let annotations = page.raw().get::<Array<'_>>("Annots");
    for annotation in annotations
        .iter()
        .flat_map(Array::iter::<Dict<'_>>)
        .take(MOST)
    {
        let what = match annotation.get::<Name<'_>>("Subtype").as_deref() {
            Some(b"Widget") => What::Field,
            Some(b"FreeText") => What::FreeText,
            Some(b"Link" | b"Popup") | None => continue,
            Some(_) => What::Comment,
        };
        let text = match what {
            What::Field => value(&annotation, &mut known),
            What::Comment | What::FreeText => annotation
                .get::<PdfString<'_>>("Contents")
                .map(|text| text_string(&text)),
        };
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
            continue;
        };
        limits.text(text.len())?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a page is a few thousand points wide"
        )]
        let narrow = |value: f64| value as f32;
        let place = annotation.get::<Rect>("Rect").unwrap_or(Rect::ZERO);
        added.push(Added {
            what,
            text,
            place: [place.x0, place.y0, place.x1, place.y1].map(narrow),
        });
    }
    Ok(added)
}

/// What was typed or chosen in a field, once where it stands in several places.
fn value(field: &Dict<'_>, known: &mut HashSet<*const u8>) -> Option<String> {
    let mut chain = vec![field.clone()];
    while let Some(parent) = chain.last()?.get::<Dict<'_>>("Parent") {
        if chain.len() >= MOST_LEVELS {
            break;
        }
        chain.push(parent);
    }
    let kind = chain.iter().find_map(|dict| dict.get::<Name<'_>>("FT"))?;
    if !matches!(&*kind, b"Tx" | b"Ch") {
        return None;
    }
    let holder = chain.iter().find(|dict| dict.contains_key("V"))?;
    if !known.insert(holder.data().as_ptr()) {
        return None;
    }
    match holder.get::<Object<'_>>("V")? {
        Object::String(text) => Some(text_string(&text)),
        Object::Array(chosen) => {
            let texts: Vec<String> = chosen
                .iter::<PdfString<'_>>()
                .map(|text| text_string(&text))
                .collect();
            Some(texts.join(", "))
        }
        _ => None,
    }
}

/// Whether the file is a form whose pages only Adobe's own programs can show.
pub(crate) fn is_dynamic_form(pdf: &Pdf) -> bool {
    let catalog = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    catalog
        .and_then(|catalog| catalog.get::<Dict<'_>>("AcroForm"))
        .is_some_and(|form| form.contains_key("XFA"))
}
