//! Roles.

use lti::Roles;

const MEMBERSHIP: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership";
const INSTITUTION: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person";
const SYSTEM: &str = "http://purl.imsglobal.org/vocab/lis/v2/system/person";

/// Letters of what a role gives: learner, instructor, administrator, teaching assistant, preview learner.
fn rights(role: &str) -> String {
    let roles = Roles::new(vec![role.to_owned()]);
    [
        (roles.is_learner(), 'l'),
        (roles.is_instructor(), 'i'),
        (roles.is_administrator(), 'a'),
        (roles.is_teaching_assistant(), 't'),
        (roles.is_test_user(), 'p'),
    ]
    .iter()
    .filter_map(|(has, letter)| has.then_some(letter))
    .collect()
}

#[test]
fn only_roles_in_the_context_give_rights() {
    for (role, expected) in [
        (format!("{MEMBERSHIP}#Learner"), "l"),
        (format!("{MEMBERSHIP}#Instructor"), "i"),
        (format!("{MEMBERSHIP}#Administrator"), "a"),
        (format!("{MEMBERSHIP}#ContentDeveloper"), ""),
        (format!("{MEMBERSHIP}/Learner#GuestLearner"), "l"),
        (format!("{MEMBERSHIP}/Learner#Instructor"), "l"),
        (format!("{MEMBERSHIP}/Instructor#Grader"), "i"),
        (format!("{MEMBERSHIP}/Instructor#TeachingAssistant"), "it"),
        (format!("{MEMBERSHIP}/instructor#TeachingAssistant"), "it"),
        (
            format!("{MEMBERSHIP}/Instructor#TeachingAssistantSection"),
            "it",
        ),
        (format!("{MEMBERSHIP}/Mentor#Instructor"), ""),
        (format!("{MEMBERSHIP}/Administrator#Support"), "a"),
        (format!("{MEMBERSHIP}#TeachingAssistant"), "t"),
        (format!(" {MEMBERSHIP}#Learner "), "l"),
        ("Learner".to_owned(), "l"),
        ("Instructor".to_owned(), "i"),
        ("instructor".to_owned(), "i"),
        ("Instructor#TeachingAssistant".to_owned(), "it"),
        ("Learner/Instructor".to_owned(), "l"),
        ("urn:lti:role:ims/lis/Learner".to_owned(), "l"),
        (
            "urn:lti:role:ims/lis/Instructor/GuestInstructor".to_owned(),
            "i",
        ),
        ("urn:lti:instrole:ims/lis/Instructor".to_owned(), ""),
        ("urn:lti:sysrole:ims/lis/Administrator".to_owned(), ""),
        (format!("{INSTITUTION}#Instructor"), ""),
        (format!("{INSTITUTION}#Administrator"), ""),
        (format!("{INSTITUTION}#Learner"), ""),
        (format!("{SYSTEM}#Administrator"), ""),
        (
            "http://purl.imsglobal.org/vocab/lti/system/person#TestUser".to_owned(),
            "p",
        ),
        (format!("{MEMBERSHIP}-fake#Instructor"), ""),
        (format!("{MEMBERSHIP}Instructor"), ""),
        ("https://evil.test/membership#Instructor".to_owned(), ""),
        ("InstructorX".to_owned(), ""),
        (String::new(), ""),
        ("#".to_owned(), ""),
        ("ä".to_owned(), ""),
    ] {
        assert_eq!(rights(&role), expected, "{role}");
    }
}

#[test]
fn roles_add_up_and_stay_as_they_were_written() {
    let written = vec![
        format!("{MEMBERSHIP}#Learner"),
        "x:y".to_owned(),
        format!("{MEMBERSHIP}#Mentor"),
    ];
    let roles = Roles::new(written.clone());
    assert!(roles.is_learner() && roles.has_context_role("mentor"));
    assert!(!roles.has_context_role("Manager"));
    assert_eq!(roles.as_slice(), written);
    let json = serde_json::to_string(&roles).expect("JSON");
    assert_eq!(serde_json::from_str::<Roles>(&json).expect("roles"), roles);
}

#[test]
fn a_learner_who_only_assists_is_no_teacher() {
    let roles = |names: &[&str]| {
        let names = names.iter().map(|name| format!("{MEMBERSHIP}{name}"));
        Roles::new(names.collect())
    };
    let moderator = roles(&["#Learner", "/Instructor#TeachingAssistant"]);
    assert!(moderator.is_learner() && moderator.is_teaching_assistant());
    assert!(!moderator.is_instructor());
    for teacher in [
        roles(&["#Learner", "#Instructor", "/Instructor#TeachingAssistant"]),
        roles(&["#Learner", "/Instructor#Grader"]),
        roles(&["/Instructor#TeachingAssistant"]),
    ] {
        assert!(teacher.is_instructor(), "{teacher:?}");
    }
}
