// @ts-check
/**
 * Two pictures at a time, and which one is better: by button or by key, with nothing that tells how they were made.
 *
 * Down, as traits: `state` (below), `words`, `language`. Up, as messages: {kind: "hello"}, {kind: "name", text},
 * {kind: "want", pair}, {kind: "decide", pair, choice: "a" | "b" | "tie"}, {kind: "undo", pair}, {kind: "skip", pair} of a
 * pair that is lost. Down, as messages: {kind: "pictures", pair} with both files, {kind: "lost", pair, text}. Pairs are
 * known by random tokens alone. The next pair is fetched while one is looked at. Every sentence is an entry
 * `panel.blind_*` of words.py.
 *
 * @typedef {{phase: "name" | "pair" | "end", number: number, total: number, pair: string | null, next: string | null,
 *   last: string | null, title: string, notice: string, thanks: string[], problem: string, heard: number}} State
 * @typedef {(key: string, values?: Record<string, unknown>) => string} Say
 */

// ms a pair is looked at before a press counts: nobody decides in less, and a key that bounces would.
const LOOK = 300;

// ---- pure

/** What a key asks for: "a" the left picture, "b" the right one, "tie", "undo", or null.
 * @param {{key: string, ctrlKey?: boolean, metaKey?: boolean, altKey?: boolean, shiftKey?: boolean}} event
 * @param {boolean} [onButton] whether a button has the focus, which the space bar presses */
export function actionOf({ key, ctrlKey, metaKey, altKey, shiftKey }, onButton = false) {
  if (ctrlKey || metaKey || altKey || shiftKey) return null;
  if (key === "ArrowLeft") return "a";
  if (key === "ArrowRight") return "b";
  if (key === "ArrowDown" || (key === " " && !onButton)) return "tie";
  return key === "u" || key === "U" || key === "Backspace" ? "undo" : null;
}

/** Whether a press on the pair shown counts: it is the one asked about, was looked at, and was not decided yet.
 * @param {State} state @param {{shown: string | null, ready: boolean, sent: string | null}} page */
export const counts = (state, { shown, ready, sent }) =>
  state.phase === "pair" && ready && shown !== null && shown === state.pair && sent !== shown;

/** The pairs to ask for, the one at hand first.
 * @param {State} state @param {(pair: string) => boolean} known */
export const wanted = (state, known) =>
  [state.pair, state.next].flatMap((pair) => (pair !== null && !known(pair) ? [pair] : []));

/** How far along, from 0 to 1. @param {State} state */
export const share = ({ phase, number, total }) => (phase === "name" ? 0 : Math.min(1, (number - 1) / total));

/** @param {Record<string, string>} words @returns {Say} */
export const speaker = (words) => (key, values = {}) =>
  (words[key] ?? key).replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));

// ---- small pieces of DOM

/** @param {string} tag @param {Record<string, any>} props  `on...` listens, `text` is the text, the rest attributes
 * @param {...(Node | string)} children @returns {any} */
function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children);
  return node;
}

// The notebook looks from the focused element outwards for the first that one of its shortcuts matches, often the
// focused element itself: so each carries the mark, not only the card around them.
const OURS = { "data-lm-suppress-shortcuts": "true" };

/** The key that does the same as a button. @param {string} text */
const keycap = (text) => h("kbd", { text, "aria-hidden": "true" });

/** @param {Node} node @param {string} text */
const setText = (node, text) => void (node.textContent !== text && (node.textContent = text));

// ---- the widget

/** One view of a comparison. */
class Blind {
  /** @param {any} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model;
    this.say = speaker(model.get("words"));
    this.urls = /** @type {Map<string, string[]>} */ (new Map());
    this.asked = /** @type {Set<string>} */ (new Set());
    this.lost = /** @type {Map<string | null, string>} */ (new Map());
    this.shown = /** @type {string | null} */ (null);
    this.ready = false;
    this.sent = /** @type {string | null} */ (null);
    this.timer = /** @type {any} */ (0);
    this.phase = "";
    this.element = this.build();
    el.classList.add("apw-blind");
    el.append(this.element);
    this.show();
    this.send({ kind: "hello" });
  }

  /** @param {object} content */
  send(content) {
    this.model.send(content);
  }

  /** @returns {State} */
  get state() {
    return this.model.get("state");
  }

  build() {
    const { say } = this;
    this.sandbox = h("span", { class: "apw-blind-sandbox" });
    this.progress = h("span", { class: "apw-blind-progress" });
    this.heading = h("h3");
    const props = { title: `${say("blind_undo_title")} (U)` };
    this.undo = this.button(say("blind_undo"), () => this.act("undo"), props, keycap("U"));
    this.bar = h("div", { class: "apw-blind-fill" });
    this.meter = h("div", { class: "apw-blind-meter", role: "progressbar", "aria-label": say("blind_decided") }, this.bar);
    this.spoken = h("div", { class: "apw-spoken", "aria-live": "polite" });
    this.notice = h("p", { class: "apw-blind-notice" });
    this.problem = h("p", { class: "apw-blind-problem", role: "alert" });
    this.skip = this.button(say("blind_skip"), () => this.act("skip"));
    this.bodies = { name: this.nameForm(), pair: this.pairRoom(), end: h("div", { class: "apw-blind-end" }) };
    const element = h(
      "section",
      { class: "apw-blind-card", "aria-label": say("blind_name"), lang: this.model.get("language"), ...OURS },
      h("div", { class: "apw-blind-bar" },
        this.heading, this.sandbox, h("div", { class: "apw-blind-corner" }, this.progress, this.undo)),
      this.meter,
      ...Object.values(this.bodies),
      this.problem,
      h("div", { class: "apw-blind-skip" }, this.skip),
      this.notice,
      this.spoken,
    );
    element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.key(event));
    return element;
  }

  /** @param {string} text @param {() => void} onclick @param {Record<string, any>} [props] @param {...Node} after */
  button(text, onclick, props = {}, ...after) {
    const label = h("span", { text });
    return h("button", { type: "button", class: "apw-button", onclick, ...OURS, ...props }, label, ...after);
  }

  nameForm() {
    const { say } = this;
    const name = `apw-blind-${Array.from(crypto.getRandomValues(new Uint32Array(2)), (n) => n.toString(36)).join("")}`;
    const props = { maxlength: "40", autocomplete: "off", spellcheck: "false", required: true };
    this.field = h("input", { type: "text", id: name, "aria-describedby": `${name}-hint`, ...props, ...OURS });
    const start = this.button(say("blind_start"), () => {}, { type: "submit", class: "apw-button apw-primary" });
    const form = h(
      "form",
      { class: "apw-blind-form" },
      h("label", { for: name, text: say("blind_who") }),
      h("div", { class: "apw-blind-line" }, this.field, start),
      h("p", { id: `${name}-hint`, class: "apw-blind-hint", text: say("blind_who_hint") }),
    );
    form.addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.send({ kind: "name", text: this.field.value });
    });
    return form;
  }

  pairRoom() {
    const { say } = this;
    this.frames = ["left", "right"].map((side) => h("div", { class: "apw-blind-frame", "data-side": side }));
    this.loading = h("div", { class: "apw-blind-chip", text: say("blind_loading") });
    this.stage = h("div", { class: "apw-blind-stage", role: "group", tabindex: "0", "aria-label": say("blind_pair"), ...OURS },
      ...this.frames, this.loading);
    this.answers = [
      this.button(say("blind_left"), () => this.act("a"), { "data-choice": "a" }, keycap("←")),
      this.button(say("blind_tie"), () => this.act("tie"), { "data-choice": "tie" }, keycap("↓")),
      this.button(say("blind_right"), () => this.act("b"), { "data-choice": "b" }, keycap("→")),
    ];
    const group = h("div", { class: "apw-blind-answers", role: "group", "aria-label": say("blind_question") }, ...this.answers);
    return h("div", {}, this.stage, group);
  }

  /** The trait `state`. */
  show() {
    const { state, say } = this;
    if (state.pair !== this.sent || state.heard !== this.heardAt) this.sent = null;
    this.heardAt = state.heard;
    const turned = this.phase !== state.phase;
    const held = this.element.contains(document.activeElement);
    this.phase = state.phase;
    for (const [phase, body] of Object.entries(this.bodies)) body.hidden = phase !== state.phase;
    setText(this.heading, say(state.phase === "pair" ? "blind_question" : "blind_name"));
    setText(this.sandbox, state.title);
    setText(this.notice, state.notice);
    this.drawProblem(state);
    this.drawProgress(state);
    this.keep(state);
    if (state.phase === "pair") this.draw();
    else this.clear();
    if (state.phase === "end") this.drawEnd(state);
    if (turned && held) this.home()?.focus({ preventScroll: true });
    if (state.phase === "pair") setText(this.spoken, say("blind_spoken", { n: state.number, total: state.total }));
  }

  /** Where the focus goes when what had it is gone, or was answered. */
  home() {
    return { name: this.field, pair: this.stage, end: this.undo }[this.state.phase];
  }

  /** @param {State} state */
  drawProblem({ pair, problem }) {
    setText(this.problem, this.lost.get(pair) ?? problem);
    this.skip.hidden = !this.lost.has(pair);
  }

  /** @param {State} state */
  drawProgress(state) {
    const { phase, number, total, last } = state;
    const percent = Math.round(share(state) * 100);
    setText(this.progress, phase === "pair" ? this.say("blind_progress", { n: number, total }) : "");
    this.bar.style.width = `${percent}%`;
    const values = { "aria-valuemin": 0, "aria-valuemax": total, "aria-valuenow": phase === "name" ? 0 : number - 1 };
    for (const [name, value] of Object.entries(values)) this.meter.setAttribute(name, String(value));
    this.undo.hidden = phase === "name";
    this.undo.setAttribute("aria-disabled", String(last === null));
  }

  /** @param {State} state */
  drawEnd(state) {
    const [thanks, ...more] = state.thanks;
    this.bodies.end.replaceChildren(h("p", { class: "apw-strong", text: thanks }), ...more.map((text) => h("p", { text })));
    setText(this.spoken, state.thanks.join(" "));
  }

  /** Ask for the pairs that are needed, and let those go that are not. @param {State} state */
  keep(state) {
    const needed = new Set([state.pair, state.next, state.last, this.shown]);
    for (const [pair, urls] of this.urls) {
      if (needed.has(pair)) continue;
      for (const url of urls) URL.revokeObjectURL(url);
      this.urls.delete(pair);
      this.asked.delete(pair);
    }
    for (const pair of wanted(state, (each) => this.asked.has(each))) {
      this.asked.add(pair);
      this.send({ kind: "want", pair });
    }
  }

  clear() {
    clearTimeout(this.timer);
    this.shown = null;
    this.ready = false;
    for (const frame of this.frames) frame.replaceChildren();
  }

  /** Show the pair at hand: both pictures at the same moment, since the sooner one would stand out. */
  async draw() {
    const { pair } = this.state;
    const urls = pair === null ? undefined : this.urls.get(pair);
    if (pair === this.shown && urls) return;
    this.clear();
    this.loading.hidden = this.lost.has(pair);
    this.arm();
    if (!urls) return;
    this.shown = pair;
    const names = [this.say("blind_left_picture"), this.say("blind_right_picture")];
    const pictures = urls.map((src, i) => h("img", { alt: names[i], draggable: "false", src }));
    await Promise.allSettled(pictures.map((picture) => picture.decode()));
    if (this.shown !== pair) return;
    this.stage.style.setProperty("--apw-shape", String(pictures[0].naturalWidth / pictures[0].naturalHeight || 1.5));
    this.frames.forEach((frame, i) => frame.replaceChildren(pictures[i]));
    this.loading.hidden = true;
    this.timer = setTimeout(() => ((this.ready = true), this.arm()), LOOK);
  }

  /** Whether a press would count is to be seen, too. */
  arm() {
    const open = counts(this.state, this);
    for (const answer of this.answers) answer.setAttribute("aria-disabled", String(!open));
    this.element.dataset.ready = String(open);
  }

  /** @param {string} action */
  act(action) {
    const { state } = this;
    if (action === "undo") {
      if (state.last === null) return;
      this.send({ kind: "undo", pair: state.last });
    } else if (action === "skip") {
      this.send({ kind: "skip", pair: state.pair });
    } else if (counts(state, this)) {
      this.sent = this.shown;
      this.send({ kind: "decide", pair: this.shown, choice: action });
      this.arm();
    }
    // Or the space bar would press the same button again for the next pair.
    if (this.element.contains(document.activeElement)) this.home()?.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    event.stopPropagation();
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.closest("input") || this.state.phase === "name") return;
    const action = actionOf(event, target.closest("button") !== null);
    if (action === null) return;
    event.preventDefault();
    if (!event.repeat) this.act(action); // a key held down is one press
  }

  /** @param {any} content @param {DataView[]} buffers */
  receive({ kind, pair, text }, buffers) {
    if (!this.asked.has(pair) || this.urls.has(pair)) return; // another view has asked
    if (kind === "pictures") {
      this.urls.set(pair, buffers.map((file) => URL.createObjectURL(new Blob([/** @type {any} */ (file)], { type: "image/png" }))));
      this.lost.delete(pair);
    } else if (kind === "lost") {
      this.asked.delete(pair); // asked for again with the next change
      this.lost.set(pair, text);
    }
    this.drawProblem(this.state);
    if (pair === this.state.pair) this.draw();
  }

  close() {
    clearTimeout(this.timer);
    for (const urls of this.urls.values()) for (const url of urls) URL.revokeObjectURL(url);
  }
}

/** @param {{model: any, el: HTMLElement}} context */
function render({ model, el }) {
  const view = new Blind(model, el);
  const show = () => view.show();
  const hear = (/** @type {any} */ content, /** @type {DataView[]} */ buffers) => view.receive(content, buffers);
  model.on("change:state", show);
  model.on("msg:custom", hear);
  return () => {
    model.off("change:state", show);
    model.off("msg:custom", hear);
    view.close();
  };
}

export default { render };
