// A sheet to draw on: wires with their numbers, boxes, names.

import { compact, fixed, number } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {Element} parent
 * @param {string} name
 * @param {Record<string, string | number>} [attributes]
 * @param {string} [text]
 */
export function element(parent, name, attributes = {}, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

/**
 * A name with a subscript, as SVG text.
 * @param {Element} parent
 * @param {string} text
 * @param {Record<string, string | number>} attributes
 */
export function symbol(parent, text, attributes) {
  const made = element(parent, "text", { ...attributes, "aria-hidden": "true" });
  for (const [k, word] of text.split(" ").entries()) {
    const [name, sub] = word.split("_");
    const italic = /^(δ.?|[a-zE]),?$/.test(name) ? "lc-symbol" : "";
    element(made, "tspan", { class: italic }, (k ? " " : "") + name);
    if (sub) {
      element(made, "tspan", { class: "lc-sub", dy: 4 }, sub);
      element(made, "tspan", { dy: -4 }, "\u200b");
    }
  }
  return made;
}

/**
 * @typedef {{
 *   lines?: string[], at?: number[], anchor?: string, label?: string | string[],
 *   f: (computed: any) => number, chip?: number, said?: string, input?: boolean, quiet?: boolean,
 *   t?: number,
 * }} Wire
 */

// An application to those who listen: the arrow keys are ours.
export class Sheet {
  /**
   * @param {number} width
   * @param {number} height
   * @param {string} label
   * @param {string} mark  what makes ids unique on a page with several drawings
   */
  constructor(width, height, label, mark) {
    this.svg = /** @type {SVGSVGElement} */ (document.createElementNS(SVG, "svg"));
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("role", "application");
    this.svg.setAttribute("aria-label", label);
    this.mark = mark;
    this.digits = 3;
    this.compact = false; // is there little room for large and small numbers
    /** @type {{ text: SVGElement, group: SVGElement, wire: Wire }[]} */
    this.numbers = [];
    /** @type {SVGElement[]} */
    this.wires = [];
    const defs = element(this.svg, "defs");
    this.#tip(defs, "on", "M0 0L10 5L0 10z", 9);
    this.#tip(defs, "back", "M10 0L0 5L10 10z", 1);
  }

  /**
   * @param {Element} defs
   * @param {string} kind
   * @param {string} d
   * @param {number} refX
   */
  #tip(defs, kind, d, refX) {
    const size = { viewBox: "0 0 10 10", markerWidth: 9, markerHeight: 9, refX, refY: 5 };
    const tip = element(defs, "marker", {
      ...{ id: `${this.mark}-${kind}`, class: `lc-tip-${kind}`, ...size },
      ...{ markerUnits: "userSpaceOnUse", orient: "auto" },
    });
    element(tip, "path", { d });
  }

  /**
   * Draw a wire: its lines, its name (or the lines of it), and its number, f(computed), at
   * (x, y); a quiet one tells it only when it is pointed at.
   * @param {string} name
   * @param {Wire} wire
   */
  wire(name, wire) {
    const { lines = [], at = [0, 0], anchor = "start", label = [], chip, quiet } = wire;
    const group = element(this.svg, "g", {
      ...{ class: `lc-wire lc-${name}`, "data-wire": name },
      ...{ role: "img", tabindex: "-1" },
    });
    if (wire.t) group.dataset.t = String(wire.t);
    const style = `--on: url(#${this.mark}-on); --back: url(#${this.mark}-back)`;
    for (const d of lines) {
      element(group, "path", { d, class: "lc-hit" });
      element(group, "path", { d, class: "lc-line", style });
    }
    const [x, y] = at;
    if (chip) {
      const box = { x: x - chip / 2, y: y - 16, width: chip, height: 23, rx: 6 };
      element(group, "rect", { class: "lc-chip", ...box });
    }
    for (const [k, line] of [label].flat().reverse().entries()) {
      if (!line) continue;
      symbol(group, line, { x, y: y - 17 - 15 * k, "text-anchor": anchor, class: "lc-name" });
    }
    const text = element(group, "text", {
      ...{ x, y, "text-anchor": anchor, "aria-hidden": "true" },
      class: quiet ? "lc-number lc-quiet" : "lc-number",
    });
    this.numbers.push({ text, group, wire });
    this.wires.push(group);
    return group;
  }

  /**
   * Draw what computes: a sign in a circle, or a box.
   * @param {number} x
   * @param {number} y
   * @param {string} sign
   * @param {{ gate?: string, width?: number }} [options]
   */
  node(x, y, sign, { gate, width = 30 } = {}) {
    const kind = gate ? `lc-gate lc-gate-${gate}` : "lc-node";
    const group = element(this.svg, "g", { "aria-hidden": "true", class: kind });
    if (gate || width > 30) {
      element(group, "rect", { x: x - width / 2, y: y - 17, width, height: 34, rx: 9 });
    } else {
      element(group, "circle", { cx: x, cy: y, r: 14 });
    }
    element(group, "text", { x, y: y + 5, "text-anchor": "middle" }, sign);
  }

  /** Write every number that has changed. @param {any} computed */
  paint(computed) {
    for (const { text, group, wire } of this.numbers) {
      const value = wire.f(computed);
      const shown = wire.input ? fixed(value) : number(value, this.digits);
      const written = this.compact ? compact(shown) : shown;
      if (text.textContent === written) continue;
      text.textContent = written;
      text.classList.toggle("lc-long", shown.length > 6);
      group.setAttribute("aria-label", wire.input ? `${wire.said}` : `${wire.said}: ${shown}`);
    }
  }
}
