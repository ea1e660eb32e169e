// A worked example that walks from the last step to the first: each number fills in beside the
// line of code that computes it.

import { backOneStep, forward } from "./arithmetic.js";
import { GATES } from "./state.js";
import { number } from "./words.js";

/** @typedef {import("./state.js").State} State */

// The page's read-out and loss: predictions 2 h_t, a target of 0.5, the mean over all steps.
const READ_OUT = { w: 2, target: 0.5 };
const PAUSE = 1100; // ms

// A line of the page's loop, and where what it computes goes: to step t, or to the step before.
const LINES = [
  { name: "δh", code: "dh[t] = direct[t - 1] + back_to_h[t]" },
  { name: "δc", code: "dc[t] = dh[t] * o * (1 - np.tanh(c) ** 2) + carry[t]" },
  { name: "δ_i", code: 'delta["i"][t] = dc[t] * g * i * (1 - i)' },
  { name: "δ_f", code: 'delta["f"][t] = dc[t] * c_prev * f * (1 - f)' },
  { name: "δ_g", code: 'delta["g"][t] = dc[t] * i * (1 - g**2)' },
  { name: "δ_o", code: 'delta["o"][t] = dh[t] * np.tanh(c) * o * (1 - o)' },
  {
    name: "back to h",
    code: 'back_to_h[t - 1] = 1.0 * delta["f"][t] + 1.0 * delta["g"][t] - 1.0 * delta["o"][t]',
    before: 1,
  },
  { name: "carry", code: "carry[t - 1] = dc[t] * f", before: 1 },
];

const WALK = `
<div class="lc-scroll"><table class="lc-table"></table></div>
<p class="lc-sum" role="status"></p>
<div class="lc-transport" role="group" aria-label="Play">
  <button type="button" class="lc-play">▶ Play</button>
  <button type="button" class="lc-on-one">Step</button>
  <input type="range" class="lc-scrub" min="0" step="1" autocomplete="off"
    aria-label="from the last step to the first">
  <output class="lc-when"></output>
</div>`;

/**
 * All that the loop computes, in its order.
 * @param {State} s
 */
export function walk(s) {
  const steps = forward(s);
  const T = steps.length;
  /** @type {{ line: number, t: number, at: number, value: number, sum: string }[]} */
  const moves = [];
  let [carry, from_h] = [0, 0];
  for (let t = T; t >= 1; t--) {
    const step = steps[t - 1];
    const { w, target } = READ_OUT;
    const direct = (2 / T) * (w * step.h - target) * w;
    const back = backOneStep(s, step, { direct, carry, from_h });
    const values = [back.dh, back.dc, ...GATES.map((k) => back.delta[k])];
    values.push(back.dh_prev, back.dc_prev);
    const sums = inNumbers(step, back, s);
    for (const [line, value] of values.entries()) {
      moves.push({ line, t, at: t - (LINES[line].before ?? 0), value, sum: sums[line] });
    }
    [carry, from_h] = [back.dc_prev, back.dh_prev];
  }
  return moves;
}

/** The lines with their numbers. @param {any} step @param {any} back @param {State} s */
function inNumbers(step, back, s) {
  const n = (/** @type {number} */ value) => {
    const text = number(value);
    return value < 0 ? `(${text})` : text;
  };
  const { i, f, g, o, tanh_c, c_prev } = step;
  const [dh, dc, d] = [n(back.dh), n(back.dc), back.delta];
  const over = GATES.filter((k) => s[`wh${k}`]).map((k) => `${n(s[`wh${k}`])} · ${n(d[k])}`);
  return [
    `${n(back.direct)} + ${n(back.from_h)}`,
    `${dh} · ${n(o)} · (1 − ${n(tanh_c)}²) + ${n(back.carry)}`,
    `${dc} · ${n(g)} · ${n(i)} · (1 − ${n(i)})`,
    `${dc} · ${n(c_prev)} · ${n(f)} · (1 − ${n(f)})`,
    `${dc} · ${n(i)} · (1 − ${n(g)}²)`,
    `${dh} · ${n(tanh_c)} · ${n(o)} · (1 − ${n(o)})`,
    over.join(" + "),
    `${dc} · ${n(f)}`,
  ];
}

export class Walk {
  /**
   * @param {HTMLElement} el
   * @param {State} s
   */
  constructor(el, s) {
    this.root = document.createElement("div");
    this.root.className = "living-cell lc-walk-through lc-backward";
    this.root.innerHTML = WALK;
    el.replaceChildren(this.root);
    this.position = 0;
    this.moves = walk(s);
    this.#fill(s.x.length);
    const scrubber = this.#find(".lc-scrub");
    scrubber.max = this.moves.length;
    scrubber.addEventListener("input", () => this.#go(Number(scrubber.value)));
    this.#find(".lc-on-one").addEventListener("click", () => {
      this.#go((this.position + 1) % (this.moves.length + 1));
    });
    this.#find(".lc-play").addEventListener("click", () =>
      this.timer ? this.#stop() : this.#play(),
    );
    this.#go(0);
  }

  /** @param {string} query @returns {any} */
  #find(query) {
    return this.root.querySelector(query);
  }

  /** @param {number} T */
  #fill(T) {
    const columns = Array.from({ length: T + 1 }, (_, t) => t);
    const heads = columns.map((t) => `<th scope="col">t = ${t}</th>`).join("");
    const rows = LINES.map(({ code, before }) => {
      const cells = columns.map((t) => `<td>${before && t === T ? "0" : ""}</td>`);
      return `<tr><th scope="row"><code>${code}</code></th>${cells.join("")}</tr>`;
    });
    const head = `<thead><tr><th scope="col">code</th>${heads}</tr></thead>`;
    this.#find(".lc-table").innerHTML = `${head}<tbody>${rows.join("")}</tbody>`;
  }

  /** Show what the first lines have computed. @param {number} position */
  #go(position) {
    if (position === 0 || position >= this.moves.length) this.#stop();
    this.position = position;
    const rows = [...this.#find("tbody").rows];
    const last = this.moves[position - 1];
    for (const [k, { line, at, value }] of this.moves.entries()) {
      const cell = rows[line].cells[at + 1];
      cell.textContent = k < position ? number(value) : "";
      cell.classList.toggle("lc-fresh", k === position - 1);
    }
    for (const [k, row] of rows.entries()) row.classList.toggle("lc-running", k === last?.line);
    this.#find(".lc-sum").innerHTML = last
      ? `${written(last)} = ${last.sum} = <b>${number(last.value)}</b>`
      : "Nothing has come back yet. Press Play or Step: the loop begins at the last step.";
    this.#find(".lc-scrub").value = position;
    const where = last ? `step ${last.t}` : "start";
    this.#find(".lc-scrub").setAttribute("aria-valuetext", where);
    this.#find(".lc-when").value = where;
  }

  #play() {
    if (this.position >= this.moves.length) this.#go(0);
    this.#find(".lc-play").textContent = "❚❚ Pause";
    this.timer = setInterval(() => this.#go(this.position + 1), PAUSE);
    this.#go(this.position + 1);
  }

  #stop() {
    clearInterval(this.timer);
    this.timer = undefined;
    this.#find(".lc-play").textContent = "▶ Play";
  }
}

/** @param {{ line: number, t: number, at: number }} move */
function written({ line, at }) {
  const [name, sub] = LINES[line].name.split("_");
  return sub ? `<i>${name}</i><sub>${sub}</sub> at ${at}` : `<i>${name}</i><sub>${at}</sub>`;
}
