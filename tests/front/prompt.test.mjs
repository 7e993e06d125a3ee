import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { filled, heard, hostOf, nextIndex, told, typed } from "../../apimart_widgets/widgets/static/prompt.js";

const fresh = { text: "", said: [], unsent: false };

/** What the draft becomes when these texts are typed and each is sent. */
const saying = (...texts) => texts.reduce((draft, text) => told(typed(draft, text)), fresh);

test("a prompt set by code is shown", () => {
  assert.equal(heard(fresh, "a fox").text, "a fox");
  assert.equal(heard(saying("a fox"), "a hare").text, "a hare");
});

test("an echo never takes back what was typed since", () => {
  const draft = typed(saying("a"), "a fox");
  assert.equal(heard(draft, "a").text, "a fox");
  assert.equal(heard(draft, "a").unsent, true);
});

test("late echoes of a busy kernel are all recognised", () => {
  const draft = saying("a", "a f", "a fox");
  const after = heard(heard(draft, "a"), "a f");
  assert.equal(after.text, "a fox");
  assert.deepEqual(after.said, ["a fox"]);
});

test("an echo that skips some takes them off too", () => {
  assert.deepEqual(heard(saying("a", "a f", "a fox"), "a fox").said, []);
});

test("a text that was echoed already counts as new when code sets it again", () => {
  const echoed = heard(saying("a", "b"), "b");
  assert.equal(heard(echoed, "a").text, "a");
});

test("a request takes the place of what was written before it", () => {
  const taken = { text: "a hare", said: [], unsent: false };
  assert.deepEqual(filled(fresh, "a hare", ""), taken);
  assert.deepEqual(filled(saying("a", "a fox"), "a hare", "a fox"), taken);
  // Shown by another page, or set by code.
  assert.deepEqual(filled({ ...fresh, text: "a wolf" }, "a hare", "a fox"), taken);
});

test("a request that comes late takes nothing back that was written after it was asked for", () => {
  const unsent = filled(typed(saying("a fox"), "a wolf"), "a hare", "a fox");
  assert.equal(unsent.text, "a wolf");
  assert.equal(heard(unsent, "a hare").text, "a wolf");
  assert.equal(heard(unsent, "a hare").unsent, true);
  const unheard = filled(saying("a fox", "a wolf"), "a hare", "a fox");
  assert.equal(unheard.text, "a wolf");
  assert.equal(heard(unheard, "a hare").text, "a wolf");
  assert.equal(heard(heard(unheard, "a hare"), "a wolf").text, "a wolf");
  assert.equal(heard(heard(heard(unheard, "a hare"), "a wolf"), "a bear").text, "a bear");
});

test("what is still to be sent wins over a prompt set by code", () => {
  assert.equal(heard(typed(fresh, "a f"), "a hare").text, "a f");
});

test("any text survives", () => {
  const text = `"'\`</script>\n狐狸 🦊\t${"x".repeat(32_000)}`;
  assert.equal(told(typed(fresh, text)).text, text);
  assert.equal(heard(fresh, text).text, text);
});

test("the echoes waited for are limited", () => {
  const texts = Array.from({ length: 500 }, (_, index) => `prompt ${index}`);
  assert.ok(saying(...texts).said.length <= 50);
});

test("an address is shown as its host", () => {
  assert.equal(hostOf("https://api.apimart.ai"), "api.apimart.ai");
  assert.equal(hostOf("http://127.0.0.1:8123/"), "127.0.0.1:8123");
  assert.equal(hostOf("no address"), "no address");
});

test("arrow keys go round a row of choices", () => {
  assert.equal(nextIndex("ArrowRight", 3, 4), 0);
  assert.equal(nextIndex("ArrowLeft", 0, 4), 3);
  assert.equal(nextIndex("ArrowDown", 1, 4), 2);
  assert.equal(nextIndex("ArrowUp", 1, 4), 0);
  assert.equal(nextIndex("Home", 2, 4), 0);
  assert.equal(nextIndex("End", 0, 4), 3);
  assert.equal(nextIndex("Enter", 0, 4), null);
});

test("every word used is in words.py", async () => {
  const folder = new URL("../../apimart_widgets/", import.meta.url);
  const words = await readFile(new URL("words.py", folder), "utf8");
  for (const file of ["prompt.js", "submit.js"]) {
    const source = await readFile(new URL(`widgets/static/${file}`, folder), "utf8");
    const used = source.match(/(?<=")(badge|key|prompt|submit)_[a-z_]+(?=")/g);
    assert.ok(used.length > 5);
    for (const key of used) assert.ok(words.includes(`"panel.${key}"`), `${file} says ${key}`);
  }
});
