import assert from "node:assert/strict";
import { test } from "node:test";
import * as viewer from "../../apimart_widgets/widgets/static/viewer.js";

const { bytesText, clampLook, compareFacts, facts, fileName, fitRect, isNew, isStray, neighbour, ratingByKey, zoomAt } = viewer;

const say = (key, values = {}) => [key, ...Object.values(values)].join(" ");
const image = { id: "i", index: 1, width: 1536, height: 1024, format: "png", bytes: 1, alt: "", sha256: "", created: 0 };
const found = (settings = {}, changes = {}) => ({
  image,
  row: {
    prompt: "A red fox", started: 10, ended: 24, cost: "$0.05", n: 4, mode: "live",
    settings: { model: "m", size: "3:2", quality: "low", background: "auto", ...settings }, ...changes,
  },
});
const known = (...of) => facts(found(...of), say, (seconds) => `${seconds} s`);
const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test("a picture fits its box, centred", () => {
  assert.deepEqual(fitRect(200, 100, 100, 100), { x: 0.25, y: 0, w: 0.5, h: 1 });
  assert.deepEqual(fitRect(100, 100, 200, 100), { x: 0, y: 0.25, w: 1, h: 0.5 });
});

test("zooming keeps the point under the pointer where it is", () => {
  const full = { x: 0, y: 0, w: 1, h: 1 };
  const before = { zoom: 2, x: -0.5, y: -0.3 };
  const at = { x: 0.7, y: 0.4 };
  const after = zoomAt(before, 1.7, at, full);
  for (const axis of ["x", "y"]) near((at[axis] - before[axis]) / before.zoom, (at[axis] - after[axis]) / after.zoom);
});

test("zoom stays between the whole picture and sixteenfold; back at 1 it is centred", () => {
  const rect = fitRect(200, 100, 100, 100);
  assert.equal(zoomAt({ zoom: 4, x: -1, y: -1 }, 100, { x: 0, y: 0 }, rect).zoom, 16);
  assert.deepEqual(zoomAt({ zoom: 4, x: -1, y: -1 }, 0.01, { x: 0, y: 0 }, rect), { zoom: 1, x: 0, y: 0 });
  assert.equal(zoomAt({ zoom: 1, x: 0, y: 0 }, 0.1, { x: 0, y: 0 }, rect, 0.5).zoom, 0.5);
});

test("panning stops at the picture's edges, and what fits stays centred", () => {
  const rect = fitRect(200, 100, 100, 100);
  const far = clampLook({ zoom: 4, x: 9, y: 9 }, rect);
  near(far.x + rect.x * 4, 0);
  near(far.y, 0);
  const other = clampLook({ zoom: 4, x: -9, y: -9 }, rect);
  near(other.x + (rect.x + rect.w) * 4, 1);
  const slim = clampLook({ zoom: 1.5, x: -0.4, y: -0.2 }, rect);
  near(slim.x + (rect.x + rect.w / 2) * 1.5, 0.5);
});

test("what differs comes first", () => {
  const rows = compareFacts(known(), known({ quality: "high", resolution: "2k" }, { cost: "$0.20", ended: 51 }));
  const differing = rows.filter((row) => row.differs).map((row) => [row.key, ...row.values]);
  assert.deepEqual(differing, [
    ["quality", "low", "high"],
    ["cost", "cost_of $0.05 4", "cost_of $0.20 4"],
    ["time", "14 s", "41 s"],
    ["resolution", "", "2k"],
  ]);
  assert.ok(rows.slice(4).every((row) => !row.differs && row.values[0] === row.values[1]));
});

test("facts that nobody knows are left out", () => {
  const keys = known({ references: 0 }, { cost: null, ended: null }).map(([key]) => key);
  assert.deepEqual(keys, ["quality", "model", "size", "background", "picture", "prompt"]);
  assert.deepEqual(known({ output_compression: 0 }).find(([key]) => key === "output_compression")[1], "0");
});

test("a rating is a fact like any other", () => {
  const rated = (rating) => facts({ ...found(), image: { ...image, rating } }, say, String);
  assert.deepEqual(rated(4).find(([key]) => key === "rating"), ["rating", "★ 4"]);
  assert.equal(rated(null).find(([key]) => key === "rating"), undefined);
});

test("a note is a fact that a label on a picture has no room for", () => {
  const noted = (note) => facts({ ...found(), image: { ...image, note } }, say, String);
  assert.deepEqual(noted("tail cut").find(([key]) => key === "note"), ["note", "tail cut"]);
  assert.equal(noted(null).find(([key]) => key === "note"), undefined);
  const rows = compareFacts(noted("tail cut"), noted("fine"));
  assert.deepEqual(rows.filter((row) => row.differs).map(({ key }) => key), ["note"]);
  assert.deepEqual(viewer.inShort(rows), []);
});

test("keys rate: digits, one more or less, none", () => {
  assert.deepEqual(["1", "5", "0", "6", "x"].map((key) => ratingByKey(3, key)), [1, 5, null, undefined, undefined]);
  assert.deepEqual(["ArrowRight", "ArrowUp", "ArrowLeft"].map((key) => ratingByKey(3, key)), [4, 4, 2]);
  assert.deepEqual([ratingByKey(5, "ArrowRight"), ratingByKey(1, "ArrowLeft"), ratingByKey(null, "ArrowRight")], [5, 1, 1]);
});

test("stepping ends at either end", () => {
  assert.equal(neighbour(["a", "b"], "a", 1), "b");
  assert.equal(neighbour(["a", "b"], "b", 1), null);
  assert.equal(neighbour(["a", "b"], "a", -1), null);
});

test("what is looked at keeps its place among what was found, when another search is without it", () => {
  const left = (id) => id !== "b";
  assert.deepEqual(viewer.steps(["a", "b", "c"], ["x", "c"], "c", left), ["x", "c"]);
  assert.deepEqual(viewer.steps(["a", "b", "c"], ["x", "a"], "c", left), ["a", "c"]);
});

test("after a picture that is gone comes the next there is, else the one before", () => {
  const isLeft = (...left) => (id) => left.includes(id);
  assert.equal(viewer.nearest(["a", "b", "c", "d"], "b", isLeft("a", "d")), "d");
  assert.equal(viewer.nearest(["a", "b", "c", "d"], "d", isLeft("a", "b")), "b");
  assert.equal(viewer.nearest(["a"], "a", isLeft()), null);
});

test("names of downloads are readable and safe", () => {
  assert.equal(fileName(found().row, image), "a-red-fox-2.png");
  assert.equal(fileName({ prompt: "../../一只橘猫: \u{1F98A}" }, { ...image, format: "JPEG" }), "一只橘猫-2.jpg");
  assert.equal(fileName({ prompt: "???" }, image), "picture-2.png");
  assert.equal(fileName({ prompt: "x".repeat(400) }, image).length, 46);
});

test("sizes in bytes", () => {
  assert.deepEqual([999, 1500, 3_100_000].map(bytesText), ["999 B", "2 KB", "3.1 MB"]);
});

test("pictures made here are compared by their settings, others by their files", () => {
  const made = (quality) => ({ ...found({ quality }), source: null });
  const file = (width, format) => ({ image: { ...image, width, format }, row: null, source: null });
  const told = (...sides) => viewer.compareSides(sides, say, String);
  const differing = (rows) => rows.filter((row) => row.differs).map((row) => [row.key, ...row.values]);
  assert.deepEqual(differing(told(made("low"), made("high"))), [["quality", "low", "high"]]);
  assert.ok(told(made("low"), made("high")).every(({ key }) => key !== "bytes"));
  assert.deepEqual(differing(told(file(10, "png"), file(20, "png"))), [["size", "10×1024", "20×1024"]]);
  const mixed = told(file(10, "jpeg"), made("low"));
  assert.deepEqual(differing(mixed).map(([key, one]) => [key, one]).sort(), [["output_format", "jpeg"], ["size", "10×1024"]]);
  assert.deepEqual(mixed.find(({ key }) => key === "quality").values, ["", "low"]);
  assert.deepEqual(differing(told(file(1536, "png"), made("low"))), []);
});

test("a label has room for two differences, a page for all of them", () => {
  const rows = [["prompt", true], ["quality", true], ["bytes", true], ["cost", true], ["time", true], ["model", false]];
  const facts = rows.map(([key, differs]) => ({ key, differs, values: [] }));
  assert.deepEqual(viewer.inShort(facts).map(({ key }) => key), ["quality", "cost"]);
  const glance = viewer.atAGlance([...facts, { key: "background", differs: false, values: [] }]);
  assert.deepEqual(glance, facts);
});

test("a frame is as wide as the wider picture, within reason", () => {
  const shape = (...sizes) => viewer.frameShape(sizes.map(([width, height]) => ({ width, height })));
  assert.equal(shape([300, 200], [200, 300]), 1.5);
  assert.equal(shape([100, 400], [100, 500]), 0.6);
  assert.equal(shape([4000, 100], [1, 1]), 3);
});

test("a click counts in a dialog that was seen before, unless it is the second half of a double click on what opened it", () => {
  const click = (timeStamp, detail = 1) => isStray({ timeStamp, detail }, 1000);
  assert.deepEqual([click(900), click(1000), click(1100)], [true, false, false]);
  assert.deepEqual([click(900, 2), click(1100, 2), click(1600, 2)], [true, true, false]);
  assert.equal(click(900, 0), false); // by key
  assert.deepEqual([1400, 1600].map((timeStamp) => isNew({ timeStamp }, 1000)), [true, false]);
  assert.equal(isNew({ timeStamp: 9000 }, Infinity), true); // not seen yet
});

test("a click that went to what came under the pointer counts, one that lay there does not for a moment", () => {
  const click = (timeStamp, clientX, detail = 1) => viewer.isLate({ timeStamp, detail, clientX, clientY: 20 }, { at: 1000, x: 50, y: 20 });
  assert.deepEqual([click(900, 50), click(1100, 53), click(1600, 50)], [true, true, false]);
  assert.equal(click(1100, 60), false);
  assert.equal(click(1100, 50, 0), false, "by key");
});
