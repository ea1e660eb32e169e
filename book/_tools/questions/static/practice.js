// Practice in the page: an editor (Ace) in place of the cell, and a check that runs in the browser.
(() => {
  "use strict";

  const here = document.currentScript.src, site = new URL("..", here);
  const places = [...document.querySelectorAll(".practice[data-practice]")];
  if (!places.length) return;
  const { memory, remember, button } = globalThis.lstmReader;
  let worker, busy = null;

  function script(name) {
    return new Promise((resolve, reject) => {
      const element = document.createElement("script");
      Object.assign(element, { src: new URL(name, site), onload: resolve, onerror: reject });
      document.head.append(element);
    });
  }

  let loading;
  const ace = () => loading ??= script("vendor/ace/ace.js").then(() => globalThis.ace);

  // Python is started by the first check, with what the chapters in the browser use.
  async function settings() {
    const file = await (await fetch(new URL("lite/jupyter-lite.json", site))).json();
    const kernel = file["jupyter-config-data"].litePluginSettings["@jupyterlite/pyodide-kernel-extension:kernel"];
    const wheel = kernel.loadPyodideOptions.packages.find(one => /lstm_lesson[^/]*\.whl$/.test(one)).split("/").pop();
    return {
      pyodideUrl: new URL(kernel.pyodideUrl, new URL("lite/", site)).href,
      wheel: new URL(`lite/wheels/${wheel}`, site).href,
      runner: await (await fetch(new URL("practice.py", here))).text(),
    };
  }

  async function cellsBefore(page, number) {
    const notebook = await (await fetch(new URL(`lite/files/${page}.ipynb`, site))).json();
    const code = notebook.cells.slice(1, number).filter(cell => cell.cell_type === "code");
    return code.map(cell => [cell.source].flat().join(""));
  }

  let starting;
  async function run(page, number, code, say) {
    const options = await (starting ??= settings()), cells = await cellsBefore(page, number);
    worker ??= new Worker(new URL("practice_worker.js", here));
    return new Promise((resolve, reject) => {
      busy = reject;
      worker.onerror = event => reject(new Error(event.message));
      worker.onmessage = ({ data }) => {
        if (data.progress) say(data.progress);
        else if (data.result) resolve(data.result);
        else reject(new Error(data.failed));
      };
      worker.postMessage({ ...options, cells, code });
    }).finally(() => { busy = null; });
  }

  function stop() {
    worker?.terminate();
    worker = undefined;
    busy?.(new Error("Stopped."));
  }

  function activate(place) {
    const { page, number, name, code } = JSON.parse(place.dataset.practice), key = `${page}:${name}`;
    const kept = () => memory().practice[key] ?? {};
    const box = document.createElement("div"), status = document.createElement("div"), row = document.createElement("div");
    box.className = "practice-editor";
    status.className = "practice-said";
    row.className = "question-form";
    status.setAttribute("role", "status");
    box.textContent = kept().code ?? code;
    const check = button("Check", start, "main"), halt = button("Stop", stop), reset = button("Reset", restore);
    const notebook = Object.assign(document.createElement("a"), {
      href: new URL(`lite/run.html?chapter=${page}`, site), textContent: "Open in the notebook, with this code", className: "practice-open",
    });
    halt.hidden = true;
    row.append(check, halt, reset, notebook);
    place.append(box, row, status);
    place.classList.add("active");
    let editor;

    async function edit() {
      const tool = await ace();
      tool.config.set("basePath", new URL("vendor/ace", site).href);
      editor = tool.edit(box, {
        mode: "ace/mode/python", minLines: 8, maxLines: 40, fontSize: 14, tabSize: 4, useSoftTabs: true,
        showPrintMargin: false, useWorker: false, enableKeyboardAccessibility: true, highlightActiveLine: false,
      });
      const dress = () => editor.setTheme(document.documentElement.dataset.theme === "dark" ? "ace/theme/github_dark" : "ace/theme/github");
      dress();
      new MutationObserver(dress).observe(document.documentElement, { attributeFilter: ["data-theme"] });
      editor.textInput.getElement().setAttribute("aria-label", `Your code for the practice ${name}`);
      editor.commands.addCommand({ name: "check", bindKey: { win: "Ctrl-Enter", mac: "Command-Enter" }, exec: start });
      editor.session.on("change", () => {
        editor.session.clearAnnotations();
        keep({ code: editor.getValue() });
      });
      place.editor = editor; // the tests write into it
    }

    function keep(change) {
      memory().practice[key] = { ...kept(), ...change };
      clearTimeout(keep.waiting);
      keep.waiting = setTimeout(remember, 300);
    }

    function restore() {
      editor?.setValue(code, -1);
      delete memory().practice[key];
      remember();
      tell("", "");
      editor?.focus();
    }

    function tell(words, text, kind = "") {
      status.className = `practice-said ${kind}`;
      const strong = Object.assign(document.createElement("strong"), { textContent: words });
      status.replaceChildren(...(words ? [strong, " "] : []), text);
    }

    async function start() {
      if (location.protocol === "file:") {
        return tell("", "Python runs only when the book comes from a web server. In its folder, say: python -m http.server");
      }
      if (busy) return;
      check.disabled = true;
      halt.hidden = false;
      tell("", "Starting…");
      try {
        const found = await run(page, number, editor?.getValue() ?? kept().code ?? code, text => tell("", `${text}…`));
        report(found);
      } catch (error) {
        tell(error.message === "Stopped." ? "" : "✗", error.message === "Stopped." ? "Stopped." : `Python could not run here. It says: ${error.message}`);
      }
      check.disabled = false;
      halt.hidden = true;
    }

    function report(found) {
      const said = found.text.replace(/^(right|not yet): /gm, "");
      if (found.line) editor?.session.setAnnotations([{ row: found.line - 1, text: said, type: "error" }]);
      tell(found.right ? "✓ Right." : "✗ Not yet.", `${said}${found.line ? `\n(line ${found.line} of your code)` : ""}`, found.right ? "right" : "wrong");
      if (found.printed) {
        const printed = document.createElement("pre");
        printed.textContent = found.printed;
        status.append(printed);
      }
      keep({ code: editor?.getValue() ?? code, passed: kept().passed || found.right });
    }

    const near = new IntersectionObserver(entries => {
      if (!entries.some(entry => entry.isIntersecting)) return;
      near.disconnect();
      edit();
    }, { rootMargin: "600px" });
    near.observe(place);
  }

  places.forEach(activate);

  // What the worked solution prints is no news before it is looked at.
  for (const fold of document.querySelectorAll("section[id^=practice] details.hide")) {
    const outputs = fold.closest(".cell")?.querySelectorAll(".cell_output") ?? [];
    const follow = () => outputs.forEach(output => { output.hidden = !fold.open; });
    fold.addEventListener("toggle", follow);
    follow();
  }
})();
