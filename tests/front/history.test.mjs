import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import * as history from "../../apimart_widgets/widgets/static/history.js";

const { agreed, CLOSED, dayOf, isSet, NO_FILTER, offered, sameFilter, sentence, settled, speaker, spoken } = history;

const folder = new URL("../../apimart_widgets/", import.meta.url);
const source = await readFile(new URL("words.py", folder), "utf8");
const table = [...source.matchAll(/"panel\.(history\.[\w.]+)": \(\s*"([^"]*)"/g)];
const words = Object.fromEntries(table.map(([, key, english]) => [key, english]));
const say = speaker(words);

const fox = { ...NO_FILTER, text: "fox" };
const open = (changes = {}) => ({ ...CLOSED, open: true, total: 2, rows: [{ id: "a" }], ...changes });

test("a filter is set when it leaves anything out", () => {
  assert.ok(!isSet(NO_FILTER));
  assert.ok(!isSet({ ...NO_FILTER, text: "  " }));
  for (const part of [{ text: "fox" }, { model: "m" }, { since: "2026-01-31" }, { stars: 3 }]) {
    assert.ok(isSet({ ...NO_FILTER, ...part }), JSON.stringify(part));
  }
});

test("filters are the same by what they say, whatever else the kernel adds", () => {
  assert.ok(sameFilter(fox, { ...fox, more: 1 }));
  assert.ok(!sameFilter(fox, NO_FILTER));
});

test("what the user asks for stands until the kernel has heard it", () => {
  assert.deepEqual(agreed(fox, true, NO_FILTER), { filter: fox, unheard: true });
  assert.deepEqual(agreed(fox, true, { ...fox }), { filter: fox, unheard: false });
  assert.deepEqual(agreed(fox, false, NO_FILTER), { filter: NO_FILTER, unheard: false });
});

test("rows stay while others are being read", () => {
  const before = open({ more: true, choices: { model: ["m"], size: [], quality: [] } });
  const reading = settled(before, { open: true, busy: true, filter: { text: "fox" } });
  assert.deepEqual(reading, { ...before, busy: true, filter: fox });
  assert.deepEqual(settled(reading, { open: true, filter: fox }), { ...CLOSED, open: true, filter: fox });
  assert.deepEqual(settled(before, open({ busy: true, rows: [{ id: "b" }] })).rows, [{ id: "b" }]);
  assert.deepEqual(settled(CLOSED, {}), CLOSED);
});

test("a dropdown offers none in particular, and what is chosen even when it is gone", () => {
  assert.deepEqual(offered(["a", "b"], ""), ["", "a", "b"]);
  assert.deepEqual(offered(["a", "b"], "b"), ["", "a", "b"]);
  assert.deepEqual(offered(["a"], "gone"), ["", "a", "gone"]);
});

test("a day counts once its year is written", () => {
  assert.deepEqual(["", "2026-11-24", "0202-11-24", "0002-01-01"].map(dayOf), ["", "2026-11-24", null, null]);
});

test("where no row stands, a sentence does", () => {
  assert.equal(sentence(open(), NO_FILTER), "");
  assert.equal(sentence(open({ rows: [], busy: true }), fox), "reading");
  assert.equal(sentence(open({ rows: [] }), fox), "nothing");
  assert.equal(sentence(open({ rows: [] }), NO_FILTER), "empty");
});

test("a screen reader hears how many pictures another search has found, once it is done", () => {
  const all = open({ total: 12 });
  assert.equal(spoken(CLOSED, all, say), "12 pictures found.");
  assert.equal(spoken(all, { ...all, busy: true, filter: fox }, say), "");
  assert.equal(spoken({ ...all, busy: true, filter: NO_FILTER }, { ...all, filter: fox, total: 1 }, say), "1 picture found.");
  assert.equal(spoken(all, { ...all, filter: fox, total: 0 }, say), words["history.nothing"]);
  assert.equal(spoken(all, { ...all, more: true }, say), "");
  assert.equal(spoken(all, { ...all, open: false, total: 3 }, say), "");
});

test("every word that is used is written down, and every one written down is used", async () => {
  const code = await readFile(new URL("widgets/static/history.js", folder), "utf8");
  const used = [...code.matchAll(/"([a-z][\w.]*)"/g)].map(([, key]) => key);
  const begun = [...code.matchAll(/`([a-z]+\.)\$\{/g)].map(([, stem]) => stem);
  const said = [...code.matchAll(/say\("([\w.]+)"/g)].map(([, key]) => key);
  const written = Object.keys(words).map((key) => key.replace("history.", ""));
  assert.deepEqual(said.filter((key) => !written.includes(key)), []);
  assert.deepEqual(written.filter((key) => !used.includes(key) && !begun.some((stem) => key.startsWith(stem))), []);
});
