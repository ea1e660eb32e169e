// Traces: the memory, the output, the gates and the gradient over all steps.

import { element } from "./sheet.js";
import { GATES } from "./state.js";
import { raised } from "./words.js";

/** @typedef {import("./page.js").Page} Page */

const W = 220;
const H = 116;
const [LEFT, RIGHT, TOP, BOTTOM] = [28, 190, 18, 98];

export class Traces {
  /** @param {Page} page */
  constructor(page) {
    this.place = page.find(".lc-traces");
    this.place.innerHTML = "<div></div><div></div><div></div>";
  }

  /** @param {any} computed */
  show({ s, steps, back }) {
    const [states, gates, gradient] = this.place.children;
    const of = (/** @type {string} */ name) => steps.map((one) => one[name]);
    const all = [0, 1, ...of("c"), ...of("h")];
    drawTrace(states, s, {
      title: "memory c and output h",
      lines: { c: of("c"), h: of("h") },
      range: [Math.min(...all), Math.max(...all)],
    });
    const low = Math.min(0, Math.floor(Math.min(...of("g"))));
    drawTrace(gates, s, {
      title: "gates i, f, o and candidate g",
      lines: Object.fromEntries(GATES.map((k) => [k, of(k)])),
      range: [low, 1],
    });
    const sizes = back.map((one) => Math.log10(Math.max(1e-8, Math.abs(one.dc))));
    drawTrace(gradient, s, {
      title: "size of the gradient δc",
      lines: { δc: sizes },
      range: [Math.floor(Math.min(-1, ...sizes)), Math.ceil(Math.max(0.01, ...sizes))],
      power: true,
    });
  }
}

/** @param {any} place @param {import("./state.js").State} s @param {any} trace */
function drawTrace(place, s, { title, lines, range: [low, high], power }) {
  place.replaceChildren();
  const told = Object.keys(lines).join(", ");
  const svg = element(place, "svg", {
    ...{ viewBox: `0 0 ${W} ${H}`, role: "img" },
    "aria-label": `${title} over ${s.x.length} steps: ${told}. The numbers are in the drawing.`,
  });
  const T = s.x.length;
  const X = (/** @type {number} */ k) => LEFT + ((RIGHT - LEFT) * (k + 0.5)) / T;
  const Y = (/** @type {number} */ v) => BOTTOM - ((BOTTOM - TOP) * (v - low)) / (high - low || 1);
  element(svg, "text", { x: LEFT, y: 11, class: "lc-name" }, title);
  for (const v of new Set([low, 0, high])) {
    if (power && v === 0 && (high > 3 || low < -6) && low !== 0) continue;
    element(svg, "line", { x1: LEFT, x2: RIGHT, y1: Y(v), y2: Y(v), class: "lc-grid" });
    const tick = power ? `10${raised(v)}` : String(Math.round(v * 10) / 10).replace("-", "−");
    element(svg, "text", { x: LEFT - 4, y: Y(v) + 4, class: "lc-tick" }, tick);
  }
  for (let k = 0; k < T; k++) {
    const now = k + 1 === s.t ? "lc-tick lc-at-now" : "lc-tick";
    element(svg, "text", { x: X(k) + 3, y: H - 4, class: now }, String(k + 1));
  }
  const ends = Object.entries(lines).map(([name, values]) => {
    const points = values.map((v, k) => `${X(k).toFixed(1)},${Y(v).toFixed(1)}`);
    element(svg, "polyline", { points: points.join(" "), class: `lc-trace lc-trace-${name}` });
    for (const [k, v] of values.entries()) {
      element(svg, "circle", { cx: X(k), cy: Y(v), r: 2.5, class: `lc-dot lc-trace-${name}` });
    }
    return { name, y: Y(values[T - 1]) };
  });
  for (const { name, y } of apart(ends)) {
    element(svg, "text", { x: RIGHT + 3, y: y + 4, class: `lc-end lc-trace-${name}` }, name);
  }
}

/** Labels at the ends of lines, none on another. */
function apart(ends) {
  const sorted = [...ends].sort((a, b) => a.y - b.y);
  for (let k = 1; k < sorted.length; k++) {
    sorted[k].y = Math.max(sorted[k].y, sorted[k - 1].y + 13);
  }
  const over = sorted[sorted.length - 1].y - BOTTOM;
  if (over > 0) for (const end of sorted) end.y -= over;
  return sorted;
}
