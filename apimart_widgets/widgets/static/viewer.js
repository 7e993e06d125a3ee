// @ts-check
/**
 * Looking closely at results: the large view, comparing two, and the code of a request. Three dialogs without a place
 * of their own in the panel: the results widget gets them through anywidget's `host.getWidget` and opens them, so that
 * they work while the kernel is busy.
 *
 * @typedef {import("./results.js").Row} Row
 * @typedef {import("./results.js").Picture} Picture
 * @typedef {import("./results.js").Say} Say
 * @typedef {import("./results.js").Page} Page
 * @typedef {{row: Row, image: Picture}} Found
 * @typedef {import("./results.js").Dialog & {content: any, done: () => void}} Box
 * @typedef {{x: number, y: number, w: number, h: number}} Rect  in shares of a box
 * @typedef {{zoom: number, x: number, y: number}} Look  zoom 1 fits the box; x and y move it, in shares of the box
 */

const DEEPEST = 16;
const FLICK = 500; // ms a picture stands: well under three flashes a second

// ---- pure: what is known of a picture

/** The picture `step` places on from `id`, or null at either end.
 * @param {string[]} ids @param {string} id @param {number} step */
export const neighbour = (ids, id, step) => ids[ids.indexOf(id) + step] ?? null;

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
    ["picture", say("of", { i: image.index + 1, n: row.n })],
    ["prompt", row.prompt],
  ];
  const known = all.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return known.map(([key, value]) => [key, String(value)]);
}

/** Two lists of facts as rows of a table, those that differ first.
 * @param {[string, string][]} one @param {[string, string][]} two */
export function compareFacts(one, two) {
  const [first, second] = [new Map(one), new Map(two)];
  const keys = [...new Set([...first.keys(), ...second.keys()])];
  const rows = keys.map((key) => {
    const values = [first.get(key) ?? "", second.get(key) ?? ""];
    return { key, values, differs: values[0] !== values[1] };
  });
  return [...rows.filter((row) => row.differs), ...rows.filter((row) => !row.differs)];
}

/** A name for a downloaded picture, such as "a-red-fox-2.png".
 * @param {Row} row @param {Picture} image */
export function fileName(row, image) {
  const words = row.prompt.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  const stem = [...words].slice(0, 40).join("").replace(/^-+|-+$/g, "") || "picture";
  return `${stem}-${image.index + 1}.${image.format.toLowerCase().replace("jpeg", "jpg")}`;
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
 * @param {Look} look @param {number} factor @param {{x: number, y: number}} at @param {Rect} rect @param {number} least */
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
   * @param {boolean[]} clear @param {() => void} changed */
  constructor(images, frames, clear, changed) {
    this.images = images;
    this.changed = changed;
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

/** A modal dialog on the page's body: there the theme's colours reach it, and no cell clips it.
 * @param {Page} page @param {string} kind @param {string} label @param {() => void} refresh */
function openDialog(page, kind, label, refresh) {
  const status = h("div", { class: "apw-said", role: "status" });
  const content = h("div", { class: "apw-dialog-content" });
  const dialog = h("dialog", {
    class: `apw-overlay apw-dialog apw-${kind}`,
    "aria-label": label,
    lang: page.language,
    "data-lm-suppress-shortcuts": "true",
  }, content, status);
  dialog.addEventListener("keydown", (/** @type {Event} */ event) => event.stopPropagation());
  dialog.addEventListener("pointerdown", (/** @type {Event} */ event) => event.target === dialog && dialog.close());
  /** @type {Box} */
  const self = { dialog, content, status, refresh, done: () => {}, code: () => {} };
  dialog.addEventListener("close", () => {
    page.dialogs.delete(self);
    self.done();
    dialog.remove();
  });
  document.body.append(dialog);
  page.dialogs.add(self);
  dialog.showModal();
  return self;
}

/** The large view: one picture, every setting of it, and what can be done with it.
 * @param {Page} page @param {string} first */
function openViewer(page, first) {
  const { say } = page;
  let shown = first;
  let drawn = "";
  let saving = false;
  /** @type {Stage} */
  let stage;
  const box = openDialog(page, "viewer", say("large"), () => refresh());
  const zoom = zoomButtons(say, () => stage);
  const place = h("span", { class: "apw-place" });
  const arrow = (/** @type {string} */ name) => ({ class: "apw-button apw-icon", "aria-label": name, title: name });
  const back = button("‹", () => step(-1), arrow(say("previous")));
  const next = button("›", () => step(1), arrow(say("next")));
  const loading = h("div", { class: "apw-chip", text: say("loading") });
  const column = h("div", { class: "apw-details" });
  const room = h("div", { class: "apw-room" });
  const bar = h("div", { class: "apw-dialog-bar" }, back, place, next, h("span", { class: "apw-push" }), zoom.element,
    button(say("close"), () => box.dialog.close()));
  box.content.append(bar, h("div", { class: "apw-viewer-body" }, room, column));

  const save = () => {
    const { row, image } = /** @type {Found} */ (page.find(shown));
    const whole = page.pictures.whole.get(shown);
    saving = !whole;
    if (whole) download(whole.blob, fileName(row, image));
  };
  const step = (/** @type {number} */ by) => show(neighbour(page.order(), shown, by));
  const refresh = () => {
    const found = page.find(shown);
    if (!found) return nearest();
    const source = page.pictures.source(shown);
    if (source) stage.pictures[0].src = source;
    loading.hidden = page.pictures.whole.has(shown);
    if (saving && loading.hidden) save();
    const state = JSON.stringify(found);
    if (drawn !== state) drawDetails(page, column, found, box, save);
    drawn = state;
    before = page.order();
    setText(place, say("of", { i: before.indexOf(shown) + 1, n: before.length }));
    back.disabled = !neighbour(before, shown, -1);
    next.disabled = !neighbour(before, shown, 1);
  };
  let before = page.order();
  const nearest = () => {
    const left = page.order();
    const at = before.indexOf(shown);
    const close = [...before.slice(at), ...before.slice(0, at).reverse()].find((id) => left.includes(id));
    if (close) show(close);
    else box.dialog.close();
  };
  const show = (/** @type {string | null} */ id) => {
    const found = id && page.find(id);
    if (!found) return;
    shown = found.image.id;
    saving = false;
    stage?.observer.disconnect();
    stage = new Stage([found.image], [[0]], [mayBeClear(found.row)], () => zoom.show());
    stage.element.setAttribute("aria-label", say("stage"));
    const held = room.contains(document.activeElement) || document.activeElement === box.dialog;
    room.replaceChildren(stage.element, loading);
    stage.fit();
    if (held) stage.element.focus({ preventScroll: true });
    page.pictures.open(shown);
    refresh();
  };
  box.dialog.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (stage.key(event) || !by || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    step(by);
  });
  box.done = () => stage.observer.disconnect();
  show(first);
  stage.element.focus({ preventScroll: true });
}

/** @param {Row} row */
const mayBeClear = (row) => row.settings.background !== "opaque" && row.settings.output_format !== "jpeg";

/** @param {Page} page @param {HTMLElement} column @param {Found} found
 * @param {{dialog: any}} box @param {() => void} save */
function drawDetails(page, column, { row, image }, box, save) {
  const { say } = page;
  const ids = [image.id];
  const list = h("dl", { class: "apw-facts" });
  const shown = facts({ row, image }, say, page.duration).filter(([key]) => key !== "prompt");
  const made = new Date(image.created * 1000).toLocaleString(page.language);
  shown.push(["bytes", bytesText(image.bytes)], ["created", made], ["sha256", image.sha256.slice(0, 12)]);
  for (const [key, value] of shown) list.append(h("dt", { text: say(`label.${key}`) }), h("dd", { text: value }));
  if (row.task_id) {
    const id = row.task_id;
    const copy = copyButton(say, () => id);
    list.append(h("dt", { text: say("label.task_id") }), h("dd", {}, h("code", { text: id }), copy));
  }
  const remove = button(say("delete"), () => {
    const ask = page.deleteBar(ids, (yes) => {
      ask.remove();
      actions.hidden = false;
      if (!yes) remove.focus();
    });
    actions.hidden = true;
    actions.after(ask);
  }, { class: "apw-button apw-danger" });
  const actions = h(
    "div",
    { class: "apw-viewer-actions" },
    button(say("reuse"), () => (box.dialog.close(), page.send({ kind: "reuse", row: row.id }))),
    button(say("download"), save),
    button(say("form.python"), () => openCode(page, ids, "python")),
    button(say("use"), () => page.send({ kind: "use", ids })),
    remove,
  );
  column.replaceChildren(
    h("p", { class: "apw-prompt-whole", text: row.prompt }),
    ...(row.mode === "sandbox" ? [h("p", { class: "apw-muted", text: say("sandbox") })] : []),
    list,
    actions,
  );
}

/** Two pictures side by side, under a slider, or in turns.
 * @param {Page} page @param {string[]} pair */
function openCompare(page, pair) {
  const { say } = page;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const state = { ids: pair, mode: "side", split: 50, second: false, playing: !still };
  /** @type {Stage} */
  let stage;
  const box = openDialog(page, "comparison", say("compare"), () => refresh());
  const zoom = zoomButtons(say, () => stage);
  const room = h("div", { class: "apw-room" });
  const table = h("table", { class: "apw-table" });
  const play = button("", () => ((state.playing = !state.playing), flick(false)));
  const modes = ["side", "slider", "flicker"].map((mode) =>
    button(say(`mode.${mode}`), () => ((state.mode = mode), draw()), { "data-mode": mode }));
  const swap = () => ((state.ids = [...state.ids].reverse()), draw());
  const bar = h(
    "div",
    { class: "apw-dialog-bar" },
    h("h3", { text: say("compare") }),
    h("div", { class: "apw-segments", role: "group", "aria-label": say("compare_how") }, ...modes),
    play,
    h("span", { class: "apw-push" }),
    zoom.element,
    button(say("swap"), swap),
    button(say("close"), () => box.dialog.close()),
  );
  const below = { class: "apw-table-room", role: "region", "aria-label": say("settings"), tabindex: "0" };
  box.content.append(bar, room, h("div", below, table));

  const found = () => state.ids.map((id) => page.find(id));
  const refresh = () => {
    if (!found().every(Boolean)) return box.dialog.close();
    state.ids.forEach((id, i) => {
      const source = page.pictures.source(id);
      if (source) stage.pictures[i].src = source;
    });
  };
  const draw = () => {
    const [one, two] = /** @type {Found[]} */ (found());
    const look = stage?.look;
    stage?.observer.disconnect();
    const clear = [one, two].map(({ row }) => mayBeClear(row));
    stage = new Stage([one.image, two.image], state.mode === "side" ? [[0], [1]] : [[0, 1]], clear, () => zoom.show());
    stage.element.classList.add(`apw-mode-${state.mode}`);
    stage.element.setAttribute("aria-label", say("stage_two"));
    const rows = compareFacts(facts(one, say, page.duration), facts(two, say, page.duration));
    stage.layers.forEach((layer, i) => layer.append(badge(rows, i, say)));
    if (state.mode === "slider") stage.frames[0].append(divider(stage, state, say));
    room.replaceChildren(stage.element);
    stage.set(look ?? stage.look);
    drawTable(table, rows, say);
    for (const mode of modes) mode.setAttribute("aria-pressed", String(mode.dataset.mode === state.mode));
    flick(false);
    refresh();
  };
  const flick = (/** @type {boolean} */ second) => {
    state.second = second;
    play.hidden = state.mode !== "flicker";
    setText(play, say(state.playing ? "pause" : "play"));
    stage.element.classList.toggle("apw-second", second);
  };
  const timer = setInterval(() => {
    if (state.mode === "flicker" && state.playing) flick(!state.second);
  }, FLICK);
  box.dialog.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const elsewhere = target.closest("button:not([data-mode])");
    if (state.mode === "flicker" && event.key === " " && !elsewhere) {
      event.preventDefault();
      if (!event.repeat) (state.playing = false), flick(true);
    } else if (!target.closest("[role=slider], .apw-table-room")) stage.key(event);
  });
  box.dialog.addEventListener("keyup", (/** @type {KeyboardEvent} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (state.mode !== "flicker" || event.key !== " " || target.closest("button:not([data-mode])")) return;
    event.preventDefault(); // or the mode's button would be pressed
    flick(false);
  });
  box.done = () => (clearInterval(timer), stage.observer.disconnect());
  for (const id of pair) page.pictures.open(id);
  draw();
  stage.element.focus({ preventScroll: true });
}

/** Which picture this is, and how it differs.
 * @param {ReturnType<typeof compareFacts>} rows @param {number} i @param {Say} say */
function badge(rows, i, say) {
  const label = h("div", { class: "apw-tag" }, say("of", { i: i + 1, n: 2 }));
  for (const { key, values } of rows.filter((row) => row.differs && row.key !== "prompt").slice(0, 2)) {
    label.append(` · ${say(`label.${key}`).toLowerCase()} `, h("b", { text: values[i] || "–" }));
  }
  return label;
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

/** @param {HTMLElement} table @param {ReturnType<typeof compareFacts>} rows @param {Say} say */
function drawTable(table, rows, say) {
  const head = h("tr", {}, h("td"), ...[1, 2].map((i) => h("th", { scope: "col", text: say("of", { i, n: 2 }) })));
  table.replaceChildren(
    h("colgroup", {}, h("col", { class: "apw-table-key" }), h("col"), h("col")),
    h("thead", { class: "apw-spoken" }, head),
    h("tbody", {}, ...rows.map(({ key, values, differs }) =>
      h("tr", { class: differs ? "apw-differs" : "" },
        h("th", { scope: "row", text: say(`label.${key}`) }),
        ...values.map((text) => h("td", {}, h(differs ? "b" : "span", { text: text || "–", title: text })))))),
  );
}

/** The request behind some pictures, to copy.
 * @param {Page} page @param {string[]} ids @param {string} first */
function openCode(page, ids, first) {
  const { say } = page;
  const name = `apw-code-${unique()}`;
  const texts = /** @type {Map<string, string>} */ (new Map());
  let form = first;
  const box = openDialog(page, "code", say("code"), () => {});
  const text = h("pre", { id: name, role: "tabpanel", tabindex: "0" });
  const tabs = ["python", "curl", "json"].map((each) =>
    button(say(`form.${each}`), () => show(each), { role: "tab", "data-form": each, "aria-controls": name }));
  const show = (/** @type {string} */ to) => {
    form = to;
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab.dataset.form === to));
      tab.tabIndex = tab.dataset.form === to ? 0 : -1;
    }
    text.setAttribute("aria-label", say(`form.${to}`));
    text.textContent = texts.get(to) ?? say("waiting");
    if (!texts.has(to)) page.send({ kind: "code", ids, form: to });
  };
  const list = h("div", { class: "apw-segments", role: "tablist", "aria-label": say("code") }, ...tabs);
  list.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowLeft: 2, ArrowRight: 1 }[event.key];
    if (!by) return;
    const tab = tabs[(tabs.findIndex((each) => each.dataset.form === form) + by) % 3];
    tab.focus();
    show(tab.dataset.form);
  });
  box.code = (came, code) => {
    texts.set(came, code);
    if (came === form) text.textContent = code;
  };
  const copy = copyButton(say, () => texts.get(form) ?? "");
  const close = button(say("close"), () => box.dialog.close());
  const bar = h("div", { class: "apw-dialog-bar" }, list, h("span", { class: "apw-push" }), copy, close);
  box.content.append(bar, text);
  show(first);
  tabs.find((tab) => tab.dataset.form === first).focus();
}

/** What the results widget gets from this one. */
const initialize = () => ({ openViewer, openCompare, openCode });

export default { initialize };
