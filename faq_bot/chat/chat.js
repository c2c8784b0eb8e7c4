// What Gradio leaves to the page: suggestions that ask themselves, the language of the document,
// and names for screen readers. No eval, no storage, no requests.
(() => {
  "use strict";
  const script = document.currentScript;

  const ask = (text) => {
    const input = document.querySelector("#question textarea");
    const setValue = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;
    setValue.call(input, text);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    // Gradio takes over what was typed before it looks at the click.
    setTimeout(() => document.querySelector("#send").click(), 0);
    input.focus({ preventScroll: true });
  };

  document.addEventListener("click", (event) => {
    const suggestion = event.target.closest("button.suggestion");
    if (suggestion) ask(suggestion.textContent);
  });

  // Gradio sets the language of the document to the browser's, whatever its text is in.
  let language = script.dataset.language;
  const keepLanguage = () => {
    if (document.documentElement.lang !== language) document.documentElement.lang = language;
  };

  document.addEventListener("change", (event) => {
    if (!event.target.matches("#language input")) return;
    language = event.target.value;
    keepLanguage();
    document.title = script.getAttribute(`data-title-${language}`);
    history.replaceState(null, "", `../${language}/`);
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
    setAttribute(conversation, "aria-label", script.getAttribute(`data-conversation-${language}`));
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
