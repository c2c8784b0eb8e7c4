// The button for a news page. It loads the panel when a reader points at it, focuses or clicks it;
// until then it asks for nothing and stores nothing. Options are `data-` attributes of its tag.
(() => {
  "use strict";
  const script = document.currentScript;
  const options = script.dataset;
  const base = new URL("./", script.src).href;
  const allWords = "__WORDS__";
  const element = "__ELEMENT__";

  const near = (options.language || script.closest("[lang]")?.lang || "").slice(0, 2).toLowerCase();
  const language = near in allWords ? near : "__DEFAULT_LANGUAGE__";
  const words = allWords[language];
  const query = options.article ? `?article=${encodeURIComponent(options.article)}` : "";
  const fullPage = `${base}${language}/${query}`;

  const target = options.mode === "inline" ? document.querySelector(options.target || null) : null;
  if (options.mode === "inline" && !target) {
    console.warn(`faq-bot: no element ${options.target}, so the button floats.`);
  }
  const mode = target ? "inline" : "floating";

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host {
      all: initial; color-scheme: light;
      --ink: var(--faq-bot-ink, #1b1b1b); --soft: var(--faq-bot-soft, #575757);
      --paper: var(--faq-bot-paper, #fff); --tint: var(--faq-bot-tint, #f5f3ef);
      --line: var(--faq-bot-line, #cfcac0); --accent: var(--faq-bot-accent, #0b4f8a);
      --on-accent: var(--faq-bot-on-accent, #fff); --mark: var(--faq-bot-mark, #fff0b3);
      --radius: var(--faq-bot-radius, .5em);
      font: 1em/1.5 var(--faq-bot-font, system-ui, sans-serif); color: var(--ink);
    }
    :host([data-dark]) {
      color-scheme: dark;
      --ink: var(--faq-bot-ink, #ececec); --soft: var(--faq-bot-soft, #b5b5b5);
      --paper: var(--faq-bot-paper, #141618); --tint: var(--faq-bot-tint, #202428);
      --line: var(--faq-bot-line, #474d54); --accent: var(--faq-bot-accent, #8fc7f7);
      --on-accent: var(--faq-bot-on-accent, #10202e); --mark: var(--faq-bot-mark, #574700);
    }
    :host([data-mode=floating]) { position: fixed; z-index: 2147483000; bottom: 1em; right: 1em; }
    :host([data-mode=floating][data-position=left]) { right: auto; left: 1em; }
    :host([data-mode=inline]) { display: block; }
    button {
      min-height: 3em; padding: .6em 1.2em; border: 1px solid transparent; border-radius: 3em;
      background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600;
      cursor: pointer;
    }
    :host([data-mode=floating]) button { box-shadow: 0 2px 10px #0005; }
    :host([data-mode=inline]) button { width: 100%; border-radius: var(--radius); }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    p {
      box-sizing: border-box; max-width: 20em; margin: 0 0 .5em; padding: .6em .9em;
      border: 1px solid var(--line); border-radius: var(--radius); background: var(--paper);
    }
    p:empty { display: none; }
    a { color: var(--accent); }
    @media print { :host { display: none; } }
  `);

  const host = document.createElement("faq-bot-widget");
  host.dataset.mode = mode;
  if ((options.position || "").includes("left")) host.dataset.position = "left";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const theme = options.theme || "auto";
    host.toggleAttribute("data-dark", theme === "dark" || (theme === "auto" && dark.matches));
  };
  paint();
  dark.addEventListener("change", paint);

  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  status.lang = language;
  const button = document.createElement("button");
  button.type = "button";
  button.lang = language;
  button.textContent = words.heading;
  button.setAttribute("aria-haspopup", "dialog");
  root.append(status, button);

  let loading;
  const load = () =>
    (loading ??= new Promise((resolve, reject) => {
      if (customElements.get(element)) return resolve();
      const panelScript = document.createElement("script");
      panelScript.src = base + "__PANEL__";
      panelScript.integrity = "__INTEGRITY__";
      panelScript.crossOrigin = "anonymous";
      panelScript.nonce = script.nonce; // for pages whose policy asks for one
      panelScript.onload = resolve;
      panelScript.onerror = () => {
        loading = undefined; // the next click tries again
        panelScript.remove();
        reject(new Error("the panel cannot be loaded"));
      };
      document.head.append(panelScript);
    }));
  const loadQuietly = () => load().catch(() => {});

  let wanted = false;
  let panel;
  const turn = (open) => {
    wanted = open;
    button.setAttribute("aria-expanded", String(open));
  };
  const show = async () => {
    turn(true);
    if (!panel) {
      status.textContent = words.loading;
      try {
        await load();
        panel = document.createElement(element);
        panel.options = { base, article: options.article, language, mode, view: options.view };
        panel.fullPage = fullPage;
        panel.host = host;
        panel.addEventListener("close", () => {
          turn(false);
          button.focus({ preventScroll: true });
        });
        root.insertBefore(panel, mode === "floating" ? button : null);
        status.textContent = "";
      } catch {
        const link = document.createElement("a");
        link.href = fullPage;
        link.target = "_blank";
        link.rel = "noopener";
        link.textContent = words.full_page;
        status.replaceChildren(`${words.unreachable} `, link);
        turn(false);
        return;
      }
    }
    if (wanted) panel.open();
  };

  turn(false);
  host.addEventListener("pointerenter", loadQuietly, { once: true });
  button.addEventListener("focus", loadQuietly, { once: true });
  button.addEventListener("click", () => {
    if (!wanted) show();
    else if (panel) panel.close();
    else turn(false);
  });

  const place = () => {
    (target || document.body).append(host);
    if ("open" in options) show();
  };
  if (document.body) place();
  else addEventListener("DOMContentLoaded", place);
})();
