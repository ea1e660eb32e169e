// Stories: a cell with twelve numbers of its own for each, and what to see in it.
// The tests run every one with lstm_lesson and hold it to what its text says.

import { fromAddress } from "./state.js";

/**
 * @typedef {{ title: string, address: string, lit: string, knobs: string[], text: string }} Story
 */

/** @type {Record<string, Story>} */
export const STORIES = {
  remember: {
    title: "Remember",
    address:
      "#cell=1&x=1,0,0,0,0,0&c0=0&wxi=6&wxg=2&bi=-3&bf=5" +
      "&view=all&weight=wxg&stop=0&story=remember",
    lit: "c",
    knobs: [],
    text: `<p><b>Remember the first mark.</b> The mark, an {x:input} of 1, opens the
      {write:input gate} once. After that the {cout:forget gate} stays near 1, so the memory
      {c:<i>c</i>} is still there at step 6.</p>
      <p><b>Try:</b> switch to <em>backward</em> and close the carry. The gradient still leaves step
      6, but hardly any of it reaches step 1.</p>`,
  },
  forget: {
    title: "Forget",
    address:
      "#cell=1&x=1,0,0,-1,0,0&c0=0&y=0&wxi=6&wxf=6&wxg=2&whg=0&who=0&bi=-3&bf=3&bo=2" +
      "&view=all&stop=0&story=forget",
    lit: "c",
    knobs: ["x4"],
    text: `<p><b>Forget on a signal.</b> The mark at step 1 is kept until an {x:input} of −1
      arrives at step 4. It shuts the {cout:forget gate} for one step, and the memory is gone.</p>
      <p><b>Try:</b> drag the input of step 4 from −1 to 0. Nothing tells the cell to forget, and
      the memory stays.</p>`,
  },
  count: {
    title: "Count",
    address:
      "#cell=1&x=1,0,1,1,0,1&c0=0&wxi=6&wxg=0.25&whg=0&who=0&bi=-4&bf=6&bo=3" +
      "&view=all&stop=0&story=count",
    lit: "c",
    knobs: ["x2"],
    text: `<p><b>Count.</b> Each {x:mark} {write:adds} the same amount to the memory {c:<i>c</i>},
      and nothing is lost in between. Four marks, four equal steps up. The output {h:<i>h</i>} is
      squashed by tanh, so its steps get smaller.</p>
      <p><b>Try:</b> drag the input of step 2 up to 1, and the count goes to five.</p>`,
  },
  vanish: {
    title: "Vanish",
    address:
      "#cell=1&x=1,0,0,0,0,0&c0=0&wxi=6&wxg=2&who=0&bi=-3&bf=-2&bo=2" +
      "&view=all&direction=backward&stop=0&story=vanish",
    lit: "cout",
    knobs: ["bf"],
    text: `<p><b>Vanish.</b> A {cout:forget gate} of 0.12 keeps an eighth of the memory at each
      step, and lets an eighth of the {c:gradient} back. Five steps back, next to nothing is
      left. The two agree: the gradient is right, and it is tiny.</p>
      <p><b>Try:</b> drag the forget bias from −2 up to 6. The gradient reaches step 1.</p>`,
  },
  explode: {
    title: "Explode",
    address:
      "#cell=1&x=0,0,0,0,0,0&c0=0&y=0.5&wxi=0&wxg=0&whg=3&who=0&bi=4&bf=1&bo=4" +
      "&view=all&direction=backward&stop=0&story=explode",
    lit: "hout",
    knobs: ["whg"],
    text: `<p><b>Explode.</b> An LSTM can do this too. Here the {h:output} feeds itself with the
      weight w_hg = 3, and no gate is in the way. Each step back multiplies the {c:gradient} by
      more than three.</p>
      <p><b>Try:</b> close the {hout:path over <i>h</i>}, or drag the weight w_hg from 3 to 0. What
      is left comes along the carry and cannot grow.</p>`,
  },
};

/** The state in which a story begins. @param {string} name */
export const beginning = (name) => fromAddress(STORIES[name].address);
