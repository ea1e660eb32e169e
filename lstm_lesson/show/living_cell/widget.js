// The living cell: one LSTM cell whose every wire shows its number, forward and backward.
//
// An anywidget module with nothing beneath it: `render` draws a model's state into an element.
// In JupyterLab the model is that of `lstm_lesson.living_cell`; in the book it is a few lines of
// our own (host.js).

import { Page } from "./page.js";

/** @param {{ model: any, el: HTMLElement }} given */
function render({ model, el }) {
  const page = new Page(model, el);
  return () => page.close();
}

export const livingCell = { render };
