// Figures with sliders, no kernel behind them.  A figure holds a picture of each shape and, for
// every state, the attributes and texts that its picture changes in that (sliders/draw.py).
// A plain script, not a module: browsers do not load modules from a folder (file://).
(() => {
  function start(figure) {
    const data = JSON.parse(figure.querySelector("script").textContent);
    const sliders = [...figure.querySelectorAll("input[type=range]")];
    const picture = figure.querySelector(".picture");
    data.shapes[0] = picture.innerHTML; // the picture in the page is of the first shape
    let shape, elements, shown;

    function use(number) {
      shape = number;
      elements = picture.querySelectorAll("svg, svg *"); // in document order
      shown = []; // for each key, the value that the picture has now
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

    function paint([number, ...values]) {
      if (number !== shape) {
        picture.innerHTML = data.shapes[number];
        use(number);
      }
      values.forEach((value, k) => {
        if (shown[k] === value) return;
        shown[k] = value;
        const [element, name] = data.keys[number][k];
        if (name) elements[element].setAttribute(name, data.pool[value]);
        else elements[element].textContent = data.pool[value];
      });
    }

    use(0);
    sliders.forEach((slider) => slider.addEventListener("input", show));
    figure.querySelector(".live-reset").addEventListener("click", () => {
      sliders.forEach((slider, k) => {
        slider.value = data.start[k];
      });
      show();
    });
    figure.classList.add("live-on");
  }

  document.querySelectorAll("figure.live").forEach(start);
})();
