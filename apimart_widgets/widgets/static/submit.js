// @ts-check
/**
 * The bar that spends money: Generate, Compare qualities, what is in the way, what to know before the first request.
 *
 * Down, as traits: `count` (int), `estimate` and `compare` (text, "" for none), `priced` ({field: label} of the controls
 * that these three belong to), `compare_enabled` (bool), `problems` ([{field, message}]), `notice` (text, "" for none),
 * `words` ({key: text}), `language` ("en" | "zh"), `viewer` (the widget of viewer.js, which shows code).
 * Down, as messages: {kind: "accepted", nonce, ok}, {kind: "say", text}, {kind: "code", form, text}.
 * Up, as messages: {kind: "generate" | "compare", nonce, text, shown}, sent again until it is accepted; {kind: "agree" |
 * "keep-nothing", text, shown}; {kind: "focus-field", field}; {kind: "code", form: "python" | "curl" | "json", text,
 * shown}. `text` is the prompt as it stands on the page, null where there is no prompt box, and `shown` what the other
 * controls show ({field: label}, and `references` as references.js says it).
 *
 * Words used, all beginning `panel.` in words.py: submit_generate submit_compare submit_waiting submit_restarted
 * submit_problems submit_go_there submit_notice submit_go_on submit_keep_nothing submit_code; and those the viewer says,
 * in `results.`.
 */

/** Milliseconds after which an unanswered press says that the kernel is busy. */
export const PATIENCE = 1500;

/** Milliseconds between two sendings of an unanswered press, at most. */
export const LONGEST_PAUSE = 30_000;

/** Milliseconds of rest after an accepted press: a double click must not pay twice, however fast the kernel answers. */
export const REST = 1000;

/** Milliseconds after which the bar looks again whether the kernel has caught up with what the controls show. */
const GLANCE = 250;

/** The parts of a panel in which Ctrl+Enter generates. */
const FORM = ".apw-prompt, .apw-controls, .apw-submit";

/** What happens where somebody chooses something. */
const CHOOSING = ["change", "click", "input"];

/** @typedef {{field: string, message: string}} Problem */

/** @type {(template: string, values: Record<string, unknown>) => string} `{n}` becomes the value of n. */
export const fill = (template, values) =>
  template.replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));

/** @type {() => string} 128 random bits; crypto.randomUUID is missing on pages served without TLS. */
export const makeNonce = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Fields that say beside themselves what is wrong with them. */
const SPEAKING = ["prompt", "image_urls", "mask_url"];

/** @type {(problems: Problem[], pressed: boolean) => Problem[]} What no other part of the panel says. */
export const listed = (problems, pressed) => (pressed ? problems.filter(({ field }) => !SPEAKING.includes(field)) : []);

/** @type {(event: {key: string, ctrlKey: boolean, metaKey: boolean, isComposing: boolean}) => boolean} */
export const isSubmit = (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing;

/** @type {(event: {detail: number}) => boolean} Whether a click is the second half of a double click, perhaps on what lay
 * here before it: no picture is paid for by that. */
export const isEcho = ({ detail }) => detail > 1;

/** @type {(pause: number) => number} The pause before an unanswered press is sent once more, from the one before. */
export const nextPause = (pause) => Math.min(pause * 2, LONGEST_PAUSE);

/** Controls of the form that offer words, beside the number of the compression; the references beside them say themselves what they show. */
const OFFERING = ["model", "size", "quality", "n", "background", "moderation", "output_format", "resolution"];

/** @type {(label: string) => string} A dropdown of ipywidgets writes every space of a label as one that does not break. */
const plain = (label) => label.trim().replaceAll("\u00a0", " ");

/**
 * Whether a price belongs to what the controls show: the kernel may not have heard yet of the last choice.
 * @type {(priced: Record<string, string>, shown: Record<string, any>) => boolean}
 */
export const isCurrent = (priced, shown) =>
  Object.entries(priced).every(([field, label]) => shown[field] === undefined || shown[field] === plain(label));

/**
 * What the controls of a panel show, by field. ipywidgets holds a control's change back while an earlier change of the
 * same control is unanswered, so a press may reach the kernel before a choice that was made first; what a person sees is
 * what the press asks for.
 *
 * @param {ParentNode} panel
 * @returns {Record<string, any>}
 */
export function shownIn(panel) {
  /** @type {Record<string, any>} */
  const shown = {};
  for (const field of OFFERING) {
    const control = panel.querySelector(`.apw-field-${field.replace("_", "-")}`);
    // What is out of use shows nothing, whatever it holds.
    if (!control || control.closest(".apw-closed")) continue;
    const list = control.querySelector("select");
    const label = list ? list.selectedOptions[0]?.textContent : control.querySelector(".mod-active")?.textContent;
    if (label?.trim()) shown[field] = plain(label);
  }
  const level = /** @type {HTMLInputElement | null} */ (panel.querySelector(".apw-field-output-compression input"));
  if (level && !level.disabled && level.value.trim()) shown.output_compression = level.value.trim();
  const strip = /** @type {HTMLElement | null} */ (panel.querySelector(".apw-references"));
  if (strip?.dataset.shown) shown.references = JSON.parse(strip.dataset.shown);
  return shown;
}

/** @type {(platform: string) => string} What the keys are called there. */
export const keysOn = (platform) => (/mac|iphone|ipad/i.test(platform) ? "⌘+Enter" : "Ctrl+Enter");

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

/** A button with a name and, set apart from it, a price. */
class Priced {
  /** @param {string} className */
  constructor(className) {
    this.name = make("span", "apw-strong");
    this.price = make("span", "apw-price");
    this.el = make("button", `apw-button ${className}`, { type: "button" }, [this.name, this.price]);
  }

  /**
   * @param {string} name
   * @param {string} price
   * @param {boolean} enabled
   */
  show(name, price, enabled) {
    this.name.textContent = name;
    this.price.textContent = price && ` · ${price}`;
    // Not the attribute `disabled`: it would throw the focus off the button that was just pressed.
    this.el.setAttribute("aria-disabled", String(!enabled));
  }
}

/** One view of the bar. */
class SubmitBar {
  /**
   * @param {any} model
   * @param {HTMLElement} el
   * @param {Promise<any>} viewer
   */
  constructor(model, el, viewer) {
    this.model = model;
    this.el = el;
    this.viewer = viewer;
    /** Code that is shown. @type {Set<any>} */
    this.dialogs = new Set();
    this.pressed = false;
    this.late = false;
    /** @type {string | null} The press that is still to be answered. */
    this.nonce = null;
    this.say = (/** @type {string} */ key) => model.get("words")[key] ?? key;
    this.generate = new Priced("apw-primary apw-generate");
    this.compare = new Priced("apw-compare-qualities");
    this.hint = make("span", "apw-muted apw-hint");
    this.code = make("button", "apw-link apw-form-code", { type: "button" });
    this.restarted = make("p", "apw-restarted");
    this.restarted.hidden = true;
    this.problems = make("div", "apw-problems", { role: "group" });
    this.notice = make("div", "apw-question", { role: "group", tabindex: "-1" });
    this.live = make("div", "apw-spoken", { role: "status", "aria-live": "polite" });
    el.classList.add("apw-submit");
    el.append(
      this.restarted,
      this.problems,
      this.notice,
      make("div", "apw-actions", {}, [this.generate.el, this.compare.el, this.hint, this.code]),
      this.live,
    );
    this.listen();
    this.showButtons();
    this.showProblems();
    this.showNotice();
  }

  listen() {
    this.el.dataset.lmSuppressShortcuts = "true";
    this.el.addEventListener("keydown", (event) => {
      event.stopPropagation();
      // A key held down presses a button again and again.
      if (event.repeat && event.key === "Enter") event.preventDefault();
    });
    this.onKey = this.onKey.bind(this);
    this.showButtons = this.showButtons.bind(this);
    this.generate.el.addEventListener("click", (event) => isEcho(event) || this.press("generate"));
    this.compare.el.addEventListener("click", (event) =>
      isEcho(event) || (this.model.get("compare_enabled") && this.press("compare")));
    this.code.addEventListener("click", () => this.openCode());
    for (const name of ["count", "estimate", "compare", "priced", "compare_enabled", "words", "language"]) {
      this.model.on(`change:${name}`, () => this.showButtons());
    }
    this.model.on("change:words", () => this.showProblems());
    this.model.on("change:problems", () => this.onProblems());
    for (const name of ["notice", "words"]) this.model.on(`change:${name}`, () => this.showNotice());
    this.model.on("msg:custom", (/** @type {any} */ content) => this.onMessage(content));
    // ipywidgets tells of it at once; other front ends leave it to the next press to find out.
    this.model.on("comm_live_update", () => this.showRestarted());
    // Rendering comes before attaching, so the first size the bar takes is the first moment the panel can be found.
    this.size = new ResizeObserver(() => this.adopt());
    this.size.observe(this.el);
  }

  adopt() {
    const panel = /** @type {HTMLElement | null} */ (this.el.closest(".apw-panel"));
    if (panel === (this.panel ?? null)) return;
    this.leave();
    panel?.addEventListener("keydown", this.onKey, true);
    for (const kind of CHOOSING) panel?.addEventListener(kind, this.showButtons);
    if (panel) panel.dataset.lmSuppressShortcuts = "true";
    this.panel = panel;
  }

  leave() {
    this.panel?.removeEventListener("keydown", this.onKey, true);
    for (const kind of CHOOSING) this.panel?.removeEventListener(kind, this.showButtons);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (!isSubmit(event) || !(/** @type {Element} */ (event.target).closest(FORM))) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.repeat) return;
    // What is being typed into a core field counts as changed only when the focus leaves it.
    const field = /** @type {Element} */ (event.target);
    if (field.matches(".apw-controls :is(input, textarea)")) field.dispatchEvent(new Event("change", { bubbles: true }));
    this.press("generate");
  }

  /** @param {"generate" | "compare"} kind */
  press(kind) {
    if (this.nonce) return;
    this.nonce = makeNonce();
    this.pressed = true;
    this.answered = false; // to the notice: what was lost on its way can be said again
    const press = { kind, nonce: this.nonce, ...this.asSeen() };
    if (!this.send(press)) return;
    this.timer = setTimeout(() => this.sendAgain(press, PATIENCE), PATIENCE);
    this.showButtons();
    this.showProblems();
  }

  /**
   * Whether it is on its way: where the page has outlived its kernel, `send` throws.
   * @param {object} content
   */
  send(content) {
    try {
      this.model.send(content);
    } catch {
      this.showRestarted();
      return false;
    }
    this.restarted.hidden = true;
    return true;
  }

  showRestarted() {
    this.restarted.hidden = false;
    clearTimeout(this.timer);
    this.nonce = null;
    this.late = false;
    this.live.textContent = this.say("submit_restarted");
    this.showButtons();
  }

  /** What the form shows. */
  asSeen() {
    const prompt = this.panel?.querySelector(".apw-prompt-text");
    const text = prompt ? /** @type {HTMLTextAreaElement} */ (prompt).value : null;
    return { text, shown: this.panel ? shownIn(this.panel) : {} };
  }

  /** The form as code, to copy. */
  async openCode() {
    const { openCode } = await this.viewer;
    const page = {
      say: (/** @type {string} */ key, values = {}) => fill(this.say(`results.${key}`), values),
      language: this.model.get("language"),
      dialogs: this.dialogs,
      send: (/** @type {object} */ content) => this.send({ ...content, ...this.asSeen() }),
    };
    openCode(page, [], "python");
  }

  /** @param {any} content */
  onMessage(content) {
    if (content.kind === "code") for (const each of this.dialogs) each.code(content.form, content.text);
    if (content.kind === "say") this.live.textContent = content.text;
    if (content.kind !== "accepted" || content.nonce !== this.nonce) return;
    clearTimeout(this.timer);
    this.late = false;
    if (content.ok) this.timer = setTimeout(() => this.release(), REST);
    else this.nonce = null;
    this.showButtons();
    this.showProblems();
  }

  release() {
    this.nonce = null;
    this.showButtons();
  }

  /**
   * @param {object} press
   * @param {number} pause
   */
  sendAgain(press, pause) {
    // ipykernel 7.3 can leave a message unread until the next one comes; a nonce is accepted once, however often sent.
    if (!this.send(press)) return;
    this.timer = setTimeout(() => this.sendAgain(press, nextPause(pause)), nextPause(pause));
    if (this.late) return;
    this.late = true;
    this.live.textContent = this.say("submit_waiting");
    this.showButtons();
  }

  showButtons() {
    const free = this.nonce === null;
    const shown = this.panel ? shownIn(this.panel) : {};
    const current = isCurrent(this.model.get("priced"), shown);
    // A press asks for what the controls show, so no other number and no other price may stand on the button.
    const name = fill(this.say("submit_generate"), { n: shown.n ?? this.model.get("count") });
    clearTimeout(this.glance);
    if (!current) this.glance = setTimeout(this.showButtons, GLANCE);
    this.el.lang = this.model.get("language") === "zh" ? "zh-CN" : "en";
    this.code.textContent = this.say("submit_code");
    this.restarted.textContent = this.say("submit_restarted");
    const price = (/** @type {string} */ of) => (current || !this.model.get(of) ? this.model.get(of) : "…");
    this.generate.show(name, price("estimate"), free);
    const comparable = free && this.model.get("compare_enabled");
    this.compare.show(this.say("submit_compare"), price("compare"), comparable);
    this.hint.textContent = this.late ? this.say("submit_waiting") : keysOn(navigator.platform);
    this.hint.classList.toggle("apw-waiting", this.late);
  }

  onProblems() {
    // Once everything was mended, the next slip is not shown before the next press.
    if (this.nonce === null && !this.model.get("problems").length) this.pressed = false;
    this.showProblems();
  }

  showProblems() {
    const problems = listed(this.model.get("problems"), this.pressed);
    const said = problems.map(({ message }) => message).join(" ");
    if (said && said !== this.said) this.live.textContent = said;
    this.said = said;
    this.problems.hidden = !problems.length;
    this.problems.setAttribute("aria-label", this.say("submit_problems"));
    const heading = make("p", "apw-strong");
    heading.textContent = this.say("submit_problems");
    const list = make("ul", "", {}, problems.map((problem) => this.line(problem)));
    this.problems.replaceChildren(heading, list);
  }

  /** @param {Problem} problem */
  line({ field, message }) {
    const text = document.createElement("span");
    const go = make("button", "apw-link", { type: "button" });
    text.textContent = message;
    go.textContent = this.say("submit_go_there");
    go.setAttribute("aria-label", `${this.say("submit_go_there")}: ${message}`);
    go.addEventListener("click", () => this.send({ kind: "focus-field", field }));
    return make("li", "", {}, field ? [text, go] : [text]);
  }

  showNotice() {
    const text = this.model.get("notice");
    this.answered = false;
    const inside = this.notice.contains(document.activeElement);
    const paragraph = document.createElement("p");
    paragraph.textContent = text;
    const answers = [
      this.answer("agree", "submit_go_on", "apw-primary"),
      this.answer("keep-nothing", "submit_keep_nothing", ""),
    ];
    this.notice.replaceChildren(paragraph, make("div", "apw-actions", {}, answers));
    this.notice.setAttribute("aria-label", this.say("submit_notice"));
    this.notice.hidden = !text;
    // The press is answered with a question, so the focus goes to it; back to Generate when it is gone.
    if (text && this.pressed && this.panel?.contains(document.activeElement)) this.notice.focus();
    if (!text && inside) this.generate.el.focus();
  }

  /**
   * @param {"agree" | "keep-nothing"} kind
   * @param {string} word
   * @param {string} className
   */
  answer(kind, word, className) {
    const answer = make("button", `apw-button ${className}`, { type: "button" });
    answer.textContent = this.say(word);
    answer.addEventListener("click", (event) => {
      if (this.answered || isEcho(event)) return;
      this.answered = this.send({ kind, ...this.asSeen() });
    });
    return answer;
  }

  close() {
    clearTimeout(this.timer);
    for (const { dialog } of [...this.dialogs]) dialog.close();
    clearTimeout(this.glance);
    this.size?.disconnect();
    this.leave();
  }
}

export default {
  /** @param {{model: any, el: HTMLElement, host: any}} context */
  render({ model, el, host }) {
    const viewer = host.getWidget(model.get("viewer")).then((/** @type {any} */ widget) => widget.exports);
    const bar = new SubmitBar(model, el, viewer);
    return () => bar.close();
  },
};
