// The panel of the widget: asks the JSON API and shows its replies, the newsroom's words as text,
// never as HTML. The conversation lives in the page; nothing is stored.
(() => {
  "use strict";
  if (customElements.get("__ELEMENT__")) return;
  const allWords = "__WORDS__";
  const phone = matchMedia("(max-width: 40em)");

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { display: contents; }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    dialog {
      display: none; margin: 0; padding: 0; flex-direction: column; overflow: hidden;
      border: 1px solid var(--line); border-radius: var(--radius);
      background: var(--paper); color: var(--ink);
    }
    dialog[open] { display: flex; }
    dialog.floating {
      position: fixed; inset: auto 1em 5em auto; width: min(26em, calc(100vw - 2em));
      height: min(42em, calc(100dvh - 6.5em)); box-shadow: 0 6px 30px #0005;
    }
    dialog.floating.left { inset: auto auto 5em 1em; }
    dialog.inline { position: static; width: auto; height: auto; margin-top: .5em; }
    dialog:modal {
      inset: 0; width: 100%; height: 100dvh; max-width: none; max-height: none; border: 0;
      border-radius: 0;
    }
    .head { padding: .8em 1em .6em; border-bottom: 1px solid var(--line); }
    .top { display: flex; align-items: center; gap: .5em; }
    h2 { flex: 1; margin: 0; font: 700 1.15em/1.3 Georgia, serif; }
    p { margin: 0; overflow-wrap: anywhere; }
    .notice, .label, .origin, .feedback, .foot { color: var(--soft); font-size: .875em; }
    .notice { margin-top: .25em; line-height: 1.4; }
    .languages { display: flex; gap: .35em; margin-top: .5em; }
    button, a { color: var(--accent); }
    button {
      min-height: 2em; min-width: 2em; padding: .15em .7em; border: 1px solid var(--line);
      border-radius: var(--radius); background: var(--paper); font: inherit; cursor: pointer;
    }
    button:hover { border-color: var(--accent); background: var(--tint); }
    [aria-pressed=true] { border-color: var(--accent); font-weight: 600; }
    .close { padding: 0; border-color: transparent; color: var(--ink); font-size: 1.25em; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    .conversation { flex: 1; overflow-y: auto; padding: .25em 1em 1em; overscroll-behavior: contain; }
    .conversation:focus-visible { outline-offset: -3px; }
    .inline .conversation { max-height: 32em; }
    .question { margin: 0; padding: 1em 0 .3em; font: 700 1.1em/1.3 Georgia, serif; overflow-wrap: anywhere; }
    .reply { padding-bottom: 1em; border-bottom: 1px solid var(--line); }
    .part { margin-top: .6em; font-weight: 700; }
    .answer, blockquote { white-space: pre-line; }
    .answer { margin-bottom: .7em; }
    .label { margin: .7em 0 .3em; font-weight: 600; }
    ul, ol { margin: 0; padding: 0; list-style: none; }
    .sources li { margin-bottom: .5em; padding: .5em .8em; border-left: 3px solid var(--line); background: var(--tint); }
    cite { font-style: normal; font-weight: 600; }
    blockquote { margin: .25em 0 0; font-size: .9375em; overflow-wrap: anywhere; }
    mark { background: var(--mark); color: inherit; }
    .sources button, .sources a { display: inline-block; margin-top: .4em; font-size: .875em; }
    .sources a { min-height: 1.75em; }
    summary { min-height: 1.75em; color: var(--accent); font-size: .875em; cursor: pointer; }
    .suggestions { display: grid; gap: .4em; }
    .suggestions button { width: 100%; min-height: 2.6em; padding: .4em .8em; text-align: left; }
    .feedback { display: flex; flex-wrap: wrap; align-items: center; gap: .5em; margin-top: .5em; }
    .asking { display: flex; gap: .5em; padding: .7em 1em .5em; border-top: 1px solid var(--line); }
    .asking textarea { flex: 1; min-width: 0; height: 3em; }
    textarea, input { padding: .6em .7em; resize: none; border: 1px solid var(--soft);
      border-radius: var(--radius); background: var(--paper); color: var(--ink); font: inherit;
    }
    textarea::placeholder { color: var(--soft); opacity: 1; }
    .asking button {
      padding: 0 1.1em; border: 0; background: var(--accent); color: var(--on-accent); font-weight: 600;
    }
    .asking button:hover { background: var(--accent); filter: brightness(1.12); }
    .foot { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .3em .8em; padding: 0 1em .7em; }
    .foot button { padding: 0; border: 0; background: none; text-decoration: underline; }
    .foot a { display: inline-flex; align-items: center; min-height: 2em; }
    iframe { flex: 1; width: 100%; min-height: 24em; border: 0; }
    .to-editors { margin-top: .6em; }
    .sending { display: grid; gap: .6em; margin-top: .8em; padding: .8em; border: 1px solid var(--line); border-radius: var(--radius); }
    .sending label { display: grid; gap: .2em; font-size: .9375em; }
    .statement { color: var(--soft); font-size: .875em; line-height: 1.4; }
    .trouble:empty { display: none; }
    .choices { display: flex; flex-wrap: wrap; gap: .5em; }
    .trap, .heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    @media (max-height: 24em) { .notice { display: none; } }
    @media (forced-colors: active) { mark { background: Mark; color: MarkText; } .asking button { border: 1px solid; } }
  `);

  // __SHARED__

  // --- The article on the page -------------------------------------------------------------

  const quotes = { "„": '"', "“": '"', "”": '"', "«": '"', "»": '"', "‚": "'", "‘": "'", "’": "'", "–": "-", "—": "-", "‑": "-" };
  const ignored = /[\s\p{M}\u00ad\u200b-\u200d\u2060\ufeff]/gu;
  const folded = new Map();
  const foldCharacter = (character) => {
    if (!folded.has(character)) {
      folded.set(character, (quotes[character] || character).normalize("NFKD").replace(ignored, "").toLowerCase());
    }
    return folded.get(character);
  };
  const fold = (text) => text.split("").map(foldCharacter).join("");

  // Reads the page as folded letters, with the place where each of them stands.
  const readPage = (host) => {
    const skipped = new Set(["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE", "TEXTAREA"]);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, (node) =>
      skipped.has(node.nodeName) || node === host || node.hidden ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    let text = "";
    const places = [];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.nodeType !== Node.TEXT_NODE) continue;
      for (let at = 0; at < node.data.length; at += 1) {
        const letters = foldCharacter(node.data[at]);
        text += letters;
        for (let n = 0; n < letters.length; n += 1) places.push([node, at]);
      }
    }
    return { text, places };
  };

  // Finds the first of several wordings on the page wherever its markup divides it, whatever its
  // spaces, soft hyphens and quotation marks, and returns its range.
  const findAny = (candidates, host) => {
    const { text, places } = readPage(host);
    for (const wanted of candidates.map(fold)) {
      const start = wanted ? text.indexOf(wanted) : -1;
      if (start < 0) continue;
      const range = new Range();
      range.setStart(...places[start]);
      const [last, offset] = places[start + wanted.length - 1];
      range.setEnd(last, offset + 1);
      return range;
    }
    return null;
  };

  const highlightSheet = new CSSStyleSheet();
  highlightSheet.replaceSync("::highlight(faq-bot) { background: #ffe37a; color: #1b1b1b; }");

  const showOnPage = (range) => {
    if (window.Highlight && CSS.highlights) {
      if (!document.adoptedStyleSheets.includes(highlightSheet)) {
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, highlightSheet];
      }
      CSS.highlights.set("faq-bot", new Highlight(range));
    } else {
      getSelection().removeAllRanges();
      getSelection().addRange(range);
    }
    let block = range.startContainer.parentElement;
    while (block.parentElement && getComputedStyle(block).display.startsWith("inline")) block = block.parentElement;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const box = range.getBoundingClientRect();
    const top = scrollY + box.top - Math.max(80, (innerHeight - box.height) / 3);
    window.scrollTo({ top, behavior: calm ? "auto" : "smooth" });
    if (!block.hasAttribute("tabindex")) {
      block.setAttribute("tabindex", "-1");
      block.addEventListener("blur", () => block.removeAttribute("tabindex"), { once: true });
    }
    block.focus({ preventScroll: true });
  };

  // --- The panel ---------------------------------------------------------------------------

  class Panel extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      this.language = this.options.language;
      this.previous = null;
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      this.heading = make("h2", { id: "heading" });
      this.notice = make("p", { class: "notice" });
      this.closeButton = make("button", { class: "close", type: "button", onclick: () => this.close() }, "✕");
      this.languages = make("div", { class: "languages", role: "group" }, ...Object.entries(allWords).map(([tag, words]) =>
        make("button", { type: "button", lang: tag, onclick: () => this.speak(tag) }, words.language_name)));
      this.link = make("a", { target: "_blank", rel: "noopener" });
      this.dialog = make("dialog", { class: this.options.mode, "aria-labelledby": "heading" },
        make("div", { class: "head" }, make("div", { class: "top" }, this.heading, this.closeButton), this.notice, this.languages));
      if (this.host.dataset.position === "left") this.dialog.classList.add("left");
      this.dialog.addEventListener("cancel", (event) => { event.preventDefault(); this.close(); });
      this.dialog.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.preventDefault();
        event.stopPropagation();
        this.close();
      });
      if (this.options.view === "gradio") this.addFrame();
      else this.addConversation();
      root.append(this.dialog);
      this.speak(this.language);
    }

    open() {
      if (this.dialog.open) return;
      if (this.options.mode === "floating" && phone.matches) this.dialog.showModal();
      else this.dialog.show();
      this.rest();
    }

    // Puts the focus where the reader goes on. On a phone the keyboard would hide what is to be read.
    rest() {
      const typing = this.input && !phone.matches;
      (typing ? this.input : this.conversation || this.closeButton).focus({ preventScroll: true });
    }

    close() {
      if (!this.dialog.open) return;
      this.dialog.close();
      this.dispatchEvent(new Event("close"));
    }

    get words() { return allWords[this.language]; }

    // Turns the panel into a language; the conversation stays as it is.
    speak(tag) {
      this.language = tag;
      const words = this.words;
      this.dialog.lang = tag;
      this.heading.textContent = words.heading;
      this.notice.textContent = words.notice;
      this.closeButton.setAttribute("aria-label", words.close);
      this.languages.setAttribute("aria-label", words.switch_label);
      for (const button of this.languages.children) button.setAttribute("aria-pressed", String(button.lang === tag));
      this.link.href = this.fullPage.replace(/\/(de|en)\//, `/${tag}/`);
      this.link.textContent = words.full_page;
      if (this.frame) this.openFrame();
      if (!this.input) return;
      this.conversation.setAttribute("aria-label", words.conversation);
      this.input.placeholder = words.placeholder;
      this.input.setAttribute("aria-label", words.input_label);
      this.sendButton.textContent = words.send;
      this.clearButton.textContent = words.clear;
      this.editorsButton.textContent = words.ask_editors;
      if (!this.asked) this.start();
    }

    // --- Gradio's chat in a frame

    addFrame() {
      this.languages.hidden = true; // it has a switch of its own
      this.frame = make("iframe", { sandbox: "allow-scripts allow-same-origin allow-forms allow-popups", title: this.words.heading });
      this.dialog.append(this.frame);
      addEventListener("message", (event) => {
        if (event.origin !== new URL(this.options.base).origin || event.source !== this.frame.contentWindow) return;
        const message = event.data;
        if (message?.type !== "faq-bot:show" || !Array.isArray(message.quotes)) return;
        const range = findAny(message.quotes.map(String), this.host);
        this.frame.contentWindow.postMessage({ type: "faq-bot:shown", found: Boolean(range) }, event.origin);
        if (range) this.leaveFor(range);
      });
    }

    openFrame() {
      const address = new URL(`embed?lang=${this.language}`, this.options.base);
      if (this.options.article) address.searchParams.set("article", this.options.article);
      address.searchParams.set("host", location.origin);
      this.frame.src = address.href;
    }

    // --- Asking

    addConversation() {
      this.heard = make("div", { class: "heard", role: "status" });
      this.conversation = make("div", { class: "conversation", role: "region", tabindex: "0" });
      this.input = make("textarea", { rows: "1", name: "question", autocomplete: "off" });
      this.sendButton = make("button", { type: "submit" });
      this.clearButton = make("button", { type: "button", onclick: () => this.clear() });
      this.editorsButton = make("button", { type: "button", onclick: () => this.sendToEditors(this.input.value, this.words) });
      this.editorsButton.hidden = !this.options.article;
      const form = make("form", { class: "asking", onsubmit: (event) => { event.preventDefault(); this.ask(this.input.value); } }, this.input, this.sendButton);
      this.input.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        form.requestSubmit();
      });
      this.dialog.append(this.heard, this.conversation, form, make("div", { class: "foot" }, this.clearButton, this.editorsButton, this.link));
    }

    request(path, body) {
      return request(new URL(path, this.options.base), body);
    }

    // Shows the published questions where nothing has been asked yet.
    async start() {
      this.conversation.replaceChildren();
      if (!this.options.article) return;
      const tag = this.language;
      try {
        const path = `api/v1/articles/${encodeURIComponent(this.options.article)}/suggestions?language=${tag}`;
        const { suggestions } = await this.request(path);
        if (this.asked || tag !== this.language || !suggestions.length) return;
        this.conversation.replaceChildren(make("p", { class: "label" }, this.words.suggestions), this.suggestions(suggestions.slice(0, 4)));
      } catch (error) {
        this.complain(error);
        if (!this.asked && tag === this.language) this.conversation.replaceChildren(this.excuse(error));
      }
    }

    clear() {
      this.asked = false;
      this.previous = null;
      this.heard.textContent = "";
      this.start();
      this.rest();
    }

    async ask(text) {
      const question = text.trim();
      if (!question || this.busy) return;
      this.busy = true;
      if (!this.asked) this.conversation.replaceChildren();
      this.asked = true;
      const shown = make("h3", { class: "question" }, question);
      const reply = make("div", { class: "reply" }, make("p", { class: "label" }, this.words.searching));
      this.conversation.append(shown, reply);
      this.scrollTo(shown);
      this.heard.textContent = this.words.searching;
      this.input.value = "";
      this.rest();
      try {
        const answer = await this.request("api/v1/ask", {
          question, article: this.options.article || null, scope: "related", ui_language: this.language, previous: this.previous,
        });
        this.previous = question;
        reply.lang = answer.question_language;
        reply.replaceChildren(...this.reply(answer));
      } catch (error) {
        this.complain(error);
        this.input.value = this.input.value || text;
        reply.replaceChildren(this.excuse(error));
      }
      this.heard.lang = reply.lang || this.language;
      this.heard.textContent = [...reply.querySelectorAll(".answer, .remark, .part, .said")].map((part) => part.textContent).join(" ");
      this.scrollTo(shown);
      this.busy = false;
    }

    scrollTo(element) {
      const top = element.offsetTop - this.conversation.offsetTop;
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      this.conversation.scrollTo({ top, behavior: calm ? "auto" : "smooth" });
    }

    // What the web developer has to know stands in the console.
    complain(error) {
      if (error.code) return;
      console.error(`faq-bot: ${this.options.base} cannot be reached, or ${location.origin} is not in FAQ_BOT_ALLOWED_ORIGINS.`, error);
    }

    excuse(error) {
      const link = make("a", { href: this.link.href, target: "_blank", rel: "noopener" }, this.words.full_page);
      return make("p", { class: "remark" }, excuse(error, this.words), ...(error.code ? [] : [" ", link]));
    }

    // --- To the editors

    // Opens the form below what was said last, or below a reply.
    sendToEditors(question, words, below = this.conversation) {
      this.asked = true; // so that nothing takes the form away, not another language either
      this.conversation.querySelector("form.sending")?.remove();
      const form = sendingForm(question, words, (sent) => this.request("api/v1/questions", {
        ...sent, article: this.options.article || null, language: words === allWords.de ? "de" : "en",
      }).then(() => below.querySelector(".to-editors")?.remove(), (error) => { this.complain(error); throw error; }), () => { form.remove(); this.rest(); });
      below.append(form);
      this.scrollTo(form);
      form.querySelector("textarea").focus({ preventScroll: true });
    }

    // --- Replies

    reply(answer) {
      const words = allWords[answer.question_language];
      const parts = answer.parts.length ? answer.parts : [answer];
      const shown = parts.flatMap((part) => [
        answer.parts.length ? make("p", { class: "part" }, part.question) : null,
        ...this.single(part, words, !answer.parts.length && answer.suggestions.length > 0),
      ]).filter(Boolean);
      if ((answer.occasion || !parts.every((part) => part.answered)) && answer.suggestions.length) {
        const labelled = answer.outcome === "unsure" || answer.occasion || answer.parts.length;
        if (labelled) shown.push(make("p", { class: "label" }, words.suggestions));
        shown.push(this.suggestions(answer.suggestions, answer.question_language));
      }
      if (answer.sources.length) shown.push(this.feedback(answer, words));
      const helped = answer.occasion || parts.every((part) => part.answered);
      if (this.options.article && !helped) shown.push(this.wayToEditors(answer, words));
      return shown;
    }

    single(answer, words, announced) {
      const shown = [];
      if (answer.is_from_elsewhere) shown.push(make("p", { class: "remark" }, words.from_elsewhere));
      if (answer.answered && answer.occasion) shown.push(make("p", { class: "remark" }, words.remarks[answer.occasion]));
      if (answer.outcome === "answer") shown.push(make("p", { class: "answer", lang: answer.answer_language }, answer.answer));
      else if (answer.outcome === "unsure") shown.push(make("p", { class: "remark" }, answer.article ? words.unsure : words.unsure_of_all));
      else if (answer.occasion) shown.push(make("p", { class: "remark" }, words.remarks[answer.occasion]));
      else shown.push(make("p", { class: "remark" }, answer.article ? words.refusal : words.refusal_by_all, announced ? ` ${words.for_example}` : ""));
      if (!answer.sources.length) return shown;
      if (answer.answered) shown.push(make("p", { class: "label" }, words.sources));
      const sources = answer.sources.map((source) => this.source(source, words, answer));
      if (!answer.answered) sources[0].querySelector("blockquote").classList.add("said");
      shown.push(make("ol", { class: "sources", role: "list" }, ...sources));
      return shown;
    }

    source(source, words, answer) {
      const [before, after] = source.text === answer.answer || !answer.answered ? ["", ""] : split(source.text, source.quote);
      const name = source.question || source.section;
      const by = source.name ? " " + words.asked_by.replace("{name}", () => source.name) : "";
      const label = source.question ? words.from_answered_question + by : words.from_passage;
      const own = source.article === answer.article;
      const day = source.date ? dayOf(source.date, answer.question_language) : null;
      return make("li", {},
        own ? null : make("p", { class: "origin" }, `${words.from_article}: `, make("cite", { lang: source.language }, source.title), day ? ", " : "", day),
        name || (own && day) ? make("p", { class: "origin" },
          name ? `${label}: ` : "", name ? make("cite", { lang: source.language }, name) : "", name && own && day ? " · " : "", own ? day : null) : null,
        make("blockquote", { lang: source.language }, before, marked(source), after),
        this.way(source, words),
        source.language === source.original_language ? null : make("details", {},
          make("summary", {}, words.original[source.original_language]),
          make("blockquote", { lang: source.original_language }, source.original_text)));
    }

    // The way into the article: on this page, if it stands here, or at its address.
    way(source, words) {
      const candidates = [source.quote, source.original_quote];
      if (findAny(candidates, this.host)) {
        return make("button", { type: "button", onclick: () => {
          const range = findAny(candidates, this.host);
          if (range) this.leaveFor(range);
        } }, words.show_in_article);
      }
      return source.link ? make("a", { href: source.link, target: "_blank", rel: "noopener" }, words.open_article) : null;
    }

    // Leads to the words on the page; the panel goes out of their way.
    leaveFor(range) {
      const [place, panel] = [range.getBoundingClientRect(), this.dialog.getBoundingClientRect()];
      const covered = place.right > panel.left && place.left < panel.right;
      if (this.options.mode === "floating" && covered) this.close();
      showOnPage(range);
    }

    wayToEditors(answer, words) {
      const row = make("p", { class: "to-editors" }, make("button", { type: "button", onclick: () =>
        this.sendToEditors(answer.question, words, row.parentElement) }, words.send_to_editors));
      return row;
    }

    suggestions(questions, language) {
      return make("ul", { class: "suggestions", role: "list", lang: language }, ...questions.map((question) =>
        make("li", {}, make("button", { type: "button", onclick: () => this.ask(question) }, question))));
    }

    feedback(answer, words) {
      const row = make("div", { class: "feedback" }, make("span", {}, words.helpful));
      const send = async (helpful) => {
        row.replaceChildren(make("span", {}, words.thanks));
        this.heard.textContent = words.thanks;
        this.rest();
        const body = { article: answer.sources[0].article, language: answer.question_language, outcome: answer.outcome, helpful };
        await this.request("api/v1/feedback", body).catch((error) => this.complain(error));
      };
      row.append(
        make("button", { type: "button", onclick: () => send(true) }, words.yes),
        make("button", { type: "button", onclick: () => send(false) }, words.no));
      return row;
    }
  }

  const split = (text, part) => {
    const at = text.indexOf(part);
    return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + part.length)];
  };

  const marked = ({ quote, highlight }) => {
    if (!highlight) return make("mark", {}, quote);
    const [before, after] = split(quote, highlight);
    return make("mark", {}, before, make("strong", {}, highlight), after);
  };

  customElements.define("__ELEMENT__", Panel);
})();
