//! Waiting times of the outbox.

use assessment::passback::{Delivery, Reason, delay};
use chrono::Duration;

#[test]
fn waiting_doubles_up_to_six_hours() {
    for (attempt, seconds) in [
        (0, 5),
        (1, 5),
        (2, 10),
        (3, 20),
        (10, 2_560),
        (13, 20_480),
        (14, 21_600),
        (15, 21_600),
        (63, 21_600),
        (u32::MAX, 21_600),
    ] {
        assert_eq!(
            delay(attempt, None),
            Duration::seconds(seconds),
            "{attempt}"
        );
    }
}

#[test]
fn the_platform_may_ask_for_longer_but_not_for_ever() {
    for (attempt, asked, seconds) in [
        (1, Duration::seconds(1), 5),
        (1, Duration::seconds(90), 90),
        (3, Duration::zero(), 20),
        (3, Duration::seconds(-50), 20),
        (20, Duration::seconds(60), 21_600),
        (20, Duration::hours(12), 43_200),
        (1, Duration::hours(24), 86_400),
        (1, Duration::days(365), 86_400),
        (1, Duration::MAX, 86_400),
    ] {
        assert_eq!(
            delay(attempt, Some(asked)),
            Duration::seconds(seconds),
            "attempt {attempt}, asked for {asked}"
        );
    }
}

#[test]
fn words_lead_back_to_their_states() {
    for delivery in [
        Delivery::Waiting,
        Delivery::Delivered,
        Delivery::Failed,
        Delivery::Dropped,
    ] {
        assert_eq!(Delivery::from_word(delivery.word()), Some(delivery));
    }
    assert_eq!(Delivery::from_word("sent"), None);
    for reason in [
        Reason::NotGradable,
        Reason::Locked,
        Reason::Concluded,
        Reason::NotPublished,
        Reason::Overridden,
        Reason::NoAttemptsLeft,
        Reason::NotPermitted,
        Reason::ToolRemoved,
        Reason::NoColumn,
    ] {
        assert_eq!(Reason::from_word(reason.word()), Some(reason));
    }
    assert_eq!(Reason::from_word(""), None);
}
