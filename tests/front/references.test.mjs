import assert from "node:assert/strict";
import { test } from "node:test";
import * as references from "../../apimart_widgets/widgets/static/references.js";

const { LARGEST, PATIENCE, PIECE, Sender, addressesIn, applied, hostAndName, maskOf, megabytes, moved, nextIndex, plan } = references;
const { readTyped, shortened, sorted, spoken, unheard, wrongWith } = references;

const say = (key, values = {}) => [key, ...Object.values(values)].join(" ");
const link = (id, address = `https://a.example/${id}.png`) => ({ id, kind: "link", address, ...hostAndName(address) });
const ids = (items) => items.map(({ id }) => id).join("");

test("a file is cut into pieces that leave nothing out", () => {
  assert.deepEqual(plan(3), [[0, 3]]);
  assert.deepEqual(plan(PIECE), [[0, PIECE]]);
  assert.deepEqual(plan(PIECE + 1), [[0, PIECE], [PIECE, PIECE + 1]]);
  const pieces = plan(20 * PIECE + 7);
  assert.equal(pieces.length, 21);
  assert.ok(pieces.every(([from], place) => from === (place ? pieces[place - 1][1] : 0)));
  assert.equal(pieces.at(-1)[1], 20 * PIECE + 7);
});

test("typed addresses stand between spaces and lines, each once", () => {
  assert.deepEqual(addressesIn(" a\n\tb  a\r\nc "), ["a", "b", "c"]);
  assert.deepEqual(readTyped("https://a.example/1.png file:///home/me/fox.png"), {
    good: ["https://a.example/1.png"],
    bad: [{ address: "file:///home/me/fox.png", why: "references_file" }],
  });
  assert.deepEqual(readTyped("   "), { good: [], bad: [] });
});

test("what is wrong with an address is told as the kernel tells it", () => {
  for (const [address, why] of [
    ["https://a.example/1.png", ""],
    ["HTTP://A.EXAMPLE/1.PNG", ""],
    ["http://192.168.0.1:8080/a?b=c#d", ""],
    ["data:image/png;base64,AAAA", "references_data"],
    ["file:///home/me/fox.png", "references_file"],
    ["/home/me/fox.png", "references_path"],
    ["fox.png", "references_path"],
    ["C:\\fox.png", "references_path"],
    ["ftp://a.example/1.png", "references_scheme"],
    ["javascript:alert(1)", "references_scheme"],
    ["https://", "references_not_url"],
    ["https:a.example", "references_not_url"],
    ["https://me:secret@a.example/1.png", "references_credentials"],
    ["https://me@a.example/1.png", "references_credentials"],
    ["https://@a.example/1.png", "references_credentials"],
    ["https://a.example/@me.png", ""],
  ]) {
    assert.equal(wrongWith(address), why, address);
  }
});

test("a link is known by its host and its file", () => {
  assert.deepEqual(hostAndName("https://a.example/b/my%20fox.png?x=1"), { host: "a.example", name: "my fox.png" });
  assert.deepEqual(hostAndName("https://a.example/"), { host: "a.example", name: "a.example" });
  assert.deepEqual(hostAndName("https://a.example/100%.png"), { host: "a.example", name: "100%.png" });
  assert.deepEqual(hostAndName("no address"), { host: "", name: "no address" });
  assert.equal(shortened("a".repeat(70)).length, 60);
});

test("a mask is shown with no other reference than the kernel told of it for", () => {
  const mask = { marked: true, text: "12 %", id: "r9" };
  const [a, b] = [{ id: "a" }, { id: "b" }];
  assert.equal(maskOf([a, b], [a, b], mask), mask);
  assert.equal(maskOf([], [], mask), mask); // with a request that has nothing to mask
  for (const items of [[b, a], [b], []]) assert.deepEqual(maskOf(items, [a, b], mask), { marked: false, text: "", id: "" });
});

test("an element is moved to any place", () => {
  assert.deepEqual(moved(["a", "b", "c"], 2, 0), ["c", "a", "b"]);
  assert.deepEqual(moved(["a", "b", "c"], 0, 2), ["b", "c", "a"]);
  assert.deepEqual(moved(["a", "b", "c"], 1, 1), ["a", "b", "c"]);
});

test("what was done here stands until the kernel has heard it", () => {
  const items = ["a", "b", "c"].map((id) => link(id));
  const ops = [
    { gesture: "1", kind: "move", id: "c", to: 0 },
    { gesture: "2", kind: "remove", id: "a" },
    { gesture: "3", kind: "add", links: [{ id: "d", address: "https://a.example/d.png" }, { id: "e", address: "https://a.example/b.png" }] },
  ];
  assert.equal(ids(applied(items, ops)), "cbd");
  assert.equal(applied(items, ops)[2].pending, true);
  assert.equal(ids(applied(items, unheard(ops, ["1", "3"]))), "bc");
  assert.equal(ids(applied(items, [{ gesture: "4", kind: "remove", id: "gone" }])), "abc");
  assert.equal(ids(applied(items, [{ gesture: "5", kind: "move", id: "a", to: 9 }])), "bca");
});

test("a screen reader hears what came and went", () => {
  const [a, b] = [link("a"), link("b")];
  assert.equal(spoken([a], [a, b], say), "references_added b.png");
  assert.equal(spoken([a, b], [b], say), "references_removed a.png");
  assert.equal(spoken([a, b], [b, a], say), "");
});

test("keys move within the strip and not around it", () => {
  assert.equal(nextIndex("ArrowRight", 1, 3), 2);
  assert.equal(nextIndex("ArrowRight", 2, 3), 2);
  assert.equal(nextIndex("ArrowUp", 0, 3), 0);
  assert.equal(nextIndex("Home", 2, 3), 0);
  assert.equal(nextIndex("End", 0, 3), 2);
  assert.equal(nextIndex("a", 0, 3), null);
});

test("files that are empty, too large or too many are told apart, each with a sentence", () => {
  const file = (name, size) => ({ name, size });
  const all = [file("a", 1), file("b", 0), file("c", LARGEST + 1), file("d", LARGEST), file("e", 1)];
  const { files, said } = sorted(all, 2, 15, say);
  assert.deepEqual(files.map(({ name }) => name), ["a", "d"]);
  assert.deepEqual(said, ["references_empty b", "references_too_large c 100.1 100", "references_left_out 15 1"]);
  assert.deepEqual(sorted(all, -1, 15, say).files, []);
  assert.equal(megabytes(LARGEST), "100.0");
});

/** A sender with files of these sizes, and the messages it has sent. */
function sending(...sizes) {
  const sent = [];
  const failed = [];
  const sender = new Sender((content, buffers = []) => sent.push({ ...content, length: buffers[0]?.byteLength }), () => {}, (name) => failed.push(name));
  sender.add(sizes.map((size, place) => Object.assign(new Blob([new Uint8Array(size)]), { name: `${place}.png` })));
  const settle = () => new Promise((resolve) => setTimeout(resolve, 20));
  const got = (next, asked = false) => sender.got({ upload: sender.queue.find(({ state }) => state === "sending").id, next, asked });
  return { sender, sent, failed, settle, got };
}

test("a piece goes up when the one before has arrived, and a file after the other", async () => {
  const { sender, sent, settle, got } = sending(PIECE + 5, 3);
  await settle();
  assert.deepEqual(sent.map(({ offset, length }) => [offset, length]), [[0, PIECE]]);
  got(PIECE);
  got(PIECE); // the answer to a piece that came twice
  await settle();
  assert.deepEqual(sent.map(({ offset, length }) => [offset, length]), [[0, PIECE], [PIECE, 5]]);
  got(PIECE + 5);
  await settle();
  assert.deepEqual(sender.queue.map(({ state }) => state), ["reading", "sending"]);
  assert.equal(sent[2].name, "1.png");
  sender.close();
  assert.deepEqual(sent.slice(3).map(({ kind }) => kind), ["cancel", "cancel"]);
});

test("a kernel that does not answer is asked, and one that has forgotten is told everything again", async () => {
  const { sender, sent, settle, got } = sending(2 * PIECE);
  await settle();
  got(PIECE);
  await settle();
  await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  assert.equal(sent.at(-1).kind, "where");
  assert.ok(sender.late);
  got(0, true);
  await settle();
  assert.ok(!sender.late);
  assert.deepEqual(sent.filter(({ kind }) => kind === "piece").map(({ offset }) => offset), [0, PIECE, 0]);
  sender.close();
});

test("a file that cannot be read makes room for the next", async () => {
  const { sender, sent, failed, settle } = sending(3, 3);
  sender.close();
  const folder = { name: "folder", size: 4096, slice: () => ({ arrayBuffer: () => Promise.reject(new Error("no file")) }) };
  sender.add([/** @type {any} */ (folder), Object.assign(new Blob(["fox"]), { name: "fox.png" })]);
  await settle();
  assert.deepEqual(failed, ["folder"]);
  assert.equal(sent.at(-1).name, "fox.png");
  sender.close();
});
