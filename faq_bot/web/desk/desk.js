// What Gradio leaves to the desk's page. Drafts are saved while they are written, and kept through an
// outage; Gradio gives a page up once a request has failed, so this loads it anew as soon as the
// server is back and everything is saved. Names for screen readers, the language. No eval, no storage.
(() => {
  "use strict";
  const script = document.currentScript;
  const { language } = script.dataset;
  const words = JSON.parse(script.dataset.words);

  const SAVE_AFTER = 500; // milliseconds without a key
  const LOOK_EVERY = 15000;
  const TRY_EVERY = 2000;
  const LANGUAGES = ["de", "en"];

  const find = (selector) => document.querySelector(selector);
  const field = (identifier) => find(`#${identifier} :is(textarea, input)`);
  const valueOf = (identifier) => field(identifier)?.value ?? "";
  const say = (identifier, text) => {
    const place = find(`#${identifier}`);
    if (place.textContent !== text) place.textContent = text;
  };

  // Sets a field so that Gradio takes it over.
  const setValue = (identifier, value) => {
    const input = field(identifier);
    if (!input) return;
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input), "value").set.call(input, value);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };

  let typedAt = 0; // when something was typed that is not saved yet, or 0
  let typedInto = ""; // the entry to which it belongs
  let isRefused = false; // whether the server would not keep it
  let lookedAt = Date.now();
  let triedAt = 0;
  let wasLost = false; // whether Gradio may have given up
  let isBusy = false;

  const request = async (address, body) => {
    const response = await fetch(`../${address}`, {
      method: body ? "POST" : "GET",
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
      cache: "no-store", signal: AbortSignal.timeout(10000),
    });
    const found = response.status === 204 ? null : await response.json();
    if (response.ok) return found;
    throw Object.assign(new Error(found.error.message), { code: found.error.code });
  };

  const draft = () => ({
    questions: [...document.querySelectorAll("#asked input:checked")].map((box) => Number(box.name)),
    texts: Object.fromEntries(LANGUAGES.map((tag) => [
      tag, { question: valueOf(`question-${tag}`), answer: valueOf(`answer-${tag}`) },
    ])),
    name: valueOf("reader-name") || null,
    seen: valueOf("seen") || null,
    answer: Number(valueOf("draft-number")) || null,
  });

  const opened = () => find("#groups input:checked")?.value;
  const inForm = () => [...document.querySelectorAll("#asked input")].map((box) => box.name).join();
  const save = async () => {
    const upTo = typedAt;
    const entry = opened();
    const kept = await request("drafts", draft());
    isRefused = false;
    if (typedAt === upTo) typedAt = 0;
    if (opened() !== entry) return; // another entry is in the form by now
    setValue("seen", kept.seen);
    setValue("draft-number", String(kept.answer));
    const time = new Date(kept.seen).toLocaleTimeString(language);
    say("saved", words.saved.replace("{time}", time));
  };

  // Loads the page anew, with the same question open.
  const loadAgain = () => {
    const number = valueOf("draft-number");
    if (find("#work") && opened()) history.replaceState(null, "", `#${number ? `a${number}` : opened()}`);
    location.reload();
  };

  const excuse = (error) => {
    if (error.code === "stale") return words.stale.replace("{name}", () => error.message);
    if (error.code === "not_logged_in") return words.logged_out;
    if (error.code) return error.message;
    return typedAt ? words.unsaved : words.lost;
  };

  const attend = async () => {
    // Published, rejected, or given up for another entry.
    if (!find("#publish") || (isRefused && inForm() !== typedInto)) {
      typedAt = 0;
      isRefused = false;
    }
    const now = Date.now();
    const due = typedAt && !isRefused ? now - typedAt > SAVE_AFTER
      : now - (isRefused ? triedAt : lookedAt) > LOOK_EVERY;
    if (isBusy || now - triedAt < (wasLost ? TRY_EVERY : SAVE_AFTER) || !(due || wasLost)) return;
    isBusy = true;
    triedAt = now;
    const isSaving = typedAt > 0;
    try {
      if (isSaving) await save();
      else await request("session");
      say("trouble", "");
      if (wasLost && !typedAt) loadAgain();
      else if (now - lookedAt > LOOK_EVERY) {
        lookedAt = now;
        find("#look")?.click();
      }
    } catch (error) {
      if (!error.code || error.code === "not_logged_in") wasLost = true;
      else isRefused = isSaving;
      say("trouble", excuse(error));
    } finally {
      isBusy = false;
    }
  };
  setInterval(attend, 100);

  document.addEventListener("input", (event) => {
    if (!event.isTrusted || !event.target.closest("#form")) return;
    const answers = LANGUAGES.map((tag) => valueOf(`answer-${tag}`).trim());
    const isWritten = answers.some(Boolean) && find("#asked input:checked");
    say("saved", "");
    if (!valueOf("draft-number") && !isWritten) return;
    typedAt = Date.now();
    typedInto = inForm();
    isRefused = false;
  });
  // Before the form is filled with something else, what was typed into it just now is sent.
  for (const before of ["pointerdown", "focusin"]) {
    document.addEventListener(before, (event) => {
      if (!typedAt || isBusy || !event.target.closest("#groups, #view")) return;
      typedAt = 1; // long ago, so that it is due
      triedAt = 0;
      attend();
    });
  }
  // The list may have been fetched just before something was done.
  document.addEventListener("click", (event) => {
    if (event.target.closest("#acts, #undo")) lookedAt = Date.now() - LOOK_EVERY + TRY_EVERY;
  });
  addEventListener("beforeunload", (event) => {
    if (typedAt) event.preventDefault();
  });

  const setAttribute = (element, name, value) => {
    if (element && element.getAttribute(name) !== value) element.setAttribute(name, value);
  };
  const labels = { view: words.view_label, groups: words.groups, asked: words.asked };
  const mend = () => {
    setAttribute(document.documentElement, "lang", language);
    for (const tag of LANGUAGES) {
      setAttribute(field(`question-${tag}`), "lang", tag);
      setAttribute(field(`answer-${tag}`), "lang", tag);
    }
    for (const [name, label] of Object.entries(labels)) {
      const group = find(`#${name}`);
      setAttribute(group, "aria-label", label);
      setAttribute(group, "role", name === "asked" ? "group" : "radiogroup");
      // Gradio gives each radio button a group of its own, which the arrow keys do not leave.
      if (name !== "asked") group?.querySelectorAll("input").forEach((input) => setAttribute(input, "name", name));
    }
    for (const name of ["message", "status", "left"]) setAttribute(find(`#${name}`), "role", "status");
    const wanted = location.hash && find(`#groups input[value="${CSS.escape(location.hash.slice(1))}"]`);
    if (wanted) {
      history.replaceState(null, "", location.pathname + location.search);
      setTimeout(() => wanted.click(), 0);
    }
  };
  new MutationObserver(mend).observe(document, {
    attributeFilter: ["lang", "aria-label", "name"], childList: true, subtree: true,
  });

  // On a phone the form is below the list.
  document.addEventListener("change", (event) => {
    if (!event.target.matches("#groups input") || matchMedia("(min-width: 46rem)").matches) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    setTimeout(() => find("#detail").scrollIntoView({ behavior: calm ? "auto" : "smooth" }), 300);
  });
})();
