// What Gradio leaves to the desk's page: drafts that are saved although the connection broke, the
// language of the document and of the fields, names for screen readers. No eval, no storage.
(() => {
  "use strict";
  const script = document.currentScript;
  const { language } = script.dataset;
  const words = JSON.parse(script.dataset.words);

  const SECONDS_TO_SAVE = 6;
  const field = (identifier) => document.querySelector(`#${identifier} :is(textarea, input)`);

  // The server tells by a new value of #seen that it has the draft. Until then the page says so, asks
  // again, and warns who wants to leave it.
  let unsaved = null; // what #seen was when the editor typed first since the last time it was saved
  let since = 0;
  const typed = (event) => {
    if (!event.isTrusted || !event.target.closest("#form")) return;
    const answers = document.querySelectorAll("#form textarea");
    if (![...answers].some((area) => area.closest("[id^=answer-]") && area.value.trim())) return;
    if (unsaved === null) unsaved = field("seen").value;
    since = Date.now();
  };
  document.addEventListener("input", typed);
  document.addEventListener("change", typed);
  const status = () => document.querySelector("#status");
  const watch = () => {
    if (unsaved === null) return;
    if (field("seen").value !== unsaved || !document.querySelector("#work")?.checkVisibility()) {
      unsaved = null;
      status()?.classList.remove("unsaved");
    } else if (Date.now() - since > SECONDS_TO_SAVE * 1000) {
      status().classList.add("unsaved");
      status().querySelector("p, .prose").textContent = words.unsaved;
      since = Date.now();
      // Gradio sends the draft whenever one of its fields has changed.
      field("reader-name").dispatchEvent(new Event("input", { bubbles: true }));
    }
  };
  setInterval(watch, 500);
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
    for (const name of ["message", "status", "left"]) {
      setAttribute(document.querySelector(`#${name}`), "role", "status");
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
