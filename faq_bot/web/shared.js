  // --- What the panel and the chat page share ----------------------------------------------

  // An element with its attributes and listeners (those that begin with "on") and what is in it.
  const make = (name, values = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(values)) {
      if (value === undefined || value === null) continue;
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child !== null && child !== ""));
    return element;
  };

  // A date of ISO 8601 as it is written in a language.
  const dayOf = (date, language) => make("time", { datetime: date },
    new Date(date).toLocaleDateString(language, { dateStyle: "long", timeZone: "UTC" }));

  // Asks the JSON API. An error that the server told has a `code`; without one it was not reached.
  const request = async (address, body) => {
    const response = await fetch(address, {
      method: body ? "POST" : "GET",
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
      credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(30000),
    });
    const found = response.status === 204 ? null : await response.json();
    if (response.ok) return found;
    throw Object.assign(new Error(found.error.message), { code: found.error.code });
  };

  const excuse = (error, words) => ({
    invalid: words.no_words, question_too_long: words.too_long,
    too_many_questions: words.too_many, busy: words.busy, queue_full: words.queue_full,
  })[error.code] || (error.code ? words.failure : words.unreachable);

  // The form with which a reader sends a question to the editors; only then is something stored.
  const sendingForm = (question, words, send, close) => {
    const text = make("textarea", { rows: "2", name: "question", required: "", autocomplete: "off" });
    text.value = question;
    const name = make("input", { name: "name", maxlength: "80", autocomplete: "name" });
    const trap = make("input", { name: "website", class: "trap", tabindex: "-1", autocomplete: "off", "aria-hidden": "true" });
    const trouble = make("p", { class: "trouble", role: "alert" });
    const submit = make("button", { type: "submit" }, words.send_to_editors);
    const form = make("form", { class: "sending", "aria-label": words.ask_editors },
      make("label", {}, words.question_to_editors, text), make("label", {}, words.name_to_print, name), trap,
      make("p", { class: "statement" }, words.sending_notice), trouble,
      make("div", { class: "choices" }, submit, make("button", { type: "button", onclick: close }, words.cancel)));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      submit.disabled = true;
      trouble.textContent = "";
      try {
        await send({ question: text.value, name: name.value.trim() || null, website: trap.value });
        const thanks = make("p", { class: "remark", tabindex: "-1" }, words.sent);
        form.replaceWith(thanks);
        thanks.focus({ preventScroll: true });
      } catch (error) {
        trouble.textContent = excuse(error, words);
        submit.disabled = false;
      }
    });
    return form;
  };
