// Boxes that scroll sideways get the focus, for readers without a mouse: not every browser does
// that by itself, and a box in which nothing is hidden should be no stop of the Tab key.
// A plain script, not a module: browsers do not load modules from a folder (file://).
(() => {
  // The theme looks at an output once, when it may still be hidden.
  const BOXES =
    "article :is(.pst-scrollable-table-container, figure.picture, figure.live .picture, " +
    ".cell_output pre)";

  function reach(box) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }

  const sizes = new ResizeObserver((entries) => entries.forEach((entry) => reach(entry.target)));
  document.querySelectorAll(BOXES).forEach((box) => sizes.observe(box));
})();
