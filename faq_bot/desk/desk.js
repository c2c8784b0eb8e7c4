// What Gradio leaves to the desk's page: drafts that are saved although the connection broke, the
// language of the document and of the fields, names for screen readers. No eval, no storage.
(() => {
  "use strict";
  const { language } = document.currentScript.dataset;

  const SAVE_AFTER = 500; // milliseconds without a key
  const SAVED_WITHIN = 6000;
  const field = (identifier) => document.querySelector(`#${identifier} :is(textarea, input)`);
  const save = () => document.querySelector("#save").click();

  // The server tells by a new value of #seen that it has the draft. Until then the page says so, asks
  // again, and warns who wants to leave it.
  let unsaved = null; // what #seen was when the editor typed first since the draft was saved
  let since = 0;
  let waiting = 0;
  const typed = (event) => {
    if (!event.isTrusted || !event.target.closest("#form")) return;
    const answers = [...document.querySelectorAll("[id^=answer-] textarea")];
    if (!field("draft-number").value && !answers.some((area) => area.value.trim())) return;
    unsaved ??= field("seen").value;
    since = Date.now();
    clearTimeout(waiting);
    waiting = setTimeout(save, SAVE_AFTER);
  };
  document.addEventListener("input", typed);
  const watch = () => {
    if (unsaved === null) return;
    const page = document.documentElement;
    if (field("seen").value !== unsaved || !document.querySelector("#work")?.checkVisibility()) {
      unsaved = null;
      delete page.dataset.unsaved;
    } else if (Date.now() - since > SAVED_WITHIN) {
      page.dataset.unsaved = "";
      since = Date.now();
      save();
    }
  };
  setInterval(watch, 250);
  addEventListener("beforeunload", (event) => {
    if (unsaved !== null) event.preventDefault();
  });

  const setAttribute = (element, name, value) => {
    if (element && element.getAttribute(name) !== value) element.setAttribute(name, value);
  };
  const mend = () => {
    setAttribute(document.documentElement, "lang", language);
    for (const tag of ["de", "en"]) {
      setAttribute(field(`question-${tag}`), "lang", tag);
      setAttribute(field(`answer-${tag}`), "lang", tag);
    }
    for (const name of ["view", "groups", "asked"]) {
      const group = document.querySelector(`#${name}`);
      setAttribute(group, "aria-label", group?.querySelector("span")?.textContent.trim());
      setAttribute(group, "role", name === "asked" ? "group" : "radiogroup");
      // Gradio gives each radio button a group of its own, which the arrow keys do not leave.
      if (name !== "asked") group?.querySelectorAll("input").forEach((input) => setAttribute(input, "name", name));
    }
    for (const name of ["message", "status", "left", "unsaved"]) {
      setAttribute(document.querySelector(`#${name}`), "role", name === "unsaved" ? "alert" : "status");
    }
  };
  new MutationObserver(mend).observe(document, {
    attributeFilter: ["lang", "aria-label", "name"], childList: true, subtree: true,
  });

  // On a phone the form is below the list.
  document.addEventListener("change", (event) => {
    if (!event.target.matches("#groups input") || matchMedia("(min-width: 46rem)").matches) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    setTimeout(() => document.querySelector("#detail").scrollIntoView({ behavior: calm ? "auto" : "smooth" }), 300);
  });
})();
