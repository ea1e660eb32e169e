// Inputs: a slider for each number, and what is shown of which step.

import { span, valueAt } from "./picture.js";
import { GATES, STEPS, WEIGHTS } from "./state.js";
import { fixed, inWords, nice, words } from "./words.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./page.js").Page} Page */

export class Inputs {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.place = page.find(".lc-inputs");
    this.made = "";
    const options = WEIGHTS.map((name) => `<option>${name}</option>`);
    page.find(".lc-weight").innerHTML = options.join("");
    page.root.addEventListener("input", (/** @type {any} */ event) => {
      const { key } = event.target.dataset;
      if (key) page.put(key, Number(event.target.value));
    });
    page.root.addEventListener("change", (/** @type {any} */ event) => this.#change(event.target));
    page.root.addEventListener("click", (/** @type {any} */ event) => {
      const button = event.target.closest("[data-set]");
      if (!button) return;
      page.transport.stop();
      page.timed = false;
      page.set({ [button.dataset.set]: button.dataset.value });
    });
  }

  /** @param {any} input */
  #change(input) {
    const { page } = this;
    const s = page.state();
    if (input.dataset.switch) page.set({ [input.dataset.switch]: input.checked });
    if (input.matches(".lc-weight")) page.set({ weight: input.value });
    if (input.matches(".lc-loss-at")) page.set({ loss: input.value });
    /** @param {number} most */
    const whole = (most) => Math.min(most, Math.max(1, Math.round(Number(input.value)) || 1));
    if (input.matches(".lc-T")) {
      const T = whole(STEPS);
      input.value = T;
      page.set({ x: Array.from({ length: T }, (_, k) => s.x[k] ?? 0), t: Math.min(s.t, T) });
    }
  }

  /** @param {State} s */
  layout(s) {
    const { page } = this;
    for (const button of page.root.querySelectorAll("[data-set]")) {
      const { set, value } = /** @type {HTMLElement} */ (button).dataset;
      button.setAttribute("aria-pressed", String(s[set ?? ""] === value));
    }
    const steps = s.x.map((_, k) => `x${k + 1}`);
    if (this.made !== steps.join()) this.#make(steps);
    this.made = steps.join();
  }

  /** @param {string[]} steps */
  #make(steps) {
    const open = this.page.find(".lc-more")?.open ? " open" : "";
    /** @param {string} kind */
    const each = (kind) => GATES.map((k) => kind + k);
    const weights =
      this.#group("of the input", each("wx")) + this.#group("of the last output", each("wh"));
    this.place.innerHTML =
      this.#group("input at each step", steps) +
      this.#group("start and target", ["h0", "c0", "y"]) +
      this.#group("biases", each("b")) +
      `<details class="lc-more"${open}><summary>the eight weights</summary>` +
      `<div>${weights}</div></details>`;
  }

  /**
   * @param {string} title
   * @param {string[]} keys
   */
  #group(title, keys) {
    const rows = keys.map((key) => rowOf(key, this.page.mark));
    const head = `<div class="lc-group" role="group" aria-label="${title}"><p>${title}</p>`;
    return `${head}${rows.join("")}</div>`;
  }

  /** @param {any} computed */
  show({ s }) {
    const { page } = this;
    for (const input of page.root.querySelectorAll("[data-key]")) {
      showNumber(input, valueAt(s, /** @type {any} */ (input).dataset.key));
    }
    const T = page.find(".lc-T");
    if (document.activeElement !== T) T.value = s.x.length;
    page.find(".lc-loss-at").value = s.loss;
    page.find(".lc-weight").value = s.weight;
    for (const box of page.root.querySelectorAll("[data-switch]")) {
      const input = /** @type {HTMLInputElement} */ (box);
      input.checked = s[input.dataset.switch ?? ""];
    }
  }
}

/**
 * HTML of a slider: its symbol to see, its name in words to hear.
 * @param {string} key
 * @param {string} mark
 */
export function rowOf(key, mark) {
  const [low, high] = span(key);
  const id = `${mark}-${key}`;
  const limits = `min="${low}" max="${high}" step="0.05"`;
  return (
    `<div class="lc-row"><label for="${id}">${words(nice(key))}` +
    `<span class="lc-hidden">, ${inWords(key)}</span></label>` +
    `<input type="range" id="${id}" data-key="${key}" ${limits} autocomplete="off">` +
    `<output for="${id}"></output></div>`
  );
}

/**
 * @param {any} input
 * @param {number} value
 */
function showNumber(input, value) {
  const shown = fixed(value);
  const output = input.nextElementSibling;
  if (Number(input.value) !== value) input.value = value;
  if (output.value === shown) return;
  output.value = shown;
  input.setAttribute("aria-valuetext", shown);
}

/** What a listener hears of an input that has moved. @param {string} key @param {number} value */
export const heard = (key, value) => `${inWords(key)} ${fixed(value)}.`;
