import assert from "node:assert/strict";
import { test } from "node:test";
import * as editor from "../../apimart_widgets/widgets/static/mask_editor.js";

const {
  Bits, Board, History, Post, Recorder, clampLook, cornersRect, fitLook, inkOf, joinRects, nextSize, pack, pieces, placeAt,
  shade, shareText, sizeAt, strokeSpan, toBox, toPicture, unpack, widest, zoomLook,
} = editor;

/** Numbers by chance, but the same in every run. */
function chance(seed) {
  return () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
}

function noise(width, height, seed = 1) {
  const [bits, next] = [new Bits(width, height), chance(seed)];
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) if (next() < 0.5) bits.fillSpan(y, x, x + 1, true);
  return bits;
}

const drawn = (bits) =>
  Array.from({ length: bits.height }, (_, y) =>
    Array.from({ length: bits.width }, (_, x) => (bits.get(x, y) ? "#" : ".")).join(""));
const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

// ---- the mask

test("a span marks from its first pixel to before its last, wherever bytes begin", () => {
  for (let from = 0; from < 20; from++) {
    for (let to = from; to <= 20; to++) {
      const bits = new Bits(20, 3);
      bits.fillSpan(1, from, to, true);
      const row = ".".repeat(from) + "#".repeat(to - from) + ".".repeat(20 - to);
      assert.deepEqual(drawn(bits), [".".repeat(20), row, ".".repeat(20)]);
      bits.fillSpan(1, from, to, false);
      assert.equal(bits.count(), 0);
    }
  }
});

test("what lies outside the picture is left out", () => {
  const bits = new Bits(10, 2);
  bits.fillSpan(-1, 0, 10, true);
  bits.fillSpan(2, 0, 10, true);
  bits.fillSpan(0, -5, 2, true);
  bits.fillSpan(1, 8, 99, true);
  assert.deepEqual(drawn(bits), ["##........", "........##"]);
});

test("inverting leaves nothing set behind the end of a row", () => {
  for (const width of [1, 7, 8, 9, 1023]) {
    const bits = new Bits(width, 3);
    bits.invert();
    assert.equal(bits.count(), 3 * width);
    bits.invert();
    assert.equal(bits.count(), 0);
  }
});

test("a dab is a disc", () => {
  const bits = new Bits(9, 7);
  bits.fillStroke({ x: 4.5, y: 3.5 }, { x: 4.5, y: 3.5 }, 2.5, true);
  assert.deepEqual(drawn(bits), [
    ".........", "...###...", "..#####..", "..#####..", "..#####..", "...###...", ".........",
  ]);
});

test("a stroke marks what lies within its radius of the way, and nothing else", () => {
  const next = chance(7);
  for (let turn = 0; turn < 200; turn++) {
    const [a, b] = [0, 0].map(() => ({ x: next() * 60 - 10, y: next() * 60 - 10 }));
    const [radius, bits] = [0.5 + next() * 12, new Bits(40, 40)];
    bits.fillStroke(a, b, radius, true);
    for (let y = 0; y < 40; y++) {
      for (let x = 0; x < 40; x++) {
        const length = (b.x - a.x) ** 2 + (b.y - a.y) ** 2;
        const along = length ? ((x + 0.5 - a.x) * (b.x - a.x) + (y + 0.5 - a.y) * (b.y - a.y)) / length : 0;
        const at = Math.min(1, Math.max(0, along));
        const off = Math.hypot(x + 0.5 - a.x - at * (b.x - a.x), y + 0.5 - a.y - at * (b.y - a.y));
        const tip = x === Math.floor(b.x) && y === Math.floor(b.y);
        if (Math.abs(off - radius) > 1e-6 && !tip) assert.equal(bits.get(x, y), Number(off < radius));
      }
    }
  }
});

test("the thinnest brush leaves no gap, whichever way it goes", () => {
  for (let turn = 0; turn < 64; turn++) {
    const angle = (turn / 64) * 2 * Math.PI;
    const [a, bits] = [{ x: 30.3, y: 30.8 }, new Bits(60, 60)];
    const b = { x: a.x + 25 * Math.cos(angle), y: a.y + 25 * Math.sin(angle) };
    bits.fillStroke(a, a, 0.5, true);
    bits.fillStroke(a, b, 0.5, true);
    assert.ok(bits.get(Math.floor(b.x), Math.floor(b.y)));
    assert.ok(bits.count() >= 25 * Math.max(Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))));
  }
});

test("a line that misses the brush has no part in it", () => {
  assert.equal(strokeSpan({ x: 0, y: 0 }, { x: 9, y: 0 }, 2, 2.1), null);
  assert.deepEqual(strokeSpan({ x: 0, y: 0 }, { x: 9, y: 0 }, 2, 0), [-2, 11]);
});

test("a rectangle has both its corners, however it was drawn", () => {
  const wanted = { x0: 2, y0: 1, x1: 6, y1: 5 };
  assert.deepEqual(cornersRect({ x: 2.9, y: 4.1 }, { x: 5.2, y: 1.7 }, { width: 9, height: 9 }), wanted);
  const bits = new Bits(9, 9);
  bits.fillRect(wanted, true);
  assert.equal(bits.count(), 16);
  assert.deepEqual(joinRects(wanted, null), wanted);
  assert.deepEqual(joinRects(wanted, { x0: 0, y0: 3, x1: 3, y1: 9 }), { x0: 0, y0: 1, x1: 6, y1: 9 });
});

// ---- on the wire

test("what was packed is unpacked, in any size", () => {
  for (const [width, height] of [[1, 1], [7, 3], [8, 8], [1023, 37], [4096, 5]]) {
    for (const bits of [new Bits(width, height), noise(width, height)]) {
      assert.deepEqual(unpack(pack(bits), bits).bytes, bits.bytes);
    }
  }
});

test("packing is PackBits: runs, and bytes as they are", () => {
  const rows = new Bits(40, 2, Uint8Array.of(1, 2, 2, 3, 4, 9, 9, 9, 9, 9));
  assert.deepEqual([...pack(rows)], [4, 1, 2, 2, 3, 4, 252, 9]);
  assert.equal(pack(new Bits(4096, 4096)).length, 4096 * 8);
});

test("no mask packs to more than a byte in 128 over its bits", () => {
  const bits = noise(4096, 16);
  assert.ok(pack(bits).length <= 16 * (512 + 4));
});

test("no bytes are a mask with nothing marked", () => {
  assert.equal(unpack(new Uint8Array(), { width: 9, height: 9 }).count(), 0);
});

test("large masks go in pieces", () => {
  const bytes = Uint8Array.from({ length: 10 }, (_, i) => i);
  assert.deepEqual(pieces(bytes, 4).map((piece) => [...piece]), [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]);
  assert.equal(pieces(new Uint8Array(), 4).length, 1);
});

// ---- undo

/** Draw something on a board, as one step. */
function step(board, turn) {
  board.begin();
  board.stroke({ x: turn * 37, y: turn * 11 }, { x: turn * 37 + 90, y: turn * 23 }, 9, turn % 3 !== 2);
  return board.end();
}

test("undo and redo lead through every state, to the last bit", () => {
  const board = new Board({ width: 700, height: 400 });
  const states = [board.bits.bytes.slice()];
  for (let turn = 0; turn < 12; turn++) if (step(board, turn)) states.push(board.bits.bytes.slice());
  board.change(board.bits.rect, (bits) => bits.invert());
  states.push(board.bits.bytes.slice());
  for (let at = states.length - 2; at >= 0; at--) {
    assert.ok(board.history.undo(board.bits));
    assert.deepEqual(board.bits.bytes, states[at]);
  }
  assert.equal(board.history.undo(board.bits), null);
  for (const state of states.slice(1)) {
    assert.ok(board.history.redo(board.bits));
    assert.deepEqual(board.bits.bytes, state);
  }
  assert.equal(board.history.redo(board.bits), null);
});

test("a new step ends what could be done again", () => {
  const board = new Board({ width: 300, height: 300 });
  step(board, 0);
  board.history.undo(board.bits);
  step(board, 1);
  assert.equal(board.history.redo(board.bits), null);
  assert.equal(board.history.past.length, 1);
});

test("what changes nothing is no step", () => {
  const board = new Board({ width: 300, height: 300 });
  assert.equal(board.change(board.bits.rect, (bits) => bits.bytes.fill(0)), false);
  board.begin();
  board.stroke({ x: -99, y: -99 }, { x: -50, y: -50 }, 9, true);
  assert.equal(board.end(), false);
  assert.equal(board.history.past.length, 0);
});

test("a stroke that is taken back before its end leaves no trace", () => {
  const board = new Board({ width: 300, height: 300 });
  step(board, 0);
  const before = board.bits.bytes.slice();
  board.begin();
  board.stroke({ x: 0, y: 0 }, { x: 299, y: 299 }, 40, true);
  assert.deepEqual(board.cancel(), { x0: 0, y0: 0, x1: 300, y1: 300 });
  assert.deepEqual(board.bits.bytes, before);
  assert.equal(board.history.past.length, 1);
});

test("fifty steps are kept, and of large ones as many as the memory holds", () => {
  const board = new Board({ width: 900, height: 300 });
  for (let turn = 0; turn < 60; turn++) board.change(board.bits.rect, (bits) => bits.invert());
  assert.equal(board.history.past.length, 50);
  const history = new History(50, 100_000);
  const bits = noise(1024, 1024);
  for (let turn = 0; turn < 10; turn++) {
    const recorder = new Recorder(bits);
    recorder.touch({ x0: 0, y0: 0, x1: 1024, y1: 128 });
    bits.invert();
    history.push(recorder.step());
    assert.ok(history.bytes <= 100_000);
  }
  assert.equal(history.past.length, 5);
});

test("fifty long strokes on the largest picture are light", () => {
  const board = new Board({ width: 4096, height: 4096 });
  for (let turn = 0; turn < 50; turn++) {
    board.begin();
    board.stroke({ x: 0, y: turn * 80 }, { x: 4096, y: 4096 - turn * 80 }, 64, turn % 2 === 0);
    board.end();
  }
  assert.equal(board.history.past.length, 50);
  assert.ok(board.history.bytes < 64 * 2 ** 20, `${board.history.bytes}`);
});

// ---- geometry

const [picture, box] = [{ width: 1536, height: 1024 }, { width: 700, height: 600 }];

test("a picture fits its box, centred", () => {
  assert.deepEqual(fitLook({ width: 100, height: 100 }, { width: 400, height: 200 }), { scale: 2, x: 100, y: 0 });
});

test("zooming keeps the point under the pointer where it is", () => {
  const before = zoomLook(fitLook(picture, box), 3, { x: 350, y: 300 }, picture, box);
  const after = zoomLook(before, 1.7, { x: 400, y: 250 }, picture, box);
  const [one, two] = [before, after].map((look) => toPicture(look, { x: 400, y: 250 }));
  near(one.x, two.x);
  near(one.y, two.y);
  near(toBox(after, two).x, 400);
});

test("zoom stays between the whole picture and sixteenfold", () => {
  const fit = fitLook(picture, box);
  assert.deepEqual(zoomLook(fit, 0.1, { x: 0, y: 0 }, picture, box), fit);
  assert.equal(zoomLook(fit, 1e6, { x: 0, y: 0 }, picture, box).scale, 16);
  const tiny = fitLook({ width: 1, height: 1 }, box);
  assert.equal(zoomLook(tiny, 1e6, { x: 0, y: 0 }, { width: 1, height: 1 }, box).scale, 2 * tiny.scale);
});

test("panning stops at the picture's edges, and what fits stays centred", () => {
  const far = clampLook({ scale: 2, x: 900, y: -9000 }, picture, box);
  assert.deepEqual(far, { scale: 2, x: 0, y: 600 - 2048 });
  assert.deepEqual(clampLook({ scale: 0.25, x: 7, y: 7 }, picture, box), { scale: 0.25, x: 158, y: 172 });
});

test("the slider reaches every size, small ones as easily as large ones", () => {
  const most = widest(picture);
  assert.equal(most, 512);
  assert.deepEqual([0, 50, 100].map((place) => sizeAt(place, most)), [1, 23, 512]);
  for (const size of [1, 8, 64, 512]) assert.equal(Math.round(sizeAt(placeAt(size, most), most) / size), 1);
  assert.equal(placeAt(1, widest({ width: 1, height: 1 })), 100);
});

test("the bracket keys go through all sizes and stop at the ends", () => {
  const [up, down] = [[1], [64]];
  while (up.at(-1) < 64) up.push(nextSize(up.at(-1), 1, 64));
  while (down.at(-1) > 1) down.push(nextSize(down.at(-1), -1, 64));
  assert.ok(up.length < 40 && down.length < 40);
  assert.equal(nextSize(64, 1, 64), 64);
  assert.equal(nextSize(1, -1, 64), 1);
});

test("how much may change is said as it is", () => {
  assert.deepEqual(shareText(0, 1000), ["mask_nothing", 0]);
  assert.deepEqual(shareText(1, 1000), ["mask_little", 1]);
  assert.deepEqual(shareText(123, 1000), ["mask_share", 12]);
  assert.deepEqual(shareText(999, 1000), ["mask_share", 99]);
  assert.deepEqual(shareText(1000, 1000), ["mask_all", 100]);
});

// ---- how it looks

test("a part of the overlay is as the whole would be there", () => {
  const [bits, ink, look] = [noise(97, 61), inkOf(0.75, 1), { scale: 0.7, x: 3, y: 5 }];
  const whole = shade(bits, look, { x0: 0, y0: 0, x1: 70, y1: 50 }, ink);
  const part = shade(bits, look, { x0: 21, y0: 17, x1: 40, y1: 30 }, ink);
  for (let y = 0; y < 13; y++) {
    const row = whole.slice(4 * ((y + 17) * 70 + 21), 4 * ((y + 17) * 70 + 40));
    assert.deepEqual(part.slice(4 * y * 19, 4 * (y + 1) * 19), row);
  }
});

test("what is not marked is clear, what is marked is tinted and striped, and a line runs between", () => {
  const bits = new Bits(100, 100);
  bits.fillRect({ x0: 0, y0: 0, x1: 50, y1: 100 }, true);
  const all = shade(bits, { scale: 1, x: 0, y: 0 }, { x0: 0, y0: 0, x1: 100, y1: 100 }, inkOf(0.75, 1));
  const at = (x, y) => [...all.slice(4 * (y * 100 + x), 4 * (y * 100 + x) + 4)];
  assert.equal(at(80, 50)[3], 0);
  assert.ok(at(50, 50).slice(0, 3).every((value) => value > 200) && at(50, 50)[3] > 200);
  const inside = Array.from({ length: 28 }, (_, i) => at(10 + i, 50));
  assert.ok(inside.some(([red, green]) => red - green > 150));
  assert.ok(inside.some(([, green]) => green > 150));
  assert.ok(inside.every(([, , , alpha]) => alpha > 90 && alpha < 255));
});

test("without opacity the line remains", () => {
  const bits = new Bits(60, 60);
  bits.fillRect({ x0: 20, y0: 20, x1: 40, y1: 40 }, true);
  const all = shade(bits, { scale: 1, x: 0, y: 0 }, { x0: 0, y0: 0, x1: 60, y1: 60 }, inkOf(0, 1));
  assert.equal(all[4 * (30 * 60 + 30) + 3], 0);
  assert.ok(all[4 * (30 * 60 + 20) + 3] > 200);
});

// ---- to the kernel

test("a mask is sent a moment after the last stroke, again while nobody answers, and no more once kept", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const sent = [];
  let changes = 0;
  const post = new Post((content, piece) => sent.push([content.number, ...piece]), () => Uint8Array.of(5), () => changes++);
  post.note();
  context.mock.timers.tick(150);
  post.note();
  context.mock.timers.tick(150);
  assert.deepEqual(sent, []);
  assert.ok(post.busy);
  context.mock.timers.tick(50);
  assert.deepEqual(sent, [[1, 5]]);
  context.mock.timers.tick(1500);
  assert.deepEqual([sent.length, post.late, changes], [2, true, 1]);
  context.mock.timers.tick(3000);
  assert.deepEqual(sent, [[1, 5], [1, 5], [1, 5]]);
  post.answered(1);
  assert.deepEqual([post.busy, post.late, changes], [false, false, 2]);
  context.mock.timers.tick(100_000);
  assert.equal(sent.length, 3);
});

test("an answer to an older mask is none to the newest", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const sent = [];
  const post = new Post((content) => sent.push(content), () => new Uint8Array(2 ** 20 + 1), () => {});
  post.note();
  post.flush();
  post.note();
  post.flush();
  post.answered(1);
  assert.ok(post.busy);
  post.answered(2);
  post.answered(1);
  assert.ok(!post.busy);
  assert.deepEqual(sent.slice(2), [{ number: 2, part: 0, parts: 2 }, { number: 2, part: 1, parts: 2 }]);
  post.close();
});
