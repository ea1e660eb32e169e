// Sorts and filters the audit's table. The table is whole without it: it only adds.

for (const audit of document.querySelectorAll(".audit")) {
  const table = /** @type {any} */ (audit.querySelector("table"));
  const form = /** @type {HTMLFormElement} */ (audit.querySelector("form"));
  const status = /** @type {HTMLOutputElement} */ (form.querySelector("output"));
  const body = table.tBodies[0];
  const rows = [...body.rows].map((element, order) => ({
    element,
    order,
    text: element.textContent.toLowerCase(),
  }));

  function filter() {
    const data = /** @type {any} */ (new FormData(form));
    const { verdict, origin, step, text } = Object.fromEntries(data);
    const words = text.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const row of rows) {
      const data = row.element.dataset;
      const fits =
        (!verdict || data.verdict === verdict) &&
        (!origin || data.origin.split(" ").includes(origin)) &&
        (!step || data.step === step) &&
        words.every((word) => row.text.includes(word));
      row.element.hidden = !fits;
      shown += fits;
    }
    status.value = `${shown} of ${rows.length} shown`;
  }

  function value(row, column) {
    const cell = row.element.cells[column];
    if ("value" in cell.dataset) return Number(cell.dataset.value);
    return cell.textContent.trim();
  }

  // Empty cells stay last in both directions; equal ones keep the article's order.
  function compare(a, b, column, sign) {
    if (column === 0) return sign * (a.order - b.order);
    const [x, y] = [value(a, column), value(b, column)];
    if (x === "" || y === "") return Number(x === "") - Number(y === "") || a.order - b.order;
    const difference = typeof x === "number" ? Math.sign(x - y) : x.localeCompare(y);
    return sign * difference || a.order - b.order;
  }

  function sort(column) {
    const head = table.tHead.rows[0].cells;
    const descending = head[column].getAttribute("aria-sort") === "ascending";
    for (const cell of head) cell.removeAttribute("aria-sort");
    head[column].setAttribute("aria-sort", descending ? "descending" : "ascending");
    const sorted = [...rows].sort((a, b) => compare(a, b, column, descending ? -1 : 1));
    body.append(...sorted.map((row) => row.element));
  }

  [...table.tHead.rows[0].cells].forEach((cell, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = cell.textContent;
    button.addEventListener("click", () => sort(column));
    cell.replaceChildren(button);
  });
  table.tHead.rows[0].cells[0].setAttribute("aria-sort", "ascending");
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  filter();
}
