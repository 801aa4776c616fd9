/* Markbridge: the script of the pages on the way in. The login's secret goes into the platform's
   storage, and comes out of it again where the browser kept no cookie (LTI postMessage storage).
   Whatever does not answer in time is done without. */
(() => {
  "use strict";
  const TIMEOUT = 1000;
  const main = document.getElementById("main");
  const platform = window.opener || (window.parent === window ? null : window.parent);

  const ask = (target, origin, message) => new Promise((resolve, reject) => {
    const id = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const end = (settle, value) => {
      clearTimeout(timer);
      removeEventListener("message", listen);
      settle(value);
    };
    const listen = (event) => {
      const answer = event.data;
      if (event.source !== target || (origin !== "*" && event.origin !== origin)) return;
      if (!answer || answer.message_id !== id || answer.subject !== `${message.subject}.response`) return;
      if (answer.error) end(reject, answer.error); else end(resolve, answer);
    };
    const timer = setTimeout(() => end(reject, "no answer"), TIMEOUT);
    addEventListener("message", listen);
    target.postMessage({ ...message, message_id: id }, origin);
  });

  /* Drafts of the specification had longer names: the one that is listed counts. */
  const subjects = { put: ["lti.put_data", "org.imsglobal.lti.put_data"], get: ["lti.get_data", "org.imsglobal.lti.get_data"] };

  const offered = async (kind) => {
    const names = subjects[kind];
    try {
      const answer = await ask(platform, "*", { subject: "lti.capabilities" });
      const listed = (answer.supported_messages || []).find((message) => names.includes(message.subject));
      if (listed) return { subject: listed.subject, frame: listed.frame || main.dataset.frame };
    } catch { /* A platform may offer storage without telling. */ }
    return { subject: names[0], frame: main.dataset.frame };
  };

  const frame = (name) => {
    if (!name || name === "_parent") return platform;
    try { return platform.frames[name] || platform; } catch { return platform; }
  };

  const store = async (kind, message) => {
    if (!platform) throw new Error("no platform around this page");
    const { subject, frame: name } = await offered(kind);
    return ask(frame(name), main.dataset.origin, { subject, key: main.dataset.key, ...message });
  };

  const keep = async () => {
    try { await store("put", { value: main.dataset.secret }); } catch { /* The cookie or a window of its own will serve. */ }
    location.replace(main.dataset.next);
  };

  const find = async () => {
    const [finding, own, proof] = ["finding", "window", "proof"].map((id) => document.getElementById(id));
    finding.hidden = false;
    own.hidden = true;
    try {
      const { value } = await store("get", {});
      if (typeof value !== "string" || !value) throw new Error("nothing is kept");
      proof.elements.secret.value = value;
      proof.submit();
    } catch {
      finding.hidden = true;
      own.hidden = false;
    }
  };

  document.querySelectorAll("form[data-once]").forEach((form) => form.addEventListener("submit", () => setTimeout(() => {
    form.hidden = true;
    document.querySelectorAll("[data-unused]").forEach((element) => { element.hidden = true; });
    document.querySelectorAll("[data-used]").forEach((element) => { element.hidden = false; });
  })));
  if ("keep" in main.dataset) keep();
  if ("find" in main.dataset) find();
})();
