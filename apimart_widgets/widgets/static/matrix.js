// @ts-check
/**
 * A grid of pictures: one setting down the side, another across the top, all under the same zoom and pan.
 *
 * State comes down as the one trait `table`; gestures go up as messages. Pictures travel as binary messages: thumbnails
 * of the cells on screen, larger ones once the zoom needs them. Pictures open large in the dialog of viewer.js, whose
 * widget is the trait `viewer`. Every sentence is an entry `panel.matrix_*` of words.py.
 *
 * @typedef {import("./results.js").Picture} Picture
 * @typedef {import("./results.js").Row} Row
 * @typedef {import("./results.js").Say} Say
 * @typedef {{key: string, text: string}} Level
 * @typedef {{ids: string[], words: string}} Place
 * @typedef {{image: Picture, job: string, caption: string}} Shown
 * @typedef {{row: string, col: string, corner: string, rows: Level[], cols: Level[], cells: Place[][],
 *   pictures: Record<string, Shown>, jobs: Record<string, Row>, pages: number, shape: number, mode: string}} Table
 * @typedef {{zoom: number, x: number, y: number}} Look  zoom 1 fits the cell; x and y move it, in shares of the cell
 * @typedef {{at: number, key: string}} Spot  where a cell is, and its name
 */

const DEEPEST = 16;
const BOXES = [160, 320, 640]; // thumbnails there are, in pixels; what needs more is fetched whole
const KEPT = 24; // whole pictures held off screen: they can be 3 MB each
const STILL = 4; // pixels a press may move and still be a click

// ---- pure: geometry

/** The nearest look under which the picture covers its cell.
 * @param {Look} look @returns {Look} */
export function clampLook({ zoom, x, y }) {
  const within = (/** @type {number} */ at) => Math.min(0, Math.max(1 - zoom, at));
  return { zoom, x: within(x), y: within(y) };
}

/** Zoom by a factor, keeping the point `at` (in shares of every cell) where it is.
 * @param {Look} look @param {number} factor @param {{x: number, y: number}} [at] */
export function zoomAt(look, factor, at = { x: 0.5, y: 0.5 }) {
  const zoom = Math.min(DEEPEST, Math.max(1, look.zoom * factor));
  const by = zoom / look.zoom;
  return clampLook({ zoom, x: at.x - (at.x - look.x) * by, y: at.y - (at.y - look.y) * by });
}

/** The thumbnail that shows a cell sharply, in pixels; 0 for the whole picture. A little blur is left to the browser.
 * @param {number} width of the cell @param {number} height of the cell @param {number} scale pixels of the screen, zoom
 *   among them, for each of the page */
export const boxFor = (width, height, scale) => BOXES.find((box) => box >= Math.max(width, height) * scale * 0.8) ?? 0;

// ---- pure: moving about

/** The cell a key leads to, or null where it leads nowhere; undefined for another key.
 * @param {{row: number, col: number}} from @param {string} key @param {boolean} far with Ctrl
 * @param {number} rows @param {number} cols @returns {{row: number, col: number} | null | undefined} */
export function step({ row, col }, key, far, rows, cols) {
  /** @type {Record<string, [number, number]>} */
  const to = {
    ArrowLeft: [row, far ? 0 : col - 1],
    ArrowRight: [row, far ? cols - 1 : col + 1],
    ArrowUp: [far ? 0 : row - 1, col],
    ArrowDown: [far ? rows - 1 : row + 1, col],
    Home: [far ? 0 : row, 0],
    End: [far ? rows - 1 : row, cols - 1],
  };
  if (!(key in to)) return undefined;
  const [r, c] = to[key];
  return r < 0 || c < 0 || r >= rows || c >= cols ? null : { row: r, col: c };
}

/** A page that there is. @param {number} page @param {number} pages */
export const validPage = (page, pages) => Math.min(Math.max(page, 1), Math.max(pages, 1));

/** Every picture in reading order. @param {Table} table */
export const readingOrder = (table) => table.cells.flat().flatMap((place) => place.ids);

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

/** @param {string} text @param {string} name @param {() => void} onclick @param {string} [title] */
const iconButton = (text, name, onclick, title = name) =>
  h("button", {
    type: "button", class: "apw-button apw-icon", text, onclick, title, "aria-label": name,
    "data-lm-suppress-shortcuts": "true",
  });

/** @param {Node} node @param {string} text */
const setText = (node, text) => void (node.textContent !== text && (node.textContent = text));

/** Have `parent` hold exactly these children, in order, moving none that lies right: a moved one would lose the focus.
 * @param {HTMLElement} parent @param {HTMLElement[]} children */
function arrange(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(/** @type {any} */ (child))) child.remove();
  let cursor = parent.firstElementChild;
  for (const child of children) {
    if (child === cursor) cursor = cursor.nextElementSibling;
    else parent.insertBefore(child, cursor);
  }
}

/** @param {Record<string, string>} words @param {string} [under] @returns {Say} */
const speaker = (words, under = "") => (key, values = {}) =>
  (words[under + key] ?? key).replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));

// ---- pictures

/** The pictures this page holds, as object URLs: the largest thumbnail that has come of each, and whole ones. */
class Pictures {
  /** @param {(content: object) => void} send @param {(id: string) => void} arrived */
  constructor(send, arrived) {
    this.send = send;
    this.arrived = arrived;
    this.thumbnails = /** @type {Map<string, {url: string, box: number}>} */ (new Map());
    this.whole = /** @type {Map<string, {url: string, blob: Blob, prompt: string}>} */ (new Map());
    this.gone = /** @type {Set<string>} */ (new Set());
    this.asked = /** @type {Set<string>} */ (new Set());
  }

  /** @param {string} id */
  source(id) {
    return this.whole.get(id)?.url ?? this.thumbnails.get(id)?.url ?? null;
  }

  /** Ask for pictures at a size, once. @param {string[]} ids @param {number} box  0: whole */
  want(ids, box) {
    const wanted = ids.filter((id) => {
      const has = this.whole.has(id) || (box && (this.thumbnails.get(id)?.box ?? 0) >= box);
      return !has && !this.gone.has(id) && !this.asked.has(`${box} ${id}`);
    });
    if (!wanted.length) return;
    for (const id of wanted) this.asked.add(`${box} ${id}`);
    if (box) this.send({ kind: "thumbnails", ids: wanted, box });
    else for (const id of wanted) this.send({ kind: "open", id });
  }

  /** For the large view. @param {string} id */
  open(id) {
    this.want([id], 0);
  }

  /** @param {string[]} ids @param {number} box @param {DataView[]} buffers */
  putThumbnails(ids, box, buffers) {
    ids.forEach((id, at) => {
      const before = this.thumbnails.get(id);
      if (before && before.box >= box) return; // another view of this grid has asked
      const url = URL.createObjectURL(new Blob([/** @type {any} */ (buffers[at])], { type: "image/webp" }));
      this.thumbnails.set(id, { url, box });
      this.arrived(id);
      if (before) URL.revokeObjectURL(before.url);
    });
  }

  /** @param {{id: string, media_type: string, prompt: string}} content @param {DataView} buffer */
  putWhole({ id, media_type: type, prompt }, buffer) {
    if (this.whole.has(id)) return;
    const blob = new Blob([/** @type {any} */ (buffer)], { type });
    this.whole.set(id, { url: URL.createObjectURL(blob), blob, prompt });
    this.arrived(id);
  }

  /** Let go of whole pictures that are not `shown`, the oldest first. @param {Set<string>} shown */
  tidy(shown) {
    const spare = [...this.whole.keys()].filter((id) => !shown.has(id));
    for (const id of spare.slice(0, Math.max(0, spare.length - KEPT))) {
      const url = /** @type {any} */ (this.whole.get(id)).url;
      this.whole.delete(id);
      this.asked.delete(`0 ${id}`);
      this.arrived(id);
      URL.revokeObjectURL(url);
    }
  }

  close() {
    for (const { url } of [...this.thumbnails.values(), ...this.whole.values()]) URL.revokeObjectURL(url);
  }
}

// ---- a cell

class Cell {
  /** @param {MatrixView} view */
  constructor(view) {
    this.view = view;
    this.row = 0;
    this.col = 0;
    this.id = /** @type {string | null} */ (null);
    this.onScreen = false;
    this.image = h("img", { alt: "", draggable: "false" });
    this.words = h("span", { class: "apw-matrix-words" });
    this.caption = h("span", { class: "apw-matrix-caption" });
    this.frame = h("div", { class: "apw-matrix-frame" }, this.image, this.words, this.caption);
    this.element = h("div", {
      class: "apw-matrix-cell", role: "gridcell", tabindex: "-1", "data-lm-suppress-shortcuts": "true",
    }, this.frame);
    this.element.addEventListener("focus", () => view.takeFocus(this));
  }

  /** @param {Place} place @param {number} row @param {number} col */
  put(place, row, col) {
    const { view } = this;
    [this.row, this.col] = [row, col];
    this.place = place;
    this.id = place.ids[view.page - 1] ?? null;
    const shown = this.id ? view.table.pictures[this.id] : null;
    setText(this.caption, shown?.caption ?? "");
    this.caption.hidden = !shown?.caption;
    this.element.classList.toggle("apw-matrix-clear", this.mayBeClear());
    this.paint();
  }

  mayBeClear() {
    const job = this.id && this.view.table.jobs[this.view.table.pictures[this.id].job];
    return Boolean(job) && /** @type {Row} */ (job).settings.background === "transparent";
  }

  /** Show what has come of its picture. */
  paint() {
    const { view, id } = this;
    const gone = id !== null && view.pictures.gone.has(id);
    const source = id && view.pictures.source(id);
    if (source && this.image.src !== source) this.image.src = source;
    else if (!source) this.image.removeAttribute("src");
    this.words.hidden = id !== null && !gone;
    setText(this.words, gone ? view.say("matrix_gone") : (this.place?.words ?? ""));
    this.words.title = this.words.textContent;
    this.element.classList.toggle("apw-matrix-empty", id === null || gone);
    const alt = id && !gone ? view.table.pictures[id].image.alt : this.words.textContent;
    const { rows, cols, col } = view.table;
    const [row, column] = [rows[this.row].text, cols[this.col].text];
    const caption = this.caption.hidden ? "" : ` (${this.caption.textContent})`;
    const values = { row, col: column, what: alt + caption };
    this.element.setAttribute("aria-label", view.say(col ? "matrix_cell" : "matrix_cell_one", values));
  }

  /** @param {MouseEvent} event  where in the cell the pointer is, in shares of it */
  at(event) {
    const box = this.frame.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  }
}

// ---- the whole

class MatrixView {
  /** @param {any} model @param {Promise<any>} viewer */
  constructor(model, viewer) {
    this.model = model;
    this.viewer = viewer;
    this.words = model.get("words");
    this.say = speaker(this.words);
    this.language = model.get("language");
    this.table = /** @type {Table} */ (model.get("table"));
    this.look = { zoom: 1, x: 0, y: 0 };
    this.page = 1;
    this.current = ""; // the key of the cell that Tab leads to
    this.cells = /** @type {Map<string, Cell>} */ (new Map());
    this.cellAt = /** @type {WeakMap<Element, Cell>} */ (new WeakMap());
    this.rows = /** @type {Map<string, {element: any, header: any}>} */ (new Map());
    this.columns = /** @type {Map<string, any>} */ (new Map());
    this.dialogs = new Set();
    this.pictures = new Pictures((content) => model.send(content), (id) => this.arrived(id));
    this.build();
    this.watcher = new IntersectionObserver((seen) => this.seen(seen), { root: this.room, rootMargin: "120px" });
    this.resized = new ResizeObserver(() => this.fetch());
    this.resized.observe(this.room);
    this.listen();
    this.draw();
  }

  build() {
    const { say } = this;
    this.corner = h("div", { class: "apw-matrix-corner", role: "columnheader" });
    this.head = h("div", { class: "apw-matrix-row", role: "row" }, this.corner);
    this.grid = h("div", { class: "apw-matrix-table", role: "grid", "aria-description": say("matrix_hint") }, this.head);
    this.room = h("div", { class: "apw-matrix-room" }, this.grid);
    this.where = h("span", { class: "apw-matrix-page", role: "status" });
    this.back = iconButton("‹", say("matrix_back"), () => this.turn(-1));
    this.next = iconButton("›", say("matrix_next"), () => this.turn(1));
    this.pager = h("div", { class: "apw-matrix-group" }, this.where, this.back, this.next);
    this.percent = h("span", { class: "apw-matrix-percent" });
    const hint = say("matrix_zoom_hint");
    const zoom = [
      iconButton("−", say("results.zoom_out"), () => this.zoom(0.8), `${say("results.zoom_out")} (${hint})`),
      this.percent,
      iconButton("+", say("results.zoom_in"), () => this.zoom(1.25), `${say("results.zoom_in")} (${hint})`),
    ];
    this.fit = iconButton(say("results.fit"), say("matrix_fit"), () => this.setLook({ zoom: 1, x: 0, y: 0 }));
    this.fit.title = `${say("matrix_fit")} (0)`;
    const zoomer = { class: "apw-matrix-group", role: "group", "aria-label": say("results.zoom") };
    this.badge = h("span", { class: "apw-matrix-badge" });
    this.note = h("span", { class: "apw-matrix-note" });
    const said = h("div", { class: "apw-matrix-said" }, this.badge, this.note);
    this.foot = h("div", { class: "apw-matrix-foot" }, said, h("div", zoomer, ...zoom, this.fit), this.pager);
    this.element = h("div", {
      class: "apw-matrix-card", lang: this.language, "data-lm-suppress-shortcuts": "true",
    }, this.room, this.foot);
  }

  // ---- drawing

  draw() {
    const { table, say } = this;
    this.page = validPage(this.page, table.pages);
    this.grid.setAttribute("aria-label", say(table.col ? "matrix_name" : "matrix_name_one", { row: table.row, col: table.col }));
    this.grid.style.setProperty("--apw-columns", String(table.cols.length));
    this.grid.style.setProperty("--apw-shape", String(table.shape));
    this.grid.classList.toggle("apw-matrix-bare", !table.col);
    setText(this.corner, table.corner);
    this.corner.title = table.corner;
    arrange(this.head, [this.corner, ...table.cols.map((level) => this.header(this.columns, level, "columnheader"))]);
    const drawn = new Set();
    const rows = table.rows.map((level, row) => {
      const made = this.rows.get(level.key) ?? this.makeRow(level);
      const cells = table.cols.map((column, col) => {
        const key = JSON.stringify([level.key, column.key]);
        drawn.add(key);
        const cell = this.cells.get(key) ?? this.makeCell(key);
        cell.put(table.cells[row][col], row, col);
        return cell.element;
      });
      setText(made.header, level.text);
      made.header.title = level.text;
      arrange(made.element, [made.header, ...cells]);
      return made.element;
    });
    arrange(this.grid, [this.head, ...rows]);
    this.forget(drawn);
    this.drawFoot();
    this.setLook(this.look);
  }

  /** @param {Map<string, any>} known @param {Level} level @param {string} role */
  header(known, { key, text }, role) {
    const made = known.get(key) ?? h("div", { class: `apw-matrix-${role}`, role }, h("span"));
    known.set(key, made);
    setText(made.firstChild, text);
    made.title = text;
    return made;
  }

  /** @param {Level} level */
  makeRow({ key }) {
    const header = h("div", { class: "apw-matrix-rowheader", role: "rowheader" });
    const made = { header, element: h("div", { class: "apw-matrix-row", role: "row" }, header) };
    this.rows.set(key, made);
    return made;
  }

  /** @param {string} key */
  makeCell(key) {
    const cell = new Cell(this);
    this.cells.set(key, cell);
    this.cellAt.set(cell.element, cell);
    this.watcher.observe(cell.element);
    return cell;
  }

  /** @param {Set<string>} drawn  the keys of the cells there are now */
  forget(drawn) {
    for (const [key, cell] of this.cells) {
      if (drawn.has(key)) continue;
      this.watcher.unobserve(cell.element);
      this.cells.delete(key);
    }
    if (!this.cells.has(this.current)) this.current = this.cells.keys().next().value ?? "";
    const current = this.cells.get(this.current);
    if (current) current.element.tabIndex = 0;
  }

  drawFoot() {
    const { table, say } = this;
    const played = table.mode.endsWith("replay");
    const drawn = table.mode.startsWith("sandbox");
    this.badge.hidden = !table.mode;
    setText(this.badge, say(played ? "badge_replay" : drawn ? "badge_sandbox" : "badge_live"));
    this.badge.classList.toggle("apw-sandbox", played || drawn);
    this.note.hidden = !drawn && !played;
    setText(this.note, say(drawn ? "matrix_drawings" : "matrix_replay"));
    this.pager.hidden = table.pages < 2;
    setText(this.where, say("matrix_page", { i: this.page, n: table.pages }));
    // Not disabled, which would lose the focus.
    this.back.setAttribute("aria-disabled", String(this.page <= 1));
    this.next.setAttribute("aria-disabled", String(this.page >= table.pages));
  }

  // ---- what comes

  update() {
    this.table = this.model.get("table");
    this.draw();
    this.fetch();
    for (const each of [...this.dialogs]) each.refresh();
  }

  /** @param {IntersectionObserverEntry[]} seen */
  seen(seen) {
    for (const { target, isIntersecting } of seen) {
      const cell = this.cellAt.get(target);
      if (cell) cell.onScreen = isIntersecting;
    }
    this.fetch();
  }

  /** Ask for what the cells on screen need. */
  fetch() {
    const shown = [...this.cells.values()].filter((cell) => cell.onScreen && cell.id);
    if (!shown.length) return;
    const { clientWidth, clientHeight } = shown[0].frame;
    const ids = shown.map((cell) => /** @type {string} */ (cell.id));
    this.pictures.want(ids, boxFor(clientWidth, clientHeight, window.devicePixelRatio * this.look.zoom));
    this.pictures.tidy(new Set(ids));
  }

  /** @param {string} id */
  arrived(id) {
    for (const cell of this.cells.values()) if (cell.id === id) cell.paint();
    for (const each of [...this.dialogs]) each.refresh();
  }

  /** @param {any} content @param {DataView[]} buffers */
  receive(content, buffers) {
    const { kind, ids } = content;
    if (kind === "thumbnails") this.pictures.putThumbnails(ids, content.box, buffers);
    else if (kind === "picture") this.pictures.putWhole(content, buffers[0]);
    else if (kind === "code") for (const each of this.dialogs) each.code(content.form, content.text);
    else if (kind === "gone") {
      for (const id of ids) {
        this.pictures.gone.add(id);
        this.arrived(id);
      }
    }
  }

  // ---- zoom and pan

  /** @param {Look} look */
  setLook(look) {
    this.look = clampLook(look);
    const { zoom, x, y } = this.look;
    for (const [name, value] of Object.entries({ zoom, x, y })) this.grid.style.setProperty(`--apw-${name}`, String(value));
    this.grid.classList.toggle("apw-zoomed", zoom > 1.001);
    setText(this.percent, `${Math.round(zoom * 100)} %`);
    this.fetch();
  }

  /** @param {number} factor @param {{x: number, y: number}} [at] */
  zoom(factor, at) {
    this.setLook(zoomAt(this.look, factor, at));
  }

  /** @param {Event} event @returns {Cell | null} */
  cellOf(event) {
    const element = /** @type {Element} */ (event.target).closest(".apw-matrix-cell");
    return (element && this.cellAt.get(element)) ?? null;
  }

  listen() {
    const { room } = this;
    this.element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      event.stopPropagation(); // the notebook's own keys
      this.key(event);
    });
    room.addEventListener("wheel", (/** @type {WheelEvent} */ event) => {
      const cell = this.cellOf(event);
      if (!cell || !(event.ctrlKey || event.metaKey)) return; // the wheel scrolls
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 16 : 1;
      this.zoom(Math.exp(-event.deltaY * lines * 0.005), cell.at(event));
    }, { passive: false });
    room.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => this.press(event));
    room.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => this.drag(event));
    room.addEventListener("pointercancel", () => (this.held = null));
    room.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const moved = this.held?.moved;
      this.held = null;
      const cell = this.cellOf(event);
      if (cell && !moved) this.open(cell);
    });
  }

  /** @param {PointerEvent} event */
  press(event) {
    const cell = this.cellOf(event);
    this.held = cell && !event.button ? { cell, x: event.clientX, y: event.clientY, moved: false } : null;
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const { held } = this;
    if (!held || !event.buttons) return;
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.moved && Math.hypot(dx, dy) < STILL) return;
    if (!held.moved) held.cell.element.setPointerCapture(event.pointerId); // from here on no click of another cell
    Object.assign(held, { x: event.clientX, y: event.clientY, moved: true });
    const { clientWidth, clientHeight } = held.cell.frame;
    this.setLook({ ...this.look, x: this.look.x + dx / clientWidth, y: this.look.y + dy / clientHeight });
  }

  // ---- moving about

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.altKey) return;
    const cell = this.cellOf(event);
    if (!this.keyForAll(event) && !(cell && this.keyInCell(event, cell))) return;
    event.preventDefault();
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether it was one */
  keyForAll({ key, ctrlKey, metaKey }) {
    if (ctrlKey || metaKey) return false;
    if (key === "+" || key === "=") this.zoom(1.25);
    else if (key === "-") this.zoom(0.8);
    else if (key === "0") this.setLook({ zoom: 1, x: 0, y: 0 });
    else if (key === "PageUp") this.turn(-1);
    else if (key === "PageDown") this.turn(1);
    else return false;
    return true;
  }

  /** @param {KeyboardEvent} event @param {Cell} cell */
  keyInCell(event, cell) {
    const far = event.ctrlKey || event.metaKey;
    const pans = { ArrowLeft: [0.1, 0], ArrowRight: [-0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };
    const pan = /** @type {Record<string, number[]>} */ (pans)[event.key];
    if (pan && event.shiftKey) {
      this.setLook({ ...this.look, x: this.look.x + pan[0], y: this.look.y + pan[1] });
      return true;
    }
    if ((event.key === "Enter" || event.key === " ") && !far && !event.shiftKey) {
      this.open(cell);
      return true;
    }
    const { rows, cols } = this.table;
    const to = step(cell, event.key, far, rows.length, cols.length);
    if (to) this.cellIn(to.row, to.col)?.element.focus();
    return to !== undefined;
  }

  /** @param {number} row @param {number} col */
  cellIn(row, col) {
    return this.cells.get(JSON.stringify([this.table.rows[row].key, this.table.cols[col].key]));
  }

  /** @param {Cell} cell */
  takeFocus(cell) {
    const before = this.cells.get(this.current);
    if (before) before.element.tabIndex = -1;
    this.current = JSON.stringify([this.table.rows[cell.row].key, this.table.cols[cell.col].key]);
    cell.element.tabIndex = 0;
  }

  /** Step through the pictures of every cell. @param {number} by */
  turn(by) {
    const page = validPage(this.page + by, this.table.pages);
    if (page === this.page) return;
    this.page = page;
    for (const cell of this.cells.values()) cell.put(/** @type {Place} */ (cell.place), cell.row, cell.col);
    this.drawFoot();
    this.fetch();
  }

  // ---- the large view: what viewer.js asks of the widget that opens it

  /** @param {Cell} cell */
  async open(cell) {
    const { id } = cell;
    if (!id || this.pictures.gone.has(id)) return;
    const say = speaker(this.words, "results.");
    (await this.viewer).openViewer({
      say,
      language: this.language,
      pictures: this.pictures,
      dialogs: this.dialogs,
      lookOnly: true,
      duration: String,
      send: (/** @type {object} */ content) => this.model.send(content),
      find: (/** @type {string} */ each) => this.find(each),
      order: () => readingOrder(this.table),
      length: () => readingOrder(this.table).length,
      readOn: () => {},
      focus: (/** @type {string} */ each) => this.focus(each),
    }, id);
  }

  /** @param {string} id @returns {{row: Row, image: Picture} | undefined} */
  find(id) {
    const shown = this.table.pictures[id];
    return shown && { row: this.table.jobs[shown.job], image: shown.image };
  }

  /** @param {string} id */
  focus(id) {
    const cells = [...this.cells.values()];
    (cells.find((cell) => cell.place?.ids.includes(id)) ?? cells[0])?.element.focus();
  }

  close() {
    this.watcher.disconnect();
    this.resized.disconnect();
    for (const { dialog } of [...this.dialogs]) dialog.close();
    this.pictures.close();
  }
}

/** @param {{model: any, el: HTMLElement, host: any}} context */
function render({ model, el, host }) {
  const viewer = host.getWidget(model.get("viewer")).then((/** @type {any} */ widget) => widget.exports);
  const view = new MatrixView(model, viewer);
  /** @type {[string, (...args: any[]) => void][]} */
  const heard = [
    ["change:table", () => view.update()],
    ["msg:custom", (content, buffers) => view.receive(content, buffers)],
  ];
  for (const [event, listener] of heard) model.on(event, listener);
  el.classList.add("apw-matrix");
  el.append(view.element);
  return () => {
    for (const [event, listener] of heard) model.off(event, listener);
    view.close();
  };
}

export default { render };
