import assert from "node:assert/strict";
import { test } from "node:test";
import { fill, isSubmit, keysOn, listed, makeNonce } from "../../apimart_widgets/widgets/static/submit.js";

const key = (changes) => ({ key: "Enter", ctrlKey: false, metaKey: false, isComposing: false, ...changes });

test("places are filled in, unknown ones left alone", () => {
  assert.equal(fill("Generate {n}", { n: 4 }), "Generate 4");
  assert.equal(fill("生成 {n} 张", { n: 1 }), "生成 1 张");
  assert.equal(fill("{a} {b} {a}", { a: "$&" }), "$& {b} $&");
});

test("nothing is listed before a press, and never the prompt's own problem", () => {
  const problems = [
    { field: "prompt", message: "The prompt is empty." },
    { field: "image_urls", message: "Not a URL." },
  ];
  assert.deepEqual(listed(problems, false), []);
  assert.deepEqual(listed(problems, true), [problems[1]]);
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
