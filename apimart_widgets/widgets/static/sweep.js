// @ts-check
/**
 * A sweep: what is planned, how far it is, Run and Stop.
 *
 * Down, as traits: `plan` and `progress` (see sweep.py), `words` ({key: text}), `language` ("en" | "zh").
 * Down, as messages: {kind: "accepted", nonce}, {kind: "refused", text}, {kind: "stopping"}.
 * Up, as messages: {kind: "run", nonce, most: the price that stands on the button, in dollars}, {kind: "stop"}.
 *
 * Words used, all beginning `panel.` in words.py: sweep_images sweep_spent sweep_of_allowed sweep_left
 * sweep_at_a_time sweep_running sweep_failed sweep_all_made sweep_run sweep_run_cost sweep_waiting
 * sweep_stop sweep_unheard sweep_plan sweep_axis sweep_requests sweep_cost sweep_not_asked sweep_not_asked_line sweep_retry_hint sweep_more
 * sweep_label sweep_seconds sweep_minutes sweep_hours.
 */

/** Milliseconds after which an unanswered press is sent again. */
export const PATIENCE = 1500;

/** @type {(template: string, values: Record<string, unknown>) => string} `{n}` becomes the value of n. */
export const fill = (template, values) =>
  template.replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));

/** @type {(seconds: number) => [string, number]} A stretch of time as people say it: a word's key and its number. */
export function stretch(seconds) {
  if (seconds < 90) return ["sweep_seconds", Math.max(1, seconds < 20 ? Math.round(seconds) : 5 * Math.round(seconds / 5))];
  if (seconds < 5400) return ["sweep_minutes", Math.round(seconds / 60)];
  return ["sweep_hours", Math.round(seconds / 360) / 10];
}

/** @type {(progress: {requests: number, done: number, failed: number}) => {done: number, failed: number}} In percent. */
export function shares({ requests, done, failed }) {
  const percent = (/** @type {number} */ n) => (requests ? (100 * n) / requests : 0);
  return { done: percent(done), failed: percent(failed) };
}

/**
 * What a listener should hear of: the end, a stop, a failure; not every picture.
 *
 * @param {{failed: number, going: boolean, halted: string, running: number, requests: number, done: number}} before
 * @param {{failed: number, going: boolean, halted: string, running: number, requests: number, done: number}} now
 * @returns {"halted" | "end" | "failed" | ""}
 */
export function worthSaying(before, now) {
  if (now.halted && now.halted !== before.halted) return "halted";
  if (before.done < before.requests && now.done === now.requests) return "end";
  return now.failed > before.failed ? "failed" : "";
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} className
 * @param {string} [text]
 * @param {Node[]} [children]
 * @returns {HTMLElementTagNameMap[T]}
 */
function make(tag, className, text = "", children = []) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  element.append(...children);
  return element;
}

/** One view of a sweep. */
class SweepView {
  /**
   * @param {any} model
   * @param {HTMLElement} el
   */
  constructor(model, el) {
    this.model = model;
    /** @type {string | null} The press that is still to be answered. */
    this.nonce = null;
    /** Whether a Stop waits for the end of a cell. */
    this.busy = false;
    this.say = (/** @type {string} */ key, /** @type {Record<string, unknown>} */ values = {}) =>
      fill(model.get("words")[key] ?? key, values);
    el.classList.add("apw-sweep");
    el.dataset.lmSuppressShortcuts = "true";
    el.addEventListener("keydown", (event) => event.stopPropagation());
    this.el = el;
    this.name = make("h3", "apw-sweep-name");
    this.axes = make("div", "apw-muted");
    this.facts = make("div", "apw-sweep-facts");
    this.run = make("button", "apw-button apw-primary");
    this.stop = make("button", "apw-button");
    this.bar = make("div", "apw-sweep-bar", "", [make("div", "apw-sweep-done"), make("div", "apw-sweep-bad")]);
    this.notes = make("div", "apw-sweep-notes");
    this.plan = make("details", "apw-sweep-plan");
    this.drawings = make("div", "apw-sweep-drawings");
    this.live = make("div", "apw-spoken");
    this.live.setAttribute("role", "status");
    this.bar.setAttribute("role", "progressbar");
    this.bar.setAttribute("aria-valuemin", "0");
    this.run.type = this.stop.type = "button";
    const head = make("div", "apw-sweep-head", "", [
      make("div", "apw-sweep-title", "", [this.name, this.axes]),
      this.facts,
      make("div", "apw-sweep-actions", "", [this.run, this.stop]),
    ]);
    el.append(make("section", "apw-sweep-card", "", [head, this.bar, this.notes, this.plan, this.drawings, this.live]));
    this.run.addEventListener("click", () => this.press());
    this.stop.addEventListener("click", () => this.pressStop());
    this.onPlan = () => this.showPlan();
    this.onProgress = () => this.show();
    this.onMessage = this.onMessage.bind(this);
    model.on("change:plan", this.onPlan);
    model.on("change:progress", this.onProgress);
    model.on("msg:custom", this.onMessage);
    this.plan.open = !model.get("progress").done && !model.get("progress").running;
    this.showPlan();
    this.show();
  }

  press() {
    const { most, run, going } = this.model.get("progress");
    if (this.nonce || going || !run || most === null) return;
    this.nonce = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
    const press = { kind: "run", nonce: this.nonce, most };
    this.model.send(press);
    this.again = setInterval(() => {
      this.model.send(press);
      this.live.textContent = this.say("sweep_waiting");
    }, PATIENCE);
    this.refused = "";
    this.busy = false;
    this.show();
  }

  /** A kernel without subshells hears of it when the cell that runs has ended, and by then all may be made. */
  pressStop() {
    this.model.send({ kind: "stop" });
    clearTimeout(this.unheard);
    this.unheard = setTimeout(() => {
      this.busy = this.model.get("progress").going;
      if (this.busy) this.live.textContent = this.say("sweep_unheard");
      this.show();
    }, PATIENCE);
  }

  /** @param {any} content */
  onMessage(content) {
    if (content.kind === "stopping") {
      clearTimeout(this.unheard);
      this.busy = false;
    } else if (content.kind === "accepted" && content.nonce === this.nonce) {
      clearInterval(this.again);
      this.nonce = null;
    } else if (content.kind === "refused") {
      this.refused = content.text;
      this.live.textContent = content.text;
    }
    this.show();
  }

  show() {
    const now = this.model.get("progress");
    const before = this.before ?? now;
    this.before = now;
    const { done, failed } = shares(now);
    this.bar.setAttribute("aria-valuemax", String(now.requests));
    this.bar.setAttribute("aria-valuenow", String(now.done));
    /** @type {HTMLElement} */ (this.bar.children[0]).style.width = `${done}%`;
    /** @type {HTMLElement} */ (this.bar.children[1]).style.width = `${failed}%`;
    this.facts.replaceChildren(...this.factsOf(now).map(([value, about]) =>
      make("div", "", "", [make("div", "apw-sweep-value", value), make("div", "apw-muted", about)])));
    this.showButtons(now);
    this.showNotes(now);
    const worth = worthSaying(before, now);
    if (worth === "halted") this.live.textContent = now.halted;
    if (worth === "end") this.live.textContent = this.say("sweep_all_made");
    if (worth === "failed") this.live.textContent = this.say("sweep_failed", { n: now.failed });
  }

  /** @param {any} now */
  factsOf(now) {
    const images = this.say("sweep_images", { done: now.images, planned: now.planned });
    const running = [];
    if (now.running) running.push(this.say("sweep_running", { n: now.running }));
    if (now.failed) running.push(this.say("sweep_failed", { n: now.failed }));
    if (now.done === now.requests) running.push(this.say("sweep_all_made"));
    const facts = [[images, running.join(", ") || "\u00a0"]];
    const allowed = now.allowed ? this.say("sweep_of_allowed", { allowed: now.allowed }) : this.say("sweep_spent");
    facts.push([now.spent, allowed]);
    if (now.left !== 0) {
      facts.push([this.say("sweep_left", { time: this.time(now.left) }), this.say("sweep_at_a_time", { n: now.width })]);
    }
    return facts;
  }

  /** @param {number} seconds */
  time(seconds) {
    const [key, n] = stretch(seconds);
    return this.say(key, { n });
  }

  /** @param {any} now */
  showButtons(now) {
    const focused = this.el.contains(document.activeElement) && document.activeElement;
    this.stop.textContent = this.say("sweep_stop");
    this.stop.hidden = !now.going;
    this.run.hidden = now.going || !now.run;
    this.run.textContent = this.nonce
      ? this.say("sweep_waiting")
      : this.say(now.cost ? "sweep_run_cost" : "sweep_run", { n: now.run, cost: now.cost });
    this.run.setAttribute("aria-disabled", String(this.nonce !== null || now.most === null));
    // The button under the focus gives way to the other one: it would be lost to the page.
    if (focused === this.run && this.run.hidden && !this.stop.hidden) this.stop.focus();
    if (focused === this.stop && this.stop.hidden && !this.run.hidden) this.run.focus();
  }

  /** @param {any} now */
  showNotes(now) {
    const notes = [];
    const unheard = this.busy && now.going ? this.say("sweep_unheard") : "";
    for (const text of [this.refused, unheard, now.halted, now.why_not]) if (text) notes.push(make("p", "apw-sweep-halted", text));
    if (now.failures.length) {
      const lines = now.failures.map((/** @type {any} */ each) => {
        const cells = each.cells.join("; ") + (each.n > each.cells.length ? ` ${this.say("sweep_more", { n: each.n - each.cells.length })}` : "");
        return make("li", "", each.reason, [make("div", "apw-muted", cells)]);
      });
      const hint = now.going ? "" : ` ${this.say("sweep_retry_hint")}`;
      notes.push(make("p", "", this.say("sweep_failed", { n: now.failed }) + (hint && `.${hint}`)), make("ul", "", "", lines));
    }
    this.notes.replaceChildren(...notes);
    this.notes.hidden = !notes.length;
  }

  showPlan() {
    const plan = this.model.get("plan");
    this.el.lang = this.model.get("language") === "zh" ? "zh-CN" : "en";
    this.el.firstElementChild?.setAttribute("aria-label", this.say("sweep_label", { name: plan.name }));
    this.name.textContent = plan.name;
    this.axes.textContent = plan.axes;
    this.drawings.textContent = plan.drawings;
    this.drawings.hidden = !plan.drawings;
    this.bar.setAttribute("aria-label", plan.name);
    const prompt = make("p", "apw-sweep-prompt", plan.prompt);
    prompt.hidden = !plan.prompt;
    const parts = [make("summary", "", this.say("sweep_plan")), prompt, this.table(plan)];
    if (plan.left_out.length) {
      const lines = plan.left_out.map((/** @type {any} */ each) =>
        make("li", "", this.say("sweep_not_asked_line", each)));
      parts.push(make("p", "apw-strong", this.say("sweep_not_asked")), make("ul", "", "", lines));
    }
    this.plan.replaceChildren(...parts);
  }

  /** @param {any} plan */
  table(plan) {
    const heads = ["sweep_axis", "", "sweep_requests", "sweep_cost"].map((key) => {
      const head = make("th", "", key && this.say(key));
      head.scope = "col";
      return head;
    });
    const rows = plan.levels.map((/** @type {any} */ each, /** @type {number} */ place) => {
      const first = place === 0 || plan.levels[place - 1].axis !== each.axis;
      const row = make("tr", first ? "apw-sweep-first" : "");
      const axis = make("th", "", first ? each.axis : "");
      axis.scope = "row";
      row.append(axis, make("td", "", each.level), make("td", "", String(each.requests)), make("td", "", each.cost));
      return row;
    });
    const table = make("table", "", "", [
      make("thead", "", "", [make("tr", "", "", heads)]),
      make("tbody", "", "", rows),
    ]);
    table.hidden = !rows.length;
    return make("div", "apw-sweep-scroll", "", [table]);
  }

  close() {
    clearInterval(this.again);
    clearTimeout(this.unheard);
    this.model.off("change:plan", this.onPlan);
    this.model.off("change:progress", this.onProgress);
    this.model.off("msg:custom", this.onMessage);
  }
}

export default {
  /** @param {{model: any, el: HTMLElement}} context */
  render({ model, el }) {
    const view = new SweepView(model, el);
    return () => view.close();
  },
};
