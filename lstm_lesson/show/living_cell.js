// The living cell: one LSTM cell whose every wire says its number, forward and backward.
//
// An anywidget module with nothing beneath it: `render` draws a model's state into an element.
// In JupyterLab the model is that of `lstm_lesson.living_cell`; in the book it is a few lines of
// our own (book/_tools/living_cell_host.js).
//
// In this order: the state, the arithmetic, the address, the words, the drawing, the page.

// ---------------------------------------------------------------- the state

const GATES = ["i", "f", "g", "o"];
const WEIGHTS = ["wx", "wh", "b"].flatMap(kind => GATES.map(k => kind + k));

// What an address of version 1 leaves out has these values, for ever: links rely on it.
export const START = {
  x: [1, 0, 0, 0], h0: 0, c0: 0.4, y: 0.9,
  wxi: 3, wxf: 0, wxg: 1, wxo: 0,
  whi: 0, whf: 0, whg: 0.5, who: 0.5,
  bi: -1, bf: 2, bg: 0, bo: 1,
  loss: "last", // the loss looks at the "last" step, or at "every" step
  t: 1, view: "one", direction: "forward", // what is drawn
  carry: true, over_h: true, // which of the two ways back through time are open
  weight: "wxg", // whose gradient is added up over time
  stop: 1, // of the tour; 0: none
};
export const LIMITS = {
  x: [-2, 2], h0: [-1, 1], c0: [-3, 3], y: [-2, 2],
  ...Object.fromEntries(WEIGHTS.map(name => [name, [-6, 6]])),
};
export const CHOICES = {
  loss: ["last", "every"], view: ["one", "all"], direction: ["forward", "backward"], weight: WEIGHTS,
};
const STEPS = 6; // at most
const STOPS = 5;

// ---------------------------------------------------------------- the arithmetic
// As in lstm_lesson's gates.py, states.py and gradients.py, for one unit and one input.

const sigmoid = z => 0.5 + 0.5 * Math.tanh(z / 2);

// Run the cell. `nudge` adds `by` to c_t of one step, or to h_t: that is how a gradient is measured.
export function forward(s, nudge = {}) {
  const steps = [];
  let h = s.h0, c = s.c0;
  s.x.forEach((x, k) => {
    const z = {};
    for (const gate of GATES) z[gate] = s["wx" + gate] * x + s["wh" + gate] * h + s["b" + gate];
    const step = { x, h_prev: h, c_prev: c, z };
    step.i = sigmoid(z.i);
    step.f = sigmoid(z.f);
    step.g = Math.tanh(z.g);
    step.o = sigmoid(z.o);
    step.keep = step.f * c;
    step.write = step.i * step.g;
    step.c = c = step.keep + step.write + (nudge.name === "c" && nudge.t === k + 1 ? nudge.by : 0);
    step.tanh_c = Math.tanh(c);
    step.h = h = step.o * step.tanh_c + (nudge.name === "h" && nudge.t === k + 1 ? nudge.by : 0);
    step.counts = s.loss === "every" || k === s.x.length - 1;
    steps.push(step);
  });
  return steps;
}

// The squared error: a mean over the steps that count, as in lstm_lesson's readout.py.
export function loss(s, steps) {
  const counted = steps.filter(step => step.counts);
  return counted.reduce((sum, step) => sum + (step.h - s.y) ** 2, 0) / counted.length;
}

// Go back through every step. Without the carry and the way over h, each step stands alone: that
// is what the article computes "at a particular time stamp".
export function backward(s, steps) {
  const n = steps.filter(step => step.counts).length;
  const back = [];
  let carry = 0, from_h = 0; // nothing comes back to the last step
  for (const step of [...steps].reverse()) {
    const { i, f, g, o, tanh_c, h_prev, c_prev, x, z } = step;
    const direct = step.counts ? 2 * (step.h - s.y) / n : 0;
    const dh = direct + from_h;
    const dc_h = dh * o * (1 - tanh_c ** 2); // the part that comes through h_t
    const dc = dc_h + carry;
    const d = { i: dc * g, f: dc * c_prev, g: dc * i, o: dh * tanh_c };
    const delta = {
      i: d.i * i * (1 - i), f: d.f * f * (1 - f), g: d.g * (1 - g ** 2), o: d.o * o * (1 - o),
    };
    const over = kind => GATES.reduce((sum, k) => sum + delta[k] * s[kind + k], 0);
    const one = {
      direct, from_h, carry, dh, dc_h, dc, dtanh: dh * o, d, delta,
      dx: over("wx"), dh_prev: over("wh"), dc_prev: dc * f, dw: {},
    };
    for (const k of GATES) {
      one.dw["wx" + k] = delta[k] * x;
      one.dw["wh" + k] = delta[k] * h_prev;
      one.dw["b" + k] = delta[k];
    }
    carry = s.carry ? one.dc_prev : 0;
    from_h = s.over_h ? one.dh_prev : 0;
    back.unshift(one);
  }
  return back;
}

// The truth, from the forward pass alone: nudge up, nudge down, and see how the loss moves.
const NUDGE = 1e-5;
export function measure(s, name, t) {
  const at = by => name in s
    ? loss(s, forward({ ...s, [name]: s[name] + by }))
    : loss(s, forward(s, { name, t, by }));
  return (at(NUDGE) - at(-NUDGE)) / (2 * NUDGE);
}

// ---------------------------------------------------------------- the address
// #cell=1&bf=-2.2&x=1,0,0: the version, then what differs from START. Stable: see START.

export function toAddress(s) {
  const said = value => value === true ? "1" : value === false ? "0" : String(value);
  const parts = Object.keys(START).filter(key => said(s[key]) !== said(START[key]));
  return ["#cell=1", ...parts.map(key => `${key}=${said(s[key])}`)].join("&");
}

// Return the state that an address describes. Throws an Error that names what is malformed.
export function fromAddress(text) {
  const [version, ...parts] = text.replace(/^#/, "").split("&");
  if (version !== "cell=1") throw Error(`“${version}” is not cell=1, the version known here`);
  const s = { ...START, x: [...START.x] }, seen = new Set();
  for (const part of parts) {
    const cut = part.indexOf("="), key = part.slice(0, cut), value = part.slice(cut + 1);
    if (cut < 1 || !Object.hasOwn(START, key)) throw Error(`“${part}” is nothing the cell has`);
    if (seen.has(key)) throw Error(`“${key}” stands there twice`);
    seen.add(key);
    s[key] = read(key, value);
  }
  if (s.t > s.x.length) throw Error(`there is no step ${s.t} among ${s.x.length}`);
  return s;
}

function read(key, value) {
  if (key in CHOICES && CHOICES[key].includes(value)) return value;
  if (typeof START[key] === "boolean" && /^[01]$/.test(value)) return value === "1";
  if (key === "t" && /^[1-6]$/.test(value)) return Number(value);
  if (key === "stop" && /^[0-5]$/.test(value)) return Number(value);
  if (key in LIMITS) {
    const numbers = key === "x" ? value.split(",") : [value], [low, high] = LIMITS[key];
    const good = text => /^-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/.test(text) && text >= low && text <= high;
    if (numbers.length <= STEPS && numbers.every(good)) {
      return key === "x" ? numbers.map(Number) : Number(value);
    }
    throw Error(`“${key}=${value}”: expected ${key === "x" ? `1 to ${STEPS} numbers` : "a number"} from ${low} to ${high}`);
  }
  throw Error(`“${key}=${value}” is no value that ${key} can have`);
}

// ---------------------------------------------------------------- the words
// {wire:text} belongs to a wire and lights up with it; a_b is a with the subscript b.

const STOP = [
  null,
  { step: 1, title: "Weights: what the cell learns", set: { view: "one", direction: "forward", t: 1 }, lit: "wxi",
    text: `<p>A cell reads a sequence, one number <i>x</i> at a time. It has twelve numbers of its own, those in the boxes.
      They make four sums. Each sum is the {x:input} times a weight, plus the cell’s {hprev:last output} times a weight, plus
      a {bi:bias}. Training changes these twelve numbers and nothing else.</p>
      <p><b>Try:</b> drag a boxed number sideways, and watch what moves above it.</p>` },
  { step: 2, title: "Gates: four sums become shares", set: { view: "one", direction: "forward", t: 1 }, lit: "f",
    text: `<p>Three of the sums are squashed to between 0 and 1. They are shares, like taps: {i:<i>i</i>} says how much is
      written to the memory, {f:<i>f</i>} how much of it is kept, {o:<i>o</i>} how much is shown. The fourth, {g:<i>g</i>}, is squashed to between
      −1 and 1. It is <em>what</em> would be written.</p>
      <p><b>Try:</b> drag the bias {bf:b_f} down to −6. The tap closes, and nothing of the old memory is kept.</p>` },
  { step: 3, title: "States: keep, write, show", set: { view: "one", direction: "forward", t: 1 }, lit: "c",
    text: `<p>The line along the top is the memory, {c:<i>c</i>}. A {keep:share <i>f</i> of the old memory} stays, and
      {write:something new is added}. That is all that happens to it. Through tanh and the {o:output gate} a part of it shows, as the
      output {h:<i>h</i>}. Memory and output both go on to the next step.</p>
      <p><b>Try:</b> drag the old memory, {cprev:c_t−1}. With <i>f</i> near 1, nearly all of the change arrives.</p>` },
  { step: 4, title: "Gradients: one step back", set: { view: "one", direction: "backward", carry: true, over_h: true, t: 1 }, lit: "cout",
    text: `<p>Now every number answers a question: <em>if this went up a little, how much would the loss E go up, per unit?</em>
      That is its gradient. It is worked out from right to left. A number that feeds two things gets an answer from each,
      and the two are added.</p>
      <p>The memory feeds two things: {tanhc:the output of its own step}, and {cout:the memory of the next step}. What comes
      back along the second way is called the <b>carry</b>: the gradient of the next memory, times the share <i>f</i> that is kept
      there. Here, at step 1, it is nearly all there is: the loss looks only at the last step, and the rest comes back over <i>h</i>.</p>` },
  { step: 4, title: "Gradients: back through time", set: { view: "all", direction: "backward", carry: false, over_h: false, t: 1 }, lit: "cout",
    text: `<p>All steps side by side. The cell writes at step 1; the loss looks only at the last step. An
      <a class="lc-audit">article</a> that many have copied works out the gradient “at a particular time stamp”: each step
      alone, nothing coming back from later ones. Then step 1 gets the gradient 0, as if what it wrote did not matter. But nudge the
      weight w_xg, and the loss moves: the last row of the table measures it. <b>One time stamp is not enough</b>, because what
      step 1 wrote is still in the memory at the end.</p>
      <p><b>Try:</b> open the {cout:carry}. Now each step passes the gradient of its memory back to the memory before it, times
      <i>f</i>, the share that was kept. Then open the {hout:way over <i>h</i>} too, which leads into the four sums of the next
      step: now the steps add up to what is measured.</p>` },
];

// For each wire: its name, what it is, the line of code and the article's statement that it
// belongs to; forward, and then backward. The tests look each line up in the package.
const SUM = k => `${k} = ${k === "g" ? "np.tanh" : "sigmoid"}(x_t @ w.wx${k}.T + h_prev @ w.wh${k}.T + w.b${k})`;
const CELL = "c = f * c_prev + i * g", HIDDEN = "h = o * np.tanh(c)";
const NEXT = "h, c = steps[-1].h, steps[-1].c", BACK_NEXT = "dh_next, dc_next = back.h_prev, back.c_prev";
const BACK_CELL = "dc = dc + dh * o * (1 - tanh_c**2)";
const BACK_GATES = "return dc * g, dc * states.c_prev, dc * i, do, dc * f";
const BACK_SUMS = "return di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), do * o * (1 - o)";
const ERROR = "return np.asarray((error**2).sum() / n), 2 * error / n";
export const WIRES = {
  x: ["x_t", "the input", "for x_t in x:", "S2.1", "dx = zi @ w.wxi + zf @ w.wxf + zg @ w.wxg + zo @ w.wxo", "M2"],
  hprev: ["h_t−1", "the last output", NEXT, "S2.1", "dh_prev = zi @ w.whi + zf @ w.whf + zg @ w.whg + zo @ w.who", "M1"],
  cprev: ["c_t−1", "the old memory", NEXT, "S2.1", BACK_GATES, "S4.14"],
  keep: ["f_t c_t−1", "what is kept", CELL, "S3.1", BACK_CELL, "S4.7"],
  write: ["i_t g_t", "what is written", CELL, "S2.6", BACK_CELL, "S4.7"],
  c: ["c_t", "the memory", CELL, "S3.1", BACK_CELL, "S4.7"],
  cout: ["c_t → t+1", "the memory, on its way to the next step; back on it comes the carry", NEXT, "S3.1", BACK_NEXT, "M3"],
  tanhc: ["tanh c_t", "the memory, squashed", HIDDEN, "S3.3", BACK_CELL, "S4.6"],
  h: ["h_t", "the output", HIDDEN, "S3.3", "back = cell_backward(dh[t] + dh_next, dc_next, steps[t], w)", "S4.1"],
  hout: ["h_t → t+1", "the output, on its way to the next step", NEXT, "S3.3", BACK_NEXT, "M1"],
  E: ["E", "the loss", ERROR, "S4.2", ERROR, "S4.2"],
  y: ["y", "the target", ERROR, "S4.3", ERROR, "S4.3"],
};
const GATE = {
  i: ["input gate", "S2.5", "S2.4", "S4.9", "S4.23b", "S1.1 S1.2 S1.1", "S4.21b S4.22b S4.23b"],
  f: ["forget gate", "S2.8", "S2.7", "S4.12", "S4.20b", "S1.4 S1.4 S1.4", "S4.18b S4.19b S4.20b"],
  g: ["candidate", "S2.3", "S2.2", "S4.10", "S4.26b", "S1.1 S1.3 S1.1", "S4.24b S4.25b S4.26b"],
  o: ["output gate", "S2.11", "S2.10", "S4.5", "S4.17b", "S1.5 S1.5 S1.5", "S4.15b S4.16b S4.17b"],
};
for (const k of GATES) {
  const [name, gate, sum, back_gate, back_sum, weights, back_weights] = GATE[k];
  WIRES[k] = [`${k}_t`, name, SUM(k), gate, k === "o" ? "do = dh * tanh_c" : BACK_GATES, back_gate];
  WIRES["z" + k] = [`z_${k}`, `the sum of the ${name}`, SUM(k), sum, BACK_SUMS, back_sum];
  ["wx", "wh", "b"].forEach((kind, n) => {
    const what = ["weight of the input", "weight of the last output", "bias"][n];
    const code = ['setattr(grads, "wx" + gate, delta.T @ x)', 'setattr(grads, "wh" + gate, delta.T @ h)', 'setattr(grads, "b" + gate, delta.sum(axis=0))'][n];
    WIRES[kind + k] = [`${kind[0]}_${kind.slice(1)}${k}`, `${what}, ${name}`, SUM(k), weights.split(" ")[n], code, back_weights.split(" ")[n]];
  });
}
const MISSING = {
  M1: "The article has no such line: what comes back over h is left out.",
  M2: "The article has no such line.",
  M3: "The article has no such line: it forgets the carry.",
};

// What a wire is called, and what it is. E belongs to the steps that the loss looks at, whichever
// step is shown.
function naming(wire, s) {
  const [name, what] = WIRES[wire], back = s.direction === "backward", every = s.loss === "every";
  if (wire !== "E") return [back ? `gradient of ${name}` : name, what];
  if (back) return ["direct", `what comes straight from E, the loss, which looks at ${every ? "all steps" : `step ${s.x.length}`}`];
  if (every && s.view === "all") return ["(h_t − y)²", "the part of one step in E, the mean over all steps"];
  return ["E", every ? "the loss, mean over all steps" : `the loss, at step ${s.x.length}`];
}

function equations({ direction, loss, x }) {
  const T = x.length, every = loss === "every";
  if (direction === "forward") {
    return [
      ...GATES.map(k => `{${k}:${k}_t} = ${k === "g" ? "tanh" : "σ"}( {z${k}:{wx${k}:w_x${k}} {x:x_t} + {wh${k}:w_h${k}} {hprev:h_t−1} + {b${k}:b_${k}}} )`),
      "{c:c_t} = {keep:f_t {cprev:c_t−1}} + {write:i_t g_t}",
      "{h:h_t} = {o:o_t} {tanhc:tanh c_t}",
      every ? "{E:E = mean over all steps of ( h_t − {y:y} )²}" : `{E:E = ( h_${T} − {y:y} )²}`,
    ];
  }
  return [
    `{h:δh_t} = {E:${every ? `2/${T} ( h_t − {y:y} )` : `2 ( h_t − {y:y} ) [only at t = ${T}]`}} + {hout:Σ w_hk δ_k,t+1}`,
    "{c:δc_t} = {tanhc:δh_t o_t} (1 − tanh² c_t) + {cout:δc_t+1 f_t+1}",
    "{i:δi} = δc_t g_t , {f:δf} = δc_t c_t−1",
    "{g:δg} = δc_t i_t , {o:δo} = δh_t tanh c_t",
    "{zi:δ_i} = δi i (1−i) , {zg:δ_g} = δg (1−g²) , …",
    "{wxi:∂E/∂w_xi} = Σ δ_i x_t , {whi:∂E/∂w_hi} = Σ δ_i h_t−1 , {bi:∂E/∂b_i} = Σ δ_i , …",
    "to step t−1: {cprev:δc_t f_t} , {hprev:Σ w_hk δ_k}",
  ];
}

// HTML of a piece of mathematics or prose with wires in it.
function words(text, mathematics = true) {
  if (mathematics) text = text.replace(/\b(δ?[cfghioxyEN])\b(?![_:])/g, "<i>$1</i>");
  for (let inner = /\{(\w+):([^{}]*)\}/; inner.test(text);) {
    text = text.replace(inner, (_, wire, said) => `<span class="lc-term" data-wire="${wire}">${said}</span>`);
  }
  return text.replace(/(δ?[a-zδ])_([\w−+]+(?:,[\w+]+)?)/g, "<i>$1</i><sub>$2</sub>");
}
const number = (value, digits = 3) => {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) ? "−" + text : text;
};
const plain = name => name.replace("_", " ").replace("→", "to");

// ---------------------------------------------------------------- the drawing

const SVG = "http://www.w3.org/2000/svg";
let drawings = 0; // ids are unique on a page with several

function element(parent, name, attributes = {}, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

// A name with a subscript, as SVG text.
function symbol(parent, text, attributes) {
  const made = element(parent, "text", { ...attributes, "aria-hidden": "true" });
  text.split(" ").forEach((word, k) => {
    const [name, sub] = word.split("_");
    element(made, "tspan", { class: /^(δ.?|[a-zE]),?$/.test(name) ? "lc-symbol" : "" }, (k ? " " : "") + name);
    if (sub) {
      element(made, "tspan", { class: "lc-sub", dy: 4 }, sub);
      element(made, "tspan", { dy: -4 }, "\u200b");
    }
  });
  return made;
}

// A sheet to draw on: wires (option of a listbox, for those who listen), boxes, numbers.
class Sheet {
  constructor(width, height, label, mark) {
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("role", "listbox");
    this.svg.setAttribute("aria-label", label);
    this.mark = mark;
    this.numbers = []; // [text element, function of what was computed]
    this.wires = [];
    const defs = element(this.svg, "defs");
    for (const [kind, path] of [["on", "M0 0L10 5L0 10z"], ["back", "M10 0L0 5L10 10z"]]) {
      const tip = element(defs, "marker", { id: `${mark}-${kind}`, class: `lc-tip-${kind}`, viewBox: "0 0 10 10", refX: kind === "on" ? 9 : 1, refY: 5, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" });
      element(tip, "path", { d: path });
    }
  }

  // A wire: its lines, its name (or the lines of it), and its number, f(computed), at (x, y); a quiet one says it only
  // when it is pointed at.
  wire(name, { lines = [], at = [0, 0], anchor = "start", label, f, chip, said, digits, quiet }) {
    const group = element(this.svg, "g", { class: `lc-wire lc-${name}`, "data-wire": name, role: "option", "aria-selected": "false", tabindex: "-1" });
    for (const d of lines) {
      element(group, "path", { d, class: "lc-hit" });
      element(group, "path", { d, class: "lc-line", style: `--on: url(#${this.mark}-on); --back: url(#${this.mark}-back)` });
    }
    const [x, y] = at;
    if (chip) element(group, "rect", { class: "lc-chip", x: x - chip / 2, y: y - 16, width: chip, height: 23, rx: 6 });
    [label ?? []].flat().reverse().forEach((line, k) => symbol(group, line, { x, y: y - 17 - 15 * k, "text-anchor": anchor, class: "lc-name" }));
    const text = element(group, "text", { x, y, "text-anchor": anchor, class: quiet ? "lc-number lc-quiet" : "lc-number", "aria-hidden": "true" });
    this.numbers.push([text, f, group, said, digits]);
    this.wires.push(group);
    return group;
  }

  node(x, y, sign, { gate, width = 30 } = {}) {
    const group = element(this.svg, "g", { "aria-hidden": "true", class: gate ? `lc-gate lc-gate-${gate}` : "lc-node" });
    if (gate || width > 30) element(group, "rect", { x: x - width / 2, y: y - 17, width, height: 34, rx: 9 });
    else element(group, "circle", { cx: x, cy: y, r: 14 });
    element(group, "text", { x, y: y + 5, "text-anchor": "middle" }, sign);
  }

  paint(computed) {
    for (const [text, f, group, said, digits = this.digits ?? 3] of this.numbers) {
      const shown = number(f(computed), digits);
      if (text.textContent === shown) continue;
      text.textContent = shown;
      group.setAttribute("aria-label", `${said} ${shown}`);
    }
  }
}

// One step of the cell.
function drawOne(narrow, s, mark) {
  const [W, H, L, R, col, chip] = narrow
    ? [360, 452, 24, 310, { f: 75, i: 136, g: 197, o: 256 }, 54]
    : [800, 452, 56, 704, { f: 184, i: 334, g: 464, o: 604 }, 76];
  const top = 74, below = 180, gate = 248, rail = { x: 338, h: 382, b: 424 };
  const plus = (col.i + col.g) / 2, meet = 146, fwd = s.direction === "forward";
  const sheet = new Sheet(W, H, "The wires of one step. Arrow keys go from wire to wire.", mark);
  if (narrow && !fwd) sheet.digits = 2; // a minus sign needs its place
  const pick = (ahead, back) => ({ a, b }) => (fwd ? ahead(a) : back(b));
  const said = name => `${naming(name, s).map(plain).join(", ")}:`;
  const add = (name, options) => sheet.wire(name, { said: said(name), ...options });
  const named = name => (fwd ? name : "δ" + name);
  element(sheet.svg, "rect", { class: "lc-frame", x: narrow ? 44 : 104, y: 26, width: narrow ? 252 : 572, height: 290, rx: 18 });

  add("cprev", { lines: [`M${L - 16} ${top}H${col.f - 15}`], at: [L - (narrow ? 20 : 16), top - 10], label: named("c_t−1"), f: pick(a => a.c_prev, b => b.dc_prev) });
  add("keep", { lines: [`M${col.f + 15} ${top}H${plus - 15}`], at: [(col.f + plus) / 2, top - 10], anchor: "middle", label: fwd ? "f c" : "", f: pick(a => a.keep, b => b.dc) });
  add("write", { lines: [`M${plus} ${meet - 14}V${top + 15}`], at: [plus + 8, top + 46], label: fwd ? "i g" : "", f: pick(a => a.write, b => b.dc) });
  add("c", { lines: [`M${plus + 15} ${top}H${col.o}`], at: [(plus + col.o) / 2, top - 10], anchor: "middle", label: named("c_t"), f: pick(a => a.c, b => b.dc) });
  add("cout", { lines: [`M${col.o} ${top}H${W - 10}`], at: [W - 4, top - 10], anchor: "end", label: fwd ? "c_t" : "carry", f: pick(a => a.c, b => b.carry) });
  add("tanhc", { lines: [`M${col.o} ${top}V${top + 28}`, `M${col.o} ${top + 62}V${below - 15}`], at: [col.o - 8, below - 24], anchor: "end", f: pick(a => a.tanh_c, b => b.dtanh) });
  add("h", { lines: [`M${col.o + 15} ${below}H${R}`], at: [narrow ? W - 4 : (col.o + R) / 2 + 6, below - 10], anchor: narrow ? "end" : "middle", label: named("h_t"), f: pick(a => a.h, b => b.dh) });
  add("hout", { lines: [`M${R} ${below}H${W - 6}`], at: [W - 4, below + (narrow ? 22 : 38)], anchor: "end", label: fwd || narrow ? "" : "from t+1", quiet: fwd, f: pick(a => a.h, b => b.from_h) });
  for (const k of GATES) {
    const x = col[k], lines = { f: [`M${x} ${gate - 17}V${top + 15}`], i: [`M${x} ${gate - 17}V${meet}H${plus - 15}`], g: [`M${x} ${gate - 17}V${meet}H${plus + 15}`], o: [`M${x} ${gate - 17}V${below + 15}`] }[k];
    const left = k === "i" && !narrow;
    add(k, { lines, at: [x + (left ? -8 : k === "o" ? 5 : 8), k === "o" ? gate - 22 : gate - 44], anchor: left ? "end" : "start", label: k === "o" && narrow ? "" : named(k + "_t"), f: pick(a => a[k], b => b.d[k]) });
    add("z" + k, { lines: [`M${x} ${rail.b - 14}V${gate + 17}`], at: [x + 7, gate + 52], label: fwd ? `z_${k}` : `δ_${k}`, f: pick(a => a.z[k], b => b.delta[k]) });
  }
  add("x", { lines: [`M${L - 16} ${rail.x}H${col.o}`], at: [narrow ? 4 : L - 16, rail.x - 8], label: named("x_t"), digits: fwd ? 2 : undefined, f: pick(a => a.x, b => b.dx) });
  add("hprev", { lines: [`M${L - 16} ${rail.h}H${col.o}`], at: [narrow ? 4 : L - 16, rail.h - 8], label: narrow ? "" : named("h_t−1"), f: pick(a => a.h_prev, b => b.dh_prev) });
  if (narrow) symbol(sheet.svg, named("h_t−1"), { x: 4, y: rail.h + 17, class: "lc-name" });
  for (const k of GATES) {
    for (const [kind, y] of [["wx", rail.x], ["wh", rail.h], ["b", rail.b]]) {
      const name = kind + k;
      add(name, { at: [col[k], y + 5], anchor: "middle", chip, digits: fwd ? 2 : undefined, f: fwd ? v => v.s[name] : ({ b }) => b.dw[name] });
    }
  }
  const where = s.loss === "every" ? ["E, mean", "over all", "steps"] : narrow ? ["E, at", `step ${s.x.length}`] : `E, at step ${s.x.length}`;
  add("E", { lines: [`M${R} ${below}V${below + 78}`], at: [W - (narrow ? 1 : 2), below + (narrow ? 66 : 84)], anchor: "end", label: fwd ? where : narrow ? [] : "direct", f: fwd ? ({ E }) => E : ({ b }) => b.direct });
  add("y", { lines: [`M${R} ${rail.x + 2}V${below + 107}`], at: [narrow ? R + 10 : R, rail.x + 22], anchor: "middle", chip: narrow ? 48 : 62, digits: 2, f: v => v.s.y });
  symbol(sheet.svg, "target y", { x: narrow ? W - 4 : R, y: rail.x + 46, "text-anchor": narrow ? "end" : "middle", class: "lc-name" });
  if (!narrow) {
    symbol(sheet.svg, "w_x", { x: col.o + 46, y: rail.x + 5, class: "lc-name" });
    symbol(sheet.svg, "w_h", { x: col.o + 46, y: rail.h + 5, class: "lc-name" });
    symbol(sheet.svg, "b", { x: L - 16, y: rail.b + 5, class: "lc-name" });
  }
  sheet.node(col.f, top, "×");
  sheet.node(plus, top, "+");
  sheet.node(plus, meet, "×");
  sheet.node(col.o, top + 45, "tanh", { width: 46 });
  sheet.node(col.o, below, "×");
  for (const k of GATES) sheet.node(col[k], gate, k === "g" ? "tanh" : "σ", { gate: k, width: 54 });
  sheet.node(R, below + 92, "E");
  return sheet;
}

// All steps, side by side.
function drawAll(narrow, s, mark) {
  const T = s.x.length, W = narrow ? 360 : 800, H = 340, first = narrow ? 2 : 30;
  const gap = (W - first - (narrow ? 46 : 90)) / T, X = t => first + gap * t;
  const row = { c: 72, h: 160, gate: 236, x: 312 }, fwd = s.direction === "forward";
  const side = Math.min(30, gap * 0.26);
  const sheet = new Sheet(W, H, "The wires of all steps. Arrow keys go from wire to wire.", mark);
  sheet.digits = narrow ? 2 : 3;
  for (let t = 1; t <= T; t++) {
    const x = X(t) - gap * 0.12, at = ({ steps, back }, f) => f(steps[t - 1], back[t - 1]), tip = t < T;
    const said = name => `step ${t}, ${plain(naming(name, s)[0])}:`;
    const chip = Math.min(narrow ? 60 : 76, gap * 0.82), h = x + side;
    if (t === 1) {
      sheet.wire("cprev", { lines: [`M2 ${row.c}H${x - chip / 2}`], quiet: true, said: said("cprev"), f: v => at(v, (a, b) => (fwd ? a.c_prev : b.dc_prev)) });
      sheet.wire("hprev", { lines: [`M2 ${row.h}L${x - side} ${row.gate - 12}`], quiet: true, said: said("hprev"), f: v => at(v, (a, b) => (fwd ? a.h_prev : b.dh_prev)) });
    }
    sheet.wire("x", { lines: [`M${x - side / 2} ${row.x - 20}V${row.gate + 16}`], at: [x - side / 2, row.x], anchor: "middle", chip, digits: fwd ? 2 : undefined, said: said("x"), f: v => at(v, (a, b) => (fwd ? a.x : b.dx)) });
    sheet.wire("write", { lines: [`M${x - side / 2} ${row.gate - 16}V${row.c + 14}`], at: [x - side / 2 - 6, row.h - 24], anchor: "end", label: fwd && gap > 150 ? "i g" : "", quiet: gap < 150, said: said("write"), f: v => at(v, (a, b) => (fwd ? a.write : b.dc)) });
    sheet.wire("o", { lines: [`M${x - side / 2 + 6} ${row.gate - 16}L${h - 2} ${row.h + 12}`], at: [x + 18, row.gate - 36], quiet: gap < 150, said: said("o"), f: v => at(v, (a, b) => (fwd ? a.o : b.d.o)) });
    sheet.wire("tanhc", { lines: [`M${x + 4} ${row.c + 10}L${h - 2} ${row.h - 18}`], quiet: true, said: said("tanhc"), f: v => at(v, (a, b) => (fwd ? a.tanh_c : b.dtanh)) });
    if (tip) {
      const next = X(t + 1) - gap * 0.12, from = h + chip * 0.42, to = next - side - 2;
      sheet.wire("cout", { lines: [`M${x + chip / 2} ${row.c}H${next - chip / 2}`], at: [(x + next) / 2, narrow ? row.c + 24 : row.c - 16], anchor: "middle", label: narrow ? "" : fwd ? `f_${t + 1}` : "carry", said: fwd ? `step ${t + 1}, f t, forget gate:` : `carry from step ${t + 1} to step ${t}:`, f: v => (fwd ? v.steps[t].f : v.back[t - 1].carry) }).classList.add("lc-through-c");
      sheet.wire("hout", { lines: [`M${from} ${row.h + 6}L${to} ${row.gate - 12}`], at: narrow ? [(h + next) / 2 + 2, row.h + 36] : [from + 0.7 * (to - from) - 6, row.gate - 19], anchor: narrow ? "middle" : "end", quiet: fwd, said: fwd ? said("hout") : `over h from step ${t + 1} to step ${t}:`, f: v => (fwd ? v.steps[t - 1].h : v.back[t - 1].from_h) }).classList.add("lc-through-h");
    }
    sheet.wire("c", { at: [x, row.c + 4], anchor: "middle", chip, said: said("c"), f: v => at(v, (a, b) => (fwd ? a.c : b.dc)) });
    symbol(sheet.svg, (fwd ? "" : "δ") + `c_${t}`, { x, y: row.c - 20, "text-anchor": "middle", class: "lc-name" });
    sheet.wire("h", { at: [h + 2, row.h], anchor: "middle", chip, said: said("h"), f: v => at(v, (a, b) => (fwd ? a.h : b.dh)) });
    if (!narrow) symbol(sheet.svg, (fwd ? "" : "δ") + `h_${t}`, { x: h + 4 + chip / 2, y: row.h - 3, class: "lc-name" });
    else if (t === 1) symbol(sheet.svg, fwd ? "h" : "δh", { x: 0, y: row.h - 12, class: "lc-name" });
    sheet.node(x - side / 2, row.gate, narrow ? "σ" : "i f g o", { gate: "all", width: narrow ? 40 : 62 });
    symbol(sheet.svg, `x_${t}`, { x: x - side / 2, y: row.x + 24, "text-anchor": "middle", class: "lc-name" });
    const loss = sheet.wire("E", { lines: [`M${h + 2} ${row.h - 17}V${row.c + 46}`], quiet: true, said: `step ${t}, ${naming("E", s).map(plain).join(", ")}:`, f: v => at(v, (a, b) => (fwd ? (a.h - v.s.y) ** 2 : b.direct)) });
    loss.classList.add("lc-loss");
    symbol(loss, "E", { x: h + 9, y: row.c + 46, class: "lc-name" });
    loss.dataset.t = t;
  }
  return sheet;
}

// ---------------------------------------------------------------- the page

const HTML = `
<div class="lc-tour">
  <div class="lc-steps" role="group" aria-label="The four steps of the tour"></div>
  <div class="lc-text"><h2 class="lc-title"></h2><div class="lc-says"></div></div>
  <div class="lc-walk"><button type="button" class="lc-back">← Back</button><button type="button" class="lc-next">Next →</button></div>
</div>
<p class="lc-notice" role="alert"></p>
<div class="lc-bar">
  <div role="group" aria-label="What is shown"><button type="button" data-set="view" data-value="one">one step</button><button type="button" data-set="view" data-value="all">all steps</button></div>
  <div role="group" aria-label="Which way"><button type="button" data-set="direction" data-value="forward">forward: values</button><button type="button" data-set="direction" data-value="backward">backward: gradients</button></div>
  <label class="lc-at lc-which">step t <input type="number" class="lc-t" min="1" inputmode="numeric" autocomplete="off"></label>
  <label class="lc-at"><span>of</span> <input type="number" class="lc-T" min="1" max="${STEPS}" inputmode="numeric" autocomplete="off" aria-label="number of steps"></label>
</div>
<div class="lc-switches" role="group" aria-label="The ways back through time">
  <label><input type="checkbox" data-switch="carry"> the carry, along <i>c</i></label>
  <label><input type="checkbox" data-switch="over_h"> the way over <i>h</i></label>
</div>
<div class="lc-picture"></div>
<div class="lc-time">
  <label class="lc-of">What each step adds to the gradient of <select class="lc-weight"></select></label>
  <div class="lc-scroll" role="region" aria-label="Step by step, beside the truth" tabindex="0"><table class="lc-table"></table></div>
  <p class="lc-verdict"></p>
  <div class="lc-bars" aria-hidden="true"><i class="lc-bar-sum"></i><i class="lc-bar-truth"></i></div>
  <p class="lc-small">Measured: the cell runs forward twice, with the number nudged up and down by 0.00001, and the two losses are compared. No formula of the way back is used.</p>
</div>
<div class="lc-linked">
  <div class="lc-equations" role="group" aria-label="The equations"></div>
  <div class="lc-about"><p class="lc-what"></p><p class="lc-code"><b>Code</b> <code></code></p><p class="lc-article"><b>Article</b> <span></span></p></div>
</div>
<div class="lc-inputs"></div>
<div class="lc-foot">
  <label>the loss looks at <select class="lc-loss-at"><option value="last">the last step</option><option value="every">every step</option></select></label>
  <button type="button" class="lc-copy">Copy link</button><button type="button" class="lc-reset">Reset</button>
  <output class="lc-status"></output>
</div>
<p class="lc-live" aria-live="polite"></p>`;

function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "living-cell lc-on";
  root.innerHTML = HTML;
  el.replaceChildren(root);
  const find = query => root.querySelector(query);
  const mark = `lc${++drawings}`;
  const state = () => Object.fromEntries(Object.keys(START).map(key => [key, model.get(key)]));
  let narrow = root.clientWidth > 0 && root.clientWidth < 560; // kept: asking costs a layout
  let sheet, drawn = "", lit = "", said, changed = "";

  // Change the state: all that depends on it is drawn before this returns.
  let busy = false;
  function set(changes) {
    busy = true;
    for (const [key, value] of Object.entries(changes)) model.set(key, value);
    busy = false;
    model.save_changes();
    draw();
  }

  function compute(s) {
    const steps = forward(s), back = backward(s, steps), t = Math.min(s.t, s.x.length);
    return { s, steps, back, a: steps[t - 1], b: back[t - 1], E: loss(s, steps) };
  }

  function draw() {
    if (busy) return;
    const s = state(), computed = compute(s);
    layout(s);
    sheet.paint(computed);
    root.classList.toggle("lc-backward", s.direction === "backward");
    root.classList.toggle("lc-no-carry", !s.carry);
    root.classList.toggle("lc-no-h", !s.over_h);
    root.classList.toggle("lc-elsewhere", s.view === "one" && !computed.a.counts);
    showInputs(s);
    showTime(computed);
    tellNumber();
    announce(computed);
  }

  // Draw anew what another view, another width or another number of steps asks for.
  function layout(s) {
    const wanted = [narrow, s.view, s.direction, s.x.length, s.loss, s.stop].join();
    if (wanted === drawn) return;
    drawn = wanted;
    sheet = (s.view === "one" ? drawOne : drawAll)(narrow, s, mark);
    find(".lc-picture").replaceChildren(sheet.svg);
    root.classList.toggle("lc-narrow", narrow);
    for (const wire of sheet.svg.querySelectorAll(".lc-loss")) {
      wire.style.display = s.loss === "every" || Number(wire.dataset.t) === s.x.length ? "" : "none";
    }
    for (const wire of sheet.wires) if (draggable(wire.dataset.wire, s)) wire.classList.add("lc-drag");
    find(".lc-equations").innerHTML = equations(s).map(line => `<p>${words(line)}</p>`).join("");
    root.querySelectorAll("[data-set]").forEach(button => button.setAttribute("aria-pressed", s[button.dataset.set] === button.dataset.value));
    find(".lc-time").hidden = s.view === "one" || s.direction === "forward";
    find(".lc-which").hidden = s.view === "all";
    find(".lc-at span").textContent = s.view === "all" ? "steps" : "of";
    find(".lc-switches").hidden = s.direction === "forward";
    showStop(s);
    makeInputs(s);
    light(lit || STOP[s.stop]?.lit || "c");
    sheet.wires[0].setAttribute("tabindex", "0");
  }

  // --- the tour
  const steps = find(".lc-steps");
  steps.innerHTML = ["Weights", "Gates", "States", "Gradients"].map((name, k) => `<button type="button" data-step="${k + 1}"><b>${k + 1}</b> ${name}</button>`).join("");
  function showStop(s) {
    const stop = STOP[s.stop];
    find(".lc-title").textContent = stop ? `Step ${stop.step}. ${stop.title}` : "";
    find(".lc-says").innerHTML = stop ? words(stop.text, false) : "";
    find(".lc-says a")?.setAttribute("href", model.get("audit") || "#");
    find(".lc-tour").classList.toggle("lc-none", !stop);
    steps.querySelectorAll("button").forEach(button => {
      button.toggleAttribute("aria-current", false);
      if (stop && Number(button.dataset.step) === stop.step) button.setAttribute("aria-current", "step");
    });
    find(".lc-back").disabled = s.stop <= 1;
    find(".lc-next").disabled = s.stop === STOPS;
  }
  function go(stop) {
    lit = STOP[stop].lit;
    set({ stop, ...STOP[stop].set });
    light(lit);
    changed = `Step ${STOP[stop].step}: ${STOP[stop].title}.`;
  }
  steps.addEventListener("click", event => {
    const button = event.target.closest("button");
    if (button) go(STOP.findIndex(stop => stop?.step === Number(button.dataset.step)));
  });
  find(".lc-back").addEventListener("click", () => go(model.get("stop") - 1));
  find(".lc-next").addEventListener("click", () => go(model.get("stop") + 1));

  // --- what lights up together
  let pointed; // the wire in the drawing whose number is told
  function light(wire, group) {
    lit = wire;
    pointed = group?.closest("svg") ? group : sheet.wires.find(one => one.dataset.wire === wire);
    root.querySelectorAll("[data-wire]").forEach(part => {
      const on = part.dataset.wire === wire;
      part.classList.toggle("lc-lit", on);
      if (part.getAttribute("role") === "option") part.setAttribute("aria-selected", on);
    });
    const s = state(), [name, what] = naming(wire, s), [, , code, id, backCode, backId] = WIRES[wire], back = s.direction === "backward";
    find(".lc-what").innerHTML = `${name.startsWith("gradient") ? "the " : ""}${words(name).replace(/^gradient of |^/, "$&<b>")}</b>, ${what}<span class="lc-value"></span>`;
    tellNumber();
    find(".lc-code code").textContent = back ? backCode : code;
    find(".lc-article span").innerHTML = article(back ? backId : id);
  }
  function tellNumber() {
    const value = pointed?.querySelector(".lc-number").textContent, place = find(".lc-value");
    if (place) place.innerHTML = value ? `: <b>${value}</b>` : "";
  }
  function article(id) {
    if (id in MISSING) return `${MISSING[id]} <span class="lc-tag">${id}</span>`;
    const [printed, verdict] = model.get("statements")[id] ?? ["", ""];
    const safe = printed.replace(/&/g, "&amp;").replace(/</g, "&lt;");
    const page = model.get("audit"), tag = `${id}, ${verdict}`;
    const link = page ? `<a href="${page}#${id.toLowerCase().replace(".", "-")}">${tag}</a>` : tag;
    return `<code>${safe}</code> <span class="lc-tag lc-${verdict}">${link}</span>`;
  }
  // JupyterLab would take the arrow keys for itself; it looks at the focused element alone.
  root.addEventListener("focusin", event => { event.target.dataset.lmSuppressShortcuts = "true"; });
  const wireOf = event => event.target.closest?.("[data-wire]")?.dataset.wire;
  for (const kind of ["pointerover", "focusin"]) {
    root.addEventListener(kind, event => {
      const wire = wireOf(event);
      const group = event.target.closest?.("svg [data-wire]");
      if (wire && (wire !== lit || (group && group !== pointed)) && !dragging) light(wire, group);
    });
  }

  // --- with the keyboard, from wire to wire
  find(".lc-picture").addEventListener("keydown", event => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const now = sheet.wires.indexOf(document.activeElement);
    if (!step || now < 0) return;
    event.preventDefault();
    const all = sheet.wires.filter(wire => wire.style.display !== "none");
    const next = all[(all.indexOf(sheet.wires[now]) + step + all.length) % all.length];
    sheet.wires[now].setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  });

  // --- inputs: range inputs, and the numbers in the drawing
  const span = key => LIMITS[key.startsWith("x") ? "x" : key];
  const get = (s, key) => (key[0] === "x" ? s.x[key.slice(1) - 1] : s[key]);
  function put(key, value) {
    const [low, high] = span(key), rounded = Math.min(high, Math.max(low, Math.round(value * 20) / 20));
    if (key[0] !== "x") return set({ [key]: rounded });
    const x = [...model.get("x")];
    x[key.slice(1) - 1] = rounded;
    set({ x });
  }
  // The input that a wire of the drawing is, or undefined.
  function draggable(wire, s, group) {
    if (WEIGHTS.includes(wire) || wire === "y") return s.direction === "forward" || wire === "y" ? wire : undefined;
    if (s.direction === "backward") return undefined;
    if (wire === "x") return `x${s.view === "one" ? s.t : 1 + [...sheet.svg.querySelectorAll(".lc-x")].indexOf(group)}`;
    return s.view === "one" && s.t === 1 ? { hprev: "h0", cprev: "c0" }[wire] : undefined;
  }
  const nice = key => (key[0] === "x" ? `x_${key.slice(1)}` : key.replace(/^(w|b|h|c)(\w+)$/, "$1_$2"));
  function makeInputs(s) {
    const wanted = s.x.map((_, k) => `x${k + 1}`);
    if (find(".lc-inputs").dataset.made === wanted.join()) return;
    find(".lc-inputs").dataset.made = wanted.join();
    const open = find(".lc-more")?.open;
    const row = key => {
      const [low, high] = span(key), id = `${mark}-${key}`;
      return `<div class="lc-row"><label for="${id}">${words(nice(key))}</label><input type="range" id="${id}" data-key="${key}" min="${low}" max="${high}" step="0.05" autocomplete="off"><output for="${id}"></output></div>`;
    };
    const group = (title, keys) => `<div class="lc-group" role="group" aria-label="${title}"><p>${title}</p>${keys.map(row).join("")}</div>`;
    find(".lc-inputs").innerHTML = group("input at each step", wanted) + group("start and target", ["h0", "c0", "y"])
      + group("biases", GATES.map(k => "b" + k))
      + `<details class="lc-more"${open ? " open" : ""}><summary>the eight weights</summary><div>${group("of the input", GATES.map(k => "wx" + k))}${group("of the last output", GATES.map(k => "wh" + k))}</div></details>`;
  }
  function showInputs(s) {
    for (const input of root.querySelectorAll("[data-key]")) {
      const value = get(s, input.dataset.key), shown = number(value, 2);
      if (Number(input.value) !== value) input.value = value;
      if (input.nextElementSibling.value !== shown) {
        input.nextElementSibling.value = shown;
        input.setAttribute("aria-valuetext", shown);
      }
    }
    const t = find(".lc-t"), T = find(".lc-T");
    t.max = s.x.length;
    if (document.activeElement !== t) t.value = s.t;
    if (document.activeElement !== T) T.value = s.x.length;
    find(".lc-loss-at").value = s.loss;
    root.querySelectorAll("[data-switch]").forEach(box => { box.checked = s[box.dataset.switch]; });
    find(".lc-weight").value = s.weight;
  }
  find(".lc-weight").innerHTML = WEIGHTS.map(name => `<option>${name}</option>`).join("");
  root.addEventListener("input", event => {
    const { key } = event.target.dataset;
    if (key) {
      changed = `${plain(nice(key))} ${number(Number(event.target.value), 2)}.`;
      put(key, Number(event.target.value));
    }
  });
  root.addEventListener("change", event => {
    const input = event.target, s = state();
    if (input.dataset.switch) set({ [input.dataset.switch]: input.checked });
    if (input.matches(".lc-weight")) set({ weight: input.value });
    if (input.matches(".lc-loss-at")) set({ loss: input.value });
    const whole = most => Math.min(most, Math.max(1, Math.round(Number(input.value)) || 1));
    if (input.matches(".lc-t")) set({ t: (input.value = whole(s.x.length)) });
    if (input.matches(".lc-T")) {
      const T = (input.value = whole(STEPS));
      set({ x: Array.from({ length: T }, (_, k) => s.x[k] ?? 0), t: Math.min(s.t, T) });
    }
  });
  root.addEventListener("click", event => {
    const button = event.target.closest("[data-set]");
    if (button) set({ [button.dataset.set]: button.dataset.value });
  });

  let dragging = null;
  find(".lc-picture").addEventListener("pointerdown", event => {
    const group = event.target.closest("[data-wire]"), key = group && draggable(group.dataset.wire, state(), group);
    if (!key) return;
    event.preventDefault();
    light(group.dataset.wire);
    dragging = { key, from: event.clientX, value: get(state(), key), id: event.pointerId };
    find(".lc-picture").setPointerCapture(event.pointerId);
    root.classList.add("lc-dragging");
  });
  find(".lc-picture").addEventListener("pointermove", event => {
    if (!dragging || dragging.id !== event.pointerId) return;
    const [low, high] = span(dragging.key);
    const value = dragging.value + (event.clientX - dragging.from) * (high - low) / 300;
    changed = `${plain(nice(dragging.key))} ${number(value, 2)}.`;
    put(dragging.key, value);
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    find(".lc-picture").addEventListener(kind, () => {
      dragging = null;
      root.classList.remove("lc-dragging");
    });
  }

  // --- all steps, beside the truth
  function showTime({ s, steps, back }) {
    if (find(".lc-time").hidden) return;
    const digits = narrow ? 3 : 4, n = value => number(value, digits);
    const shares = back.map(one => one.dw[s.weight]), sum = shares.reduce((a, b) => a + b, 0);
    const truth = measure(s, s.weight), none = steps.map(() => null), table = find(".lc-table");
    const rows = [
      ["computed", "δc, computed", [...back.map(one => one.dc), null]],
      ["truth", "δc, measured", [...steps.map((_, k) => measure(s, "c", k + 1)), null]],
      ["computed", `∂E/∂${words(nice(s.weight))}, share of each step`, [...shares, sum]],
      ["truth", `∂E/∂${words(nice(s.weight))}, measured`, [...none, truth]],
    ];
    const made = [s.weight, steps.length].join();
    if (table.dataset.made !== made) {
      table.dataset.made = made;
      const heads = [...steps.map((_, k) => k + 1), "sum"].map(head => `<th scope="col">${head}</th>`).join("");
      const body = rows.map(([kind, name, values]) => `<tr class="lc-${kind}"><th scope="row">${name}</th>${"<td></td>".repeat(values.length)}</tr>`);
      table.innerHTML = `<thead><tr><th scope="col">step</th>${heads}</tr></thead><tbody>${body.join("")}</tbody>`;
    }
    const shown = rows.flatMap(([, , values]) => values.map(value => (value === null ? "" : n(value))));
    table.querySelectorAll("td").forEach((cell, k) => {
      if (cell.textContent !== shown[k]) cell.textContent = shown[k];
    });
    const long = Math.max(Math.abs(sum), Math.abs(truth)) || 1;
    find(".lc-bar-sum").style.width = `${100 * Math.abs(sum) / long}%`;
    find(".lc-bar-truth").style.width = `${100 * Math.abs(truth) / long}%`;
    const exact = Math.abs(sum - truth) < 1e-8, arrives = Math.abs(truth) > 1e-9 ? `${number(100 * sum / truth, 0)} % of it arrives.` : "They do not agree.";
    const open = [s.carry && "the carry", s.over_h && "the way over h"].filter(Boolean).join(" and ") || "neither way";
    find(".lc-verdict").innerHTML = `With ${open} open, the steps add up to <b>${n(sum)}</b>. Measured: <b>${n(truth)}</b>. <b>${exact ? "They agree." : arrives}</b>`;
  }

  // --- for those who listen
  function announce({ a, E, s }) {
    clearTimeout(said);
    said = setTimeout(() => {
      const t = Math.min(s.t, s.x.length), time = find(".lc-time").hidden ? "" : find(".lc-verdict").textContent;
      find(".lc-live").textContent = `${changed} ${time || `Step ${t}: ${GATES.map(k => `${k} ${number(a[k])}`).join(", ")}, memory c ${number(a.c)}, output h ${number(a.h)}; loss, ${s.loss === "every" ? "mean over all steps" : `at step ${s.x.length}`}, ${number(E)}.`}`.trim();
      changed = "";
    }, 500);
  }

  // --- the address
  find(".lc-copy").addEventListener("click", async () => {
    const link = model.get("site") + toAddress(state());
    try {
      await navigator.clipboard.writeText(link);
      find(".lc-status").value = "The link is copied.";
    } catch {
      find(".lc-status").value = link; // the browser does not let us: here it is
    }
  });
  find(".lc-reset").addEventListener("click", () => {
    lit = "";
    changed = "Reset.";
    find(".lc-status").value = "";
    model.set("notice", "");
    set({ ...START, x: [...START.x] });
    light(STOP[START.stop].lit);
  });

  const notice = () => { find(".lc-notice").textContent = model.get("notice"); };
  model.on("change:notice", notice);
  for (const key of Object.keys(START)) model.on(`change:${key}`, draw);
  const watch = new ResizeObserver(([{ contentRect: { width } }]) => {
    if (!width || narrow === width < 560) return; // hidden, or drawn for this width already
    narrow = !narrow;
    draw();
  });
  watch.observe(root);
  notice();
  draw();
  return () => { watch.disconnect(); clearTimeout(said); };
}

const livingCell = { render };
export default livingCell;
