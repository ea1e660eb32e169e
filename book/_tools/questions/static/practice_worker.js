// Python in a worker of its own, so that the page stays quick and an endless loop can be stopped.

// What only a worker has, and what Pyodide brings: the type checker knows neither.
const all = /** @type {any} */ (globalThis);
const say = (text) => postMessage({ progress: text });
let started;

async function start({ pyodideUrl, wheel, runner }) {
  say("Loading Python: 1 of 3");
  all.importScripts(pyodideUrl);
  const pyodide = await all.loadPyodide({ indexURL: pyodideUrl.replace(/[^/]+$/, "") });
  say("Loading numpy: 2 of 3");
  await pyodide.loadPackage("numpy", { messageCallback() {} });
  say("Loading the package of the book: 3 of 3");
  await pyodide.loadPackage(wheel, { messageCallback() {} });
  pyodide.runPython(runner);
  return pyodide;
}

addEventListener("message", async ({ data }) => {
  try {
    started ??= start(data);
    const pyodide = await started;
    const [check, needed] = ["check", "needed"].map((name) => pyodide.globals.get(name));
    const cells = pyodide.toPy(data.cells);
    if (/matplotlib|lstm_lesson\.show/.test(needed(cells, data.code) + data.code)) {
      await pyodide.loadPackage("matplotlib", { messageCallback() {} });
    }
    say("Running");
    postMessage({ result: JSON.parse(check(cells, data.code)) });
    cells.destroy();
  } catch (error) {
    started = undefined;
    postMessage({ failed: /** @type {Error} */ (error).message });
  }
});
