//! Whether each criterion has its section, and in which order they stand.

use super::Checks;
use crate::{Section, Status, finding, wit};

impl Checks<'_> {
    /// Whether each criterion has its section (rule `section-found`). Nothing for
    /// a criterion that no document serves, unless somebody wrote about it.
    pub fn section_found(&self) -> Vec<wit::Finding> {
        let mut findings = Vec::new();
        for answer in &self.answers {
            let id = answer.id();
            let sections = answer.sections.len();
            let report = match answer.sections.as_slice() {
                [] => match self.missing(id) {
                    Some(missing) => missing,
                    None => continue,
                },
                [only] if only.mapped_by_people() => {
                    found(format!("AC {id} was mapped to its text by hand."), id)
                }
                [_] => found(format!("AC {id} has a section under its heading."), id),
                _ if has_duplicate(&answer.sections) => finding(
                    "section-found",
                    Status::Look,
                    format!(
                        "AC {id} has {sections} sections. Please look which of them answers it."
                    ),
                )
                .learner(format!(
                    "We found {sections} headings for AC {id}. If that is a slip, keep one of them."
                )),
                _ => found(format!("AC {id} is answered in {sections} places."), id),
            };
            let places = answer.sections.iter().map(|section| section.place());
            findings.push(places.fold(report.criterion(id), wit::Finding::at));
        }
        findings
    }

    /// Whether the sections stand in the unit's order (rule `order`). Nothing
    /// where fewer than two sections have headings.
    pub fn order(&self) -> Vec<wit::Finding> {
        let rank = |id: &str| {
            self.unit
                .criteria()
                .position(|criterion| criterion.id == id)
        };
        let mut seen = 0;
        let mut late = Vec::new();
        for document in self.evidence.documents() {
            let mut furthest: Option<(usize, &str)> = None;
            for section in document
                .sections()
                .filter(|section| !section.mapped_by_people())
            {
                let Some((id, rank)) = section.criterion().and_then(|id| Some((id, rank(id)?)))
                else {
                    continue;
                };
                seen += 1;
                match furthest {
                    Some((before, before_id)) if rank < before => {
                        late.push((id, before_id, section.place()));
                    }
                    _ => furthest = Some((rank, id)),
                }
            }
        }
        if seen < 2 {
            return Vec::new();
        }
        if late.is_empty() {
            return vec![finding(
                "order",
                Status::Found,
                "The sections stand in the unit's order.",
            )];
        }
        let report = |(id, before, place): (&str, &str, wit::Place)| {
            finding("order", Status::Look, format!("AC {id} stands after AC {before}."))
                .criterion(id)
                .learner(format!(
                    "AC {id} comes after AC {before} in your work. You may leave it so; your assessor has been told."
                ))
                .at(place)
        };
        late.into_iter().map(report).collect()
    }

    fn missing(&self, id: &str) -> Option<wit::Finding> {
        let serves = |slot: &&wit::Slot| {
            let for_criterion =
                slot.criteria.is_empty() || slot.criteria.iter().any(|served| served == id);
            slot.kind == "document" && for_criterion
        };
        let slots = self.unit.slots.iter().filter(serves);
        let states: Vec<&str> = slots.map(|slot| self.evidence.state(&slot.id)).collect();
        if states.is_empty() {
            return None;
        }
        if states
            .iter()
            .any(|state| !matches!(*state, "given" | "empty" | "waived"))
        {
            let message = format!(
                "No section for AC {id} was found, and some of the files could not be read. Please look in the files."
            );
            return Some(finding("section-found", Status::Look, message));
        }
        if states.contains(&"waived") {
            let message = format!("AC {id} is shown by other evidence that was agreed.");
            return Some(finding("section-found", Status::NotApplicable, message));
        }
        let missing = finding(
            "section-found",
            Status::NotFound,
            format!("No heading for AC {id} was found. Its text may stand under another heading."),
        )
        .learner(format!(
            "We could not find a heading for AC {id}. If your answer is there, start its heading with “AC {id}”."
        ));
        Some(missing)
    }
}

fn found(message: String, id: &str) -> wit::Finding {
    finding("section-found", Status::Found, message)
        .learner(format!("We found your answer to AC {id}."))
}

/// Several headings for one criterion in one document. Several files, or text
/// that people mapped, are no slip.
fn has_duplicate(sections: &[Section<'_>]) -> bool {
    let mut seen = Vec::new();
    for section in sections
        .iter()
        .filter(|section| !section.mapped_by_people())
    {
        let document = section.document();
        let key = (document.slot(), document.inner().item);
        if seen.contains(&key) {
            return true;
        }
        seen.push(key);
    }
    false
}

#[cfg(test)]
mod tests {
    use crate::checks::Checks;
    use crate::checks::sample::{given, statuses, test_unit};
    use crate::{Evidence, testing};

    #[test]
    fn sections_are_found_missing_or_duplicate() {
        let unit = test_unit();
        let context = testing::context(&unit);
        let evidence = given("AC 1.1 Describe the thing\nIt is.\nAC 1.1 again\nIt was.");
        let findings = Checks::new(Evidence::new(&evidence), &unit, &context).section_found();
        assert_eq!(statuses(&findings), ["1.1 look", "1.2 not-found"]);
        assert_eq!(findings[0].places.len(), 2);
        let learner = findings[1].learner_message.as_deref().unwrap_or("");
        assert!(
            learner.starts_with("We could not find a heading for AC 1.2."),
            "{learner}"
        );
    }

    #[test]
    fn unreadable_and_waived_evidence_is_not_reported_as_missing() {
        let unit = test_unit();
        let context = testing::context(&unit);
        for (state, expected) in [
            ("unreadable", "1.1 look"),
            ("from-a-later-version", "1.1 look"),
            ("waived", "1.1 not-applicable"),
            ("empty", "1.1 not-found"),
        ] {
            let mut evidence = given("");
            evidence.slots[0].state = state.into();
            let findings = Checks::new(Evidence::new(&evidence), &unit, &context).section_found();
            assert_eq!(statuses(&findings)[0], expected, "{state}");
        }
    }

    #[test]
    fn a_criterion_that_no_document_serves_needs_no_section() {
        let mut unit = test_unit();
        unit.slots[0].criteria = vec!["1.1".into()];
        let context = testing::context(&unit);
        for (text, expected) in [
            ("", &["1.1 not-found"][..]),
            (
                "AC 1.2 Identify the parts\nOne.",
                &["1.1 not-found", "1.2 found"],
            ),
        ] {
            let evidence = given(text);
            let findings = Checks::new(Evidence::new(&evidence), &unit, &context).section_found();
            assert_eq!(statuses(&findings), expected, "{text}");
        }
    }

    #[test]
    fn order_is_by_headings_only() {
        let unit = test_unit();
        let context = testing::context(&unit);
        let mut evidence =
            given("AC 1.2 Identify the parts\nOne.\nAC 1.1 Describe the thing\nTwo.");
        assert_eq!(
            statuses(&Checks::new(Evidence::new(&evidence), &unit, &context).order()),
            ["1.1 look"]
        );
        evidence.documents[0].sections[0].found_by = "assessor".into();
        assert!(
            Checks::new(Evidence::new(&evidence), &unit, &context)
                .order()
                .is_empty()
        );
        let evidence = given("AC 1.1 Describe the thing\nTwo.\nAC 1.2 Identify the parts\nOne.");
        assert_eq!(
            statuses(&Checks::new(Evidence::new(&evidence), &unit, &context).order()),
            ["- found"]
        );
    }
}
