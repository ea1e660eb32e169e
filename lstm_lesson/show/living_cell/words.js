// The words: what each wire is called, the code and the statement it belongs to, the equations.
// {wire:text} belongs to a wire and lights up with it; a_b is a with the subscript b.

import { GATES } from "./state.js";

/** @typedef {import("./state.js").State} State */

/** @param {string} k */
const codeOfSum = (k) =>
  `${k} = ${k === "g" ? "np.tanh" : "sigmoid"}(x_t @ w.wx${k}.T + h_prev @ w.wh${k}.T + w.b${k})`;
const CODE = {
  cell: "c = f * c_prev + i * g",
  hidden: "h = o * np.tanh(c)",
  next: "h, c = steps[-1].h, steps[-1].c",
  input: "for x_t in x:",
  loss: "return np.asarray((error**2).sum() / n), 2 * error / n",
  back_next: "dh_next, dc_next = back.h_prev, back.c_prev",
  back_cell: "dc = dc + dh * o * (1 - tanh_c**2)",
  back_step: "back = cell_backward(dh[t] + dh_next, dc_next, steps[t], w)",
  back_gates: "return dc * g, dc * states.c_prev, dc * i, do, dc * f",
  back_o: "do = dh * tanh_c",
  back_sums: "return di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), do * o * (1 - o)",
  back_x: "dx = zi @ w.wxi + zf @ w.wxf + zg @ w.wxg + zo @ w.wxo",
  back_h: "dh_prev = zi @ w.whi + zf @ w.whf + zg @ w.whg + zo @ w.who",
};
const KINDS = [
  { kind: "wx", what: "weight of the input", code: 'setattr(grads, "wx" + gate, delta.T @ x)' },
  {
    kind: "wh",
    what: "weight of the last output",
    code: 'setattr(grads, "wh" + gate, delta.T @ h)',
  },
  { kind: "b", what: "bias", code: 'setattr(grads, "b" + gate, delta.sum(axis=0))' },
];

// For each wire: its name, what it is, the line of code and the article's statement that it
// belongs to; forward, and then backward. The tests look each line up in the package.
/** @type {Record<string, string[]>} */
export const WIRES = {
  x: ["x_t", "the input", CODE.input, "S2.1", CODE.back_x, "M2"],
  hprev: ["h_t−1", "the last output", CODE.next, "S2.1", CODE.back_h, "M1"],
  cprev: ["c_t−1", "the old memory", CODE.next, "S2.1", CODE.back_gates, "S4.14"],
  keep: ["f_t c_t−1", "what is kept", CODE.cell, "S3.1", CODE.back_cell, "S4.7"],
  write: ["i_t g_t", "what is written", CODE.cell, "S2.6", CODE.back_cell, "S4.7"],
  c: ["c_t", "the memory", CODE.cell, "S3.1", CODE.back_cell, "S4.7"],
  cout: [
    "c_t → t+1",
    "the memory, on its way to the next step; back on it comes the carry",
    ...[CODE.next, "S3.1", CODE.back_next, "M3"],
  ],
  tanhc: ["tanh c_t", "the memory, squashed", CODE.hidden, "S3.3", CODE.back_cell, "S4.6"],
  h: ["h_t", "the output", CODE.hidden, "S3.3", CODE.back_step, "S4.1"],
  hout: [
    "h_t → t+1",
    "the output, on its way to the next step",
    ...[CODE.next, "S3.3", CODE.back_next, "M1"],
  ],
  E: ["E", "the loss", CODE.loss, "S4.2", CODE.loss, "S4.2"],
  y: ["y", "the target", CODE.loss, "S4.3", CODE.loss, "S4.3"],
};

/** The statements of each gate: the gate, its sum, both of them back, and its three weights.
 * @type {Record<string, { name: string, at: string[], weights: string[], back: string[] }>} */
const GATE = {
  i: {
    name: "input gate",
    at: ["S2.5", "S2.4", "S4.9", "S4.23b"],
    weights: ["S1.1", "S1.2", "S1.1"],
    back: ["S4.21b", "S4.22b", "S4.23b"],
  },
  f: {
    name: "forget gate",
    at: ["S2.8", "S2.7", "S4.12", "S4.20b"],
    weights: ["S1.4", "S1.4", "S1.4"],
    back: ["S4.18b", "S4.19b", "S4.20b"],
  },
  g: {
    name: "candidate",
    at: ["S2.3", "S2.2", "S4.10", "S4.26b"],
    weights: ["S1.1", "S1.3", "S1.1"],
    back: ["S4.24b", "S4.25b", "S4.26b"],
  },
  o: {
    name: "output gate",
    at: ["S2.11", "S2.10", "S4.5", "S4.17b"],
    weights: ["S1.5", "S1.5", "S1.5"],
    back: ["S4.15b", "S4.16b", "S4.17b"],
  },
};
for (const k of GATES) {
  const { name, at, weights, back } = GATE[k];
  const [code, back_code] = [codeOfSum(k), k === "o" ? CODE.back_o : CODE.back_gates];
  WIRES[k] = [`${k}_t`, name, code, at[0], back_code, at[2]];
  WIRES[`z${k}`] = [`z_${k}`, `the sum of the ${name}`, code, at[1], CODE.back_sums, at[3]];
  for (const [n, one] of KINDS.entries()) {
    const symbol = `${one.kind[0]}_${one.kind.slice(1)}${k}`;
    const what = `${one.what}, ${name}`;
    WIRES[one.kind + k] = [symbol, what, code, weights[n], one.code, back[n]];
  }
}

/** @type {Record<string, string>} */
export const MISSING = {
  M1: "The article has no such line: what comes back over h is left out.",
  M2: "The article has no such line.",
  M3: "The article has no such line: it forgets the carry.",
};

/**
 * What a wire is called, and what it is. E belongs to the steps that the loss looks at,
 * whichever step is shown.
 * @param {string} wire
 * @param {State} s
 */
export function naming(wire, s) {
  const [name, what] = WIRES[wire];
  const back = s.direction === "backward";
  const every = s.loss === "every";
  if (wire !== "E") return [back ? `gradient of ${name}` : name, what];
  const where = every ? "all steps" : `step ${s.x.length}`;
  if (back) return ["direct", `what comes straight from E, the loss, which looks at ${where}`];
  if (every && s.view === "all") {
    return ["(h_t − y)²", "the part of one step in E, the mean over all steps"];
  }
  return ["E", every ? "the loss, mean over all steps" : `the loss, at step ${s.x.length}`];
}

/** @param {State} s */
export function equations(s) {
  return s.direction === "forward" ? forwardEquations(s) : backwardEquations(s);
}

/** @param {State} s */
function forwardEquations({ loss, x }) {
  /** @param {string} k */
  const gate = (k) => {
    const sum = `{wx${k}:w_x${k}} {x:x_t} + {wh${k}:w_h${k}} {hprev:h_t−1} + {b${k}:b_${k}}`;
    return `{${k}:${k}_t} = ${k === "g" ? "tanh" : "σ"}( {z${k}:${sum}} )`;
  };
  return [
    ...GATES.map(gate),
    "{c:c_t} = {keep:f_t {cprev:c_t−1}} + {write:i_t g_t}",
    "{h:h_t} = {o:o_t} {tanhc:tanh c_t}",
    loss === "every"
      ? "{E:E = mean over all steps of ( h_t − {y:y} )²}"
      : `{E:E = ( h_${x.length} − {y:y} )²}`,
  ];
}

/** @param {State} s */
function backwardEquations({ loss, x }) {
  const T = x.length;
  const direct =
    loss === "every" ? `2/${T} ( h_t − {y:y} )` : `2 ( h_t − {y:y} ) [only at t = ${T}]`;
  return [
    `{h:δh_t} = {E:${direct}} + {hout:Σ w_hk δ_k,t+1}`,
    "{c:δc_t} = {tanhc:δh_t o_t} (1 − tanh² c_t) + {cout:δc_t+1 f_t+1}",
    "{i:δi} = δc_t g_t , {f:δf} = δc_t c_t−1",
    "{g:δg} = δc_t i_t , {o:δo} = δh_t tanh c_t",
    "{zi:δ_i} = δi i (1−i) , {zg:δ_g} = δg (1−g²) , …",
    "{wxi:∂E/∂w_xi} = Σ δ_i x_t , {whi:∂E/∂w_hi} = Σ δ_i h_t−1 , {bi:∂E/∂b_i} = Σ δ_i , …",
    "to step t−1: {cprev:δc_t f_t} , {hprev:Σ w_hk δ_k}",
  ];
}

/**
 * HTML of a piece of mathematics or prose with wires in it.
 * @param {string} text
 * @param {boolean} [mathematics]
 */
export function words(text, mathematics = true) {
  let html = text;
  if (mathematics) html = html.replace(/\b(δ?[cfghioxyEN])\b(?![_:])/g, "<i>$1</i>");
  const inner = /\{(\w+):([^{}]*)\}/; // the innermost first
  while (inner.test(html)) {
    html = html.replace(inner, '<span class="lc-term" data-wire="$1" tabindex="-1">$2</span>');
  }
  return html.replace(/(δ?[a-zδ])_([\w−+]+(?:,[\w+]+)?)/g, "<i>$1</i><sub>$2</sub>");
}

const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * A number with at least two significant digits at any size: 0.881, 0.0012, 1.2×10⁻⁵, 531.
 * @param {number} value
 * @param {number} [digits]  after the point, where that leaves two of them
 */
export function number(value, digits = 3) {
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === 0) return "0";
  if (size >= 9.5e-4 && size < 999.5) return sign + plainNumber(size, digits);
  const [mantissa, exponent] = size.toExponential(1).split("e");
  return `${sign}${mantissa}×10${raised(Number(exponent))}`;
}

/** A power, in superscript. @param {number} power */
export const raised = (power) =>
  (power < 0 ? "⁻" : "") +
  [...String(Math.abs(power))].map((digit) => SUPERSCRIPT[Number(digit)]).join("");

/** Where there is little room: 1.2e−5. @param {string} shown  by `number` */
export const compact = (shown) =>
  shown.replace(/×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)/, (_, power) => {
    const digits = [...power].map((one) => (one === "⁻" ? "−" : SUPERSCRIPT.indexOf(one)));
    return `e${digits.join("")}`;
  });

/**
 * @param {number} size
 * @param {number} digits
 */
function plainNumber(size, digits) {
  if (Number(size.toFixed(digits)) < 10 ** (1 - digits)) return size.toPrecision(2);
  const large = size >= 100 ? 2 : size >= 10 ? 1 : 0; // as many digits for large numbers
  return size.toFixed(Math.max(0, digits - large));
}

/** A number of the reader's, which is a round one. @param {number} value @param {number} digits */
export function fixed(value, digits = 2) {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) ? `−${text}` : text;
}

/** @param {string} name */
export const plain = (name) => name.replace("_", " ").replace("→", "to");

/** What those who listen hear of a wire. @param {string} wire @param {State} s */
export function spoken(wire, s) {
  const what = naming(wire, s)[1];
  return s.direction === "backward" && wire !== "E" ? `gradient of ${what}` : what;
}

/** The name of an input in words. @param {string} key */
export function inWords(key) {
  /** @type {Record<string, string>} */
  const names = { h0: "initial output", c0: "initial memory", y: "target" };
  if (key[0] === "x") return `input at step ${key.slice(1)}`;
  return names[key] ?? WIRES[key][1];
}

/** The name of an input as mathematics: x_2, w_xi. @param {string} key */
export const nice = (key) =>
  key[0] === "x" ? `x_${key.slice(1)}` : key.replace(/^(w|b|h|c)(\w+)$/, "$1_$2");
