//! Running the checks that the data names, in their order.

use unit_sdk::checks::{
    Artefacts, Checks, ClientDocuments, ClientFeedback, ClientReflection, ClientTools, CueRule,
    Diary, HeaderField, HoursRule, ListRule, Model, ModelRule, NamedTechniques, PairRule,
    PersonalRule, SupervisionRule, TechniqueRule,
};
use unit_sdk::{Evidence, Status, finding, wit};

use crate::data::{AnsweredBy, Check, Component, Header, Models, UnitData, lend};

impl UnitData<'_> {
    /// The findings about the evidence, in the order of the checks.
    pub fn check(
        &self,
        evidence: Evidence<'_>,
        context: &wit::Context,
        previous: Option<&wit::Attempt>,
    ) -> Vec<wit::Finding> {
        let checks = Checks::new(evidence, &self.unit, context);
        let rule = self.diary.as_ref();
        let diary = rule.map(|rule| Diary::new(evidence, &self.unit, context, rule.lend()));
        let artefacts = diary.as_ref().map(|diary| self.artefacts(diary));
        let artefacts = artefacts.unwrap_or_default();

        let mut findings = Vec::new();
        for check in &self.checks {
            match check {
                Check::SectionFound { answered_by } => findings.extend(sections(
                    checks.section_found(),
                    evidence,
                    answered_by.as_ref(),
                )),
                Check::Changes => findings.extend(checks.changes(previous)),
                Check::Order => findings.extend(checks.order()),
                Check::SectionWords => findings.extend(checks.section_words()),
                Check::TotalWords => findings.extend(checks.total_words()),
                Check::SectionEmpty { least, except } => {
                    let empty = checks.section_empty(least).into_iter();
                    findings.extend(empty.filter(|found| !is_about(found, except)));
                }
                Check::LeftOverPrompts => findings.extend(checks.left_over_prompts()),
                Check::MerelyListed {
                    share,
                    short_line,
                    long_item,
                } => findings.extend(checks.merely_listed(ListRule {
                    share,
                    short_line,
                    long_item,
                })),
                Check::Component(component) => findings.extend(one(&checks, component)),
                Check::Models(rule) => findings.extend(models(&checks, rule)),
                Check::Pairs(rule) => findings.extend(checks.pairs(&PairRule {
                    id: rule.id,
                    criterion: rule.criterion,
                    first: rule.first.lend(),
                    first_many: rule.first_many,
                    second: rule.second.lend(),
                    within: &rule.within,
                    least: &rule.least,
                    source: rule.source,
                    advice: rule.advice,
                })),
                Check::Cues(rule) => findings.extend(checks.cues(&CueRule {
                    id: rule.id,
                    verbs: &rule.verbs,
                    what: rule.what,
                    terms: &rule.terms,
                    least: &rule.least,
                    advice: rule.advice,
                })),
                Check::PersonalData {
                    titles,
                    given_names,
                    roles,
                    no_names,
                    authors,
                } => findings.extend(checks.personal_data(&PersonalRule {
                    titles,
                    given_names,
                    roles,
                    no_names,
                    authors,
                })),
                Check::RepeatedPassages { least_words } => {
                    findings.extend(checks.repeated_passages(least_words));
                }
                Check::References => findings.extend(checks.references()),
                Check::HeaderFields { fields, source } => {
                    let fields: Vec<HeaderField<'_>> = fields.iter().map(Header::lend).collect();
                    findings.extend(checks.header_fields(&fields, source));
                }
                Check::Hours(rule) => findings.push(checks.hours(&HoursRule {
                    rule: rule.rule,
                    criterion: rule.criterion,
                    slot: &rule.slot,
                    field: rule.field,
                    setting: &rule.setting,
                    table: rule.table,
                })),
                Check::Declaration { slot } => findings.extend(checks.declaration(slot)),
                Check::GoalsInDiary => {
                    let goals = self.checks.iter().find_map(|check| match check {
                        Check::ClientGoals(rule) => Some(rule.lend()),
                        _ => None,
                    });
                    let diary = diary.as_ref().zip(goals);
                    findings.extend(diary.and_then(|(diary, goals)| diary.goals_in_diary(&goals)));
                }
                of_practice => {
                    if let Some(diary) = &diary {
                        practice(diary, of_practice, &artefacts, &mut findings);
                    }
                }
            }
        }
        findings
    }

    /// What there is for each client, by rule: the matrix shows it before the
    /// findings are due.
    fn artefacts<'s>(&'s self, diary: &Diary<'_>) -> Vec<(&'s str, Artefacts)> {
        let found = |check: &'s Check<'_>| {
            Some(match check {
                Check::ClientDocuments(rule) => (
                    rule.rule,
                    diary.client_documents(&ClientDocuments {
                        rule: rule.rule,
                        criterion: rule.criterion,
                        what: rule.what,
                        essential: &lend(&rule.essential),
                        further: &lend(&rule.further),
                        enough: &rule.enough,
                        dated_by: &rule.dated_by,
                        pending: &rule.pending,
                    }),
                ),
                Check::ClientGoals(rule) => (rule.rule, diary.client_goals(&rule.lend())),
                Check::ClientTools(rule) => (
                    rule.rule,
                    diary.client_tools(&ClientTools {
                        rule: rule.rule,
                        criterion: rule.criterion,
                        tools: &lend(&rule.tools),
                        reasons: &rule.reasons,
                        baseline_sessions: &rule.baseline_sessions,
                    }),
                ),
                Check::ClientFeedback(rule) => (
                    rule.rule,
                    diary.client_feedback(&ClientFeedback {
                        rule: rule.rule,
                        others_rule: rule.others_rule,
                        rows_rule: rule.rows_rule,
                        criterion: rule.criterion,
                        methods: &rule.methods,
                        none: &rule.none,
                        in_rows: &rule.in_rows,
                        others: &lend(&rule.others),
                        required_from: rule.required_from,
                        required_others: &rule.required_others,
                    }),
                ),
                Check::ClientReflection(rule) => (
                    rule.rule,
                    diary.client_reflection(&ClientReflection {
                        rule: rule.rule,
                        criteria: &rule.criteria,
                        least_clients: &rule.least_clients,
                    }),
                ),
                _ => return None,
            })
        };
        self.checks.iter().filter_map(found).collect()
    }
}

/// The checks that read the diary.
fn practice(
    diary: &Diary<'_>,
    check: &Check<'_>,
    artefacts: &[(&str, Artefacts)],
    findings: &mut Vec<wit::Finding>,
) {
    let of = |wanted: &str| {
        let mut all = artefacts.iter();
        all.find(|(rule, _)| *rule == wanted)
            .map(|(_, found)| found)
    };
    match check {
        Check::ClientMatrix { columns } => {
            let columns: Vec<(&str, &Artefacts)> = columns
                .iter()
                .filter_map(|(title, rule)| Some((*title, of(rule)?)))
                .collect();
            findings.extend(diary.client_matrix(&columns));
        }
        Check::ClientCodes => findings.extend(diary.client_codes()),
        Check::PracticeHours => findings.push(diary.practice_hours()),
        Check::PracticeClients => findings.push(diary.practice_clients()),
        Check::Oddities => findings.extend(diary.oddities()),
        Check::SessionsBefore { documents } => {
            findings.extend(of(documents).and_then(|found| diary.sessions_before(found)));
        }
        Check::HoursClaimed { criterion } => findings.extend(diary.hours_claimed(criterion)),
        Check::Records => findings.extend(diary.records()),
        Check::Technique(rule) => findings.push(diary.technique(&TechniqueRule {
            rule: rule.rule,
            criterion: rule.criterion,
            technique: rule.technique.lend(),
            examples: &rule.examples,
        })),
        Check::NamedTechniques(rule) => {
            findings.push(diary.named_techniques(&NamedTechniques {
                rule: rule.rule,
                criterion: rule.criterion,
                models: &lend(&rule.models),
            }));
        }
        Check::SupervisionUsed(rule) => {
            findings.push(diary.supervision_used(&SupervisionRule {
                rule: rule.rule,
                criterion: rule.criterion,
                challenged: &rule.challenged,
                changed: &rule.changed,
                supervision: &rule.supervision,
                least_records: &rule.least_records,
                least_minutes: &rule.least_minutes,
            }));
        }
        Check::ClientDocuments(rule) => findings.extend(of(rule.rule).map(all).unwrap_or_default()),
        Check::ClientGoals(rule) => findings.extend(of(rule.rule).map(all).unwrap_or_default()),
        Check::ClientTools(rule) => findings.extend(of(rule.rule).map(all).unwrap_or_default()),
        Check::ClientFeedback(rule) => findings.extend(of(rule.rule).map(all).unwrap_or_default()),
        Check::ClientReflection(rule) => {
            findings.extend(of(rule.rule).map(all).unwrap_or_default());
        }
        _ => {}
    }
}

fn all(found: &Artefacts) -> Vec<wit::Finding> {
    found.findings.clone()
}

fn one(checks: &Checks<'_>, component: &Component<'_>) -> Vec<wit::Finding> {
    let mut found =
        component.lend(|lent| checks.components(std::slice::from_ref(lent), &component.within));
    if component.for_information {
        for found in &mut found {
            if found.status == Status::NotFound.code() {
                found.status = Status::Info.code().into();
            }
        }
    }
    found
}

fn models(checks: &Checks<'_>, rule: &Models<'_>) -> Vec<wit::Finding> {
    let stages: Vec<_> = rule
        .models
        .iter()
        .map(|model| lend(&model.stages))
        .collect();
    let models: Vec<Model<'_>> = rule
        .models
        .iter()
        .zip(&stages)
        .map(|(model, stages)| Model {
            name: model.name.lend(),
            stages,
        })
        .collect();
    checks.models(&ModelRule {
        named: rule.named,
        stages: rule.stages,
        criterion: rule.criterion,
        models: &models,
        other: rule.other.lend(),
        least: &rule.least,
        source: rule.source,
        name_advice: rule.name_advice,
        stages_advice: rule.stages_advice,
    })
}

/// A section that is missing is no gap where a slot with rows answers the criterion.
fn sections(
    found: Vec<wit::Finding>,
    evidence: Evidence<'_>,
    answered_by: Option<&AnsweredBy<'_>>,
) -> Vec<wit::Finding> {
    let Some(by) = answered_by.filter(|by| evidence.state(&by.slot) != "empty") else {
        return found;
    };
    let or_the_rows = |found: wit::Finding| {
        let missing = found.status == Status::NotFound.code();
        let Some(id) = found
            .criterion
            .as_deref()
            .filter(|id| missing && by.criteria.contains(id))
        else {
            return found;
        };
        let message = format!(
            "AC {id} has no section of its own; the {} answers it.",
            by.slot
        );
        finding(&found.rule, Status::Info, &message)
            .learner(message)
            .criterion(id)
    };
    found.into_iter().map(or_the_rows).collect()
}

fn is_about(found: &wit::Finding, criteria: &[&str]) -> bool {
    found
        .criterion
        .as_deref()
        .is_some_and(|id| criteria.contains(&id))
}
