//! Short answers on which a naive list of words goes astray: other words for
//! the same thing, other senses of the same word, and things that are named
//! only to say that they are not there.

use unit_sdk::wit::Finding;

use crate::common::{check, evidence_from_text};

/// The status that a rule gives to an answer for a criterion.
fn status(criterion: &str, rule: &str, text: &str) -> String {
    let evidence = evidence_from_text(&format!("AC {criterion}\n{text}"));
    let findings = check(&evidence);
    let mut of_rule = findings.iter().filter(|finding| finding.rule == rule);
    of_rule
        .next()
        .map_or("nothing".into(), |finding| finding.status.clone())
}

#[track_caller]
fn all(criterion: &str, rule: &str, expected: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(status(criterion, rule, text), expected, "{rule}: {text}");
    }
}

#[test]
fn definitions() {
    all(
        "1.1",
        "definition",
        "found",
        &[
            "I would define it as an off-line relationship between two people.",
            "Mentoring is somebody with time for you. To me, mentoring means having a guide.",
            "A mentor is someone who has walked the road before.",
        ],
    );
    all(
        "1.1",
        "definition",
        "not-found",
        &[
            "Mentoring is important and mentoring is good for everybody.",
            "Roles are clearly defined in our company.",
        ],
    );
}

#[test]
fn benefits_need_somebody_who_has_them() {
    all(
        "1.1",
        "beneficiaries",
        "found",
        &[
            "The apprentice learns faster, and the organization keeps good people, which saves money.",
            "It helps new starters to settle. Staff turnover is better too.",
        ],
    );
    all(
        "1.1",
        "beneficiaries",
        "look",
        &["There are benefits for the mentee."],
    );
    all(
        "1.1",
        "beneficiaries",
        "not-found",
        &["The mentor meets the mentee in the office of the company."],
    );
}

#[test]
fn formal_is_not_informal() {
    all(
        "1.1",
        "formal-and-informal",
        "look",
        &[
            "Informal mentoring happens over coffee.",
            "We have a formal scheme.",
        ],
    );
    all(
        "1.1",
        "formal-and-informal",
        "found",
        &["Some of it is structured; most of it is casual."],
    );
}

#[test]
fn a_remit_has_many_names() {
    all(
        "1.2",
        "remit",
        "found",
        &[
            "There are limits to what I can do, and anything medical is beyond my role.",
            "A mentor is not a counsellor and not there to do the work for them.",
            "I must not overstep the mark. Boundaries matter.",
        ],
    );
    all(
        "1.2",
        "remit",
        "not-found",
        &["The role of the mentor is to help people and to be kind to them."],
    );
    all(
        "1.2",
        "role",
        "not-found",
        &[
            "We use role plays in the training room.",
            "My new role began in May.",
        ],
    );
    all(
        "1.2",
        "responsibilities",
        "not-found",
        &["Please see the duty manager when on duty."],
    );
}

#[test]
fn stakeholders_under_other_names() {
    all(
        "1.2",
        "stakeholders",
        "found",
        &[
            "The apprentice, her supervisor and the residents all have a stake in it.",
            "HR, the directors and my co-workers want it to work.",
        ],
    );
    all(
        "1.2",
        "stakeholders",
        "look",
        &["The mentee and the line manager have an interest."],
    );
}

#[test]
fn standards_are_names_and_not_criteria() {
    all(
        "1.3",
        "professional-standard",
        "found",
        &[
            "The EMCC has one.",
            "There is a code of conduct for nurses (NMC).",
        ],
    );
    all(
        "1.3",
        "professional-standard",
        "not-found",
        &[
            "As I said in AC 1.2, it is a Level 3 ILM qualification for this.",
            "The ac in the meeting room is broken.",
        ],
    );
    all(
        "1.3",
        "equality",
        "found",
        &[
            "Everyone is treated fairly regardless of age.",
            "Unconscious bias is a risk.",
        ],
    );
    all(
        "1.3",
        "equality",
        "not-found",
        &["Listening is equally important."],
    );
    all(
        "1.3",
        "behaviour",
        "found",
        &[
            "His behavior is calm.",
            "They are punctual and non-judgmental.",
        ],
    );
}

#[test]
fn contracts_are_more_than_meetings_that_take_place() {
    all(
        "1.4",
        "contract-contents",
        "found",
        &[
            "How often and where we meet, what stays private, what we want to achieve, when we look at how it is going, both sign.",
        ],
    );
    all(
        "1.4",
        "contract-contents",
        "not-found",
        &["Mentoring takes place in the first place because it is nice."],
    );
    all(
        "1.4",
        "contract-reason",
        "found",
        &["It has to be written down so that both of them can trust each other."],
    );
    all(
        "1.4",
        "contract-reason",
        "not-found",
        &[
            "Trust. Ethics. Quality.",
            "We use forms because the office says so.",
        ],
    );
    all(
        "1.4",
        "contract-absent",
        "found",
        &[
            "If nobody agreed these things, people would argue.",
            "Without ground rules it drifts.",
        ],
    );
}

#[test]
fn models_are_told_from_ordinary_words() {
    all(
        "2.1",
        "model",
        "found",
        &[
            "I use GROW.",
            "The grow model is simple.",
            "Gerard Egan wrote of the skilled helper.",
        ],
    );
    all(
        "2.1",
        "model",
        "not-found",
        &[
            "People grow at work, and it should be clear to all that they achieve more.",
            "She is a role model.",
        ],
    );
    all(
        "2.1",
        "model",
        "look",
        &["Our company has a model of its own with four steps called PATH."],
    );
    all(
        "2.1",
        "model-stages",
        "found",
        &["GROW: first the goal, then where they are now, then the options, then the way forward."],
    );
    all(
        "2.1",
        "model-stages",
        "not-found",
        &["I use GROW because people will like it."],
    );
    all(
        "2.1",
        "other-approaches",
        "not-found",
        &["My coach leaves at nine."],
    );
}

#[test]
fn tools_that_nobody_used_do_not_count() {
    all(
        "2.2",
        "diagnostic-tool",
        "found",
        &[
            "We did a skills scan.",
            "She scored herself and we looked at her strengths and weaknesses.",
            "A 360-degree review was useful.",
        ],
    );
    all(
        "2.2",
        "diagnostic-tool",
        "not-found",
        &[
            "No diagnostic tools were used.",
            "The VAK questionnaire is popular.",
        ],
    );
    all(
        "2.2",
        "learning-preferences",
        "found",
        &[
            "I asked how she learns best.",
            "He is a visual learner.",
            "VARK shows it.",
        ],
    );
    all(
        "2.2",
        "learning-preferences",
        "not-found",
        &[
            "There were no learning styles at all.",
            "She is learning to drive, in style.",
        ],
    );
    all(
        "2.2",
        "tools",
        "found",
        &["Open questions, SMART targets and honest feedback."],
    );
    all("2.2", "tools", "look", &["I listen."]);
}

#[test]
fn records_have_dates_that_are_not_up_to_date() {
    all(
        "2.3",
        "record-contents",
        "look",
        &["Records must be kept up to date with goals and actions."],
    );
    all(
        "2.3",
        "record-contents",
        "found",
        &["Put down the date, the next steps and what they achieved."],
    );
    all(
        "2.3",
        "record-reasons",
        "found",
        &["We keep notes so that nothing is forgotten."],
    );
    all(
        "2.3",
        "record-reasons",
        "not-found",
        &["Notes are kept in the drawer."],
    );
    all(
        "2.3",
        "record-storage",
        "found",
        &[
            "They are password-protected.",
            "They go into a filing cabinet.",
            "GDPR applies.",
        ],
    );
}

#[test]
fn barriers_want_strategies_close_by() {
    all(
        "2.4",
        "strategies",
        "found",
        &[
            "Lack of time is one. We could put it on the rota. Another is fear of being judged. This can be overcome by matching people with care.",
        ],
    );
    all(
        "2.4",
        "strategies",
        "not-found",
        &[
            "Time, noise and fear are barriers.",
            "Everything is fine here and everybody likes it.",
        ],
    );
    all(
        "2.4",
        "strategies",
        "look",
        &[
            "Fear is a barrier. It is real. It is everywhere. It is old. It stays. It is with us. Time is one too, which a rota can solve. Money is a problem. A grant would help.",
        ],
    );
    all(
        "2.4",
        "barrier-levels",
        "look",
        &["People are shy, and there is no quiet room and no time."],
    );
    all(
        "2.4",
        "barrier-levels",
        "found",
        &["Lack of confidence, shift patterns, and a culture in which asking is weak."],
    );
}

#[test]
fn barriers_and_strategies_may_stand_in_cells() {
    let mut evidence = evidence_from_text(
        "AC 2.4\nBarrier\nStrategy\nNo time\nPlan it into the rota and avoid Mondays\nFear\nA talk can help",
    );
    for kind in &mut evidence.documents[0].kind[1..] {
        *kind = unit_sdk::reader::kind::TABLE_CELL;
    }
    let findings = check(&evidence);
    let found = findings.iter().find(|finding| finding.rule == "strategies");
    assert_eq!(found.map(|finding| finding.status.as_str()), Some("found"));
}

#[test]
fn cues_of_verbs_and_of_the_workplace() {
    all(
        "1.2",
        "reasons",
        "found",
        &[
            "It matters, as people need help.",
            "This means that they stay.",
        ],
    );
    all(
        "1.2",
        "reasons",
        "look",
        &["A mentor is kind. A mentor is calm."],
    );
    all("1.3", "features", "found", &["Patience means waiting."]);
    all(
        "1.3",
        "own-context",
        "found",
        &["We’re a small firm.", "At work it is noisy."],
    );
    all(
        "1.3",
        "own-context",
        "look",
        &["A mentor knows where people were before."],
    );
}

#[test]
fn template_questions_are_no_answers() {
    let prompt = "What professional standards exist in relation to workplace mentoring?";
    all(
        "1.3",
        "professional-standard",
        "not-found",
        &[&format!("{prompt} I have asked my tutor.")],
    );
    all(
        "1.3",
        "professional-standard",
        "found",
        &[&format!("{prompt} Those of the CIPD.")],
    );
}

#[test]
fn names_are_pointed_at_and_codes_are_not() {
    for text in [
        "My mentee Siân Llewellyn-Price did well.",
        "I spoke to Mr Okafor about it.",
        "My line manager is Priya Nair.",
        "Write to LL57 2DG.",
        "His number is QQ 12 34 56 C or AB 12 34 56 C.",
    ] {
        let evidence = evidence_from_text(&format!("AC 1.1\n{text}"));
        let of_rule = |finding: &&Finding| finding.rule == "personal-data";
        let findings = check(&evidence);
        let found = findings.iter().find(of_rule).expect("a finding");
        assert_eq!(found.status, "look", "{text}");
    }
    for text in [
        "Client A met Mentee B in Llandudno on 3 March 2026 at 10.30.",
        "Honey and Mumford, Myers Briggs, Kolb and David Clutterbuck are well known.",
        "In Human Resources the Line Manager uses Microsoft Teams.",
        "We have 01 02 03 as codes and 000000 as our number.",
    ] {
        let evidence = evidence_from_text(&format!("AC 1.1\n{text}"));
        let findings = check(&evidence);
        let found = findings
            .iter()
            .find(|finding| finding.rule == "personal-data")
            .expect("a finding");
        assert_eq!(found.status, "info", "{text}");
    }
}
