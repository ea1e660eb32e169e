// The parts of the cell that pages are about: which wires light up, what the reader can move
// there, and which sliders of the page move it too: by the symbol at the end of their labels.

/**
 * @typedef {{ wires: RegExp, lit: string, knobs: string[],
 *   follows?: Record<string, (value: number) => Record<string, number>> }} Part
 */

/** A forget gate that is open by a share, whatever comes in. @param {number} f */
const share = (f) => ({ wxf: 0, whf: 0, bf: Math.log(Math.max(f, 1e-9) / Math.max(1 - f, 1e-9)) });

/** @type {Record<string, Part>} */
export const PARTS = {
  weights: {
    wires: /^(w[xh]|b)[ifgo]$/,
    lit: "wxi",
    knobs: ["wxi", "bf"],
    follows: { b_f: (bf) => ({ bf }) },
  },
  gates: {
    wires: /^z?[ifgo]$/,
    lit: "f",
    knobs: ["bi", "bf"],
    follows: { z: (bf) => ({ bf }), w_xi: (wxi) => ({ wxi }) },
  },
  states: {
    wires: /^(cprev|keep|write|c|cout|tanhc|h)$/,
    lit: "c",
    knobs: ["c0", "bf"],
    follows: { f: share },
  },
  loss: { wires: /^(h|E|y)$/, lit: "E", knobs: ["y"], follows: { target: (y) => ({ y }) } },
  nodes: {
    wires: /^(h|tanhc|c|write|keep|cprev|[ifgo])$/,
    lit: "h",
    knobs: ["y", "c0"],
    follows: { f: share, c: (c0) => ({ c0 }) },
  },
  sums: { wires: /^(z[ifgo]|x|hprev|(w[xh]|b)[ifgo])$/, lit: "zf", knobs: ["y", "x1"] },
  time: { wires: /^(cout|hout|cprev|hprev)$/, lit: "cout", knobs: ["bf"] },
};
