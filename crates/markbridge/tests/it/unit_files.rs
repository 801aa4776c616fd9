//! `markbridge plugin build`: units from a file, without a line of programming.

use crate::{Installation, workspace};

/// The smallest file that says everything that is needed.
const SMALL: &str = r#"[unit]
id = "acme-101"
version = "1.0.0"
number = "101"
title = "Fire safety in a workshop"
awarding-body = "acme"
awarding-body-name = "Acme Awards"

[sheet]
total-marks = 10

[[outcome]]
id = "1"
title = "Know what to do in a fire"

[[outcome.criterion]]
id = "1.1"
wording = "Describe the way out of the workshop"
verbs = ["describe"]
marks = 10

[[slot]]
id = "assignment"
kind = "document"
title = "Assignment"

[checks.section-found]

[[checks.component]]
id = "exit"
criterion = "1.1"
title = "Way out"
what = "the way out"
terms = ["exit*", "way out"]
advice = "You could say where the nearest exit is."
"#;

/// A mistake in [`SMALL`], and what the command says of it.
struct Mistake {
    /// What stands in the file.
    instead_of: &'static str,
    written: &'static str,
    /// Lines and messages, all of them.
    said: &'static [(usize, &'static str)],
}

const MISTAKES: &[Mistake] = &[
    Mistake {
        instead_of: r#"title = "Fire safety in a workshop""#,
        written: "title = Fire safety in a workshop",
        said: &[(
            5,
            "`title = Fire safety in a workshop` is no proper TOML: string values must be quoted, expected literal string.",
        )],
    },
    Mistake {
        instead_of: "[[slot]]
",
        written: "[[slot]
",
        said: &[(
            22,
            "`[[slot]` is no proper TOML: unclosed array table, expected `]`.",
        )],
    },
    Mistake {
        instead_of: r#"version = "1.0.0""#,
        written: r#"versoin = "1.0.0""#,
        said: &[(3, "[unit] has no key `versoin`. Did you mean `version`?")],
    },
    Mistake {
        instead_of: r#"version = "1.0.0""#,
        written: r#"version = "1.0""#,
        said: &[(
            3,
            "`1.0` is no version. Write three numbers with full stops between them, such as `1.0.0`.",
        )],
    },
    Mistake {
        instead_of: r#"number = "101""#,
        written: "number = 101",
        said: &[(
            4,
            "`number` should be a text in quotation marks, but `101` stands here.",
        )],
    },
    Mistake {
        instead_of: r#"title = "Fire safety in a workshop""#,
        written: r#"title = ""
colour = "red""#,
        said: &[
            (
                5,
                "`title` is empty. What belongs there: The unit’s title as printed.",
            ),
            (
                6,
                "[unit] has no key `colour`. Known are `id`, `version`, `number`, `title`, `awarding-body`, `awarding-body-name`, `level`, `language`, `edition`, `task-edition`, `credit`, `guided-learning-hours` and `words`.",
            ),
        ],
    },
    Mistake {
        instead_of: r#"title = "Fire safety in a workshop""#,
        written: r#"title = """Fire safety
in a workshop""""#,
        said: &[(
            5,
            r#"`title` should be one line; in a text between `"""`, end each line but the last with `\`, but `"""Fire safety…` stands here."#,
        )],
    },
    Mistake {
        instead_of: r#"id = "acme-101""#,
        written: r#"id = "Acme 101""#,
        said: &[(
            2,
            "`Acme 101` is no id. An id has at most 64 letters, digits, `.`, `-` and `_`, and no spaces.",
        )],
    },
    Mistake {
        instead_of: r#"awarding-body-name = "Acme Awards""#,
        written: r#"credit = "three"
guided-learning-hours = 2.5"#,
        said: &[
            (
                1,
                "[unit] has no `awarding-body-name`. What belongs there: The awarding body’s name as people write it.",
            ),
            (
                7,
                r#"`credit` should be a whole number such as 12, but `"three"` stands here."#,
            ),
            (
                8,
                "`guided-learning-hours` should be a whole number such as 12, but `2.5` stands here.",
            ),
        ],
    },
    Mistake {
        instead_of: "[unit]",
        written: "[units]",
        said: &[
            (
                1,
                "The file has no `[unit]`. Begin with the heading `[unit]`, and below it `id`, `version`, `number`, `title` and `awarding-body`.",
            ),
            (1, "The file has no key `units`. Did you mean `unit`?"),
        ],
    },
    Mistake {
        instead_of: r#"awarding-body-name = "Acme Awards""#,
        written: r#"awarding-body-name = "Acme Awards"
words = { from = 300, to = 200, source = "ilm" }"#,
        said: &[
            (
                8,
                "The words go from 300 to 200, which leaves nothing. Swap them.",
            ),
            (
                8,
                "[unit.words] has no `about`. What belongs there: The number of words to aim at.",
            ),
            (
                8,
                "`source` cannot be `ilm`. It can be `acme`, `centre` or `heuristic`.",
            ),
        ],
    },
    Mistake {
        instead_of: r#"awarding-body-name = "Acme Awards""#,
        written: r#"awarding-body-name = "Acme Awards"
words = 400"#,
        said: &[(
            8,
            "`words` should be a table: lines under the heading `[unit.words]`, or `words = { … }` in one line, but `400` stands here.",
        )],
    },
    Mistake {
        instead_of: "total-marks = 10",
        written: "total-marks = 12",
        said: &[(
            10,
            "`total-marks` says 12, but the marks of the criteria add up to 10 (10).",
        )],
    },
    // What follows from a mistake is not told beside it.
    Mistake {
        instead_of: "total-marks = 10",
        written: r#"total-marks = 12
parts-per-mark = 0
modes = ["marks", "letters"]"#,
        said: &[
            (
                11,
                "A mark cannot have 0 parts; from 1 to 100 are possible.",
            ),
            (
                12,
                "There is no mode `letters`. There are `marks` and `pass-referral`.",
            ),
        ],
    },
    Mistake {
        instead_of: "total-marks = 10",
        written: r#"total-marks = "ten"
modes = []"#,
        said: &[
            (
                10,
                r#"`total-marks` should be a number such as 12 or 0.5, but `"ten"` stands here."#,
            ),
            (
                11,
                "`modes` is empty. Name `marks`, `pass-referral` or both.",
            ),
        ],
    },
    Mistake {
        instead_of: "marks = 10

[[slot]]",
        written: "marks = 10.5
pass-marks = 11

[[slot]]",
        said: &[
            (
                20,
                "`marks` should be whole marks, but 10.5 stands here. Where half marks can be given, say `parts-per-mark = 2` in `[sheet]`.",
            ),
            (
                21,
                "Criterion `1.1` asks for 11 of 10.5 marks. `pass-marks` can be 10.5 at most.",
            ),
        ],
    },
    Mistake {
        instead_of: "marks = 10

[[slot]]",
        written: "pass-marks = 5

[[slot]]",
        said: &[(
            20,
            "Criterion `1.1` has `pass-marks` and no `marks`. Say how many there are.",
        )],
    },
    Mistake {
        instead_of: "marks = 10

[[slot]]",
        written: r#"marks = 10

[[outcome.criterion]]
id = "1.2"
wording = "Identify the extinguishers"
verbs = ["identify"]

[[slot]]"#,
        said: &[(
            9,
            "Some criteria have `marks` and these have none: 1.2. Give all of them marks, or none.",
        )],
    },
    Mistake {
        instead_of: "marks = 10

[[slot]]",
        written: "marks = 0

[[slot]]",
        said: &[(
            20,
            "A criterion cannot have 0 marks. Leave `marks` out where none are printed.",
        )],
    },
    Mistake {
        instead_of: "[[outcome]]
",
        written: r#"[[band]]
id = "merit"
label = "Merit"
share-of-marks = 75

[[outcome]]
"#,
        said: &[(15, "A share goes from 0 to 1: 0.5 is half of the marks.")],
    },
    Mistake {
        instead_of: "marks = 10

[[slot]]",
        written: r#"marks = 10
descriptors-source = "us"
descriptors = { merit = "Good.", pass = 5 }

[[slot]]"#,
        said: &[
            (
                21,
                "`descriptors-source` cannot be `us`. It can be `acme`, `centre` or `heuristic`.",
            ),
            (
                22,
                "There is no band `merit`. There are `referral`, `pass` and `good-pass`.",
            ),
            (
                22,
                "`pass` should be a list of texts, each in quotation marks, between `[` and `]`, but `5` stands here.",
            ),
        ],
    },
    Mistake {
        instead_of: r#"verbs = ["describe"]"#,
        written: "verbs = []",
        said: &[(
            19,
            r#"`verbs` is empty. What belongs there: Command verbs in the order of the wording, as they stand in a dictionary: `["describe", "define"]`."#,
        )],
    },
    Mistake {
        instead_of: r#"verbs = ["describe"]"#,
        written: r#"verbs = "describe""#,
        said: &[(
            19,
            r#"`verbs` should be a list of texts, each in quotation marks, between `[` and `]`, but `"describe"` stands here."#,
        )],
    },
    Mistake {
        instead_of: r#"verbs = ["describe"]"#,
        written: r#"verbs = ["describe", 2]"#,
        said: &[(
            19,
            "Each of `verbs` should be a text in quotation marks, but `2` stands here.",
        )],
    },
    Mistake {
        instead_of: "marks = 10

[[slot]]",
        written: r#"marks = 10

[[outcome.criterion]]
id = "1.1"
wording = "Again"
verbs = ["describe"]
marks = 5

[[outcome]]
id = "1"
title = "Again"

[[slot]]"#,
        said: &[
            (
                23,
                "There is another criterion `1.1` above. Each needs an id of its own.",
            ),
            (
                28,
                "Outcome `1` has no criterion. Add one below it, under the heading `[[outcome.criterion]]`.",
            ),
            (
                29,
                "There is another outcome `1` above. Each needs an id of its own.",
            ),
        ],
    },
    Mistake {
        instead_of: "[[outcome.criterion]]",
        written: "[outcome.criterion]",
        said: &[
            (
                12,
                "Outcome `1` has no criterion. Add one below it, under the heading `[[outcome.criterion]]`.",
            ),
            (
                16,
                "`criterion` can stand here several times, so write its heading as `[[outcome.criterion]]`, with two brackets on each side.",
            ),
        ],
    },
    Mistake {
        instead_of: r#"[[outcome]]
id = "1"
title = "Know what to do in a fire"

[[outcome.criterion]]"#,
        written: "[[other]]",
        said: &[
            (
                1,
                "The file has no outcome. Add one under the heading `[[outcome]]`.",
            ),
            (
                12,
                "The file has no key `other`. Known are `unit`, `provenance`, `fact`, `sheet`, `band`, `outcome`, `slot`, `setting`, `lists`, `checks`, `diary`, `rule` and `help`.",
            ),
        ],
    },
    Mistake {
        instead_of: r#"kind = "document""#,
        written: r#"kind = "documents""#,
        said: &[(24, "`kind` cannot be `documents`. Did you mean `document`?")],
    },
    Mistake {
        instead_of: r#"kind = "document""#,
        written: r#"kind = "declaration""#,
        said: &[(
            22,
            "Slot `assignment` is a declaration and has no `statement`. Write there what the learner accepts.",
        )],
    },
    Mistake {
        instead_of: r#"kind = "document""#,
        written: r#"kind = "document"
statement = "My own work"
most-files = 0
criteria = ["1.1", "1.2"]
required = "yes""#,
        said: &[
            (
                25,
                "Slot `assignment` has a `statement`, which only a declaration can have.",
            ),
            (
                26,
                "Slot `assignment` takes files, so `most-files` is 1 at least.",
            ),
            (27, "There is no criterion `1.2`. Did you mean `1.1`?"),
            (
                28,
                r#"`required` should be `true` or `false`, without quotation marks, but `"yes"` stands here."#,
            ),
        ],
    },
    Mistake {
        instead_of: r#"kind = "document""#,
        written: r#"kind = "table""#,
        said: &[(
            22,
            "Slot `assignment` is a table and has no fields. Add one under the heading `[[slot.field]]`.",
        )],
    },
    Mistake {
        instead_of: r#"[[slot]]
id = "assignment"
kind = "document"
title = "Assignment"
"#,
        written: "",
        said: &[(
            1,
            "The file has no slot, so nothing could be handed in. Add one under the heading `[[slot]]`.",
        )],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: r#"[[slot.field]]
id = "date"
kind = "day"

[[slot.field]]
id = "date"
title = "Date"
kind = "choice"
minimum = 5
maximum = 2

[[slot.field]]
id = "mood"
title = "Mood"

[[slot.field.choice]]
id = "good"
title = "Good"

[checks.section-found]"#,
        said: &[
            (
                27,
                "[[slot.field]] has no `title`. What belongs there: Title on the page.",
            ),
            (
                29,
                "`kind` cannot be `day`. It can be `text`, `long-text`, `whole-number`, `number`, `date`, `time`, `duration`, `yes-no` or `choice`.",
            ),
            (
                31,
                "`date` is a choice and has none. Add one under the heading `[[slot.field.choice]]`.",
            ),
            (
                32,
                "There is another field `date` above. Each needs an id of its own.",
            ),
            (35, "`date` goes from 5 to 2, which leaves nothing."),
            (38, "`mood` has choices, so its `kind` should be `choice`."),
        ],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: r#"[[setting]]
id = "hours"

[[setting]]
id = "clients"
title = "Clients"
kind = "whole-number"
standard = 2.5
centre-may = "rise"

[[setting]]
id = "clients"
title = "Clients"
kind = "number"
maximum = 5
standard = 6

[checks.section-found]"#,
        said: &[
            (
                27,
                "[[setting]] has no `standard`. What belongs there: The value where no centre sets one.",
            ),
            (
                27,
                "[[setting]] has no `title`. What belongs there: Title on the page.",
            ),
            (
                34,
                "`standard` of `clients` should be a whole number, for its kind is `whole-number`.",
            ),
            (35, "`centre-may` cannot be `rise`. Did you mean `raise`?"),
            (
                38,
                "There is another setting `clients` above. Each needs an id of its own.",
            ),
            (
                42,
                "`standard` is 6, which is out of the bounds of `clients`.",
            ),
        ],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: r#"[[setting]]
id = "from"
title = "From"
kind = "choice"
standard = "client"

[[setting.choice]]
id = "clients"
title = "Clients"

[[setting]]
id = "strict"
title = "Strict"
kind = "yes-no"
standard = 1

[[setting]]
id = "largest"
title = "Largest"
kind = "number"
standard = "many"

[[setting]]
id = "name"
title = "Name"
standard = 4

[checks.section-found]"#,
        said: &[
            (31, "There is no choice `client`. Did you mean `clients`?"),
            (
                41,
                "`standard` of `strict` should be `true` or `false`, for its kind is `yes-no`.",
            ),
            (
                47,
                "`standard` of `largest` should be a number, for its kind is `number`.",
            ),
            (
                52,
                "`standard` of `name` should be a text in quotation marks, for its kind is `text`.",
            ),
        ],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: r#"[[provenance]]
about = "unit"
basis = "known"
note = "A book."

[[fact]]
key = "purpose"

[[fact]]
key = "size"
value = { a = 1 }

[checks.section-found]"#,
        said: &[
            (
                29,
                "`basis` cannot be `known`. It can be `specification`, `derived`, `inferred` or `provisional`.",
            ),
            (32, "[[fact]] has no `value`. What belongs there: The fact."),
            (
                37,
                "`value` should be a text, a number, `true` or `false`, or a list of texts.",
            ),
        ],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: r#"[lists]
exits = ["door*", "@exit", 5]
"english/reasons" = ["as"]

[checks.section-found]"#,
        said: &[
            (
                28,
                "Each of `exits` should be a text in quotation marks, but `5` stands here.",
            ),
            (
                28,
                "There is no list `exit`. The reference page of `unit.toml` lists those of the kit.",
            ),
            (
                29,
                "The kit has a list `english/reasons` already. Give yours another name.",
            ),
        ],
    },
    Mistake {
        instead_of: r#"terms = ["exit*", "way out"]"#,
        written: r#"terms = ["@english/reason"]"#,
        said: &[(
            34,
            "There is no list `english/reason`. Did you mean `english/reasons`?",
        )],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: "[checks.section-fuond]",
        said: &[(
            27,
            "[checks] has no key `section-fuond`. Did you mean `section-found`?",
        )],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: "[[checks.section-found]]",
        said: &[(
            27,
            "`section-found` should be a table: lines under the heading `[checks.section-found]`, or `section-found = { … }` in one line, but `[[checks.section-found]]` stands here.",
        )],
    },
    Mistake {
        instead_of: "[[checks.component]]",
        written: "[checks.component]",
        said: &[(
            29,
            "`component` can stand here several times, so write its heading as `[[checks.component]]`, with two brackets on each side.",
        )],
    },
    Mistake {
        instead_of: "[checks.section-found]

[[checks.component]]",
        written: "[[components]]",
        said: &[
            (
                1,
                "The file has no check, so nothing would be looked for. Switch one on with a heading such as `[checks.section-found]`.",
            ),
            (
                27,
                "The file has no key `components`. Known are `unit`, `provenance`, `fact`, `sheet`, `band`, `outcome`, `slot`, `setting`, `lists`, `checks`, `diary`, `rule` and `help`.",
            ),
        ],
    },
    Mistake {
        instead_of: r#"criterion = "1.1""#,
        written: r#"criterion = "1.2"
source = "ilm""#,
        said: &[
            (31, "There is no criterion `1.2`. Did you mean `1.1`?"),
            (
                32,
                "`source` cannot be `ilm`. It can be `acme`, `centre` or `heuristic`.",
            ),
        ],
    },
    Mistake {
        instead_of: r#"advice = "You could say where the nearest exit is.""#,
        written: r#"advise = "You could say where the nearest exit is.""#,
        said: &[(
            35,
            "[[checks.component]] has no key `advise`. Did you mean `advice`?",
        )],
    },
    Mistake {
        instead_of: r#"terms = ["exit*", "way out"]"#,
        written: "",
        said: &[(
            29,
            "Component `exit` needs either `terms` or a `[[checks.component.concept]]`.",
        )],
    },
    Mistake {
        instead_of: r#"terms = ["exit*", "way out"]"#,
        written: r#"terms = ["exit*"]
enough = 3
near = ["fire"]
within = 0"#,
        said: &[
            (35, "`enough` is 3; it can be from 1 to 1."),
            (37, "`within` is 0; it can be from 1 to 20."),
        ],
    },
    Mistake {
        instead_of: r#"terms = ["exit*", "way out"]"#,
        written: r#"terms = ["exit*"]
enough = "many"

[[checks.component.concept]]
name = "door"
terms = ["door*"]

[[checks.component.concept]]
from = "mentoring/tool"

[[checks.component.concept]]
from = "mentoring/tools"
name = "tools"

[[checks.component.concept]]
terms = ["wall*"]

[[checks.component.concept]]
name = "window"

[checks.changes]"#,
        said: &[
            (
                29,
                "Component `exit` needs either `terms` or a `[[checks.component.concept]]`, not both.",
            ),
            (
                29,
                "[[checks.component]] has no `advice`. What belongs there: What the learner could do, as a sentence that begins with “You could”.",
            ),
            (
                35,
                "There is no setting `many`. The reference page of `unit.toml` lists those of the kit.",
            ),
            (
                42,
                "There is no list of things `mentoring/tool`. Did you mean `mentoring/tools`?",
            ),
            (
                46,
                "`from` and `name` cannot stand together: a list of the kit stands as it is.",
            ),
            (
                48,
                "Say here either `from`, with a list of the kit, or `name` and `terms`.",
            ),
            (
                51,
                "`window` has no `terms`: say by which words it is found.",
            ),
            (
                55,
                "[checks.changes] has no key `advice`. It takes none. If the line belongs to an earlier heading, move it up there.",
            ),
        ],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: r#"[[setting]]
id = "few"
title = "Few"
kind = "text"
standard = "ten"

[checks.section-empty]
words = "few"

[checks.section-found]"#,
        said: &[(
            34,
            "`words` should be a number, and the setting `few` is none. Choose another `kind` for the setting, or another setting.",
        )],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: r#"[checks.section-empty]
words = "few_words"
except = ["1.3"]

[checks.merely-listed]
share = 60
short-line = true

[checks.section-found]"#,
        said: &[
            (
                28,
                "There is no setting `few_words`. The reference page of `unit.toml` lists those of the kit.",
            ),
            (29, "There is no criterion `1.3`. Did you mean `1.1`?"),
            (32, "`share` is 60; it can be from 0 to 1."),
            (
                33,
                "`short-line` should be a number, or the id of a `[[setting]]` in quotation marks.",
            ),
        ],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: r#"[[setting]]
id = "near_empty_words"

[checks.section-empty]
words = 20

[[checks.cues]]
id = "reasons"
least = 2

[[checks.cues]]
id = "features"
least = 3

[[checks.cues]]
id = "exit"
verbs = ["describe"]

[checks.section-found]"#,
        said: &[
            (
                31,
                "There is a `[[setting]]` `near_empty_words` already, which says this number. Take one of the two away.",
            ),
            (
                39,
                "An earlier check sets `least_cues` to another number. Make a `[[setting]]` for each of the two and name them here.",
            ),
            (
                41,
                "`exit` is none of the kit’s own (`reasons`, `features`, `own-context`), so it needs `what`, `advice` and `terms`.",
            ),
            (
                42,
                "There is another rule `exit`. Each check needs an id of its own.",
            ),
        ],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: r#"[checks.section-found]
slot = "assignment""#,
        said: &[(
            28,
            "`slot` stands here without `answered-by-rows`, so it says nothing.",
        )],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: r#"[checks.section-found]
answered-by-rows = ["1.1"]"#,
        said: &[(
            27,
            "There is no slot of the kind `table`. Say which is meant with `slot`.",
        )],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: "[checks.declaration]

[checks.header-fields]

[checks.practice-hours]

[checks.section-found]",
        said: &[
            (
                27,
                "There is no slot of the kind `declaration`. Say which is meant with `slot`.",
            ),
            (
                29,
                "[checks.header-fields] names nothing to look for. Add a `[[checks.header-fields.field]]`.",
            ),
            (
                31,
                "This check reads a diary, and the file has no `[diary]`. Say there which slot it is.",
            ),
        ],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: r#"[checks.declaration]
slot = "assignment"

[[checks.hours]]
id = "hours"
criterion = "1.1"
slot = "diary"
field = "minutes"
table = "diary"

[checks.section-found]"#,
        said: &[
            (
                28,
                "Slot `assignment` is no declaration, and this check reads one.",
            ),
            (
                30,
                "[[checks.hours]] has no `minutes`. What belongs there: How many minutes are asked for.",
            ),
            (33, "There is no slot `diary`. There is only `assignment`."),
            (34, "There is no column `minutes`. There is none at all."),
        ],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: r#"[[slot]]
id = "diary"
kind = "table"
title = "Diary"

[[slot.field]]
id = "minutes"
title = "Minutes"
kind = "number"

[[checks.hours]]
id = "hours"
criterion = "1.1"
field = "minutes"
minutes = 60
table = "diary"

[[checks.hours]]
id = "hours"
criterion = "1.1"
slot = 5
field = "minuets"
minutes = 60
table = "diary"

[checks.section-found]"#,
        said: &[
            (
                40,
                r#"The column `minutes` is no duration, so its time cannot be added up. Say `kind = "duration"` there."#,
            ),
            (
                45,
                "There is another rule `hours`. Each check needs an id of its own.",
            ),
            (47, "`slot` should be the id of a slot in quotation marks."),
            (48, "There is no column `minuets`. There is none at all."),
        ],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: r#"[[slot]]
id = "diary"
kind = "table"
title = "Diary"

[[slot.field]]
id = "date"
title = "Date"
kind = "date"

[diary]
hours-criterion = "1.9"
records-criterion = "1.1"
practice = "mentoring"
counted-kinds = ["mentoring"]
supervision-kind = "tutorial"
minutes-in-all = 60

[checks.practice-hours]

[checks.client-matrix]

[[checks.client-matrix.column]]
title = "Plan"
rule = "client-plan"

[checks.session-before-contract]
documents = "client-contract"

[checks.client-reflection]

[checks.client-feedback]
criterion = "1.1"
required-from = "feedback_from"

[[checks.client-feedback.required-other]]
choice = "all"
who = "the boss"

[[checks.pairs]]
id = "barriers"
criterion = "1.1"
first-many = "barriers"
advice = "You could say how."

[checks.section-found]"#,
        said: &[
            (
                37,
                "Slot `diary` has no column `client`, which every diary needs. Add it there, or say under `[diary.columns]` what it is called.",
            ),
            (
                37,
                "Slot `diary` has no column `kind`, which every diary needs. Add it there, or say under `[diary.columns]` what it is called.",
            ),
            (
                37,
                "Slot `diary` has no column `minutes`, which every diary needs. Add it there, or say under `[diary.columns]` what it is called.",
            ),
            (
                37,
                "[diary] has no `clients`. What belongs there: How many clients are asked for.",
            ),
            (38, "There is no criterion `1.9`. Did you mean `1.1`?"),
            (
                41,
                "There is no kind of session `mentoring`. There is none at all.",
            ),
            (
                42,
                "There is no kind of session `tutorial`. There is none at all.",
            ),
            (
                51,
                "There is no check of clients with the id `client-plan`. There are `client-feedback` and `client-reflection`.",
            ),
            (
                54,
                "There is no check of clients with the id `client-contract`. There are `client-feedback` and `client-reflection`.",
            ),
            (
                56,
                "[checks.client-reflection] has no `criteria`. What belongs there: Criteria whose sections reflect.",
            ),
            (
                60,
                "There is no setting `feedback_from`. There are `min_minutes_total`, `min_clients`, `min_minutes_per_client`, `largest_session_minutes`, `largest_client_share`, `largest_gap_days`, `least_row_share`, `barriers_sentences` and `least_barriers`.",
            ),
            (63, "There is no choice `all`. There is none at all."),
            (
                64,
                "There is no person `the boss`. There are `a manager`, `the supervisor`, `colleagues`, `HR or training` and `customers`.",
            ),
            (
                66,
                "[[checks.pairs]] has no `first`. What belongs there: What comes first, with its noun as `name`.",
            ),
            (
                66,
                "[[checks.pairs]] has no `second`. What belongs there: What should follow, with its noun as `name`.",
            ),
        ],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: r#"[[rule]]
id = "section-fond"

[[rule]]
id = "exit"

[[rule]]
id = "exit"

[help]
order = ["exits"]

[checks.section-found]"#,
        said: &[
            (
                28,
                "There is no check in this file with the rule `section-fond`. Did you mean `section-found`?",
            ),
            (
                34,
                "There is another rule `exit` above. Each needs an id of its own.",
            ),
            (
                37,
                "There is no check in this file with the rule `exits`. Did you mean `exit`?",
            ),
        ],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: r#"[[slot]]
id = "diary"
kind = "table"
title = "Diary"

[[slot.field]]
id = "day"
title = "Date"
kind = "date"

[[slot.field]]
id = "client"
title = "Client"

[[slot.field]]
id = "minutes"
title = "Minutes"
kind = "duration"

[[slot.field]]
id = "kind"
title = "Kind"
kind = "choice"

[[slot.field.choice]]
id = "mentoring"
title = "Mentoring"

[diary]
hours-criterion = "1.1"
records-criterion = "1.1"
practice = "mentoring"
counted-kinds = ["mentor"]
supervision-kind = "tutorial"
minutes-in-all = 2160
clients = 3

[diary.columns]
date = "dya"

[checks.practice-hours]

[checks.section-found]"#,
        said: &[
            (
                59,
                "There is no kind of session `mentor`. There is only `mentoring`.",
            ),
            (
                60,
                "There is no kind of session `tutorial`. There is only `mentoring`.",
            ),
            (
                65,
                "There is no column `dya`. There are `day`, `client`, `minutes` and `kind`.",
            ),
        ],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: r#"[[slot]]
id = "second"
kind = "document"
title = "Second"

[[slot]]
id = "second"
kind = "attachment"
title = "Third"

[[slot]]
id = "one"
kind = "table"
title = "One"
fields = 4

[[slot]]
id = "two"
kind = "table"
title = "Two"

[[slot.field]]
id = "minutes"
title = "Minutes"
kind = "duration"

[[checks.hours]]
id = "hours"
criterion = "1.1"
field = "minutes"
minutes = "min_minutes"
table = "record"

[checks.section-found]"#,
        said: &[
            (
                33,
                "There is another slot `second` above. Each needs an id of its own.",
            ),
            (
                37,
                "Slot `one` is a table and has no fields. Add one under the heading `[[slot.field]]`.",
            ),
            (41, "[[slot]] has no key `fields`. Did you mean `field`?"),
            (
                53,
                "There are 2 slots of the kind `table`. Say which is meant with `slot`.",
            ),
            (56, "There is no column `minutes`. There is none at all."),
            (
                57,
                "There is no setting `min_minutes`. The reference page of `unit.toml` lists those of the kit.",
            ),
        ],
    },
    Mistake {
        instead_of: "[checks.section-found]",
        written: "[checks.goals-in-diary]

[checks.section-found]",
        said: &[
            (
                27,
                "This check reads a diary, and the file has no `[diary]`. Say there which slot it is.",
            ),
            (
                27,
                "[checks.goals-in-diary] goes by `[checks.client-goals]`, and the file has none. Switch that on too.",
            ),
        ],
    },
];

/// An installation with the plugins of this project.
fn installation() -> Installation {
    let mut installation = Installation::new();
    let data = workspace().join("data");
    installation.environment = vec![
        (
            "MARKBRIDGE__PLUGINS__DIR",
            data.join("plugins").display().to_string(),
        ),
        (
            "MARKBRIDGE__PLUGINS__CACHE_DIR",
            data.join("test-cache").display().to_string(),
        ),
    ];
    installation
}

fn build(installation: &Installation, text: &str) -> (i32, String) {
    let file = installation.path("unit.toml");
    std::fs::write(&file, text).expect("the file is written");
    installation.run(&["plugin", "build", &file.display().to_string()])
}

#[test]
fn a_small_file_is_a_unit() {
    let installation = installation();
    let (status, said) = build(&installation, SMALL);
    assert_eq!(status, 0, "{said}");
    assert!(said.starts_with("acme-101 1.0.0: "), "{said}");
    let component = installation.path("acme-101.wasm").display().to_string();
    let work = installation.path("work.txt");
    std::fs::write(
        &work,
        "AC 1.1 Describe the way out\nThe exit is behind the lathe.\n",
    )
    .expect("work");
    let given = format!("assignment={}", work.display());
    let report = installation.succeed(&[
        "plugin",
        "check",
        &component,
        "--evidence",
        &given,
        "--json",
    ]);
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let found: Vec<(&str, &str)> = report["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|finding| {
            (
                finding["rule"].as_str().unwrap_or(""),
                finding["status"].as_str().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(found, [("section-found", "found"), ("exit", "found")]);
    let outcome = installation.succeed(&["plugin", "evaluate", &component, "--marks", "1.1=5"]);
    assert_eq!(outcome.lines().next(), Some("pass, 5 of 10"));
}

#[test]
fn each_mistake_is_named_with_its_line_and_what_was_expected() {
    let installation = installation();
    let file = installation.path("unit.toml").display().to_string();
    for mistake in MISTAKES {
        let Mistake {
            instead_of,
            written,
            said,
        } = mistake;
        assert_eq!(SMALL.matches(instead_of).count(), 1, "{instead_of}");
        let (status, printed) = build(&installation, &SMALL.replace(instead_of, written));
        let many = match said.len() {
            1 => "one problem".to_owned(),
            many => format!("{many} problems"),
        };
        let mut expected = vec![format!("error: {many} in {file}; nothing was built:")];
        expected.extend(
            said.iter()
                .map(|(line, message)| format!("{file}, line {line}: {message}")),
        );
        let printed: Vec<&str> = printed.lines().collect();
        assert_eq!(
            (status, printed),
            (2, expected.iter().map(String::as_str).collect()),
            "{written}"
        );
    }
}

#[test]
fn a_file_that_says_more_than_a_unit_may_is_refused() {
    let installation = installation();
    let many = |count: usize, table: &str| {
        (0..count)
            .map(|at| table.replace('#', &at.to_string()))
            .collect::<String>()
    };
    for (added, message) in [
        (
            many(
                201,
                "[[outcome.criterion]]\nid = \"2.#\"\nwording = \"Describe\"\nverbs = [\"describe\"]\nmarks = 1\n",
            ),
            "A unit has at most 60 outcomes and 200 criteria.",
        ),
        (
            many(
                41,
                "[[slot]]\nid = \"slot#\"\nkind = \"document\"\ntitle = \"Slot\"\n",
            ),
            "A unit has at most 40 slots.",
        ),
        (
            many(
                101,
                "[[setting]]\nid = \"setting#\"\ntitle = \"Setting\"\nkind = \"number\"\nstandard = 1\n",
            ),
            "A unit has at most 100 settings.",
        ),
        (
            format!(
                "[[slot]]\nid = \"diary\"\nkind = \"table\"\ntitle = \"Diary\"\n{}",
                many(65, "[[slot.field]]\nid = \"field#\"\ntitle = \"Field\"\n")
            ),
            "Slot `diary` has 65 fields; there may be 64.",
        ),
    ] {
        let text = SMALL.replace("total-marks = 10\n", "").replace(
            "[[slot]]\nid = \"assignment\"",
            &format!("{added}\n[[slot]]\nid = \"assignment\""),
        );
        let (status, said) = build(&installation, &text);
        assert_eq!(status, 2, "{message}");
        let first = said.lines().nth(1).unwrap_or_default();
        assert!(first.ends_with(message), "{first}");
    }
    let terms = format!(
        "[lists]\nlong = [\"{}\"]\n\n[checks.section-found]",
        "x".repeat(1_100_000)
    );
    let text = SMALL
        .replace("[checks.section-found]", &terms)
        .replace("\"way out\"", "\"@long\"");
    let (status, said) = build(&installation, &text);
    assert_eq!(status, 2, "{said}");
    assert!(
        said.contains("at most 1048576 fit into a plugin: take long word lists out"),
        "{said}"
    );
}

/// What a command prints as JSON, without which plugin it was.
fn answer(installation: &Installation, arguments: &[&str]) -> serde_json::Value {
    let printed = installation.succeed(arguments);
    let mut answer: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    if let Some(answer) = answer.as_object_mut() {
        answer.remove("plugin");
    }
    answer
}

/// Holds what a unit from a file finds to what the plugin in Rust finds.
fn same_findings(installation: &Installation, component: &str, unit: &str, files: &[(&str, &str)]) {
    let fixtures = workspace().join("tests/fixtures");
    let given: Vec<String> = files
        .iter()
        .map(|(slot, file)| format!("{slot}={}", fixtures.join(file).display()))
        .collect();
    let check = |plugin| {
        let mut arguments = vec!["plugin", "check", plugin, "--today", "2026-07-10", "--json"];
        arguments.extend(given.iter().flat_map(|given| ["--evidence", given]));
        answer(installation, &arguments)
    };
    let (from_file, in_rust) = (check(component), check(unit));
    let findings = in_rust["findings"].as_array().map(Vec::len);
    assert!(findings.is_some_and(|findings| findings > 30), "{files:?}");
    assert_eq!(from_file.to_string(), in_rust.to_string(), "{files:?}");
}

fn same_outcome(installation: &Installation, component: &str, unit: &str, how: &str, sheet: &str) {
    let evaluate = |plugin| {
        answer(
            installation,
            &["plugin", "evaluate", plugin, "--json", how, sheet],
        )
    };
    let (from_file, in_rust) = (evaluate(component), evaluate(unit));
    assert_eq!(from_file.to_string(), in_rust.to_string(), "{sheet}");
}

/// The component of an example, built by the command.
fn built(installation: &Installation, unit: &str) -> String {
    let file = workspace().join("plugins/examples").join(unit);
    let component = installation.path("from-file.wasm").display().to_string();
    let file = file.display().to_string();
    installation.succeed(&["plugin", "build", &file, "--out", &component]);
    component
}

/// `1.1=8,1.2=8`: what is put down for each criterion, in order.
fn sheet(criteria: &[&str], values: &[&str]) -> String {
    let pairs = criteria.iter().zip(values);
    let pairs: Vec<String> = pairs.map(|(id, value)| format!("{id}={value}")).collect();
    pairs.join(",")
}

#[test]
fn unit_304_from_a_file_answers_as_the_plugin_in_rust_does() {
    let installation = installation();
    let unit = "ilm-8577-304";
    let component = built(&installation, unit);
    for file in [
        "304-strong/304-strong.docx",
        "304-strong/304-strong.odt",
        "304-strong/304-strong.pdf",
        "304-strong/304-strong.rtf",
        "304-strong/304-strong.html",
        "304-strong/304-strong.txt",
        "304-weak/304-weak.docx",
        "304-middling/care-home.txt",
        "304-middling/council.txt",
        "304-middling/logistics.txt",
    ] {
        same_findings(&installation, &component, unit, &[("assignment", file)]);
    }
    let criteria = ["1.1", "1.2", "1.3", "1.4", "2.1", "2.2", "2.3", "2.4"];
    for (how, values) in [
        ("--marks", ["8", "8", "6", "6", "6", "6", "4", "6"]),
        ("--marks", ["16", "16", "12", "12", "12", "12", "3", "12"]),
        ("--marks", ["7", "", "0", "12", "5", "6", "8", ""]),
        ("--decisions", ["pass"; 8]),
        (
            "--decisions",
            [
                "pass", "referral", "", "pass", "pass", "pass", "pass", "pass",
            ],
        ),
    ] {
        same_outcome(
            &installation,
            &component,
            unit,
            how,
            &sheet(&criteria, &values),
        );
    }
}

#[test]
fn unit_306_from_a_file_answers_as_the_plugin_in_rust_does() {
    let installation = installation();
    let unit = "ilm-8577-306";
    let component = built(&installation, unit);
    for (diary, portfolio) in [
        (
            "306-complete/306-complete-diary.xlsx",
            "306-complete/306-complete-portfolio.docx",
        ),
        (
            "306-complete/306-complete-diary.ods",
            "306-complete/306-complete-portfolio.docx",
        ),
        (
            "306-short/306-short-diary.csv",
            "306-short/306-short-portfolio.docx",
        ),
    ] {
        same_findings(
            &installation,
            &component,
            unit,
            &[("diary", diary), ("portfolio", portfolio)],
        );
    }
    let criteria = [
        "1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "3.1", "3.2", "3.3", "4.1", "4.2",
    ];
    let mut values = ["pass"; 12];
    for value in ["pass", "referral", ""] {
        values[5] = value;
        same_outcome(
            &installation,
            &component,
            unit,
            "--decisions",
            &sheet(&criteria, &values),
        );
    }
}
