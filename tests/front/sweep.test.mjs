import assert from "node:assert/strict";
import { test } from "node:test";
import { fill, shares, stretch, worthSaying } from "../../apimart_widgets/widgets/static/sweep.js";

const stands = (changes) => ({ requests: 4, done: 0, running: 0, failed: 0, going: true, halted: "", ...changes });

test("times are said as people say them", () => {
  assert.deepEqual(stretch(0.2), ["sweep_seconds", 1]);
  assert.deepEqual(stretch(13.4), ["sweep_seconds", 13]);
  assert.deepEqual(stretch(43), ["sweep_seconds", 45]);
  assert.deepEqual(stretch(100), ["sweep_minutes", 2]);
  assert.deepEqual(stretch(5400), ["sweep_hours", 1.5]);
});

test("the bar fills with what is made and what failed", () => {
  assert.deepEqual(shares(stands({ done: 3, failed: 1 })), { done: 75, failed: 25 });
  assert.deepEqual(shares(stands({ requests: 0 })), { done: 0, failed: 0 });
});

test("a listener hears of ends and troubles alone", () => {
  assert.equal(worthSaying(stands({}), stands({ done: 1 })), "");
  assert.equal(worthSaying(stands({}), stands({ failed: 1 })), "failed");
  assert.equal(worthSaying(stands({ done: 3 }), stands({ done: 4 })), "end");
  assert.equal(worthSaying(stands({ done: 4 }), stands({ done: 4 })), "");
  assert.equal(worthSaying(stands({}), stands({ halted: "No money.", failed: 1 })), "halted");
  assert.equal(worthSaying(stands({ halted: "No money." }), stands({ halted: "No money." })), "");
});

test("places are filled in", () => {
  assert.equal(fill("{done} of {planned}", { done: 1, planned: 2 }), "1 of 2");
});
