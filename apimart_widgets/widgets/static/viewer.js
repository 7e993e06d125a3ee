// @ts-check
/**
 * Looking closely at results: the large view, comparing two, and the code of a request. Three dialogs without a place
 * of their own in the panel: the results widget, and that of a grid, gets them through anywidget's `host.getWidget` and opens them, so that
 * they work while the kernel is busy. Comparing is also a widget by itself, `am.compare`, in a cell's output.
 *
 * @typedef {import("./results.js").Row} Row
 * @typedef {import("./results.js").Picture} Picture
 * @typedef {import("./results.js").Say} Say
 * @typedef {import("./results.js").Page} Page
 * @typedef {{row: Row, image: Picture}} Found
 * @typedef {{image: Picture, row: Row | null, name?: string, label?: string | null, source: string | null}} Side
 *   one of two pictures: `row` is null for one that was not made here, `name` says which it is, beside how it differs,
 *   and a `label` says that alone
 * @typedef {{image: Picture, url: string}} Before  the picture that one was made from, under an object URL
 * @typedef {{x: number, y: number, w: number, h: number}} Rect  in shares of a box
 * @typedef {{zoom: number, x: number, y: number}} Look  zoom 1 fits the box; x and y move it, in shares of the box
 */

const DEEPEST = 16;
const MOST_STARS = 5;
const LONGEST_NOTE = 2000;
const DOUBLE = 500; // ms: the longest that a double click takes
const STILL = 4; // px that a hand moves which does not go anywhere
const FLICK = 500; // ms a picture stands: well under three flashes a second

// ---- pure: what is known of a picture

/** The picture `step` places on from `id`, or null at either end.
 * @param {string[]} ids @param {string} id @param {number} step */
export const neighbour = (ids, id, step) => ids[ids.indexOf(id) + step] ?? null;

/** What is stepped through from a picture: what is there now, or, where that is without it, what is left of the order
 * in which it was found. @param {string[]} before @param {string[]} now @param {string} id
 * @param {(id: string) => boolean} isLeft */
export const steps = (before, now, id, isLeft) => (now.includes(id) ? now : before.filter(isLeft));

/** The first there is after a picture that is gone, or before it. @param {string[]} ids @param {string} id
 * @param {(id: string) => boolean} isLeft */
export function nearest(ids, id, isLeft) {
  const at = ids.indexOf(id);
  return [...ids.slice(at), ...ids.slice(0, at).reverse()].find(isLeft) ?? null;
}

/** @param {number} bytes */
export function bytesText(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Every setting and outcome of a picture that two pictures can be compared by, as [key, value] pairs.
 * @param {Found} found @param {Say} say @param {(seconds: number) => string} duration @returns {[string, string][]} */
export function facts({ row, image }, say, duration) {
  const { model, size, quality, background, moderation, output_format, output_compression, resolution, references } =
    row.settings;
  /** @type {[string, unknown][]} */
  const all = [
    ["quality", quality],
    ["cost", row.cost && (row.mode === "live" && row.n > 1 ? say("cost_of", { cost: row.cost, n: row.n }) : row.cost)],
    ["time", row.ended && duration(row.ended - row.started)],
    ["model", model],
    ["size", `${size} · ${image.width}×${image.height}`],
    ["resolution", resolution],
    ["background", background],
    ["output_format", output_format],
    ["output_compression", output_compression],
    ["moderation", moderation],
    ["references", references || null],
    ["rating", image.rating && `★ ${image.rating}`],
    ["note", image.note],
    ["picture", say("of", { i: image.index + 1, n: row.n })],
    ["prompt", row.prompt],
  ];
  const known = all.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return known.map(([key, value]) => [key, String(value)]);
}

/** Two lists of facts as rows of a table, those that differ first.
 * @param {[string, string][]} one @param {[string, string][]} two
 * @param {boolean} [lacking] whether what is known of one alone is a difference */
export function compareFacts(one, two, lacking = true) {
  const [first, second] = [new Map(one), new Map(two)];
  const keys = [...new Set([...first.keys(), ...second.keys()])];
  const rows = keys.map((key) => {
    const values = [first.get(key) ?? "", second.get(key) ?? ""];
    return { key, values, differs: values[0] !== values[1] && (lacking || values.every(Boolean)) };
  });
  return [...rows.filter((row) => row.differs), ...rows.filter((row) => !row.differs)];
}

/** What is known of any picture. @param {Picture} image @returns {[string, string][]} */
export const fileFacts = ({ width, height, format, bytes }) => [
  ["size", `${width}×${height}`],
  ["output_format", format],
  ["bytes", bytesText(bytes)],
];

/** Two pictures as the rows of a table. Where one was not made here, both are known by their pixels first of all.
 * @param {Side[]} sides @param {Say} say @param {(seconds: number) => string} duration */
export function compareSides(sides, say, duration) {
  const alike = !sides[0].row === !sides[1].row;
  const [one, two] = sides.map(({ row, image }) => {
    const [size, format, weight] = fileFacts(image);
    if (!row) return alike ? [size, format, weight] : [size, format];
    const made = facts({ row, image }, say, duration);
    return alike ? made : [size, format, ...made.filter(([key]) => key !== size[0] && key !== format[0])];
  });
  return compareFacts(one, two, alike);
}

// What a label on a picture has no room for, and what says nothing about it.
const UNTOLD = new Set(["prompt", "bytes", "note"]);

/** How two pictures differ, in what a label has room for.
 * @param {ReturnType<typeof compareFacts>} rows */
export const inShort = (rows) => rows.filter(({ key, differs }) => differs && !UNTOLD.has(key)).slice(0, 2);

/** What a page shows of both, without a scroll bar: how they differ, and what they are.
 * @param {ReturnType<typeof compareFacts>} rows */
export const atAGlance = (rows) => rows.filter(({ key, differs }) => differs || key === "model" || key === "size");

/** The shape, as width over height, of a frame that shows either picture as large as the other: neither one so wide or
 * so high that nothing else fits a screen. @param {{width: number, height: number}[]} images */
export const frameShape = (images) =>
  Math.min(3, Math.max(0.6, ...images.map(({ width, height }) => width / height)));

/** A name for a downloaded picture, such as "a-red-fox-2.png".
 * @param {Row} row @param {Picture} image */
export function fileName(row, image) {
  const words = row.prompt.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  const stem = [...words].slice(0, 40).join("").replace(/^-+|-+$/g, "") || "picture";
  return `${stem}-${image.index + 1}.${image.format.toLowerCase().replace("jpeg", "jpg")}`;
}

/** The rating a key gives: 1 to 5, one more or less with the arrows, null for none; undefined for any other key.
 * @param {number | null} rating @param {string} key @returns {number | null | undefined} */
export function ratingByKey(rating, key) {
  if (/^[0-5]$/.test(key)) return Number(key) || null;
  const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[key];
  return by && Math.min(MOST_STARS, Math.max(1, (rating ?? 0) + by));
}

// ---- pure: geometry

/** Where a picture lies when it just fits a box, in shares of the box.
 * @param {number} boxWidth @param {number} boxHeight @param {number} width @param {number} height @returns {Rect} */
export function fitRect(boxWidth, boxHeight, width, height) {
  const scale = Math.min(boxWidth / width, boxHeight / height);
  const [w, h] = [(width * scale) / boxWidth, (height * scale) / boxHeight];
  return { x: (1 - w) / 2, y: (1 - h) / 2, w, h };
}

/** The nearest look that shows no more emptiness than needed: small pictures centred, large ones cover the box.
 * @param {Look} look @param {Rect} rect @returns {Look} */
export function clampLook({ zoom, x, y }, rect) {
  const axis = (/** @type {number} */ at, /** @type {number} */ start, /** @type {number} */ length) => {
    const [from, size] = [start * zoom, length * zoom];
    if (size <= 1) return (1 - size) / 2 - from;
    return Math.min(-from, Math.max(1 - size - from, at));
  };
  return { zoom, x: axis(x, rect.x, rect.w), y: axis(y, rect.y, rect.h) };
}

/** Zoom by a factor, keeping the point `at` (in shares of the box) where it is.
 * @param {Look} look @param {number} factor @param {{x: number, y: number}} at @param {Rect} rect
 * @param {number} [least] the smallest zoom, if under 1 */
export function zoomAt(look, factor, at, rect, least = 1) {
  const zoom = Math.min(DEEPEST, Math.max(Math.min(1, least), look.zoom * factor));
  const by = zoom / look.zoom;
  return clampLook({ zoom, x: at.x - (at.x - look.x) * by, y: at.y - (at.y - look.y) * by }, rect);
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

/** @param {Blob} blob @param {string} name */
function download(blob, name) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 30_000);
}

/** @param {string} text @param {HTMLElement} beside  the fallback's text field must lie in the same dialog */
async function copyText(text, beside) {
  if (navigator.clipboard) {
    try {
      return await navigator.clipboard.writeText(text);
    } catch (refused) {
      console.debug("apimart-widgets: copying through a text field,", refused);
    }
  }
  const field = h("textarea", { class: "apw-spoken", text, readonly: true });
  beside.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

/** A button that copies and says so for a moment.
 * @param {Say} say @param {() => string} text */
function copyButton(say, text) {
  const copy = button(say("copy"), async () => {
    await copyText(text(), copy.parentElement);
    copy.focus();
    copy.textContent = say("copied");
    setTimeout(() => setText(copy, say("copy")), 1500);
  }, { "aria-live": "polite" });
  return copy;
}

// ---- under the glass

/** One or two pictures under the same zoom and pan: wheel, drag, pinch, double click, keys. */
class Stage {
  /** @param {Picture[]} images @param {number[][]} frames  which pictures lie in which frame, over each other
   * @param {boolean[]} clear @param {() => void} changed
   * @param {boolean} [inPage] whether it stands in a page that the wheel and a finger scroll */
  constructor(images, frames, clear, changed, inPage = false) {
    this.images = images;
    this.changed = changed;
    this.inPage = inPage;
    this.look = { zoom: 1, x: 0, y: 0 };
    this.pointers = /** @type {Map<number, {x: number, y: number}>} */ (new Map());
    this.pictures = images.map((image, i) =>
      h("img", { alt: image.alt, draggable: "false", class: clear[i] ? "apw-clear" : "" }));
    this.layers = this.pictures.map((picture) => h("div", { class: "apw-layer" }, picture));
    this.frames = frames.map((members) => h("div", { class: "apw-frame" }, ...members.map((i) => this.layers[i])));
    this.element = h("div", { class: "apw-stage", role: "group", tabindex: "0" }, ...this.frames);
    this.observer = new ResizeObserver(() => this.set(this.look));
    this.observer.observe(this.frames[0]);
    this.listen();
  }

  get box() {
    return this.frames[0].getBoundingClientRect();
  }

  /** @param {number} i */
  rect(i) {
    const { width, height } = this.box;
    return fitRect(width || 1, height || 1, this.images[i].width, this.images[i].height);
  }

  /** What all the pictures cover together. */
  get cover() {
    const rects = this.images.map((_, i) => this.rect(i));
    const [w, h] = [Math.max(...rects.map((r) => r.w)), Math.max(...rects.map((r) => r.h))];
    return { x: (1 - w) / 2, y: (1 - h) / 2, w, h };
  }

  /** The zoom at which one pixel of the first picture is one pixel of the screen. */
  get actual() {
    const { width } = this.box;
    return this.images[0].width / ((width || 1) * this.rect(0).w * window.devicePixelRatio);
  }

  get zoomed() {
    return this.look.zoom > 1.001;
  }

  get percent() {
    return Math.round((this.look.zoom / this.actual) * 100);
  }

  /** @param {Look} look */
  set(look) {
    this.look = clampLook(look, this.cover);
    const { width, height } = this.box;
    this.pictures.forEach((picture, i) => {
      const rect = this.rect(i);
      const { zoom, x, y } = this.look;
      picture.style.width = `${rect.w * width}px`;
      picture.style.height = `${rect.h * height}px`;
      const [left, top] = [(x + rect.x * zoom) * width, (y + rect.y * zoom) * height];
      picture.style.transform = `translate(${left}px, ${top}px) scale(${zoom})`;
    });
    this.element.classList.toggle("apw-zoomed", this.zoomed);
    this.element.classList.toggle("apw-pixels", this.look.zoom / this.actual >= 4);
    this.changed();
  }

  /** @param {number} factor @param {{x: number, y: number}} at */
  zoom(factor, at = { x: 0.5, y: 0.5 }) {
    this.set(zoomAt(this.look, factor, at, this.cover, this.actual));
  }

  fit() {
    this.set({ zoom: 1, x: 0, y: 0 });
  }

  toActual() {
    this.zoom(this.actual / this.look.zoom);
  }

  /** @param {number} dx @param {number} dy  in shares of the box */
  pan(dx, dy) {
    this.set({ ...this.look, x: this.look.x + dx, y: this.look.y + dy });
  }

  /** @param {MouseEvent} event  where in the frame under the pointer */
  at(event) {
    const frame = /** @type {HTMLElement} */ (event.target).closest(".apw-frame") ?? this.frames[0];
    const box = frame.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  }

  listen() {
    const { element } = this;
    element.addEventListener("wheel", (/** @type {WheelEvent} */ event) => {
      if (this.inPage && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 16 : 1;
      this.zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002)), this.at(event));
    }, { passive: false });
    element.addEventListener("dblclick", (/** @type {MouseEvent} */ event) => {
      if (this.zoomed) this.fit();
      else this.zoom(Math.max(2, this.actual), this.at(event));
    });
    element.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      if (event.button || /** @type {HTMLElement} */ (event.target).closest("[role=slider]")) return;
      this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      element.setPointerCapture(event.pointerId);
    });
    element.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) {
      element.addEventListener(end, (/** @type {PointerEvent} */ event) => this.pointers.delete(event.pointerId));
    }
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const from = this.pointers.get(event.pointerId);
    if (!from) return;
    const to = { x: event.clientX, y: event.clientY };
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.pointers.set(event.pointerId, to);
    const { left, top, width, height } = this.box;
    if (other) {
      const spread = (/** @type {{x: number, y: number}} */ p) => Math.hypot(p.x - other.x, p.y - other.y) || 1;
      const middle = { x: ((to.x + other.x) / 2 - left) / width, y: ((to.y + other.y) / 2 - top) / height };
      this.zoom(spread(to) / spread(from), middle);
    } else this.pan((to.x - from.x) / width, (to.y - from.y) / height);
  }

  /** + - 0 1, and the arrow keys while zoomed. @param {KeyboardEvent} event @returns {boolean} whether it was one */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const pans = { ArrowLeft: [0.1, 0], ArrowRight: [-0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };
    const pan = /** @type {Record<string, number[]>} */ (pans)[event.key];
    if (pan && this.zoomed) this.pan(pan[0], pan[1]);
    else if (event.key === "+" || event.key === "=") this.zoom(1.25);
    else if (event.key === "-") this.zoom(0.8);
    else if (event.key === "0") this.fit();
    else if (event.key === "1") this.toActual();
    else return false;
    event.preventDefault();
    return true;
  }
}

/** Buttons for what the wheel does. @param {Say} say @param {() => Stage} stage */
function zoomButtons(say, stage) {
  const percent = h("span", { class: "apw-percent" });
  const icon = { class: "apw-button apw-icon" };
  const element = h(
    "div",
    { class: "apw-zoom", role: "group", "aria-label": say("zoom") },
    button("−", () => stage().zoom(0.8), { ...icon, "aria-label": say("zoom_out"), title: `${say("zoom_out")} (-)` }),
    percent,
    button("+", () => stage().zoom(1.25), { ...icon, "aria-label": say("zoom_in"), title: `${say("zoom_in")} (+)` }),
    button(say("fit"), () => stage().fit(), { title: `${say("fit_title")} (0)` }),
    button("1:1", () => stage().toActual(), { "aria-label": say("actual"), title: `${say("actual")} (1)` }),
  );
  return { element, show: () => setText(percent, `${stage().percent} %`) };
}

/** Whether an event belongs to what was done before a dialog was seen, at `seen`. It tells itself when it was made: a
 * slow page hears of it later. @param {{timeStamp: number}} event @param {number} seen */
export const isNew = ({ timeStamp }, seen) => timeStamp < seen + DOUBLE;

/** Whether a click was meant for what lay there before. One by key counts no presses.
 * @param {{timeStamp: number, detail: number}} event @param {number} seen */
export const isStray = (event, seen) => (event.detail > 1 ? isNew(event, seen) : event.detail === 1 && event.timeStamp < seen);

/** Whether a click was meant for what lay under the pointer before something else came there, in `change`. One for which
 * the pointer went elsewhere was not; nor is one by key, which counts no presses.
 * @param {{timeStamp: number, detail: number, clientX: number, clientY: number}} event
 * @param {{at: number, x: number, y: number}} change */
export const isLate = (event, { at, x, y }) =>
  event.detail > 0 && isNew(event, at) && Math.hypot(event.clientX - x, event.clientY - y) <= STILL;

/** Pass over late clicks in an element. Gives what to call just before something else comes into it.
 * @param {HTMLElement} element */
function ignoreLateClicks(element) {
  let pointer = { x: 0, y: 0 };
  let change = { at: -Infinity, ...pointer };
  element.addEventListener("pointermove", ({ clientX, clientY }) => void (pointer = { x: clientX, y: clientY }));
  element.addEventListener("click", (event) => isLate(event, change) && event.stopPropagation(), true);
  return () => {
    if (element.matches(":hover")) change = { at: performance.now(), ...pointer };
  };
}

/** A modal dialog on the page's body: there the theme's colours reach it, and no cell clips it. */
class Box {
  /** @param {Page} page @param {string} kind @param {string} label */
  constructor(page, kind, label) {
    this.page = page;
    this.say = page.say;
    this.status = h("div", { class: "apw-said", role: "status" });
    this.content = h("div", { class: "apw-dialog-content" });
    this.dialog = h("dialog", {
      class: `apw-overlay apw-dialog apw-${kind}${page.lookOnly ? " apw-alone" : ""}`,
      "aria-label": label,
      lang: page.language,
      "data-lm-suppress-shortcuts": "true",
    }, this.content, this.status);
    const { dialog } = this;
    dialog.addEventListener("keydown", (/** @type {Event} */ event) => event.stopPropagation());
    // What was pressed before it could be seen, as on a slow page, or with the second half of a double click on what
    // opened it, is meant for nothing here.
    let seen = Infinity;
    requestAnimationFrame(() => setTimeout(() => (seen = performance.now()))); // once it is drawn
    dialog.addEventListener("dblclick", (/** @type {Event} */ event) => isNew(event, seen) && event.stopPropagation(), true);
    dialog.addEventListener("click", (/** @type {MouseEvent} */ event) => isStray(event, seen) && event.stopPropagation(), true);
    dialog.addEventListener("pointerdown", (/** @type {Event} */ event) => {
      if (event.target === dialog && !isNew(event, seen)) dialog.close();
    });
    dialog.addEventListener("close", () => {
      page.dialogs.delete(this);
      this.done();
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal(); // a note that is left by this refreshes every dialog, so this one is not yet among them
    page.dialogs.add(this);
  }

  closer() {
    return button(this.say("close"), () => this.dialog.close());
  }

  /** The pictures that are looked at. @returns {string[]} */
  shows() {
    return [];
  }

  /** Have them whole, and keep them so while others come. */
  keepWhole() {
    const { pictures } = this.page;
    for (const id of this.shows()) if (!pictures.gone.has(id)) pictures.open(id);
  }

  /** Rows or pictures have changed. */
  refresh() {}

  /** A request's code has come. @param {string} _form @param {string} _text */
  code(_form, _text) {}

  /** The dialog has been closed. */
  done() {}
}

/** Five stars; the set one, pressed again, takes the rating away. */
class Stars {
  /** @param {Say} say @param {(rating: number | null) => void} rate */
  constructor(say, rate) {
    this.rating = /** @type {number | null} */ (null);
    this.rate = rate;
    this.stars = Array.from({ length: MOST_STARS }, (_, at) => this.star(at + 1, say));
    const hint = { title: say("rating_hint"), "aria-description": say("rating_hint") };
    const props = { class: "apw-stars", role: "radiogroup", "aria-label": say("label.rating"), ...hint };
    this.element = h("div", props, ...this.stars);
    this.element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.key(event));
  }

  /** @param {number} n @param {Say} say */
  star(n, say) {
    const name = say(n === 1 ? "star" : "stars", { n });
    const press = () => this.rate(n === this.rating ? null : n);
    return h("button", { type: "button", class: "apw-star", role: "radio", "aria-label": name, onclick: press });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const rating = ratingByKey(this.rating, event.key);
    if (rating === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation(); // the arrows also step through the pictures, 0 and 1 zoom
    if (rating !== this.rating) this.rate(rating);
    this.stars[(rating ?? 1) - 1].focus();
  }

  /** @param {number | null} rating */
  show(rating) {
    this.rating = rating;
    this.stars.forEach((star, at) => {
      star.setAttribute("aria-checked", String(at + 1 === rating));
      star.tabIndex = at + 1 === (rating ?? 1) ? 0 : -1;
      star.classList.toggle("apw-on", at + 1 <= (rating ?? 0));
    });
  }
}

/** A few lines of the user's about a picture. They are kept when the field is left, or the picture. */
class Note {
  /** @param {Say} say @param {(id: string, note: string | null) => void} keep */
  constructor(say, keep) {
    this.keep = keep;
    this.id = "";
    this.kept = "";
    const props = { class: "apw-note-field", rows: "1", maxlength: String(LONGEST_NOTE) };
    const words = { "aria-label": say("label.note"), placeholder: say("note_hint") };
    this.field = h("textarea", { ...props, ...words, onblur: () => this.leave() });
    this.field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      // The arrows also step through the pictures, and digits zoom or give stars; Escape closes the dialog.
      if (event.key !== "Escape") event.stopPropagation();
    });
  }

  /** @param {string} id @param {string} note */
  show(id, note) {
    const writing = this.id === id && this.field.value.trim() !== this.kept;
    this.id = id;
    this.kept = note;
    if (!writing && this.field.value.trim() !== note) this.field.value = note; // or a blank would go as it is typed
  }

  /** Its picture is gone, and what is being written with it. */
  drop() {
    this.id = "";
  }

  leave() {
    const text = this.field.value.trim();
    if (!this.id || text === this.kept) return;
    this.kept = text;
    this.keep(this.id, text || null);
  }
}

/** @param {Row} row */
const mayBeClear = (row) => row.settings.background !== "opaque" && row.settings.output_format !== "jpeg";

/** One picture, every setting of it, and what can be done with it. */
class LargeView extends Box {
  /** @param {Page} page @param {string} id */
  constructor(page, id) {
    super(page, "viewer", page.say("large"));
    const { say } = this;
    this.shown = id;
    this.order = [id];
    this.drawn = /** @type {Record<string, string>} */ ({});
    this.saving = false;
    this.zoom = zoomButtons(say, () => this.stage);
    this.place = h("span", { class: "apw-place" });
    const arrow = (/** @type {string} */ name) => ({ class: "apw-button apw-icon", "aria-label": name, title: name });
    this.back = button("‹", () => this.step(-1), arrow(say("previous")));
    this.next = button("›", () => this.step(1), arrow(say("next")));
    this.loading = h("div", { class: "apw-chip", role: "status" });
    this.stars = new Stars(say, (rating) => page.rate(this.shown, rating));
    this.note = new Note(say, (id, note) => page.note(id, note));
    const own = { rating: this.stars.element, note: this.note.field };
    this.own = Object.entries(own).flatMap(([key, part]) => [h("dt", { text: say(`label.${key}`) }), h("dd", {}, part)]);
    this.task = h("code");
    const copy = copyButton(say, () => this.task.textContent);
    this.taskLine = [h("dt", { text: say("label.task_id") }), h("dd", {}, this.task, copy)];
    this.facts = h("dl", { class: "apw-facts" }, ...this.own, ...this.taskLine);
    this.prompt = h("p", { class: "apw-prompt-whole" });
    this.kind = h("p", { class: "apw-muted" });
    this.actions = h("div", { class: "apw-viewer-actions" });
    this.question = /** @type {any} */ (null); // stands in their place before a deletion
    this.column = h("div", { class: "apw-details" }, this.prompt, this.kind, this.facts, this.actions);
    this.replaces = ignoreLateClicks(this.column);
    this.room = h("div", { class: "apw-room" });
    const push = h("span", { class: "apw-push" });
    const parts = [this.back, this.place, this.next, push, this.zoom.element, this.closer()];
    this.content.append(h("div", { class: "apw-dialog-bar" }, ...parts));
    this.content.append(h("div", { class: "apw-viewer-body" }, this.room, this.column));
    this.dialog.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.key(event));
    // The picture it was opened from, which would get the focus back, may have been deleted.
    this.dialog.addEventListener("close", () => document.activeElement === document.body && page.focus(this.shown));
    this.show(id);
    this.stage.element.focus({ preventScroll: true });
  }

  shows() {
    return [this.shown];
  }

  /** @param {string | null} id */
  show(id) {
    const found = id && this.page.find(id);
    if (!found) return;
    this.note.leave(); // of the picture before
    this.shown = found.image.id;
    this.saving = false;
    this.stage?.observer.disconnect();
    this.stage = new Stage([found.image], [[0]], [mayBeClear(found.row)], () => this.zoom.show());
    this.stage.element.setAttribute("aria-label", this.say("stage"));
    const held = this.room.contains(document.activeElement) || document.activeElement === this.dialog;
    this.room.replaceChildren(this.stage.element, this.loading);
    this.stage.fit();
    if (held) this.stage.element.focus({ preventScroll: true });
    this.page.pictures.open(this.shown); // though it was gone when last asked for
    this.refresh();
  }

  refresh() {
    const { page, shown } = this;
    const found = page.find(shown);
    if (!found) return this.moveOn();
    this.keepWhole();
    const source = page.pictures.source(shown);
    if (source) this.stage.pictures[0].src = source;
    setText(this.loading, this.say(page.pictures.gone.has(shown) ? "gone" : "loading"));
    this.loading.hidden = page.pictures.whole.has(shown);
    if (this.saving && this.loading.hidden) this.save();
    const prompt = page.pictures.whole.get(shown)?.prompt ?? found.row.prompt;
    this.drawDetails(found, prompt);
    const now = page.order();
    const listed = now.includes(shown);
    this.order = steps(this.order, now, shown, (id) => Boolean(page.find(id)));
    const n = listed ? page.length() : this.order.length;
    setText(this.place, this.say("of", { i: this.order.indexOf(shown) + 1, n }));
    const [before, after] = [-1, 1].map((by) => neighbour(this.order, shown, by));
    // Not the attribute `disabled`, which would throw the focus off the button that was pressed to the end.
    this.back.setAttribute("aria-disabled", String(!before));
    this.next.setAttribute("aria-disabled", String(!after));
    if (listed && !after) page.readOn();
  }

  /** The picture shown is gone: the one after it, or before it, takes its place. */
  moveOn() {
    const near = nearest(this.order, this.shown, (id) => Boolean(this.page.find(id)));
    this.note.drop();
    if (!near) return this.dialog.close();
    // No key and no click that was meant for this picture may reach the next one.
    this.replaces();
    if (this.column.contains(document.activeElement)) this.stage.element.focus({ preventScroll: true });
    this.show(near);
  }

  /** @param {number} by */
  step(by) {
    this.show(neighbour(this.order, this.shown, by));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (this.stage.key(event) || !by || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.step(by);
  }

  /** Download the picture, now or as soon as it is here. */
  save() {
    const { row, image } = /** @type {Found} */ (this.page.find(this.shown));
    const whole = this.page.pictures.whole.get(this.shown);
    this.saving = !whole;
    if (whole) download(whole.blob, fileName(row, image));
  }

  /** Beside the picture: only what has changed is touched, since any of it may have the focus, or be pressed just now.
   * @param {Found} found @param {string} prompt  the whole of it, once the picture has come */
  drawDetails({ row, image }, prompt) {
    const { say, page } = this;
    setText(this.prompt, prompt);
    // A long prompt scrolls by itself, above the settings; so that the keyboard can scroll it, it takes the focus.
    if (prompt.length > 120) this.prompt.tabIndex = 0;
    else this.prompt.removeAttribute("tabindex");
    this.kind.hidden = row.mode === "live";
    if (!this.kind.hidden) setText(this.kind, say(`kind.${row.mode.replace(" ", "_")}`));
    for (const part of this.own) part.hidden = Boolean(page.lookOnly);
    this.stars.show(image.rating ?? null);
    this.note.show(image.id, image.note ?? "");
    for (const part of this.taskLine) part.hidden = !row.task_id;
    setText(this.task, row.task_id ?? "");
    const elsewhere = ["prompt", "rating", "note"];
    const shown = facts({ row, image }, say, page.duration).filter(([key]) => !elsewhere.includes(key));
    const made = new Date(image.created * 1000).toLocaleString(page.language);
    if (image.bytes !== null) shown.push(["bytes", bytesText(image.bytes)]);
    shown.push(["created", made], ["sha256", image.sha256.slice(0, 12)]);
    this.once("facts", shown, () => this.drawFacts(shown));
    this.once("actions", [image.id, row.id, row.settings.references], () => this.drawActions(row, [image.id]));
  }

  /** @param {string} part @param {unknown} state @param {() => void} draw  what is done when the state is another one */
  once(part, state, draw) {
    const now = JSON.stringify(state);
    if (this.drawn[part] === now) return;
    this.drawn[part] = now;
    draw();
  }

  /** @param {[string, string][]} shown */
  drawFacts(shown) {
    const kept = [...this.own, ...this.taskLine];
    for (const part of [...this.facts.children]) if (!kept.includes(part)) part.remove();
    for (const [key, value] of shown) {
      this.taskLine[0].before(h("dt", { text: this.say(`label.${key}`) }), h("dd", { text: value }));
    }
  }

  /** @param {Row} row @param {string[]} ids */
  drawActions(row, ids) {
    const focused = document.activeElement;
    const held = [this.actions, this.question].some((part) => part?.contains(focused));
    this.withdraw();
    this.actions.replaceChildren(...this.looks(ids));
    if (!this.page.lookOnly) this.addActions(row, ids);
    if (!held) return;
    const same = [...this.actions.children].find((each) => each.textContent === focused?.textContent);
    (same ?? this.stage.element).focus({ preventScroll: true });
  }

  /** @param {Row} row @param {string[]} ids */
  addActions(row, ids) {
    const { say, page, actions } = this;
    const reuse = () => {
      this.dialog.close(); // the form, which it fills, lies behind
      page.send({ kind: "reuse", row: row.id });
    };
    if (!page.formless) {
      actions.prepend(button(say("reuse"), reuse));
      actions.append(button(say("use"), () => page.send({ kind: "use", ids })));
    }
    if (row.settings.references) actions.append(button(say("before_after"), () => page.askBefore(ids[0])));
    actions.append(button(say("delete"), () => this.askDelete(ids), { class: "apw-button apw-danger" }));
  }

  /** @param {string[]} ids */
  askDelete(ids) {
    this.question = this.page.deleteBar(ids, (yes) => {
      this.withdraw();
      (yes ? this.stage.element : this.actions.lastElementChild).focus({ preventScroll: true });
    });
    this.actions.hidden = true;
    this.actions.after(this.question);
  }

  withdraw() {
    this.question?.remove();
    this.question = null;
    this.actions.hidden = false;
  }

  /** What can be done with a picture that changes nothing. @param {string[]} ids */
  looks(ids) {
    const { say, page } = this;
    return [
      button(say("download"), () => this.save()),
      button(say("form.python"), () => new CodeView(page, ids, "python")),
    ];
  }

  done() {
    this.stage?.observer.disconnect();
  }
}

/** Two pictures side by side, under a slider, or in turns, and what is known of them: its parts, without a place. */
class Pair {
  /** @param {Say} say @param {string} title @param {() => Side[]} read  both sides, as they are now
   * @param {{duration: Page["duration"], inPage?: boolean, closer?: any[]}} options */
  constructor(say, title, read, { duration, inPage = false, closer = [] }) {
    this.say = say;
    this.read = read;
    this.duration = duration;
    this.inPage = inPage;
    this.swapped = false;
    this.mode = "side";
    this.split = 50;
    this.second = false;
    this.playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.zoom = zoomButtons(say, () => this.stage);
    this.room = h("div", { class: "apw-room" });
    this.table = h("table", { class: "apw-table", "aria-label": say("settings") });
    // In a dialog it scrolls by itself, and so takes the focus.
    const below = inPage ? {} : { role: "region", "aria-label": say("settings"), tabindex: "0" };
    this.parts = [this.bar(title, closer), this.room, h("div", { class: "apw-table-room", ...below }, this.table)];
    this.timer = setInterval(() => {
      if (this.mode === "flicker" && this.playing) this.flick(!this.second);
    }, FLICK);
    this.draw();
  }

  /** @param {string} title @param {any[]} closer */
  bar(title, closer) {
    const { say } = this;
    this.play = button("", () => ((this.playing = !this.playing), this.flick(false)));
    this.modes = ["side", "slider", "flicker"].map((mode) =>
      button(say(`mode.${mode}`), () => ((this.mode = mode), this.draw()), { "data-mode": mode }));
    return h(
      "div",
      { class: "apw-dialog-bar" },
      h("h3", { text: title }),
      h("div", { class: "apw-segments", role: "group", "aria-label": say("compare_how") }, ...this.modes),
      this.play,
      h("span", { class: "apw-push" }),
      this.zoom.element,
      button(say("swap"), () => ((this.swapped = !this.swapped), this.draw())),
      ...closer,
    );
  }

  /** The space bar and the stage's keys, wherever the focus is. @param {HTMLElement} element  that holds the parts */
  listen(element) {
    element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.key(event));
    element.addEventListener("keyup", (/** @type {KeyboardEvent} */ event) => this.keyUp(event));
  }

  /** Both sides in the order in which they stand, each with a name. @returns {(Side & {name: string})[]} */
  get sides() {
    const sides = this.swapped ? this.read().reverse() : this.read();
    return sides.map((side, i) => ({ ...side, name: side.label ?? side.name ?? this.say("of", { i: i + 1, n: 2 }) }));
  }

  draw() {
    const { say, sides, mode } = this;
    const look = this.stage?.look;
    this.stage?.observer.disconnect();
    const clear = sides.map(({ row, image }) => (row ? mayBeClear(row) : image.format !== "jpeg"));
    const images = sides.map(({ image }) => image);
    const frames = mode === "side" ? [[0], [1]] : [[0, 1]];
    this.stage = new Stage(images, frames, clear, () => this.zoom.show(), this.inPage);
    this.stage.element.classList.add(`apw-mode-${mode}`);
    this.stage.element.setAttribute("aria-label", say("stage_two"));
    const rows = compareSides(sides, say, this.duration);
    this.stage.layers.forEach((layer, i) => layer.append(badge(rows, i, sides[i], say)));
    if (mode === "slider") this.stage.frames[0].append(divider(this.stage, this, say));
    this.room.dataset.mode = mode;
    this.room.replaceChildren(this.stage.element);
    this.stage.set(look ?? this.stage.look);
    drawTable(this.table, this.inPage ? atAGlance(rows) : rows, sides, say);
    for (const each of this.modes) each.setAttribute("aria-pressed", String(each.dataset.mode === mode));
    this.flick(false);
    this.paint();
    if (this.inPage) this.keepKeys();
  }

  /** Have the notebook leave the keys alone. It looks from the focused element outwards for the first that matches a
   * shortcut, often the focused element itself: so each carries the mark, not only the card around them. */
  keepKeys() {
    for (const part of this.parts) {
      for (const each of part.querySelectorAll("button, [tabindex]")) each.dataset.lmSuppressShortcuts = "true";
    }
  }

  /** Show the pictures that have come. */
  paint() {
    this.sides.forEach(({ source }, i) => {
      const picture = this.stage.pictures[i];
      if (source && picture.src !== source) picture.src = source;
    });
  }

  /** Show the first or the second picture. @param {boolean} second */
  flick(second) {
    this.second = second;
    this.play.hidden = this.mode !== "flicker";
    setText(this.play, this.say(this.playing ? "pause" : "play"));
    this.stage.element.classList.toggle("apw-second", second);
  }

  /** Whether a key is the space bar, which shows the second picture while it is held. @param {KeyboardEvent} event */
  holds(event) {
    const other = /** @type {HTMLElement} */ (event.target).closest("button:not([data-mode])");
    return this.mode === "flicker" && event.key === " " && !other;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (this.holds(event)) {
      event.preventDefault();
      this.playing = false;
      this.flick(true);
    } else if (!(/** @type {HTMLElement} */ (event.target).closest("[role=slider], .apw-table-room"))) {
      this.stage.key(event);
    }
  }

  /** @param {KeyboardEvent} event */
  keyUp(event) {
    if (!this.holds(event)) return;
    event.preventDefault(); // or the mode's button would be pressed
    this.flick(false);
  }

  close() {
    clearInterval(this.timer);
    this.stage.observer.disconnect();
  }
}

/** Two results in a dialog; or the picture that one was made from, and that one. */
class Comparison extends Box {
  /** @param {Page} page @param {string[]} ids
   * @param {Before | null} [before] to stand before the one picture of `ids` */
  constructor(page, ids, before = null) {
    const title = page.say(before ? "before_after" : "compare");
    super(page, "comparison", title);
    this.ids = ids;
    this.before = before;
    const options = { duration: page.duration, closer: [this.closer()] };
    this.pair = new Pair(page.say, title, () => this.sides(), options);
    this.pair.listen(this.dialog);
    this.content.append(...this.pair.parts);
    for (const id of ids) page.pictures.open(id);
    this.pair.stage.element.focus({ preventScroll: true });
  }

  /** @returns {Side[]} */
  sides() {
    const { page, before, say } = this;
    const made = this.ids.map((id) => {
      const found = /** @type {Found} */ (page.find(id));
      return { ...found, source: page.pictures.source(id) };
    });
    if (!before) return made;
    return [
      { image: before.image, row: null, label: say("before"), source: before.url },
      { ...made[0], label: say("after") },
    ];
  }

  shows() {
    return this.ids;
  }

  refresh() {
    if (!this.ids.every((id) => this.page.find(id))) return this.dialog.close();
    this.keepWhole();
    this.pair.paint();
  }

  done() {
    this.pair.close();
    if (this.before) URL.revokeObjectURL(this.before.url);
  }
}

/** Which picture this is, and how it differs.
 * @param {ReturnType<typeof compareFacts>} rows @param {number} i @param {Side} side @param {Say} say */
function badge(rows, i, { name, label }, say) {
  const tag = h("div", { class: "apw-tag" }, name ?? "");
  for (const { key, values } of label ? [] : inShort(rows)) {
    tag.append(` · ${say(`label.${key}`).toLowerCase()} `, h("b", { text: values[i] || "–" }));
  }
  return tag;
}

/** The line between two pictures: dragged, or moved with the arrow keys.
 * @param {Stage} stage @param {{split: number}} state @param {Say} say */
function divider(stage, state, say) {
  const line = h("div", {
    class: "apw-divider",
    role: "slider",
    tabindex: "0",
    "aria-label": say("divider"),
    "aria-valuemin": "0",
    "aria-valuemax": "100",
  });
  const move = (/** @type {number} */ to) => {
    state.split = Math.min(100, Math.max(0, to));
    line.style.left = `${state.split}%`;
    line.setAttribute("aria-valuenow", String(Math.round(state.split)));
    stage.layers[1].style.clipPath = `inset(0 0 0 ${state.split}%)`;
    stage.layers[0].style.clipPath = `inset(0 ${100 - state.split}% 0 0)`;
  };
  line.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => line.setPointerCapture(event.pointerId));
  line.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    if (line.hasPointerCapture(event.pointerId)) move(stage.at(event).x * 100);
  });
  line.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const by = event.shiftKey ? 10 : 2;
    const { split } = state;
    const to = { ArrowLeft: split - by, ArrowRight: split + by, Home: 0, End: 100 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    move(to);
  });
  move(state.split);
  return line;
}

/** @param {HTMLElement} table @param {ReturnType<typeof compareFacts>} rows @param {Side[]} sides @param {Say} say */
function drawTable(table, rows, sides, say) {
  const head = h("tr", {}, h("td"), ...sides.map(({ name }) => h("th", { scope: "col", text: name })));
  table.replaceChildren(
    h("colgroup", {}, h("col", { class: "apw-table-key" }), h("col"), h("col")),
    h("thead", {}, head),
    h("tbody", {}, ...rows.map(({ key, values, differs }) =>
      h("tr", { class: differs ? "apw-differs" : "" },
        h("th", { scope: "row", text: say(`label.${key}`) }),
        ...values.map((text) => h("td", {}, h(differs ? "b" : "span", { text: text || "–", title: text })))))),
  );
}

/** The request behind some pictures, to copy. */
class CodeView extends Box {
  /** @param {Page} page @param {string[]} ids @param {string} form */
  constructor(page, ids, form) {
    super(page, "code", page.say("code"));
    const { say } = this;
    const name = `apw-code-${unique()}`;
    this.ids = ids;
    this.form = form;
    this.texts = /** @type {Map<string, string>} */ (new Map());
    this.text = h("pre", { id: name, role: "tabpanel", tabindex: "0" });
    this.tabs = ["python", "curl", "json"].map((each) =>
      button(say(`form.${each}`), () => this.show(each), { role: "tab", "data-form": each, "aria-controls": name }));
    const list = h("div", { class: "apw-segments", role: "tablist", "aria-label": say("code") }, ...this.tabs);
    list.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.key(event));
    const copy = copyButton(say, () => this.texts.get(this.form) ?? "");
    const push = h("span", { class: "apw-push" });
    this.content.append(h("div", { class: "apw-dialog-bar" }, list, push, copy, this.closer()), this.text);
    this.show(form);
    this.tabs.find((tab) => tab.dataset.form === form).focus();
  }

  /** @param {string} form */
  show(form) {
    this.form = form;
    for (const tab of this.tabs) {
      tab.setAttribute("aria-selected", String(tab.dataset.form === form));
      tab.tabIndex = tab.dataset.form === form ? 0 : -1;
    }
    this.text.setAttribute("aria-label", this.say(`form.${form}`));
    this.text.textContent = this.texts.get(form) ?? this.say("waiting");
    if (!this.texts.has(form)) this.page.send({ kind: "code", ids: this.ids, form });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const by = { ArrowLeft: 2, ArrowRight: 1 }[event.key];
    if (!by) return;
    const tab = this.tabs[(this.tabs.findIndex((each) => each.dataset.form === this.form) + by) % 3];
    tab.focus();
    this.show(tab.dataset.form);
  }

  /** @param {string} form @param {string} text */
  code(form, text) {
    this.texts.set(form, text);
    if (form === this.form) this.text.textContent = text;
  }
}

// ---- comparing in a cell's output: the widget of am.compare

/** @param {Record<string, string>} words @returns {Say} */
const speaker = (words) => (key, values = {}) =>
  (words[`results.${key}`] ?? key).replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));

/** Two pictures in a page. Their bytes come once for each view, since a reloaded page has none. */
class Compared {
  /** @param {any} model @param {HTMLElement} el */
  constructor(model, el) {
    const say = speaker(model.get("words"));
    this.model = model;
    this.urls = /** @type {Map<string, string>} */ (new Map());
    this.waiting = h("div", { class: "apw-chip", role: "status", text: say("loading") });
    const shape = frameShape(model.get("pictures").map((/** @type {Side} */ { image }) => image));
    this.pair = new Pair(say, say("compare"), () => this.sides(), { duration: String, inPage: true });
    this.pair.room.style.setProperty("--apw-shape", String(shape));
    const [bar, room, below] = this.pair.parts;
    const notices = model.get("notices").map((/** @type {string} */ text) => h("p", { text }));
    this.element = h("div", {
      class: "apw-compared-card apw-dialog-content",
      role: "group",
      "aria-label": say("compare"),
      lang: model.get("language"),
      "data-lm-suppress-shortcuts": "true",
    }, bar, h("div", { class: "apw-compared-room" }, room, this.waiting), below, ...notices);
    this.pair.listen(this.element);
    this.element.addEventListener("keydown", (/** @type {Event} */ event) => event.stopPropagation());
    el.classList.add("apw-compared");
    el.append(this.element);
  }

  /** @returns {Side[]} */
  sides() {
    const pictures = /** @type {Side[]} */ (this.model.get("pictures"));
    return pictures.map((side) => ({ ...side, source: this.urls.get(side.image.id) ?? null }));
  }

  /** @param {any} content @param {DataView[]} buffers */
  receive({ kind, id, media_type: type }, buffers) {
    if (kind !== "picture" || this.urls.has(id)) return; // another view has asked
    this.urls.set(id, URL.createObjectURL(new Blob([/** @type {any} */ (buffers[0])], { type })));
    this.waiting.hidden = this.sides().every(({ source }) => source);
    this.pair.paint();
  }

  close() {
    this.pair.close();
    for (const url of this.urls.values()) URL.revokeObjectURL(url);
  }
}

/** @param {{model: any, el: HTMLElement}} context */
function render({ model, el }) {
  const view = new Compared(model, el);
  const hear = (/** @type {any} */ content, /** @type {DataView[]} */ buffers) => view.receive(content, buffers);
  model.on("msg:custom", hear);
  model.send({ kind: "hello" });
  return () => {
    model.off("msg:custom", hear);
    view.close();
  };
}

/** What the results widget gets from this one: a function for each dialog, the button that copies, and what passes over late clicks. */
const initialize = () => ({
  copyButton,
  ignoreLateClicks,
  openViewer: (/** @type {Page} */ page, /** @type {string} */ id) => new LargeView(page, id),
  openCompare: (/** @type {Page} */ page, /** @type {string[]} */ ids) => new Comparison(page, ids),
  openBefore: (/** @type {Page} */ page, /** @type {string} */ id, /** @type {Before} */ before) =>
    new Comparison(page, [id], before),
  openCode: (/** @type {Page} */ page, /** @type {string[]} */ ids, /** @type {string} */ form) =>
    new CodeView(page, ids, form),
});

export default { initialize, render };
