// The living cell in a page of the book: a model with no kernel behind it, and the state in the
// address.

import { Hero } from "./hero.js";
import { Page } from "./page.js";
import { PARTS } from "./parts.js";
import { fromAddress, START, toAddress } from "./state.js";
import { STOPS } from "./tour.js";
import { Walk } from "./walk.js";
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

/** The whole cell, whose state is the address of the page. */
function openCell(place, fixed) {
  const site = location.href.split("#")[0];
  const model = new Model({ ...START, ...STOPS[1]?.set, notice: "", site, ...fixed });
  const asked = location.hash.startsWith("#cell");
  open(model);
  livingCell.render({ model, el: place });
  if (asked) place.scrollIntoView();
  addEventListener("hashchange", () => open(model));
}

/** A cell in the text, which sliders of the page move too. */
function openSmallCell(place, fixed) {
  const model = new Model({ ...fromAddress(fixed.address), notice: "", site: "", ...fixed });
  model.save_changes = () => {};
  const page = new Page(model, place, true);
  const { follows = {} } = PARTS[model.get("part")] ?? {};
  document.addEventListener("input", (event) => {
    const slider = /** @type {any} */ (event.target);
    const name =
      slider.closest("figure.live") && slider.labels?.[0]?.textContent.trim().split(" ").pop();
    const value = Number(slider.getAttribute("aria-valuetext")?.replace("−", "-"));
    if (!follows[name] || Number.isNaN(value)) return;
    for (const [key, to] of Object.entries(follows[name](value))) page.put(key, to);
  });
}

for (const one of document.querySelectorAll("[data-living-cell]")) {
  const place = /** @type {HTMLElement} */ (one);
  const fixed = JSON.parse(place.querySelector("script")?.textContent ?? "{}");
  const kind = place.dataset.livingCell;
  if (kind === "hero") new Hero(place);
  else if (kind === "loop") new Walk(place, fromAddress(fixed.address));
  else if (kind === "small") openSmallCell(place, fixed);
  else openCell(place, fixed);
}
