import assert from "node:assert/strict";
import { test } from "node:test";
import { LONGEST_PAUSE, PATIENCE, fill, isCurrent, isEcho, isSubmit, keysOn, listed, makeNonce, nextPause, shownIn } from "../../apimart_widgets/widgets/static/submit.js";

const key = (changes) => ({ key: "Enter", ctrlKey: false, metaKey: false, isComposing: false, ...changes });

test("the second half of a double click is no press, and a press by key is one", () => {
  assert.deepEqual([0, 1, 2, 3].map((detail) => isEcho({ detail })), [false, false, true, true]);
});

test("places are filled in, unknown ones left alone", () => {
  assert.equal(fill("Generate {n}", { n: 4 }), "Generate 4");
  assert.equal(fill("生成 {n} 张", { n: 1 }), "生成 1 张");
  assert.equal(fill("{a} {b} {a}", { a: "$&" }), "$& {b} $&");
});

test("nothing is listed before a press, and never what a part of the panel says of itself", () => {
  const problems = [
    { field: "prompt", message: "The prompt is empty." },
    { field: "image_urls", message: "Not a URL." },
    { field: "size", message: "No such size." },
  ];
  assert.deepEqual(listed(problems, false), []);
  assert.deepEqual(listed(problems, true), [problems[2]]);
});

test("nonces are 32 hexadecimal digits and differ", () => {
  const nonces = Array.from({ length: 100 }, makeNonce);
  assert.equal(new Set(nonces).size, 100);
  for (const nonce of nonces) assert.match(nonce, /^[0-9a-f]{32}$/);
});

test("Ctrl or Cmd with Enter submits, unless a character is being composed", () => {
  assert.equal(isSubmit(key({ ctrlKey: true })), true);
  assert.equal(isSubmit(key({ metaKey: true })), true);
  assert.equal(isSubmit(key({})), false);
  assert.equal(isSubmit(key({ ctrlKey: true, isComposing: true })), false);
  assert.equal(isSubmit(key({ ctrlKey: true, key: "a" })), false);
});

test("the hint names the keys of the platform", () => {
  assert.equal(keysOn("MacIntel"), "⌘+Enter");
  assert.equal(keysOn("Linux x86_64"), "Ctrl+Enter");
  assert.equal(keysOn("Win32"), "Ctrl+Enter");
});

test("an unanswered press is sent again ever more rarely", () => {
  const pauses = [PATIENCE];
  while (pauses.length < 10) pauses.push(nextPause(/** @type {number} */ (pauses.at(-1))));
  assert.deepEqual(pauses.slice(0, 4), [1500, 3000, 6000, 12000]);
  assert.equal(pauses.at(-1), LONGEST_PAUSE);
});

test("a press carries what the controls show, and nothing of one that is out of use", () => {
  /** @type {(inside: Record<string, object>, closed?: boolean) => object} */
  const control = (inside, closed = false) => ({
    querySelector: (/** @type {string} */ wanted) => inside[wanted] ?? null,
    closest: () => (closed ? {} : null),
  });
  const list = (/** @type {string[]} */ ...chosen) => ({ select: { selectedOptions: chosen.map((textContent) => ({ textContent })) } });
  const parts = {
    ".apw-field-size": control(list(" ▭\u00a03:2\u00a0·\u00a01536×1024 ")),
    ".apw-field-background": control(list("")),
    ".apw-field-output-format": control(list()),
    ".apw-field-quality": control({ ".mod-active": { textContent: "low" } }),
    ".apw-field-resolution": control(list("1k"), true),
    ".apw-field-output-compression input": { disabled: false, value: " 40" },
    ".apw-references": { dataset: { shown: '{"tiles":[{"id":"r1"}],"coming":0}' } },
  };
  const panel = { querySelector: (/** @type {string} */ wanted) => parts[wanted] ?? null };
  assert.deepEqual(shownIn(/** @type {any} */ (panel)), {
    size: "▭ 3:2 · 1536×1024",
    quality: "low",
    output_compression: "40",
    references: { tiles: [{ id: "r1" }], coming: 0 },
  });
});

test("a price is shown for what the controls show alone", () => {
  const priced = { size: "▭ 3:2 · 1536×1024", n: "1" };
  assert.equal(isCurrent(priced, { size: "▭ 3:2 · 1536×1024", n: "1", quality: "low" }), true);
  assert.equal(isCurrent(priced, { size: "▭ 3:2 · 1536×1024", n: "4" }), false);
  // The controls are drawn one after the other.
  assert.equal(isCurrent(priced, { n: "1" }), true);
  assert.equal(isCurrent({}, { n: "1" }), true);
});
