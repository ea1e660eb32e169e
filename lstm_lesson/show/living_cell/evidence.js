// All steps, beside the truth: what each step gets, what is measured, and the verdict.

import { measure } from "./arithmetic.js";
import { nice, number, words } from "./words.js";

/** @typedef {import("./page.js").Page} Page */

export class Evidence {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.made = "";
  }

  /** @param {import("./state.js").State} s */
  layout(s) {
    this.page.find(".lc-time").hidden = s.view === "one" || s.direction === "forward";
    this.page.find(".lc-switches").hidden = s.direction === "forward";
  }

  /** @param {any} computed */
  show({ s, steps, back }) {
    if (this.page.find(".lc-time").hidden) return;
    /** @param {number} value */
    const n = (value) => number(value, this.page.narrow ? 3 : 4);
    const shares = back.map((one) => one.dw[s.weight]);
    const sum = shares.reduce((a, b) => a + b, 0);
    const truth = measure(s, s.weight);
    const weight = `∂E/∂${words(nice(s.weight))}`;
    /** @type {any[][]} */
    const rows = [
      ["computed", "δc, computed", [...back.map((one) => one.dc), null]],
      ["truth", "δc, measured", [...steps.map((_, k) => measure(s, "c", k + 1)), null]],
      ["computed", `${weight}, share of each step`, [...shares, sum]],
      ["truth", `${weight}, measured`, [...steps.map(() => null), truth]],
    ];
    this.#table(rows, [s.weight, steps.length].join());
    const shown = rows.flatMap(([, , values]) => values.map((one) => (one === null ? "" : n(one))));
    for (const [k, cell] of [...this.page.find(".lc-table").querySelectorAll("td")].entries()) {
      if (cell.textContent !== shown[k]) cell.textContent = shown[k];
    }
    this.#bars(sum, truth);
    this.#verdict(s, sum, truth, n);
  }

  /**
   * @param {any[][]} rows
   * @param {string} wanted
   */
  #table(rows, wanted) {
    if (this.made === wanted) return;
    this.made = wanted;
    const count = rows[0][2].length;
    const heads = rows[0][2].map((_, k) => {
      return `<th scope="col">${k + 1 < count ? k + 1 : "sum"}</th>`;
    });
    const body = rows.map(([kind, name]) => {
      return `<tr class="lc-${kind}"><th scope="row">${name}</th>${"<td></td>".repeat(count)}</tr>`;
    });
    const head = `<thead><tr><th scope="col">step</th>${heads.join("")}</tr></thead>`;
    this.page.find(".lc-table").innerHTML = `${head}<tbody>${body.join("")}</tbody>`;
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
   * @param {import("./state.js").State} s
   * @param {number} sum
   * @param {number} truth
   * @param {(value: number) => string} n
   */
  #verdict(s, sum, truth, n) {
    const open = [s.carry && "the carry", s.over_h && "the way over h"].filter(Boolean);
    const share = `${number((100 * sum) / truth, 0)} % of it arrives.`;
    const differ = Math.abs(truth) > 1e-9 ? share : "They do not agree.";
    const said = Math.abs(sum - truth) < 1e-8 ? "They agree." : differ;
    this.page.find(".lc-verdict").innerHTML =
      `With ${open.join(" and ") || "neither way"} open, the steps add up to ` +
      `<b>${n(sum)}</b>. Measured: <b>${n(truth)}</b>. <b>${said}</b>`;
  }
}
