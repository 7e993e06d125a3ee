// @ts-check
/**
 * The top of the panel: the badge, the key entry and the prompt.
 *
 * Down, as traits: `prompt` (text), `badge` ({mode, origin, balance, note}), `problem` (text, "" for none), `kept`
 * (text, "" for none), `words` ({key: text}), `language` ("en" | "zh").
 * Down, as messages: {kind: "focus", field: "prompt" | "key"}, {kind: "set", text, over}, {kind: "say", text},
 * {kind: "key-result", attempt, ok, message}.
 * Up, as messages: {kind: "hello"}, {kind: "prompt", text}, {kind: "key", key, keep, attempt}, {kind: "forget"}.
 *
 * Words used, all beginning `panel.` in words.py: badge_live badge_sandbox badge_note badge_use_key badge_key key_label
 * key_safe key_empty key_keep key_connect key_connecting key_cancel key_forget prompt_label prompt_hint.
 */

/** Milliseconds without a keystroke after which the prompt is sent. */
export const PAUSE = 250;

/**
 * What is known of the prompt on this side: its text, the texts sent whose echo may still come, and whether the last
 * keystroke has been sent.
 * @typedef {{text: string, said: string[], unsent: boolean}} Draft
 */

/** @type {(draft: Draft, text: string) => Draft} The user changed the text. */
export const typed = (draft, text) => ({ ...draft, text, unsent: true });

/** @type {(draft: Draft) => Draft} The text went to the kernel. */
export const told = (draft) => ({ text: draft.text, said: [...draft.said, draft.text].slice(-50), unsent: false });

/**
 * The kernel named a prompt: an echo of something typed here is old news, and so is anything older than a keystroke
 * that is still to be sent; everything else is shown.
 * @type {(draft: Draft, text: string) => Draft}
 */
export function heard(draft, text) {
  const echo = draft.said.indexOf(text);
  if (echo >= 0) return { ...draft, said: draft.said.slice(echo + 1) };
  return draft.unsent ? draft : { text, said: [], unsent: false };
}

/**
 * A request has come into the form, in the place of what the kernel knew as the prompt. What was written here since, of
 * which it had not heard, is the later word; that the kernel names the request's own first is old news then.
 * @type {(draft: Draft, text: string, over: string) => Draft}
 */
export function filled(draft, text, over) {
  const later = draft.unsent || (draft.said.length > 0 && draft.text !== over);
  return later ? { ...draft, said: [text, ...draft.said] } : { text, said: [], unsent: false };
}

/** @type {(origin: string) => string} What of an address a person reads: `https://api.apimart.ai` is api.apimart.ai. */
export const hostOf = (origin) => (URL.canParse(origin) ? new URL(origin).host : origin);

/** @type {(key: string, index: number, count: number) => number | null} Where a key moves within a row of choices. */
export function nextIndex(key, index, count) {
  if (key === "ArrowRight" || key === "ArrowDown") return (index + 1) % count;
  if (key === "ArrowLeft" || key === "ArrowUp") return (index + count - 1) % count;
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} className
 * @param {Record<string, string>} [attributes]
 * @param {Node[]} [children]
 * @returns {HTMLElementTagNameMap[T]}
 */
function make(tag, className, attributes = {}, children = []) {
  const element = document.createElement(tag);
  element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const button = (/** @type {string} */ className) => make("button", className, { type: "button" });

/** Whether the focus may go to a place in this panel: it would be taken from whoever has gone on to something else while
 * the kernel was busy, keys and all.
 * @param {Element | null | undefined} panel */
const mayFocus = (panel) => {
  const at = document.activeElement;
  return !panel || !at || at === document.body || panel.contains(at);
};

/**
 * Keep the notebook's shortcuts off what has the focus. Their selectors match the focused element itself, so the mark
 * on a root around it comes too late: with the focus on a dropdown, `0 0` would still offer to restart the kernel.
 * @param {Event} event
 */
function shield(event) {
  /** @type {Element} */ (event.target).setAttribute("data-lm-suppress-shortcuts", "true");
}

/**
 * Saving is the one shortcut of the notebook that is wanted here too: kept off like the others, Ctrl+S would open the
 * browser's dialog for saving the page. So it is pressed again, on the notebook itself.
 * @param {KeyboardEvent} event
 */
function passSave(event) {
  const { key, code, keyCode, ctrlKey, metaKey, shiftKey, altKey } = event;
  const notebook = /** @type {Element} */ (event.currentTarget).closest(".jp-Notebook");
  if (key !== "s" || ctrlKey === metaKey || shiftKey || altKey || !notebook) return;
  const again = new KeyboardEvent("keydown", { key, code, keyCode, ctrlKey, metaKey, bubbles: true, cancelable: true });
  if (!notebook.dispatchEvent(again)) event.preventDefault();
}

let count = 0;

/** @type {(name: string) => string} An id no other panel on this page has. */
const unique = (name) => `apw-${name}-${++count}-${Date.now().toString(36)}`;

/** A key goes from here to the kernel in one message; the field is emptied as it leaves. */
class KeyEntry {
  /**
   * @param {(content: object) => void} send
   * @param {(key: string) => string} say
   * @param {HTMLButtonElement} opener
   */
  constructor(send, say, opener) {
    const [field, note, message] = [unique("key"), unique("key-note"), unique("key-message")];
    this.send = send;
    this.say = say;
    this.opener = opener;
    this.label = make("label", "apw-label", { for: field });
    this.field = make("input", "apw-input apw-key-field", {
      id: field,
      type: "password",
      autocomplete: "off",
      spellcheck: "false",
      "data-1p-ignore": "",
      "data-lpignore": "true",
      "aria-describedby": `${message} ${note}`,
    });
    this.connect = button("apw-button apw-primary");
    this.cancel = button("apw-button");
    this.forget = button("apw-link apw-key-forget");
    this.message = make("p", "apw-problem", { id: message });
    this.safe = make("span", "apw-muted", { id: note });
    this.keep = make("input", "", { type: "checkbox" });
    this.keepText = document.createElement("span");
    this.kept = make("span", "apw-muted");
    const keep = make("label", "apw-check", {}, [this.keep, this.keepText]);
    this.form = make("div", "apw-key", { id: unique("key-form"), role: "group" }, [
      this.label,
      make("div", "apw-key-line", {}, [this.field, this.connect, this.cancel]),
      this.message,
      make("div", "apw-key-foot", {}, [keep, this.kept, this.safe, this.forget]),
    ]);
    opener.setAttribute("aria-controls", this.form.id);
    this.reset();
    this.listen();
  }

  listen() {
    this.opener.addEventListener("click", () => (this.form.hidden ? this.open() : this.close()));
    this.connect.addEventListener("click", () => this.submit());
    this.cancel.addEventListener("click", () => this.close());
    this.forget.addEventListener("click", () => {
      this.send({ kind: "forget" });
      this.close();
    });
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      if (event.key === "Enter" && event.target === this.field && !event.isComposing) this.submit();
    });
  }

  reset() {
    this.form.hidden = true;
    this.opener.setAttribute("aria-expanded", "false");
    this.field.value = "";
    this.attempt = "";
    this.keep.checked = true;
    this.tell("", false);
  }

  open() {
    if (this.form.hidden) this.reset();
    this.form.hidden = false;
    this.opener.setAttribute("aria-expanded", "true");
    this.field.focus();
  }

  close() {
    const inside = this.form.contains(document.activeElement);
    this.reset();
    if (inside) this.opener.focus();
  }

  submit() {
    if (this.waiting) return;
    const key = this.field.value.trim();
    this.field.value = "";
    this.attempt = unique("attempt");
    // Sent first: where there is no kernel that throws, and nothing is waited for.
    if (key) this.send({ kind: "key", key, keep: this.keep.checked, attempt: this.attempt });
    this.tell(key ? "" : this.say("key_empty"), Boolean(key));
    this.field.focus();
  }

  /**
   * @param {string} problem
   * @param {boolean} waiting
   */
  tell(problem, waiting) {
    this.waiting = waiting;
    this.message.textContent = problem;
    this.message.hidden = !problem;
    this.field.setAttribute("aria-invalid", String(Boolean(problem)));
    this.connect.setAttribute("aria-disabled", String(waiting));
    this.connect.textContent = this.say(waiting ? "key_connecting" : "key_connect");
  }

  /**
   * @param {string} mode
   * @param {string} kept
   */
  relabel(mode, kept) {
    this.form.setAttribute("aria-label", this.say("key_label"));
    this.label.textContent = this.say("key_label");
    this.cancel.textContent = this.say("key_cancel");
    this.forget.textContent = this.say("key_forget");
    this.forget.hidden = mode !== "live";
    this.keepText.textContent = this.say("key_keep");
    this.kept.textContent = kept;
    this.kept.hidden = !kept;
    this.safe.textContent = this.say("key_safe");
    this.tell(this.message.textContent ?? "", Boolean(this.waiting));
  }
}

/**
 * ipywidgets' ToggleButtons tell a screen reader neither that they belong together nor which one is chosen, and take a
 * Tab stop each. This makes each row a radio group: one Tab stop, arrow keys within.
 */
class Choices {
  /** @param {HTMLElement} controls */
  constructor(controls) {
    this.controls = controls;
    this.observer = new MutationObserver(() => this.tend());
    this.observer.observe(controls, { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] });
    this.move = this.move.bind(this);
    controls.addEventListener("keydown", this.move);
    this.tend();
  }

  tend() {
    for (const row of this.controls.querySelectorAll(".widget-toggle-buttons")) {
      const label = row.querySelector("label");
      const group = row.querySelector(":scope > div");
      if (!group) continue;
      group.setAttribute("role", "radiogroup");
      if (label) {
        label.id ||= unique("label");
        group.setAttribute("aria-labelledby", label.id);
      }
      const buttons = [...group.querySelectorAll("button")];
      const chosen = Math.max(0, buttons.findIndex((item) => item.classList.contains("mod-active")));
      buttons.forEach((item, index) => {
        item.setAttribute("role", "radio");
        item.setAttribute("aria-checked", String(item.classList.contains("mod-active")));
        item.tabIndex = index === chosen ? 0 : -1;
      });
    }
    for (const fold of this.controls.querySelectorAll(".apw-more")) {
      fold.setAttribute("aria-expanded", String(fold.classList.contains("mod-active")));
    }
  }

  /** @param {KeyboardEvent} event */
  move(event) {
    const from = /** @type {HTMLElement} */ (event.target).closest("[role=radio]");
    if (!from || event.ctrlKey || event.metaKey || event.altKey) return;
    const buttons = [.../** @type {HTMLElement} */ (from.parentElement).querySelectorAll("button:enabled")];
    const index = nextIndex(event.key, buttons.indexOf(from), buttons.length);
    if (index === null) return;
    event.preventDefault();
    const to = /** @type {HTMLElement} */ (buttons[index]);
    to.focus();
    to.click();
  }

  close() {
    this.observer.disconnect();
    this.controls.removeEventListener("keydown", this.move);
  }
}

/** One view of the prompt box. */
class PromptBox {
  /**
   * @param {any} model
   * @param {HTMLElement} el
   */
  constructor(model, el) {
    const [prompt, problem] = [unique("prompt"), unique("problem")];
    this.model = model;
    this.el = el;
    this.say = (/** @type {string} */ key) => model.get("words")[key] ?? key;
    this.dot = make("span", "apw-dot", { "aria-hidden": "true" });
    this.mode = document.createElement("span");
    this.badge = make("span", "apw-badge", {}, [this.dot, this.mode]);
    this.where = make("span", "apw-where");
    this.balance = make("span", "apw-balance");
    this.opener = button("apw-link");
    this.key = new KeyEntry((content) => model.send(content), this.say, this.opener);
    this.label = make("label", "apw-label", { for: prompt });
    this.text = make("textarea", "apw-input apw-prompt-text", {
      id: prompt,
      spellcheck: "true",
      "aria-describedby": problem,
    });
    // The wrapper repeats the text invisibly, which gives the field its height without measuring anything.
    this.grown = make("div", "apw-grow", {}, [this.text]);
    this.problem = make("p", "apw-problem", { id: problem });
    this.live = make("div", "apw-spoken", { role: "status", "aria-live": "polite" });
    el.classList.add("apw-prompt-box");
    el.append(
      make("div", "apw-header", {}, [this.badge, this.where, this.balance, this.opener, this.key.form]),
      make("div", "apw-prompt", {}, [this.label, this.grown, this.problem, this.live]),
    );
    this.show({ text: model.get("prompt"), said: [], unsent: false });
    this.listen();
    this.relabel();
    this.model.send({ kind: "hello" });
  }

  listen() {
    this.el.dataset.lmSuppressShortcuts = "true";
    this.el.addEventListener("keydown", (event) => event.stopPropagation());
    this.text.addEventListener("input", () => this.onInput());
    this.text.addEventListener("blur", () => this.tell());
    this.model.on("change:prompt", () => this.show(heard(this.draft, this.model.get("prompt"))));
    for (const name of ["badge", "problem", "kept", "words", "language"]) {
      this.model.on(`change:${name}`, () => this.relabel());
    }
    this.model.on("msg:custom", (/** @type {any} */ content) => this.onMessage(content));
    this.siblings = new MutationObserver(() => this.adopt());
    // Rendering comes before attaching, so the first size the text takes is the first moment the panel can be found.
    this.size = new ResizeObserver(() => this.adopt());
    this.size.observe(this.text);
  }

  /** Look after the panel around: its shortcuts and its core controls. */
  adopt() {
    const panel = /** @type {HTMLElement | null} */ (this.el.closest(".apw-panel"));
    if (!panel) return;
    this.panel = panel;
    panel.dataset.lmSuppressShortcuts = "true";
    // A click beside the controls focuses the panel; it would focus the cell, where `d d` deletes it, panel and all.
    panel.tabIndex = -1;
    panel.addEventListener("focusin", shield);
    panel.addEventListener("keydown", passSave, true);
    const controls = /** @type {HTMLElement | null} */ (panel.querySelector(":scope > .apw-controls"));
    if (!controls) this.siblings?.observe(panel, { childList: true });
    if (controls && this.choices?.controls !== controls) {
      this.siblings?.disconnect();
      this.choices?.close();
      this.choices = new Choices(controls);
    }
  }

  onInput() {
    this.draft = typed(this.draft, this.text.value);
    this.grown.dataset.text = this.text.value;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), PAUSE);
  }

  tell() {
    clearTimeout(this.timer);
    if (!this.draft.unsent) return;
    this.draft = told(this.draft);
    this.model.send({ kind: "prompt", text: this.draft.text });
  }

  /** @param {Draft} draft */
  show(draft) {
    const changed = draft.text !== this.draft?.text;
    this.draft = draft;
    if (!changed) return;
    this.text.value = draft.text;
    this.grown.dataset.text = draft.text;
  }

  /** @param {any} content */
  onMessage(content) {
    if (content.kind === "focus" && mayFocus(this.panel)) {
      if (content.field === "key") this.key.open();
      if (content.field === "prompt") this.text.focus();
    }
    if (content.kind === "say") this.live.textContent = content.text;
    if (content.kind === "key-result") this.onKeyResult(content);
    if (content.kind === "set") this.show(filled(this.draft, content.text, content.over));
  }

  /** @param {{attempt: string, ok: boolean, message: string}} result */
  onKeyResult({ attempt, ok, message }) {
    if (attempt !== this.key.attempt) return; // of another view, or of a key that was tried before this entry was opened
    this.live.textContent = message;
    if (ok) this.key.close();
    else this.key.tell(message, false);
  }

  relabel() {
    const { mode, origin, balance, note } = this.model.get("badge");
    const live = mode === "live";
    this.el.lang = this.model.get("language") === "zh" ? "zh-CN" : "en";
    this.badge.classList.toggle("apw-live", live);
    this.badge.classList.toggle("apw-sandbox", !live);
    const played = Boolean(mode?.endsWith("replay"));
    this.mode.textContent = this.say(live ? "badge_live" : played ? "badge_replay" : "badge_sandbox");
    this.where.textContent = note || (live ? hostOf(origin) : this.say("badge_note"));
    this.where.title = live ? origin : "";
    this.balance.textContent = balance;
    this.opener.textContent = this.say(live ? "badge_key" : "badge_use_key");
    this.key.relabel(mode, this.model.get("kept"));
    this.label.textContent = this.say("prompt_label");
    this.text.placeholder = this.say("prompt_hint");
    this.problem.textContent = this.model.get("problem");
    this.problem.hidden = !this.model.get("problem");
    this.text.setAttribute("aria-invalid", String(Boolean(this.model.get("problem"))));
  }

  close() {
    this.tell();
    this.size?.disconnect();
    this.siblings?.disconnect();
    this.choices?.close();
    this.panel?.removeEventListener("focusin", shield);
    this.panel?.removeEventListener("keydown", passSave, true);
  }
}

export default {
  /** @param {{model: any, el: HTMLElement}} context */
  render({ model, el }) {
    const box = new PromptBox(model, el);
    return () => box.close();
  },
};
