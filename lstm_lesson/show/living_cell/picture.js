// The drawing in the page: numbers that can be dragged, and wires that light up.

import { drawAll } from "./all_steps.js";
import { drawOne } from "./one_step.js";
import { PARTS } from "./parts.js";
import { LIMITS, WEIGHTS } from "./state.js";
import { equations, MISSING, naming, spoken, WIRES, words } from "./words.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./page.js").Page} Page */

/** The limits of an input: x2 has those of x. @param {string} key */
export const span = (key) => LIMITS[key[0] === "x" ? "x" : key];

/** @param {State} s @param {string} key */
export const valueAt = (s, key) => (key[0] === "x" ? s.x[Number(key.slice(1)) - 1] : s[key]);

export class Picture {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.place = page.find(".lc-picture");
    /** @type {{ key: string, from: number, value: number, id: number } | null} */
    this.dragged = null;
    this.place.addEventListener("pointerdown", (/** @type {any} */ event) => this.#take(event));
    this.place.addEventListener("pointermove", (/** @type {any} */ event) => this.#pull(event));
    for (const kind of ["pointerup", "pointercancel"]) {
      this.place.addEventListener(kind, () => this.#drop());
    }
    this.place.addEventListener("keydown", (/** @type {any} */ event) => this.#walk(event));
  }

  /** @param {State} s */
  layout(s) {
    const { page } = this;
    this.sheet = (s.view === "one" ? drawOne : drawAll)(page.size, s, page.mark);
    const { svg, wires } = this.sheet;
    this.place.replaceChildren(svg);
    for (const wire of wires.filter((one) => one.classList.contains("lc-loss"))) {
      const seen = s.loss === "every" || Number(wire.dataset.t) === s.x.length;
      wire.style.display = seen ? "" : "none";
    }
    for (const wire of wires) if (this.#inputOf(wire, s)) this.#makeSlider(wire, s);
    for (const wire of wires) wire.classList.toggle("lc-part", inPart(wire, s.part));
    wires[0].setAttribute("tabindex", "0");
  }

  /** A number in the drawing that the arrow keys change. @param {any} wire @param {State} s */
  #makeSlider(wire, s) {
    const [low, high] = span(this.#inputOf(wire, s) ?? "");
    wire.classList.add("lc-drag");
    wire.setAttribute("role", "slider");
    wire.setAttribute("aria-valuemin", low);
    wire.setAttribute("aria-valuemax", high);
  }

  /** @param {any} computed */
  show(computed) {
    const { s } = computed;
    const ahead = s.direction === "forward";
    this.sheet?.paint(computed);
    for (const wire of this.sheet?.wires ?? []) {
      const t = Number(wire.dataset.t);
      const later = ahead ? t > s.t : t < s.t;
      wire.classList.toggle("lc-later", this.page.timed && later);
      wire.classList.toggle("lc-now", this.page.timed && t === s.t);
      if (wire.getAttribute("role") !== "slider") continue;
      const value = valueAt(s, this.#inputOf(wire, s) ?? "");
      wire.setAttribute("aria-valuenow", String(value));
      const shown = wire.querySelector(".lc-number")?.textContent ?? "";
      wire.setAttribute("aria-valuetext", shown);
    }
  }

  /**
   * The input that a wire of the drawing is, or undefined.
   * @param {any} group
   * @param {State} s
   * @returns {string | undefined}
   */
  #inputOf(group, s) {
    const { wire } = group.dataset;
    if (wire === "y") return wire;
    if (s.direction === "backward") return undefined;
    if (WEIGHTS.includes(wire)) return wire;
    if (wire === "x") {
      const all = [...(this.sheet?.svg.querySelectorAll(".lc-x") ?? [])];
      return `x${s.view === "one" ? s.t : 1 + all.indexOf(group)}`;
    }
    /** @type {Record<string, string>} */
    const initial = { hprev: "h0", cprev: "c0" };
    return s.view === "one" && s.t === 1 ? initial[wire] : undefined;
  }

  /** @param {any} event */
  #take(event) {
    const { page } = this;
    const group = event.target.closest("[data-wire]");
    const key = group && this.#inputOf(group, page.state());
    if (!key) return;
    event.preventDefault();
    page.light(group.dataset.wire);
    const value = valueAt(page.state(), key);
    this.dragged = { key, from: event.clientX, value, id: event.pointerId };
    this.place.setPointerCapture(event.pointerId);
    page.root.classList.add("lc-dragging");
  }

  /** @param {any} event */
  #pull(event) {
    if (this.dragged?.id !== event.pointerId || !this.dragged) return;
    const { key, from, value } = this.dragged;
    const [low, high] = span(key);
    this.page.put(key, value + ((event.clientX - from) * (high - low)) / 300);
  }

  #drop() {
    this.dragged = null;
    this.page.root.classList.remove("lc-dragging");
  }

  /** Left and right go from wire to wire; up and down change a number. @param {any} event */
  #walk(event) {
    if (this.#turn(event)) return;
    /** @type {Record<string, number>} */
    const ways = { ArrowRight: 1, ArrowLeft: -1 };
    const all = (this.sheet?.wires ?? []).filter((wire) => wire.style.display !== "none");
    if (ways[event.key]) rove(event, all, ways[event.key]);
  }

  /** Change the number that has the focus; say whether that was asked for. @param {any} event */
  #turn(event) {
    /** @type {Record<string, number>} */
    const turns = { ArrowUp: 0.05, ArrowDown: -0.05, PageUp: 0.5, PageDown: -0.5 };
    const group = event.target.closest("[role=slider]");
    if (!group || !turns[event.key]) return false;
    event.preventDefault();
    const s = this.page.state();
    const key = this.#inputOf(group, s) ?? "";
    this.page.put(key, valueAt(s, key) + turns[event.key]);
    return true;
  }
}

/** Move the focus, and the one Tab stop, within a group. */
function rove(event, all, by) {
  const now = all.indexOf(document.activeElement);
  if (now < 0) return;
  event.preventDefault();
  const next = all[(now + by + all.length) % all.length];
  all[now].setAttribute("tabindex", "-1");
  next.setAttribute("tabindex", "0");
  next.focus();
}

/** @param {any} wire @param {string} part */
const inPart = (wire, part) => PARTS[part]?.wires.test(wire.dataset.wire) ?? false;

// What belongs together lights up together: wire, term, code, statement.
export class Linked {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** The wire in the drawing whose number is told. @type {Element | undefined} */
    this.pointed = undefined;
    for (const kind of ["pointerover", "focusin"]) {
      page.root.addEventListener(kind, (/** @type {any} */ event) => this.#point(event));
    }
    const place = page.find(".lc-equations");
    place.addEventListener("keydown", (event) => {
      /** @type {Record<string, number>} */
      const ways = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
      if (ways[event.key]) rove(event, [...place.querySelectorAll(".lc-term")], ways[event.key]);
    });
  }

  /** @param {any} event */
  #point(event) {
    const wire = event.target.closest?.("[data-wire]")?.dataset.wire;
    const group = event.target.closest?.("svg [data-wire]");
    const again = wire === this.page.lit && (!group || group === this.pointed);
    if (wire && !again && !this.page.picture.dragged) this.light(wire, group);
  }

  /** @param {State} s */
  layout(s) {
    const lines = equations(s).map((line) => `<p>${words(line)}</p>`);
    const place = this.page.find(".lc-equations");
    place.innerHTML = lines.join("");
    for (const term of place.querySelectorAll(".lc-term")) {
      term.setAttribute("role", "group");
      term.setAttribute("aria-label", spoken(term.dataset.wire, s));
    }
    place.querySelector(".lc-term").setAttribute("tabindex", "0");
  }

  show() {
    const value = this.pointed?.querySelector(".lc-number")?.textContent;
    const place = this.page.find(".lc-value");
    if (place) place.innerHTML = value ? `: <b>${value}</b>` : "";
  }

  /**
   * @param {string} wire
   * @param {Element | null} [group]
   */
  light(wire, group) {
    const { page } = this;
    page.lit = wire;
    const first = page.picture.sheet?.wires.find((one) => one.dataset.wire === wire);
    this.pointed = group?.closest("svg") ? group : first;
    for (const part of page.root.querySelectorAll("[data-wire]")) {
      const on = /** @type {HTMLElement} */ (part).dataset.wire === wire;
      part.classList.toggle("lc-lit", on);
    }
    const s = page.state();
    const back = s.direction === "backward";
    const [name, what] = naming(wire, s);
    const bold = words(name).replace(/^gradient of |^/, "$&<b>");
    const the = name.startsWith("gradient") ? "the " : "";
    page.find(".lc-what").innerHTML = `${the}${bold}</b>, ${what}<span class="lc-value"></span>`;
    this.show();
    const [code, id] = WIRES[wire].slice(back ? 4 : 2);
    page.find(".lc-code code").textContent = code;
    page.find(".lc-article span").innerHTML = this.#statement(id);
  }

  /** @param {string} id */
  #statement(id) {
    if (id in MISSING) return `${MISSING[id]} <span class="lc-tag">${id}</span>`;
    const [printed, verdict] = this.page.model.get("statements")[id] ?? ["", ""];
    const safe = printed.replace(/&/g, "&amp;").replace(/</g, "&lt;");
    const audit = this.page.model.get("audit");
    const tag = `${id}, ${verdict}`;
    const anchor = id.toLowerCase().replace(".", "-");
    const link = audit ? `<a href="${audit}#${anchor}">${tag}</a>` : tag;
    return `<code>${safe}</code> <span class="lc-tag lc-${verdict}">${link}</span>`;
  }
}
