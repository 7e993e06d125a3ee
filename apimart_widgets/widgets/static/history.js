// @ts-check
/**
 * The history: the button that opens it, the bar that searches it, what stands under its rows; and the strip that tells of
 * jobs of an earlier session. A widget without a place of its own: the results widget gets `attach` through anywidget's
 * `host.getWidget`, lends it places and draws the rows, since they are rows like its own.
 *
 * Down, as traits of the results widget: `history`, `pickup` and `offers`; composer.py says what they hold.
 * Up, as messages: {kind: "history", open}, {kind: "history-filter", filter}, {kind: "history-more"},
 * {kind: "offer", offer, answer: "yes" | "no", nonce}.
 * Every sentence is an entry `panel.history.*` of words.py, in the `words` trait without the `panel.`.
 *
 * @typedef {import("./results.js").Row} Row
 * @typedef {import("./results.js").Places} Places
 * @typedef {{text: string, model: string, size: string, quality: string, since: string, until: string, stars: number}} Filter
 * @typedef {{model: string[], size: string[], quality: string[]}} Choices
 * @typedef {{open: boolean, rows: Row[], more: boolean, total: number, busy: boolean, filter: Filter,
 *   choices: Choices}} State
 * @typedef {{kind: string, text: string, yes: string, no: string}} Offer
 * @typedef {(key: string, values?: Record<string, unknown>) => string} Say
 * @typedef {{model: any, element: HTMLElement, send: (content: object) => void, running: () => number,
 *   turn: (past: boolean) => void, setPast: (rows: Row[], total: number) => void, speak: (text: string) => void}} Host
 *   what is used of the results widget
 */

/** Milliseconds without a key after which the search box is taken at its word. */
export const PAUSE = 300;

/** @type {Filter} */
export const NO_FILTER = { text: "", model: "", size: "", quality: "", since: "", until: "", stars: 0 };

/** @type {State} */
export const CLOSED = {
  open: false, rows: [], more: false, total: 0, busy: false, filter: NO_FILTER,
  choices: { model: [], size: [], quality: [] },
};

// ---- pure

/** @param {Record<string, string>} words @returns {Say} */
export const speaker = (words) => (key, values = {}) =>
  (words[`history.${key}`] ?? key).replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));

/** @param {Filter} one @param {Filter} two */
export const sameFilter = (one, two) =>
  /** @type {(keyof Filter)[]} */ (Object.keys(NO_FILTER)).every((name) => one[name] === two[name]);

/** Whether anything is searched for.
 * @param {Filter} filter */
export const isSet = (filter) => !sameFilter({ ...filter, text: filter.text.trim() }, NO_FILTER);

/** What is shown, after what the kernel says: while it reads, it may leave out what the page has already.
 * @param {State} before @param {Partial<State>} told @returns {State} */
export function settled(before, told) {
  const after = { ...CLOSED, ...told, filter: { ...NO_FILTER, ...told.filter } };
  if (!after.busy || after.rows.length) return after;
  const { rows, more, total, choices } = before;
  return { ...after, rows, more, total, choices };
}

/** The filter that stands in the bar: what the user made of it, until the kernel has heard that.
 * @param {Filter} mine @param {boolean} unheard @param {Filter} told */
export const agreed = (mine, unheard, told) =>
  unheard && !sameFilter(mine, told) ? { filter: mine, unheard: true } : { filter: told, unheard: false };

/** What a dropdown offers: nothing in particular, what there is, and what is chosen even if that is no longer there.
 * @param {string[]} choices @param {string} chosen */
export const offered = (choices, chosen) => ["", ...new Set(chosen ? [...choices, chosen] : choices)];

/** A day as the field has it, or null while it is being typed: a year is written from its last digit on.
 * @param {string} value */
export const dayOf = (value) => (value === "" || value >= "1970-01-01" ? value : null);

/** The sentence that stands where no row does, or "".
 * @param {State} state @param {Filter} filter */
export function sentence({ rows, busy }, filter) {
  if (rows.length) return "";
  return busy ? "reading" : isSet(filter) ? "nothing" : "empty";
}

/** What a screen reader should hear: how many pictures another search has found.
 * @param {State} before @param {State} after @param {Say} say */
export function spoken(before, after, say) {
  if (!after.open || after.busy) return "";
  const changed = !before.open || before.total !== after.total || !sameFilter(before.filter, after.filter);
  if (!changed) return "";
  if (!after.total) return say(isSet(after.filter) ? "nothing" : "empty");
  return say(after.total === 1 ? "found.one" : "found.many", { n: after.total });
}

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

/** @param {string} text @param {(event: MouseEvent) => void} onclick @param {Record<string, any>} props */
const button = (text, onclick, props = {}) =>
  h("button", { type: "button", class: "apw-button", text, onclick, ...props });

/** @param {Node} node @param {string} text */
const setText = (node, text) => void (node.textContent !== text && (node.textContent = text));

// crypto.randomUUID is missing on plain http pages, where many hubs live
const unique = () => Array.from(crypto.getRandomValues(new Uint32Array(3)), (n) => n.toString(36)).join("");

/** What an element scrolls in. @param {HTMLElement} element @returns {Element} */
function scrollerOf(element) {
  for (let up = element.parentElement; up; up = up.parentElement) {
    if (up.scrollHeight > up.clientHeight && /auto|scroll/.test(getComputedStyle(up).overflowY)) return up;
  }
  return /** @type {Element} */ (document.scrollingElement);
}

// ---- the bar

/** Where the history is searched. */
class Bar {
  /** @param {Say} say @param {(filter: Filter) => void} changed */
  constructor(say, changed) {
    this.say = say;
    this.changed = changed;
    this.filter = NO_FILTER;
    this.unheard = false;
    this.timer = /** @type {any} */ (0);
    this.text = h("input", {
      type: "search", class: "apw-input", "aria-label": say("text"), placeholder: say("text"), autocomplete: "off",
      spellcheck: "false", oninput: (/** @type {InputEvent} */ event) => event.isComposing || this.typed(),
      oncompositionend: () => this.typed(),
    });
    this.choices = /** @type {("model" | "size" | "quality")[]} */ (["model", "size", "quality"]).map((name) =>
      this.dropdown(name));
    this.stars = this.dropdown("stars");
    this.days = /** @type {("since" | "until")[]} */ (["since", "until"]).map((name) => this.day(name));
    this.clear = button(say("clear"), () => this.reset(), { class: "apw-link" });
    const days = h("div", { class: "apw-days" }, ...this.days.map((day) => h("label", {}, say(day.name), day)));
    const parts = [this.text, days, h("div", { class: "apw-choices" }, ...this.choices, this.stars, this.clear)];
    this.element = h("form", { class: "apw-search", role: "search", "aria-label": say("name") }, ...parts);
    this.element.addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault(); // Enter searches at once, and leaves no page
      this.change({ text: this.text.value });
    });
  }

  /** @param {keyof Filter} name */
  dropdown(name) {
    const list = h("select", { name, class: "apw-input", "aria-label": this.say(name) });
    list.addEventListener("change", () => this.change({ [name]: name === "stars" ? Number(list.value) : list.value }));
    return list;
  }

  /** @param {keyof Filter} name */
  day(name) {
    const field = h("input", { type: "date", name, class: "apw-input", max: "9999-12-31" });
    field.addEventListener("change", () => {
      const day = dayOf(field.value);
      if (day !== null) this.change({ [name]: day });
    });
    return field;
  }

  typed() {
    clearTimeout(this.timer);
    this.unheard = true; // from here on, or the kernel's last answer would undo the typing
    this.filter = { ...this.filter, text: this.text.value };
    this.timer = setTimeout(() => this.change({}), PAUSE);
    this.mark();
  }

  /** @param {Partial<Filter>} part */
  change(part) {
    clearTimeout(this.timer);
    this.filter = { ...this.filter, ...part };
    this.unheard = true;
    this.mark();
    this.changed(this.filter);
  }

  reset() {
    this.text.focus(); // the button goes
    this.change(NO_FILTER);
    this.write();
  }

  /** @param {State} state */
  show({ filter, choices }) {
    Object.assign(this, agreed(this.filter, this.unheard, filter));
    for (const list of this.choices) {
      const name = /** @type {keyof Choices} */ (list.name);
      this.offer(list, offered(choices[name] ?? [], this.filter[name]), (each) => each);
    }
    this.offer(this.stars, [0, 1, 2, 3, 4, 5].map(String), (n) => (n === "5" ? "★ 5" : this.say("at_least", { n })));
    this.write();
  }

  /** Only what has changed: an open dropdown would close.
   * @param {HTMLSelectElement} list @param {string[]} values @param {(value: string) => string} name */
  offer(list, values, name) {
    if (values.join("\n") === [...list.options].map((option) => option.value).join("\n")) return;
    const any = this.say(`any.${list.name}`);
    list.replaceChildren(...values.map((value, at) => h("option", { value, text: at ? name(value) : any })));
  }

  /** Bring the fields to the filter. */
  write() {
    for (const field of [this.text, ...this.choices, this.stars, ...this.days]) {
      const value = String(this.filter[/** @type {keyof Filter} */ (field.name || "text")]);
      const midway = field.type === "date" && field === document.activeElement; // half a day reads as none
      if (field.value !== value && !midway) field.value = value;
    }
    this.mark();
  }

  mark() {
    for (const field of [...this.choices, this.stars, ...this.days]) {
      field.classList.toggle("apw-unset", ["", "0"].includes(field.value));
    }
    this.clear.hidden = !isSet(this.filter);
  }

  close() {
    clearTimeout(this.timer);
  }
}

// ---- the strip

/** What is picked up of an earlier session, and what waits for a word of the user. */
class Strip {
  /** @param {(content: object) => void} send @param {() => void} refocus  when the button pressed has gone */
  constructor(send, refocus) {
    this.send = send;
    this.refocus = refocus;
    this.pickup = h("p", { class: "apw-pickup apw-muted", role: "status" });
    this.offers = h("div", { class: "apw-offers" });
    this.element = h("div", {}, this.pickup, this.offers);
  }

  /** @param {string} pickup @param {Offer[]} offers */
  show(pickup, offers) {
    setText(this.pickup, pickup);
    if (this.drawn === offers) return;
    this.drawn = offers;
    const held = this.offers.contains(document.activeElement);
    this.offers.replaceChildren(...offers.map((offer) => this.line(offer)));
    if (held) (this.offers.querySelector("button") ?? { focus: this.refocus }).focus();
  }

  /** One question and its two buttons. The answer may cost money: however often they are pressed, it is sent once, under
   * a nonce that stays until the kernel has other offers.
   * @param {Offer} offer */
  line({ kind, text, yes, no }) {
    const nonce = unique();
    let answered = false;
    const answer = (/** @type {"yes" | "no"} */ said) => {
      if (answered) return;
      answered = true;
      // Not the attribute `disabled`: it would throw the focus off the button that was just pressed.
      for (const each of buttons.children) each.setAttribute("aria-disabled", "true");
      this.send({ kind: "offer", offer: kind, answer: said, nonce });
    };
    const buttons = h(
      "div",
      { class: "apw-offer-buttons" },
      button(yes, () => answer("yes")),
      button(no, () => answer("no")),
    );
    return h("div", { class: "apw-offer", role: "group", "aria-label": text }, h("p", { text }), buttons);
  }
}

// ---- all of it

/** The history within one rendering of the results. */
class History {
  /** @param {Host} host @param {Places} places */
  constructor(host, places) {
    this.host = host;
    this.places = places;
    this.say = speaker(host.model.get("words"));
    this.state = CLOSED;
    this.wish = /** @type {boolean | null} */ (null);
    this.top = /** @type {number | null} */ (null);
    const { say } = this;
    const name = host.model.get("words")["results.history"];
    this.toggle = button(name, () => this.turn(!this.open), { "aria-pressed": "false" });
    this.running = button("", () => this.turn(false), { class: "apw-link" });
    this.bar = new Bar(say, (filter) => {
      this.draw();
      host.send({ kind: "history-filter", filter });
    });
    this.words = h("p", { class: "apw-empty apw-muted" });
    this.more = button(say("more"), () => this.ask());
    this.strip = new Strip((content) => host.send(content), () => this.toggle.focus());
    places.corner.replaceChildren(this.running, this.toggle);
    places.bar.replaceChildren(this.bar.element);
    places.end.replaceChildren(this.words, this.more);
    places.strip.replaceChildren(this.strip.element);
    this.show();
    this.showStrip();
  }

  /** As the user has asked for, even before the kernel says so: it may be busy for hours. */
  get open() {
    return this.wish ?? this.state.open;
  }

  /** The trait `history`. */
  show() {
    const before = this.state;
    const after = (this.state = settled(before, this.host.model.get("history") ?? {}));
    if (after.open === this.wish) this.wish = null;
    this.bar.show(after);
    const said = spoken(before, after, this.say);
    if (said && before !== CLOSED) this.host.speak(said);
    const shown = new Set(before.rows.map((row) => row.id));
    this.host.setPast(after.rows, after.total);
    this.draw();
    const asked = this.more === document.activeElement;
    this.more.hidden = !after.more;
    if (!after.busy) this.more.removeAttribute("aria-disabled");
    if (asked && this.more.hidden) this.focusRow(after.rows.find((row) => !shown.has(row.id)));
  }

  draw() {
    const { open, state, places } = this;
    const waiting = open && (state.busy || this.wish !== null || this.bar.unheard);
    this.host.turn(open);
    this.toggle.setAttribute("aria-pressed", String(open));
    places.past.setAttribute("aria-busy", String(waiting));
    const key = sentence({ ...state, busy: waiting }, this.bar.filter);
    // Nothing to search in: no bar, unless that would take the focus away.
    this.bar.element.hidden = key === "empty" && !this.bar.element.contains(document.activeElement);
    this.words.hidden = !key;
    this.words.classList.toggle("apw-patient", key === "reading");
    setText(this.words, key && this.say(key));
    this.showRunning();
  }

  /** Jobs that go on behind the history, as the way back to them. */
  showRunning() {
    const n = this.host.running();
    const held = this.running === document.activeElement;
    this.running.hidden = !this.open || !n;
    setText(this.running, this.say("running", { n }));
    if (held && this.running.hidden) this.toggle.focus();
  }

  showStrip() {
    const { model } = this.host;
    this.strip.show(model.get("pickup") ?? "", model.get("offers") ?? []);
  }

  /** Open or close; closing leaves everything as it was before. @param {boolean} open */
  turn(open) {
    const { element } = this.host;
    const held = this.running === document.activeElement;
    if (open) this.top = element.getBoundingClientRect().top;
    this.wish = open;
    this.draw();
    if (!open && this.top !== null) scrollerOf(element).scrollTop += element.getBoundingClientRect().top - this.top;
    if (held) this.toggle.focus({ preventScroll: true });
    this.host.send({ kind: "history", open });
  }

  /** Another page, once at a time. */
  ask() {
    if (!this.state.more || this.more.getAttribute("aria-disabled") === "true") return;
    this.more.setAttribute("aria-disabled", "true");
    this.host.send({ kind: "history-more" });
  }

  /** @param {Row | undefined} row */
  focusRow(row) {
    const rows = [...this.places.past.querySelectorAll("[data-row]")];
    const found = rows.find((each) => /** @type {HTMLElement} */ (each).dataset.row === row?.id);
    (found?.querySelector(".apw-job-title") ?? this.toggle).focus();
  }

  /** The last resort for a focus whose place has gone. */
  home() {
    (this.open && !this.bar.element.hidden ? this.bar.text : this.toggle).focus();
  }

  close() {
    this.bar.close();
  }
}

/** What the results widget gets from this one. */
const initialize = () => ({
  attach: (/** @type {Host} */ host, /** @type {Places} */ places) => new History(host, places),
});

export default { initialize };
