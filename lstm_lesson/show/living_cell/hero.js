// The first thing a reader meets: a memory of six steps, an error at its end, and one switch.
// With the carry, the gradient comes back to step 1; without it, hardly anything does.

import { backward, forward, measure } from "./arithmetic.js";
import { element, symbol } from "./sheet.js";
import { fromAddress } from "./state.js";
import { STORIES } from "./stories.js";
import { fixed, number } from "./words.js";

const HTML = `
<figure class="lh-figure"><div></div><figcaption>Blue: the memory. Pink: the gradient that comes
  back to it, the thicker the larger.</figcaption></figure>
<div class="lh-panel">
  <div class="lh-controls">
    <button type="button" role="switch" class="lh-switch" aria-checked="true"><i></i>the
      carry</button>
    <button type="button" class="lh-play">▶ Play</button>
  </div>
  <p class="lh-what">Gradient of the loss at the memory of <b>step 1</b></p>
  <dl class="lh-gauge">
    <dt>should be</dt><dd class="lh-truth"><i></i><b></b></dd>
    <dt>arrives</dt><dd class="lh-arrives"><i></i><b></b></dd>
  </dl>
  <p class="lh-verdict" role="status"></p>
  <p class="lh-small">“Should be” is measured: the memory of step 1 is nudged, the cell runs forward
    again, and the loss moves.</p>
</div>`;

const WIDE = { W: 640, first: 58, gap: 92, tank: 46, H: 244 };
const NARROW = { W: 360, first: 28, gap: 52, tank: 32, H: 244 };
const Y = { number: 16, back: 36, top: 60, bottom: 130, gates: 164, x: 206 };
const SECONDS = 4.6; // less than 5: what moves longer by itself needs a way to stop it
const TURN = 0.5; // the part of the time after which it goes back
const FULL = 1.1; // the memory that fills its box

export class Hero {
  /** @param {HTMLElement} el */
  constructor(el) {
    this.root = document.createElement("div");
    this.root.className = "lstm-hero";
    this.root.innerHTML = HTML;
    el.replaceChildren(this.root);
    this.s = fromAddress(STORIES.remember.address);
    this.narrow = this.root.clientWidth < 560;
    this.phase = 1;
    this.#draw();
    this.#find(".lh-switch").addEventListener("click", () => this.#toggle());
    this.#find(".lh-play").addEventListener("click", () => this.#play(0));
    new ResizeObserver(() => this.#resize()).observe(this.root);
    this.#play(0);
  }

  /** @param {string} query @returns {any} */
  #find(query) {
    return this.root.querySelector(query);
  }

  #resize() {
    const narrow = this.root.clientWidth < 560;
    if (narrow === this.narrow) return;
    this.narrow = narrow;
    this.#draw();
  }

  #toggle() {
    this.s.carry = !this.s.carry;
    this.#draw();
    this.#play(TURN);
  }

  /** Move from a part of the time to its end; at once for those who want no motion. */
  #play(from) {
    cancelAnimationFrame(this.frame ?? 0);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.#paint(1);
      return;
    }
    let begin = 0;
    const step = (/** @type {number} */ now) => {
      begin ||= now;
      const phase = Math.min(1, from + (now - begin) / (1000 * SECONDS));
      this.#paint(phase);
      if (phase < 1) this.frame = requestAnimationFrame(step);
    };
    this.#paint(from);
    this.frame = requestAnimationFrame(step);
  }

  #draw() {
    const steps = forward(this.s);
    const back = backward(this.s, steps);
    const plan = this.narrow ? NARROW : WIDE;
    const place = this.#find(".lh-figure div");
    place.replaceChildren();
    const svg = element(place, "svg", {
      ...{ viewBox: `0 0 ${plan.W} ${plan.H}`, role: "img" },
      "aria-label":
        "A mark comes in at step 1 and stays in the memory until step 6, where the loss looks. " +
        "The gradient comes back from there to step 1, along the memory.",
    });
    const most = Math.max(...back.map((one) => Math.abs(one.dc)));
    this.columns = steps.map((step, k) => drawStep(svg, plan, k + 1, { step, back, most }));
    this.end = drawEnd(svg, plan, { h: steps[steps.length - 1].h, s: this.s });
    this.root.classList.toggle("lh-cut", !this.s.carry);
    this.#tell(back[0].dc, measure(this.s, "c", 1));
    this.#paint(this.phase);
  }

  /** The gauge, and what it says. */
  #tell(arrives, truth) {
    const share = arrives / truth;
    this.#find(".lh-switch").setAttribute("aria-checked", String(this.s.carry));
    this.#find(".lh-truth b").textContent = number(truth, 2);
    this.#find(".lh-arrives b").textContent = number(arrives, 2);
    this.#find(".lh-arrives i").style.width = `${Math.min(100, 100 * share)}%`;
    this.#find(".lh-verdict").innerHTML =
      Math.abs(share - 1) < 1e-6
        ? "With the carry, <b>all of it arrives</b>. Step 1 can learn from the error at step 6."
        : `Without the carry, <b>${number(100 * share, 1)} % of it arrives</b>. Step 1 learns ` +
          "almost nothing.";
  }

  /** Show what has happened by a part of the time. @param {number} phase */
  #paint(phase) {
    this.phase = phase;
    const T = this.s.x.length;
    const ahead = Math.min(1, phase / (TURN * 0.9)) * (T + 1); // steps that have run
    const back = Math.max(0, (phase - TURN) / (1 - TURN)) * (T + 1); // steps gone back
    for (const [k, { fill, wire, gradient }] of (this.columns ?? []).entries()) {
      fill.style.transform = `scaleY(${clamp(ahead - k)})`;
      wire.style.opacity = String(clamp(ahead - k));
      gradient.style.opacity = String(clamp(back - (T - 1 - k)));
    }
    if (this.end) this.end.style.opacity = String(clamp(ahead - T));
    this.#find(".lh-arrives").style.opacity = String(clamp(back - T + 0.5));
    this.#find(".lh-verdict").style.opacity = String(phase < TURN ? 0 : clamp(back - T + 0.5));
  }
}

/** @param {number} value */
const clamp = (value) => Math.max(0, Math.min(1, value));

/** One step: its memory, what comes in, and the gradient that comes back. */
function drawStep(svg, { first, gap, tank }, t, { step, back, most }) {
  const x = first + gap * (t - 1);
  const middle = (Y.top + Y.bottom) / 2;
  const height = (Y.bottom - Y.top) * Math.min(1, Math.abs(step.c) / FULL);
  const box = { x: x - tank / 2, width: tank, rx: 5 };
  element(svg, "line", { x1: x, x2: x, y1: Y.x - 18, y2: Y.bottom, class: "lh-line" });
  const mark = step.x !== 0 ? "lh-mark" : "lh-input";
  element(svg, "circle", { cx: x, cy: Y.x, r: step.x ? 13 : 11, class: mark });
  text(svg, x, Y.x + 5, fixed(step.x, 0), "lh-x");
  text(svg, x, Y.x + 31, t === 1 ? "step 1" : String(t), "lh-name");
  element(svg, "rect", { ...box, y: Y.top, height: Y.bottom - Y.top, class: "lh-tank" });
  const fill = element(svg, "rect", { ...box, y: Y.bottom - height, height, class: "lh-fill" });
  fill.style.transformOrigin = `0 ${Y.bottom}px`;
  const gate = { x: x - tank / 2, width: tank, y: Y.gates - 11, height: 22, rx: 6 };
  element(svg, "rect", { ...gate, class: "lh-gates" });
  text(svg, x, Y.gates + 5, "ifgo", "lh-gate-names");
  const wire = element(svg, "g");
  element(wire, "path", { d: `M${x + tank / 2} ${middle}h${gap - tank}`, class: "lh-wire" });
  text(wire, x, middle + 5, number(step.c, 2), "lh-c");
  return { fill, wire, gradient: drawGradient(svg, { x, gap, t }, { back, most }) };
}

/** The arrow that comes back to a step: as thick as what it carries. */
function drawGradient(svg, { x, gap, t }, { back, most }) {
  const { dc } = back[t - 1];
  const group = element(svg, "g", { class: "lh-back" });
  const thick = 1.5 + (9 * Math.abs(dc)) / most;
  const from = t < back.length ? x + gap - 8 : x + gap * 0.72;
  const style = `stroke-width: ${thick}`;
  const kind = t < back.length ? "lh-carry" : "lh-own";
  element(group, "path", { d: `M${from} ${Y.back}H${x + 8}`, class: kind, style });
  const tip = 4 + thick / 2;
  const d = `M${x + 9} ${Y.back - tip}L${x} ${Y.back}L${x + 9} ${Y.back + tip}z`;
  element(group, "path", { d, class: "lh-tip" });
  text(group, x, Y.number, number(dc, 2), "lh-dc");
  return group;
}

/** The loss, at the last step. */
function drawEnd(svg, { W, first, gap, tank }, { h, s }) {
  const x = first + gap * (s.x.length - 1) + gap * 0.8;
  const middle = (Y.top + Y.bottom) / 2;
  const group = element(svg, "g");
  element(group, "path", { d: `M${x} ${middle - 18}V${Y.back + 4}`, class: "lh-own" });
  element(group, "circle", { cx: x, cy: middle, r: Math.min(17, tank / 2), class: "lh-loss" });
  text(group, x, middle + 5, "E", "lh-E");
  const at = { x: Math.min(x, W - 4), "text-anchor": x > W - 30 ? "end" : "middle" };
  symbol(group, `h_${s.x.length}`, { ...at, y: Y.gates - 8, class: "lh-name" });
  element(group, "text", { ...at, y: Y.gates + 8, class: "lh-h" }, number(h, 2));
  element(group, "text", { ...at, y: Y.x - 12, class: "lh-name" }, "target");
  element(group, "text", { ...at, y: Y.x + 5, class: "lh-h" }, fixed(s.y, 2));
  return group;
}

/** Centred text. */
function text(parent, x, y, said, kind) {
  return element(parent, "text", { x, y, "text-anchor": "middle", class: kind }, said);
}
