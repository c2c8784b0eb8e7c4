// What Gradio leaves to the page: suggestions that ask themselves, the language of the document,
// and names for screen readers; whether an answer helped, and questions to the editors. No eval, no
// storage.
(() => {
  "use strict";
  const script = document.currentScript;
  const allWords = JSON.parse(script.dataset.words);

  // __SHARED__

  const ask = (text) => {
    const input = document.querySelector("#question textarea");
    const setValue = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;
    setValue.call(input, text);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    // Gradio takes over what was typed before it looks at the click.
    setTimeout(() => document.querySelector("#send").click(), 0);
    input.focus({ preventScroll: true });
  };

  const rate = (row, helpful) => {
    const { lang, classList } = row.closest(".reply");
    const outcome = classList.contains("reply-answer") ? "answer" : "unsure";
    const article = row.querySelector(".about").textContent;
    row.textContent = allWords[lang].thanks;
    row.setAttribute("role", "status");
    document.querySelector("#question textarea").focus({ preventScroll: true });
    // Whether that is noted need not concern the reader.
    request("../api/v1/feedback", { article, language: lang, outcome, helpful }).catch(() => {});
  };

  // Opens the form above the field for questions, with the question that was not answered.
  const sendToEditors = (question, tag, article) => {
    document.querySelector("#sending")?.remove();
    const place = make("div", { id: "sending", lang: tag });
    const send = (sent) => request("../api/v1/questions", { ...sent, article, language: tag });
    place.append(sendingForm(question, allWords[tag], send, () => place.remove()));
    document.querySelector("#ask").before(place);
    place.querySelector("textarea").focus();
  };
  // Opens a list of articles below the head, the newest or those that fit a search.
  const chooseArticle = () => {
    const button = document.querySelector(".choose");
    const close = () => {
      document.querySelector("#choosing").remove();
      button.setAttribute("aria-expanded", "false");
      button.focus();
    };
    if (document.querySelector("#choosing")) return close();
    button.setAttribute("aria-expanded", "true");
    const words = allWords[language];
    const search = make("input", { type: "search", name: "search", maxlength: "200", autocomplete: "off", enterkeyhint: "search" });
    const heard = make("p", { class: "label", role: "status" });
    const found = make("ul", { class: "found", role: "list" });
    const place = make("section", { id: "choosing", lang: language, "aria-label": words.choose_article },
      make("form", { role: "search" }, make("label", {}, words.search_articles, search), make("button", { type: "submit" }, words.search)),
      heard, found);
    let latest = 0;
    const look = async () => {
      const mine = (latest += 1); // an answer to a search before does not take this one's place
      const query = new URLSearchParams({ language, limit: 20, search: search.value.trim() });
      try {
        const articles = await request(`../api/v1/articles?${query}`);
        if (mine !== latest) return;
        heard.textContent = articles.length ? (search.value.trim() ? words.articles_found : words.newest_articles) : words.no_article_found;
        found.replaceChildren(...articles.map(entry));
        if (document.querySelector(".choose.or-all")) found.prepend(make("li", {}, make("a", { href: about(null) }, words.all_articles)));
      } catch (error) {
        heard.textContent = excuse(error, words);
      }
    };
    place.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
    place.querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); look(); });
    document.querySelector("#heading").after(place);
    search.focus();
    look();
  };
  // The address of this page about another article, or about all.
  const about = (id) => {
    const query = new URLSearchParams(location.search);
    if (id === null) query.delete("article");
    else query.set("article", id);
    return `?${query}`;
  };
  const entry = ({ id, versions }) => {
    const version = versions.find((one) => one.language === language) || versions[0];
    return make("li", {}, make("a", { href: about(id), lang: version.language }, version.title),
      version.date ? make("span", { class: "day" }, dayOf(version.date, language)) : null);
  };
  const addressed = () => new URLSearchParams(location.search).get("article");

  // In a frame on a news page: only that page, named by the widget, can lead to the words in it.
  const host = new URLSearchParams(location.search).get("host");
  const framed = window.parent !== window && host !== null;
  document.documentElement.classList.toggle("framed", framed);
  let shown = null;
  const show = (source) => {
    shown = source;
    const quotes = [...source.querySelectorAll("mark")].map((mark) => mark.textContent);
    window.parent.postMessage({ type: "faq-bot:show", quotes }, host);
  };
  addEventListener("message", (event) => {
    if (!framed || event.source !== window.parent || event.origin !== host) return;
    // The words do not stand on that page: the link to the article is the way, if there is one.
    if (event.data?.type === "faq-bot:shown" && !event.data.found) shown?.classList.add("elsewhere");
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.matches(".suggestion")) ask(button.textContent);
    if (button?.matches(".helpful, .unhelpful")) rate(button.parentElement, button.matches(".helpful"));
    if (button?.matches(".send-to-editors")) {
      const reply = button.closest(".reply");
      const asked = [...document.querySelectorAll("#conversation .question")];
      const before = asked.filter((one) => one.compareDocumentPosition(reply) & Node.DOCUMENT_POSITION_FOLLOWING);
      const question = before[before.length - 1].querySelector(".asked").textContent;
      sendToEditors(question, reply.lang, button.parentElement.querySelector(".about").textContent);
    }
    if (button?.matches("#editors")) {
      sendToEditors(document.querySelector("#question textarea").value, language, addressed());
    }
    if (button?.matches(".choose")) chooseArticle();
    if (button?.matches(".show") && framed) show(button.closest("li"));
  });

  // Gradio sets the language of the document to the browser's, whatever its text is in.
  let language = script.dataset.language;
  const keepLanguage = () => {
    if (document.documentElement.lang !== language) document.documentElement.lang = language;
  };

  document.addEventListener("change", (event) => {
    if (!event.target.matches("#language input")) return;
    language = event.target.value;
    document.querySelector("#choosing")?.remove();
    keepLanguage();
    document.title = allWords[language].title;
    history.replaceState(null, "", `../${language}/${location.search}`);
  });

  // Gradio names the conversation in English and each message after its raw content, gives each
  // radio button a group of its own and the group no name, and knows no language of a label.
  const setAttribute = (element, name, value) => {
    if (element && element.getAttribute(name) !== value) element.setAttribute(name, value);
  };
  const keepNames = () => {
    for (const message of document.querySelectorAll("#conversation [data-testid][aria-label]")) {
      message.removeAttribute("aria-label");
    }
    const conversation = document.querySelector("#conversation [role=log]");
    setAttribute(conversation, "aria-label", allWords[language].conversation);
    const languages = document.querySelector("#language");
    setAttribute(languages, "aria-label", languages?.querySelector("span").textContent.trim());
    for (const button of document.querySelectorAll("#language input")) {
      setAttribute(button, "name", "language");
      setAttribute(button.closest("label"), "lang", button.value);
    }
  };

  // A reader starts to read an answer at its top, under the question.
  let questions = 0;
  const followConversation = () => {
    const asked = document.querySelectorAll("#conversation .question");
    if (asked.length > questions) {
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      asked[asked.length - 1].scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
    }
    questions = asked.length;
  };

  new MutationObserver(() => {
    keepLanguage();
    keepNames();
    followConversation();
  }).observe(document, { attributeFilter: ["lang", "aria-label"], childList: true, subtree: true });
})();
