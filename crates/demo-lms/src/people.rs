//! The invented people of the demo course.

use serde::Serialize;

/// Somebody enrolled on the demo course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The platform's id: `assessor-1`, `learner-7`.
    pub id: String,
    /// First name.
    pub given_name: String,
    /// Surname.
    pub family_name: String,
    /// Address under `example.org`, which nobody can own.
    pub email: String,
    /// Part in the course.
    pub role: Role,
}

impl Person {
    /// Whole name, first name first.
    pub fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }
}

/// Part that a person has in the course.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Teaches and marks.
    Assessor,
    /// Hands in evidence and gets grades.
    Learner,
}

impl Role {
    /// Name of the role without its vocabulary, as Moodle's roster sends it.
    pub(crate) fn short(self) -> &'static str {
        match self {
            Role::Assessor => "Instructor",
            Role::Learner => "Learner",
        }
    }

    /// Role as LTI core 1.3 appendix A.2.2 names it.
    pub(crate) fn uri(self) -> String {
        format!(
            "http://purl.imsglobal.org/vocab/lis/v2/membership#{}",
            self.short()
        )
    }
}

const GIVEN_NAMES: [&str; 30] = [
    "Amelia",
    "Owen",
    "Priya",
    "Callum",
    "Chloe",
    "Mohammed",
    "Bethany",
    "Tomasz",
    "Grace",
    "Kwame",
    "Megan",
    "Daniel",
    "Aisha",
    "Rhys",
    "Sophie",
    "Jamal",
    "Niamh",
    "Oliver",
    "Mei",
    "Harry",
    "Zainab",
    "Lewis",
    "Eleri",
    "Arjun",
    "Hannah",
    "Connor",
    "Folasade",
    "George",
    "Katarzyna",
    "Ewan",
];

const FAMILY_NAMES: [&str; 30] = [
    "Clarke",
    "Pritchard",
    "Sharma",
    "McAllister",
    "Turner",
    "Iqbal",
    "Wood",
    "Nowak",
    "Ashworth",
    "Mensah",
    "Lloyd",
    "Fletcher",
    "Hussain",
    "Bevan",
    "Marsh",
    "Campbell",
    "O'Connor",
    "Barker",
    "Chen",
    "Whitehead",
    "Malik",
    "Robertson",
    "Griffiths",
    "Patel",
    "Greenwood",
    "Doyle",
    "Adeyemi",
    "Hargreaves",
    "Zielinska",
    "Sinclair",
];

/// Two assessors and the wanted number of learners, always the same ones.
pub(crate) fn people(learners: usize) -> Vec<Person> {
    let assessors = [("Joan", "Hartley"), ("Tom", "Whitfield")]
        .into_iter()
        .enumerate()
        .map(|(index, (given, family))| person("assessor", index, given, family, Role::Assessor));
    let learners = (0..learners).map(|index| {
        let round = index / GIVEN_NAMES.len();
        let given = GIVEN_NAMES[index % GIVEN_NAMES.len()];
        let family = FAMILY_NAMES[(index + round * 7) % FAMILY_NAMES.len()];
        person("learner", index, given, family, Role::Learner)
    });
    assessors.chain(learners).collect()
}

fn person(kind: &str, index: usize, given: &str, family: &str, role: Role) -> Person {
    let mailbox = format!("{given}.{family}").to_lowercase().replace('\'', "");
    // Names repeat after a while in a large course, so the number keeps addresses apart.
    let number = if index < GIVEN_NAMES.len() {
        String::new()
    } else {
        (index + 1).to_string()
    };
    Person {
        id: format!("{kind}-{}", index + 1),
        given_name: given.to_owned(),
        family_name: family.to_owned(),
        email: format!("{mailbox}{number}@example.org"),
        role,
    }
}
