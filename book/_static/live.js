// Figures with sliders, no kernel behind them.  A figure holds the picture of one state and, for
// every state, the attributes and texts in which that state's picture differs (draw_live.py).
// A plain script, not a module: browsers do not load modules from a folder (file://).
(() => {
  "use strict";

  function start(figure) {
    const data = JSON.parse(figure.querySelector("script").textContent);
    const sliders = [...figure.querySelectorAll("input[type=range]")];
    const picture = figure.querySelector(".picture");
    const drawn = picture.innerHTML;
    let elements = null; // of the picture, in document order; null after another one was put in
    let shown = [];      // for each key, the value that the picture has now

    function bind() {
      elements = picture.querySelectorAll("svg, svg *");
      shown = [];
    }

    function show() {
      let state = 0;
      const said = sliders.map((slider, k) => {
        const text = data.values[k][slider.value];
        state = state * data.values[k].length + Number(slider.value);
        slider.setAttribute("aria-valuetext", text);
        slider.nextElementSibling.value = text;
        return `${data.names[k]} = ${text}`;
      });
      picture.setAttribute("aria-label", `${data.label}; ${said.join(", ")}`);
      paint(data.frames[state]);
    }

    function paint(frame) {
      if (typeof frame === "string") { // a picture of other elements than the first
        picture.innerHTML = frame;
        elements = null;
        return;
      }
      if (!elements) {
        picture.innerHTML = drawn;
        bind();
      }
      frame.forEach((value, k) => {
        if (shown[k] === value) return;
        shown[k] = value;
        const [number, name] = data.keys[k];
        if (name) elements[number].setAttribute(name, data.pool[value]);
        else elements[number].textContent = data.pool[value];
      });
    }

    bind();
    sliders.forEach(slider => slider.addEventListener("input", show));
    figure.querySelector(".live-reset").addEventListener("click", () => {
      sliders.forEach((slider, k) => { slider.value = data.start[k]; });
      show();
    });
    figure.classList.add("live-on");
  }

  document.querySelectorAll("figure.live").forEach(start);
})();
