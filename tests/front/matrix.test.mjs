import assert from "node:assert/strict";
import { test } from "node:test";
import { boxFor, clampLook, readingOrder, step, validPage, zoomAt } from "../../apimart_widgets/widgets/static/matrix.js";

const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test("zooming keeps the point under the pointer where it is, in every cell", () => {
  const before = { zoom: 2, x: -0.5, y: -0.3 };
  const at = { x: 0.7, y: 0.4 };
  const after = zoomAt(before, 1.7, at);
  for (const axis of ["x", "y"]) near((at[axis] - before[axis]) / before.zoom, (at[axis] - after[axis]) / after.zoom);
});

test("keys zoom around the middle", () => {
  assert.deepEqual(zoomAt({ zoom: 1, x: 0, y: 0 }, 2), { zoom: 2, x: -0.5, y: -0.5 });
});

test("zoom stays between the whole picture and sixteenfold; back at 1 nothing is moved", () => {
  assert.equal(zoomAt({ zoom: 4, x: -1, y: -1 }, 100).zoom, 16);
  assert.deepEqual(zoomAt({ zoom: 4, x: -1, y: -1 }, 0.01), { zoom: 1, x: 0, y: 0 });
});

test("panning stops where a picture would leave its cell", () => {
  assert.deepEqual(clampLook({ zoom: 3, x: 9, y: -9 }), { zoom: 3, x: 0, y: -2 });
  assert.deepEqual(clampLook({ zoom: 3, x: -1, y: -0.5 }), { zoom: 3, x: -1, y: -0.5 });
  assert.deepEqual(clampLook({ zoom: 1, x: 0.4, y: -0.4 }), { zoom: 1, x: 0, y: 0 });
});

test("the smallest thumbnail that is sharp enough, and the whole picture where none is", () => {
  assert.deepEqual([boxFor(120, 80, 1), boxFor(300, 200, 1), boxFor(420, 280, 1)], [160, 320, 640]);
  assert.deepEqual([boxFor(300, 200, 2), boxFor(80, 300, 2), boxFor(300, 200, 4)], [640, 640, 0]);
});

test("arrow keys lead to the next cell, with Ctrl to the last, and nowhere beyond the edge", () => {
  const from = { row: 1, col: 1 };
  const to = (key, far = false) => step(from, key, far, 3, 4);
  assert.deepEqual(to("ArrowLeft"), { row: 1, col: 0 });
  assert.deepEqual(to("ArrowDown"), { row: 2, col: 1 });
  assert.deepEqual(to("ArrowRight", true), { row: 1, col: 3 });
  assert.deepEqual(to("ArrowUp", true), { row: 0, col: 1 });
  assert.deepEqual([to("Home"), to("End")], [{ row: 1, col: 0 }, { row: 1, col: 3 }]);
  assert.deepEqual([to("Home", true), to("End", true)], [{ row: 0, col: 0 }, { row: 2, col: 3 }]);
  assert.equal(step({ row: 0, col: 0 }, "ArrowUp", false, 3, 4), null);
  assert.equal(step({ row: 2, col: 3 }, "ArrowRight", false, 3, 4), null);
  assert.equal(to("a"), undefined);
});

test("a page that is gone gives way to the nearest there is", () => {
  assert.deepEqual([validPage(0, 3), validPage(2, 3), validPage(9, 3), validPage(1, 0)], [1, 2, 3, 1]);
});

test("pictures are stepped through row by row, all of a cell before the next", () => {
  const place = (...ids) => ({ ids, words: "" });
  const cells = [[place("a", "b"), place()], [place("c"), place("d")]];
  assert.deepEqual(readingOrder({ cells }), ["a", "b", "c", "d"]);
});
