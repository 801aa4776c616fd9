//! Which client a cell or a sentence speaks of. Learners write codes in many
//! ways: `Client A`, `client  a`, `A`, `Clients A and B`, `A & B`, initials.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::lexicon::Text;
use crate::reader::kind;
use crate::text::{Folded, Run, cut, runs};
use crate::{Document, Section};

/// Cells that name nobody, or nobody in particular.
const NOBODY: [&str; 10] = [
    "",
    "na",
    "none",
    "all",
    "allclients",
    "both",
    "group",
    "everyone",
    "various",
    "team",
];
/// A code of at most so many letters and digits is shown with the word before it.
const LETTERS_OF_A_CODE: usize = 3;
/// Bytes of a spelling that still reads like a code or a name.
const LETTERS_OF_A_NAME: usize = 40;
/// Bytes of a goal that has no code, as far as messages show it.
const LETTERS_OF_A_GOAL: usize = 60;
/// Most runs of letters and digits in one code.
const MOST_PARTS: usize = 3;

/// The clients of a submission, in the order of their codes.
#[derive(Debug)]
pub(super) struct Clients {
    list: Vec<Client>,
    /// Place in the list by code.
    by_code: BTreeMap<Vec<String>, usize>,
    /// Whose each goal of the diary is; none where several clients have one of that code.
    owners: BTreeMap<String, Option<usize>>,
    /// Words that stand before a code.
    words: Vec<String>,
    /// The diary's own names of its rows, which look like goals: `D07`.
    references: BTreeSet<String>,
}

#[derive(Debug)]
struct Client {
    /// The code in capitals, parted as runs: `["A"]`, `["SAM", "JONES"]`.
    code: Vec<String>,
    /// As pages show it: `Client A`.
    name: String,
    /// Ways in which the diary spells it.
    spellings: BTreeSet<String>,
}

/// What a section says of one client or goal.
#[derive(Debug, Default)]
pub(super) struct Portion<'a> {
    /// Its sentences.
    pub(super) parts: Vec<(Document<'a>, &'a str)>,
}

impl<'a> Portion<'a> {
    /// The sentences, parted into words for searches.
    pub(super) fn text(&self) -> Text<'a> {
        Text::new(self.parts.iter().map(|(_, part)| *part))
    }
}

impl Clients {
    /// Learns the codes from the diary's cells, row by row, and from texts where
    /// one of the `words` stands before a short code.
    pub(super) fn new<'a>(
        cells: &[&str],
        goals: &[&str],
        references: &[&str],
        texts: impl Iterator<Item = &'a str>,
        words: &[&str],
    ) -> Self {
        let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        let mut spellings: BTreeMap<Vec<String>, BTreeMap<String, usize>> = BTreeMap::new();
        let mut labels: BTreeMap<usize, usize> = BTreeMap::new();
        for cell in cells {
            for (label, code, spelling) in codes_in_cell(cell, &words) {
                *spellings
                    .entry(code)
                    .or_default()
                    .entry(spelling)
                    .or_default() += 1;
                if let Some(label) = label {
                    *labels.entry(label).or_default() += 1;
                }
            }
        }
        for text in texts {
            for (label, code) in codes_in_text(text, &words) {
                spellings.entry(code).or_default();
                *labels.entry(label).or_default() += 1;
            }
        }
        // The commonest word, and the first of the list among equals.
        let label = labels
            .into_iter()
            .max_by_key(|(word, times)| (*times, usize::MAX - *word));
        let label = words
            .get(label.map_or(0, |(word, _)| word))
            .map_or("client", String::as_str);
        let label: String = label[..1].to_uppercase() + &label[1..];
        let mut list: Vec<Client> = spellings
            .into_iter()
            .map(|(code, spellings)| Client {
                name: shown_name(&code, &spellings, &label),
                code,
                spellings: spellings.into_keys().collect(),
            })
            .collect();
        list.sort_by_cached_key(|client| {
            let number: Option<u64> = client.code[0].parse().ok();
            (number.is_none(), number, client.code.clone())
        });
        let references = references
            .iter()
            .map(|name| Folded::new(name).as_str().to_owned());
        let codes = list.iter().enumerate();
        let by_code = codes
            .map(|(at, client)| (client.code.clone(), at))
            .collect();
        let mut clients = Self {
            list,
            by_code,
            owners: BTreeMap::new(),
            words,
            references: references.collect(),
        };
        for (cell, goals) in cells.iter().zip(goals) {
            if let [client] = clients.in_cell(cell)[..] {
                for goal in runs(goals).into_iter().filter(is_goal_code) {
                    let owner = clients.owners.entry(goal.text.to_owned());
                    owner
                        .and_modify(|owner| *owner = owner.filter(|owner| *owner == client))
                        .or_insert(Some(client));
                }
            }
        }
        clients
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// As pages show the client: `Client A`.
    pub(super) fn name(&self, client: usize) -> &str {
        &self.list[client].name
    }

    /// The ways in which the diary spells the client.
    pub(super) fn spellings(&self, client: usize) -> Vec<&str> {
        self.list[client]
            .spellings
            .iter()
            .map(String::as_str)
            .collect()
    }

    /// Whether the code reads like somebody's name rather than a code.
    pub(super) fn looks_like_a_name(&self, client: usize) -> bool {
        let code = &self.list[client].code;
        let letters = |part: &String| part.chars().all(char::is_alphabetic);
        code.iter().all(letters)
            && code
                .iter()
                .any(|part| part.chars().count() > LETTERS_OF_A_CODE)
    }

    /// The clients that a diary's cell names, each once.
    pub(super) fn in_cell(&self, cell: &str) -> Vec<usize> {
        let codes = codes_in_cell(cell, &self.words);
        let mut found: Vec<usize> = codes
            .into_iter()
            .filter_map(|(_, code, _)| self.by_code(&code))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The clients that a text names, each once: by code, with or without a word
    /// before it, or by the code of a goal that is theirs alone.
    pub(super) fn in_text(&self, text: &str) -> Vec<usize> {
        let runs = runs(text);
        let mut found = Vec::new();
        let mut at = 0;
        while at < runs.len() {
            if self.is_label(runs[at].text) {
                let (clients, used) = self.list_at(&runs[at + 1..]);
                found.extend(clients);
                at += 1 + used;
                continue;
            }
            if runs[at].text.starts_with(char::is_uppercase)
                && let Some((client, used)) = self.code_at(&runs[at..])
                && is_surely_a_code(text, &runs, at, used)
            {
                found.push(client);
                at += used;
                continue;
            }
            found.extend(self.of_goal(&runs[at]));
            at += 1;
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The goals that a text names by code: those of the diary, and others that
    /// begin with a client's code.
    pub(super) fn goals_in_text(&self, text: &str) -> Vec<String> {
        let codes = runs(text)
            .into_iter()
            .filter(|run| self.goal_client(run).is_some());
        let mut codes: Vec<String> = codes.map(|run| run.text.to_owned()).collect();
        codes.dedup();
        codes
    }

    /// The client whose goal this is.
    pub(super) fn client_of_goal(&self, goal: &str) -> Option<usize> {
        self.goal_client(runs(goal).first()?)
    }

    /// The goals of a diary's cell: their codes, else the whole text.
    pub(super) fn goals_in(cell: &str) -> Vec<String> {
        let codes = runs(cell).into_iter().filter(is_goal_code);
        let codes: Vec<String> = codes.map(|run| run.text.to_owned()).collect();
        if codes.is_empty() && !cell.trim().is_empty() {
            return vec![cut(cell.trim().to_owned(), LETTERS_OF_A_GOAL)];
        }
        codes
    }

    /// Parts the sections by client, sentence by sentence: a sentence that names
    /// nobody goes on about those of the sentence before, until a heading.
    pub(super) fn portions<'a>(&self, sections: &[Section<'a>]) -> BTreeMap<usize, Portion<'a>> {
        portions_by(sections, |sentence| self.in_text(sentence))
    }

    /// The same by the codes of goals.
    pub(super) fn portions_of_goals<'a>(
        &self,
        sections: &[Section<'a>],
    ) -> BTreeMap<String, Portion<'a>> {
        portions_by(sections, |sentence| self.goals_in_text(sentence))
    }

    fn by_code(&self, code: &[String]) -> Option<usize> {
        self.by_code.get(code).copied()
    }

    fn is_label(&self, word: &str) -> bool {
        label_of(word, &self.words).is_some()
    }

    /// A client's code at the beginning of the runs, the longest that fits.
    fn code_at(&self, runs: &[Run<'_>]) -> Option<(usize, usize)> {
        (1..=MOST_PARTS.min(runs.len())).rev().find_map(|parts| {
            let code: Vec<String> = runs[..parts]
                .iter()
                .map(|run| run.text.to_uppercase())
                .collect();
            Some((self.by_code(&code)?, parts))
        })
    }

    /// `A`, `A, B and C`, `A and Client B`: the clients, and how many runs they take.
    fn list_at(&self, runs: &[Run<'_>]) -> (Vec<usize>, usize) {
        let (mut found, mut at) = (Vec::new(), 0);
        while let Some((client, used)) = runs.get(at..).and_then(|rest| self.code_at(rest)) {
            if at == 0
                && !runs[0]
                    .before
                    .chars()
                    .all(|c| c.is_whitespace() || c == '-')
            {
                break;
            }
            // After the first, an ordinary word may follow a comma: `Client A, a planner`.
            if at > 0 && !is_upper(runs[at].text) {
                break;
            }
            found.push(client);
            at += used;
            let joined = runs.get(at).is_some_and(|next| {
                next.text == "and" || matches!(next.before.trim(), "," | "&" | "/" | "+")
            });
            if !joined {
                break;
            }
            let and = usize::from(runs[at].text == "and");
            let label = runs
                .get(at + and)
                .is_some_and(|next| self.is_label(next.text));
            let next = at + and + usize::from(label);
            if runs
                .get(next..)
                .and_then(|rest| self.code_at(rest))
                .is_none()
            {
                break;
            }
            at = next;
        }
        (found, at)
    }

    fn of_goal(&self, run: &Run<'_>) -> Option<usize> {
        self.owners.get(run.text).copied().flatten()
    }

    fn goal_client(&self, run: &Run<'_>) -> Option<usize> {
        if let Some(owner) = self.of_goal(run) {
            return Some(owner);
        }
        let is_row = self.references.contains(Folded::new(run.text).as_str());
        if !is_goal_code(run) || is_row || run.before.ends_with('-') {
            return None;
        }
        let letters = run.text.trim_end_matches(|c: char| c.is_ascii_digit());
        self.by_code(&[letters.to_owned()])
    }
}

/// Parts sections by keys that their sentences name.
fn portions_by<'a, K: Ord + Clone>(
    sections: &[Section<'a>],
    keys_in: impl Fn(&str) -> Vec<K>,
) -> BTreeMap<K, Portion<'a>> {
    let mut portions: BTreeMap<K, Portion<'a>> = BTreeMap::new();
    for section in sections {
        let blocks: Vec<_> = section.blocks().collect();
        let text = Text::new(blocks.iter().map(|block| block.text()));
        let mut current = Vec::new();
        for sentence in 0..text.sentences() {
            let words = text.words_of(sentence);
            let heading = blocks[text.piece(words.start)].kind() == kind::HEADING;
            let part = text.part(words);
            let keys = keys_in(part);
            if !keys.is_empty() || heading {
                current = keys;
            }
            for key in &current {
                let portion = portions.entry(key.clone()).or_default();
                portion.parts.push((section.document(), part));
            }
        }
    }
    portions
}

/// The codes of a cell: which word stood before, the code in capitals, and how it was spelled.
fn codes_in_cell(cell: &str, words: &[String]) -> Vec<(Option<usize>, Vec<String>, String)> {
    if NOBODY.contains(&Folded::new(cell).as_str()) {
        return Vec::new();
    }
    // What stands in brackets says more about the client and is no code.
    let cell: String = cell
        .split('(')
        .map(|part| part.split_once(')').map_or(part, |(_, after)| after))
        .collect();
    let pieces = cell.split([',', ';', '/', '&', '+', '\u{2028}']);
    let pieces = pieces.flat_map(|piece| split_at_word(piece, "and"));
    let mut codes = Vec::new();
    for piece in pieces {
        let runs = runs(piece);
        let label = runs.first().and_then(|first| label_of(first.text, words));
        let rest = &runs[usize::from(label.is_some())..];
        let code: Vec<String> = rest
            .iter()
            .take(MOST_PARTS)
            .map(|run| run.text.to_uppercase())
            .collect();
        if !code.is_empty() {
            let spelling = piece.split_whitespace().collect::<Vec<_>>().join(" ");
            codes.push((label, code, spelling));
        }
    }
    codes
}

/// Short codes after a word such as `client`: one or two capitals or digits.
fn codes_in_text(text: &str, words: &[String]) -> Vec<(usize, Vec<String>)> {
    let runs = runs(text);
    let follows = |pair: &[Run<'_>]| {
        let label = label_of(pair[0].text, words)?;
        let code = pair[1].text;
        let short = code.chars().count() <= 2 && code != "I";
        let capital = code.chars().all(|c| c.is_uppercase() || c.is_ascii_digit());
        let joined = pair[1].before.trim().is_empty() && !pair[1].before.contains('\n');
        (short && capital && joined).then(|| (label, vec![code.to_owned()]))
    };
    runs.windows(2).filter_map(follows).collect()
}

/// Which of the words this is, in the singular or plural.
fn label_of(word: &str, words: &[String]) -> Option<usize> {
    let singular = word.strip_suffix(['s', 'S']).unwrap_or(word);
    words
        .iter()
        .position(|known| known.eq_ignore_ascii_case(word) || known.eq_ignore_ascii_case(singular))
}

fn split_at_word<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for run in runs(text) {
        if run.text.eq_ignore_ascii_case(word) {
            pieces.push(&text[from..run.start]);
            from = run.end();
        }
    }
    pieces.push(&text[from..]);
    pieces
}

fn shown_name(code: &[String], spellings: &BTreeMap<String, usize>, label: &str) -> String {
    let written = code.join(" ");
    if written.chars().count() <= LETTERS_OF_A_CODE {
        return format!("{label} {written}");
    }
    // The commonest spelling, and the first in the alphabet among equals.
    let short = spellings
        .iter()
        .filter(|(spelling, _)| spelling.len() <= LETTERS_OF_A_NAME);
    let commonest = short.rev().max_by_key(|(_, times)| **times);
    commonest.map_or_else(
        || cut(written, LETTERS_OF_A_NAME),
        |(spelling, _)| spelling.clone(),
    )
}

/// `A1`, `JS12`: letters and then a number.
fn is_goal_code(run: &Run<'_>) -> bool {
    let digits = run
        .text
        .trim_start_matches(|c: char| c.is_ascii_uppercase());
    let letters = run.text.len() - digits.len();
    (1..=3).contains(&letters)
        && (1..=2).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_upper(text: &str) -> bool {
    text.chars().all(|c| c.is_uppercase() || c.is_ascii_digit())
}

/// Whether the runs from `at`, which begin with a capital, are a code where no
/// word such as `client` stands before them. A single letter may be an article,
/// a pronoun or a list mark.
fn is_surely_a_code(text: &str, runs: &[Run<'_>], at: usize, used: usize) -> bool {
    let code = &text[Range {
        start: runs[at].start,
        end: runs[at + used - 1].end(),
    }];
    if code.chars().count() > 1 {
        return true;
    }
    let before = runs[at].before;
    let next = runs.get(at + 1);
    let begins = at == 0 || before.contains(['.', '!', '?', ':', ';', '…', '\u{2028}']);
    let marks_a_list = begins && next.is_some_and(|next| next.before.starts_with(['.', ')']));
    let shouted = next.is_some_and(|next| next.text.len() > 1 && is_upper(next.text));
    // `F-A1` is parted into `F` and `A1`.
    let joined = next.is_some_and(|next| next.before == "-") || before == "-";
    let is_a_word = code == "I" || (code == "A" && begins);
    !(is_a_word || marks_a_list || shouted || joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 2] = ["client", "mentee"];

    fn clients(cells: &[&str], texts: &[&str]) -> Clients {
        let goals = vec![""; cells.len()];
        Clients::new(cells, &goals, &[], texts.iter().copied(), &WORDS)
    }

    fn names(clients: &Clients) -> Vec<&str> {
        (0..clients.len())
            .map(|client| clients.name(client))
            .collect()
    }

    #[test]
    fn spellings_of_one_code_are_one_client() {
        let clients = clients(
            &[
                "Client A",
                "client a",
                "Client  A",
                "A",
                "A (video)",
                "Mentee B",
                "-",
                "n/a",
                "",
            ],
            &[],
        );
        assert_eq!(names(&clients), ["Client A", "Client B"]);
        assert_eq!(clients.spellings(0).len(), 3);
        assert_eq!(clients.in_cell("CLIENT A"), [0]);
        assert_eq!(clients.in_cell("Clients A and B"), [0, 1]);
        assert_eq!(clients.in_cell("B & A"), [0, 1]);
        assert_eq!(clients.in_cell("n/a"), [0_usize; 0]);
    }

    #[test]
    fn names_stand_in_the_order_of_their_numbers() {
        let clients = clients(
            &["Mentee 10", "Mentee 2", "Mentee JS", "Sam Jones"],
            &["client C"],
        );
        assert_eq!(
            names(&clients),
            [
                "Mentee 2",
                "Mentee 10",
                "Mentee C",
                "Mentee JS",
                "Sam Jones"
            ]
        );
        assert!(clients.looks_like_a_name(4) && !clients.looks_like_a_name(3));
    }

    #[test]
    fn texts_name_clients_in_many_ways() {
        let clients = Clients::new(
            &["Client A", "Client B", "Client C", "JS"],
            &["A1, A2", "B1", "C1", ""],
            &["C07"],
            [].into_iter(),
            &WORDS,
        );
        let found = |text: &str| {
            let found: Vec<&str> = clients
                .in_text(text)
                .into_iter()
                .map(|client| clients.name(client))
                .collect();
            found.join(", ")
        };
        for (text, expected) in [
            (
                "I met Client A, Client B and Client C.",
                "Client A, Client B, Client C",
            ),
            (
                "The contract with clients A, B and C",
                "Client A, Client B, Client C",
            ),
            ("Client A’s plan; A had two goals", "Client A"),
            ("because A practised with B.", "Client A, Client B"),
            ("A plan is a plan", ""),
            ("I was late. A was not.", ""),
            ("B learns by doing", "Client B"),
            ("B. Second point", ""),
            ("THIS IS A PLAN FOR ALL", ""),
            ("C1 to be agreed", "Client C"),
            ("See C07 in the diary", ""),
            ("JS and I", "Client JS"),
            ("client confidentiality", ""),
            ("form F-A1 came back", "Client A"),
            ("Client A, a planner", "Client A"),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
        assert_eq!(
            clients.goals_in_text("A1, B1, C2 and C07, F-B3"),
            ["A1", "B1", "C2"]
        );
    }
}
