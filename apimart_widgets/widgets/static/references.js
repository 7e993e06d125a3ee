// @ts-check
/**
 * The reference pictures: a strip of thumbnails, and a field that takes more of them by button, drop, paste and address.
 *
 * Down, as traits: `items` ([Item], in order), `heard` (gestures that `items` shows the outcome of), `version` (int,
 * counts changes of `items`), `most` (int, 0 where it is not known), `problems` ([{id, field, text}], `id` that of an item
 * or ""), `notes` ([{id, text, bad}]), `upload_note` (text), `can_mask` (bool), `mask` ({marked, text, id}), `words`,
 * `language`.
 * Down, as messages: {kind: "thumbnails", ids} with a WebP for each, {kind: "got", upload, next, asked}, {kind: "taken",
 * upload}, {kind: "focus"}.
 * Up, as messages. The list: {kind: "add", gesture, links: [{id, address}]}, {kind: "remove", gesture, id}, {kind: "move",
 * gesture, id, to}; a gesture counts once, however often it is sent. Files: {kind: "piece", upload, name, size, offset}
 * with at most PIECE bytes, answered by "got" with the bytes that are there; {kind: "where", upload} asks for the same;
 * {kind: "cancel", upload}; "taken" ends it, and what became a picture is the item of that id. The rest: {kind:
 * "thumbnails", ids}, {kind: "dismiss", id}, {kind: "mask", id}, {kind: "unmask", id}.
 *
 * `data-shown` on the root says, as JSON, what a person sees: {tiles: [{id, address}], version, typed: [address], coming:
 * files on their way, mask: id of the mask, "" for none}. A press sends it along.
 *
 * @typedef {{id: string, kind: "picture" | "link" | "gone", name: string, picture?: string, width?: number,
 *   height?: number, notes?: string[], host?: string, address?: string, pending?: boolean}} Item
 * @typedef {{id: string, address: string}} Link
 * @typedef {{gesture: string, kind: "add", links: Link[]} | {gesture: string, kind: "remove", id: string}
 *   | {gesture: string, kind: "move", id: string, to: number}} Op
 * @typedef {{id: string, file: Blob, name: string, size: number, at: number, sent: number,
 *   state: "queued" | "sending" | "reading"}} Upload
 * @typedef {{id: string, text: string, bad: boolean}} Note
 * @typedef {(key: string, values?: Record<string, unknown>) => string} Say
 */

/** Bytes of a piece, as in arrivals.py. */
export const PIECE = 1024 * 1024;

/** Bytes a file may have, as in arrivals.py. */
export const LARGEST = 100 * 1024 * 1024;

/** Milliseconds after which something unanswered is asked for again, and says that the kernel is busy. */
export const PATIENCE = 1500;
const LONGEST_PAUSE = 30_000;
const TILE = "application/x-apw-reference";
const THUMBNAILS_KEPT = 60;

// ---- pure

/** The pieces of a file of `size` bytes, each as [from, to].
 * @param {number} size @returns {[number, number][]} */
export const plan = (size) =>
  Array.from({ length: Math.ceil(size / PIECE) }, (_, place) => [place * PIECE, Math.min((place + 1) * PIECE, size)]);

/** The word for what is wrong with an address, "" for nothing; the kernel judges by the same rules.
 * @param {string} address */
export function wrongWith(address) {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(address)?.[1].toLowerCase();
  if (scheme === "data") return "references_data";
  if (scheme === "file") return "references_file";
  if (!scheme) return "references_path";
  if (scheme !== "http" && scheme !== "https") return "references_scheme";
  if (!URL.canParse(address) || !/^https?:\/\//i.test(address)) return "references_not_url";
  const { username, password } = new URL(address);
  return username || password || /^https?:\/\/[^/?#]*@/i.test(address) ? "references_credentials" : "";
}

/** Addresses in a text, with spaces or lines between them, each once.
 * @param {string} text @returns {string[]} */
export const addressesIn = (text) => [...new Set(text.split(/\s+/).filter(Boolean))];

/** What of a typed text can be added, and what is wrong with the rest.
 * @param {string} text */
export function readTyped(text) {
  const all = addressesIn(text).map((address) => ({ address, why: wrongWith(address) }));
  return { good: all.filter(({ why }) => !why).map(({ address }) => address), bad: all.filter(({ why }) => why) };
}

/** @param {string} text @param {number} most */
export const shortened = (text, most = 60) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** What of an address a person reads: whose it is, and the file.
 * @param {string} address */
export function hostAndName(address) {
  if (!URL.canParse(address)) return { host: "", name: shortened(address, 120) };
  const { hostname, protocol, pathname } = new URL(address);
  const last = pathname.split("/").filter(Boolean).at(-1) ?? "";
  let name = last;
  try {
    name = decodeURIComponent(last);
  } catch {
    // A stray % is no reason to show nothing.
  }
  return { host: hostname || protocol, name: shortened(name || hostname, 120) };
}

/** @template T @param {T[]} list @param {number} from @param {number} to @returns {T[]} `list` with one element moved. */
export function moved(list, from, to) {
  const others = list.toSpliced(from, 1);
  return others.toSpliced(to, 0, list[from]);
}

/** The gestures whose outcome the kernel does not show yet.
 * @param {Op[]} ops @param {string[]} heard */
export const unheard = (ops, heard) => ops.filter(({ gesture }) => !heard.includes(gesture));

/** The kernel's list with the gestures it has not answered yet.
 * @param {Item[]} items @param {Op[]} ops @returns {Item[]} */
export function applied(items, ops) {
  return ops.reduce((list, op) => {
    if (op.kind === "add") {
      const fresh = op.links.filter(({ address }) => !list.some((item) => item.address === address));
      const added = fresh.map(({ id, address }) => ({ id, kind: "link", address, pending: true, ...hostAndName(address) }));
      return [...list, .../** @type {Item[]} */ (added)];
    }
    const from = list.findIndex(({ id }) => id === op.id);
    if (from < 0) return list;
    return op.kind === "remove" ? list.toSpliced(from, 1) : moved(list, from, Math.min(op.to, list.length - 1));
  }, items);
}

/** The mask as it was told of, while it belongs to what stands first here: the kernel may not have heard of a move yet.
 * @param {Item[]} items @param {Item[]} told @param {{marked: boolean, text: string, id: string}} mask */
export const maskOf = ([first], [before], mask) =>
  (first?.id === before?.id ? mask : { marked: false, text: "", id: "" });

/** What a screen reader should hear of a change of the list.
 * @param {Item[]} before @param {Item[]} after @param {Say} say */
export function spoken(before, after, say) {
  const missing = (/** @type {Item[]} */ from, /** @type {Item[]} */ list) =>
    from.filter(({ id }) => !list.some((item) => item.id === id)).map(({ name }) => name);
  return [
    ...missing(after, before).map((name) => say("references_added", { name })),
    ...missing(before, after).map((name) => say("references_removed", { name })),
  ].join(" ");
}

/** Where a key moves within the strip, or null. @param {string} key @param {number} index @param {number} count */
export function nextIndex(key, index, count) {
  if (key === "ArrowRight" || key === "ArrowDown") return Math.min(index + 1, count - 1);
  if (key === "ArrowLeft" || key === "ArrowUp") return Math.max(index - 1, 0);
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}

/** Megabytes with one digit, rounded up: what is over a limit must not read as the limit. @param {number} bytes */
export const megabytes = (bytes) => (Math.ceil((bytes / 1024 / 1024) * 10) / 10).toFixed(1);

/** Sort files into those that can be sent and sentences about the others; `room` for that many more.
 * @param {{name: string, size: number}[]} files @param {number} room @param {number} most @param {Say} say */
export function sorted(files, room, most, say) {
  const said = /** @type {string[]} */ ([]);
  const fit = files.filter(({ name, size }) => {
    if (!size) said.push(say("references_empty", { name }));
    const values = { name, megabytes: megabytes(size), most: LARGEST / 1024 / 1024 };
    if (size > LARGEST) said.push(say("references_too_large", values));
    return size > 0 && size <= LARGEST;
  });
  if (fit.length > room) said.push(say("references_left_out", { most, n: fit.length - room }));
  return { files: fit.slice(0, Math.max(0, room)), said };
}

const makeName = (/** @type {string} */ kind) =>
  kind + Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

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

let count = 0;

/** @type {(name: string) => string} An id no other panel on this page has. */
const unique = (name) => `apw-${name}-${++count}-${Date.now().toString(36)}`;

/** Files on their way up: a piece at a time, and one file after the other. */
export class Sender {
  /**
   * @param {(content: object, buffers?: ArrayBuffer[]) => void} send
   * @param {() => void} changed
   * @param {(name: string) => void} failed a file that cannot be read
   */
  constructor(send, changed, failed) {
    this.send = send;
    this.changed = changed;
    this.failed = failed;
    this.late = false;
    this.queue = /** @type {Upload[]} */ ([]);
  }

  /** @param {File[]} files */
  add(files) {
    for (const file of files) {
      this.queue.push({ id: makeName("u"), file, name: file.name, size: file.size, at: 0, sent: 0, state: "queued" });
    }
    this.go();
  }

  go() {
    const next = this.queue.find(({ state }) => state === "queued");
    if (next && !this.queue.some(({ state }) => state === "sending")) {
      next.state = "sending";
      this.piece(next, 0);
    }
    this.changed();
  }

  /** @param {Upload} upload @param {number} from */
  async piece(upload, from) {
    upload.at = from;
    let data;
    try {
      data = await upload.file.slice(from, Math.min(from + PIECE, upload.size)).arrayBuffer();
    } catch {
      if (this.drop(upload.id)) this.failed(upload.name);
      return;
    }
    if (upload.at !== from || !this.queue.includes(upload)) return;
    const { id, name, size } = upload;
    this.send({ kind: "piece", upload: id, name, size, offset: from }, [data]);
    this.wait(upload, PATIENCE);
  }

  /** Ask where the kernel is when it does not answer: it may be busy, or have left a message unread.
   * @param {Upload} upload @param {number} pause */
  wait(upload, pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.late = true;
      this.send({ kind: "where", upload: upload.id });
      this.wait(upload, Math.min(2 * pause, LONGEST_PAUSE));
      this.changed();
    }, pause);
  }

  /** @param {{upload: string, next: number, asked: boolean}} answer */
  got({ upload: id, next, asked }) {
    const upload = this.queue.find((each) => each.id === id && each.state === "sending");
    // An answer that leads nowhere new is one to a piece that came twice, unless it was asked for.
    if (!upload || (!asked && next <= upload.at)) return;
    clearTimeout(this.timer);
    this.late = false;
    upload.sent = next;
    if (next < upload.size) {
      this.piece(upload, next);
      this.changed();
    } else {
      upload.state = "reading";
      this.go();
    }
  }

  /** @param {string} id @returns {boolean} whether it was on its way */
  drop(id) {
    const upload = this.queue.find((each) => each.id === id);
    if (!upload) return false;
    if (upload.state === "sending") {
      clearTimeout(this.timer);
      this.late = false;
    }
    this.queue = this.queue.filter((each) => each !== upload);
    this.go();
    return true;
  }

  /** @param {string} id */
  cancel(id) {
    if (this.drop(id)) this.send({ kind: "cancel", upload: id });
  }

  close() {
    for (const { id } of [...this.queue].reverse()) this.cancel(id);
  }
}

/** The thumbnails this page holds, as object URLs, by the picture's name. */
class Thumbnails {
  /** @param {(content: object) => void} send */
  constructor(send) {
    this.send = send;
    this.urls = /** @type {Map<string, string>} */ (new Map());
    this.asked = new Set();
    this.timer = 0;
  }

  /** Ask for what is missing, a moment later: that of a picture that was just added comes by itself.
   * @param {string[]} ids */
  want(ids) {
    const missing = ids.filter((id) => !this.urls.has(id) && !this.asked.has(id));
    clearTimeout(this.timer);
    if (!missing.length) return;
    this.timer = window.setTimeout(() => {
      for (const id of missing) this.asked.add(id);
      this.send({ kind: "thumbnails", ids: missing });
    }, 250);
  }

  /** @param {string[]} ids @param {DataView[]} buffers @param {string[]} shown */
  put(ids, buffers, shown) {
    for (const [place, id] of ids.entries()) {
      if (this.urls.has(id)) continue;
      const picture = new Blob([/** @type {any} */ (buffers[place])], { type: "image/webp" });
      this.urls.set(id, URL.createObjectURL(picture));
    }
    for (const id of [...this.urls.keys()].filter((each) => !shown.includes(each)).slice(0, -THUMBNAILS_KEPT)) {
      this.forget(id);
    }
  }

  /** @param {string} id */
  forget(id) {
    URL.revokeObjectURL(this.urls.get(id) ?? "");
    this.urls.delete(id);
    this.asked.delete(id);
  }

  close() {
    clearTimeout(this.timer);
    for (const id of [...this.urls.keys()]) this.forget(id);
  }
}

/** One place of the strip: a picture, a link, or a file on its way. */
class Tile {
  /** @param {Say} say */
  constructor(say) {
    this.say = say;
    this.number = make("span", "apw-ref-number", { "aria-hidden": "true" });
    this.face = make("span", "apw-ref-face");
    this.open = make("button", "apw-ref-open", { type: "button" }, [this.face, this.number]);
    this.remove = button("apw-ref-remove");
    this.remove.textContent = "×";
    this.mask = button("apw-ref-mask");
    this.bar = make("span", "apw-ref-bar", { role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" });
    this.el = make("li", "apw-ref", {}, [this.open, this.mask, this.remove]);
  }

  /**
   * @param {Item} item
   * @param {{place: number, n: number, url: string, sayings: string[], wrong: boolean, chosen: boolean, row: string,
   *   stop: boolean, mask: {marked: boolean, text: string} | null, can_mask: boolean}} state
   */
  show(item, { place, n, url, sayings, wrong, chosen, row, stop, mask, can_mask }) {
    const { say } = this;
    const size = item.width ? `, ${item.width}×${item.height}` : "";
    this.el.className = `apw-ref apw-ref-${item.kind}`;
    this.el.classList.toggle("apw-wrong", wrong);
    this.el.classList.toggle("apw-chosen", chosen);
    this.el.draggable = true;
    this.number.textContent = String(place);
    this.open.setAttribute("aria-label", say("references_tile", { place, n, name: item.name }) + size);
    this.open.setAttribute("aria-expanded", String(chosen));
    this.open.setAttribute("aria-controls", row);
    this.open.setAttribute("aria-describedby", sayings.join(" "));
    this.open.title = item.kind === "link" ? item.address ?? item.name : item.name + size;
    this.open.tabIndex = stop ? 0 : -1;
    this.label(this.remove, say("references_remove_one", { name: item.name }));
    this.remove.tabIndex = -1; // the keyboard has Delete, and the row below
    this.mask.hidden = !(mask && place === 1 && (mask.marked || (can_mask && item.kind === "picture")));
    this.mask.disabled = !can_mask;
    this.mask.textContent = mask?.marked ? mask.text : "";
    this.mask.classList.toggle("apw-marked", Boolean(mask?.marked));
    this.label(this.mask, say(mask?.marked ? "references_edit_mask" : "references_paint"));
    this.mask.tabIndex = -1;
    this.draw(item, url);
  }

  /** @param {HTMLElement} control @param {string} text */
  label(control, text) {
    control.setAttribute("aria-label", text);
    control.title = text;
  }

  /** @param {Item} item @param {string} url */
  draw(item, url) {
    const drawn = JSON.stringify([item.kind, item.name, item.host, url]);
    if (this.drawn === drawn) return;
    this.drawn = drawn;
    if (item.kind === "link") {
      const [name, host] = [make("span", "apw-ref-name"), make("span", "apw-ref-host")];
      name.textContent = item.name;
      host.textContent = item.host ?? "";
      this.face.replaceChildren(name, host);
    } else if (url) {
      this.face.replaceChildren(make("img", "", { src: url, alt: item.name, draggable: "false", decoding: "async" }));
    } else {
      this.face.replaceChildren();
    }
  }

  /** @param {Upload} upload */
  progress({ name, size, sent, state }) {
    const { say } = this;
    const words = { queued: "references_queued", sending: "references_sending", reading: "references_reading" };
    const percent = Math.round((100 * sent) / size);
    this.el.className = `apw-ref apw-ref-coming apw-ref-${state}`;
    this.el.draggable = false;
    this.drawn = "";
    if (this.open.parentNode) this.open.replaceWith(this.bar);
    this.bar.title = say(words[state], { name });
    this.bar.setAttribute("aria-label", this.bar.title);
    this.bar.setAttribute("aria-valuenow", String(percent));
    this.bar.style.setProperty("--apw-part", `${percent}%`);
    this.bar.textContent = state === "sending" ? `${percent} %` : "";
    this.label(this.remove, say("references_cancel_one", { name }));
    this.remove.tabIndex = 0;
    this.mask.hidden = true;
  }

  /** A file that was on its way has become a picture. */
  arrive() {
    if (this.bar.parentNode) this.bar.replaceWith(this.open);
  }
}

/** What can be done with a reference, by the word for it. */
const ACTIONS = [
  ...["references_paint", "references_edit_mask", "references_remove_mask", "references_make_first"],
  ...["references_earlier", "references_later", "references_remove"],
];

/** What can be done with the chosen reference, in words. */
class Row {
  /** @param {Say} say @param {(what: string) => void} act */
  constructor(say, act) {
    this.say = say;
    this.name = make("span", "apw-ref-chosen-name");
    this.hint = make("p", "apw-muted apw-ref-hint");
    this.buttons = new Map(
      ACTIONS.map((what) => {
        const loud = what === "references_make_first" || what === "references_paint";
        const control = button(loud ? "apw-button apw-small" : "apw-link");
        control.addEventListener("click", () => control.getAttribute("aria-disabled") !== "true" && act(what));
        return [what, control];
      }),
    );
    const line = make("div", "apw-ref-actions", {}, [...this.buttons.values()]);
    this.el = make("div", "apw-ref-row", { id: unique("reference"), role: "group" }, [this.name, line, this.hint]);
    this.el.hidden = true;
  }

  /** @param {Item | undefined} item @param {number} place @param {number} n @param {{marked: boolean}} mask @param {boolean} canMask */
  show(item, place, n, mask, canMask) {
    const { say } = this;
    this.el.hidden = !item;
    if (!item) return;
    const first = place === 1;
    const size = item.width ? ` · ${item.width}×${item.height}` : "";
    this.name.textContent = `${say("references_chosen", { place })}: ${item.address ?? item.name}${size}`;
    this.el.setAttribute("aria-label", this.name.textContent);
    this.hint.textContent = say("references_first");
    const shown = {
      references_paint: first && canMask && !mask.marked && item.kind === "picture",
      references_edit_mask: first && canMask && mask.marked,
      references_remove_mask: first && mask.marked,
      references_make_first: !first,
      references_earlier: n > 1,
      references_later: n > 1,
      references_remove: true,
    };
    for (const [what, control] of this.buttons) {
      control.hidden = !shown[/** @type {keyof typeof shown} */ (what)];
      control.textContent = say(what);
    }
    this.buttons.get("references_earlier")?.setAttribute("aria-disabled", String(first));
    this.buttons.get("references_later")?.setAttribute("aria-disabled", String(place === n));
  }
}

const DRAGS = ["dragenter", "dragover", "dragleave", "drop"];

/** One view of the strip. */
class ReferenceStrip {
  /**
   * @param {any} model
   * @param {HTMLElement} el
   */
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.ops = /** @type {Op[]} */ ([]);
    this.items = /** @type {Item[]} */ ([]);
    this.before = /** @type {Item[]} */ (model.get("items"));
    this.notes = /** @type {Note[]} */ ([]);
    this.tiles = /** @type {Map<string, Tile>} */ (new Map());
    this.lines = /** @type {(Note & {about: string, field: string, key: string})[]} */ ([]);
    this.chosen = "";
    this.stop = "";
    this.dragged = "";
    this.waiting = false;
    this.said = "";
    this.saying = /** @type {string[]} */ ([]);
    this.say = /** @type {Say} */ ((key, values = {}) =>
      (model.get("words")[key] ?? key).replace(/\{(\w+)\}/g, (/** @type {string} */ place, /** @type {string} */ name) =>
        String(values[name] ?? place)));
    const send = (/** @type {object} */ content, /** @type {ArrayBuffer[]} */ buffers = []) =>
      model.send(content, undefined, buffers);
    this.send = send;
    this.thumbnails = new Thumbnails(send);
    this.sender = new Sender(send, () => this.render(), (name) => this.tell([this.say("references_unreadable", { name })]));
    this.build();
    this.listen();
    this.relabel();
    this.render();
  }

  build() {
    const label = unique("references");
    const problem = unique("address-problem");
    this.title = make("span", "apw-label", { id: label });
    this.limit = make("span", "apw-muted");
    this.list = make("ul", "apw-ref-list", { role: "list", "aria-labelledby": label });
    this.chooseText = document.createElement("span");
    this.choose = make("button", "apw-ref-choose", { type: "button", "aria-describedby": label }, [this.chooseText]);
    this.opener = button("apw-link apw-ref-opener");
    this.zone = make("div", "apw-ref-zone", {}, [this.choose, this.opener]);
    this.input = make("input", "apw-input apw-ref-input", {
      type: "text",
      inputmode: "url",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: "https://",
      "aria-describedby": problem,
    });
    this.addButton = button("apw-button");
    this.wrong = make("p", "apw-problem", { id: problem });
    this.field = make("div", "apw-ref-field", {}, [this.input, this.addButton, this.wrong]);
    this.field.hidden = true;
    this.wrong.hidden = true;
    this.row = new Row(this.say, (what) => this.act(what));
    this.sayings = make("ul", "apw-ref-said", { role: "list" });
    this.foot = make("p", "apw-muted apw-ref-foot");
    this.files = make("input", "", { type: "file", accept: "image/*", multiple: "" });
    this.files.hidden = true;
    this.live = make("div", "apw-spoken", { role: "status", "aria-live": "polite" });
    const strip = make("div", "apw-ref-strip", {}, [this.list, this.zone]);
    this.el.classList.add("apw-references");
    this.el.append(make("div", "apw-ref-head", {}, [this.title, this.limit]), strip, this.field, this.row.el);
    this.el.append(this.sayings, this.foot, this.files, this.live);
    this.el.setAttribute("role", "group");
    this.el.setAttribute("aria-labelledby", label);
    this.opener.setAttribute("aria-expanded", "false");
  }

  listen() {
    this.el.dataset.lmSuppressShortcuts = "true";
    this.el.addEventListener("keydown", (event) => event.stopPropagation());
    this.choose.addEventListener("click", () => this.files.click());
    this.files.addEventListener("change", () => {
      this.take([...(this.files.files ?? [])]);
      this.files.value = "";
    });
    this.opener.addEventListener("click", () => this.toggleField(this.field.hidden));
    this.addButton.addEventListener("click", () => this.addTyped());
    this.input.addEventListener("input", () => this.onInput());
    this.input.addEventListener("keydown", (event) => this.onFieldKey(event));
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    this.list.addEventListener("click", (event) => this.onClick(event));
    this.list.addEventListener("focusin", (event) => this.onFocus(event));
    this.listenToDrags();
    for (const name of ["items", "heard", "most", "problems", "notes", "upload_note", "can_mask", "mask"]) {
      this.model.on(`change:${name}`, () => this.renderSoon());
    }
    for (const name of ["words", "language"]) this.model.on(`change:${name}`, () => this.relabel());
    this.model.on("msg:custom", (/** @type {any} */ content, /** @type {DataView[]} */ buffers) =>
      this.onMessage(content, buffers));
    this.onPaste = this.onPaste.bind(this);
    this.onDrag = this.onDrag.bind(this);
    // Rendering comes before attaching, so the first size the strip takes is the first moment the panel can be found.
    this.size = new ResizeObserver(() => this.adopt());
    this.size.observe(this.el);
  }

  /** Take what is pasted into the prompt and dropped anywhere on the panel: beside the strip, a browser would leave the
   * notebook and show the picture. */
  adopt() {
    const panel = this.el.closest(".apw-panel");
    if (panel === (this.panel ?? null)) return;
    this.leave();
    this.panel = panel;
    panel?.addEventListener("paste", /** @type {any} */ (this.onPaste), true);
    for (const kind of DRAGS) panel?.addEventListener(kind, /** @type {any} */ (this.onDrag), true);
  }

  leave() {
    this.panel?.removeEventListener("paste", /** @type {any} */ (this.onPaste), true);
    for (const kind of DRAGS) this.panel?.removeEventListener(kind, /** @type {any} */ (this.onDrag), true);
  }

  relabel() {
    const { say } = this;
    this.el.lang = this.model.get("language") === "zh" ? "zh-CN" : "en";
    this.title.textContent = say("references");
    this.opener.textContent = say("references_link");
    this.opener.title = say("references_link_title");
    this.addButton.textContent = say("references_add");
    this.input.setAttribute("aria-label", say("references_address"));
    this.renderSoon();
  }

  // ---- what comes in

  /** @param {any} content @param {DataView[]} buffers */
  onMessage(content, buffers) {
    if (content.kind === "got") this.sender.got(content);
    if (content.kind === "taken") this.sender.drop(content.upload);
    if (content.kind === "focus" && mayFocus(this.panel)) this.focus();
    if (content.kind === "thumbnails") {
      this.thumbnails.put(content.ids, buffers, this.items.map(({ picture }) => picture ?? ""));
      this.render();
    }
  }

  room() {
    const most = this.model.get("most");
    return most ? Math.max(0, most - this.items.length - this.coming().length) : Infinity;
  }

  /** @param {File[]} files */
  take(files) {
    if (!files.length) return;
    this.tidy();
    const { files: fit, said } = sorted(files, this.room(), this.model.get("most"), this.say);
    this.tell(said);
    this.sender.add(/** @type {File[]} */ (fit));
  }

  /** Add the addresses of a text; what is wrong with it stays in the field, with a sentence. @param {string} text */
  addLinks(text) {
    this.tidy();
    const { good, bad } = readTyped(text);
    const fresh = good.filter((address) => !this.items.some((item) => item.address === address));
    const links = fresh.slice(0, this.room()).map((address) => ({ id: makeName("a"), address }));
    const left = fresh.slice(links.length);
    if (links.length) this.gesture({ kind: "add", links });
    this.input.value = [...bad.map(({ address }) => address), ...left].join(" ");
    const [first] = bad;
    const values = { most: this.model.get("most"), n: left.length };
    const problem = first ? this.say(first.why, { url: shortened(first.address) }) : "";
    this.showWrong(problem || (left.length ? this.say("references_left_out", values) : ""));
    if (first || left.length) this.toggleField(true);
    this.render();
  }

  /** @param {Record<string, any>} op */
  gesture(op) {
    this.ops.push(/** @type {Op} */ ({ ...op, gesture: makeName("g") }));
    this.send(/** @type {Op} */ (this.ops.at(-1)));
    clearTimeout(this.again);
    this.again = setTimeout(() => this.sendAgain(PATIENCE), PATIENCE);
    this.render();
  }

  /** ipykernel 7.3 can leave a message unread until the next one comes; a gesture counts once, however often sent.
   * @param {number} pause */
  sendAgain(pause) {
    if (!this.ops.length) return;
    for (const op of this.ops) this.send(op);
    const next = Math.min(2 * pause, LONGEST_PAUSE);
    this.again = setTimeout(() => this.sendAgain(next), next);
  }

  /** Put away what was said of earlier files: what is done now is an answer to it. */
  tidy() {
    this.notes = [];
    for (const { id } of this.model.get("notes")) this.send({ kind: "dismiss", id });
  }

  /** @param {string[]} sentences */
  tell(sentences) {
    this.notes.push(...sentences.map((text) => ({ id: makeName("n"), text, bad: true })));
    this.render();
  }

  // ---- the field for addresses

  /** @param {boolean} open */
  toggleField(open) {
    const inside = this.field.contains(document.activeElement);
    this.field.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
    if (open) this.input.focus();
    else this.input.value = "";
    if (!open) this.showWrong("");
    if (!open && inside) this.opener.focus();
    this.render();
  }

  onInput() {
    this.showWrong("");
    this.render();
  }

  /** @param {KeyboardEvent} event */
  onFieldKey(event) {
    // With Ctrl it is a press of Generate, which counts what stands in the field.
    if (event.key === "Enter" && !event.isComposing && !event.ctrlKey && !event.metaKey) this.addTyped();
    if (event.key === "Escape") this.toggleField(false);
  }

  addTyped() {
    if (this.input.value.trim()) this.addLinks(this.input.value);
    this.input.focus();
  }

  /** @param {string} text */
  showWrong(text) {
    this.wrong.textContent = text;
    this.wrong.hidden = !text;
    this.input.setAttribute("aria-invalid", String(Boolean(text)));
    this.announce(text);
  }

  // ---- paste and drop

  /** @param {ClipboardEvent} event */
  onPaste(event) {
    const target = /** @type {Element} */ (event.target);
    const here = this.el.contains(target);
    if (!event.clipboardData || !(here || target.closest(".apw-prompt"))) return;
    const text = event.clipboardData.getData("text/plain").trim();
    const files = [...event.clipboardData.files].filter(({ type }) => here || type.startsWith("image/"));
    // Writing copied from an office program brings a picture of itself along; in the prompt the words are meant.
    if (files.length && (here || !text)) this.take(files);
    else if (here && text && target !== this.input) this.addLinks(text);
    else if (here && /\n/.test(text)) this.insert(text.replace(/\s+/g, " "));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** A field of one line would run addresses of several lines together. @param {string} text */
  insert(text) {
    this.input.setRangeText(text, this.input.selectionStart ?? 0, this.input.selectionEnd ?? 0, "end");
    this.onInput();
  }

  listenToDrags() {
    this.list.addEventListener("dragstart", (event) => {
      const tile = this.tileOf(event.target);
      if (!tile || !event.dataTransfer) return;
      event.stopPropagation();
      this.dragged = tile;
      event.dataTransfer.setData(TILE, tile);
      event.dataTransfer.effectAllowed = "move";
    });
    this.list.addEventListener("dragend", () => this.endDrag());
  }

  /** @param {DragEvent} event */
  onDrag(event) {
    const { dataTransfer, type, relatedTarget } = event;
    if (!dataTransfer) return;
    const here = this.el.contains(/** @type {Node} */ (event.target));
    const ours = dataTransfer.types.includes(TILE);
    const files = dataTransfer.types.includes("Files");
    if (!(ours ? this.dragged : files || (here && dataTransfer.types.includes("text/uri-list")))) return;
    if (type === "dragleave") {
      if (!(/** @type {Element} */ (this.panel).contains(/** @type {Node | null} */ (relatedTarget)))) this.endDrag();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    dataTransfer.dropEffect = ours ? "move" : "copy";
    const over = ours ? this.tileOf(event.target) : "";
    for (const [id, { el }] of this.tiles) el.classList.toggle("apw-target", id === over && id !== this.dragged);
    this.el.classList.toggle("apw-dropping", !ours && type !== "drop");
    if (type === "dragover" || type === "dragenter") this.showDropping();
    if (type === "drop") this.drop(dataTransfer, over);
  }

  showDropping() {
    const dropping = this.el.classList.contains("apw-dropping");
    this.chooseText.textContent = this.say(dropping ? "references_drop" : "references_choose");
  }

  endDrag() {
    this.dragged = "";
    this.el.classList.remove("apw-dropping");
    for (const { el } of this.tiles.values()) el.classList.remove("apw-target");
    this.showDropping();
  }

  /** @param {DataTransfer} data @param {string} over */
  drop(data, over) {
    const dragged = this.dragged;
    const files = [...data.files];
    const links = data.getData("text/uri-list").split("\n").filter((line) => !line.startsWith("#"));
    this.endDrag();
    if (dragged) this.move(dragged, this.items.findIndex(({ id }) => id === over));
    else if (files.length) this.take(files);
    else this.addLinks(links.join("\n"));
  }

  // ---- what is done with a reference

  /** @param {EventTarget | null} target @returns {string} the tile that an event came from */
  tileOf(target) {
    const el = target instanceof Element ? target.closest(".apw-ref") : null;
    return [...this.tiles].find(([, tile]) => tile.el === el)?.[0] ?? "";
  }

  /** @param {MouseEvent} event */
  onClick(event) {
    const id = this.tileOf(event.target);
    const tile = this.tiles.get(id);
    const target = /** @type {Node} */ (event.target);
    if (!tile) return;
    if (tile.remove.contains(target)) this.remove(id);
    else if (tile.mask.contains(target)) this.send({ kind: "mask", id });
    else if (tile.open.contains(target)) this.pick(this.chosen === id ? "" : id);
  }

  /** @param {string} id */
  pick(id) {
    this.chosen = id;
    this.render();
  }

  /** @param {FocusEvent} event */
  onFocus(event) {
    const id = this.tileOf(event.target);
    if (!id || this.stop === id || !this.items.some((item) => item.id === id)) return;
    this.stop = id;
    for (const [each, { open }] of this.tiles) open.tabIndex = each === id ? 0 : -1;
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const id = this.tileOf(event.target);
    const index = this.items.findIndex((item) => item.id === id);
    if (index < 0 || event.ctrlKey || event.metaKey) return;
    const to = nextIndex(event.key, index, this.items.length);
    if (event.key === "Delete" || event.key === "Backspace") this.remove(id);
    else if (event.key === "Escape" && this.chosen) this.pick("");
    else if (to !== null && (event.altKey || event.shiftKey)) this.move(id, to);
    else if (to !== null) this.tiles.get(this.items[to].id)?.open.focus();
    else return;
    event.preventDefault();
  }

  /** @param {string} what */
  act(what) {
    const index = this.items.findIndex(({ id }) => id === this.chosen);
    if (index < 0) return;
    if (what === "references_remove") this.remove(this.chosen);
    if (what === "references_make_first") this.move(this.chosen, 0);
    if (what === "references_earlier") this.move(this.chosen, index - 1);
    if (what === "references_later") this.move(this.chosen, index + 1);
    if (what === "references_remove_mask") this.unmask();
    if (what === "references_paint" || what === "references_edit_mask") this.send({ kind: "mask", id: this.chosen });
  }

  /** @param {string} id @param {number} to */
  move(id, to) {
    const from = this.items.findIndex((item) => item.id === id);
    if (from < 0 || to < 0 || to === from) return;
    this.gesture({ kind: "move", id, to });
    const { name } = this.items[to];
    this.announce(this.say("references_moved", { name, place: to + 1, n: this.items.length }));
  }

  /** @param {string} id */
  remove(id) {
    if (this.sender.queue.some((upload) => upload.id === id)) {
      this.sender.cancel(id);
      this.choose.focus();
      return;
    }
    const index = this.items.findIndex((item) => item.id === id);
    const inside = this.el.contains(document.activeElement);
    this.gesture({ kind: "remove", id });
    const next = this.items[Math.min(index, this.items.length - 1)];
    if (inside) (next ? this.tiles.get(next.id)?.open : this.choose)?.focus();
  }

  unmask() {
    this.send({ kind: "unmask", id: this.items[0]?.id ?? "" });
  }

  get mask() {
    return maskOf(this.items, this.model.get("items"), this.model.get("mask"));
  }

  /** Go to what is wrong: the first tile that is, or the strip itself. */
  focus() {
    const wrong = this.model.get("problems").find((/** @type {any} */ { id }) => this.tiles.has(id));
    const tile = this.tiles.get(wrong?.id ?? this.items[0]?.id);
    (tile?.open ?? this.choose).focus();
  }

  // ---- what is shown

  /** Several traits change at once. */
  renderSoon() {
    if (this.waiting) return;
    this.waiting = true;
    queueMicrotask(() => {
      this.waiting = false;
      this.render();
    });
  }

  /** Files on their way; one that has become a picture is no longer. */
  coming() {
    return this.sender.queue.filter(({ id }) => !this.items.some((item) => item.id === id));
  }

  render() {
    const { model, say } = this;
    const most = model.get("most");
    this.ops = unheard(this.ops, model.get("heard"));
    if (!this.ops.length) clearTimeout(this.again);
    this.items = applied(model.get("items"), this.ops);
    this.clearTyped();
    this.limit.textContent = most ? say("references_up_to", { most }) : "";
    this.showProblems();
    this.showTiles();
    this.showRow();
    this.showDropping();
    this.foot.textContent = this.sender.late ? say("references_waiting") : model.get("upload_note");
    this.foot.hidden = !this.foot.textContent;
    this.el.classList.toggle("apw-filled", this.items.length > 0 || this.sender.queue.length > 0);
    this.el.dataset.shown = JSON.stringify(this.shown());
    this.thumbnails.want(this.items.flatMap(({ picture, width }) => (picture && width ? [picture] : [])));
    this.announce(spoken(this.before, model.get("items"), say));
    this.before = model.get("items");
  }

  shown() {
    const tiles = this.items.map(({ id, address, pending }) => (pending ? { id, address } : { id }));
    const typed = this.field.hidden ? [] : addressesIn(this.input.value);
    return { tiles, version: this.model.get("version"), typed, coming: this.coming().length, mask: this.mask.id };
  }

  /** A press counts what stands in the field; once it has become references, the field is empty again. */
  clearTyped() {
    const typed = addressesIn(this.input.value);
    const there = this.model.get("items").map((/** @type {Item} */ { address }) => address);
    if (typed.length && typed.every((address) => there.includes(shortened(address, 2000)))) this.input.value = "";
  }

  showTiles() {
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    const coming = this.coming();
    const ids = [...this.items, ...coming].map(({ id }) => id);
    for (const [id, tile] of this.tiles) {
      if (ids.includes(id)) continue;
      tile.el.remove();
      this.tiles.delete(id);
    }
    if (!this.items.some(({ id }) => id === this.stop)) this.stop = this.items[0]?.id ?? "";
    if (!ids.includes(this.chosen)) this.chosen = "";
    this.items.forEach((item, index) => this.showItem(item, index));
    for (const upload of coming) this.tile(upload.id).progress(upload);
    ids.forEach((id, place) => {
      const { el } = this.tile(id);
      if (this.list.children[place] !== el) this.list.insertBefore(el, this.list.children[place] ?? null);
    });
    // What is moved within a page loses the focus.
    if (focused !== document.activeElement && focused?.isConnected && this.el.contains(focused)) focused.focus();
  }

  /** @param {string} id */
  tile(id) {
    const known = this.tiles.get(id);
    if (known) return known;
    const tile = new Tile(this.say);
    this.tiles.set(id, tile);
    return tile;
  }

  /** @param {Item} item @param {number} index */
  showItem(item, index) {
    const most = this.model.get("most");
    const tile = this.tile(item.id);
    const about = this.lines.filter((line) => line.about === item.id);
    tile.arrive();
    tile.show(item, {
      place: index + 1,
      n: this.items.length,
      url: this.thumbnails.urls.get(item.picture ?? "") ?? "",
      sayings: about.map(({ key }) => key),
      wrong: (most > 0 && index >= most) || about.some(({ bad }) => bad),
      chosen: this.chosen === item.id,
      row: this.row.el.id,
      stop: this.stop === item.id,
      mask: this.mask,
      can_mask: this.model.get("can_mask"),
    });
  }

  showRow() {
    const index = this.items.findIndex(({ id }) => id === this.chosen);
    const inside = this.row.el.contains(document.activeElement);
    const { model } = this;
    this.row.show(this.items[index], index + 1, this.items.length, this.mask, model.get("can_mask"));
    const lost = inside && !(/** @type {HTMLElement} */ (document.activeElement)?.offsetParent);
    if (lost) (this.tiles.get(this.chosen)?.open ?? this.choose).focus();
  }

  /** What is wrong, what came of files, and what became of pictures: a line each. */
  showProblems() {
    const { model } = this;
    const problems = model.get("problems").map((/** @type {any} */ { id, field, text }) => ({ id: "", about: id, field, text, bad: true }));
    const notes = [...model.get("notes"), ...this.notes].map((note) => ({ ...note, about: "", field: "" }));
    const became = this.items.flatMap(({ id, notes: said = [] }) =>
      said.map((text) => ({ id: "", about: id, field: "", text, bad: false })));
    const all = [...problems, ...notes, ...became];
    const written = JSON.stringify([all, model.get("language")]);
    if (this.written === written) return;
    this.written = written;
    const inside = this.sayings.contains(document.activeElement);
    this.lines = all.map((line) => ({ ...line, key: unique("saying") }));
    this.sayings.replaceChildren(...this.lines.map((line) => this.line(line)));
    this.sayings.hidden = !all.length;
    if (inside) this.choose.focus();
    const said = [...problems, ...notes].map(({ text }) => text).join(" ");
    if (said && said !== this.said) this.announce(said);
    this.said = said;
  }

  /** @param {{id: string, field: string, text: string, bad: boolean, key: string}} line */
  line({ id, field, text, bad, key }) {
    const said = make("span", "", { id: key });
    said.textContent = text;
    const item = make("li", bad ? "apw-bad" : "", {}, [said]);
    if (field === "mask_url") item.append(this.link("references_remove_mask", () => this.unmask()));
    if (id) item.append(this.link("references_dismiss", () => this.dismiss(id)));
    return item;
  }

  /** @param {string} word @param {() => void} act */
  link(word, act) {
    const control = button("apw-link");
    control.textContent = this.say(word);
    control.addEventListener("click", act);
    return control;
  }

  /** @param {string} id */
  dismiss(id) {
    this.notes = this.notes.filter((note) => note.id !== id);
    if (this.model.get("notes").some((/** @type {Note} */ note) => note.id === id)) this.send({ kind: "dismiss", id });
    this.render();
  }

  /** Have a screen reader say this, after what else is to be said of the same change. @param {string} text */
  announce(text) {
    if (!text) return;
    if (!this.saying.length) queueMicrotask(() => (this.live.textContent = this.saying.splice(0).join(" ")));
    this.saying.push(text);
  }

  close() {
    clearTimeout(this.again);
    this.size?.disconnect();
    this.leave();
    this.sender.close();
    this.thumbnails.close();
  }
}

export default {
  /** @param {{model: any, el: HTMLElement}} context */
  render({ model, el }) {
    const strip = new ReferenceStrip(model, el);
    return () => strip.close();
  },
};
