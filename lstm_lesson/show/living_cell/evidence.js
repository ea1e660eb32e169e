// All steps, beside the truth: what each step gets, what is measured, and the verdict.

import { measure } from "./arithmetic.js";
import { nice, number, words } from "./words.js";

/** @typedef {import("./page.js").Page} Page */
/** @typedef {import("./state.js").State} State */

const NOISE = 1e-10; // of what is measured: the rounding of a loss over the size of a nudge

export class Evidence {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.made = "";
  }

  /** @param {State} s */
  layout(s) {
    this.page.find(".lc-time").hidden = s.view === "one" || s.direction === "forward";
    this.page.find(".lc-truths").hidden = s.direction === "forward";
  }

  /** @param {any} computed */
  show({ s, steps, back }) {
    if (s.direction === "forward") return;
    /** @param {number} value */
    const n = (value) => number(Math.abs(value) < NOISE ? 0 : value, 3);
    const shares = back.map((one) => one.dw[s.weight]);
    const sum = shares.reduce((a, b) => a + b, 0);
    const truth = measure(s, s.weight);
    if (s.view === "all") {
      const rows = back.map((one, k) => [one.dc, measure(s, "c", k + 1), shares[k]].map(n));
      this.#table(s, rows, [n(sum), n(truth)]);
    }
    this.#bars(sum, truth);
    this.#verdict(s, sum, truth, n);
  }

  /** @param {State} s @param {string[][]} rows @param {string[]} sums */
  #table(s, rows, [sum, truth]) {
    const wanted = [s.weight, rows.length].join();
    const table = this.page.find(".lc-table");
    if (this.made !== wanted) table.innerHTML = emptyTable(s.weight, rows.length);
    this.made = wanted;
    const shown = [...rows.flat(), sum, truth];
    for (const [k, cell] of [...table.querySelectorAll("td")].entries()) {
      if (cell.textContent !== shown[k]) cell.textContent = shown[k];
    }
  }

  /**
   * @param {number} sum
   * @param {number} truth
   */
  #bars(sum, truth) {
    const long = Math.max(Math.abs(sum), Math.abs(truth)) || 1;
    this.page.find(".lc-bar-sum").style.width = `${(100 * Math.abs(sum)) / long}%`;
    this.page.find(".lc-bar-truth").style.width = `${(100 * Math.abs(truth)) / long}%`;
  }

  /**
   * @param {State} s
   * @param {number} sum
   * @param {number} truth
   * @param {(value: number) => string} n
   */
  #verdict(s, sum, truth, n) {
    const open = [s.carry && "the carry", s.over_h && "the path over h"].filter(Boolean);
    const share = `${number((100 * sum) / truth, 1)} % of it arrives.`;
    const differ = Math.abs(truth) > 1e-9 ? share : "They do not agree.";
    const close = 1e-8 + 1e-6 * Math.abs(truth); // what nudging costs
    const said = Math.abs(sum - truth) < close ? "They agree." : differ;
    this.page.find(".lc-verdict").innerHTML =
      `With ${open.join(" and ") || "neither path"} open, the steps add up to <b>${n(sum)}</b>. ` +
      `Measured: <b>${n(truth)}</b>. <b>${said}</b>`;
  }
}

/** @param {string} weight @param {number} steps */
function emptyTable(weight, steps) {
  const share = `share of ∂E/∂${words(nice(weight))}`;
  const heads = ["step", "δc computed", "δc measured", share];
  const cells = '<td class="lc-computed"></td><td></td><td class="lc-computed"></td>';
  const row = (/** @type {any} */ _, /** @type {number} */ k) =>
    `<tr><th scope="row">${k + 1}</th>${cells}</tr>`;
  const foot = (/** @type {string} */ name, /** @type {string} */ kind) =>
    `<tr><th scope="row" colspan="3">${name}</th><td class="${kind}"></td></tr>`;
  return (
    `<thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join("")}</tr></thead>` +
    `<tbody>${Array.from({ length: steps }, row).join("")}</tbody>` +
    `<tfoot>${foot("sum of the steps", "lc-computed")}${foot("measured", "")}</tfoot>`
  );
}
