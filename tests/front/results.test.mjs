import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import * as results from "../../apimart_widgets/widgets/static/results.js";

const {
  allShown, deletedFrom, diffRows, endings, fraction, metaText, pastText, planRows, reduceTicks, same, settle, settleTicks, shapeOf, shareText, speaker, timeText, toldRows, wantsReport, withLive, without,
} = results;

const folder = new URL("../../apimart_widgets/", import.meta.url);
const source = await readFile(new URL("words.py", folder), "utf8");
const table = [...source.matchAll(/"panel\.(results\.[\w.]+)": \(\s*"([^"]*)"/g)];
const words = Object.fromEntries(table.map(([, key, english]) => [key, english]));
const say = speaker(words);

const settings = { model: "m", size: "3:2", quality: "low", n: 4, background: "auto", moderation: "auto" };
const row = (id, changes = {}) => ({
  id, prompt: "A red fox", status: "completed", progress: 100, started: 1000, ended: 1031, estimated: 40, slow: false,
  settings, pixels: [1536, 1024], n: 4, cost: null, mode: "live", error: null, hidden: false, can_cancel: false,
  task_id: null, images: [{ id: `${id}.0`, index: 0, width: 1536, height: 1024 }], ...changes,
});
const running = (id, changes) => row(id, { status: "processing", progress: 0, ended: null, images: [], ...changes });
const failed = (id) => row(id, { status: "failed", images: [], error: { message: "No.", action: null } });
const ids = (rows) => rows.map((each) => each.id);
const many = (count) => Array.from({ length: count }, (_, i) => row(`r${i}`));

test("only rows that came, went or changed are named", () => {
  const before = [row("a"), row("b"), row("c")];
  const after = [row("d"), structuredClone(before[0]), row("b", { hidden: true })];
  assert.deepEqual(diffRows(before, after), { added: ["d"], changed: ["b"], removed: ["c"] });
  assert.deepEqual(diffRows(after, structuredClone(after)), { added: [], changed: [], removed: [] });
});

test("pictures were deleted where their row is there without them, and not where the whole row has left", () => {
  const picture = (id) => ({ id, index: 0 });
  const before = [row("a", { images: ["a.0", "a.1"].map(picture) }), row("b"), row("c")];
  const after = [row("d"), row("a", { images: [picture("a.1")] }), row("c", { images: [] })];
  assert.deepEqual(deletedFrom(before, after), ["a.0", "c.0"]);
  assert.deepEqual(deletedFrom(before, before), []);
});

test("rows are shown without pictures that are gone, and not at all once none is left", () => {
  const picture = (id) => ({ id, index: 0 });
  const rows = [row("a", { images: ["a.0", "a.1"].map(picture) }), row("b"), row("c"), running("d")];
  const left = without(rows, new Set(["a.0", "c.0"]));
  assert.deepEqual(left, [row("a", { images: [picture("a.1")] }), row("b"), running("d")]);
  assert.equal(left[1], rows[1]);
});

test("a tick is the kernel's to tell once it has heard of the last gesture, and not where it says the same before", () => {
  const pending = new Map([["a", true], ["b", false]]);
  const numbers = new Map([["a", 1], ["b", 3]]); // b was ticked by the second
  const known = new Set(["a", "b"]);
  settleTicks(pending, numbers, 1);
  assert.deepEqual(reduceTicks(["a"], pending, known), ["a"]);
  settleTicks(pending, numbers, 2);
  assert.deepEqual(reduceTicks(["a", "b"], pending, known), ["a"]);
  settleTicks(pending, numbers, 3);
  assert.deepEqual([pending.size, numbers.size], [0, 0]);
});

test("what the kernel tells, wherever it tells of it, is no longer pending", () => {
  const pending = new Map([["a", "tail cut"], ["b", null], ["c", "fine"], ["gone", "old"]]);
  const told = { a: ["tail cut", "tail cut"], b: [null], c: ["fine", "before"], gone: [] };
  settle(pending, (id) => told[id]);
  assert.deepEqual([...pending], [["c", "fine"]]);
});

test("values are the same by what they say", () => {
  assert.ok(same({ a: [1, { b: null }] }, { a: [1, { b: null }] }));
  assert.ok(!same({ a: null }, { a: {} }));
  assert.ok(!same([1, 2], [1]));
  assert.ok(!same({ a: 1 }, { b: 1 }));
});

test("the four newest rows with pictures stand open, and running ones wherever they are", () => {
  const plan = planRows([running("new"), ...many(6), running("old"), ...many(3).map((each) => row(`x${each.id}`))]);
  assert.deepEqual(ids(plan.shown), ["new", "r0", "r1", "r2", "r3", "old"]);
  assert.equal(plan.rest, 5);
  assert.equal(plan.total, 11);
});

test("failures do not push pictures out, and are not all shown", () => {
  const plan = planRows([failed("f0"), ...many(4), ...Array.from({ length: 20 }, (_, i) => failed(`g${i}`))]);
  assert.deepEqual(ids(plan.shown), ["f0", "r0", "r1", "r2", "r3"]);
  assert.equal(planRows(Array.from({ length: 20 }, (_, i) => failed(`g${i}`))).shown.length, 8);
});

test("earlier rows come in steps, in order; ticked ones stay", () => {
  const plan = planRows(many(40), { extra: 12, ticked: ["r39.0"] });
  assert.deepEqual(ids(plan.shown), [...many(16).map((each) => each.id), "r39"]);
  assert.deepEqual([plan.revealed, plan.rest], [12, 23]);
});

test("hidden rows are counted, and shown when asked for", () => {
  const rows = [row("a", { hidden: true }), row("b")];
  assert.deepEqual(ids(planRows(rows).shown), ["b"]);
  assert.deepEqual([planRows(rows).hidden, planRows(rows).total], [1, 1]);
  assert.deepEqual(ids(planRows(rows, { showHidden: true }).shown), ["a", "b"]);
});

test("where nothing is hidden, rows are told of as shown, and the others are left as they are", () => {
  const rows = [row("a", { hidden: true }), row("b")];
  assert.deepEqual(allShown(rows), [row("a"), row("b")]);
  assert.equal(allShown(rows)[1], rows[1]);
});

test("ticks not yet answered stand over the kernel's list", () => {
  const known = new Set(["a", "b", "c"]);
  assert.deepEqual(reduceTicks(["a"], new Map([["b", true], ["a", false]]), known), ["b"]);
  assert.deepEqual(reduceTicks(["b", "a"], new Map([["a", true]]), known), ["b", "a"]);
  assert.deepEqual(reduceTicks(["gone", "c"], new Map(), known), ["c"]);
});

test("a tile has the asked shape, else the received, else the ratio's", () => {
  assert.equal(shapeOf(row("a")), 1.5);
  assert.equal(shapeOf(row("a", { pixels: null, images: [{ width: 10, height: 20 }] })), 0.5);
  assert.equal(shapeOf(running("a", { pixels: null, settings: { size: "2:3" } })), 2 / 3);
  assert.equal(shapeOf(running("a", { pixels: null, settings: { size: "auto" } })), 1);
});

test("the bar shows what the server says or the time gone, and never promises the end", () => {
  assert.equal(fraction(running("a"), 1010), 0.25);
  assert.equal(fraction(running("a", { progress: 60 }), 1010), 0.6);
  assert.equal(fraction(running("a"), 5000), 0.95);
  assert.equal(fraction(running("a", { estimated: null }), 1010), null);
  assert.equal(fraction(running("a", { status: "queued" }), 1010), 0);
  assert.equal(fraction(running("a"), 990), null);
});

test("the line beside a title", () => {
  assert.equal(metaText(running("a"), 1024, say), "low · 3:2 · 24 s of about 40 s");
  assert.equal(metaText(running("a"), 1100, say), "low · 3:2 · 1 min 40 s, about 40 s expected");
  assert.equal(metaText(running("a", { status: "queued" }), 1024, say), "low · 3:2 · waiting to be sent");
  assert.equal(metaText(row("a", { cost: "$0.53" }), 0, say), "low · 3:2 · 31 s · $0.53");
  assert.equal(metaText(row("a", { mode: "sandbox" }), 0, say), "low · 3:2 · 31 s · Sandbox drawing");
  assert.equal(metaText(row("a", { mode: "replay" }), 0, say), "low · 3:2 · 31 s · Replay");
  assert.match(metaText(row("a", { mode: "sandbox replay" }), 0, say), / · Sandbox replay$/);
});

test("an edit says how much changed where nothing may", () => {
  const edited = (...shares) => row("a", { images: shares.map((outside, index) => ({ id: `a.${index}`, index, outside })) });
  assert.equal(metaText(edited(0), 0, say), "low · 3:2 · 31 s · 0 % changed outside the mask");
  assert.match(metaText(edited(null, 0.0312, 0.01), 0, say), /3\.1 % changed outside the mask$/);
  assert.equal(metaText(edited(null), 0, say), "low · 3:2 · 31 s");
  assert.deepEqual([0.0002, 0.5, 1].map(shareText), ["< 0.1 %", "50 %", "100 %"]);
});

test("a row of the history tells its day, too", () => {
  const noon = Date.UTC(2026, 10, 24, 12) / 1000;
  const old = row("a", { started: noon, ended: noon + 31 });
  assert.equal(pastText(old, 0, say, "en"), "Nov 24, 2026 · low · 3:2 · 31 s");
  assert.equal(pastText(old, 0, say, "zh"), "2026年11月24日 · low · 3:2 · 31 s");
});

test("times read as people say them", () => {
  const texts = [-3, 0, 59.4, 59.6, 125, 3600, 7384].map((seconds) => timeText(seconds, say));
  assert.deepEqual(texts, ["0 s", "0 s", "59 s", "1 min 0 s", "2 min 5 s", "1 h 0 min", "2 h 3 min"]);
});

test("a screen reader hears of rows that end, once, and of nothing else", () => {
  const before = [running("a"), running("b"), running("c", { hidden: true }), row("d")];
  const after = [row("a"), failed("b"), row("c", { hidden: true }), row("d", { cost: "$1" }), running("e")];
  assert.deepEqual(endings(before, after, say), ["1 picture is ready: A red fox", "A red fox: No."]);
  assert.deepEqual(endings(after, after, say), []);
});

test("text is filled in, unknown places are left alone", () => {
  const speak = speaker({ "results.x": "{a} of {b} {a}" });
  assert.equal(speak("x", { a: "$&" }), "$& of {b} $&");
});

test("every word that is used is written down, and every one written down is used", async () => {
  const files = ["results.js", "viewer.js"].map((name) => readFile(new URL(`widgets/static/${name}`, folder), "utf8"));
  const code = (await Promise.all(files)).join("\n");
  const used = [...code.matchAll(/"([a-z][\w.]*)"/g)].map(([, key]) => key);
  const begun = [...code.matchAll(/`([a-z]+\.)\$\{/g)].map(([, stem]) => stem);
  const said = [...code.matchAll(/say\("([\w.]+)"/g)].map(([, key]) => key);
  const written = Object.keys(words).map((key) => key.replace("results.", ""));
  assert.deepEqual(said.filter((key) => !written.includes(key)), []);
  assert.deepEqual(written.filter((key) => !used.includes(key) && !begun.some((stem) => key.startsWith(stem))), []);
});

test("what changes while a job runs is laid over its row and no other", () => {
  const rows = [{ id: "a", status: "queued", progress: 0 }, { id: "b", status: "completed", progress: 100 }];
  const shown = withLive(rows, { a: { status: "processing", progress: 40 }, gone: { progress: 1 } });
  assert.deepEqual(shown[0], { id: "a", status: "processing", progress: 40 });
  assert.equal(shown[1], rows[1]);
});

test("rows are told of by what changed, and a message that was missed is noticed", () => {
  const row = (id, status = "queued") => ({ id, status });
  const [a, b] = [row("a"), row("b")];
  const done = row("a", "completed");
  assert.deepEqual(toldRows([b, a], 4, { turn: 5, changed: [done], added: [] }), [b, done]);
  assert.deepEqual(toldRows([b, a], 4, { turn: 5, changed: [row("c")], added: ["c"] }), [row("c"), b, a]);
  assert.deepEqual(toldRows([b, a], 4, { turn: 5, changed: [], ids: ["a"] }), [a]);
  assert.equal(toldRows([b, a], 4, { turn: 6, changed: [done], added: [] }), null);
  assert.deepEqual(toldRows([b, a], 4, { turn: 5, changed: [b], added: ["b"] }), [b, a], "no row twice");
  const rows = [b, a];
  assert.equal(toldRows(rows, 4, { turn: 4, changed: [done], added: [] }), rows, "what is known already changes nothing");
  assert.deepEqual(toldRows([a], 2, { turn: 9, all: [b, done] }), [b, done]);
});

test("a wire record is asked for once it is open, and once for each growth", () => {
  const open = { open: true, waiting: false, shown: 3 };
  assert.equal(wantsReport({ ...open, open: false }, 4), false);
  assert.equal(wantsReport(open, 3), false);
  assert.equal(wantsReport(open, 4), true);
  assert.equal(wantsReport({ ...open, waiting: true }, 4), false);
  assert.equal(wantsReport({ open: true, waiting: false, shown: -1 }, 0), true);
});
