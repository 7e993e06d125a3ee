import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { actionOf, counts, share, speaker, wanted } from "../../apimart_widgets/widgets/static/blind.js";

const state = (changes = {}) => ({
  phase: "pair", number: 1, total: 220, pair: "p", next: "q", last: null, title: "", notice: "", thanks: [], problem: "",
  heard: 0, ...changes,
});
const page = (changes = {}) => ({ shown: "p", ready: true, sent: null, ...changes });

test("keys choose, and take back", () => {
  const keys = ["ArrowLeft", "ArrowRight", "ArrowDown", " ", "u", "U", "Backspace", "ArrowUp", "Enter", "a", "Tab"];
  const actions = keys.map((key) => actionOf({ key }));
  assert.deepEqual(actions, ["a", "b", "tie", "tie", "undo", "undo", "undo", null, null, null, null]);
});

test("the space bar presses a button that has the focus", () => {
  assert.equal(actionOf({ key: " " }, true), null);
  assert.equal(actionOf({ key: "ArrowDown" }, true), "tie");
});

test("keys with Ctrl, Alt, Shift or the command key are not ours", () => {
  for (const modifier of ["ctrlKey", "metaKey", "altKey", "shiftKey"]) {
    assert.equal(actionOf({ key: "ArrowLeft", [modifier]: true }), null);
  }
});

test("a press counts once, for the pair that is seen and asked about", () => {
  assert.ok(counts(state(), page()));
  assert.ok(!counts(state(), page({ ready: false })));
  assert.ok(!counts(state(), page({ sent: "p" })));
  assert.ok(counts(state(), page({ sent: "o" })));
  assert.ok(!counts(state({ pair: "q" }), page()));
  assert.ok(!counts(state({ phase: "end", pair: null }), page({ shown: null })));
});

test("the pair at hand is asked for first, then the next one, each once", () => {
  const known = (...held) => (pair) => held.includes(pair);
  assert.deepEqual(wanted(state(), known()), ["p", "q"]);
  assert.deepEqual(wanted(state(), known("p")), ["q"]);
  assert.deepEqual(wanted(state({ next: null }), known("p")), []);
  assert.deepEqual(wanted(state({ phase: "name", pair: null, next: null }), known()), []);
});

test("the bar is empty at first and full at the end", () => {
  assert.equal(share(state()), 0);
  assert.equal(share(state({ number: 111 })), 0.5);
  assert.equal(share(state({ phase: "end", number: 221 })), 1);
  assert.equal(share(state({ phase: "name" })), 0);
});

test("every sentence it says is in the table, with its places", async () => {
  const folder = new URL("../../apimart_widgets/", import.meta.url);
  const table = await readFile(new URL("words.py", folder), "utf8");
  const source = await readFile(new URL("widgets/static/blind.js", folder), "utf8");
  const known = new Set([...table.matchAll(/"panel\.(blind_\w+)"/g)].map(([, key]) => key));
  const said = new Set([...source.matchAll(/"(blind_\w+)"/g)].map(([, key]) => key));
  assert.deepEqual([...said].filter((key) => !known.has(key)), []);
  assert.deepEqual([...known].filter((key) => !said.has(key)), []);
  assert.equal(speaker({ blind_progress: "{n} of {total}" })("blind_progress", { n: 17, total: 220 }), "17 of 220");
});
