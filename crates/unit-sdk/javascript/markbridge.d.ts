// Types of the kit for units in JavaScript. What each does stands in
// `markbridge.js`; the types of the interface stand in `types.d.ts`.

import type {
  Attempt, Choice, Context as RawContext, Criterion, Day, Document as RawDocument, Evidence as RawEvidence, Fact,
  Field, Finding, GradebookEntry, Outcome, Place, PluginError, Provenance, ResultSheet, Rule, Section as RawSection,
  Setting, SettingValue, Sheet, SheetRules, Slot, Table as RawTable, Unit, Value, WordGuidance,
} from "./types";

export type * from "./types";

/** What can be given as a value: named numbers as an object or a `Map`. */
export type Given = boolean | number | string | string[] | string[][] | Record<string, number> | Map<string, number>;

/** What `unit` must be told; the rest has standard values. */
export type UnitGiven =
  Pick<Unit, "id" | "version" | "number" | "title"> & Partial<Omit<Unit, "sheet">> & { sheet?: Partial<SheetRules> };

/** The exported plugin. */
export interface Plugin {
  describe(): Unit;
  check(evidence: RawEvidence, context: RawContext, previous: Attempt | null | undefined): Finding[];
  evaluate(sheet: Sheet, context: RawContext): ResultSheet;
  grade(outcome: ResultSheet, context: RawContext): GradebookEntry | undefined;
}

/** Makes a plugin of a unit and its check. Export it as `plugin`. */
export function definePlugin(given: {
  unit: Unit;
  check(evidence: Evidence, context: Context, previous: Attempt | undefined): Finding[];
  evaluate?(sheet: Sheet, context: Context): ResultSheet;
  grade?(outcome: ResultSheet, context: Context): GradebookEntry | undefined;
}): Plugin;

/** The error to throw where the evidence is not what the unit describes (`bad-input`),
 * or where it cannot do what is asked (`unsupported`). */
export function pluginError(code: "bad-input" | "unsupported" | "internal", message: string): PluginError;

/** Writes a line for the unit's author; nobody else reads it. */
export function log(line: unknown): void;

/** A unit at level 3 in British English, marked in whole marks or by decision. */
export function unit(given: UnitGiven): Unit;
/** A learning outcome with its criteria. */
export function outcome(id: string, title: string, criteria: Criterion[], more?: Partial<Outcome>): Outcome;
/** A criterion: its verbs as infinitives, and the regulated wording to the letter. */
export function criterion(id: string, verbs: string[], wording: string, more?: Partial<Criterion>): Criterion;
/** Guidance on length in white-space separated words; `range` is from and to. */
export function words(nominal: number, source: string, range?: [number, number]): WordGuidance;
/** A slot for one file of prose under headings; required. */
export function documentSlot(id: string, title: string, help: string, more?: Partial<Slot>): Slot;
/** A slot for rows with typed columns, from one file or typed in; required. */
export function tableSlot(id: string, title: string, help: string, fields: Field[], more?: Partial<Slot>): Slot;
/** A statement to accept, to the letter; required. */
export function declarationSlot(id: string, title: string, statement: string, more?: Partial<Slot>): Slot;
/** A field; required. */
export function field(id: string, title: string, kind: FieldKind, more?: Partial<Field>): Field;
/** What a field holds. */
export type FieldKind =
  "text" | "long-text" | "whole-number" | "number" | "date" | "time" | "duration" | "yes-no" | "choice";
/** One of the choices of a field. */
export function choice(id: string, title: string, aliases?: string[]): Choice;
/** A value that a centre may set: who says so, and what a centre may do. */
export function setting(field: Field, standard: Given, source: string, overlay: "fixed" | "raise" | "lower" | "free"): Setting;
/** A rule for the help page. */
export function rule(id: string, title: string, help: string): Rule;
/** Where a fact of the unit comes from. */
export function provenance(
  about: string, basis: "specification" | "derived" | "inferred" | "provisional", note: string,
): Provenance;
/** A further fact about the unit. */
export function fact(about: string, key: string, given: Given): Fact;
/** A value of the interface from one of JavaScript. */
export function value(given: Given): Value;

/** Everything that the learner handed in. */
export class Evidence {
  constructor(raw: RawEvidence);
  readonly raw: RawEvidence;
  /** All documents, ordered by slot, then as the learner ordered the files. */
  readonly documents: Document[];
  /** Every section that answers the criterion, over all documents. */
  sections(criterion: string): Section[];
  /** The slot's tables: a diary's sheets, or the one row of a form. */
  tables(slot: string): Table[];
  /** How the slot was filled: `given`, `empty`, `unreadable` or `waived`. */
  state(slot: string): string;
  /** Whether the declaration of that slot was accepted. */
  accepted(declaration: string): boolean;
}

/** A document: blocks (headings, paragraphs, list items, table cells) and sections. */
export class Document {
  constructor(raw: RawDocument);
  readonly raw: RawDocument;
  readonly slot: string;
  readonly fileName: string;
  /** Texts of the blocks, those of the body first. */
  readonly blocks: string[];
  /** The sections in the document's order. */
  readonly sections: Section[];
  /** Where the characters from `from` to `to` of a block stand; without them, all of it. */
  place(block: number, from?: number, to?: number): Place;
}

/** A run of blocks under one heading. */
export class Section {
  constructor(document: Document, raw: RawSection);
  readonly document: Document;
  readonly raw: RawSection;
  /** The criterion that it answers, if it answers one. */
  readonly criterion: string | undefined;
  /** Words as the host counted them, the heading left out. */
  readonly wordCount: number;
  /** Whether people mapped it, rather than a heading. */
  readonly mappedByPeople: boolean;
  /** The heading as typed; empty where people mapped text without one. */
  readonly heading: string;
  /** The blocks after the heading. */
  readonly blocks: string[];
  /** The text in one piece, blocks parted by line breaks. */
  readonly text: string;
  /** Where it stands: the blocks after the heading, or the heading if there are none. */
  readonly place: Place;
  /** Where `part` stands first. */
  find(part: string): Place | undefined;
}

/** A table. */
export class Table {
  constructor(raw: RawTable);
  readonly raw: RawTable;
  /** File, and sheet where there are several; for messages. */
  readonly title: string;
  /** The rows from top to bottom. */
  readonly rows: Row[];
  /** The cells of a field, as texts. */
  cells(id: string): string[];
  /** The cells of a field, as numbers; NaN where one is blank or not readable. */
  numbers(id: string): number[];
}

/** A row of a table. Cells are asked for by the id of their field. */
export class Row {
  constructor(table: Table, index: number);
  readonly table: Table;
  readonly index: number;
  /** The cell in its one written form; empty if blank or without such a column. */
  text(id: string): string;
  /** The cell as a number: days, minutes, the number, 1 or 0, index of a choice. */
  number(id: string): number | undefined;
  /** The number that people see beside the row in the file. */
  readonly shownNumber: number;
  /** Where it stands; with a field, its cell. */
  place(column?: string): Place;
}

/** What else a check may depend on. */
export class Context {
  constructor(raw: RawContext);
  readonly raw: RawContext;
  /** Today's date as `2026-07-10`. */
  readonly today: string;
  /** The same as days, to compare with days in tables. */
  readonly todayDay: Day;
  /** Language for messages. */
  readonly locale: string;
  /** Which submission this is, from 1. */
  readonly submission: number;
  /** How many further submissions the centre's rules leave. */
  readonly submissionsLeft: number;
  /** A setting that is a number. */
  number(id: string): number | undefined;
  /** A setting's value with its source. */
  setting(id: string): SettingValue | undefined;
  /** Questions that the centre's own template has in place of the unit's. */
  readonly centrePrompts: string[];
  /** The centre's guidance on the length of a criterion's section, or of the whole. */
  centreWords(criterion?: string): WordGuidance | undefined;
}

/** What a check came to. */
export type Status = "found" | "look" | "not-found" | "not-applicable" | "info";

/** A finding with a message for the assessor. Without `learner` the learner does
 * not see it; without `source` it is our own rule of thumb. */
export function finding(rule: string, status: Status, message: string, more?: {
  criterion?: string;
  learner?: string;
  source?: string;
  counted?: number;
  wanted?: number;
  unit?: string;
  setting?: string;
  places?: Place[];
  details?: Record<string, Given>;
}): Finding;

/** Checks that most units share. */
export class Checks {
  constructor(evidence: Evidence, unit: Unit, context: Context);
  /** Whether each criterion has its section (rule `section-found`). */
  sectionFound(): Finding[];
  /** Words of each section against the guidance on length (rule `section-words`). */
  sectionWords(): Finding[];
  /** Sections with fewer words than the setting of this id (rule `section-empty`). */
  sectionEmpty(leastWords: string): Finding[];
  /** Words of all sections together (rule `total-words`). */
  totalWords(): Finding[];
  /** Adds up a column of time against a setting in minutes. `table` is what people
   * call the table, as it reads after “the”. */
  hours(rule: {
    rule: string; criterion: string; slot: string; field: string; setting: string; table: string;
  }): Finding[];
}

/** Works out what the sheet comes to, as awarding bodies' sheets usually do. */
export function evaluateSheet(unit: Unit, sheet: Sheet): ResultSheet;
/** What the gradebook gets: nothing but for a pass. */
export function gradeOutcome(unit: Unit, outcome: ResultSheet, context: Context): GradebookEntry | undefined;

/** The words of a text, parted by white space as the host parts them. */
export function splitWords(text: string): string[];
/** How many words a text has. */
export function wordCount(text: string): number;
/** A whole number with commas: `2,545`. */
export function withCommas(number: number): string;
/** Exact time as people say it: `35 h 59 min`, `45 min`. */
export function duration(seconds: number): string;
