// The living cell in the book: a model with no kernel behind it, and the state in the address.
for (const place of document.querySelectorAll(".living-cell-here")) {
  const { style, ...fixed } = JSON.parse(place.querySelector("script").textContent);
  document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
  const values = { ...START, notice: "", site: "", ...fixed }, listeners = new Map();
  const model = {
    get: key => values[key],
    set(key, value) {
      if (values[key] === value) return;
      values[key] = value;
      (listeners.get(`change:${key}`) ?? []).forEach(listener => listener());
    },
    on: (name, listener) => listeners.set(name, [...(listeners.get(name) ?? []), listener]),
    off: (name, listener) => listeners.set(name, (listeners.get(name) ?? []).filter(l => l !== listener)),
    save_changes() { // not at each move: browsers limit how often an address may change
      clearTimeout(waiting);
      waiting = setTimeout(() => history.replaceState(null, "", toAddress(values)), 300);
    },
  };
  let waiting;

  function open() {
    if (!location.hash.startsWith("#cell")) return;
    let state = START, notice = "";
    try {
      state = fromAddress(decodeURIComponent(location.hash));
    } catch (error) {
      notice = `This link can’t be read: ${error.message}. The cell is at its default.`;
    }
    for (const [key, value] of Object.entries({ ...state, notice })) model.set(key, value);
  }

  values.site = location.href.split("#")[0];
  open();
  livingCell.render({ model, el: place });
  addEventListener("hashchange", open);
}
