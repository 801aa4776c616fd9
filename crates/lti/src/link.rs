//! Links between pages (RFC 8288), as platforms really write them.

use reqwest::header::{HeaderMap, LINK};
use url::Url;

/// Where an answer leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Links {
    /// The next page; `None` on the last one.
    pub(crate) next: Option<Url>,
    /// Where changes since this answer can be read.
    pub(crate) differences: Option<Url>,
}

impl Links {
    /// Read are absolute and relative addresses, several links in one or many headers, `rel` with and without
    /// quotes, and what Moodle writes: `&amp;` in addresses and typographic quotes around `rel`.
    pub(crate) fn read(headers: &HeaderMap, base: &Url) -> Self {
        let find = |relation: &str| {
            headers.get_all(LINK).iter().find_map(|value| {
                find_in(&String::from_utf8_lossy(value.as_bytes()), relation, base)
            })
        };
        Self {
            next: find("next"),
            differences: find("differences"),
        }
    }
}

fn find_in(header: &str, relation: &str, base: &Url) -> Option<Url> {
    let mut rest = header;
    while let Some(start) = rest.find('<') {
        let (target, after) = rest[start + 1..].split_once('>')?;
        let (parameters, following) = split_at_comma(after);
        if has_relation(parameters, relation) {
            return base.join(&target.trim().replace("&amp;", "&")).ok();
        }
        rest = following;
    }
    None
}

/// Splits at the first comma outside of quotes, which ends a link.
fn split_at_comma(text: &str) -> (&str, &str) {
    let mut quoted = false;
    for (position, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => return (&text[..position], &text[position + 1..]),
            _ => {}
        }
    }
    (text, "")
}

fn has_relation(parameters: &str, wanted: &str) -> bool {
    parameters.split(';').any(|parameter| {
        let Some((name, value)) = parameter.split_once('=') else {
            return false;
        };
        name.trim().eq_ignore_ascii_case("rel")
            && value
                .trim()
                .trim_matches(['"', '\'', '\u{201c}', '\u{201d}', '\u{2033}'])
                .split_whitespace()
                .any(|relation| relation.eq_ignore_ascii_case(wanted))
    })
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn next_page_is_found_however_the_header_is_written() {
        let base = Url::parse("https://vle.test/a/b?page=1").expect("a valid address");
        let check = |headers: &[&str], expected: Option<&str>| {
            let mut map = HeaderMap::new();
            for header in headers {
                let value = HeaderValue::from_bytes(header.as_bytes()).expect("a valid header");
                map.append(LINK, value);
            }
            let found = Links::read(&map, &base).next;
            assert_eq!(found.as_ref().map(Url::as_str), expected, "{headers:?}");
        };
        check(&[], None);
        check(&[""], None);
        check(
            &["<https://vle.test/m?limit=2&from=2>; rel=\"next\""],
            Some("https://vle.test/m?limit=2&from=2"),
        );
        check(&["</m?p=2>; rel=next"], Some("https://vle.test/m?p=2"));
        check(&["<c?p=2>; rel=next"], Some("https://vle.test/a/c?p=2"));
        check(&["<?p=2>;rel=next"], Some("https://vle.test/a/b?p=2"));
        check(
            &["<https://vle.test/1>; rel=\"first\", <https://vle.test/2>; rel=\"next\""],
            Some("https://vle.test/2"),
        );
        check(
            &[
                "<https://vle.test/1>; rel=\"first\"",
                "<https://vle.test/2>; rel=\"next\"",
            ],
            Some("https://vle.test/2"),
        );
        check(
            &["<https://vle.test/1>; title=\"one, two\"; rel=\"NEXT last\""],
            Some("https://vle.test/1"),
        );
        check(
            &["<https://vle.test/a,b>; rel=\"differences\", <https://vle.test/c,d>; rel='next'"],
            Some("https://vle.test/c,d"),
        );
        check(
            &[
                "<https://vle.test/l?type_id=1&amp;limit=1&amp;from=1>; rel=\u{201c}next\u{201d}, \
               <https://vle.test/l?type_id=1&amp;limit=1&amp;from=7>; rel=\u{201c}last\u{201d}",
            ],
            Some("https://vle.test/l?type_id=1&limit=1&from=1"),
        );
        check(&["<https://vle.test/1>; rel=\"nextpage\""], None);
        check(&["<https://vle.test/1>; title=\"rel=next\""], None);
        check(&["<https://vle.test/1; rel=next"], None);
        check(&["https://vle.test/1; rel=next"], None);
    }

    #[test]
    fn differences_are_found_beside_the_next_page() {
        let base = Url::parse("https://vle.test/a/b?page=1").expect("a valid address");
        let check = |header: &'static str, expected: Option<&str>| {
            let mut map = HeaderMap::new();
            map.append(LINK, HeaderValue::from_static(header));
            let found = Links::read(&map, &base).differences;
            assert_eq!(found.as_ref().map(Url::as_str), expected, "{header}");
        };
        check(
            "<https://vle.test/m?p=2>; rel=\"next\", <https://vle.test/m?since=5>; rel=\"differences\"",
            Some("https://vle.test/m?since=5"),
        );
        check(
            "<?since=5>; rel=differences",
            Some("https://vle.test/a/b?since=5"),
        );
        check("<https://vle.test/m?p=2>; rel=\"next\"", None);
    }
}
