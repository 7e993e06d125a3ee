// @ts-check
/**
 * The mask editor: paint what may change in a picture, with pointer, pen, fingers or keys.
 *
 * Down, as traits: `picture` ({id, width, height}: the exact size of picture and mask), `words`, `language`.
 * Down, as messages: {kind: "mask", id, page, kept: {page: number}} with the mask (none: nothing is marked), `page`
 * being who painted it, "" for code, and `kept` the last mask taken of every page; {kind: "picture", id} with the picture for
 * display, which may be smaller, always after its mask: from then on one may paint; {kind: "refused", page, number}.
 * Up, as messages: {kind: "hello", page}, answered with picture and mask; {kind: "mask", page, number, id, part, parts}
 * with a piece of the mask, 1 MB at most.
 *
 * A mask travels as PackBits of its rows, eight pixels a byte, the first in the highest bit, 1 where the picture may
 * change. On the page it is those bits too: a stroke changes bytes in place, undo keeps the tiles it changed, and only
 * the part of the overlay that changed is drawn.
 *
 * Words used, all beginning `panel.` in words.py: mask_*.
 *
 * @typedef {{x: number, y: number}} Point  in pixels of the picture unless said otherwise
 * @typedef {{x0: number, y0: number, x1: number, y1: number}} Rect  whole pixels, x1 and y1 outside
 * @typedef {{scale: number, x: number, y: number}} Look  a pixel's size on the screen, and where the picture begins
 * @typedef {{width: number, height: number}} Size
 * @typedef {{tiles: Map<number, Uint8Array | number>, bytes: number, rect: Rect}} Step
 * @typedef {{radius: number, period: number, colours: Uint32Array}} Ink
 * @typedef {"brush" | "eraser" | "rectangle"} Tool
 */

const TILE = 128; // pixels a side of what undo keeps: 2 KB
const STEPS = 50;
const MEMORY = 64 * 2 ** 20;
const CHUNK = 2 ** 20;
const PAUSE = 200; // ms after a stroke before it is sent: the next may follow at once
const PATIENCE = 1500; // ms after which an unanswered message is sent again
const LONGEST_PAUSE = 30_000;
const DEEPEST = 16; // screen pixels a pixel of the picture
const SAMPLES = 2; // a side of a screen pixel, where the picture is shown smaller than it is

// ---- pure: the mask

/** How many bits of a byte are set. */
const ONES = Uint8Array.from({ length: 256 }, (_, byte) => [...byte.toString(2)].filter((bit) => bit === "1").length);

/** A mask: one bit a pixel, rows of whole bytes, the bits behind a row's end never set. */
export class Bits {
  /** @param {number} width @param {number} height @param {Uint8Array} [bytes] */
  constructor(width, height, bytes) {
    this.width = width;
    this.height = height;
    this.stride = (width + 7) >> 3;
    this.bytes = bytes ?? new Uint8Array(this.stride * height);
    this.lastByte = (0xff << (this.stride * 8 - width)) & 0xff;
  }

  /** @type {Rect} */
  get rect() {
    return { x0: 0, y0: 0, x1: this.width, y1: this.height };
  }

  /** @param {number} x @param {number} y */
  get(x, y) {
    return (this.bytes[y * this.stride + (x >> 3)] >> (7 - (x & 7))) & 1;
  }

  /** How many pixels are marked. */
  count() {
    const { bytes } = this;
    let count = 0;
    for (let at = 0; at < bytes.length; at++) count += ONES[bytes[at]];
    return count;
  }

  /** Mark, or unmark, the pixels from x0 to before x1 of a row.
   * @param {number} y @param {number} x0 @param {number} x1 @param {boolean} on */
  fillSpan(y, x0, x1, on) {
    const [from, to] = [Math.max(0, x0), Math.min(this.width, x1) - 1];
    if (y < 0 || y >= this.height || from > to) return;
    const [first, last] = [y * this.stride + (from >> 3), y * this.stride + (to >> 3)];
    const [head, tail] = [0xff >> (from & 7), (0xff << (7 - (to & 7))) & 0xff];
    if (first === last) return this.fillByte(first, head & tail, on);
    this.fillByte(first, head, on);
    this.bytes.fill(on ? 0xff : 0, first + 1, last);
    this.fillByte(last, tail, on);
  }

  /** @param {number} at @param {number} bits @param {boolean} on */
  fillByte(at, bits, on) {
    if (on) this.bytes[at] |= bits;
    else this.bytes[at] &= ~bits;
  }

  /** @param {Rect} rect @param {boolean} on */
  fillRect({ x0, y0, x1, y1 }, on) {
    for (let y = y0; y < y1; y++) this.fillSpan(y, x0, x1, on);
  }

  /** A stroke of a round brush from a to b: every pixel whose middle lies under it, and the one under the tip.
   * @param {Point} a @param {Point} b @param {number} radius @param {boolean} on */
  fillStroke(a, b, radius, on) {
    const { y0, y1 } = strokeRect(a, b, radius, this);
    for (let y = y0; y < y1; y++) {
      const span = strokeSpan(a, b, radius, y + 0.5);
      if (span) this.fillSpan(y, Math.ceil(span[0] - 0.5), Math.floor(span[1] - 0.5) + 1, on);
    }
    this.fillSpan(Math.floor(b.y), Math.floor(b.x), Math.floor(b.x) + 1, on);
  }

  invert() {
    const { bytes, stride } = this;
    for (let at = 0; at < bytes.length; at++) bytes[at] ^= 0xff;
    for (let at = stride - 1; at < bytes.length; at += stride) bytes[at] &= this.lastByte;
  }
}

/** What a round brush covers on its way from a to b, of the line at height y: [from, to], or null.
 * @param {Point} a @param {Point} b @param {number} radius @param {number} y @returns {[number, number] | null} */
export function strokeSpan(a, b, radius, y) {
  let [from, to] = [Infinity, -Infinity];
  const take = (/** @type {number} */ x, half = 0) => {
    from = Math.min(from, x - half);
    to = Math.max(to, x + half);
  };
  for (const end of [a, b]) {
    const off = y - end.y;
    if (Math.abs(off) <= radius) take(end.x, Math.sqrt(radius * radius - off * off));
  }
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  if (length) {
    // The band between the two circles, by its four edges; what it covers of a line is what lies between two of them.
    const [nx, ny] = [((a.y - b.y) / length) * radius, ((b.x - a.x) / length) * radius];
    const corners = [[a.x + nx, a.y + ny], [b.x + nx, b.y + ny], [b.x - nx, b.y - ny], [a.x - nx, a.y - ny]];
    corners.forEach(([px, py], i) => {
      const [qx, qy] = corners[(i + 1) % 4];
      if (py !== qy && Math.min(py, qy) <= y && y <= Math.max(py, qy)) take(px + ((y - py) / (qy - py)) * (qx - px));
    });
  }
  return from <= to ? [from, to] : null;
}

/** The pixels a stroke may touch.
 * @param {Point} a @param {Point} b @param {number} radius @param {Size} size @returns {Rect} */
export function strokeRect(a, b, radius, size) {
  return clipRect({
    x0: Math.floor(Math.min(a.x, b.x) - radius),
    y0: Math.floor(Math.min(a.y, b.y) - radius),
    x1: Math.floor(Math.max(a.x, b.x) + radius) + 1,
    y1: Math.floor(Math.max(a.y, b.y) + radius) + 1,
  }, size);
}

/** @param {Rect} rect @param {Size} size @returns {Rect} */
export const clipRect = ({ x0, y0, x1, y1 }, { width, height }) =>
  ({ x0: Math.max(0, x0), y0: Math.max(0, y0), x1: Math.min(width, x1), y1: Math.min(height, y1) });

/** @param {Rect | null} one @param {Rect | null} two @returns {Rect | null} */
export function joinRects(one, two) {
  if (!one || !two) return one ?? two;
  return {
    x0: Math.min(one.x0, two.x0),
    y0: Math.min(one.y0, two.y0),
    x1: Math.max(one.x1, two.x1),
    y1: Math.max(one.y1, two.y1),
  };
}

/** The pixels of a rectangle drawn from corner to corner, each of which lies in it.
 * @param {Point} a @param {Point} b @param {Size} size @returns {Rect} */
export const cornersRect = (a, b, size) => clipRect({
  x0: Math.floor(Math.min(a.x, b.x)),
  y0: Math.floor(Math.min(a.y, b.y)),
  x1: Math.floor(Math.max(a.x, b.x)) + 1,
  y1: Math.floor(Math.max(a.y, b.y)) + 1,
}, size);

// ---- pure: on the wire

/** The mask as PackBits: a byte n under 128 and n + 1 bytes as they are, or a byte 257 - n and one that stands n times.
 * @param {Bits} bits @returns {Uint8Array} */
export function pack({ bytes, stride, height }) {
  const out = new Uint8Array(height * (stride + Math.ceil(stride / 128)));
  let length = 0;
  for (let row = 0; row < bytes.length; row += stride) length = packRow(bytes, row, row + stride, out, length);
  return out.slice(0, length);
}

/** @param {Uint8Array} bytes @param {number} start @param {number} end @param {Uint8Array} out @param {number} length */
function packRow(bytes, start, end, out, length) {
  for (let at = start; at < end; ) {
    const run = runAt(bytes, at, end);
    if (run > 1) {
      out[length++] = 257 - run;
      out[length++] = bytes[at];
      at += run;
      continue;
    }
    let to = at + 1;
    while (to < end && to - at < 128 && runAt(bytes, to, end) < 3) to++;
    out[length++] = to - at - 1;
    out.set(bytes.subarray(at, to), length);
    length += to - at;
    at = to;
  }
  return length;
}

/** How often the byte stands in a row. @param {Uint8Array} bytes @param {number} at @param {number} end
 * @param {number} [most] */
function runAt(bytes, at, end, most = 128) {
  const last = Math.min(end, at + most);
  let to = at + 1;
  while (to < last && bytes[to] === bytes[at]) to++;
  return to - at;
}

/** The mask that `pack` was given; no bytes at all are a mask with nothing marked.
 * @param {Uint8Array} packed @param {Size} size */
export function unpack(packed, { width, height }) {
  const bits = new Bits(width, height);
  let length = 0;
  for (let at = 0; at < packed.length; ) {
    const head = packed[at++];
    if (head < 128) {
      bits.bytes.set(packed.subarray(at, at + head + 1), length);
      at += head + 1;
      length += head + 1;
    } else if (head > 128) {
      bits.bytes.fill(packed[at++], length, length + 257 - head);
      length += 257 - head;
    }
  }
  return bits;
}

/** @param {Uint8Array} bytes @param {number} [most] bytes a piece @returns {Uint8Array[]} at least one */
export function pieces(bytes, most = CHUNK) {
  const count = Math.max(1, Math.ceil(bytes.length / most));
  return Array.from({ length: count }, (_, i) => bytes.slice(i * most, (i + 1) * most));
}

// ---- pure: undo

/** Where a tile's bytes lie: its rows, and its first byte and the one behind its last in a row.
 * @param {Bits} bits @param {number} tile */
function placeOf(bits, tile) {
  const across = Math.ceil(bits.width / TILE);
  const [column, row] = [tile % across, Math.floor(tile / across)];
  const [y0, x0] = [row * TILE, (column * TILE) >> 3];
  return { x0, y0, x1: Math.min(bits.stride, x0 + (TILE >> 3)), y1: Math.min(bits.height, y0 + TILE) };
}

/** A tile's bytes; one number where they are all the same. @param {Bits} bits @param {number} tile */
function takeTile(bits, tile) {
  const { x0, y0, x1, y1 } = placeOf(bits, tile);
  const taken = new Uint8Array((x1 - x0) * (y1 - y0));
  for (let y = y0; y < y1; y++) {
    taken.set(bits.bytes.subarray(y * bits.stride + x0, y * bits.stride + x1), (y - y0) * (x1 - x0));
  }
  return runAt(taken, 0, taken.length, taken.length) === taken.length ? taken[0] : taken;
}

/** @param {Bits} bits @param {number} tile @param {Uint8Array | number} taken */
function putTile(bits, tile, taken) {
  const { x0, y0, x1, y1 } = placeOf(bits, tile);
  for (let y = y0; y < y1; y++) {
    const [from, to] = [y * bits.stride + x0, y * bits.stride + x1];
    if (typeof taken === "number") bits.bytes.fill(taken, from, to);
    else bits.bytes.set(taken.subarray((y - y0) * (x1 - x0), (y - y0 + 1) * (x1 - x0)), from);
  }
}

/** @param {Uint8Array | number} one @param {Uint8Array | number} two */
function sameTile(one, two) {
  if (typeof one === "number" || typeof two === "number") return one === two;
  for (let i = 0; i < one.length; i++) if (one[i] !== two[i]) return false;
  return true;
}

/** Bytes that the tiles of a step take, about, a map's own among them. @param {Step["tiles"]} tiles */
const weigh = (tiles) =>
  [...tiles.values()].map((tile) => 64 + (typeof tile === "number" ? 0 : tile.length)).reduce((a, b) => a + b, 0);

/** Keeps the tiles of a mask before they are changed. */
export class Recorder {
  /** @param {Bits} bits */
  constructor(bits) {
    this.bits = bits;
    this.tiles = /** @type {Step["tiles"]} */ (new Map());
    this.rect = /** @type {Rect | null} */ (null);
  }

  /** To be called before the pixels of `rect` change. @param {Rect} rect */
  touch(rect) {
    if (rect.x0 >= rect.x1 || rect.y0 >= rect.y1) return;
    this.rect = joinRects(this.rect, rect);
    const across = Math.ceil(this.bits.width / TILE);
    for (let row = Math.floor(rect.y0 / TILE); row * TILE < rect.y1; row++) {
      for (let column = Math.floor(rect.x0 / TILE); column * TILE < rect.x1; column++) {
        const tile = row * across + column;
        if (!this.tiles.has(tile)) this.tiles.set(tile, takeTile(this.bits, tile));
      }
    }
  }

  /** What has changed, or null. @returns {Step | null} */
  step() {
    for (const [tile, before] of this.tiles) {
      if (sameTile(before, takeTile(this.bits, tile))) this.tiles.delete(tile);
    }
    return this.tiles.size && this.rect ? { tiles: this.tiles, bytes: weigh(this.tiles), rect: this.rect } : null;
  }
}

/** The last steps, either way. */
export class History {
  /** @param {number} [steps] @param {number} [memory] bytes, above which the oldest steps are let go */
  constructor(steps = STEPS, memory = MEMORY) {
    this.steps = steps;
    this.memory = memory;
    this.past = /** @type {Step[]} */ ([]);
    this.future = /** @type {Step[]} */ ([]);
  }

  get bytes() {
    return [...this.past, ...this.future].reduce((sum, step) => sum + step.bytes, 0);
  }

  /** @param {Step} step */
  push(step) {
    this.future = [];
    this.past.push(step);
    while (this.past.length > this.steps || this.bytes > this.memory) this.past.shift();
  }

  /** @param {Bits} bits @returns {Rect | null} what has changed */
  undo(bits) {
    return this.move(bits, this.past, this.future);
  }

  /** @param {Bits} bits @returns {Rect | null} what has changed */
  redo(bits) {
    return this.move(bits, this.future, this.past);
  }

  /** A step holds the other side of what it changed: taking it back or doing it again is the same exchange.
   * @param {Bits} bits @param {Step[]} from @param {Step[]} to */
  move(bits, from, to) {
    const step = from.pop();
    if (!step) return null;
    for (const [tile, saved] of step.tiles) {
      step.tiles.set(tile, takeTile(bits, tile));
      putTile(bits, tile, saved);
    }
    step.bytes = weigh(step.tiles);
    to.push(step);
    return step.rect;
  }
}

// ---- pure: geometry

/** The whole picture in the middle of a box. @param {Size} picture @param {Size} box @returns {Look} */
export function fitLook(picture, box) {
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  return { scale, x: (box.width - picture.width * scale) / 2, y: (box.height - picture.height * scale) / 2 };
}

/** The nearest look that shows no more emptiness than needed. @param {Look} look @param {Size} picture @param {Size} box
 * @returns {Look} */
export function clampLook({ scale, x, y }, picture, box) {
  const axis = (/** @type {number} */ at, /** @type {number} */ length, /** @type {number} */ room) =>
    length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, at));
  return { scale, x: axis(x, picture.width * scale, box.width), y: axis(y, picture.height * scale, box.height) };
}

/** Zoom by a factor, keeping what lies at a point of the box where it is.
 * @param {Look} look @param {number} factor @param {Point} at @param {Size} picture @param {Size} box @returns {Look} */
export function zoomLook(look, factor, at, picture, box) {
  const least = fitLook(picture, box).scale;
  const scale = Math.min(Math.max(DEEPEST, 2 * least), Math.max(least, look.scale * factor));
  const by = scale / look.scale;
  return clampLook({ scale, x: at.x - (at.x - look.x) * by, y: at.y - (at.y - look.y) * by }, picture, box);
}

/** From the box to the picture. @param {Look} look @param {Point} at @returns {Point} */
export const toPicture = (look, at) => ({ x: (at.x - look.x) / look.scale, y: (at.y - look.y) / look.scale });

/** From the picture to the box. @param {Look} look @param {Point} at @returns {Point} */
export const toBox = (look, at) => ({ x: look.x + at.x * look.scale, y: look.y + at.y * look.scale });

/** The widest brush for a picture. @param {Size} size */
export const widest = ({ width, height }) => Math.max(1, Math.round(Math.min(width, height) / 2));

/** A brush's diameter from the slider's place, 0 to 100: small sizes lie as far apart as large ones.
 * @param {number} place @param {number} most */
export const sizeAt = (place, most) => Math.max(1, Math.round(most ** (place / 100)));

/** @param {number} size @param {number} most */
export const placeAt = (size, most) => (most > 1 ? Math.round((100 * Math.log(size)) / Math.log(most)) : 100);

/** The next brush size up or down. @param {number} size @param {number} direction @param {number} most */
export const nextSize = (size, direction, most) =>
  Math.min(most, Math.max(1, size + direction * Math.max(1, Math.round(size / 8))));

/** Which sentence says how much may change, with its number. @param {number} marked @param {number} all
 * @returns {[string, number]} */
export function shareText(marked, all) {
  const percent = Math.round((100 * marked) / all);
  if (marked === 0) return ["mask_nothing", 0];
  if (marked === all) return ["mask_all", 100];
  return percent < 1 ? ["mask_little", 1] : ["mask_share", Math.min(99, percent)];
}

// ---- pure: how it looks

/** One colour over another, each [red, green, blue, alpha 0 to 1].
 * @param {number[]} top @param {number[]} under @returns {number[]} */
function over(top, under) {
  const alpha = top[3] + under[3] * (1 - top[3]);
  if (!alpha) return [0, 0, 0, 0];
  const mixed = [0, 1, 2].map((i) => (top[i] * top[3] + under[i] * under[3] * (1 - top[3])) / alpha);
  return [...mixed, alpha];
}

/** @param {number} value @param {number} from @param {number} to  where it is 0 and where 1 */
const ramp = (value, from, to) => Math.min(1, Math.max(0, (value - from) / (to - from)));

/**
 * The colours of the overlay, by how many of a pixel's neighbours are marked and where it lies across the stripes.
 * Around the marked region runs a white line with a dark one at its outside, so that it shows on any picture.
 * @param {number} opacity 0 to 1, of tint and stripes; the line stays @param {number} ratio screen pixels a CSS pixel
 * @returns {Ink}
 */
export function inkOf(opacity, ratio) {
  const [radius, period] = [Math.round(1 + ratio), Math.round(14 * ratio)];
  const most = (SAMPLES * (2 * radius + 1)) ** 2;
  const colours = new Uint32Array((most + 1) * period);
  const bytes = new Uint8ClampedArray(colours.buffer);
  for (let count = 0; count <= most; count++) {
    const share = count / most;
    const inside = ramp(share, 0.35, 0.65);
    const dark = [0, 0, 0, 0.5 * ramp(share, 0, 0.12) * (1 - inside)];
    const light = [255, 255, 255, ramp(share, 0.1, 0.3) * (1 - ramp(share, 0.78, 0.98))];
    for (let phase = 0; phase < period; phase++) {
      const stripe = 1 - ramp(Math.abs(phase - period / 2), 0.4 * ratio, 0.4 * ratio + 1);
      const tint = [226, 32, 92, 0.62 * opacity * inside];
      const striped = over([255, 255, 255, 0.85 * opacity * stripe * inside], tint);
      const [red, green, blue, alpha] = over(light, over(dark, striped));
      bytes.set([red, green, blue, alpha * 255], 4 * (count * period + phase));
    }
  }
  return { radius, period, colours };
}

/**
 * A part of the overlay. Every pixel of the screen looks at a pixel of the mask, or at four; its neighbours smooth the
 * edge, and are counted with running sums, so that a pixel costs the same however many there are.
 * @param {Bits} bits @param {Look} look in pixels of the screen @param {Rect} part of the screen @param {Ink} ink
 * @returns {Uint8ClampedArray} red, green, blue, alpha
 */
export function shade(bits, look, part, { radius, period, colours }) {
  const samples = look.scale < 1 ? SAMPLES : 1;
  const [width, height, side] = [part.x1 - part.x0, part.y1 - part.y0, 2 * radius + 1];
  const columns = lookUp(part.x0 - radius, width + 2 * radius, samples, look.x, look.scale, bits.width);
  const rows = lookUp(part.y0 - radius, height + 2 * radius, samples, look.y, look.scale, bits.height);
  const out = new Uint32Array(width * height);
  const lines = Array.from({ length: side }, () => new Uint8Array(width));
  const counts = new Uint16Array(width);
  const marks = new Uint8Array(columns.length);
  const [start, row] = [part.x0 + part.y0 - Math.round(look.x) - Math.round(look.y), period * (SAMPLES / samples) ** 2];
  for (let j = 0; j < height + 2 * radius; j++) {
    const line = lines[j % side];
    for (let i = 0; i < width; i++) counts[i] -= line[i];
    line.fill(0);
    for (let k = 0; k < samples; k++) {
      if (sample(bits, rows[j * samples + k], columns, marks)) addSums(marks, side * samples, samples, line);
    }
    for (let i = 0; i < width; i++) counts[i] += line[i];
    const y = j - 2 * radius;
    if (y < 0) continue;
    let phase = (((start + y) % period) + period) % period;
    for (let i = 0, at = y * width; i < width; i++, at++) {
      out[at] = colours[counts[i] * row + phase];
      if (++phase === period) phase = 0;
    }
  }
  return new Uint8ClampedArray(out.buffer);
}

/** For each sample on the screen the pixel of the picture under it, or -1. @param {number} from @param {number} count
 * @param {number} samples a pixel @param {number} start @param {number} scale @param {number} length */
function lookUp(from, count, samples, start, scale, length) {
  return Int32Array.from({ length: count * samples }, (_, i) => {
    const at = Math.floor((from + (i + 0.5) / samples - start) / scale);
    return at >= 0 && at < length ? at : -1;
  });
}

/** Write a row of the mask, as the screen sees it, into `marks`; whether anything in it is marked.
 * @param {Bits} bits @param {number} y @param {Int32Array} columns @param {Uint8Array} marks */
function sample({ bytes, stride }, y, columns, marks) {
  if (y < 0) return false;
  const row = y * stride;
  let any = 0;
  for (let i = 0; i < columns.length; i++) {
    const x = columns[i];
    any |= marks[i] = x < 0 ? 0 : (bytes[row + (x >> 3)] >> (7 - (x & 7))) & 1;
  }
  return any === 1;
}

/** Add to each place the sum of `side` neighbours, which begin `step` further for the next one.
 * @param {Uint8Array} marks @param {number} side @param {number} step @param {Uint8Array} line */
function addSums(marks, side, step, line) {
  let sum = 0;
  for (let i = 0; i < side; i++) sum += marks[i];
  for (let i = 0, at = 0; i < line.length; i++) {
    line[i] += sum;
    for (let k = 0; k < step; k++, at++) sum += marks[at + side] - marks[at];
  }
}

// ---- what the page knows of a mask

/** The mask of a picture with its history; every view of the editor on this page shows the same one. */
export class Board {
  /** @param {Size} size */
  constructor({ width, height }) {
    this.bits = new Bits(width, height);
    this.history = new History();
    this.recorder = /** @type {Recorder | null} */ (null);
  }

  /** Begin a step: what follows is taken back at once. */
  begin() {
    this.recorder ??= new Recorder(this.bits);
  }

  /** @param {Point} a @param {Point} b @param {number} radius @param {boolean} on @returns {Rect} */
  stroke(a, b, radius, on) {
    const rect = strokeRect(a, b, radius, this.bits);
    this.recorder?.touch(rect);
    this.bits.fillStroke(a, b, radius, on);
    return rect;
  }

  /** End the step. @returns {boolean} whether it changed anything */
  end() {
    const step = this.recorder?.step() ?? null;
    this.recorder = null;
    if (step) this.history.push(step);
    return step !== null;
  }

  /** Take back the step that has not ended. @returns {Rect | null} */
  cancel() {
    const step = this.recorder?.step() ?? null;
    this.recorder = null;
    if (!step) return null;
    for (const [tile, saved] of step.tiles) putTile(this.bits, tile, saved);
    return step.rect;
  }

  /** One step that may change everything in `rect`. @param {Rect} rect @param {(bits: Bits) => void} change */
  change(rect, change) {
    this.begin();
    this.recorder?.touch(rect);
    change(this.bits);
    return this.end();
  }
}

/** Brings masks to the kernel: a moment after a stroke, in pieces, again and again until one is kept. */
export class Post {
  /** @param {(content: object, piece?: Uint8Array) => void} send @param {() => Uint8Array} packed
   * @param {() => void} changed called when it begins or ends to be late */
  constructor(send, packed, changed) {
    this.send = send;
    this.packed = packed;
    this.changed = changed;
    this.number = 0;
    this.kept = 0;
    this.dirty = false;
    this.late = false;
    this.delay = /** @type {any} */ (null);
    this.again = /** @type {any} */ (null);
  }

  /** Whether the kernel has yet to learn something from this page. */
  get busy() {
    return this.dirty || this.number > this.kept;
  }

  /** The mask has changed. */
  note() {
    this.dirty = true;
    clearTimeout(this.delay);
    this.delay = setTimeout(() => this.flush(), PAUSE);
  }

  flush() {
    clearTimeout(this.delay);
    if (!this.dirty) return;
    this.dirty = false;
    this.number += 1;
    clearTimeout(this.again);
    this.deliver(pieces(this.packed()), PATIENCE);
  }

  /** ipykernel 7.3 can leave a message unread until the next one comes; a number is taken once, however often sent.
   * @param {Uint8Array[]} parts @param {number} pause */
  deliver(parts, pause) {
    parts.forEach((piece, part) => this.send({ number: this.number, part, parts: parts.length }, piece));
    this.again = setTimeout(() => {
      this.setLate(true);
      this.deliver(parts, Math.min(2 * pause, LONGEST_PAUSE));
    }, pause);
  }

  /** The kernel has read this page's mask of that number. @param {number} number */
  answered(number) {
    this.kept = Math.max(this.kept, number);
    if (this.number > this.kept) return;
    clearTimeout(this.again);
    this.setLate(false);
  }

  /** @param {boolean} late */
  setLate(late) {
    if (late === this.late) return;
    this.late = late;
    this.changed();
  }

  close() {
    this.flush();
    clearTimeout(this.again);
  }
}

// crypto.randomUUID is missing on plain http pages, where many hubs live
const unique = () => Array.from(crypto.getRandomValues(new Uint32Array(3)), (n) => n.toString(36)).join("");

/** One editor on this page: its picture, its mask, its views, and what goes to and comes from the kernel. */
class Editor {
  /** @param {any} model */
  constructor(model) {
    this.model = model;
    this.page = unique();
    this.views = /** @type {Set<View>} */ (new Set());
    this.url = "";
    this.say = (/** @type {string} */ key) => model.get("words")[key] ?? key;
    model.on("change:picture", () => this.reset());
    model.on("msg:custom", (/** @type {any} */ content, /** @type {DataView[]} */ buffers) =>
      this.receive(content, buffers));
    this.reset();
  }

  /** Begin with another picture. */
  reset() {
    this.post?.close();
    this.size = /** @type {Size & {id: string}} */ (this.model.get("picture"));
    this.board = new Board(this.size);
    const { id } = this.size;
    this.post = new Post(
      (content, piece) => this.send({ kind: "mask", id, ...content }, piece),
      () => pack(this.board.bits),
      () => this.tell((view) => view.showState()),
    );
    URL.revokeObjectURL(this.url);
    this.url = "";
    this.loaded = false;
    this.tell((view) => view.reset());
    if (this.views.size) this.hello();
  }

  /** Ask for picture and mask until they come. */
  hello(pause = PATIENCE) {
    clearTimeout(this.asking);
    if (this.url || !this.views.size) return;
    this.send({ kind: "hello" });
    this.asking = setTimeout(() => this.hello(Math.min(2 * pause, LONGEST_PAUSE)), pause);
  }

  /** @param {object} content @param {Uint8Array} [piece] */
  send(content, piece) {
    this.model.send({ ...content, page: this.page }, undefined, piece ? [piece] : []);
  }

  /** @param {any} content @param {DataView[]} buffers */
  receive(content, buffers) {
    if (content.kind === "refused" && content.page === this.page) {
      this.post.answered(content.number);
      this.tell((view) => view.announce(this.say("mask_refused")));
    }
    if (content.kind === "focus") this.tell((view) => view.focus());
    if (content.id !== this.size.id) return;
    if (content.kind === "picture" && !this.url) {
      this.url = URL.createObjectURL(new Blob([/** @type {any} */ (buffers[0])]));
      this.tell((view) => view.showPicture());
    }
    if (content.kind === "mask") this.receiveMask(content, buffers[0]);
  }

  /** @param {any} content @param {DataView | undefined} buffer */
  receiveMask(content, buffer) {
    this.post.answered(content.kept[this.page] ?? 0);
    // What is still on its way from here is the later word; and what comes from here is here already.
    if (content.page === this.page || this.post.busy || this.board.recorder) return;
    const packed = buffer ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength) : new Uint8Array();
    const { bytes } = unpack(packed, this.size);
    const { bits } = this.board;
    // What the kernel had from the start is nothing to take back.
    if (!this.loaded) bits.bytes.set(bytes);
    else if (!this.board.change(bits.rect, () => bits.bytes.set(bytes))) return;
    this.loaded = true;
    this.show(bits.rect);
  }

  /** The user has begun, or gone on with, a change. @param {Rect | null} rect */
  draw(rect) {
    if (rect) this.tell((view) => view.stage.draw(rect));
  }

  /** The user has finished a change. @param {Rect | null} rect */
  done(rect) {
    if (!rect) return;
    this.show(rect);
    this.post.note();
  }

  /** @param {Rect} rect */
  show(rect) {
    this.draw(rect);
    this.tell((view) => view.showState());
  }

  /** @param {(view: View) => void} what */
  tell(what) {
    for (const view of this.views) what(view);
  }

  close() {
    clearTimeout(this.asking);
    this.post.close();
    URL.revokeObjectURL(this.url);
  }
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

/** @param {string} text @param {() => void} onclick @param {Record<string, any>} [props] */
const button = (text, onclick, props = {}) =>
  h("button", { type: "button", class: "apw-button", text, onclick, ...props });

/** @param {Node} node @param {string} text */
const setText = (node, text) => void (node.textContent !== text && (node.textContent = text));

/** @type {(template: string, values: Record<string, unknown>) => string} `{n}` becomes the value of n. */
export const fill = (template, values) =>
  template.replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));

// ---- the picture under the brush

/** The picture, what is marked of it, and everything a hand does there. */
class Stage {
  /** @param {View} view */
  constructor(view) {
    this.view = view;
    this.editor = view.editor;
    this.look = /** @type {Look} */ ({ scale: 1, x: 0, y: 0 });
    this.at = /** @type {Point} */ ({ x: 0, y: 0 });
    this.corner = /** @type {Point | null} */ (null);
    this.gesture = /** @type {"paint" | "rectangle" | "pan" | "pinch" | null} */ (null);
    this.pointers = /** @type {Map<number, Point>} */ (new Map());
    this.spaced = false;
    this.dirty = /** @type {Rect | null} */ (null);
    this.picture = h("img", { class: "apw-mask-picture", alt: "", draggable: "false" });
    this.overlay = h("canvas", { class: "apw-mask-overlay" });
    this.ring = h("div", { class: "apw-mask-ring" });
    this.frame = h("div", { class: "apw-mask-frame", hidden: true });
    this.loading = h("div", { class: "apw-mask-loading" });
    this.el = h("div", { class: "apw-mask-stage", role: "application", tabindex: "0" },
      this.picture, this.overlay, this.frame, this.ring, this.loading);
    this.context = this.overlay.getContext("2d");
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.el);
    this.listen();
  }

  get size() {
    return this.editor.size;
  }

  get box() {
    return { width: this.el.clientWidth || 1, height: this.el.clientHeight || 1 };
  }

  /** Screen pixels a CSS pixel; more than two would only cost time. */
  get ratio() {
    return Math.min(2, window.devicePixelRatio || 1);
  }

  get zoomed() {
    return this.look.scale > fitLook(this.size, this.box).scale * 1.001;
  }

  reset() {
    this.cancel();
    this.fitted = true;
    this.at = { x: this.size.width / 2, y: this.size.height / 2 };
    this.el.style.setProperty("--apw-mask-shape", `${this.size.width} / ${this.size.height}`);
    this.picture.style.width = `${this.size.width}px`;
    this.picture.style.height = `${this.size.height}px`;
    this.resize();
  }

  resize() {
    const { width, height } = this.box;
    this.overlay.width = Math.round(width * this.ratio);
    this.overlay.height = Math.round(height * this.ratio);
    this.set(this.fitted ? fitLook(this.size, this.box) : clampLook(this.look, this.size, this.box));
  }

  /** @param {Look} look */
  set(look) {
    const snap = (/** @type {number} */ at) => Math.round(at * this.ratio) / this.ratio;
    this.look = { scale: look.scale, x: snap(look.x), y: snap(look.y) };
    this.fitted = !this.zoomed;
    this.picture.style.transform = `translate(${this.look.x}px, ${this.look.y}px) scale(${this.look.scale})`;
    this.picture.classList.toggle("apw-mask-pixels", this.look.scale * this.ratio >= 4);
    this.draw(this.editor.board.bits.rect);
    this.point();
    this.view.showZoom();
  }

  /** @param {number} factor @param {Point} [at] */
  zoom(factor, at) {
    const { width, height } = this.box;
    this.set(zoomLook(this.look, factor, at ?? { x: width / 2, y: height / 2 }, this.size, this.box));
  }

  fit() {
    this.set(fitLook(this.size, this.box));
  }

  /** @param {number} dx @param {number} dy @returns {boolean} whether there was anything to move */
  pan(dx, dy) {
    const before = this.look;
    this.set(clampLook({ ...before, x: before.x + dx, y: before.y + dy }, this.size, this.box));
    return before.x !== this.look.x || before.y !== this.look.y;
  }

  // -- drawing: once a frame, what has changed since the last one

  /** @param {Rect} rect */
  draw(rect) {
    if (!this.dirty) this.request = requestAnimationFrame(() => this.paint());
    this.dirty = joinRects(this.dirty, rect);
  }

  paint() {
    const { dirty, ratio } = this;
    this.dirty = null;
    if (!dirty) return;
    const look = { scale: this.look.scale * ratio, x: this.look.x * ratio, y: this.look.y * ratio };
    const room = { width: this.overlay.width, height: this.overlay.height };
    const onScreen = (/** @type {Rect} */ rect, /** @type {number} */ margin) => clipRect({
      x0: Math.floor(look.x + rect.x0 * look.scale) - margin,
      y0: Math.floor(look.y + rect.y0 * look.scale) - margin,
      x1: Math.ceil(look.x + rect.x1 * look.scale) + margin,
      y1: Math.ceil(look.y + rect.y1 * look.scale) + margin,
    }, room);
    const all = this.editor.board.bits.rect;
    if (dirty.x0 <= 0 && dirty.y0 <= 0 && dirty.x1 >= all.x1) this.context.clearRect(0, 0, room.width, room.height);
    const [part, picture] = [onScreen(dirty, this.view.ink.radius), onScreen(all, 0)];
    part.x0 = Math.max(part.x0, picture.x0);
    part.y0 = Math.max(part.y0, picture.y0);
    part.x1 = Math.min(part.x1, picture.x1);
    part.y1 = Math.min(part.y1, picture.y1);
    if (part.x0 >= part.x1 || part.y0 >= part.y1) return;
    const pixels = shade(this.editor.board.bits, look, part, this.view.ink);
    this.context.putImageData(new ImageData(/** @type {any} */ (pixels), part.x1 - part.x0), part.x0, part.y0);
  }

  /** Show the brush, or the rectangle that is being drawn, where it is. */
  point() {
    const { tool, size } = this.view;
    const { x, y } = toBox(this.look, this.at);
    const width = tool === "rectangle" ? 0 : size * this.look.scale;
    this.ring.style.width = this.ring.style.height = `${width}px`;
    this.ring.style.transform = `translate(${x}px, ${y}px) translate(-50%, -50%)`;
    this.ring.dataset.tool = width < 8 ? "point" : tool;
    this.el.dataset.tool = this.ring.dataset.tool;
    this.frame.hidden = !this.corner;
    if (!this.corner) return;
    const rect = cornersRect(this.corner, this.at, this.size);
    const from = toBox(this.look, { x: rect.x0, y: rect.y0 });
    this.frame.style.transform = `translate(${from.x}px, ${from.y}px)`;
    this.frame.style.width = `${(rect.x1 - rect.x0) * this.look.scale}px`;
    this.frame.style.height = `${(rect.y1 - rect.y0) * this.look.scale}px`;
  }

  // -- a stroke or a rectangle, by whatever hand

  /** @param {Point} at @param {boolean} [erase] the other end of a pen */
  start(at, erase = false) {
    if (!this.editor.url) return;
    this.at = at;
    if (this.view.tool === "rectangle" && !erase) {
      this.gesture = "rectangle";
      this.corner = at;
      return this.point();
    }
    this.gesture = "paint";
    this.marks = this.view.tool === "brush" && !erase;
    this.touched = /** @type {Rect | null} */ (null);
    this.editor.board.begin();
    this.extend(at);
  }

  /** @param {Point} to */
  extend(to) {
    const from = this.at;
    this.at = to;
    if (this.gesture !== "paint") return;
    const rect = this.editor.board.stroke(from, to, this.view.size / 2, this.marks === true);
    this.touched = joinRects(this.touched ?? null, rect);
    this.editor.draw(rect);
  }

  /** End what was begun. */
  finish() {
    const { gesture, corner } = this;
    const { board } = this.editor;
    this.gesture = this.corner = null;
    if (gesture === "paint") this.editor.done(board.end() ? this.touched ?? null : null);
    if (gesture === "rectangle" && corner) {
      const rect = cornersRect(corner, this.at, this.size);
      this.editor.done(board.change(rect, (bits) => bits.fillRect(rect, true)) ? rect : null);
    }
    this.point();
  }

  /** Take back what was begun. */
  cancel() {
    const { gesture } = this;
    this.gesture = this.corner = null;
    if (gesture === "paint") this.editor.draw(this.editor.board.cancel());
    this.point();
  }

  // -- pointers

  /** @param {MouseEvent} event @returns {Point} in the box */
  within(event) {
    const box = this.el.getBoundingClientRect();
    return { x: event.clientX - box.left - this.el.clientLeft, y: event.clientY - box.top - this.el.clientTop };
  }

  listen() {
    const { el } = this;
    const on = (/** @type {string} */ name, /** @type {(event: any) => void} */ what) => el.addEventListener(name, what);
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.release(event, () => this.finish()));
    on("pointercancel", (event) => this.release(event, () => this.cancel()));
    on("pointerenter", () => el.classList.add("apw-mask-hovered"));
    on("pointerleave", () => el.classList.remove("apw-mask-hovered"));
    on("mousedown", (event) => event.button === 1 && event.preventDefault()); // no scrolling by itself
    el.addEventListener("wheel", (/** @type {WheelEvent} */ event) => this.wheel(event), { passive: false });
    on("focus", () => this.byKeys(el.matches(":focus-visible")));
    on("blur", () => this.letGo());
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (![0, 1, 5].includes(event.button)) return; // left, middle, the other end of a pen
    this.el.focus({ preventScroll: true });
    this.byKeys(false);
    this.pointers.set(event.pointerId, this.within(event));
    this.el.setPointerCapture(event.pointerId);
    if (this.pointers.size > 1) {
      // The second finger means that the first one was not to paint.
      this.cancel();
      this.gesture = "pinch";
    } else if (event.button === 1 || this.spaced) {
      this.gesture = "pan";
      this.el.classList.add("apw-mask-panning");
    } else {
      this.cancel(); // a rectangle begun by keys
      this.start(toPicture(this.look, this.within(event)), event.button === 5);
    }
  }

  /** @param {PointerEvent} event */
  move(event) {
    const before = this.pointers.get(event.pointerId);
    const now = this.within(event);
    if (before) this.pointers.set(event.pointerId, now);
    if (before && (this.gesture === "pan" || this.gesture === "pinch")) return this.drag(event.pointerId, before, now);
    if (!before && this.gesture) return; // a rectangle or a stroke by keys goes on
    // A page that moves under a resting pointer is no reason to take the brush from the keys.
    if (!before && this.keyed && !event.movementX && !event.movementY) return;
    this.byKeys(false);
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) this.extend(toPicture(this.look, this.within(each)));
    this.point();
  }

  /** @param {number} id @param {Point} before @param {Point} now */
  drag(id, before, now) {
    const other = [...this.pointers].find(([each]) => each !== id)?.[1];
    // Of two fingers each moves the middle between them half as far.
    const share = other ? 0.5 : 1;
    this.pan((now.x - before.x) * share, (now.y - before.y) * share);
    if (!other) return;
    const spread = (/** @type {Point} */ at) => Math.hypot(at.x - other.x, at.y - other.y) || 1;
    this.zoom(spread(now) / spread(before), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
  }

  /** @param {PointerEvent} event @param {() => void} then */
  release(event, then) {
    if (!this.pointers.delete(event.pointerId) || this.pointers.size) return;
    this.el.classList.remove("apw-mask-panning");
    const tapped = this.corner && this.corner.x === this.at.x && this.corner.y === this.at.y;
    if (tapped) this.cancel();
    else then();
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    const step = event.deltaMode === 1 ? 16 : 1;
    if (event.ctrlKey || event.metaKey) {
      this.zoom(Math.exp(-event.deltaY * step * 0.004), this.within(event));
      event.preventDefault();
    } else if (this.zoomed && this.pan(-event.deltaX * step, -event.deltaY * step)) {
      event.preventDefault(); // at the picture's edge the page goes on scrolling
    }
  }

  // -- keys

  /** Whether the brush is moved by keys, and so shown without a pointer. @param {boolean} on */
  byKeys(on) {
    this.el.classList.toggle("apw-mask-keys", on);
  }

  get keyed() {
    return this.el.classList.contains("apw-mask-keys");
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether it meant something here */
  key(event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way) this.step(way, event.shiftKey ? 5 : 1);
    else if (event.key === "Escape" && this.gesture) this.cancel();
    else if (event.key === " " && !this.keyed) this.space(true);
    else if (event.key === "Enter" || event.key === " ") {
      if (!event.repeat) this.pressKey();
    } else return false;
    return true;
  }

  /** @param {number[]} way @param {number} times */
  step([x, y], times) {
    const { tool, size } = this.view;
    if (this.pointers.size) return;
    this.byKeys(true);
    // A brush leaves no gaps; a rectangle's corner goes as far on the screen at any zoom.
    const by = times * Math.max(1, Math.round(tool === "rectangle" ? 8 / this.look.scale : size / 4));
    const within = (/** @type {number} */ at, /** @type {number} */ end) => Math.min(end - 0.5, Math.max(0.5, at));
    this.extend({ x: within(this.at.x + x * by, this.size.width), y: within(this.at.y + y * by, this.size.height) });
    this.follow();
    this.point();
  }

  /** Keep the brush in sight. */
  follow() {
    const { x, y } = toBox(this.look, this.at);
    const { width, height } = this.box;
    const into = (/** @type {number} */ at, /** @type {number} */ end) =>
      Math.max(0, 24 - at) - Math.max(0, at - (end - 24));
    if (this.zoomed) this.pan(into(x, width), into(y, height));
  }

  /** Enter, or space: down it paints, up it ends; a rectangle begins with one press and ends with another. */
  pressKey() {
    if (this.pointers.size) return;
    this.byKeys(true);
    if (this.gesture === "rectangle") this.finish();
    else if (!this.gesture) {
      this.start(this.at);
      if (this.gesture === "rectangle") this.view.announce(this.editor.say("mask_rectangle_begun"));
    }
    this.point();
  }

  /** @param {KeyboardEvent} event */
  keyUp(event) {
    if (event.key === " ") this.space(false);
    if ((event.key === " " || event.key === "Enter") && this.gesture === "paint" && !this.pointers.size) this.finish();
  }

  /** @param {boolean} held */
  space(held) {
    this.spaced = held;
    this.el.classList.toggle("apw-mask-movable", held);
  }

  /** The focus has gone: whatever was held down is no longer. */
  letGo() {
    this.space(false);
    if (this.pointers.size) return;
    if (this.gesture === "rectangle") this.cancel();
    else this.finish();
  }

  close() {
    this.cancel();
    cancelAnimationFrame(this.request ?? 0);
    this.observer.disconnect();
  }
}

// ---- the whole editor

/** One view of an editor: tools above, the picture, what is marked in words and what the keys do below. */
class View {
  /** @param {Editor} editor @param {HTMLElement} el */
  constructor(editor, el) {
    this.editor = editor;
    this.el = el;
    this.tool = /** @type {Tool} */ ("brush");
    this.size = 1;
    this.ink = inkOf(0.75, 1);
    this.stage = new Stage(this);
    this.build();
    this.setOpacity();
    this.reset();
    this.listen();
    editor.views.add(this);
    editor.hello();
  }

  build() {
    const { say } = this.editor;
    const tool = (/** @type {Tool} */ name, /** @type {string} */ text, /** @type {string} */ key) =>
      button(text, () => this.setTool(name), { "data-tool": name, title: `${text} (${key})`, "aria-keyshortcuts": key });
    this.tools = [
      tool("brush", say("mask_brush"), "B"),
      tool("eraser", say("mask_eraser"), "E"),
      tool("rectangle", say("mask_rectangle"), "R"),
    ];
    this.sizer = h("input", { type: "range", min: "0", max: "100", oninput: () => this.slideSize() });
    this.sizeText = h("output", { class: "apw-mask-number" });
    this.undoer = button(say("mask_undo"), () => this.undo(), { "aria-keyshortcuts": "Control+Z" });
    this.redoer = button(say("mask_redo"), () => this.redo(), { "aria-keyshortcuts": "Control+Shift+Z Control+Y" });
    this.clearer = button(say("mask_clear"), () => this.clear());
    const inverter = button(say("mask_invert"), () => this.invert(), { "aria-keyshortcuts": "I" });
    const segments = h("div", { class: "apw-mask-tools", role: "group", "aria-label": say("mask_tool") }, ...this.tools);
    const size = h("label", { class: "apw-mask-slider" }, h("span", { text: say("mask_size") }), this.sizer, this.sizeText);
    const edit = h("div", { class: "apw-mask-group" }, this.undoer, this.redoer, inverter, this.clearer);
    const title = h("span", { class: "apw-strong", text: say("mask_title") });
    this.status = h("div", { class: "apw-spoken", role: "status" });
    this.help = h("p", { class: "apw-mask-help", id: `apw-mask-${unique()}` }, ...this.shortcuts());
    this.stage.el.setAttribute("aria-label", say("mask_stage"));
    this.stage.el.setAttribute("aria-describedby", this.help.id);
    this.stage.picture.alt = say("mask_picture");
    setText(this.stage.loading, say("mask_loading"));
    const bar = h("div", { class: "apw-mask-bar" }, title, segments, size, edit);
    this.card = h("div", { class: "apw-mask-card" }, bar, this.stage.el, this.buildFoot(), this.help, this.status);
    this.el.classList.add("apw-mask");
    this.el.lang = this.editor.model.get("language") === "zh" ? "zh-CN" : "en";
    this.el.append(this.card);
    // On each of them: Notebook 7 looks whether its shortcuts fit the element in focus before it looks at those around.
    for (const each of [this.el, ...this.el.querySelectorAll("button, input, [tabindex]")]) {
      /** @type {HTMLElement} */ (each).dataset.lmSuppressShortcuts = "true";
    }
  }

  buildFoot() {
    const { say } = this.editor;
    const props = (/** @type {string} */ name, /** @type {string} */ key) =>
      ({ class: "apw-button apw-mask-icon", "aria-label": name, title: `${name} (${key})` });
    this.share = h("span", { role: "status" });
    this.pixels = h("span", { class: "apw-mask-pixels-text" });
    this.percent = h("span", { class: "apw-mask-number" });
    this.fader = h("input", { type: "range", min: "0", max: "100", value: "75", oninput: () => this.setOpacity() });
    const zoom = h("div", { class: "apw-mask-group", role: "group", "aria-label": say("mask_zoom") },
      button("−", () => this.stage.zoom(0.8), props(say("mask_zoom_out"), "-")), this.percent,
      button("+", () => this.stage.zoom(1.25), props(say("mask_zoom_in"), "+")),
      button(say("mask_fit"), () => this.stage.fit(), { title: `${say("mask_fit")} (0)` }));
    const fader = h("label", { class: "apw-mask-slider" }, h("span", { text: say("mask_overlay") }), this.fader);
    const told = h("div", { class: "apw-mask-told" }, h("span", { class: "apw-mask-swatch" }), this.share, this.pixels);
    return h("div", { class: "apw-mask-foot" }, told, fader, zoom);
  }

  /** Keys and what they do, as a line of text. @returns {Node[]} */
  shortcuts() {
    const { say } = this.editor;
    const apple = /mac|iphone|ipad/i.test(navigator.platform);
    const meanings = [
      [say("mask_brush"), "B"], [say("mask_eraser"), "E"], [say("mask_rectangle"), "R"], [say("mask_invert"), "I"],
      [say("mask_size"), "[ ]"], [say("mask_undo"), apple ? "⌘Z" : "Ctrl+Z"],
      [say("mask_zoom"), "+ - 0", say("mask_wheel_keys")], [say("mask_move"), say("mask_drag_keys")],
      [say("mask_paint_keys"), say("mask_arrow_keys")],
    ];
    return meanings.map(([text, ...keys]) =>
      h("span", {}, ...keys.flatMap((key) => [h("kbd", { text: key }), " "]), `${text} `));
  }

  listen() {
    this.el.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (!event.isComposing && this.key(event)) event.preventDefault();
    });
    this.el.addEventListener("keyup", (event) => this.stage.keyUp(event));
    // A cell that is run next reads the mask: what was painted is sent before.
    for (const name of ["pointerleave", "focusout"]) this.el.addEventListener(name, () => this.editor.post.flush());
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether it meant something */
  key(event) {
    const key = event.key.toLowerCase();
    if (event.altKey) return false;
    if (event.ctrlKey || event.metaKey) {
      if (key === "z") event.shiftKey ? this.redo() : this.undo();
      else if (key === "y") this.redo();
      else return false;
      return true;
    }
    if (event.target === this.stage.el && this.stage.key(event)) return true;
    /** @type {Record<string, () => void>} */
    const meanings = {
      b: () => this.setTool("brush"),
      e: () => this.setTool("eraser"),
      r: () => this.setTool("rectangle"),
      i: () => this.invert(),
      "[": () => this.setSize(nextSize(this.size, -1, widest(this.editor.size)), true),
      "]": () => this.setSize(nextSize(this.size, 1, widest(this.editor.size)), true),
      "+": () => this.stage.zoom(1.25),
      "=": () => this.stage.zoom(1.25),
      "-": () => this.stage.zoom(0.8),
      0: () => this.stage.fit(),
    };
    meanings[key]?.();
    return key in meanings;
  }

  /** Another picture. */
  reset() {
    const { width, height } = this.editor.size;
    this.setSize(Math.max(1, Math.round(Math.min(width, height) / 16)));
    this.setTool(this.tool);
    this.stage.reset();
    setText(this.pixels, `${width}×${height}`);
    this.showPicture();
    this.showState();
  }

  /** The panel has brought the editor onto the page: a moment later it has its place there. */
  focus() {
    requestAnimationFrame(() => {
      this.el.scrollIntoView({ block: "nearest" });
      this.stage.el.focus({ preventScroll: true });
    });
  }

  showPicture() {
    const { url } = this.editor;
    if (url) this.stage.picture.src = url;
    this.stage.picture.hidden = !url;
    this.stage.loading.hidden = Boolean(url);
  }

  /** What is marked, in words, and what can be taken back. */
  showState() {
    const { board, post, say } = this.editor;
    const { width, height } = board.bits;
    const marked = board.bits.count();
    const [key, n] = shareText(marked, width * height);
    const waiting = post.late ? ` · ${say("mask_waiting")}` : "";
    setText(this.share, fill(say(key), { n }) + waiting);
    const enable = (/** @type {HTMLElement} */ each, /** @type {unknown} */ on) =>
      each.setAttribute("aria-disabled", String(!on));
    enable(this.undoer, board.history.past.length);
    enable(this.redoer, board.history.future.length);
    enable(this.clearer, marked);
  }

  showZoom() {
    setText(this.percent, `${Math.round(this.stage.look.scale * 100)} %`);
  }

  /** @param {string} text */
  announce(text) {
    this.status.textContent = text;
  }

  /** @param {Tool} tool */
  setTool(tool) {
    if (this.stage.gesture) this.stage.cancel();
    if (tool !== this.tool) this.announce(this.tools.find((each) => each.dataset.tool === tool).textContent);
    this.tool = tool;
    for (const each of this.tools) each.setAttribute("aria-pressed", String(each.dataset.tool === tool));
    this.stage.point();
  }

  /** @param {number} size @param {boolean} [said] */
  setSize(size, said = false) {
    const most = widest(this.editor.size);
    const text = fill(this.editor.say("mask_pixels"), { n: size });
    this.size = size;
    this.sizer.value = String(placeAt(size, most));
    this.sizer.setAttribute("aria-valuetext", text);
    setText(this.sizeText, text);
    if (said) this.announce(text);
    this.stage.point();
  }

  slideSize() {
    this.setSize(sizeAt(Number(this.sizer.value), widest(this.editor.size)));
  }

  setOpacity() {
    this.fader.setAttribute("aria-valuetext", `${this.fader.value} %`);
    this.ink = inkOf(Number(this.fader.value) / 100, this.stage.ratio);
    this.stage.draw(this.editor.board.bits.rect);
  }

  undo() {
    const { board } = this.editor;
    if (!board.recorder) this.editor.done(board.history.undo(board.bits));
  }

  redo() {
    const { board } = this.editor;
    if (!board.recorder) this.editor.done(board.history.redo(board.bits));
  }

  invert() {
    this.changeAll((bits) => bits.invert());
  }

  clear() {
    this.changeAll((bits) => bits.bytes.fill(0));
  }

  /** @param {(bits: Bits) => void} change */
  changeAll(change) {
    const { board } = this.editor;
    const { rect } = board.bits;
    if (!board.recorder && this.editor.url) this.editor.done(board.change(rect, change) ? rect : null);
  }

  close() {
    this.editor.views.delete(this);
    this.stage.close();
  }
}

/** Every widget has an editor of its own, which all its views on this page share. */
export default () => {
  /** @type {Editor} */
  let editor;
  return {
    /** @param {{model: any}} context */
    initialize({ model }) {
      editor = new Editor(model);
      return () => editor.close();
    },
    /** @param {{el: HTMLElement}} context */
    render({ el }) {
      const view = new View(editor, el);
      return () => view.close();
    },
  };
};
