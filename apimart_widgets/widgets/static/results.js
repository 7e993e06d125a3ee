// @ts-check
/**
 * The results of the panel: one row a job, whose placeholders become its pictures, and the tray for what is ticked.
 *
 * State comes down as the traits `rows`, `live`, `selected`, `heard`, `words`, `language`, `viewer` (the widget of
 * viewer.js, which shows pictures large) and `history_bar` (that of history.js, which searches the library and puts its
 * rows in the place of these; none where a single job is shown, without a form and a heading); gestures go up as
 * messages. Pictures travel as binary messages: thumbnails when their row comes on screen,
 * whole pictures when opened. So does a job's wire record, which is asked for when it is opened, and again when `events`
 * says that it has grown. Every sentence is an entry `panel.results.*` of words.py, in the `words` trait without the
 * `panel.`.
 *
 * @typedef {{id: string, index: number, width: number, height: number, format: string, bytes: number | null, alt: string,
 *   outside?: number | null, sha256: string, created: number, rating?: number | null, note?: string | null}} Picture
 * @typedef {{model: string, size: string, quality: string, n: number, background: string, moderation: string,
 *   output_format: string, output_compression?: number, resolution?: string, references?: number}} Settings
 * @typedef {{id: string, prompt: string, status: string, progress: number, started: number, ended: number | null,
 *   estimated: number | null, slow: boolean, settings: Settings, pixels: [number, number] | null, n: number,
 *   cost: string | null, mode: string, error: {message: string, action: string | null} | null, hidden: boolean,
 *   notice: string | null,
 *   can_cancel: boolean, events: number, task_id: string | null, images: Picture[]}} Row
 * @typedef {(key: string, values?: Record<string, unknown>) => string} Say
 * @typedef {{dialog: any, status: any, shows: () => string[], refresh: () => void,
 *   code: (form: string, text: string) => void}} Dialog
 * @typedef {{say: Say, language: string, pictures: Pictures, dialogs: Set<Dialog>, duration: (s: number) => string,
 *   send: (content: object) => void, find: (id: string) => {row: Row, image: Picture} | undefined,
 *   order: () => string[], length: () => number, readOn: () => void, rate: (id: string, rating: number | null) => void,
 *   note: (id: string, note: string | null) => void, deleteBar: (ids: string[], done: (yes: boolean) => void) => any,
 *   focus: (id: string) => void, askBefore: (id: string) => void, lookOnly?: boolean, formless?: boolean}} Page
 *   what a dialog is given of the widget that opens it; with `lookOnly` it can be looked at and downloaded, no more;
 *   `formless`: there is no form that a picture or its settings could be put into
 * @typedef {{corner: HTMLElement, strip: HTMLElement, bar: HTMLElement, past: HTMLElement, end: HTMLElement}} Places
 *   where history.js puts what is its own: in the heading, above the rows, around the rows of the history
 */

const NEWEST = 4; // rows with pictures that stay open
const STEP = 12;
const BATCH = 16;
const KEPT = 8; // whole pictures held in the browser: they can be 3 MB each
const SPARE = 240; // thumbnails held that no row shows: the next search may bring them back, without a flicker
const SAID = 8000; // ms that a message stands
const ASK_AGAIN = 5000; // ms, for rows that were missed: the answer may have been missed too
const RUNNING = new Set(["queued", "uploading", "sending", "submitted", "processing", "downloading"]);
const TIMED = new Set(["submitted", "processing"]);

// ---- pure: rows

/** @param {Row} row */
export const isRunning = (row) => RUNNING.has(row.status);

/** Whether two JSON values say the same.
 * @param {any} a @param {any} b @returns {boolean} */
export function same(a, b) {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => same(a[key], b[key]));
}

/** The rows with what changes while they run: its own small trait, so that a step forward sends little.
 * @param {Row[]} rows @param {Record<string, Partial<Row>>} live @returns {Row[]} */
export const withLive = (rows, live) => rows.map((row) => (live[row.id] ? { ...row, ...live[row.id] } : row));

/** The rows after a message that tells of those that changed; null where an earlier message was missed.
 * @param {Row[]} rows @param {number} turn  of the last message, which `rows` holds
 * @param {{turn: number, all?: Row[], changed: Row[], added?: string[], ids?: string[]}} told  all of them, or the
 *   changed ones and either the ids that came before the first or those of all
 * @returns {Row[] | null} */
export function toldRows(rows, turn, told) {
  if (told.all) return told.all;
  if (told.turn !== turn + 1) return told.turn > turn ? null : rows;
  const known = new Map([...rows, ...told.changed].map((row) => [row.id, row]));
  const ids = told.ids ?? new Set([...(told.added ?? []), ...rows.map((row) => row.id)]);
  return [...ids].flatMap((id) => known.get(id) ?? []);
}

/** Rows of which none is hidden. @param {Row[]} rows */
export const allShown = (rows) => rows.map((row) => (row.hidden ? { ...row, hidden: false } : row));

/** The ids of the rows that came, went or changed.
 * @param {Row[]} before @param {Row[]} after */
export function diffRows(before, after) {
  const old = new Map(before.map((row) => [row.id, row]));
  const [added, changed] = [[], []].map(() => /** @type {string[]} */ ([]));
  for (const row of after) {
    const was = old.get(row.id);
    if (!was) added.push(row.id);
    else if (!same(was, row)) changed.push(row.id);
    old.delete(row.id);
  }
  return { added, changed, removed: [...old.keys()] };
}

/** The ids of the pictures that were deleted: their rows are still there, without them.
 * @param {Row[]} before @param {Row[]} after */
export function deletedFrom(before, after) {
  const left = new Map(after.map((row) => [row.id, new Set(row.images.map((image) => image.id))]));
  const gone = (/** @type {Row} */ row) => row.images.filter((image) => left.get(row.id)?.has(image.id) === false);
  return before.flatMap((row) => gone(row).map((image) => image.id));
}

/** Rows without these pictures, and without those that had no others. @param {Row[]} rows @param {Set<string>} gone */
export function without(rows, gone) {
  const left = rows.map((row) => {
    const images = row.images.filter((image) => !gone.has(image.id));
    return images.length < row.images.length ? { ...row, images } : row;
  });
  return left.filter((row, at) => row === rows[at] || row.images.length);
}

/** Which rows stand open: running ones, the newest, those with a ticked picture, and `extra` earlier ones.
 * @param {Row[]} rows @param {{extra?: number, showHidden?: boolean, ticked?: Iterable<string>}} choice */
export function planRows(rows, { extra = 0, showHidden = false, ticked = [] } = {}) {
  const marked = new Set(ticked);
  const plan = { shown: /** @type {Row[]} */ ([]), revealed: 0, rest: 0, hidden: 0, total: 0 };
  let pictured = 0;
  let settled = 0;
  for (const row of rows) {
    if (row.hidden) plan.hidden += 1;
    else plan.total += 1;
    if (row.hidden && !showHidden) continue;
    const newest = pictured < NEWEST && settled < 2 * NEWEST;
    if (!isRunning(row)) settled += 1;
    if (row.images.length) pictured += 1;
    if (isRunning(row) || newest || row.images.some((image) => marked.has(image.id))) plan.shown.push(row);
    else if (plan.revealed < extra) plan.shown.push(row), (plan.revealed += 1);
    else plan.rest += 1;
  }
  return plan;
}

/** What is ticked: the kernel's list with the gestures it has not answered yet.
 * @param {string[]} selected @param {Map<string, boolean>} pending @param {Set<string>} known */
export function reduceTicks(selected, pending, known) {
  const kept = selected.filter((id) => pending.get(id) !== false);
  const added = [...pending].filter(([id, on]) => on && !selected.includes(id)).map(([id]) => id);
  return [...kept, ...added].filter((id) => known.has(id));
}

/** Forget gestures that the kernel has heard of: until then what it says is older, even where it says the same.
 * @param {Map<string, boolean>} pending @param {Map<string, number>} numbers  of each the last gesture
 * @param {number} heard  the last gesture that the kernel shows the outcome of */
export function settleTicks(pending, numbers, heard) {
  for (const [id, number] of numbers) if (number <= heard) numbers.delete(id), pending.delete(id);
}

/** Forget what was done here and is now told by the kernel, wherever it tells of it.
 * @template T @param {Map<string, T>} pending @param {(id: string) => T[]} told */
export function settle(pending, told) {
  for (const [id, value] of pending) if (told(id).every((each) => each === value)) pending.delete(id);
}

/** The shape of a row's tiles as width over height: as asked, else as received.
 * @param {Row} row */
export function shapeOf(row) {
  const [width, height] = row.pixels ?? [row.images[0]?.width, row.images[0]?.height];
  if (width && height) return width / height;
  const ratio = /^(\d+):(\d+)$/.exec(row.settings.size ?? "");
  return ratio ? Number(ratio[1]) / Number(ratio[2]) : 1;
}

/** How full the bar is, from 0 to 1: what the server says, or the time gone of the time expected; null: nothing known.
 * @param {Row} row @param {number} now Unix seconds */
export function fraction(row, now) {
  const timed = TIMED.has(row.status) && row.estimated ? Math.max(0, now - row.started) / row.estimated : 0;
  const known = Math.max(row.progress / 100, Math.min(timed, 0.95));
  return known > 0 || row.status === "queued" ? Math.min(known, 1) : null;
}

/** What a screen reader should hear of a change: rows that have just ended.
 * @param {Row[]} before @param {Row[]} after @param {Say} say */
export function endings(before, after, say) {
  const ran = new Set(before.filter(isRunning).map((row) => row.id));
  return after
    .filter((row) => ran.has(row.id) && !isRunning(row) && !row.hidden)
    .map((row) => {
      const prompt = row.prompt.slice(0, 60);
      if (row.error) return say("ended.failed", { prompt, message: row.error.message });
      return say(row.images.length === 1 ? "ended.one" : "ended.many", { prompt, n: row.images.length });
    });
}

/** Whether a wire record has to be asked for: it is open, no answer is on its way, and there is more than it shows.
 * @param {{open: boolean, waiting: boolean, shown: number}} record @param {number} events */
export const wantsReport = ({ open, waiting, shown }, events) => open && !waiting && events !== shown;

// ---- pure: words

/** @param {Record<string, string>} words @returns {Say} */
export const speaker = (words) => (key, values = {}) =>
  (words[`results.${key}`] ?? key).replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));

/** @param {number} seconds @param {Say} say */
export function timeText(seconds, say) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return say("time.s", { s });
  if (s < 3600) return say("time.min", { m: Math.floor(s / 60), s: s % 60 });
  return say("time.h", { h: Math.floor(s / 3600), m: Math.floor((s % 3600) / 60) });
}

/** A share from 0 to 1 in per cent, and nothing called 0 that is not.
 * @param {number} share */
export function shareText(share) {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return "< 0.1 %";
  return `${percent.toFixed(percent < 10 && percent > 0 ? 1 : 0)} %`;
}

/** The line beside a row's title: "low · 3:2 · 24 s of about 40 s".
 * @param {Row} row @param {number} now @param {Say} say */
export function metaText(row, now, say) {
  const outside = row.images.map((image) => image.outside ?? null).filter((share) => share !== null);
  const parts = [row.settings.quality, row.settings.size, runText(row, now, say)];
  if (row.cost) parts.push(row.cost);
  if (outside.length) parts.push(say("outside", { share: shareText(Math.max(...outside)) }));
  if (row.mode !== "live") parts.push(say(`kind.${row.mode.replace(" ", "_")}`));
  return parts.filter(Boolean).join(" · ");
}

/** The same for a row of the history, which also tells the day.
 * @param {Row} row @param {number} now @param {Say} say @param {string} language */
export function pastText(row, now, say, language) {
  const day = new Date(row.started * 1000).toLocaleDateString(language, { dateStyle: "medium" });
  return `${day} · ${metaText(row, now, say)}`;
}

/** @param {Row} row @param {number} now @param {Say} say */
function runText(row, now, say) {
  if (TIMED.has(row.status)) {
    const elapsed = timeText(now - row.started, say);
    if (!row.estimated) return elapsed;
    const estimated = timeText(row.estimated, say);
    return say(now - row.started > row.estimated ? "time.over" : "time.of", { elapsed, estimated });
  }
  if (row.status !== "completed") return say(`status.${row.status}`);
  return row.ended ? timeText(row.ended - row.started, say) : "";
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

/** Whether an element can be seen. @param {HTMLElement} element */
const onPage = (element) => element.offsetParent !== null;

// crypto.randomUUID is missing on plain http pages, where many hubs live
const unique = () => Array.from(crypto.getRandomValues(new Uint32Array(3)), (n) => n.toString(36)).join("");

/** @param {Blob} blob @param {string} name */
function download(blob, name) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 30_000);
}

/** A question in place of a dialog; `done` is told whether the answer was yes.
 * @param {string} question @param {string} yes @param {string} no @param {(yes: boolean) => void} done */
function confirmBar(question, yes, no, done) {
  const keep = button(no, () => done(false));
  const bar = h(
    "div",
    { class: "apw-confirm", role: "group", "aria-label": question },
    h("span", { text: question }),
    button(yes, () => done(true), { class: "apw-button apw-danger" }),
    keep,
  );
  bar.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.preventDefault(); // a dialog around the question stays open
    done(false);
  });
  queueMicrotask(() => keep.focus());
  return bar;
}

/** A menu at a button: arrow keys, Home, End, Escape; the page's top layer, so that no row clips it.
 * @param {HTMLElement} opener @param {({label: string, run: () => void, danger?: boolean} | null)[]} entries */
function openMenu(opener, entries) {
  const menu = h("div", { class: "apw-menu", role: "menu", popover: "auto", "data-lm-suppress-shortcuts": "true" });
  for (const entry of entries) {
    if (!entry) menu.append(h("div", { role: "separator", class: "apw-menu-line" }));
    else {
      const run = () => (menu.hidePopover(), entry.run());
      const props = { role: "menuitem", tabindex: "-1", class: entry.danger ? "apw-item apw-danger" : "apw-item" };
      menu.append(button(entry.label, run, props));
    }
  }
  const follow = () => placeMenu(menu, opener.getBoundingClientRect());
  const away = new AbortController();
  menu.addEventListener("toggle", (/** @type {any} */ event) => {
    if (event.newState === "open") return;
    away.abort();
    opener.setAttribute("aria-expanded", "false");
    const refocus = menu.contains(document.activeElement) || document.activeElement === document.body;
    menu.remove();
    if (refocus) opener.focus();
  });
  menu.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => moveInMenu(menu, event));
  window.addEventListener("scroll", follow, { capture: true, passive: true, signal: away.signal });
  window.addEventListener("resize", follow, { signal: away.signal });
  opener.after(menu);
  opener.setAttribute("aria-expanded", "true");
  menu.showPopover();
  follow();
  menu.querySelector("button").focus({ preventScroll: true });
}

/** @param {HTMLElement} menu @param {KeyboardEvent} event */
function moveInMenu(menu, event) {
  const items = [...menu.querySelectorAll("button")];
  const at = items.indexOf(/** @type {any} */ (document.activeElement));
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) items[to % items.length].focus();
  else if (event.key === "Tab") menu.hidePopover();
  else return;
  event.preventDefault();
}

/** Below the button, or above it where there is no room. @param {HTMLElement} menu @param {DOMRect} at */
function placeMenu(menu, at) {
  const { width, height } = menu.getBoundingClientRect();
  const below = at.bottom + 4 + height <= window.innerHeight;
  menu.style.left = `${Math.max(8, at.right - width)}px`;
  menu.style.top = `${below ? at.bottom + 4 : at.top - height - 4}px`;
}

// ---- pictures

/** The pictures this page holds, as object URLs: thumbnails, and the last few whole ones. */
class Pictures {
  /** @param {(content: object) => void} send @param {(id: string) => void} arrived */
  constructor(send, arrived) {
    this.send = send;
    this.arrived = arrived;
    this.thumbnails = /** @type {Map<string, string>} */ (new Map());
    this.whole = /** @type {Map<string, {url: string, blob: Blob, prompt: string}>} */ (new Map());
    this.wanted = /** @type {Set<string>} */ (new Set());
    this.asked = /** @type {Set<string>} */ (new Set());
    this.opening = /** @type {Set<string>} */ (new Set());
    this.gone = /** @type {Set<string>} */ (new Set()); // by what the kernel said last
    this.timer = 0;
  }

  /** @param {string} id */
  source(id) {
    return this.whole.get(id)?.url ?? this.thumbnails.get(id) ?? null;
  }

  /** Ask for thumbnails, those of several rows together. Those of a job that has just ended come by themselves: they
   * are asked for a moment later, if they have not come. @param {string[]} ids @param {boolean} justEnded */
  want(ids, justEnded) {
    for (const id of ids) if (!this.thumbnails.has(id) && !this.asked.has(id)) this.wanted.add(id);
    if (!this.wanted.size || (justEnded && this.timer)) return;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.ask(), justEnded ? 250 : 0);
  }

  ask() {
    this.timer = 0;
    const ids = [...this.wanted].filter((id) => !this.thumbnails.has(id));
    this.wanted.clear();
    for (let from = 0; from < ids.length; from += BATCH) {
      this.send({ kind: "thumbnails", ids: ids.slice(from, from + BATCH) });
    }
    for (const id of ids) this.asked.add(id);
  }

  /** Ask for a whole picture; one that is here becomes the newest, the last to be let go of. @param {string} id */
  open(id) {
    const held = this.whole.get(id);
    if (held) {
      this.whole.delete(id);
      this.whole.set(id, held);
    } else if (!this.opening.has(id)) {
      this.gone.delete(id);
      this.opening.add(id);
      this.send({ kind: "open", id });
    }
  }

  /** @param {string[]} ids @param {DataView[]} buffers */
  putThumbnails(ids, buffers) {
    for (const [place, id] of ids.entries()) this.putThumbnail(id, buffers[place]);
  }

  /** @param {string} id @param {DataView} buffer */
  putThumbnail(id, buffer) {
    if (this.thumbnails.has(id)) return;
    this.thumbnails.set(id, URL.createObjectURL(new Blob([/** @type {any} */ (buffer)], { type: "image/webp" })));
    this.arrived(id);
  }

  /** @param {{id: string, media_type: string, prompt: string}} content @param {DataView} buffer */
  putWhole({ id, media_type: type, prompt }, buffer) {
    if (!this.opening.delete(id)) return; // another view of this panel has asked
    const blob = new Blob([/** @type {any} */ (buffer)], { type });
    this.whole.set(id, { url: URL.createObjectURL(blob), blob, prompt });
    for (const oldest of this.whole.keys()) {
      if (this.whole.size <= KEPT) break;
      this.drop(this.whole, oldest);
    }
    this.arrived(id);
  }

  /** There is no whole one. @param {string} id */
  miss(id) {
    if (!this.opening.delete(id)) return; // another view of this panel has asked
    this.gone.add(id);
    this.arrived(id);
  }

  /** @param {Map<string, any>} from @param {string} id */
  drop(from, id) {
    const held = from.get(id);
    if (held) URL.revokeObjectURL(held.url ?? held);
    from.delete(id);
  }

  /** @param {string} id */
  forget(id) {
    this.drop(this.whole, id);
    this.drop(this.thumbnails, id);
    this.asked.delete(id); // should its row come back, it has to be asked for again
  }

  /** Let go of pictures that no row shows any more, but for the newest few. @param {Set<string>} shown */
  trim(shown) {
    const spare = [...this.thumbnails.keys()].filter((id) => !shown.has(id));
    for (const id of spare.slice(0, -SPARE)) this.forget(id);
    for (const id of this.whole.keys()) if (!shown.has(id)) this.drop(this.whole, id);
    for (const id of this.asked) if (!shown.has(id) && !this.thumbnails.has(id)) this.asked.delete(id);
  }

  close() {
    clearTimeout(this.timer);
    for (const id of [...this.thumbnails.keys(), ...this.whole.keys()]) this.forget(id);
  }
}

// ---- one row a job

/** One place of a row: a placeholder that becomes a picture. */
class Tile {
  /** @param {Results} view */
  constructor(view) {
    this.view = view;
    this.image = /** @type {Picture | null} */ (null);
    this.element = h("div", { class: "apw-tile" });
  }

  /** @param {Picture} image @param {boolean} clear  may be transparent */
  fill(image, clear) {
    const { view } = this;
    if (!this.image) {
      this.picture = h("img", { decoding: "async", draggable: "false", onload: () => this.loaded() });
      this.open = h("button", { type: "button", class: "apw-tile-open" }, this.picture);
      this.open.addEventListener("click", () => view.look("openViewer", image.id));
      this.open.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.key(event));
      this.check = h("input", { type: "checkbox", class: "apw-tick" });
      this.check.addEventListener("change", () => view.tick(image.id, this.check.checked));
      this.stars = h("span", { class: "apw-tile-rating", role: "img" });
      this.element.append(this.open, this.check, this.stars);
      this.element.classList.toggle("apw-clear", clear);
    }
    this.image = image;
    this.picture.alt = image.alt;
    this.check.setAttribute("aria-label", view.say("tick", { alt: image.alt }));
    this.mark();
    this.rate();
    this.paint();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === " ") this.check.click();
    else if (step) {
      const opens = [.../** @type {HTMLElement} */ (this.element.parentElement).querySelectorAll(".apw-tile-open")];
      /** @type {any} */ (opens[opens.indexOf(this.open) + step])?.focus();
    } else return;
    event.preventDefault();
  }

  mark() {
    const on = this.view.ticked.has(/** @type {Picture} */ (this.image).id);
    if (this.check.checked !== on) this.check.checked = on;
    this.element.classList.toggle("apw-ticked", on);
  }

  rate() {
    const rating = this.view.ratingOf(/** @type {Picture} */ (this.image));
    this.stars.hidden = !rating;
    setText(this.stars, rating ? `★ ${rating}` : "");
    this.stars.setAttribute("aria-label", rating ? this.view.say("rated", { n: rating }) : "");
  }

  paint() {
    const source = this.view.pictures.thumbnails.get(/** @type {Picture} */ (this.image).id);
    if (source && this.picture.src !== source) this.picture.src = source;
  }

  loaded() {
    this.element.classList.add("apw-loaded");
  }
}

/** A job's wire record, folded: asked for when it is opened, and again while it is open and grows. */
class WireRecord {
  /** @param {Results} view @param {string} job */
  constructor(view, job) {
    this.view = view;
    this.job = job;
    this.state = { open: false, waiting: false, shown: -1 };
    this.events = 0;
    this.text = h("pre", { tabindex: "0", role: "region", "aria-label": view.say("wire") });
    this.corner = h("div", { class: "apw-wire-corner" });
    const summary = h("summary", { class: "apw-muted", text: view.say("wire") });
    this.element = h("details", { class: "apw-wire" }, summary, h("div", { class: "apw-wire-body" }, this.corner, this.text));
    this.element.addEventListener("toggle", () => this.toggle());
  }

  async toggle() {
    this.state.open = this.element.open;
    this.ask();
    if (this.copy || !this.state.open) return;
    this.copy = true;
    const { copyButton } = await this.view.viewer;
    this.corner.append(copyButton(this.view.say, () => this.text.textContent ?? ""));
  }

  /** @param {number} events  how many things have happened to the job */
  update(events) {
    this.events = events;
    this.ask();
  }

  ask() {
    if (!wantsReport(this.state, this.events)) return;
    this.state = { open: true, waiting: true, shown: this.events };
    if (!this.text.textContent) setText(this.text, this.view.say("waiting"));
    this.view.send({ kind: "report", row: this.job });
  }

  /** @param {string} text */
  show(text) {
    this.state.waiting = false;
    const end = this.text.scrollTop + this.text.clientHeight >= this.text.scrollHeight - 4;
    const grown = this.text.scrollHeight > this.text.clientHeight;
    setText(this.text, text);
    if (end && grown) this.text.scrollTop = this.text.scrollHeight; // who reads at the end goes on there
    this.ask();
  }
}

class JobRow {
  /** @param {Results} view @param {Row} row @param {boolean} past  whether it stands in the history */
  constructor(view, row, past) {
    this.view = view;
    this.past = past;
    this.tiles = /** @type {Map<number, Tile>} */ (new Map());
    this.title = h("h4", { class: "apw-job-title", tabindex: "-1" });
    this.meta = h("span", { class: "apw-job-meta apw-muted" });
    this.actions = h("div", { class: "apw-job-actions" });
    this.replaces = () => {}; // until the viewer is there
    view.viewer.then(({ ignoreLateClicks }) => (this.replaces = ignoreLateClicks(this.actions)));
    this.fill = h("div", { class: "apw-bar-fill" });
    this.bar = h("div", { class: "apw-bar", role: "progressbar", "aria-label": view.say("progress") }, this.fill);
    this.grid = h("div", { class: "apw-tiles" });
    this.box = h("div", { class: "apw-job-box" });
    this.wire = new WireRecord(view, row.id);
    const head = h("div", { class: "apw-job-head" }, this.title, this.meta, this.actions);
    this.element = h("div", { class: "apw-job", role: "listitem" }, head, this.bar, this.grid, this.box, this.wire.element);
    this.element.dataset.row = row.id;
    this.drawn = /** @type {Record<string, unknown>} */ ({});
    this.onScreen = false;
    this.ranHere = false; // while this page looked on
    this.question = /** @type {any} */ (null); // the ids it is about, and its bar
    this.update(row);
  }

  /** @param {Row} row */
  update(row) {
    this.row = row;
    this.ranHere ||= isRunning(row);
    setText(this.title, row.prompt);
    this.title.title = row.prompt;
    this.element.classList.toggle("apw-hidden-job", row.hidden);
    const state = [isRunning(row), row.can_cancel, row.hidden, row.images.length > 0, row.error?.action];
    this.once("actions", state, () => this.drawActions());
    this.once("box", [row.error, row.slow, row.notice, row.status === "cancelled"], () => this.drawBox());
    if (this.question && !same(this.question.ids, this.ids())) this.withdraw();
    this.drawTiles();
    this.bar.hidden = !isRunning(row);
    this.wire.update(row.events);
    this.tick(this.view.now());
    if (this.onScreen) this.wantPictures();
  }

  /** Draw a part only when what it shows has changed; a focus in it stays there.
   * @param {"actions" | "box"} part @param {unknown} state @param {() => void} draw */
  once(part, state, draw) {
    if (same(this.drawn[part], state)) return;
    this.drawn[part] = state;
    const held = this[part].contains(document.activeElement);
    // Under a pointer that lies on Cancel another button may come, and be pressed in its place.
    if (part === "actions") this.replaces();
    draw();
    if (held) (this[part].querySelector("button") ?? this.title).focus();
  }

  /** What moves by itself: elapsed time and the bar. @param {number} now */
  tick(now) {
    const row = /** @type {Row} */ (this.row);
    const { say, language } = this.view;
    setText(this.meta, this.past ? pastText(row, now, say, language) : metaText(row, now, say));
    if (!isRunning(row)) return;
    const share = fraction(row, now);
    this.bar.classList.toggle("apw-endless", share === null);
    this.fill.style.transform = share === null ? "" : `scaleX(${share})`;
    if (share === null) this.bar.removeAttribute("aria-valuenow");
    else this.bar.setAttribute("aria-valuenow", String(Math.round(share * 100)));
  }

  drawActions() {
    const { view, row } = /** @type {{view: Results, row: Row}} */ (this);
    const hide = () => view.send({ kind: "hide", row: row.id, hidden: !row.hidden });
    this.actions.replaceChildren();
    if (row.hidden) return this.actions.append(button(view.say("unhide"), hide));
    if (isRunning(row)) {
      const cancel = button(view.say("cancel"), () => view.send({ kind: "cancel", row: row.id }));
      if (view.formless) return row.can_cancel && this.actions.append(cancel);
      return this.actions.append(row.can_cancel ? cancel : button(view.say("hide"), hide));
    }
    const reuse = button(view.say("reuse"), () => view.send({ kind: "reuse", row: row.id }));
    if (!row.images.length) {
      if (view.formless) return undefined;
      // "Edit prompt", in the box below, does the same.
      if (row.error?.action !== "edit") this.actions.append(reuse);
      return this.past ? undefined : this.actions.append(button(view.say("hide"), hide));
    }
    const more = button("⋯", () => openMenu(more, this.entries(hide)), {
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "aria-label": view.say("more", { prompt: row.prompt.slice(0, 60) }),
      class: "apw-button apw-icon",
    });
    more.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "ArrowDown") event.preventDefault(), more.click();
    });
    this.actions.append(...(view.formless ? [] : [reuse]), more);
  }

  /** @param {() => void} hide */
  entries(hide) {
    const { view, row } = /** @type {{view: Results, row: Row}} */ (this);
    const ids = this.ids();
    const say = view.say;
    return [
      { label: say("details"), run: () => view.look("openViewer", ids[0]) },
      ...(row.settings.references ? [{ label: say("before_after"), run: () => view.askBefore(ids[0]) }] : []),
      ...["python", "curl", "json"].map((form) => ({
        label: say("code_as", { form: say(`form.${form}`) }),
        run: () => view.look("openCode", ids, form),
      })),
      null,
      { label: say("download_all"), run: () => view.zip(ids) },
      ...(this.past || view.formless ? [] : [{ label: say("hide"), run: hide }]),
      null,
      { label: say("delete"), run: () => this.askDelete(ids), danger: true },
    ];
  }

  /** @param {string[]} ids */
  askDelete(ids) {
    if (this.question) this.withdraw(); // the menu can be opened beside it
    const bar = this.view.deleteBar(ids, (yes) => {
      this.withdraw();
      if (yes) this.title.focus();
    });
    this.question = { ids, bar };
    this.grid.before(bar);
  }

  /** Take the question away. */
  withdraw() {
    const { bar } = this.question;
    const held = bar.contains(document.activeElement);
    this.question = null;
    bar.remove();
    if (held) (this.actions.lastElementChild ?? this.title).focus();
  }

  ids() {
    return /** @type {Row} */ (this.row).images.map((image) => image.id);
  }

  wantPictures() {
    this.view.pictures.want(this.ids(), this.ranHere);
  }

  drawBox() {
    const { view, row } = /** @type {{view: Results, row: Row}} */ (this);
    const running = row.slow ? { message: view.say("slow"), action: "look" } : { message: row.notice, action: null };
    const { message, action } = row.error ?? running;
    const calm = !row.error || row.status === "cancelled";
    this.box.replaceChildren();
    this.box.hidden = !message;
    this.box.classList.toggle("apw-calm", calm);
    this.box.append(h("p", { text: message }));
    if (message && action) this.box.append(this.helpButton(row, action));
  }

  /** The one button that helps. Its nonce stays until the kernel has said something, so that many presses count once.
   * @param {Row} row @param {string} action */
  helpButton(row, action) {
    const { view } = this;
    const label = row.slow && !row.error ? "action.keep_looking" : `action.${action}`;
    let nonce = unique();
    const help = button(view.say(label), () => {
      if (help.getAttribute("aria-disabled")) return;
      view.send({ kind: action, row: row.id, nonce });
      // Not the attribute `disabled`: it would throw the focus off the button that was just pressed.
      if (action === "retry" || action === "look") help.setAttribute("aria-disabled", "true");
    });
    this.rearm = () => {
      help.removeAttribute("aria-disabled");
      nonce = unique();
    };
    return help;
  }

  drawTiles() {
    const { row } = /** @type {{row: Row}} */ (this);
    const filled = new Map(row.images.map((image) => [image.index, image]));
    const places = isRunning(row) ? [...Array(row.n).keys()] : [];
    const wanted = [...new Set([...places, ...filled.keys()])].sort((a, b) => a - b);
    for (const [index, tile] of this.tiles) {
      if (wanted.includes(index) && (!tile.image || tile.image.id === filled.get(index)?.id)) continue;
      tile.element.remove();
      this.tiles.delete(index);
    }
    const clear = row.settings.background === "transparent";
    wanted.forEach((index, at) => {
      const tile = this.tiles.get(index) ?? new Tile(this.view);
      if (this.grid.children[at] !== tile.element) this.grid.insertBefore(tile.element, this.grid.children[at] ?? null);
      this.tiles.set(index, tile);
      const image = filled.get(index);
      if (image) tile.fill(image, clear);
    });
    this.grid.hidden = !wanted.length;
    this.grid.style.setProperty("--apw-shape", String(shapeOf(row)));
    this.grid.dataset.n = String(Math.min(wanted.length, 4));
  }
}

// ---- rows in order

/** The rows of this session, or those of the history. */
class RowList {
  /** @param {Results} view @param {string} name  the id of their heading @param {boolean} past @param {Row[]} data */
  constructor(view, name, past, data = []) {
    this.view = view;
    this.past = past;
    this.data = data;
    this.drawn = /** @type {Map<string, JobRow>} */ (new Map());
    this.pictures = /** @type {Map<string, {row: Row, image: Picture}>} */ (new Map());
    this.element = h("div", { class: "apw-jobs", role: "list", "aria-labelledby": name });
    this.take(data);
  }

  /** Only rows that changed are touched. @param {Row[]} rows */
  take(rows) {
    const { changed } = diffRows(this.data, rows);
    this.data = rows;
    this.pictures = new Map(rows.flatMap((row) => row.images.map((image) => [image.id, { row, image }])));
    for (const row of rows) if (changed.includes(row.id)) this.drawn.get(row.id)?.update(row);
  }

  /** Put these rows into the list, in order, moving none that lies right. @param {Row[]} shown */
  arrange(shown) {
    const wanted = new Set(shown.map((row) => row.id));
    const lost = [...this.drawn].find(([id, row]) => !wanted.has(id) && row.element.contains(document.activeElement));
    const after = lost?.[1].element.nextElementSibling ?? null;
    for (const [id, row] of this.drawn) {
      if (wanted.has(id)) continue;
      this.view.watcher.unobserve(row.element);
      row.element.remove();
      this.drawn.delete(id);
    }
    let cursor = this.element.firstChild;
    for (const row of shown) {
      const made = this.drawn.get(row.id) ?? this.makeRow(row);
      if (made.element === cursor) cursor = cursor.nextSibling;
      else this.element.insertBefore(made.element, cursor);
    }
    if (!lost) return;
    const near = after?.isConnected ? after : this.element.lastElementChild;
    if (near) near.querySelector(".apw-job-title")?.focus();
    else this.view.home();
  }

  /** @param {Row} row */
  makeRow(row) {
    const made = new JobRow(this.view, row, this.past);
    this.drawn.set(row.id, made);
    this.view.watch(made);
    return made;
  }

  /** @param {string} id  of a picture */
  rowOf(id) {
    return this.drawn.get(this.pictures.get(id)?.row.id ?? "");
  }

  /** @param {string} id */
  tileOf(id) {
    return this.rowOf(id)?.tiles.get(/** @type {any} */ (this.pictures.get(id)).image.index);
  }
}

// ---- the tray

/** What can be done with the ticked pictures. */
class Tray {
  /** @param {Results} view */
  constructor(view) {
    const { say } = view;
    this.view = view;
    this.question = /** @type {any} */ (null); // the ids it is about, and its bar
    this.count = h("strong");
    this.hint = h("span", { class: "apw-muted" });
    this.compare = button(say("compare"), () => {
      if (view.ticked.size === 2) view.look("openCompare", [...view.ticked]);
    });
    this.save = button(say("save"), () => view.zip([...view.ticked]), { title: say("save_title") });
    this.remove = button(say("delete"), () => this.askDelete());
    this.buttons = h(
      "div",
      { class: "apw-tray-buttons" },
      this.compare,
      this.save,
      ...(view.formless ? [] : [button(say("use"), () => view.send({ kind: "use", ids: [...view.ticked] }))]),
      button(say("form.python"), () => view.look("openCode", [...view.ticked], "python")),
      this.remove,
      button(say("clear"), () => view.clear()),
    );
    this.line = h("div", { class: "apw-tray-line" }, h("div", {}, this.count, " ", this.hint), this.buttons);
    this.element = h("div", { class: "apw-tray", role: "region", "aria-label": say("tray"), hidden: true }, this.line);
  }

  askDelete() {
    const ids = [...this.view.ticked];
    const bar = this.view.deleteBar(ids, (yes) => {
      this.withdraw();
      if (yes) this.view.focusRow(ids[0]);
    });
    this.question = { ids, bar };
    this.line.hidden = true;
    this.element.append(bar);
  }

  /** Take the question away and show the line again. */
  withdraw() {
    const { bar } = this.question;
    const held = bar.contains(document.activeElement);
    this.question = null;
    bar.remove();
    this.line.hidden = false;
    if (held) this.remove.focus();
  }

  update() {
    const { say, ticked } = this.view;
    const n = ticked.size;
    const asked = /** @type {string[] | undefined} */ (this.question?.ids);
    if (asked && !(asked.length === n && asked.every((id) => ticked.has(id)))) this.withdraw();
    if (!n && this.element.contains(document.activeElement)) this.view.home();
    this.element.hidden = !n;
    setText(this.count, say("selected", { n }));
    const why = n === 2 ? "" : say(n === 1 ? "compare_one" : "compare_many");
    setText(this.hint, why);
    this.compare.title = why;
    this.compare.setAttribute("aria-disabled", String(n !== 2));
    this.compare.classList.toggle("apw-primary", n === 2);
  }
}

// ---- the widget

/** One rendering of the widget. */
class Results {
  /** @param {any} model @param {Promise<any>} viewer @param {Promise<any> | null} keeper  what history.js gives; without
   * it there is no form either */
  constructor(model, viewer, keeper) {
    this.model = model;
    this.viewer = viewer;
    this.keeper = keeper;
    this.formless = !keeper;
    this.history = /** @type {any} */ (null);
    this.inPast = false;
    this.pastTotal = 0;
    this.say = speaker(model.get("words"));
    this.language = model.get("language");
    this.rowAt = /** @type {WeakMap<Element, JobRow>} */ (new WeakMap());
    // Stars and notes that the kernel has not heard of yet.
    this.rated = /** @type {Map<string, number | null>} */ (new Map());
    this.noted = /** @type {Map<string, string | null>} */ (new Map());
    this.ticked = /** @type {Set<string>} */ (new Set());
    this.pending = /** @type {Map<string, boolean>} */ (new Map());
    this.numbers = /** @type {Map<string, number>} */ (new Map());
    this.page = unique();
    this.gestures = 0;
    // What is ticked or looked at, with its row: another search may take it off the page.
    this.held = /** @type {Map<string, {row: Row, image: Picture}>} */ (new Map());
    // What was to be deleted here, and what was, perhaps elsewhere: the history may have been read before.
    this.deleting = /** @type {Set<string>} */ (new Set());
    this.deleted = /** @type {Set<string>} */ (new Set());
    this.pictures = new Pictures((content) => this.send(content), (id) => this.arrived(id));
    this.dialogs = /** @type {Set<Dialog>} */ (new Set());
    this.clock = { unix: Date.now() / 1000, at: performance.now() };
    this.choice = { extra: 0, showHidden: false };
    this.zipping = false;
    this.before = "";
    this.fading = /** @type {Map<HTMLElement, any>} */ (new Map()); // a timer for each place where something is said
    this.element = h("section", { class: "apw-results-body", "data-lm-suppress-shortcuts": "true" });
    this.element.addEventListener("keydown", (/** @type {Event} */ event) => event.stopPropagation());
    this.watcher = new IntersectionObserver((seen) => this.seen(seen), { rootMargin: "400px 0px" });
    this.watcher.observe(this.element);
    this.timer = setInterval(() => this.tickClock(), 1000);
    this.build();
  }

  /** @param {object} content */
  send(content) {
    this.model.send(content);
  }

  now() {
    return this.clock.unix + (performance.now() - this.clock.at) / 1000;
  }

  build() {
    const { say } = this;
    const name = `apw-results-${unique()}`;
    this.title = h("span");
    this.count = h("span", { class: "apw-count apw-muted" });
    this.notice = h("div", { class: "apw-said", role: "status" });
    this.live = h("div", { class: "apw-spoken", "aria-live": "polite" });
    this.empty = h("p", { class: "apw-empty apw-muted", text: say("empty") });
    this.recent = new RowList(this, name, false, this.recent?.data);
    this.past = new RowList(this, name, true, this.past?.data);
    this.earlier = button("", () => this.reveal(Infinity), { class: "apw-link apw-earlier" });
    this.fewer = button(say("fewer"), () => this.reveal(0), { class: "apw-link" });
    this.step = button("", () => this.reveal(this.choice.extra + STEP));
    this.foot = h("div", { class: "apw-foot" }, this.earlier, this.fewer, h("span", { class: "apw-push" }), this.step);
    this.unseen = button("", () => this.toggleHidden(), { class: "apw-link" });
    this.tray = new Tray(this);
    this.body = h("div", {}, this.empty, this.recent.element, this.foot, this.unseen);
    const [corner, strip, bar, end] = ["corner", "strip", "finder", "end"].map((at) => h("div", { class: `apw-${at}` }));
    const past = h("div", { class: "apw-past" }, bar, this.past.element, end);
    this.places = { corner, strip, bar, past, end };
    const title = h("h3", { id: name }, this.title, " ", this.count);
    const head = h("div", { class: "apw-results-head" }, title, this.notice, corner);
    this.element.setAttribute("aria-labelledby", name);
    this.element.lang = this.language;
    const around = this.formless ? [this.notice] : [head, strip];
    this.element.replaceChildren(...around, this.body, past, this.tray.element, this.live);
    this.past.arrange(this.past.data);
    this.turn(this.inPast);
    this.tray.update();
    this.attach(this.places);
  }

  /** @param {Places} places */
  async attach(places) {
    this.history?.close();
    this.history = null;
    if (!this.keeper) return;
    const { attach } = await this.keeper;
    if (this.places === places) this.history = attach(this, places); // else the words have changed meanwhile
  }

  /** New words: everything is said again. */
  rebuild() {
    this.say = speaker(this.model.get("words"));
    this.language = this.model.get("language");
    this.watcher.disconnect();
    this.watcher.observe(this.element);
    this.build();
  }

  /** The trait `rows`; a job in a cell of its own is there whatever is hidden in a panel. @param {Row[]} told */
  setRows(told) {
    const rows = this.formless ? allShown(told) : told;
    const spoken = endings(this.recent.data, rows, this.say);
    if (spoken.length) this.speak(spoken.join(" "));
    this.hold();
    const gone = deletedFrom(this.recent.data, rows);
    for (const id of gone) this.deleted.add(id), this.held.delete(id);
    this.recent.take(rows);
    for (const id of this.recent.pictures.keys()) this.deleted.delete(id); // of a job that was looked at again
    if (gone.length) this.takePast(this.past.data);
    this.changed();
    this.history?.showRunning();
  }

  /** The rows of the history: all of them are shown, whatever is hidden among those of the session.
   * @param {Row[]} rows @param {number} total  pictures found */
  setPast(rows, total) {
    this.hold();
    this.takePast(rows);
    this.pastTotal = total;
    this.changed();
  }

  /** @param {Row[]} rows */
  takePast(rows) {
    this.past.take(without(allShown(rows), this.deleted));
    this.past.arrange(this.past.data);
  }

  /** Rows came, went or changed. */
  changed() {
    settle(this.rated, (id) => this.told(id).map((image) => image.rating ?? null));
    settle(this.noted, (id) => this.told(id).map((image) => image.note ?? null));
    this.pictures.trim(this.known());
    this.setTicks();
    this.arrange();
    for (const each of [...this.dialogs]) each.refresh();
  }

  /** Show the rows of the history, or those of the session. @param {boolean} past */
  turn(past) {
    this.inPast = past;
    this.body.hidden = this.places.strip.hidden = past;
    this.places.past.hidden = !past;
    setText(this.title, this.say(past ? "history" : "title"));
    this.arrange();
  }

  /** Both lists, the one on show first: a picture may stand in each. */
  get lists() {
    return this.inPast ? [this.past, this.recent] : [this.recent, this.past];
  }

  known() {
    return new Set([...this.held.keys(), ...this.lists.flatMap((list) => [...list.pictures.keys()])]);
  }

  /** Hold on to what is ticked or looked at, before the lists lose it. */
  hold() {
    const ids = new Set([...this.ticked, ...[...this.dialogs].flatMap((each) => each.shows())]);
    const kept = [...ids].filter((id) => !this.deleting.has(id)).map((id) => /** @type {const} */ ([id, this.find(id)]));
    this.held = new Map(/** @type {any} */ (kept.filter(([, found]) => found)));
  }

  /** @param {string} text */
  speak(text) {
    setText(this.live, text);
  }

  /** How many jobs of the session are running. */
  running() {
    return this.recent.data.filter((row) => isRunning(row) && !row.hidden).length;
  }

  arrange() {
    const plan = planRows(this.recent.data, { ...this.choice, ticked: this.ticked });
    this.recent.arrange(plan.shown);
    this.drawFoot(plan);
  }

  /** @param {JobRow} row */
  watch(row) {
    this.rowAt.set(row.element, row);
    this.watcher.observe(row.element);
  }

  /** @param {ReturnType<typeof planRows>} plan */
  drawFoot(plan) {
    const { say } = this;
    const total = this.inPast ? this.pastTotal : plan.total;
    setText(this.count, total ? String(total) : "");
    this.empty.hidden = plan.shown.length > 0 || plan.rest > 0;
    this.foot.hidden = !plan.rest && !plan.revealed;
    setText(this.earlier, say("earlier", { n: plan.rest }));
    setText(this.step, say("show_more", { n: STEP }));
    this.earlier.hidden = !plan.rest;
    this.fewer.hidden = !plan.revealed;
    this.step.hidden = plan.rest <= STEP;
    this.unseen.hidden = !plan.hidden;
    setText(this.unseen, say(this.choice.showHidden ? "hidden_shown" : "hidden", { n: plan.hidden }));
  }

  /** @param {number} extra */
  reveal(extra) {
    const before = new Set(this.recent.drawn.keys());
    this.choice.extra = extra;
    this.arrange();
    if (document.activeElement !== document.body) return;
    const first = [...this.recent.drawn].find(([id]) => !before.has(id))?.[1];
    (first ? first.title : this.earlier).focus(); // the button pressed has gone
  }

  toggleHidden() {
    this.choice.showHidden = !this.choice.showHidden;
    this.arrange();
  }

  /** The trait `selected`, or a gesture: only tiles that changed are touched. */
  setTicks() {
    const before = this.ticked;
    // Of what was ticked before this page was loaded the kernel alone knows.
    for (const row of this.model.get("history")?.held ?? []) {
      for (const image of row.images) this.held.set(image.id, { row, image });
    }
    this.ticked = new Set(reduceTicks(this.model.get("selected"), this.pending, this.known()));
    this.hold();
    for (const id of new Set([...before, ...this.ticked])) {
      if (before.has(id) !== this.ticked.has(id)) for (const tile of this.tilesOf(id)) tile.mark();
    }
    this.tray.update();
  }

  /** What the kernel has taken up need no longer be remembered here. */
  settleTicks() {
    settleTicks(this.pending, this.numbers, this.model.get("heard")[this.page] ?? 0);
    this.setTicks();
    this.arrange();
  }

  /** @param {string} id @param {boolean} on */
  tick(id, on) {
    this.turnTicks([id], on, { kind: "tick", id, on });
  }

  /** @param {Iterable<string>} ids @param {boolean} on @param {object} gesture */
  turnTicks(ids, on, gesture) {
    this.gestures += 1;
    for (const id of ids) {
      this.pending.set(id, on);
      this.numbers.set(id, this.gestures);
    }
    this.setTicks();
    this.send({ ...gesture, page: this.page, number: this.gestures });
  }

  clear() {
    const [first] = this.tilesOf([...this.ticked][0]);
    this.turnTicks(new Set([...this.ticked, ...this.pending.keys()]), false, { kind: "clear" });
    first?.check.focus();
  }

  /** @param {string} id  of a picture */
  rowOf(id) {
    return this.lists.map((list) => list.rowOf(id)).find(Boolean);
  }

  /** @param {string} id */
  tilesOf(id) {
    return /** @type {Tile[]} */ (this.lists.map((list) => list.tileOf(id)).filter(Boolean));
  }

  /** @param {string} id @returns {{row: Row, image: Picture} | undefined} */
  find(id) {
    const found = this.lists.map((list) => list.pictures.get(id)).find(Boolean) ?? this.held.get(id);
    if (!found) return undefined;
    const { row, image } = found;
    const note = this.noted.has(id) ? this.noted.get(id) : image.note;
    return { row, image: { ...image, rating: this.ratingOf(image), note } };
  }

  /** What the kernel says of a picture, in each list that holds it. @param {string} id */
  told(id) {
    return this.lists.flatMap((list) => list.pictures.get(id) ?? []).map(({ image }) => image);
  }

  /** @param {Picture} image */
  ratingOf(image) {
    const pending = this.rated.get(image.id);
    return pending === undefined ? (image.rating ?? null) : pending;
  }

  /** Rate a picture; shown at once, since the kernel may be busy. @param {string} id @param {number | null} rating */
  rate(id, rating) {
    this.send({ kind: "rate", id, rating });
    this.rated.set(id, rating);
    for (const tile of this.tilesOf(id)) tile.rate();
    for (const each of [...this.dialogs]) each.refresh();
  }

  /** Keep a note with a picture. @param {string} id @param {string | null} note */
  note(id, note) {
    this.send({ kind: "note", id, text: note });
    this.noted.set(id, note);
    for (const each of [...this.dialogs]) each.refresh();
  }

  /** Give the focus to a picture, or to the newest row where that one has gone. @param {string} id */
  focus(id) {
    const open = this.tilesOf(id).map((tile) => tile.open).find(onPage);
    const next = open ?? [...this.element.querySelectorAll(".apw-job-title")].find(onPage);
    if (next) next.focus();
    else this.home();
  }

  /** Give the focus to the row of a picture. @param {string} id */
  focusRow(id) {
    const title = this.rowOf(id)?.title;
    if (title && onPage(title)) title.focus();
    else this.home();
  }

  /** Where the focus goes when its place is gone, and nothing like it is left. */
  home() {
    this.history?.home();
  }

  /** Every picture that can be stepped to, newest row first. */
  order() {
    const rows = this.lists[0].data.filter((row) => !row.hidden || this.choice.showHidden);
    return rows.flatMap((row) => row.images.map((image) => image.id));
  }

  /** How many that is, with those of the history that were not read yet. */
  length() {
    return this.inPast ? Math.max(this.pastTotal, this.order().length) : this.order().length;
  }

  /** The last picture is being looked at: the next page of the history, if there is one. */
  readOn() {
    if (this.inPast) this.history?.ask();
  }

  /** Open one of the viewer's dialogs. @param {string} dialog @param {...any} what */
  async look(dialog, ...what) {
    (await this.viewer)[dialog](this, ...what);
  }

  /** @param {number} seconds */
  duration = (seconds) => timeText(seconds, this.say);

  /** @param {string[]} ids */
  zip(ids) {
    this.zipping = true;
    this.send({ kind: "zip", ids });
  }

  /** Have a picture compared with the first reference it was made from, which only the kernel has.
   * @param {string} id */
  askBefore(id) {
    this.before = id;
    this.send({ kind: "before", id });
    this.announce(this.say("waiting"));
  }

  /** @param {any} content @param {DataView} buffer */
  openBefore({ id, media_type: type, image }, buffer) {
    if (id !== this.before || !this.find(id)) return; // another view of this panel has asked
    this.before = "";
    this.announce("");
    this.look("openBefore", id, { image, url: URL.createObjectURL(new Blob([/** @type {any} */ (buffer)], { type })) });
  }

  /** A wire record has come, perhaps for another view of this panel. @param {{row: string, text: string}} report */
  takeReport({ row, text }) {
    for (const list of this.lists) {
      const wire = list.drawn.get(row)?.wire;
      if (wire?.state.open) wire.show(text);
    }
  }

  /** @param {string[]} ids @param {(yes: boolean) => void} done */
  deleteBar(ids, done) {
    const { say } = this;
    const question = say(ids.length === 1 ? "delete_one" : "delete_many", { n: ids.length });
    return confirmBar(question, say("delete"), say("keep"), (yes) => {
      done(yes);
      if (!yes) return;
      for (const id of ids) {
        this.deleting.add(id);
        if (this.ticked.has(id)) this.tick(id, false);
      }
      this.send({ kind: "delete", ids });
      this.hold();
      for (const each of [...this.dialogs]) each.refresh(); // of one in no list nothing more is told
    });
  }

  /** @param {IntersectionObserverEntry[]} seen */
  seen(seen) {
    for (const { target, isIntersecting } of seen) {
      const panel = /** @type {HTMLElement | null} */ (target.closest(".apw-panel"));
      // Once: setting it anew on every crossing would have the whole panel styled again.
      if (panel && !panel.dataset.lmSuppressShortcuts) panel.dataset.lmSuppressShortcuts = "true";
      const row = this.rowAt.get(target);
      if (!row) continue;
      row.onScreen = isIntersecting;
      if (isIntersecting) row.wantPictures();
    }
  }

  /** @param {string} id */
  arrived(id) {
    for (const tile of this.tilesOf(id)) tile.paint();
    for (const each of [...this.dialogs]) each.refresh();
  }

  tickClock() {
    const now = this.now();
    for (const row of this.recent.data) if (isRunning(row)) this.recent.drawn.get(row.id)?.tick(now);
  }

  /** @param {string} text */
  announce(text) {
    const place = [...this.dialogs].at(-1)?.status ?? this.notice;
    place.textContent = text;
    clearTimeout(this.fading.get(place));
    this.fading.set(place, setTimeout(() => (setText(place, ""), this.fading.delete(place)), SAID));
    for (const list of this.lists) for (const row of list.drawn.values()) row.rearm?.();
  }

  /** @param {any} content @param {DataView[]} buffers */
  receive(content, buffers) {
    if (content.kind === "clock") this.clock = { unix: content.now, at: performance.now() };
    else if (content.kind === "thumbnails") this.pictures.putThumbnails(content.ids, buffers);
    else if (content.kind === "picture") this.pictures.putWhole(content, buffers[0]);
    else if (content.kind === "gone") this.pictures.miss(content.id);
    else if (content.kind === "before") this.openBefore(content, buffers[0]);
    else if (content.kind === "code") for (const each of this.dialogs) each.code(content.form, content.text);
    else if (content.kind === "report") this.takeReport(content);
    else if (content.kind === "say") this.announce(content.text);
    else if (content.kind === "zip" && this.zipping) {
      this.zipping = false;
      download(new Blob([/** @type {any} */ (buffers[0])], { type: "application/zip" }), content.name);
    }
  }

  close() {
    clearInterval(this.timer);
    for (const timer of this.fading.values()) clearTimeout(timer);
    this.watcher.disconnect();
    this.places = /** @type {any} */ (null); // what history.js gives may still be on its way
    this.history?.close();
    for (const { dialog } of [...this.dialogs]) dialog.close();
    this.pictures.close();
  }
}

/** Keeps the rows of a page up to date: once a model, however many views it has. @param {{model: any}} context */
function initialize({ model }) {
  let asked = { turn: -1, at: 0 };
  /** @param {any} content */
  const listen = (content) => {
    if (content.kind !== "rows") return;
    const turn = model.get("turn");
    const rows = toldRows(model.get("rows"), turn, content);
    if (!rows) {
      // Once for all that comes after the gap: a busy kernel answers each question, with everything.
      const now = performance.now();
      if (asked.turn === turn && now - asked.at < ASK_AGAIN) return;
      asked = { turn, at: now };
      model.send({ kind: "hello", turn });
      return;
    }
    model.set("turn", Math.max(content.turn, turn));
    model.set("rows", rows);
  };
  model.on("msg:custom", listen);
  return () => model.off("msg:custom", listen);
}

/** @param {{model: any, el: HTMLElement, host: any}} context */
function render({ model, el, host }) {
  const [viewer, keeper] = ["viewer", "history_bar"].map((name) => {
    const reference = model.get(name);
    return reference ? host.getWidget(reference).then((/** @type {any} */ widget) => widget.exports) : null;
  });
  const view = new Results(model, viewer, keeper);
  const show = () => view.setRows(withLive(model.get("rows"), model.get("live") ?? {}));
  /** @type {[string, (...args: any[]) => void][]} */
  const heard = [
    ["change:rows", show],
    ["change:live", show],
    ["change:selected", () => view.settleTicks()],
    ["change:heard", () => view.settleTicks()],
    ["change:history", () => view.history?.show()],
    ["change:pickup", () => view.history?.showStrip()],
    ["change:offers", () => view.history?.showStrip()],
    ["change:words", () => view.rebuild()],
    ["msg:custom", (content, buffers) => view.receive(content, buffers)],
  ];
  for (const [event, listener] of heard) model.on(event, listener);
  show();
  el.classList.add("apw-results");
  el.classList.toggle("apw-formless", view.formless);
  el.append(view.element);
  model.send({ kind: "hello", turn: model.get("turn") });
  return () => {
    for (const [event, listener] of heard) model.off(event, listener);
    view.close();
  };
}

export default { initialize, render };
