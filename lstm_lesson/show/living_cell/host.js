// The living cell in a page of the book: a model with no kernel behind it, and the state in the
// address.

import { Hero } from "./hero.js";
import { fromAddress, START, toAddress } from "./state.js";
import { STOPS } from "./tour.js";
import { livingCell } from "./widget.js";

// What the page needs of anywidget's model.
class Model {
  /** @param {Record<string, any>} values */
  constructor(values) {
    this.values = values;
    /** @type {Map<string, (() => void)[]>} */
    this.listeners = new Map();
  }

  /** @param {string} key */
  get(key) {
    return this.values[key];
  }

  /** @param {string} key @param {any} value */
  set(key, value) {
    if (this.values[key] === value) return;
    this.values[key] = value;
    for (const listener of this.listeners.get(`change:${key}`) ?? []) listener();
  }

  /** @param {string} name @param {() => void} listener */
  on(name, listener) {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
  }

  // Not at each move: browsers limit how often an address may change.
  save_changes() {
    clearTimeout(this.waiting);
    const write = () => history.replaceState(null, "", toAddress(/** @type {any} */ (this.values)));
    this.waiting = setTimeout(write, 300);
  }
}

/** Bring the cell to the state of the page's address, if that has one. @param {Model} model */
function open(model) {
  if (!location.hash.startsWith("#cell")) return;
  let state = START;
  let notice = "";
  try {
    state = fromAddress(decodeURIComponent(location.hash));
  } catch (error) {
    const what = error instanceof Error ? error.message : error;
    notice = `This link can’t be read: ${what}. The cell is at its default.`;
  }
  for (const [key, value] of Object.entries({ ...state, notice })) model.set(key, value);
}

/** @param {HTMLElement} place @param {Record<string, any>} fixed */
function openCell(place, fixed) {
  const site = location.href.split("#")[0];
  const model = new Model({ ...START, ...STOPS[1]?.set, notice: "", site, ...fixed });
  const asked = location.hash.startsWith("#cell");
  open(model);
  livingCell.render({ model, el: place });
  if (asked) place.scrollIntoView();
  addEventListener("hashchange", () => open(model));
}

for (const one of document.querySelectorAll("[data-living-cell]")) {
  const place = /** @type {HTMLElement} */ (one);
  const fixed = JSON.parse(place.querySelector("script")?.textContent ?? "{}");
  if (place.dataset.livingCell === "hero") new Hero(place);
  else openCell(place, fixed);
}
