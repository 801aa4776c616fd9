/* Platform storage as Canvas offers it: the page around the tool says what there is, the frame
   `lti_storage` keeps values, for each origin its own, as long as the page is open. */
(() => {
  "use strict";
  const isStorage = window.name === "lti_storage";
  const kept = new Map();

  addEventListener("message", (event) => {
    const { subject, message_id, key, value } = event.data || {};
    if (typeof subject !== "string" || typeof message_id !== "string") return;
    const answer = (rest) => event.source.postMessage({ subject: `${subject}.response`, message_id, ...rest }, event.origin);
    if (!isStorage) {
      if (subject === "lti.capabilities") {
        answer({ supported_messages: [
          { subject: "lti.capabilities" },
          { subject: "lti.put_data", frame: "lti_storage" },
          { subject: "lti.get_data", frame: "lti_storage" },
        ] });
      } else {
        answer({ error: { code: "unsupported_subject", message: "not for this window" } });
      }
      return;
    }
    const own = `${event.origin} ${key}`;
    if (subject === "lti.put_data") {
      if (value === null) kept.delete(own); else kept.set(own, String(value));
      answer({ key, value });
    } else if (subject === "lti.get_data") {
      answer({ key, value: kept.get(own) ?? null });
    } else {
      answer({ error: { code: "unsupported_subject", message: "the storage keeps and gives values" } });
    }
  });
})();
