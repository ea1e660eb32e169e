// Practice in the page: an editor (Ace) in place of the cell, and a check that runs in the browser.
// A plain script, not a module: browsers do not load modules from a folder (file://).

{
  const here = /** @type {HTMLScriptElement} */ (document.currentScript).src;
  const site = new URL("..", here);
  const { memory, remember, button } = globalThis.lstmReader;
  const FROM_FOLDER =
    "Python runs only when the book comes from a web server. In its folder, say: " +
    "python -m http.server";

  function make(tag, properties) {
    return Object.assign(document.createElement(tag), properties);
  }

  // The editor, loaded when a practice comes near

  let loading;
  function loadEditor() {
    loading ??= new Promise((resolve, reject) => {
      const src = new URL("vendor/ace/ace.js", site);
      const script = make("script", {
        src,
        onload: () => resolve(globalThis.ace),
        onerror: reject,
      });
      document.head.append(script);
    });
    return loading;
  }

  const OPTIONS = {
    mode: "ace/mode/python",
    minLines: 8,
    maxLines: 40,
    fontSize: 14,
    tabSize: 4,
    useSoftTabs: true,
    showPrintMargin: false,
    useWorker: false,
    enableKeyboardAccessibility: true,
    highlightActiveLine: false,
  };

  function dress(editor) {
    const dark = document.documentElement.dataset.theme === "dark";
    editor.setTheme(dark ? "ace/theme/github_dark" : "ace/theme/github");
  }

  // Python, started by the first check with what the chapters in the browser use

  const text = async (address) => (await fetch(address)).text();
  const json = async (address) => JSON.parse(await text(address));

  async function settings() {
    const file = await json(new URL("lite/jupyter-lite.json", site));
    const plugins = file["jupyter-config-data"].litePluginSettings;
    const kernel = plugins["@jupyterlite/pyodide-kernel-extension:kernel"];
    const packages = kernel.loadPyodideOptions.packages;
    const wheel = packages
      .find((one) => /lstm_lesson[^/]*\.whl$/.test(one))
      .split("/")
      .pop();
    return {
      pyodideUrl: new URL(kernel.pyodideUrl, new URL("lite/", site)).href,
      wheel: new URL(`lite/wheels/${wheel}`, site).href,
      runner: await text(new URL("practice.py", here)),
    };
  }

  async function cellsBefore(page, number) {
    const notebook = await json(new URL(`lite/files/${page}.ipynb`, site));
    const code = notebook.cells.slice(1, number).filter((cell) => cell.cell_type === "code");
    return code.map((cell) => [cell.source].flat().join(""));
  }

  let worker;
  let starting;
  let busy = null;

  async function run(page, number, code, say) {
    starting ??= settings();
    const message = { ...(await starting), cells: await cellsBefore(page, number), code };
    worker ??= new Worker(new URL("practice_worker.js", here));
    return new Promise((resolve, reject) => {
      busy = reject;
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = ({ data }) => {
        if (data.progress) say(data.progress);
        else if (data.result) resolve(data.result);
        else reject(new Error(data.failed));
      };
      worker.postMessage(message);
    }).finally(() => {
      busy = null;
    });
  }

  function stop() {
    worker?.terminate(); // even in an endless loop
    worker = undefined;
    busy?.(new Error("Stopped."));
  }

  // One practice

  class Practice {
    constructor(place) {
      const { page, number, name, code } = JSON.parse(place.dataset.practice);
      this.page = page;
      this.number = number; // of the cell, in the notebook
      this.name = name;
      this.code = code;
      this.key = `${this.page}:${this.name}`;
      this.box = make("div", { className: "practice-editor" });
      this.box.textContent = this.written();
      this.said = make("div", { className: "practice-said" });
      this.said.setAttribute("role", "status");
      this.check = button("Check", () => this.start(), "main");
      this.halt = button("Stop", stop);
      this.halt.hidden = true;
      const row = make("div", { className: "question-form" });
      const href = new URL(`lite/run.html?chapter=${this.page}`, site);
      const notebook = make("a", { href, className: "practice-open" });
      notebook.textContent = "Open in the notebook, with this code";
      row.append(
        this.check,
        this.halt,
        button("Reset", () => this.reset()),
        notebook,
      );
      place.append(this.box, row, this.said);
      place.classList.add("active");
      place.practice = this; // the tests write into its editor
      this.editWhenNear(place);
    }

    kept() {
      return memory().practice[this.key] ?? {};
    }

    written() {
      return this.editor?.getValue() ?? this.kept().code ?? this.code;
    }

    editWhenNear(place) {
      const near = new IntersectionObserver(
        (entries) => {
          if (!entries.some((entry) => entry.isIntersecting)) return;
          near.disconnect();
          this.edit();
        },
        { rootMargin: "600px" },
      );
      near.observe(place);
    }

    async edit() {
      const ace = await loadEditor();
      ace.config.set("basePath", new URL("vendor/ace", site).href);
      this.editor = ace.edit(this.box, OPTIONS);
      dress(this.editor);
      const page = document.documentElement;
      new MutationObserver(() => dress(this.editor)).observe(page, {
        attributeFilter: ["data-theme"],
      });
      const label = `Your code for the practice ${this.name}. Escape, then Tab leaves it.`;
      this.editor.textInput.getElement().setAttribute("aria-label", label);
      const bindKey = { win: "Ctrl-Enter", mac: "Command-Enter" };
      this.editor.commands.addCommand({ name: "check", bindKey, exec: () => this.start() });
      this.editor.session.on("change", () => {
        this.editor.session.clearAnnotations();
        this.keep({ code: this.editor.getValue() });
      });
    }

    keep(change) {
      memory().practice[this.key] = { ...this.kept(), ...change };
      clearTimeout(this.waiting);
      this.waiting = setTimeout(remember, 300);
    }

    reset() {
      this.editor?.setValue(this.code, -1);
      this.keep({ code: this.code });
      this.tell("", "");
      this.editor?.focus();
    }

    tell(sign, words, kind = "") {
      this.said.className = `practice-said ${kind}`;
      const strong = make("strong", { textContent: sign });
      this.said.replaceChildren(...(sign ? [strong, " "] : []), words);
    }

    async start() {
      if (location.protocol === "file:") return this.tell("", FROM_FOLDER);
      if (busy) return;
      this.check.disabled = true;
      this.halt.hidden = false;
      this.tell("", "Starting…");
      try {
        const say = (words) => this.tell("", `${words}…`);
        this.report(await run(this.page, this.number, this.written(), say));
      } catch (error) {
        const { message } = /** @type {Error} */ (error);
        const stopped = message === "Stopped.";
        const failed = `Python could not run here. It says: ${message}`;
        this.tell("", stopped ? "Stopped." : failed);
      }
      this.check.disabled = false;
      this.halt.hidden = true;
    }

    report({ right, text: verdict, line, printed }) {
      const words = verdict.replace(/^(right|not yet): /gm, "");
      const annotation = { row: line - 1, text: words, type: "error" };
      if (line) this.editor?.session.setAnnotations([annotation]);
      const where = line ? `\n(line ${line} of your code)` : "";
      this.tell(right ? "✓ Right." : "✗ Not yet.", words + where, right ? "right" : "wrong");
      if (printed) this.said.append(make("pre", { textContent: printed }));
      this.keep({ code: this.written(), passed: this.kept().passed || right });
    }
  }

  for (const place of document.querySelectorAll(".practice[data-practice]")) new Practice(place);
  addEventListener("pagehide", remember); // what was written in the last moment, too

  // What the worked solution prints is no news before it is looked at.
  for (const fold of document.querySelectorAll("section[id^=practice] details.hide")) {
    const outputs = fold.closest(".cell")?.querySelectorAll(".cell_output") ?? [];
    const follow = () => {
      for (const output of outputs) output.toggleAttribute("hidden", !fold.hasAttribute("open"));
    };
    fold.addEventListener("toggle", follow);
    follow();
  }
}
