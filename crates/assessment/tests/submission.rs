//! The whole life cycle: every state with every transition.

use assessment::sheet::Verdict;
use assessment::submission::{InvalidTransition, State, Transition};

#[test]
fn every_state_takes_the_transitions_of_the_table_and_no_others() {
    use State as S;
    use Transition as T;
    let transitions = [
        T::Submit,
        T::Check,
        T::TakeBack,
        T::StartMarking,
        T::Sign,
        T::Reopen,
        T::Confirm,
        T::Release(Verdict::Pass, 0),
        T::Release(Verdict::Pass, 1),
        T::Release(Verdict::Referral, 0),
        T::Release(Verdict::Referral, 1),
        T::Release(Verdict::Referral, 2),
        T::Release(Verdict::Incomplete, 0),
        T::Release(Verdict::Incomplete, 1),
    ];
    #[rustfmt::skip]
    let allowed = [
        (S::Draft, T::Submit, S::Submitted),
        (S::Submitted, T::Check, S::Checked),
        (S::Submitted, T::TakeBack, S::Draft),
        (S::Submitted, T::StartMarking, S::InAssessment),
        (S::Checked, T::TakeBack, S::Draft),
        (S::Checked, T::StartMarking, S::InAssessment),
        (S::InAssessment, T::Sign, S::Assessed),
        (S::Assessed, T::Reopen, S::InAssessment),
        (S::Assessed, T::Confirm, S::Confirmed),
        (S::Confirmed, T::Release(Verdict::Pass, 0), S::Achieved),
        (S::Confirmed, T::Release(Verdict::Pass, 1), S::Achieved),
        (S::Confirmed, T::Release(Verdict::Referral, 0), S::ClosedNotAchieved),
        (S::Confirmed, T::Release(Verdict::Referral, 1), S::ResubmissionOpen),
        (S::Confirmed, T::Release(Verdict::Referral, 2), S::ResubmissionOpen),
    ];
    let mut seen = 0;
    for state in State::ALL {
        for transition in transitions {
            let expected = allowed
                .iter()
                .find(|(from, by, _)| *from == state && *by == transition)
                .map_or(
                    Err(InvalidTransition { state, transition }),
                    |(_, _, to)| Ok(*to),
                );
            assert_eq!(
                state.after(transition),
                expected,
                "{state:?} {transition:?}"
            );
            seen += usize::from(expected.is_ok());
        }
    }
    assert_eq!(seen, allowed.len(), "every line of the table was asked for");
}

#[test]
fn what_a_state_means() {
    // State, released, with the assessor, markable.
    #[rustfmt::skip]
    let table = [
        (State::Draft,             false, false, false),
        (State::Submitted,         false, true,  true),
        (State::Checked,           false, true,  true),
        (State::InAssessment,      false, true,  true),
        (State::Assessed,          false, true,  false),
        (State::Confirmed,         false, true,  false),
        (State::ResubmissionOpen,  true,  true,  false),
        (State::Achieved,          true,  true,  false),
        (State::ClosedNotAchieved, true,  true,  false),
    ];
    assert_eq!(table.map(|(state, ..)| state), State::ALL);
    for (state, released, with_assessor, markable) in table {
        assert_eq!(state.is_released(), released, "{state:?}");
        assert_eq!(state.is_with_assessor(), with_assessor, "{state:?}");
        assert_eq!(state.is_markable(), markable, "{state:?}");
    }
}

#[test]
fn words_lead_back_to_their_states() {
    for state in State::ALL {
        assert_eq!(State::from_word(state.word()), Some(state));
        assert_eq!(
            serde_json::to_string(&state).expect("a state is a word"),
            format!("\"{}\"", state.word()),
            "one word everywhere"
        );
    }
    for word in ["", "Draft", "released", "draft "] {
        assert_eq!(State::from_word(word), None, "{word:?}");
    }
}

#[test]
fn a_refusal_names_state_and_transition() {
    let refusal = State::Draft
        .after(Transition::Sign)
        .expect_err("a draft cannot be signed");
    assert_eq!(
        refusal.to_string(),
        "a submission that is `draft` cannot go through `Sign`"
    );
}
