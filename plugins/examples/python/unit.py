"""An example: the unit “Workplace induction record” in Python. The README beside
this folder describes it; the folders next to this one hold the same unit in other
languages, with the same findings and outcomes to the byte."""

from markbridge import (
    Checks,
    criterion,
    document_slot,
    field,
    outcome,
    plugin,
    provenance,
    rule,
    setting,
    table_slot,
    unit,
    words,
)

INDUCTION = unit(
    "workplace-induction",
    "1.0.0",
    "WI-1",
    "Workplace induction record",
    awarding_body="example",
    awarding_body_name="Example Awards",
    words=words(500, "example", low=350, high=800),
    provenance=[provenance("unit", "provisional", "Made up as an example; no awarding body prints it.")],
    outcomes=[
        outcome(
            "1",
            "Know the workplace",
            [
                criterion(
                    "1.1",
                    ["describe"],
                    "Describe the workplace and the people in it",
                    maximum=10,
                    minimum=5,
                    words=words(150, "example"),
                ),
                criterion(
                    "1.2",
                    ["explain"],
                    "Explain how to stay safe at work",
                    maximum=10,
                    minimum=5,
                    words=words(200, "example"),
                    prompts=["What would you do if you heard the fire alarm?"],
                ),
            ],
        ),
        outcome(
            "2",
            "Take part in an induction",
            [
                criterion("2.1", ["keep"], "Keep a record of at least six hours of induction", maximum=10, minimum=5),
                criterion(
                    "2.2",
                    ["reflect"],
                    "Reflect on what was learnt and what comes next",
                    maximum=10,
                    minimum=5,
                    words=words(150, "example"),
                ),
            ],
        ),
    ],
    sheet_notes=["One criterion below its fewest marks makes a referral, whatever the total."],
    slots=[
        document_slot(
            "statement",
            "Statement",
            "One file with your answers under the headings of the criteria.",
            criteria=["1.1", "1.2", "2.2"],
        ),
        table_slot(
            "record",
            "Induction record",
            "One row for each part of your induction.",
            [
                field("date", "Date", "date"),
                field("activity", "Activity", "text", help="What you did or were shown."),
                field("minutes", "Minutes", "duration", unit="minutes", minimum=1, maximum=1440),
            ],
            criteria=["2.1"],
        ),
    ],
    settings=[
        setting(
            field("min_minutes", "Minutes of induction", "whole-number", unit="minutes", minimum=0, maximum=6000),
            360,
            "example",
            "raise",
        ),
        setting(
            field("least_words", "Words of an answer", "whole-number", unit="words", minimum=0, maximum=200),
            20,
            "heuristic",
            "free",
        ),
    ],
    rules=[
        rule("section-found", "Sections", "Looks for the heading of each criterion in the statement."),
        rule(
            "section-words",
            "Words",
            "Counts the words of each section. Questions of the template and placeholders are left out. Length is only a guide.",
        ),
        rule("section-empty", "Nearly empty sections", "Points at sections with hardly any words below the heading."),
        rule("total-words", "Words in all", "Adds up the words of all sections."),
        rule("induction-hours", "Hours of induction", "Adds up the minutes of all rows of the induction record."),
    ],
)


def check(evidence, context, previous):
    checks = Checks(evidence, INDUCTION, context)
    return [
        *checks.section_found(),
        *checks.section_words(),
        *checks.section_empty("least_words"),
        *checks.total_words(),
        *checks.hours(
            rule="induction-hours",
            criterion="2.1",
            slot="record",
            field="minutes",
            setting="min_minutes",
            table="induction record",
        ),
    ]


Plugin = plugin(INDUCTION, check)
