// The tour: the four steps of the article, in five stops.

import { rowOf } from "./inputs.js";
import { PARTS } from "./parts.js";
import { beginning, STORIES } from "./stories.js";
import { words } from "./words.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./page.js").Page} Page */
/**
 * @typedef {{
 *   step: number, title: string, set: Partial<State>, lit: string, knobs: string[], text: string,
 * }} Stop
 */

// Values with which every number of the drawing moves something: no input and no state is 0.
const VALUES = { x: [1, -0.5, 0.5, 1], h0: 0.3, c0: 0.4, t: 1, story: "", part: "" };
const FORWARD = { ...VALUES, view: "one", direction: "forward" };
const ALONE = { ...VALUES, view: "all", direction: "backward", carry: false, over_h: false };

/** Stop 1 is the first; 0 is none. @type {(Stop | null)[]} */
export const STOPS = [
  null,
  {
    step: 1,
    title: "Weights: what the cell learns",
    set: FORWARD,
    lit: "wxi",
    knobs: ["wxi", "whi"],
    text: `<p>A cell reads a sequence, one number <i>x</i> at a time. It has twelve numbers of its
      own, those in the boxes. They make four sums. Each sum is the {x:input} times a weight, plus
      the cell’s {hprev:last output} times a weight, plus a {bi:bias}. Training changes these
      twelve numbers and nothing else.</p>
      <p><b>Try:</b> drag a boxed number sideways, here or in the drawing, and watch what moves
      above it.</p>`,
  },
  {
    step: 2,
    title: "Gates: four sums become shares",
    set: FORWARD,
    lit: "f",
    knobs: ["bf"],
    text: `<p>Three of the sums are squashed to between 0 and 1. They are shares, like taps:
      {i:<i>i</i>} says how much is written to the memory, {f:<i>f</i>} how much of it is kept,
      {o:<i>o</i>} how much is shown. The fourth, {g:<i>g</i>}, is squashed to between −1 and 1.
      It is <em>what</em> would be written.</p>
      <p><b>Try:</b> drag the bias {bf:b_f} down to −6. The tap closes, and nothing of the old
      memory is kept.</p>`,
  },
  {
    step: 3,
    title: "States: keep, write, show",
    set: FORWARD,
    lit: "c",
    knobs: ["c0"],
    text: `<p>The line along the top is the memory, {c:<i>c</i>}. A {keep:share <i>f</i> of the old
      memory} stays, and {write:something new is added}. That is all that happens to it. Through
      tanh and the {o:output gate} a part of it shows, as the output {h:<i>h</i>}. Memory and
      output both go on to the next step.</p>
      <p><b>Try:</b> drag the old memory, {cprev:c_t−1}. With <i>f</i> near 1, nearly all of the
      change arrives.</p>`,
  },
  {
    step: 4,
    title: "Gradients: one step back",
    set: { ...FORWARD, direction: "backward", carry: true, over_h: true },
    lit: "cout",
    knobs: ["bf"],
    text: `<p>Now every number answers a question: <em>if this went up a little, how much would
      the loss E go up, per unit?</em> That is its gradient. It is worked out from right to left. A
      number that feeds two things gets an answer from each, and the two are added.</p>
      <p>The memory feeds two things: {tanhc:the output of its own step}, and {cout:the memory of
      the next step}. What comes
      back along the second path is called the <b>carry</b>: the gradient of the next memory, times
      the share <i>f</i> that is kept there. The loss looks only at the last step, so at step 1
      everything comes back from later steps.</p>
      <p><b>Try:</b> drag the bias {bf:b_f} down. The forget gates close, and the carry fades.</p>`,
  },
  {
    step: 4,
    title: "Gradients: back through time",
    set: ALONE,
    lit: "cout",
    knobs: [],
    text: `<p>All steps side by side. The cell writes at every step; the loss looks only at the
      last. A widely copied <a class="lc-audit">article</a> works out the gradient “at a
      particular time stamp”: each step alone, nothing coming back from later ones. Then the
      earlier steps get the gradient 0, as if what they wrote did not matter. But nudge the
      weight w_xg, and the loss moves by something else: “measured” says by how much. <b>One
      time stamp is not enough</b>, because what was written early is still in the memory at the
      end.</p>
      <p><b>Try:</b> open the {cout:carry}. Each step passes the gradient of its memory back to
      the memory before it, times <i>f</i>, the share that was kept. Then open the {hout:path over
      <i>h</i>}, which leads into the four sums of the next step. Now the steps add up to what is
      measured.</p>`,
  },
];

export class Tour {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    const button = (
      /** @type {string} */ kind,
      /** @type {any} */ value,
      /** @type {string} */ name,
    ) => `<button type="button" data-${kind}="${value}">${name}</button>`;
    page.find(".lc-steps").innerHTML = ["Weights", "Gates", "States", "Gradients"]
      .map((name, k) => button("step", k + 1, `<b>${k + 1}</b> ${name}`))
      .join("");
    page.find(".lc-stories").innerHTML = Object.entries(STORIES)
      .map(([name, { title }]) => button("story", name, title))
      .join("");
    page.find(".lc-steps").addEventListener("click", (event) => {
      const step = Number(event.target.closest("button")?.dataset.step);
      if (step) this.go(STOPS.findIndex((stop) => stop?.step === step));
    });
    page.find(".lc-stories").addEventListener("click", (event) => {
      const name = event.target.closest("button")?.dataset.story;
      if (name) this.tell(name);
    });
    const walk = (/** @type {number} */ by) => () => this.go(page.model.get("stop") + by);
    page.find(".lc-back").addEventListener("click", walk(-1));
    page.find(".lc-next").addEventListener("click", walk(1));
  }

  /** Go to a stop. @param {number} number */
  go(number) {
    const stop = STOPS[number];
    if (!stop) return;
    this.page.begin({ stop: number, ...stop.set }, stop.lit);
    this.page.changed = `Step ${stop.step}: ${stop.title}.`;
  }

  /** Tell a story: all of its cell, and then it plays. @param {string} name */
  tell(name) {
    this.page.begin(beginning(name), STORIES[name].lit);
    this.page.changed = `${STORIES[name].title}.`;
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.page.transport.play();
  }

  /** @param {State} s */
  layout(s) {
    const { page } = this;
    const stop = STOPS[s.stop];
    const story = STORIES[s.story];
    const title = stop ? `Step ${stop.step}. ${stop.title}` : "";
    page.find(".lc-title").textContent = story ? "" : title;
    page.find(".lc-says").innerHTML = words((story ?? stop)?.text ?? "", false);
    page.find(".lc-knobs").innerHTML = ((story ?? stop ?? PARTS[s.part])?.knobs ?? [])
      .map((key) => rowOf(key, `${page.mark}-knob`))
      .join("");
    page.find(".lc-says a")?.setAttribute("href", page.model.get("audit") || "#");
    page.root.classList.toggle("lc-none", !stop && !story && !s.part);
    page.find(".lc-walk").hidden = Boolean(story) || !stop;
    for (const button of page.root.querySelectorAll("[data-step], [data-story]")) {
      const { step, story: told } = /** @type {HTMLElement} */ (button).dataset;
      const on = told ? told === s.story : !story && Number(step) === stop?.step;
      if (on) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    }
    page.find(".lc-back").disabled = s.stop <= 1;
    page.find(".lc-next").disabled = s.stop === STOPS.length - 1;
  }
}
