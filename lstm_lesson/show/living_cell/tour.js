// The tour: the four steps of the article, in five stops.

import { words } from "./words.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./page.js").Page} Page */
/**
 * @typedef {{ step: number, title: string, set: Partial<State>, lit: string, text: string }} Stop
 */

const FORWARD = { view: "one", direction: "forward", t: 1 };
const ALONE = { view: "all", direction: "backward", carry: false, over_h: false, t: 1 };

/** Stop 1 is the first; 0 is none. @type {(Stop | null)[]} */
export const STOPS = [
  null,
  {
    step: 1,
    title: "Weights: what the cell learns",
    set: FORWARD,
    lit: "wxi",
    text: `<p>A cell reads a sequence, one number <i>x</i> at a time. It has twelve numbers of its
      own, those in the boxes. They make four sums. Each sum is the {x:input} times a weight, plus
      the cell’s {hprev:last output} times a weight, plus a {bi:bias}. Training changes these
      twelve numbers and nothing else.</p>
      <p><b>Try:</b> drag a boxed number sideways, and watch what moves above it.</p>`,
  },
  {
    step: 2,
    title: "Gates: four sums become shares",
    set: FORWARD,
    lit: "f",
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
    text: `<p>Now every number answers a question: <em>if this went up a little, how much would
      the loss E go up, per unit?</em> That is its gradient. It is worked out from right to left. A
      number that feeds two things gets an answer from each, and the two are added.</p>
      <p>The memory feeds two things: {tanhc:the output of its own step}, and {cout:the memory of
      the next step}. What comes back along the second way is called the <b>carry</b>: the gradient
      of the next memory, times the share <i>f</i> that is kept there. Here, at step 1, it is nearly
      all there is: the loss looks only at the last step, and the rest comes back over
      <i>h</i>.</p>`,
  },
  {
    step: 4,
    title: "Gradients: back through time",
    set: ALONE,
    lit: "cout",
    text: `<p>All steps side by side. The cell writes at step 1; the loss looks only at the last
      step. An <a class="lc-audit">article</a> that many have copied works out the gradient “at a
      particular time stamp”: each step alone, nothing coming back from later ones. Then step 1 gets
      the gradient 0, as if what it wrote did not matter. But nudge the weight w_xg, and the loss
      moves: the last row of the table measures it. <b>One time stamp is not enough</b>, because
      what step 1 wrote is still in the memory at the end.</p>
      <p><b>Try:</b> open the {cout:carry}. Now each step passes the gradient of its memory back to
      the memory before it, times <i>f</i>, the share that was kept. Then open the {hout:way over
      <i>h</i>} too, which leads into the four sums of the next step: now the steps add up to what
      is measured.</p>`,
  },
];

export class Tour {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.steps = page.find(".lc-steps");
    this.steps.innerHTML = ["Weights", "Gates", "States", "Gradients"]
      .map(
        (name, k) => `<button type="button" data-step="${k + 1}"><b>${k + 1}</b> ${name}</button>`,
      )
      .join("");
    this.steps.addEventListener("click", (/** @type {any} */ event) => {
      const step = Number(event.target.closest("button")?.dataset.step);
      if (step) this.go(STOPS.findIndex((stop) => stop?.step === step));
    });
    const walk = (/** @type {number} */ by) => () => this.go(page.model.get("stop") + by);
    page.find(".lc-back").addEventListener("click", walk(-1));
    page.find(".lc-next").addEventListener("click", walk(1));
  }

  /** @param {number} number */
  go(number) {
    const stop = STOPS[number];
    if (!stop) return;
    this.page.lit = stop.lit;
    this.page.set({ stop: number, ...stop.set });
    this.page.light(stop.lit);
    this.page.changed = `Step ${stop.step}: ${stop.title}.`;
  }

  /** @param {State} s */
  layout(s) {
    const { page } = this;
    const stop = STOPS[s.stop];
    page.find(".lc-title").textContent = stop ? `Step ${stop.step}. ${stop.title}` : "";
    page.find(".lc-says").innerHTML = stop ? words(stop.text, false) : "";
    page.find(".lc-says a")?.setAttribute("href", page.model.get("audit") || "#");
    page.find(".lc-tour").classList.toggle("lc-none", !stop);
    for (const button of this.steps.querySelectorAll("button")) {
      button.removeAttribute("aria-current");
      if (stop && Number(button.dataset.step) === stop.step) {
        button.setAttribute("aria-current", "step");
      }
    }
    page.find(".lc-back").disabled = s.stop <= 1;
    page.find(".lc-next").disabled = s.stop === STOPS.length - 1;
  }
}
