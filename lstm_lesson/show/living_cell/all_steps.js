// The drawing of all steps, side by side.

import { KEYS } from "./one_step.js";
import { Sheet, symbol } from "./sheet.js";
import { spoken } from "./words.js";

/** @typedef {import("./state.js").State} State */

const HEIGHT = 340;
const ROW = { c: 72, h: 160, gate: 236, x: 312 };

/**
 * @param {string} size  "wide", "middle" or "narrow"
 * @param {State} s
 * @param {string} mark
 */
export function drawAll(size, s, mark) {
  const narrow = size === "narrow";
  const T = s.x.length;
  const [W, first] = narrow ? [360, 2] : size === "wide" ? [800, 30] : [640, 24];
  const gap = (W - first - (narrow ? 46 : size === "wide" ? 90 : 84)) / T;
  const label = `The wires of all steps. ${KEYS}`;
  const sheet = new Sheet(W, HEIGHT, label, mark);
  sheet.digits = gap < 60 ? 2 : 3;
  sheet.compact = gap < 60;
  const fwd = s.direction === "forward";
  const side = Math.min(30, gap * 0.26);
  const chip = Math.min(narrow ? 60 : 76, gap * 0.82);
  for (let t = 1; t <= T; t++) {
    const x = first + gap * (t - 0.12);
    const column = {
      ...{ sheet, narrow, fwd, s, t, gap, side, chip, x, h: x + side, next: x + gap },
      /** @param {string} name */
      said: (name) => `step ${t}, ${spoken(name, s)}`,
      /** @param {(a: any) => number} ahead @param {(b: any) => number} back */
      pick: (ahead, back) => (/** @type {any} */ v) =>
        fwd ? ahead(v.steps[t - 1]) : back(v.back[t - 1]),
    };
    if (t === 1) drawStart(column);
    drawCell(column);
    if (t < T) drawOnward(column);
    drawStates(column);
    drawLoss(column);
  }
  return sheet;
}

/** @param {any} column */
function drawStart({ sheet, t, x, side, chip, said, pick }) {
  sheet.wire("cprev", {
    t: t,
    lines: [`M2 ${ROW.c}H${x - chip / 2}`],
    quiet: true,
    said: said("cprev"),
    f: pick(
      (a) => a.c_prev,
      (b) => b.dc_prev,
    ),
  });
  sheet.wire("hprev", {
    t: t,
    lines: [`M2 ${ROW.h}L${x - side} ${ROW.gate - 12}`],
    quiet: true,
    said: said("hprev"),
    f: pick(
      (a) => a.h_prev,
      (b) => b.dh_prev,
    ),
  });
}

/** @param {any} column */
function drawCell({ sheet, narrow, fwd, gap, side, chip, t, x, h, said, pick }) {
  const gates = x - side / 2;
  sheet.wire("x", {
    t: t,
    lines: [`M${gates} ${ROW.x - 20}V${ROW.gate + 16}`],
    at: [gates, ROW.x],
    anchor: "middle",
    chip,
    input: fwd,
    said: said("x"),
    f: pick(
      (a) => a.x,
      (b) => b.dx,
    ),
  });
  sheet.wire("write", {
    t: t,
    lines: [`M${gates} ${ROW.gate - 16}V${ROW.c + 14}`],
    at: [gates - 6, ROW.h - 24],
    anchor: "end",
    label: fwd && gap > 150 ? "i g" : "",
    quiet: gap < 150,
    said: said("write"),
    f: pick(
      (a) => a.write,
      (b) => b.dc,
    ),
  });
  sheet.wire("o", {
    t: t,
    lines: [`M${gates + 6} ${ROW.gate - 16}L${h - 2} ${ROW.h + 12}`],
    at: [x + 18, ROW.gate - 36],
    quiet: gap < 150,
    said: said("o"),
    f: pick(
      (a) => a.o,
      (b) => b.d.o,
    ),
  });
  sheet.wire("tanhc", {
    t: t,
    lines: [`M${x + 4} ${ROW.c + 10}L${h - 2} ${ROW.h - 18}`],
    quiet: true,
    said: said("tanhc"),
    f: pick(
      (a) => a.tanh_c,
      (b) => b.dtanh,
    ),
  });
  sheet.node(gates, ROW.gate, narrow ? "σ" : "i f g o", { gate: "all", width: narrow ? 40 : 62 });
  const below = { x: gates, y: ROW.x + 24, "text-anchor": "middle", class: "lc-name" };
  symbol(sheet.svg, `x_${t}`, below);
}

/** What goes on to the next step, and comes back from it. @param {any} column */
function drawOnward({ sheet, narrow, fwd, t, gap, side, chip, x, h, next, said }) {
  const tight = gap < 120;
  const from = h + chip * 0.42;
  const to = next - side - 2;
  const carry = sheet.wire("cout", {
    t: fwd ? t + 1 : t,
    lines: [`M${x + chip / 2} ${ROW.c}H${next - chip / 2}`],
    at: [(x + next) / 2, tight ? ROW.c + 27 : ROW.c - 16],
    anchor: "middle",
    label: tight ? "" : fwd ? `f_${t + 1}` : "carry",
    quiet: gap < 60,
    said: fwd ? `step ${t + 1}, forget gate` : `carry from step ${t + 1} to step ${t}`,
    f: (/** @type {any} */ v) => (fwd ? v.steps[t].f : v.back[t - 1].carry),
  });
  carry.classList.add("lc-through-c");
  const over = sheet.wire("hout", {
    t: fwd ? t + 1 : t,
    lines: [`M${from} ${ROW.h + 6}L${to} ${ROW.gate - 12}`],
    at: narrow ? [(h + next) / 2 + 2, ROW.h + 36] : [from + 0.7 * (to - from) - 6, ROW.gate - 19],
    anchor: narrow ? "middle" : "end",
    quiet: fwd || gap < 120,
    said: fwd ? said("hout") : `over h from step ${t + 1} to step ${t}`,
    f: (/** @type {any} */ v) => (fwd ? v.steps[t - 1].h : v.back[t - 1].from_h),
  });
  over.classList.add("lc-through-h");
}

/** @param {any} column */
function drawStates({ sheet, fwd, t, gap, chip, x, h, said, pick }) {
  const mark = fwd ? "" : "δ";
  sheet.wire("c", {
    t: t,
    at: [x, ROW.c + 4],
    anchor: "middle",
    chip,
    said: said("c"),
    f: pick(
      (a) => a.c,
      (b) => b.dc,
    ),
  });
  const above = { x, y: ROW.c - 20, "text-anchor": "middle", class: "lc-name" };
  symbol(sheet.svg, `${mark}c_${t}`, above);
  sheet.wire("h", {
    t: t,
    at: [h + 2, ROW.h],
    anchor: "middle",
    chip,
    said: said("h"),
    f: pick(
      (a) => a.h,
      (b) => b.dh,
    ),
  });
  if (gap > 120) {
    const beside = { x: h + 4 + chip / 2, y: ROW.h - 3, class: "lc-name" };
    symbol(sheet.svg, `${mark}h_${t}`, beside);
  } else if (t === 1) {
    symbol(sheet.svg, `${mark}h`, { x: 0, y: ROW.h - 12, class: "lc-name" });
  }
}

/** @param {any} column */
function drawLoss({ sheet, fwd, s, t, h }) {
  const loss = sheet.wire("E", {
    t: t,
    lines: [`M${h + 2} ${ROW.h - 17}V${ROW.c + 46}`],
    quiet: true,
    said: `step ${t}, ${spoken("E", s)}`,
    f: (/** @type {any} */ v) => (fwd ? (v.steps[t - 1].h - v.s.y) ** 2 : v.back[t - 1].direct),
  });
  loss.classList.add("lc-loss");
  symbol(loss, "E", { x: h + 9, y: ROW.c + 46, class: "lc-name" });
}
