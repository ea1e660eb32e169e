// The arithmetic: lstm_lesson's gates.py, states.py and gradients.py, for one unit and one input.

import { GATES } from "./state.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {{ [name: string]: any }} Step  what one step computes, forward or backward */
/** @typedef {{ name?: string, t?: number, by?: number }} Nudge */

/** @param {number} z */
const sigmoid = (z) => 0.5 + 0.5 * Math.tanh(z / 2);

/**
 * Run the cell. `nudge` adds `by` to c_t of one step, or to h_t: that is how a gradient is
 * measured.
 * @param {State} s
 * @param {Nudge} [nudge]
 * @returns {Step[]}
 */
export function forward(s, nudge = {}) {
  let h = s.h0;
  let c = s.c0;
  /** @param {string} name @param {number} k */
  const push = (name, k) => (nudge.name === name && nudge.t === k + 1 ? (nudge.by ?? 0) : 0);
  return s.x.map((x, k) => {
    const step = gates(s, x, h, c);
    step.keep = step.f * c;
    step.write = step.i * step.g;
    step.c = c = step.keep + step.write + push("c", k);
    step.tanh_c = Math.tanh(c);
    step.h = h = step.o * step.tanh_c + push("h", k);
    step.counts = s.loss === "every" || k === s.x.length - 1;
    return step;
  });
}

/**
 * @param {State} s
 * @param {number} x
 * @param {number} h_prev
 * @param {number} c_prev
 * @returns {Step}
 */
function gates(s, x, h_prev, c_prev) {
  /** @type {Record<string, number>} */
  const z = {};
  for (const k of GATES) z[k] = s[`wx${k}`] * x + s[`wh${k}`] * h_prev + s[`b${k}`];
  const [i, f, o] = [sigmoid(z.i), sigmoid(z.f), sigmoid(z.o)];
  return { x, h_prev, c_prev, z, i, f, g: Math.tanh(z.g), o };
}

/**
 * The squared error: a mean over the steps that count, as in lstm_lesson's readout.py.
 * @param {State} s
 * @param {Step[]} steps
 */
export function loss(s, steps) {
  const counted = steps.filter((step) => step.counts);
  return counted.reduce((sum, step) => sum + (step.h - s.y) ** 2, 0) / counted.length;
}

/**
 * Go back through every step. Without the carry and the path over h, each step is alone: that
 * is what the article computes “at a particular time stamp”.
 * @param {State} s
 * @param {Step[]} steps
 * @returns {Step[]}
 */
export function backward(s, steps) {
  const n = steps.filter((step) => step.counts).length;
  /** @type {Step[]} */
  const back = [];
  let carry = 0; // nothing comes back to the last step
  let from_h = 0;
  for (const step of [...steps].reverse()) {
    const direct = step.counts ? (2 * (step.h - s.y)) / n : 0;
    const one = backOneStep(s, step, { direct, carry, from_h });
    carry = s.carry ? one.dc_prev : 0;
    from_h = s.over_h ? one.dh_prev : 0;
    back.unshift(one);
  }
  return back;
}

/**
 * @param {State} s
 * @param {Step} step
 * @param {{ direct: number, carry: number, from_h: number }} from
 * @returns {Step}
 */
export function backOneStep(s, step, { direct, carry, from_h }) {
  const { i, f, g, o, tanh_c, h_prev, c_prev, x } = step;
  const dh = direct + from_h;
  const dc_h = dh * o * (1 - tanh_c ** 2); // the part that comes through h_t
  const dc = dc_h + carry;
  const d = { i: dc * g, f: dc * c_prev, g: dc * i, o: dh * tanh_c };
  /** @type {Record<string, number>} */
  const delta = {
    i: d.i * i * (1 - i),
    f: d.f * f * (1 - f),
    g: d.g * (1 - g ** 2),
    o: d.o * o * (1 - o),
  };
  /** @param {string} kind */
  const over = (kind) => GATES.reduce((sum, k) => sum + delta[k] * s[kind + k], 0);
  const [dx, dh_prev, dc_prev] = [over("wx"), over("wh"), dc * f];
  /** @type {Record<string, number>} */
  const dw = {};
  for (const k of GATES) {
    dw[`wx${k}`] = delta[k] * x;
    dw[`wh${k}`] = delta[k] * h_prev;
    dw[`b${k}`] = delta[k];
  }
  const made = { dh, dc_h, dc, dtanh: dh * o, d, delta, dx, dh_prev, dc_prev, dw };
  return { direct, carry, from_h, ...made };
}

const NUDGE = 1e-5;

/**
 * The truth, from the forward pass alone: nudge a number up, then down, and see how the loss
 * moves. `name` is a number of the state, or "c" or "h" of step `t`.
 * @param {State} s
 * @param {string} name
 * @param {number} [t]
 */
export function measure(s, name, t) {
  /** @param {number} by */
  const at = (by) =>
    name in s
      ? loss(s, forward({ ...s, [name]: s[name] + by }))
      : loss(s, forward(s, { name, t, by }));
  return (at(NUDGE) - at(-NUDGE)) / (2 * NUDGE);
}
