// The drawing of one step of the cell.

import { element, Sheet, symbol } from "./sheet.js";
import { GATES } from "./state.js";
import { spoken } from "./words.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./sheet.js").Wire} Wire */
/** @typedef {(a: any) => number} Pick */

// Where things are, on a wide sheet and on a narrow one.
const WIDE = {
  ...{ W: 800, L: 56, R: 704, col: { f: 184, i: 334, g: 464, o: 604 }, chip: 76 },
  frame: { x: 104, width: 572 },
};
const MIDDLE = {
  ...{ W: 640, L: 46, R: 556, col: { f: 140, i: 248, g: 356, o: 462 }, chip: 70 },
  frame: { x: 82, width: 446 },
};
const NARROW = {
  ...{ W: 360, L: 24, R: 310, col: { f: 75, i: 136, g: 197, o: 256 }, chip: 54 },
  frame: { x: 44, width: 252 },
};
const HEIGHT = 452;
const TOP = 74; // the line of the memory
const MEET = 146; // where i and g meet
const BELOW = 180; // where o and tanh c meet
const GATE = 248;
const RAIL = { x: 338, h: 382, b: 424 };

/** What the keys do in a drawing, for those who listen. */
export const KEYS =
  "Left and right arrow keys go from wire to wire, up and down change a number in a box.";

/**
 * @param {string} size  "wide", "middle" or "narrow"
 * @param {State} s
 * @param {string} mark
 */
export function drawOne(size, s, mark) {
  const narrow = size === "narrow";
  const plan = narrow ? NARROW : size === "wide" ? WIDE : MIDDLE;
  const label = `The wires of one step. ${KEYS}`;
  const sheet = new Sheet(plan.W, HEIGHT, label, mark);
  const fwd = s.direction === "forward";
  if (narrow && !fwd) sheet.digits = 2; // a minus sign needs its place
  element(sheet.svg, "rect", { class: "lc-frame", y: 26, height: 290, rx: 18, ...plan.frame });
  const drawing = {
    ...{ ...plan, plus: (plan.col.i + plan.col.g) / 2, sheet, narrow, fwd, s },
    /** @param {string} name */
    named: (name) => (fwd ? name : `δ${name}`),
    /** @param {Pick} ahead @param {Pick} back */
    pick:
      (ahead, back) =>
      (/** @type {any} */ { a, b }) =>
        fwd ? ahead(a) : back(b),
    /** @param {string} name @param {Wire} wire */
    add: (name, wire) => sheet.wire(name, { said: spoken(name, s), ...wire }),
  };
  drawMemory(drawing);
  drawOutput(drawing);
  for (const k of GATES) drawGate(drawing, k);
  drawInputs(drawing);
  drawLoss(drawing);
  drawNodes(drawing);
  return sheet;
}

/** @param {any} drawing */
function drawMemory({ W, L, col, plus, narrow, fwd, named, pick, add }) {
  add("cprev", {
    lines: [`M${L - 16} ${TOP}H${col.f - 15}`],
    at: [L - (narrow ? 20 : 16), TOP - 10],
    label: named("c_t−1"),
    f: pick(
      (a) => a.c_prev,
      (b) => b.dc_prev,
    ),
  });
  add("keep", {
    lines: [`M${col.f + 15} ${TOP}H${plus - 15}`],
    at: [(col.f + plus) / 2, TOP - 10],
    anchor: "middle",
    label: fwd ? "f c" : "",
    f: pick(
      (a) => a.keep,
      (b) => b.dc,
    ),
  });
  add("write", {
    lines: [`M${plus} ${MEET - 14}V${TOP + 15}`],
    at: [plus + 8, TOP + 46],
    label: fwd ? "i g" : "",
    f: pick(
      (a) => a.write,
      (b) => b.dc,
    ),
  });
  add("c", {
    lines: [`M${plus + 15} ${TOP}H${col.o}`],
    at: [(plus + col.o) / 2, TOP - 10],
    anchor: "middle",
    label: named("c_t"),
    f: pick(
      (a) => a.c,
      (b) => b.dc,
    ),
  });
  add("cout", {
    lines: [`M${col.o} ${TOP}H${W - 10}`],
    at: [W - 4, TOP - 10],
    anchor: "end",
    label: fwd ? "c_t" : "carry",
    f: pick(
      (a) => a.c,
      (b) => b.carry,
    ),
  });
}

/** @param {any} drawing */
function drawOutput({ W, R, col, narrow, fwd, named, pick, add }) {
  add("tanhc", {
    lines: [`M${col.o} ${TOP}V${TOP + 28}`, `M${col.o} ${TOP + 62}V${BELOW - 15}`],
    at: [col.o - 8, BELOW - 24],
    anchor: "end",
    f: pick(
      (a) => a.tanh_c,
      (b) => b.dtanh,
    ),
  });
  add("h", {
    lines: [`M${col.o + 15} ${BELOW}H${R}`],
    at: [narrow ? W - 4 : (col.o + R) / 2 + 6, BELOW - 10],
    anchor: narrow ? "end" : "middle",
    label: named("h_t"),
    f: pick(
      (a) => a.h,
      (b) => b.dh,
    ),
  });
  add("hout", {
    lines: [`M${R} ${BELOW}H${W - 6}`],
    at: [W - 4, BELOW + (narrow ? 22 : 38)],
    anchor: "end",
    label: fwd || narrow ? "" : "from t+1",
    quiet: fwd,
    f: pick(
      (a) => a.h,
      (b) => b.from_h,
    ),
  });
}

/**
 * @param {any} drawing
 * @param {string} k
 */
function drawGate({ col, plus, narrow, fwd, named, pick, add }, k) {
  const x = col[k];
  /** @type {Record<string, string>} */
  const ends = {
    f: `V${TOP + 15}`,
    i: `V${MEET}H${plus - 15}`,
    g: `V${MEET}H${plus + 15}`,
    o: `V${BELOW + 15}`,
  };
  const left = k === "i" && !narrow;
  const aside = k === "o" ? 5 : 8;
  add(k, {
    lines: [`M${x} ${GATE - 17}${ends[k]}`],
    at: [x + (left ? -aside : aside), k === "o" ? GATE - 22 : GATE - 44],
    anchor: left ? "end" : "start",
    label: k === "o" && narrow ? "" : named(`${k}_t`),
    f: pick(
      (a) => a[k],
      (b) => b.d[k],
    ),
  });
  add(`z${k}`, {
    lines: [`M${x} ${RAIL.b - 14}V${GATE + 17}`],
    at: [x + 7, GATE + 52],
    label: fwd ? `z_${k}` : `δ_${k}`,
    f: pick(
      (a) => a.z[k],
      (b) => b.delta[k],
    ),
  });
}

/** @param {any} drawing */
function drawInputs({ L, col, chip, sheet, narrow, fwd, named, pick, add }) {
  const left = narrow ? 4 : L - 16;
  add("x", {
    lines: [`M${L - 16} ${RAIL.x}H${col.o}`],
    at: [left, RAIL.x - 8],
    label: named("x_t"),
    input: fwd,
    f: pick(
      (a) => a.x,
      (b) => b.dx,
    ),
  });
  add("hprev", {
    lines: [`M${L - 16} ${RAIL.h}H${col.o}`],
    at: [left, RAIL.h - 8],
    label: narrow ? "" : named("h_t−1"),
    f: pick(
      (a) => a.h_prev,
      (b) => b.dh_prev,
    ),
  });
  if (narrow) symbol(sheet.svg, named("h_t−1"), { x: 4, y: RAIL.h + 17, class: "lc-name" });
  for (const k of GATES) {
    for (const [kind, y] of Object.entries({ wx: RAIL.x, wh: RAIL.h, b: RAIL.b })) {
      const f = (/** @type {any} */ { s, b }) => (fwd ? s[kind + k] : b.dw[kind + k]);
      add(kind + k, { at: [col[k], y + 5], anchor: "middle", chip, input: fwd, f });
    }
  }
}

/** @param {any} drawing */
function drawLoss({ W, R, sheet, narrow, fwd, s, add }) {
  const last = s.x.length;
  const at_step = narrow ? ["E, at", `step ${last}`] : `E, at step ${last}`;
  const where = s.loss === "every" ? ["E, mean", "over all", "steps"] : at_step;
  add("E", {
    lines: [`M${R} ${BELOW}V${BELOW + 78}`],
    at: [W - (narrow ? 1 : 2), BELOW + (narrow ? 66 : 84)],
    anchor: "end",
    label: fwd ? where : narrow ? [] : "direct",
    f: (/** @type {any} */ { E, b }) => (fwd ? E : b.direct),
  });
  add("y", {
    lines: [`M${R} ${RAIL.x + 2}V${BELOW + 107}`],
    at: [narrow ? R + 10 : R, RAIL.x + 22],
    anchor: "middle",
    chip: narrow ? 48 : 62,
    input: true,
    f: (/** @type {any} */ v) => v.s.y,
  });
  symbol(sheet.svg, "target y", {
    ...{ x: narrow ? W - 4 : R, y: RAIL.x + 46, class: "lc-name" },
    "text-anchor": narrow ? "end" : "middle",
  });
}

/** @param {any} drawing */
function drawNodes({ L, R, col, plus, sheet, narrow }) {
  if (!narrow) {
    symbol(sheet.svg, "w_x", { x: col.o + 46, y: RAIL.x + 5, class: "lc-name" });
    symbol(sheet.svg, "w_h", { x: col.o + 46, y: RAIL.h + 5, class: "lc-name" });
    symbol(sheet.svg, "b", { x: L - 16, y: RAIL.b + 5, class: "lc-name" });
  }
  sheet.node(col.f, TOP, "×");
  sheet.node(plus, TOP, "+");
  sheet.node(plus, MEET, "×");
  sheet.node(col.o, TOP + 45, "tanh", { width: 46 });
  sheet.node(col.o, BELOW, "×");
  for (const k of GATES) sheet.node(col[k], GATE, k === "g" ? "tanh" : "σ", { gate: k, width: 54 });
  sheet.node(R, BELOW + 92, "E");
}
