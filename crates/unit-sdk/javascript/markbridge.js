// What makes a unit pleasant to write in JavaScript: builders for the unit, a
// view of the evidence, checks that most units share, findings, and the mark
// sheet. It says the same as the crate `unit-sdk` says in Rust, to the letter;
// a test of Markbridge holds the two together. `markbridge.d.ts` has the types.

import { write } from "markbridge:unit/log@1.0.0";
import { shapes } from "./shapes.js";

// A plugin has neither clock nor chance, or the same work would not give the same
// findings. QuickJS has both; the one would end the call without a word, the other
// would give other numbers after each build.
const without = (what, instead) => () => {
  throw new Error(`a plugin has no ${what}${instead}`);
};
const noClock = without("clock; `context.today` is the day of the check", "");
Math.random = without("random numbers", ", for the same evidence must give the same findings");
Date.now = noClock;
globalThis.Date = new Proxy(Date, {
  apply: noClock,
  construct: (date, given) => (given.length === 0 ? noClock() : new date(...given)),
});

// ---- The plugin ---------------------------------------------------------------

/** Makes a plugin of a unit and its check; `evaluate` and `grade` work the mark
 * sheet as awarding bodies' sheets usually do unless they are given. */
export function definePlugin({ unit, check, evaluate, grade }) {
  return {
    describe: guarded("describe", "Unit", () => unit),
    check: guarded("check", ["list", "Finding"], (evidence, context, previous) =>
      check(new Evidence(evidence), new Context(context), previous ?? undefined)),
    evaluate: guarded("evaluate", "ResultSheet", (sheet, context) =>
      evaluate ? evaluate(sheet, new Context(context)) : evaluateSheet(unit, sheet)),
    grade: guarded("grade", ["option", "GradebookEntry"], (outcome, context) =>
      grade ? grade(outcome, new Context(context)) : gradeOutcome(unit, outcome, context)),
  };
}

/** The error that a unit throws where the evidence is not what it describes
 * (`bad-input`), or where it cannot do what is asked (`unsupported`). */
export function pluginError(code, message) {
  return { code, message };
}

/** Writes a line for the unit's author; nobody else reads it. */
export function log(line) {
  write(String(line));
}

// An error that nobody caught would end the call without its message, and so
// would an answer that is not of the interface's types.
function guarded(name, shape, call) {
  return (...given) => {
    try {
      const answer = call(...given);
      expect(shape, answer, "the answer");
      return answer;
    } catch (error) {
      if (!(error instanceof Error)) {
        throw typeof error?.code === "string" ? error : pluginError("internal", cut(`${name} threw ${error}`, LONGEST_MESSAGE));
      }
      const stack = String(error.stack ?? "").trim();
      write(`${error}\n${stack}`);
      // The author's own line, where the error came from one.
      const line = stack.split("\n").find((line) => line.includes("/unit.js:"));
      const where = line === undefined ? name : `${name}, ${line.trim()}`;
      throw pluginError("internal", cut(`${error} (${where})`, LONGEST_MESSAGE));
    }
  };
}

function expect(shape, given, where) {
  const wrong = (wanted) => {
    const found = given === null || given === undefined ? "nothing" : Array.isArray(given) ? "a list" : JSON.stringify(given) ?? typeof given;
    throw new TypeError(`${where} must be ${wanted}; it is ${cut(found, LONGEST_SHOWN)}`);
  };
  if (Array.isArray(shape)) {
    const [kind, inner] = shape;
    if (kind === "option") {
      if (!isNone(given)) expect(inner, given, where);
    } else if (Array.isArray(given)) {
      given.forEach((item, at) => expect(inner, item, `${where}[${at}]`));
    } else {
      wrong("a list");
    }
    return;
  }
  if (shape === "string" || shape === "boolean") {
    if (typeof given !== shape) wrong(shape === "string" ? "a text" : "true or false");
  } else if (shape === "number") {
    if (typeof given !== "number") wrong("a number");
  } else if (shape === "whole" || shape === "count") {
    if (!Number.isInteger(given)) wrong("a whole number");
    if (shape === "count" && (given < 0 || given > 0xffffffff)) wrong("a whole number from 0");
  } else {
    const { record, variant, words, same } = shapes[shape];
    if (same !== undefined) {
      expect(same, given, where);
    } else if (words !== undefined) {
      if (!words.includes(given)) wrong(`one of ${words.join(", ")}`);
    } else if (typeof given !== "object" || given === null || Array.isArray(given)) {
      wrong(`an object of the type ${shape}`);
    } else if (variant !== undefined) {
      if (!Object.hasOwn(variant, given.tag)) wrong(`an object with one of the tags ${Object.keys(variant).join(", ")}`);
      if (variant[given.tag] !== null) expect(variant[given.tag], given.val, `${where}.val`);
    } else {
      for (const [name, inner] of Object.entries(record)) expect(inner, given[name], `${where}.${name}`);
    }
  }
}

// ---- The unit -----------------------------------------------------------------

const FIELD_KINDS = ["text", "long-text", "whole-number", "number", "date", "time", "duration", "yes-no", "choice"];
const OVERLAYS = ["fixed", "raise", "lower", "free"];
const STATUSES = ["found", "look", "not-found", "not-applicable", "info"];

// A part of a unit. A name that it does not have is a slip, and would be left out
// without a word.
function made(shape, what, given) {
  const known = Object.keys(shapes[shape].record);
  const slip = Object.keys(given).find((name) => !known.includes(name));
  if (slip !== undefined) throw new TypeError(`${what} has no \`${slip}\`; it can have ${known.join(", ")}`);
  return given;
}

function oneOf(words, given, what) {
  if (!words.includes(given)) throw new TypeError(`${what} is \`${given}\`; it must be one of ${words.join(", ")}`);
}

/** A unit at level 3 in British English, marked in whole marks or by decision. */
export function unit(given) {
  return made("Unit", "the unit", {
    language: "en-GB", awardingBody: "", awardingBodyName: "", edition: "", taskEdition: "", level: "3",
    provenance: [], outcomes: [], slots: [], settings: [], rules: [], facts: [],
    ...given,
    sheet: made("SheetRules", "the unit's sheet", { modes: ["marks", "pass-referral"], partsPerMark: 1, notes: [], ...given.sheet }),
  });
}

/** A learning outcome with its criteria. */
export function outcome(id, title, criteria, more = {}) {
  return made("Outcome", `the outcome ${id}`, { id, title, aliases: [], indicativeContent: [], prompts: [], criteria, ...more });
}

/** A criterion: its verbs as infinitives, and the regulated wording to the letter.
 * `minimum` is half of `maximum`, rounded up, unless it is given. */
export function criterion(id, verbs, wording, more = {}) {
  const { maximum = 0, minimum = Math.ceil(maximum / 2) } = more;
  return made("Criterion", `the criterion ${id}`, {
    id, wording, verbs, aliases: [], descriptors: [], prompts: [], ...more, maximum, minimum,
  });
}

/** Guidance on length in white-space separated words. */
export function words(nominal, source, range) {
  return { nominal, low: range?.[0], high: range?.[1], source };
}

/** A slot for one file of prose under headings; required. */
export function documentSlot(id, title, help, more = {}) {
  return slot(id, "document", title, { help, mostFiles: 1, ...more });
}

/** A slot for rows with typed columns, from one file or typed in; required. */
export function tableSlot(id, title, help, fields, more = {}) {
  return slot(id, "table", title, { help, mostFiles: 1, fields, ...more });
}

/** A statement to accept, to the letter; required. */
export function declarationSlot(id, title, statement, more = {}) {
  return slot(id, "declaration", title, { statement, ...more });
}

function slot(id, kind, title, more) {
  return made("Slot", `the slot ${id}`, {
    id, kind, title, help: "", required: true, mostFiles: 0, criteria: [], fields: [], statement: "", ...more,
  });
}

/** A field of the given kind (`text`, `date`, `duration`, `whole-number`, …); required. */
export function field(id, title, kind, more = {}) {
  oneOf(FIELD_KINDS, kind, `the kind of the field ${id}`);
  return made("Field", `the field ${id}`, {
    id, title, aliases: [], help: "", kind, unit: "", required: true, choices: [], example: "", ...more,
  });
}

/** One of the choices of a field. */
export function choice(id, title, aliases = []) {
  return { id, title, aliases };
}

/** A value that a centre may set: who says so, and what a centre may do
 * (`fixed`, `raise`, `lower`, `free`). */
export function setting(field, standard, source, overlay) {
  oneOf(OVERLAYS, overlay, `what a centre may do with the setting ${field.id}`);
  return { field, standard: value(standard), source, overlay };
}

/** A rule for the help page. */
export function rule(id, title, help) {
  return { id, title, help };
}

/** Where a fact of the unit comes from. */
export function provenance(about, basis, note) {
  return { about, basis, note };
}

/** A further fact about the unit. */
export function fact(about, key, given) {
  return { about, key, value: value(given) };
}

/** A value of the interface from one of JavaScript. Named numbers are an object,
 * or a `Map` where names may be numbers, which objects put first. */
export function value(given) {
  if (typeof given === "boolean") return { tag: "flag", val: given };
  if (typeof given === "number") return { tag: "number", val: given };
  if (typeof given === "string") return { tag: "text", val: given };
  if (!Array.isArray(given)) {
    const counts = given instanceof Map ? [...given] : Object.entries(given);
    return { tag: "counts", val: counts.map(([name, number]) => ({ name, number })) };
  }
  return Array.isArray(given[0]) ? { tag: "grid", val: given } : { tag: "texts", val: given };
}

const criteriaOf = (unit) => unit.outcomes.flatMap((outcome) => outcome.criteria);

// ---- The evidence -------------------------------------------------------------

/** Everything that the learner handed in. */
export class Evidence {
  constructor(raw) {
    this.raw = raw;
    this.documents = raw.documents.map((document) => new Document(document));
  }

  /** Every section that answers the criterion, over all documents. */
  sections(criterion) {
    return this.documents.flatMap((document) => document.sections.filter((section) => section.criterion === criterion));
  }

  /** The slot's tables: a diary's sheets, or the one row of a form. */
  tables(slot) {
    return this.raw.tables.filter((table) => table.slot === slot).map((table) => new Table(table));
  }

  /** How the slot was filled: `given`, `empty`, `unreadable` or `waived`. */
  state(slot) {
    return this.raw.slots.find((state) => state.slot === slot)?.state ?? "empty";
  }

  /** Whether the declaration of that slot was accepted. */
  accepted(declaration) {
    return this.tables(declaration).some((table) => table.rows.some((row) => row.text("accepted") === "yes"));
  }
}

/** A document: blocks (headings, paragraphs, list items, table cells) and sections. */
export class Document {
  constructor(raw) {
    this.raw = raw;
    this.slot = raw.slot;
    this.fileName = raw.fileName;
    this.blocks = raw.kind.length === 0 ? [] : raw.text.split("\n");
    this.sections = raw.sections.map((section) => new Section(this, section));
  }

  /** Where the characters from `from` to `to` of a block stand. */
  place(block, from = 0, to = this.blocks[block].length) {
    const line = this.blocks[block];
    const start = this.raw.start[block] + utf8Length(line.slice(0, from));
    return { slot: this.slot, item: this.raw.item, start, end: start + utf8Length(line.slice(from, to)) };
  }
}

/** A run of blocks under one heading. */
export class Section {
  constructor(document, raw) {
    this.document = document;
    this.raw = raw;
    this.criterion = raw.kind === "criterion" ? raw.id : undefined;
    this.wordCount = raw.words;
    this.mappedByPeople = raw.foundBy === "learner" || raw.foundBy === "assessor";
  }

  /** The heading as typed; empty where people mapped text without one. */
  get heading() {
    return isNone(this.raw.heading) ? "" : this.document.blocks[this.raw.heading];
  }

  /** The blocks after the heading. */
  get blocks() {
    return this.document.blocks.slice(this.raw.start, this.raw.end);
  }

  /** The text in one piece, blocks parted by line breaks. */
  get text() {
    return this.blocks.join("\n");
  }

  /** Where `part` stands first; undefined where it does not. */
  find(part) {
    for (let block = this.raw.start; block < this.raw.end; block++) {
      const at = this.document.blocks[block].indexOf(part);
      if (at >= 0) return this.document.place(block, at, at + part.length);
    }
    return undefined;
  }

  /** Where it stands: the blocks after the heading, or the heading if there are none. */
  get place() {
    const { slot, item, start, end } = this.document.raw;
    if (this.raw.start < this.raw.end) {
      return { slot, item, start: start[this.raw.start], end: end[this.raw.end - 1] };
    }
    if (isNone(this.raw.heading)) return { slot, item, start: 0, end: 0 };
    return { slot, item, start: start[this.raw.heading], end: end[this.raw.heading] };
  }
}

/** A table; a column is parted into lines when it is first asked for. */
export class Table {
  #cells = new Map();
  #columns = new Map();

  constructor(raw) {
    this.raw = raw;
    this.title = raw.title;
    for (const column of raw.columns) {
      if (!this.#columns.has(column.id)) this.#columns.set(column.id, column);
    }
  }

  /** The rows from top to bottom. */
  get rows() {
    return Array.from({ length: this.raw.rowCount }, (_, index) => new Row(this, index));
  }

  /** The cells of a field, as texts; empty without such a column. */
  cells(id) {
    let cells = this.#cells.get(id);
    if (cells === undefined) {
      const column = this.#columns.get(id);
      cells = column === undefined ? [] : column.cells.split("\n");
      this.#cells.set(id, cells);
    }
    return cells;
  }

  /** The cells of a field, as numbers; NaN where one is blank or not readable. */
  numbers(id) {
    return this.#columns.get(id)?.numbers ?? [];
  }
}

/** A row of a table. Cells are asked for by the id of their field. */
export class Row {
  constructor(table, index) {
    this.table = table;
    this.index = index;
  }

  /** The cell in its one written form; empty if blank or without such a column. */
  text(id) {
    return this.table.cells(id)[this.index] ?? "";
  }

  /** The cell as a number: days, minutes, the number, 1 or 0, index of a choice. */
  number(id) {
    const number = this.table.numbers(id)[this.index];
    return Number.isFinite(number) ? number : undefined;
  }

  /** The number that people see beside the row in the file. */
  get shownNumber() {
    return this.table.raw.sourceRow[this.index] ?? this.index + 1;
  }

  /** Where it stands; with a field, its cell. */
  place(column) {
    const { slot, item } = this.table.raw;
    return { slot, item, start: this.index, end: this.index + 1, column };
  }
}

const numberOf = (setting) => (setting?.value.tag === "number" ? setting.value.val : undefined);

/** What else a check may depend on. */
export class Context {
  constructor(raw) {
    this.raw = raw;
    this.today = raw.today;
    this.todayDay = raw.todayDay;
    this.locale = raw.locale;
    this.submission = raw.submission;
    this.submissionsLeft = raw.submissionsLeft;
  }

  /** A setting that is a number; undefined if it is none. An id that the unit does
   * not have is a slip. */
  number(id) {
    const found = this.setting(id);
    if (found === undefined) {
      const ids = this.raw.settings.map((setting) => setting.id).join(", ");
      throw new RangeError(`there is no setting \`${id}\`; the unit has ${ids || "none"}`);
    }
    return numberOf(found);
  }

  /** A setting's value with its source. */
  setting(id) {
    return this.raw.settings.find((setting) => setting.id === id);
  }

  /** Questions that the centre's own template has in place of the unit's. */
  get centrePrompts() {
    const prompts = this.#more("prompts");
    return prompts?.tag === "texts" ? prompts.val : [];
  }

  /** The centre's guidance on the length of a criterion's section, or of the
   * whole submission; undefined where the unit's own counts. */
  centreWords(criterion) {
    const counts = this.#more(criterion === undefined ? "words" : `words.${criterion}`);
    if (counts?.tag !== "counts") return undefined;
    const count = (name) => {
      const found = counts.val.find((count) => count.name === name);
      return found && Math.min(Math.max(Math.trunc(found.number), 0), 0xffffffff);
    };
    const nominal = count("nominal");
    return nominal === undefined ? undefined : { nominal, low: count("low"), high: count("high"), source: "centre" };
  }

  #more(key) {
    return this.raw.more.find((entry) => entry.key === key)?.value;
  }
}

// ---- Findings -----------------------------------------------------------------

const LONGEST_MESSAGE = 2000;
const MOST_PLACES = 100;
const LONGEST_SHOWN = 80;

/** A finding of `rule` with a message for the assessor. Everything else is
 * named: `criterion`, `learner`, `source`, `counted` with `wanted`, `unit` and
 * `setting`, `places`, and `details` by their keys. */
export function finding(rule, status, message, more = {}) {
  oneOf(STATUSES, status, `the status of a finding of ${rule}`);
  const { criterion, learner, source = "heuristic", counted, wanted, unit, setting, places = [], details = {} } = more;
  return {
    rule,
    criterion,
    status,
    message: cut(message, LONGEST_MESSAGE),
    learnerMessage: learner === undefined ? undefined : cut(learner, LONGEST_MESSAGE),
    source,
    measure: counted === undefined ? undefined : { counted, wanted, unit, setting },
    places: places.slice(0, MOST_PLACES),
    details: Object.entries(details).map(([key, given]) => ({ key, value: value(given) })),
  };
}

// ---- Checks that most units share ---------------------------------------------

/** The evidence beside the unit, read once for all checks. */
export class Checks {
  #unit;
  #evidence;
  #context;
  #answers;

  constructor(evidence, unit, context) {
    this.#unit = unit;
    this.#evidence = evidence;
    this.#context = context;
    const prompts = foldedPrompts(unit, context);
    this.#answers = criteriaOf(unit).map((criterion) => {
      const sections = evidence.sections(criterion.id);
      const leftOver = sections.flatMap((section) => section.blocks.flatMap((block) => leftOverTexts(block, prompts)));
      const leftOverWords = sum(leftOver, wordCount);
      const ownWords = Math.max(sum(sections, (section) => section.wordCount) - leftOverWords, 0);
      return { criterion, id: criterion.id, sections, leftOverWords, ownWords };
    });
  }

  /** Whether each criterion has its section (rule `section-found`). Nothing for
   * a criterion that no document serves, unless somebody wrote about it. */
  sectionFound() {
    return this.#answers.flatMap(({ id, sections }) => {
      const places = sections.map((section) => section.place);
      const found = (message) => [finding("section-found", "found", message,
        { criterion: id, learner: `We found your answer to AC ${id}.`, places })];
      if (sections.length === 0) return this.#missing(id);
      if (sections.length === 1) {
        return found(sections[0].mappedByPeople
          ? `AC ${id} was mapped to its text by hand.`
          : `AC ${id} has a section under its heading.`);
      }
      if (!hasDuplicate(sections)) return found(`AC ${id} is answered in ${sections.length} places.`);
      return [finding("section-found", "look",
        `AC ${id} has ${sections.length} sections. Please look which of them answers it.`,
        {
          criterion: id,
          learner: `We found ${sections.length} headings for AC ${id}. If that is a slip, keep one of them.`,
          places,
        })];
    });
  }

  /** Words of each section against the guidance on length (rule `section-words`).
   * Left-over template text is not counted. */
  sectionWords() {
    return this.#answers.flatMap(({ criterion, id, sections, leftOverWords, ownWords }) => {
      if (sections.length === 0) return [];
      const setting = `words_${id}`;
      const target = numberOf(this.#context.setting(setting));
      const guidance = this.#context.centreWords(id) ?? some(criterion.words);
      const wanted = target ?? guidance?.nominal;
      const source = this.#context.setting(setting)?.source ?? guidance?.source ?? "heuristic";
      const about = wanted === undefined ? "" : ` The guidance is about ${wanted}.`;
      const shown = countedNoun(ownWords, "word", "words");
      return [finding("section-words", "info", `AC ${id} has ${shown}.${about}${notCounted(leftOverWords)}`, {
        criterion: id,
        learner: `We counted ${shown} for AC ${id}.${about} Length is only a guide.`,
        source,
        counted: ownWords,
        wanted,
        unit: "words",
        setting: target === undefined ? undefined : setting,
        places: [sections[0].place],
        details: leftOverWords > 0 ? { template_words: leftOverWords } : {},
      })];
    });
  }

  /** Sections with hardly any words of the learner's own (rule
   * `section-empty`): fewer than the setting of this id. */
  sectionEmpty(leastWords) {
    const least = this.#context.number(leastWords) ?? 0;
    return this.#answers.flatMap(({ id, sections, leftOverWords, ownWords }) => {
      if (sections.length === 0 || ownWords >= least) return [];
      const shown = countedNoun(ownWords, "word", "words");
      const [assessor, learner] = ownWords === 0
        ? [`AC ${id} has a heading and no text of the learner's own below it.`,
          `We found the heading of AC ${id}, but no answer below it.`]
        : [`AC ${id} has only ${shown}.`, `We found the heading of AC ${id}, but only ${shown} below it.`];
      return [finding("section-empty", "look", assessor + notCounted(leftOverWords), {
        criterion: id,
        learner,
        counted: ownWords,
        wanted: least,
        unit: "words",
        setting: leastWords,
        places: [sections[0].place],
      })];
    });
  }

  /** Words of all sections together against the guidance for the whole
   * submission (rule `total-words`). */
  totalWords() {
    const total = sum(this.#answers, (answer) => answer.ownWords);
    const leftOut = sum(this.#answers, (answer) => answer.leftOverWords);
    const guidance = this.#context.centreWords() ?? some(this.#unit.words);
    let about = "";
    if (guidance !== undefined) {
      about = isNone(guidance.low) || isNone(guidance.high)
        ? ` About ${withCommas(guidance.nominal)} are suggested.`
        : ` Between ${withCommas(guidance.low)} and ${withCommas(guidance.high)} are suggested; other lengths cost nothing.`;
    }
    const shown = countedNoun(total, "word", "words");
    return [finding("total-words", "info",
      `The sections have ${shown} in all. Headings, references and the declaration are not counted.${about}${notCounted(leftOut)}`,
      {
        learner: `We counted ${shown} in all.${about}`,
        source: guidance?.source ?? "heuristic",
        counted: total,
        wanted: guidance?.nominal,
        unit: "words",
      })];
  }

  /** Adds up a column of time. `rule` names the rule, the criterion, the slot,
   * the field, the setting with the minutes that are asked for, and what people
   * call the table. Rows whose time cannot be read are pointed at. */
  hours({ rule, criterion, slot, field, setting, table }) {
    const state = this.#evidence.state(slot);
    const partlyUnreadable = !["given", "empty", "waived"].includes(state);
    const source = this.#context.setting(setting)?.source ?? "heuristic";
    const tables = this.#evidence.tables(slot);
    let total = 0, all = 0;
    const unread = [], places = [];
    for (const row of tables.flatMap((table) => table.rows)) {
      all += 1;
      const length = seconds(row.number(field));
      if (length >= 0 && length <= MOST_SECONDS) {
        total += length;
      } else {
        unread.push(tables.length > 1 ? `${row.shownNumber} of “${row.table.title}”` : `${row.shownNumber}`);
        places.push(row.place(field));
      }
    }
    if (all === 0) {
      const [status, message, learner] = nothing(table, state, partlyUnreadable);
      return [finding(rule, status, message, { criterion, source, learner })];
    }
    const wantedMinutes = this.#context.number(setting) ?? 0;
    const wanted = seconds(wantedMinutes) ?? 0;
    const status = total >= wanted ? "found" : partlyUnreadable || unread.length > 0 ? "look" : "not-found";
    const toGo = total < wanted ? `, so ${isOrAre(wanted - total)} to go` : "";
    let about = `${duration(total)} in ${countedNoun(all, "row", "rows")}; ${duration(wanted)} are asked for${toGo}.`;
    let advice = "";
    if (unread.length > 0) {
      about += ` We could not read the time in ${rowNumbers(unread)}.`;
      advice = " You could write there how many minutes it took.";
    }
    const files = partlyUnreadable ? " Some of its files could not be read." : "";
    return [finding(rule, status, `The ${table} shows ${about}${files}`, {
      criterion,
      learner: `We counted ${about}${advice}`,
      source,
      counted: total / 60,
      wanted: wantedMinutes,
      unit: "minutes",
      setting,
      places,
      details: { counted_minutes: total / 60, rows: all },
    })];
  }

  #missing(id) {
    const serves = (slot) => slot.kind === "document" && (slot.criteria.length === 0 || slot.criteria.includes(id));
    const states = this.#unit.slots.filter(serves).map((slot) => this.#evidence.state(slot.id));
    if (states.length === 0) return [];
    if (states.some((state) => !["given", "empty", "waived"].includes(state))) {
      return [finding("section-found", "look",
        `No section for AC ${id} was found, and some of the files could not be read. Please look in the files.`,
        { criterion: id })];
    }
    if (states.includes("waived")) {
      return [finding("section-found", "not-applicable", `AC ${id} is shown by other evidence that was agreed.`, { criterion: id })];
    }
    return [finding("section-found", "not-found",
      `No heading for AC ${id} was found. Its text may stand under another heading.`,
      {
        criterion: id,
        learner: `We could not find a heading for AC ${id}. If your answer is there, start its heading with “AC ${id}”.`,
      })];
  }
}

// Several headings for one criterion in one document. Several files, or text
// that people mapped, are no slip.
function hasDuplicate(sections) {
  const seen = new Set();
  for (const { document, mappedByPeople } of sections) {
    if (mappedByPeople) continue;
    const key = `${document.raw.item} ${document.slot}`;
    if (seen.has(key)) return true;
    seen.add(key);
  }
  return false;
}

function nothing(table, state, partlyUnreadable) {
  if (partlyUnreadable) {
    return ["not-applicable",
      `The ${table} could not be read, so no time was counted. Please look in the file.`,
      `We could not read your ${table}. You could save it in another format, or type the rows on the page.`];
  }
  if (state === "waived") {
    return ["not-applicable", `There are no rows in the ${table}; other evidence of the time was agreed.`, undefined];
  }
  return ["not-found",
    `We could not find rows in the ${table}, so no time was counted.`,
    `We could not find rows in your ${table}. You could fill it in on the page, or hand in a table.`];
}

const notCounted = (leftOut) =>
  leftOut === 0 ? "" : ` ${countedNoun(leftOut, "word", "words")} of the template are not counted.`;

// ---- Left-over text of the template ---------------------------------------------

const LETTERS_OF_A_LONG_PROMPT = 40;
const PLACEHOLDER_VERBS = ["add", "click", "complete", "delete", "enter", "insert", "put", "replace", "type", "write", "your"];
const FIELD_PLACEHOLDERS = ["clickortapheretoentertext", "clickheretoentertext", "chooseanitem"];
const WORDS_OF_A_PLACEHOLDER = 12;
const IS_LETTER = /^[\p{Alphabetic}\p{N}]/u;
const NO_LETTERS = /[^\p{Alphabetic}\p{N}]+/gu;
// All of FIELD_PLACEHOLDERS begin so.
const BEGINS_WITH_C = /^[^\p{Alphabetic}\p{N}]*[cC]/u;

// Letters and digits only, in lower case, and where in the original each begins and ends.
class Folded {
  constructor(text) {
    this.letters = "";
    this.starts = [];
    this.ends = [];
    let at = 0;
    for (const character of text) {
      const end = at + character.length;
      if (IS_LETTER.test(character)) {
        const lower = character.toLowerCase();
        this.letters += lower;
        for (let i = 0; i < lower.length; i++) {
          this.starts.push(at);
          this.ends.push(end);
        }
      }
      at = end;
    }
  }

  /** Whether `other` stands at `at` as whole words: its range and what comes after. */
  matchAt(other, text, at) {
    const after = at + other.length;
    if (other === "" || !this.letters.startsWith(other, at)) return undefined;
    const [start, end] = [this.starts[at], this.ends[after - 1]];
    const before = [...text.slice(Math.max(start - 2, 0), start)].pop() ?? "";
    return IS_LETTER.test(before) || IS_LETTER.test(text.slice(end)) ? undefined : { start, end, after };
  }
}

// The same letters, faster and less exactly: what is not in here is not in there.
const roughly = (text) => text.toLowerCase().replace(NO_LETTERS, "").replaceAll("ς", "σ");

function foldedPrompts(unit, context) {
  const prompts = [
    ...unit.outcomes.flatMap((outcome) => outcome.prompts),
    ...criteriaOf(unit).flatMap((criterion) => criterion.prompts),
    ...context.centrePrompts,
  ];
  return prompts
    .map((prompt) => ({ exactly: new Folded(prompt).letters, roughly: roughly(prompt) }))
    .filter((prompt) => prompt.exactly !== "")
    .sort((one, other) => utf8Length(other.exactly) - utf8Length(one.exactly));
}

// Questions of the template and placeholders in one block: prompts one after
// another at its beginning, long prompts and bracketed placeholders anywhere.
function leftOverTexts(text, prompts) {
  const ranges = placeholders(text);
  const rough = prompts.length > 0 ? roughly(text) : "";
  if (prompts.some((prompt) => rough.includes(prompt.roughly))) {
    const folded = new Folded(text);
    let at = 0;
    for (;;) {
      let found;
      for (const prompt of prompts) {
        found = folded.matchAt(prompt.exactly, text, at);
        if (found !== undefined) break;
      }
      if (found === undefined) break;
      ranges.push(found);
      at = found.after;
    }
    for (const { exactly } of prompts) {
      if (utf8Length(exactly) < LETTERS_OF_A_LONG_PROMPT) continue;
      for (let from = folded.letters.indexOf(exactly); from >= 0; from = folded.letters.indexOf(exactly, from + exactly.length)) {
        const match = folded.matchAt(exactly, text, from);
        if (match !== undefined) ranges.push(match);
      }
    }
  }
  ranges.sort((one, other) => one.start - other.start || other.end - one.end);
  let end = 0;
  const texts = [];
  for (const range of ranges) {
    if (range.start < end) continue;
    end = range.end;
    texts.push(text.slice(range.start, range.end));
  }
  return texts;
}

// Bracketed texts that ask to be replaced: `[Type your answer here]`, `<insert date>`.
function placeholders(text) {
  const found = [];
  if (BEGINS_WITH_C.test(text) && FIELD_PLACEHOLDERS.includes(new Folded(text).letters)) {
    found.push({ start: 0, end: text.length });
  }
  for (const [open, close] of ["[]", "<>", "{}"]) {
    let from = 0;
    for (;;) {
      const start = text.indexOf(open, from);
      if (start < 0) break;
      const closing = text.indexOf(close, start);
      if (closing < 0) break;
      const inside = splitWords(text.slice(start + 1, closing));
      if (inside.length <= WORDS_OF_A_PLACEHOLDER && PLACEHOLDER_VERBS.includes(inside[0]?.toLowerCase())) {
        found.push({ start, end: closing + 1 });
      }
      from = closing + 1;
    }
  }
  return found;
}

// ---- The mark sheet -----------------------------------------------------------

const MOST_REASONS = 50;

/** Works out what the sheet comes to: every criterion must be met, one below its
 * minimum makes a referral, and one without marks leaves the sheet incomplete. */
export function evaluateSheet(unit, sheet) {
  const byMarks = sheet.mode === "marks";
  if (!byMarks && sheet.mode !== "pass-referral") throw pluginError("unsupported", `This sheet has no mode \`${sheet.mode}\`.`);
  if (!unit.sheet.modes.includes(sheet.mode)) {
    throw pluginError("unsupported", `This unit's sheet has no mode \`${sheet.mode}\`.`);
  }
  const expected = criteriaOf(unit);
  if (expected.length !== sheet.entries.length || expected.some((criterion, i) => criterion.id !== sheet.entries[i].criterion)) {
    throw pluginError("bad-input", "The sheet must have one entry for each criterion of the unit, in the unit's order.");
  }
  const criteria = [], undecided = [], below = [];
  let total = 0, maximum = 0;
  expected.forEach((criterion, i) => {
    const entry = sheet.entries[i];
    const { id } = criterion;
    const { tag, val } = entry.award;
    if (byMarks) checkBounds(criterion, entry);
    let met;
    if (tag === "undecided") {
      undecided.push(`AC ${id} is not ${byMarks ? "marked" : "decided"} yet.`);
    } else if (tag === "marks" && byMarks) {
      if (val > entry.maximum) {
        throw pluginError("bad-input", `AC ${id} has more marks than the ${shownMarks(unit, entry.maximum)} there are.`);
      }
      total += val;
      met = val >= entry.minimum;
      if (!met) below.push(belowMinimum(unit, entry, val));
    } else if (tag === "decision" && !byMarks) {
      if (val !== "pass" && val !== "referral") throw pluginError("unsupported", `AC ${id} has the unknown decision \`${val}\`.`);
      met = val === "pass";
      if (!met) below.push(`AC ${id} is decided as a referral.`);
    } else {
      throw pluginError("bad-input", tag === "marks"
        ? `AC ${id} has marks on a sheet of decisions.`
        : `AC ${id} has a decision on a sheet of marks.`);
    }
    maximum += entry.maximum;
    criteria.push({ criterion: id, met });
  });
  const verdict = undecided.length > 0 ? "incomplete" : below.length === 0 ? "pass" : "referral";
  return {
    verdict,
    label: "",
    total: byMarks ? total : undefined,
    maximum: byMarks ? maximum : undefined,
    criteria,
    reasons: reasons(verdict, undecided, below, criteria.length, byMarks),
    details: [],
  };
}

/** What the gradebook gets: nothing but for a pass; then the marks, or 1 of 1
 * where there are none. */
export function gradeOutcome(unit, outcome, context) {
  if (outcome.verdict !== "pass") return undefined;
  const parts = Math.max(unit.sheet.partsPerMark, 1);
  const hasMarks = !isNone(outcome.total) && outcome.maximum > 0;
  return {
    score: hasMarks ? outcome.total / parts : 1,
    maximum: hasMarks ? outcome.maximum / parts : 1,
    comment: `Pass, submission ${context.submission}.`,
  };
}

function checkBounds(criterion, entry) {
  const { id } = criterion;
  if (criterion.maximum > 0 && entry.maximum !== criterion.maximum) {
    throw pluginError("bad-input", `AC ${id} has another maximum than the unit's.`);
  }
  if (entry.minimum < criterion.minimum) throw pluginError("bad-input", `AC ${id} has a lower minimum than the unit's.`);
  if (entry.minimum > entry.maximum) throw pluginError("bad-input", `AC ${id} has a minimum above its maximum.`);
}

function reasons(verdict, undecided, below, criteria, byMarks) {
  if (verdict === "pass") return [criteria === 1 ? "The one criterion is met." : `All ${criteria} criteria are met.`];
  const all = [...undecided, ...below];
  if (undecided.length > 0 && below.length > 0) {
    all.push("When it is finished, the sheet will be a referral unless that changes.");
  } else if (verdict === "referral" && byMarks) {
    all.push("One criterion below its minimum makes a referral, whatever the total.");
  }
  if (all.length <= MOST_REASONS) return all;
  return [...all.slice(0, MOST_REASONS - 1), `There are ${all.length - MOST_REASONS + 1} more reasons.`];
}

function belowMinimum(unit, entry, marks) {
  const minimum = shownMarks(unit, entry.minimum);
  return `AC ${entry.criterion} has ${shownMarks(unit, marks)} of ${shownMarks(unit, entry.maximum)} marks; at least ${minimum} ${minimum === "1" ? "is" : "are"} needed.`;
}

const shownMarks = (unit, parts) => String(parts / Math.max(unit.sheet.partsPerMark, 1));

// ---- Text and numbers ---------------------------------------------------------

const MOST_SECONDS = 24 * 60 * 60;
const MOST_NAMED = 6;
// Unicode's White_Space; `\s` has one character more and one less.
const WHITE_SPACE = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

const isNone = (given) => given === undefined || given === null;
const some = (given) => given ?? undefined;
const sum = (items, count) => items.reduce((total, item) => total + count(item), 0);

/** The words of a text, parted by white space as the host parts them. */
export function splitWords(text) {
  return text.split(WHITE_SPACE).filter((word) => word !== "");
}

/** How many words a text has. */
export function wordCount(text) {
  return splitWords(text).length;
}

/** A whole number with commas: `2,545`. */
export function withCommas(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Exact time as people say it: `35 h 59 min`, `45 min`. */
export function duration(seconds) {
  const parts = [[Math.floor(seconds / 3600), "h"], [Math.floor(seconds / 60) % 60, "min"], [seconds % 60, "s"]];
  return parts.filter(([number]) => number !== 0).map(([number, unit]) => `${number} ${unit}`).join(" ") || "0 min";
}

const countedNoun = (number, one, many) => `${withCommas(number)} ${number === 1 ? one : many}`;
const isOrAre = (seconds) => (seconds === 60 ? "1 minute is" : `${duration(seconds)} are`);

// Minutes as whole seconds; undefined for what no length of time can be.
function seconds(minutes) {
  if (minutes === undefined || !(Math.abs(minutes * 60) < 1e12)) return undefined;
  // Halves away from zero, as elsewhere; `Math.round` alone takes them upwards.
  return Math.sign(minutes) * Math.round(Math.abs(minutes * 60));
}

function rowNumbers(numbers) {
  const noun = numbers.length === 1 ? "row" : "rows";
  const more = numbers.length - MOST_NAMED;
  if (more > 0) return `${noun} ${numbers.slice(0, MOST_NAMED).join(", ")} and ${more} more`;
  const last = numbers[numbers.length - 1];
  return `${noun} ${numbers.length === 1 ? last : `${numbers.slice(0, -1).join(", ")} and ${last}`}`;
}

function utf8Length(text) {
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0);
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}

// Cuts to at most so many bytes, on a character boundary, with an ellipsis at the end.
function cut(text, bytes) {
  // No character of this language takes more than three bytes.
  if (text.length * 3 <= bytes || utf8Length(text) <= bytes) return text;
  let kept = "", length = utf8Length("…");
  for (const character of text) {
    length += utf8Length(character);
    if (length > bytes) break;
    kept += character;
  }
  return `${kept}…`;
}
