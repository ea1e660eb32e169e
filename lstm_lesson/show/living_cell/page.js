// The page of the cell: it holds the state, and each part draws what concerns it.

import { backward, forward, loss } from "./arithmetic.js";
import { Evidence } from "./evidence.js";
import { heard, Inputs } from "./inputs.js";
import { PARTS } from "./parts.js";
import { Linked, Picture, span } from "./picture.js";
import { GATES, START, STEPS, toAddress } from "./state.js";
import { STORIES } from "./stories.js";
import { STOPS, Tour } from "./tour.js";
import { Traces } from "./traces.js";
import { Transport } from "./transport.js";
import { number } from "./words.js";

/** @typedef {import("./state.js").State} State */

const HTML = `
<div class="lc-head">
  <div class="lc-steps" role="group" aria-label="The four steps of the tour"></div>
  <div class="lc-stories" role="group" aria-label="Stories"></div>
</div>
<p class="lc-notice" role="alert"></p>
<div class="lc-main">
<div class="lc-stage">
  <div class="lc-bar">
    <div role="group" aria-label="What is shown">
      <button type="button" data-set="view" data-value="one">one step</button><button
        type="button" data-set="view" data-value="all">all steps</button>
    </div>
    <div role="group" aria-label="Which way">
      <button type="button" data-set="direction" data-value="forward">forward:
        values</button><button
        type="button" data-set="direction" data-value="backward">backward: gradients</button>
    </div>
  </div>
  <div class="lc-picture"></div>
  <div class="lc-transport" role="group" aria-label="Play">
    <button type="button" class="lc-play">▶ Play</button>
    <button type="button" class="lc-on-one">Step</button>
    <input type="range" class="lc-scrub" min="0" step="1" autocomplete="off"
      aria-label="forward through the steps, then back">
    <output class="lc-when"></output>
    <label class="lc-at">of
      <input type="number" class="lc-T" min="1" max="${STEPS}" inputmode="numeric"
        autocomplete="off" aria-label="number of steps"></label>
  </div>
  <div class="lc-traces"></div>
</div>
<div class="lc-side">
  <div class="lc-text">
    <h3 class="lc-title"></h3><div class="lc-says"></div><div class="lc-knobs"></div>
    <div class="lc-walk">
      <button type="button" class="lc-back">← Back</button>
      <button type="button" class="lc-next">Next →</button>
    </div>
  </div>
  <div class="lc-truths">
    <div class="lc-switches" role="group" aria-label="The paths back through time">
      <label><input type="checkbox" data-switch="carry"> the carry, along <i>c</i></label>
      <label><input type="checkbox" data-switch="over_h"> the path over <i>h</i></label>
    </div>
    <p class="lc-verdict"></p>
    <div class="lc-bars" aria-hidden="true">
      <i class="lc-bar-sum"></i><i class="lc-bar-truth"></i></div>
    <label class="lc-of">The gradient of <select class="lc-weight"></select></label>
    <div class="lc-time">
      <div class="lc-scroll" role="region" aria-label="Step by step, beside the truth" tabindex="0">
        <table class="lc-table"></table></div>
    </div>
    <p class="lc-small">Measured: the cell runs forward twice, with the number nudged up and down
      by 0.00001, and the two losses are compared. No formula of the backward pass is used.</p>
  </div>
  <div class="lc-about">
    <p class="lc-what"></p>
    <p class="lc-code"><b>Code</b> <code></code></p>
    <p class="lc-article"><b>Article</b> <span></span></p>
  </div>
</div>
</div>
<div class="lc-linked">
  <div class="lc-equations" role="group" aria-label="The equations"></div>
  <div class="lc-inputs"></div>
</div>
<div class="lc-foot">
  <label>the loss looks at
    <select class="lc-loss-at">
      <option value="last">the last step</option><option value="every">every step</option>
    </select></label>
  <button type="button" class="lc-copy">Copy link</button>
  <button type="button" class="lc-reset">Reset</button>
  <output class="lc-status"></output>
</div>
<p class="lc-live" aria-live="polite"></p>`;

// The width of the drawing, in px, from which on a size fits.
const SIZES = { wide: 720, middle: 480, narrow: 0 };
const TWO_COLUMNS = 860; // px
let drawings = 0; // ids are unique on a page with several

export class Page {
  /**
   * @param {any} model  as anywidget's
   * @param {HTMLElement} el
   * @param {boolean} [small]  the drawing and what it needs, in a page about a part of it
   */
  constructor(model, el, small = false) {
    this.model = model;
    this.root = document.createElement("div");
    this.root.className = small ? "living-cell lc-small-cell" : "living-cell";
    this.root.innerHTML = HTML;
    el.replaceChildren(this.root);
    this.mark = `lc${++drawings}`;
    this.lit = ""; // the wire that is lit
    this.changed = ""; // what a listener has to hear
    this.drawn = "";
    this.size = "";
    this.#fit(this.root.clientWidth || SIZES.middle);
    this.busy = false;
    this.picture = new Picture(this);
    this.linked = new Linked(this);
    this.tour = new Tour(this);
    this.transport = new Transport(this);
    this.timed = false; // is the drawing that of a moment, with later steps still empty
    const others = [new Inputs(this), new Evidence(this), this.transport, new Traces(this)];
    /** @type {any[]} */
    this.parts = [this.tour, this.picture, this.linked, ...others];
    this.#listen();
    this.draw();
  }

  #listen() {
    const { model, root } = this;
    this.find(".lc-copy").addEventListener("click", () => this.#copy());
    this.find(".lc-reset").addEventListener("click", () => this.#reset());
    // JupyterLab would take the arrow keys for itself; it looks at the focused element alone.
    root.addEventListener("focusin", (/** @type {any} */ event) => {
      event.target.dataset.lmSuppressShortcuts = "true";
    });
    const notice = () => {
      this.find(".lc-notice").textContent = model.get("notice");
    };
    model.on("change:notice", notice);
    notice();
    for (const key of Object.keys(START)) model.on(`change:${key}`, () => this.draw());
    this.watch = new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width && this.#fit(contentRect.width)) this.draw();
    });
    this.watch.observe(root);
  }

  /** Choose the drawing that fits a width; say whether it is another. @param {number} width */
  #fit(width) {
    const before = this.size;
    this.wide = width >= TWO_COLUMNS;
    const drawing = this.wide ? 0.6 * width : width;
    this.size = Object.entries(SIZES).find(([, least]) => drawing >= least)?.[0] ?? "narrow";
    this.root.classList.toggle("lc-wide", this.wide);
    this.root.classList.toggle("lc-narrow", this.size === "narrow");
    return this.size !== before;
  }

  close() {
    this.transport.stop();
    this.watch?.disconnect();
    clearTimeout(this.said);
  }

  /**
   * @param {string} query
   * @returns {any}
   */
  find(query) {
    return this.root.querySelector(query);
  }

  /** @returns {State} */
  state() {
    return /** @type {State} */ (
      Object.fromEntries(Object.keys(START).map((key) => [key, this.model.get(key)]))
    );
  }

  /**
   * Change the state: all that depends on it is drawn before this returns.
   * @param {Partial<State>} changes
   */
  set(changes) {
    this.busy = true;
    for (const [key, value] of Object.entries(changes)) this.model.set(key, value);
    this.busy = false;
    this.model.save_changes();
    this.draw();
  }

  /** Begin a stop of the tour, or a story. @param {Partial<State>} changes @param {string} lit */
  begin(changes, lit) {
    this.transport.stop();
    this.timed = false;
    this.lit = lit;
    this.set(changes);
    this.light(lit);
  }

  /**
   * Move an input, within its limits and to a round number.
   * @param {string} key
   * @param {number} value
   */
  put(key, value) {
    const [low, high] = span(key);
    const rounded = Math.min(high, Math.max(low, Math.round(value * 20) / 20));
    this.changed = heard(key, rounded);
    if (key[0] !== "x") return this.set({ [key]: rounded });
    const x = [...this.model.get("x")];
    x[Number(key.slice(1)) - 1] = rounded;
    return this.set({ x });
  }

  draw() {
    if (this.busy) return;
    const s = this.state();
    const steps = forward(s);
    const back = backward(s, steps);
    const t = Math.min(s.t, s.x.length) - 1;
    const computed = { s, steps, back, a: steps[t], b: back[t], E: loss(s, steps) };
    this.#layout(s);
    for (const part of this.parts) part.show?.(computed);
    const { classList } = this.root;
    classList.toggle("lc-backward", s.direction === "backward");
    classList.toggle("lc-no-carry", !s.carry);
    classList.toggle("lc-no-h", !s.over_h);
    classList.toggle("lc-elsewhere", s.view === "one" && !computed.a.counts);
    this.#announce(computed);
  }

  /** Draw again what another view, width or number of steps asks for. @param {State} s */
  #layout(s) {
    const wanted = [
      this.size,
      s.view,
      s.direction,
      s.x.length,
      s.loss,
      s.stop,
      s.story,
      s.part,
    ].join();
    if (wanted === this.drawn) return;
    this.drawn = wanted;
    for (const part of this.parts) part.layout?.(s);
    this.light(
      this.lit || STORIES[s.story]?.lit || STOPS[s.stop]?.lit || PARTS[s.part]?.lit || "c",
    );
  }

  /** @param {string} wire */
  light(wire) {
    this.linked.light(wire);
  }

  /** Tell those who listen, a moment later. @param {any} computed */
  #announce({ a, E, s }) {
    clearTimeout(this.said);
    this.said = setTimeout(() => {
      const back = s.direction === "backward" && s.view === "all";
      const verdict = back ? this.find(".lc-verdict").textContent : "";
      const gates = GATES.map((k) => `${k} ${number(a[k])}`).join(", ");
      const where = s.loss === "every" ? "mean over all steps" : `at step ${s.x.length}`;
      const states =
        `Step ${Math.min(s.t, s.x.length)}: ${gates}, memory c ${number(a.c)}, ` +
        `output h ${number(a.h)}; loss, ${where}, ${number(E)}.`;
      this.find(".lc-live").textContent = `${this.changed} ${verdict || states}`.trim();
      this.changed = "";
    }, 500);
  }

  async #copy() {
    const link = this.model.get("site") + toAddress(this.state());
    const status = this.find(".lc-status");
    try {
      await navigator.clipboard.writeText(link);
      status.value = "The link is copied.";
    } catch {
      status.value = link; // the browser does not let us: here it is
    }
  }

  #reset() {
    this.changed = "Reset.";
    this.find(".lc-status").value = "";
    this.model.set("notice", "");
    this.begin({ ...START, ...STOPS[1]?.set }, STOPS[1]?.lit ?? "c");
  }
}
