// Play: forward through the steps, then back; a step button, and a scrubber.

import { STORIES } from "./stories.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./page.js").Page} Page */

const PAUSE = 800; // ms

export class Transport {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.scrubber = page.find(".lc-scrub");
    this.button = page.find(".lc-play");
    this.button.addEventListener("click", () => (this.timer ? this.stop() : this.play()));
    page.find(".lc-on-one").addEventListener("click", () => {
      this.stop();
      this.#go((this.#position(page.state()) + 1) % this.#length());
    });
    this.scrubber.addEventListener("input", () => {
      this.stop();
      this.#go(Number(this.scrubber.value));
    });
  }

  #length() {
    return 2 * this.page.state().x.length;
  }

  /** Forward through all steps, and back: where a state is on this way. @param {State} s */
  #position({ direction, t, x }) {
    return direction === "forward" ? t - 1 : 2 * x.length - t;
  }

  /** @param {number} position */
  #go(position) {
    const T = this.page.state().x.length;
    const ahead = position < T;
    this.page.timed = true;
    this.page.set({
      direction: ahead ? "forward" : "backward",
      t: ahead ? position + 1 : 2 * T - position,
    });
  }

  /** A story that begins with values ends with them; all else goes on to the gradients. */
  play() {
    const { story, x } = this.page.state();
    const back = !story || STORIES[story].address.includes("backward");
    const last = back ? 2 * x.length - 1 : x.length - 1;
    const now = this.#position(this.page.state());
    this.#go(now >= last ? 0 : now);
    this.button.textContent = "❚❚ Pause";
    this.timer = setInterval(() => {
      const position = this.#position(this.page.state());
      if (position >= last) this.stop();
      else this.#go(position + 1);
    }, PAUSE);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
    this.button.textContent = "▶ Play";
  }

  /** @param {any} computed */
  show({ s }) {
    this.scrubber.max = 2 * s.x.length - 1;
    this.scrubber.value = this.#position(s);
    const where = `${s.direction}, step ${s.t}`;
    this.scrubber.setAttribute("aria-valuetext", where);
    this.page.find(".lc-when").value = where;
  }
}
