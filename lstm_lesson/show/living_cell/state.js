// The state of the cell: its default, what each part may be, and the address that says it.
// lstm_lesson's Python knows the same states; the tests compare the two.

/**
 * @typedef {{
 *   x: number[], h0: number, c0: number, y: number, loss: string, t: number, view: string,
 *   direction: string, carry: boolean, over_h: boolean, weight: string, stop: number,
 *   story: string, part: string,
 *   [weight: string]: any,
 * }} State
 */

export const GATES = ["i", "f", "g", "o"];
export const WEIGHTS = ["wx", "wh", "b"].flatMap((kind) => GATES.map((k) => kind + k));
export const STEPS = 6; // at most

// What an address of version 1 leaves out has these values, for ever: links rely on it.
/** @type {State} */
export const START = {
  x: [1, 0, 0, 0],
  h0: 0,
  c0: 0.4,
  y: 0.9,
  ...{ wxi: 3, wxf: 0, wxg: 1, wxo: 0 },
  ...{ whi: 0, whf: 0, whg: 0.5, who: 0.5 },
  ...{ bi: -1, bf: 2, bg: 0, bo: 1 },
  loss: "last", // the loss looks at the "last" step, or at "every" step
  t: 1,
  view: "one",
  direction: "forward", // what is drawn
  carry: true,
  over_h: true, // which of the two paths back through time are open
  weight: "wxg", // whose gradient is added up over time
  stop: 1, // of the tour; 0: none
  story: "", // that is told instead
  part: "", // of the cell, which a page is about
};

/** @type {Record<string, number[]>} */
export const LIMITS = {
  x: [-2, 2],
  h0: [-1, 1],
  c0: [-3, 3],
  y: [-2, 2],
  ...Object.fromEntries(WEIGHTS.map((name) => [name, [-6, 6]])),
};

/** @type {Record<string, string[]>} */
export const CHOICES = {
  loss: ["last", "every"],
  view: ["one", "all"],
  direction: ["forward", "backward"],
  story: ["", "remember", "forget", "count", "vanish", "explode"],
  part: ["", "weights", "gates", "states", "loss", "nodes", "sums", "time", "loop"],
  weight: WEIGHTS,
};

/** @param {any} value */
const said = (value) => (typeof value === "boolean" ? String(Number(value)) : String(value));

/**
 * The address of a state, such as #cell=1&bf=-2.2&x=1,0,0: the version, then what differs from
 * START.
 * @param {State} s
 */
export function toAddress(s) {
  const parts = Object.keys(START).filter((key) => said(s[key]) !== said(START[key]));
  return ["#cell=1", ...parts.map((key) => `${key}=${said(s[key])}`)].join("&");
}

/**
 * The state that an address describes. Throws an Error that names what is malformed.
 * @param {string} text
 */
export function fromAddress(text) {
  const [version, ...parts] = text.replace(/^#/, "").split("&");
  if (version !== "cell=1") throw Error(`“${version}” is not cell=1, the version known here`);
  const s = { ...START, x: [...START.x] };
  const seen = new Set();
  for (const part of parts) {
    const cut = part.indexOf("=");
    const key = part.slice(0, cut);
    if (cut < 1 || !Object.hasOwn(START, key)) throw Error(`“${part}” is nothing the cell has`);
    if (seen.has(key)) throw Error(`“${key}” stands there twice`);
    seen.add(key);
    s[key] = read(key, part.slice(cut + 1));
  }
  if (s.t > s.x.length) throw Error(`there is no step ${s.t} among ${s.x.length}`);
  return s;
}

/**
 * @param {string} key
 * @param {string} value
 */
function read(key, value) {
  if (key in CHOICES && CHOICES[key].includes(value)) return value;
  if (typeof START[key] === "boolean" && /^[01]$/.test(value)) return value === "1";
  if (key === "t" && /^[1-6]$/.test(value)) return Number(value);
  if (key === "stop" && /^[0-5]$/.test(value)) return Number(value);
  if (key in LIMITS) return readNumbers(key, value);
  throw Error(`“${key}=${value}” is no value that ${key} can have`);
}

const NUMBER = /^-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/;

/**
 * @param {string} key
 * @param {string} value
 */
function readNumbers(key, value) {
  const texts = key === "x" ? value.split(",") : [value];
  const [low, high] = LIMITS[key];
  const good = texts.every((text) => NUMBER.test(text) && +text >= low && +text <= high);
  if (!good || texts.length > STEPS) {
    const what = key === "x" ? `1 to ${STEPS} numbers` : "a number";
    throw Error(`“${key}=${value}”: expected ${what} from ${low} to ${high}`);
  }
  return key === "x" ? texts.map(Number) : Number(value);
}
