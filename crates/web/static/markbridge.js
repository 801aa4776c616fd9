/* Markbridge: the one script. Every page works without it, one request per step.
   Marks and outcomes are worked out by the server; this only sends, and shows the answers. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);

  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const icon = (name) => make("span", { class: `ic ic-${name}`, "aria-hidden": "true" });
  const pill = (kind, words) => make("span", { class: `state state--${kind}` }, icon(kind), words);

  document.documentElement.classList.add("js");
  $$("[data-print]").forEach((button) => button.addEventListener("click", () => window.print()));
  // Inside the course's page there is little room.
  if (window.top !== window.self) $$("[data-framed]").forEach((link) => { link.hidden = false; });
  // A platform that shows a page of ours in a frame or a window closes it when it is told to.
  $$("[data-lti-close]").forEach((button) => button.addEventListener("click", () => {
    (window.opener || window.parent).postMessage({ subject: "org.imsglobal.lti.close" }, "*");
  }));
  // A form that came back with errors puts the reader where they are told.
  byId("error-summary")?.focus();
  // The answer to the course goes on its way; the button beside it serves browsers without scripts.
  $("form[data-auto-submit]")?.submit();

  handIn();
  refresh();
  swap();
  const typingArea = $("[data-typing]");
  if (typingArea) typing(typingArea);
  const sheetArea = byId("mark-sheet");
  if (sheetArea) marking(sheetArea);

  /* ---------- What goes on in the background ---------- */
  function refresh() {
    const area = $("[data-refresh]");
    if (!area) return;
    setTimeout(async () => {
      const page = await fetch(location.href).then((response) => response.ok ? response.text() : null).catch(() => null);
      if (page === null) { refresh(); return; }
      const now = new DOMParser().parseFromString(page, "text/html").getElementById(area.id);
      if (!now || !("refresh" in now.dataset)) { location.reload(); return; }
      // The words change inside the element, which is how a screen reader hears of it.
      const words = '[role="status"]';
      if ($(words, area).textContent !== $(words, now).textContent) $(words, area).replaceChildren(...$(words, now).childNodes);
      refresh();
    }, 2000);
  }

  /* ---------- Rows: forms and links that change the page in place ---------- */
  function swap() {
    if (!$("[data-swap-area]")) return;
    const take = async (url, request) => {
      const answer = await fetch(url, { credentials: "same-origin", ...request });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const area = $("[data-swap-area]"), next = $("[data-swap-area]", page);
      // Another page, such as the one that says that the visit has ended, is shown whole.
      if (!next) { location.href = answer.url; return; }
      area.replaceWith(next);
      document.title = page.title;
      // An answer does not tell the place that a redirection names; the row that was changed stands in its query.
      const now = new URL(answer.url), at = now.searchParams.get("at");
      const hash = at ? `#row-${at}` : new URL(url, location.href).hash;
      history.replaceState(null, "", now.pathname + now.search + hash);
      handIn();
      const wrong = $('[aria-invalid="true"]', next), place = wrong ?? (hash && byId(hash.slice(1)));
      const field = wrong ?? (place && $("input:not([type=hidden]), select, textarea", place.closest("section, tr") ?? place));
      if (!place) return;
      place.scrollIntoView({ block: "nearest" });
      (place.matches("tr") && !$("form:not([action$=remove-row])", place) ? place : field ?? place).focus({ preventScroll: true });
    };
    document.addEventListener("click", (event) => {
      if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      const link = event.target.closest("a[data-swap]");
      if (!link) return;
      event.preventDefault();
      take(link.href).catch(() => { location.href = link.href; });
    });
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (!("swap" in form.dataset)) return;
      event.preventDefault();
      take(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }).catch(() => form.submit());
    });
  }

  /* ---------- My evidence ---------- */
  function handIn() {
    $$("form[data-upload]").forEach((form) => {
      const input = $('input[type="file"]', form);
      const send = () => {
        if (!input.files.length) return;
        $("[data-progress]", form).replaceChildren(icon("wait"), ` Sending “${input.files[0].name}”…`);
        form.submit();
      };
      input.addEventListener("change", send);
      ["dragenter", "dragover"].forEach((type) => form.addEventListener(type, (event) => { event.preventDefault(); form.classList.add("is-over"); }));
      ["dragleave", "drop"].forEach((type) => form.addEventListener(type, (event) => { event.preventDefault(); form.classList.remove("is-over"); }));
      form.addEventListener("drop", (event) => {
        if (!event.dataTransfer.files.length) return;
        const one = new DataTransfer();
        one.items.add(event.dataTransfer.files[0]);
        input.files = one.files;
        send();
      });
    });
    const box = byId("own-work");
    if (!box) return;
    const show = () => {
      $$("[data-needs-own-work]").forEach((element) => { element.hidden = box.checked; });
      $$("[data-needs-nothing]").forEach((element) => { element.hidden = !box.checked; });
      if (box.checked) {
        box.removeAttribute("aria-invalid");
        byId("own-work-error").hidden = true;
        $("[data-own-work]").classList.remove("field--error");
      }
    };
    box.addEventListener("change", show);
    show();
  }

  /* ---------- Typing an answer ---------- */
  function typing(area) {
    const forms = $$("[data-answer]", area);
    const states = new Map(forms.map((form) => [form, { dirty: false, clash: null, refused: false }]));
    let timer = 0, underway = false, failures = 0, lost = false, leave = null;
    const keyOf = (form) => `markbridge:${area.dataset.typing}:${form.dataset.answer}`;
    const store = (act) => { try { return act(localStorage); } catch { return null; } };   // private windows may refuse; the page still warns before it is left
    const field = (form) => form.elements.text;
    const status = (form, name, words) => $("[data-status]", form).replaceChildren(...(words ? [icon(name), ` ${words}`] : []));
    const unsaved = () => underway || [...states.values()].some((state) => state.dirty || state.clash !== null);

    const change = (form) => {
      const state = states.get(form);
      store((kept) => kept.setItem(keyOf(form), field(form).value));
      state.dirty = true;
      state.refused = false;
      if (lost || state.clash !== null) return;
      status(form, "wait", "Saving…");
      if (failures) return;
      clearTimeout(timer);
      timer = setTimeout(pump, 700);
    };

    // One request is under way at a time, so that answers come in order.
    async function pump() {
      if (underway || lost) return;
      const next = [...states].find(([, state]) => state.dirty && state.clash === null && !state.refused);
      if (!next) { if (leave && !unsaved()) leave(); leave = null; return; }
      const [form, state] = next, sent = field(form).value;
      state.dirty = false;
      underway = true;
      let answer, body;
      try {
        answer = await fetch(form.action, {
          method: "POST", body: new URLSearchParams(new FormData(form)).toString(), credentials: "same-origin",
          headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
          signal: AbortSignal.timeout(20000),
        });
        body = await answer.json();
      } catch { answer = null; }
      underway = false;
      if (answer?.ok) {
        failures = 0;
        form.elements.version.value = body.version;
        $("[data-words-counted]", form).textContent = `${body.words} ${body.words === 1 ? "word" : "words"}`;
        if (field(form).value === sent) { store((kept) => kept.removeItem(keyOf(form))); status(form, "met", "Saved"); }
        pump();
      } else if (answer?.status === 409 && body.conflict) {
        state.dirty = true;
        state.clash = body.conflict;
        $("[data-theirs]", form).textContent = body.conflict.text || "(empty)";
        $("[data-clash]", form).hidden = false;
        status(form, "look", "Not saved");
        pump();
      } else if (answer?.status === 422) {
        state.dirty = state.refused = true;
        status(form, "stop", `Not saved. ${body.error}`);
        pump();
      } else if (answer && answer.status !== 500 && answer.status !== 502 && answer.status !== 503) {
        state.dirty = lost = true;
        byId("typing-lost").hidden = false;
        status(form, "stop", "Not saved");
      } else {
        state.dirty = true;
        failures += 1;
        status(form, "stop", "Not saved: we cannot reach the server and try again");
        timer = setTimeout(pump, Math.min(60, 2 ** failures) * 1000);
        leave = null;
      }
    }
    const flush = () => { clearTimeout(timer); failures = 0; pump(); };
    const solve = (form, text) => {
      const state = states.get(form);
      form.elements.version.value = state.clash.version;
      if (text !== null) field(form).value = text;
      state.clash = null;
      $("[data-clash]", form).hidden = true;
      change(form);
      flush();
    };

    forms.forEach((form) => {
      field(form).addEventListener("input", () => change(form));
      form.addEventListener("submit", (event) => { event.preventDefault(); change(form); flush(); });
      $("[data-mine]", form).addEventListener("click", () => solve(form, null));
      $("[data-take]", form).addEventListener("click", () => solve(form, states.get(form).clash.text));
      const before = store((kept) => kept.getItem(keyOf(form)));
      const notice = $("[data-kept]", form);
      if (before === null || before === field(form).value) store((kept) => kept.removeItem(keyOf(form)));
      else {
        $("[data-words]", notice).textContent = before;
        notice.hidden = false;
        $("[data-put-back]", notice).addEventListener("click", () => { field(form).value = before; notice.hidden = true; change(form); });
        $("[data-drop]", notice).addEventListener("click", () => { store((kept) => kept.removeItem(keyOf(form))); notice.hidden = true; });
      }
    });
    // What leads away first lets the last change be saved.
    $("[data-typed-done]", area).form.addEventListener("submit", (event) => {
      if (!unsaved() || lost) return;
      event.preventDefault();
      leave = () => event.target.submit();
      flush();
    });
    window.addEventListener("beforeunload", (event) => { if (unsaved() && !leave) event.preventDefault(); });
    document.addEventListener("visibilitychange", () => { if (document.hidden && unsaved() && !failures) flush(); });
  }

  /* ---------- Marking ---------- */
  function marking(area) {
    const submission = area.dataset.submission;
    const marks = area.dataset.mode === "marks";
    const open = "open" in area.dataset;
    const sheets = $$(".sheet", area);
    // The overview, where there is one, is a place to go to and no line of the sheet.
    const views = sheets.map((sheet) => sheet.dataset.criterion);
    const order = views.filter((view) => view !== "overview");
    const sheetOf = (criterion) => sheets.find((sheet) => sheet.dataset.criterion === criterion);
    let current = (sheets.find((sheet) => !sheet.hidden) ?? sheets[0]).dataset.criterion;

    const go = (criterion, field) => {
      if (!views.includes(criterion)) return;
      if (criterion !== current) {
        current = criterion;
        $$("[data-criterion]").forEach((element) => { element.hidden = element.dataset.criterion !== criterion; });
        $$(".ac[data-go]").forEach((link) => {
          if (link.dataset.go === criterion) { link.setAttribute("aria-current", "true"); link.scrollIntoView({ block: "nearest" }); }
          else link.removeAttribute("aria-current");
        });
        byId("evidence").scrollTop = area.scrollTop = 0;
        const fold = $("[data-fold]", sheetOf(criterion));
        if (fold && open) fold.open = !awarded(criterion);
        history.replaceState(null, "", `?criterion=${encodeURIComponent(criterion)}`);
      }
      if (field) reach(`${field}-${criterion}`);
      else if (!area.contains(document.activeElement) || document.activeElement.closest("[hidden]")) area.focus({ preventScroll: true });
    };
    $(".ac[aria-current]")?.scrollIntoView({ block: "nearest" });
    const step = (by, field) => go(views[views.indexOf(current) + by], field);
    // A mark that stands already is replaced by the next figure typed, not added to.
    const reach = (id) => { const field = byId(id); field?.focus(); if (field?.matches("[data-mark]")) field.select(); };

    const light = (place) => {
      $$(".is-lit").forEach((element) => element.classList.remove("is-lit"));
      place.closest("details")?.setAttribute("open", "");
      place.classList.add("is-lit");
      place.scrollIntoView({ block: "center" });
      if (place.hasAttribute("tabindex")) place.focus({ preventScroll: true });
    };

    document.addEventListener("click", (event) => {
      if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      const link = event.target.closest("a[href]");
      if (!link) return;
      if (link.dataset.go) { event.preventDefault(); go(link.dataset.go, link.dataset.to); return; }
      const href = link.getAttribute("href");
      if (href.startsWith("#")) {
        const place = byId(href.slice(1));
        if (place && place.closest(".mk-body")) { event.preventDefault(); light(place); }
      }
    });

    // A signed sheet can be looked through, and that is all.
    if (!open) return;

    const formOf = (criterion) => byId(`sheet-${criterion}`);
    const line = (criterion) => {
      const data = new FormData(formOf(criterion));
      return { mark: data.get("mark") ?? "", decision: data.get("decision") ?? "", feedback: data.get("feedback") ?? "", band: data.get("band") ?? "" };
    };
    const same = (one, other) => ["mark", "decision", "feedback", "band"].every((field) => one[field] === other[field]);
    function awarded(criterion) { const now = line(criterion); return now.mark.trim() !== "" || now.decision !== ""; }
    const fill = (criterion, values) => {
      const form = formOf(criterion);
      for (const element of form.elements) {
        if (element.type === "radio") element.checked = element.value === values[element.name];
        else if (element.name === "mark" || element.name === "feedback") element.value = values[element.name];
      }
      showBand(criterion);
    };
    const showBand = (criterion) => {
      const name = $("[data-band-name]", sheetOf(criterion));
      if (name) name.textContent = $('input[name="band"]:checked', sheetOf(criterion))?.dataset.label ?? "none chosen";
    };

    /* Text that could not be sent stays in this browser. */
    const keyOf = (criterion) => `markbridge:${submission}:${criterion}`;
    const keep = (criterion) => {
      try { localStorage.setItem(keyOf(criterion), JSON.stringify({ ...line(criterion), at: clock() })); } catch { /* private windows may refuse storage; the page still warns before it is left */ }
    };
    const drop = (criterion) => { try { localStorage.removeItem(keyOf(criterion)); } catch { /* see above */ } };
    const kept = (criterion) => { try { return JSON.parse(localStorage.getItem(keyOf(criterion))); } catch { return null; } };
    const clock = () => new Date().toTimeString().slice(0, 5);

    /* Autosave. One request is under way at a time, so that answers come in order. */
    const waiting = new Set();   // changed and not sent yet
    const refused = new Set();   // the server said no; waits for a change
    const clashed = new Map();   // criterion → what somebody else saved
    let underway = null, timer = 0, failures = 0, lost = false, goTo = null;
    let savedAt = clock();
    const saved = byId("saved");
    const unsaved = () => waiting.size + refused.size + clashed.size > 0 || underway !== null;
    const status = (name, words) => saved.replaceChildren(icon(name), ` ${words}`);

    const change = (criterion) => {
      keep(criterion);
      if (clashed.has(criterion)) return;
      refused.delete(criterion);
      waiting.add(criterion);
      if (lost) return;
      status("wait", "Saving…");
      if (failures) return;
      clearTimeout(timer);
      timer = setTimeout(pump, 700);
    };
    const flush = () => { clearTimeout(timer); failures = 0; pump(); };

    async function pump() {
      if (underway !== null || lost) return;
      const [criterion] = waiting;
      if (criterion === undefined) { settled(); return; }
      waiting.delete(criterion);
      underway = criterion;
      const sent = line(criterion);
      const form = formOf(criterion);
      let answer, body;
      try {
        const text = new URLSearchParams(new FormData(form)).toString();
        answer = await fetch(form.action, {
          method: "POST", body: text, credentials: "same-origin", keepalive: text.length < 60000,
          headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
          signal: AbortSignal.timeout(20000),   // a server that takes the request and never answers
        });
        body = await answer.json();
      } catch { answer = null; }
      underway = null;
      if (answer?.ok) {
        failures = 0;
        savedAt = body.saved_at;
        byId("not-saved").hidden = true;
        form.elements.version.value = body.version;
        showError(criterion, "");
        if (same(sent, line(criterion))) drop(criterion); else waiting.add(criterion);
        show(body.sheet);
        pump();
      } else if (answer?.status === 409 && body.conflict) {
        clashed.set(criterion, body.conflict);
        showClash();
        pump();
      } else if (answer?.status === 422) {
        refused.add(criterion);
        showError(criterion, body.error);
        pump();
      } else if (answer?.status === 401 || answer?.status === 403) {
        waiting.add(criterion);
        sessionLost();
      } else {
        waiting.add(criterion);
        failures += 1;
        notSaved();
        timer = setTimeout(pump, Math.min(60, 2 ** failures) * 1000);
      }
    }

    const settled = () => {
      if (clashed.size) status("look", `Not saved: ${[...clashed.keys()].join(", ")}`);
      else if (refused.size) status("stop", `Not saved: ${[...refused].join(", ")}`);
      else status("met", `Saved ${savedAt}`);
      if (goTo && !unsaved()) location.href = goTo;
      goTo = null;
    };
    const notSaved = () => {
      $('[data-is="since"]', byId("not-saved")).textContent = savedAt;
      byId("not-saved").hidden = false;
      status("stop", `Not saved since ${savedAt}`);
      goTo = null;
    };
    const sessionLost = () => {
      lost = true;
      byId("not-saved").hidden = true;
      byId("session-lost").hidden = false;
      status("stop", `Not saved since ${savedAt}`);
      goTo = null;
    };
    const showError = (criterion, words) => {
      const sheet = sheetOf(criterion), error = $("[data-error]", sheet), mark = $("[data-mark]", sheet);
      error.hidden = words === "";
      $("span:last-child", error).textContent = words;
      if (words === "") mark?.removeAttribute("aria-invalid"); else mark?.setAttribute("aria-invalid", "true");
    };

    /* Two people at once: both values are shown, and nothing is overwritten. */
    const showClash = () => {
      const notice = byId("conflict"), [clash] = clashed.values();
      notice.hidden = clash === undefined;
      if (clash === undefined) return;
      const put = (name, words) => { $(`[data-is="${name}"]`, notice).textContent = words; };
      put("by", clash.by); put("criterion", clash.criterion); put("at", clash.at);
      put("award", clash.mark || clash.decision || "not marked"); put("feedback", clash.feedback);
      go(clash.criterion);
    };
    const solve = (event, mine) => {
      const [clash] = clashed.values();
      if (clash === undefined) return;   // a notice that came with the page: its form or link does it
      event.preventDefault();
      clashed.delete(clash.criterion);
      formOf(clash.criterion).elements.version.value = clash.version;
      if (!mine) fill(clash.criterion, clash);
      showClash();
      change(clash.criterion);
      flush();
    };
    $("[data-keep-mine]").addEventListener("click", (event) => solve(event, true));
    $("[data-take-theirs]").addEventListener("click", (event) => solve(event, false));
    $("[data-try-now]").addEventListener("click", flush);

    /* The server's answer, put in its places. */
    const show = (sheet) => {
      for (const one of sheet.criteria) {
        const element = sheetOf(one.id), { max, min } = element.dataset;
        const parts = [icon(one.state), " "];
        if (marks) parts.push(make("span", { class: "ac-mark" }, one.awarded ? `${one.awarded}/${max}` : "–"), " ");
        parts.push(make("span", { class: marks ? "ac-word" : "ac-mark" }, one.words));
        $$("[data-line]").find((place) => place.dataset.line === one.id).replaceChildren(...parts);
        const floor = marks
          ? { met: `Met: ${min} or more`, refer: `Referral: below ${min}`, open: `Not marked: ${min} needed` }
          : { met: "Met", refer: "Referral: not yet met", open: "Not decided yet" };
        $("[data-floor]", element).replaceChildren(pill(one.state, floor[one.state]));
        $("[data-feedback-need]", element).textContent = one.state === "refer" ? "needed for a referral" : "optional";
        $(".scale-mark", element)?.setAttribute("width", one.awarded ? (100 * one.awarded) / max : 0);
      }
      const bar = $(".signbar"), put = (name, ...content) => $(`[data-is="${name}"]`, bar).replaceChildren(...content);
      put("total", sheet.total ?? String(sheet.met + sheet.below));
      put("of", marks ? `of ${sheet.maximum}${sheet.open ? " so far" : ""}` : `of ${order.length} decided`);
      put("counts", `${sheet.met} met · ${sheet.below} ${marks ? "below" : "referral"} · ${sheet.open} ${marks ? "not marked" : "open"}`);
      put("verdict", pill(sheet.verdict === "pass" ? "met" : sheet.below ? "refer" : "open", sheet.verdict_words));
      put("reasons", sheet.reasons.join(" "));
      const list = sheet.obstacles, place = byId("obstacles"), sign = byId("sign");
      if (list.length) {
        const items = list.slice(0, 3).map((one) => make("li", {}, make("a", { href: `?criterion=${encodeURIComponent(one.criterion)}#${one.field}-${one.criterion}`, "data-go": one.criterion, "data-to": one.field }, one.words)));
        if (list.length > 3) items.push(make("li", {}, `and ${list.length - 3} more`));
        place.replaceChildren(make("ul", {}, make("li", {}, make("strong", {}, "Before you can sign:")), ...items));
        sign.setAttribute("aria-disabled", "true");
      } else {
        place.replaceChildren("Nothing stands in the way of signing.");
        sign.removeAttribute("aria-disabled");
      }
    };

    /* Findings. */
    const judge = async (form, press) => {
      const finding = form.closest(".finding"), before = finding.dataset.verdict;
      const paint = (verdict) => {
        finding.dataset.verdict = verdict;
        $$("[data-press]", form).forEach((button) => {
          const pressed = button.dataset.press === verdict;
          button.setAttribute("aria-pressed", String(pressed));
          button.value = pressed ? "" : button.dataset.press;
        });
      };
      const verdict = before === press ? "" : press;
      paint(verdict);
      status("wait", "Saving…");
      const data = new URLSearchParams(new FormData(form));
      data.set("verdict", verdict);
      try {
        const answer = await fetch(form.action, {
          method: "POST", body: data.toString(), credentials: "same-origin",
          headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
        });
        if (answer.status === 401 || answer.status === 403) { paint(before); sessionLost(); return; }
        if (!answer.ok) throw new Error(String(answer.status));
        savedAt = (await answer.json()).saved_at;
        if (!unsaved()) settled();
      } catch {
        paint(before);
        status("stop", "The finding was not saved; try again");
      }
    };
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if ("finding" in form.dataset) { event.preventDefault(); judge(form, event.submitter.dataset.press); }
      // Enter in the mark field: save now, stay here.
      else if ("sheet" in form.dataset) { event.preventDefault(); change(form.elements.criterion.value); flush(); }
    });

    area.addEventListener("input", (event) => {
      const criterion = event.target.closest(".sheet")?.dataset.criterion;
      if (!criterion || !event.target.form?.matches("[data-sheet]")) return;
      showBand(criterion);
      change(criterion);
    });

    byId("sign").addEventListener("click", (event) => {
      if (event.currentTarget.getAttribute("aria-disabled") !== "true") return;
      event.preventDefault();
      $("#obstacles a")?.click();
    });
    // A link out of the page first lets the last change be saved.
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[href]");
      if (!link || event.defaultPrevented || link.getAttribute("href").startsWith("#") || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (!waiting.size && underway === null || lost || failures || refused.size || clashed.size) return;
      event.preventDefault();
      goTo = link.href;
      flush();
    });
    window.addEventListener("beforeunload", (event) => { if (unsaved() && !goTo) event.preventDefault(); });
    document.addEventListener("visibilitychange", () => { if (document.hidden && waiting.size && !failures) flush(); });

    /* Text from last time. */
    const offer = () => {
      const notice = byId("kept");
      const found = order.map((criterion) => [criterion, kept(criterion)]).find(([criterion, values]) => {
        if (values && same(values, line(criterion))) { drop(criterion); return false; }
        return Boolean(values) && !waiting.has(criterion);
      });
      notice.hidden = !found;
      if (!found) return;
      const [criterion, values] = found;
      const put = (name, words) => { $(`[data-is="${name}"]`, notice).textContent = words; };
      put("criterion", criterion); put("at", values.at);
      put("text", [values.mark || values.decision, values.feedback && `“${values.feedback}”`].filter(Boolean).join(", "));
      $("[data-put-back]", notice).onclick = () => { go(criterion); fill(criterion, values); change(criterion); flush(); offer(); };
      $("[data-drop-kept]", notice).onclick = () => { drop(criterion); offer(); };
    };
    offer();

    /* Keys. */
    const keys = byId("keys"), keysOn = byId("keys-on");
    try { keysOn.checked = localStorage.getItem("markbridge:keys") !== "off"; } catch { /* stays on */ }
    keysOn.addEventListener("change", () => { try { localStorage.setItem("markbridge:keys", keysOn.checked ? "on" : "off"); } catch { /* holds for this page */ } });
    byId("keys-open").addEventListener("click", () => keys.showModal());
    document.addEventListener("keydown", (event) => {
      const target = event.target;
      if (event.ctrlKey && event.key === "Enter") {
        event.preventDefault();
        flush();
        if (current === order.at(-1)) byId("sign").focus(); else step(1, "mark");
        return;
      }
      if (target.matches("[data-mark]") && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
        event.preventDefault();
        const now = Number(target.value) || 0, most = Number(target.closest(".sheet").dataset.max);
        target.value = Math.min(most, Math.max(0, now + (event.key === "ArrowUp" ? 1 : -1)));
        change(current);
        return;
      }
      const typing = target.matches('input:not([type="radio"], [type="checkbox"]), textarea, select');
      if (typing && event.key === "Escape") { area.focus(); return; }
      if (typing || keys.open || !keysOn.checked || event.ctrlKey || event.altKey || event.metaKey) return;
      const sheet = sheetOf(current), finding = target.closest(".finding");
      const decide = (decision) => {
        const choice = $(`input[name="decision"][value="${decision}"]`, sheet);
        if (choice && !choice.checked) { choice.checked = true; change(current); }
      };
      const press = (verdict) => { if (finding) judge($("[data-finding]", finding), verdict); };
      const act = {
        j: () => step(1), k: () => step(-1),
        m: () => reach(`mark-${current}`), f: () => byId(`feedback-${current}`)?.focus(), e: () => byId("evidence").focus(),
        o: () => go("overview"), p: () => decide("pass"), r: () => decide("referral"),
        n: () => { const all = $$(".finding", sheet); all[(all.indexOf(finding) + 1) % all.length]?.focus(); },
        c: () => press("confirmed"), d: () => press("dismissed"),
        "?": () => keys.showModal(),
      }[event.key.toLowerCase()];
      if (act) { event.preventDefault(); act(); }
    });
  }
})();
