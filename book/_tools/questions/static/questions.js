// Questions that answer: predictions, self-checks, and what the reader remembers of them.
// The page holds what is right (computed by its own kernel); nothing leaves the browser.
// A plain script, not a module: browsers do not load modules from a folder (file://).

{
  const STORE = "lstm-lesson";
  const AGAIN_AT_ONCE = 3; // questions from earlier chapters, at the end of a later one
  const page = location.pathname.replace(/.*\/|\.html$/g, "");
  const index = globalThis.lstmQuestions ?? {};

  // What the reader remembers

  const nothing = () => ({ version: 1, answers: {}, practice: {}, hide: true, review: true });

  function recall() {
    try {
      return { ...nothing(), ...JSON.parse(localStorage.getItem(STORE) ?? "{}") };
    } catch {
      // a browser that keeps nothing, or what it kept is spoilt
      return nothing();
    }
  }

  let memory = recall();

  const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const isRecords = (value) => isRecord(value) && Object.values(value).every(isRecord);

  function remember() {
    try {
      localStorage.setItem(STORE, JSON.stringify(memory));
    } catch {
      /* the page works all the same, until it is left */
    }
    showProgress();
  }

  // Elements

  function make(tag, properties = {}, ...children) {
    const { dataset = {}, ...rest } = properties;
    const element = Object.assign(document.createElement(tag), rest);
    Object.assign(element.dataset, dataset);
    element.append(...children);
    return element;
  }

  const button = (text, onclick, kind = "") =>
    make("button", { type: "button", className: `question-button ${kind}`, onclick }, text);

  const typeset = (element) => globalThis.MathJax?.typesetPromise?.([element]);

  // Answers: each kind shows where to answer, reads it, and judges it.
  // A judgement is { right, given, said }: `said` is the number of the sentence, or -1.

  function readNumber(text) {
    let said = text.trim().replace(/[−–]/g, "-").replace(/\s+/g, "");
    if (/^-?[1-9]\d{0,2}(,\d{3})+(\.\d+)?/.test(said)) said = said.replaceAll(",", "");
    said = said
      .replace(",", ".")
      .replace(/[*×·]?10\^?\(?([-+]?\d+)\)?$/, (all, power) => (/\^/.test(all) ? `e${power}` : all))
      .replace(/^(-?)e/, "$11e");
    const match = said.match(/^([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(?:\/(\d+\.?\d*))?(%?)/i);
    if (!match) return NaN;
    return Number(match[1]) / Number(match[2] ?? 1) / (match[3] ? 100 : 1);
  }

  const readShape = (text) =>
    text
      .trim()
      .replace(/^[([]|[)\]]$/g, "")
      .split(/[\s,×x*]+/)
      .filter(Boolean);

  function field(question, hint, width) {
    const input = make("input", {
      type: "text",
      autocomplete: "off",
      size: width,
      className: "question-field",
    });
    input.setAttribute("aria-label", hint);
    input.placeholder = hint;
    input.spellcheck = false;
    if (hint === "a number") input.inputMode = "text";
    return input;
  }

  const number = {
    show(question, data) {
      const input = field(question, "a number", 9);
      return {
        parts: [input, data.unit ? make("span", {}, ` ${data.unit} `) : ""],
        read: () => input.value.trim(),
      };
    },
    wants: "Write a number, such as 0.25, 1/4 or 25%.",
    judge(given, data) {
      const value = readNumber(given);
      if (Number.isNaN(value)) return null;
      const off = data.wrong.map((wrong) => Math.abs(wrong - value));
      const near = off.indexOf(Math.min(...off));
      const right = Math.abs(value - data.key) <= data.tolerance * (1 + 1e-9);
      return {
        right,
        given: `${given} ${data.unit}`.trim(),
        said: !right && off[near] <= data.tolerance ? near : -1,
      };
    },
    key: (data) => `${data.shown} ${data.unit}`.trim(),
  };

  const shape = {
    show(question, data) {
      const letters = Object.keys(data.sizes),
        input = field(question, `a shape, of ${letters.join(", ")}`, 18);
      return { parts: [input], read: () => input.value.trim() };
    },
    wants: "Write a shape, such as (B, H): its sizes, with commas between them.",
    judge(given, data) {
      const letterOf = Object.fromEntries(
        Object.entries(data.sizes).map(([letter, size]) => [size, letter]),
      );
      const parts = readShape(given).map((part) => letterOf[part] ?? part.toUpperCase());
      const known = [...Object.keys(data.sizes).map((letter) => letter.toUpperCase()), "1"];
      if (!parts.length || parts.some((part) => !known.includes(part) && !/^\d+$/.test(part)))
        return null;
      const same = (one) => one.join().toUpperCase() === parts.join();
      return {
        right: same(data.key),
        given: `(${parts.join(", ")})`,
        said: data.wrong.findIndex(same),
      };
    },
    key: (data) => `(${data.key.join(", ")})`,
  };

  // The items of the page's list become answers to pick; `lines` are those of its code.
  function pick(question, labels, type) {
    const name = question.id,
      inputs = labels.map((label, k) =>
        make("input", { type, name, value: k, id: `${name}-${k}` }),
      );
    labels.forEach((label, k) => {
      // Mathematics that is set has no text of its own, so it is no name yet.
      if (label.querySelector(".math"))
        inputs[k].setAttribute("aria-label", label.textContent.replace(/\\[()]/g, "").trim());
      label.htmlFor = inputs[k].id;
      label.prepend(inputs[k]);
    });
    return { inputs, read: () => inputs.flatMap((input, k) => (input.checked ? [k] : [])) };
  }

  function optionLabels(question) {
    const list = question.querySelector(":scope > ul");
    list.classList.add("question-options");
    return [...list.children].map((item) => {
      const text = item.querySelector(":scope > p") ?? item;
      const label = make("label", {}, make("span", {}, ...text.childNodes));
      item.replaceChildren(label);
      return label;
    });
  }

  const labelText = (question, k) => question.labels[k].querySelector("span").textContent.trim();

  // The words of some answers as the page shows them, formulas included.
  function labelsOf(question, numbers) {
    const words = make("span");
    numbers.forEach((k, place) => {
      if (place) words.append("; ");
      words.append(...question.labels[k].querySelector("span").cloneNode(true).childNodes);
    });
    return words;
  }

  const one = {
    show(question) {
      question.labels = optionLabels(question);
      return { parts: [], ...pick(question, question.labels, "radio") };
    },
    wants: "Choose one of the answers.",
    judge: (picked, data, question) =>
      picked.length && {
        right: data.right[picked[0]],
        given: labelText(question, picked[0]),
        words: labelsOf(question, picked),
        said: picked[0],
        marks: { [picked[0]]: data.right[picked[0]] },
      },
    key: (data, question) => labelsOf(question, [data.right.indexOf(true)]),
  };

  const several = {
    show(question) {
      question.labels = optionLabels(question);
      return { parts: [], ...pick(question, question.labels, "checkbox") };
    },
    wants: "Choose all answers that are right.",
    judge(picked, data, question) {
      if (!picked.length) return null;
      const wrong = picked.find((k) => !data.right[k]),
        missing = data.right.some((right, k) => right && !picked.includes(k));
      return {
        right: wrong === undefined && !missing,
        given: picked.map((k) => labelText(question, k)).join("; "),
        words: labelsOf(question, picked),
        said: wrong ?? -1,
        more:
          wrong === undefined && missing ? "All that you chose are right, but one is missing." : "",
        marks: Object.fromEntries(picked.map((k) => [k, data.right[k]])),
      };
    },
    key: (data, question) =>
      labelsOf(
        question,
        data.right.flatMap((right, k) => (right ? [k] : [])),
      ),
  };

  const order = {
    show(question, data, changed) {
      const list = question.querySelector(":scope > ul");
      list.classList.add("question-order");
      const items = [...list.children];
      question.lines = items.map((item) => item.textContent.trim());
      function move(item, by) {
        const all = [...list.children],
          other = all[all.indexOf(item) + by];
        if (!other) return;
        by < 0 ? other.before(item) : other.after(item);
        changed(`Now line ${[...list.children].indexOf(item) + 1} of ${items.length}.`);
      }
      items.forEach((item, k) => {
        const arrows = [
          [-1, "up", "↑"],
          [1, "down", "↓"],
        ].map(([by, word, sign]) => {
          const arrow = button(sign, () => {
            move(item, by);
            arrow.focus();
          });
          arrow.setAttribute("aria-label", `Move ${word}: ${question.lines[k]}`);
          return arrow;
        });
        item.prepend(make("span", { className: "question-moves" }, ...arrows));
      });
      return {
        parts: [],
        inputs: [list.querySelector("button")],
        read: () => [...list.children].map((item) => items.indexOf(item)),
      };
    },
    wants: "Move the lines with their arrows.",
    judge(given, data, question) {
      const right = data.accepted.some((one) => one.join() === given.join());
      return {
        right,
        given: given.map((k) => question.lines[k]).join("; "),
        said: right ? -1 : data.before.findIndex(([a, b]) => given.indexOf(a) < given.indexOf(b)),
      };
    },
    key: (data, question) => data.accepted[0].map((k) => question.lines[k]).join("; "),
  };

  const line = {
    show(question) {
      const code = question.querySelector("pre"),
        list = make("div", { className: "question-lines" });
      const lines = code.innerHTML
        .replace(/<span><\/span>/, "")
        .trimEnd()
        .split("\n");
      question.labels = lines.map((html) => {
        const text = make("span", { className: "question-code" });
        text.innerHTML = html; // the page's own, highlighted
        return make("label", {}, text);
      });
      list.append(...question.labels);
      const block = code.closest(".highlight");
      list.className += ` ${block.className}`;
      block.replaceWith(list);
      return { parts: [], ...pick(question, question.labels, "radio") };
    },
    wants: "Choose one of the lines.",
    judge(picked, data, question) {
      if (!picked.length) return null;
      const right = picked[0] === data.key;
      return {
        right,
        given: `line ${picked[0] + 1}`,
        marks: { [picked[0]]: right },
        said: data.numbers.indexOf(picked[0]),
        more: right
          ? "Repaired, it reads: "
          : data.numbers.includes(picked[0])
            ? ""
            : "That line is right.",
      };
    },
    key: (data) => `line ${data.key + 1}`,
  };

  const arrow = {
    ...one,
    show(question, data) {
      const shown = one.show(question),
        drawn = data.arrows.map((name) => question.querySelector(`[data-arrow="${name}"]`));
      const list = question.querySelector(".question-options");
      list.before(question.querySelector("svg"));
      const mark = () =>
        drawn.forEach((element, k) => element.classList.toggle("picked", shown.inputs[k].checked));
      drawn.forEach((element, k) =>
        element.addEventListener("click", () => {
          shown.inputs[k].click();
          shown.inputs[k].focus();
        }),
      );
      shown.inputs.forEach((input) => input.addEventListener("change", mark));
      return shown;
    },
  };

  const KINDS = { number, shape, one, several, order, line, arrow };

  // One question

  class Question {
    constructor(element, { again = false } = {}) {
      this.element = element;
      this.data = JSON.parse(element.dataset.question);
      this.kind = KINDS[this.data.kind];
      this.id = element.id.replace(/^(again-)?question-/, "");
      this.predicts = this.data.predicts && !again;
      this.said = [...element.querySelectorAll(":scope > .question-said")];
      this.veil = this.predicts ? hideBelow(element) : null;
      this.worked = again ? null : workedAnswer(element);
      this.result = make("div", { className: "question-result" });
      this.result.setAttribute("role", "status");
      this.answer = this.kind.show(element, this.data, (text) => this.result.replaceChildren(text));
      this.addForm();
      this.restore(again ? null : memory.answers[this.id]);
    }

    addForm() {
      const { element, predicts, answer } = this;
      const shown = { right: false, shown: true, given: "", said: -1 };
      const prompt = element.querySelector("p");
      prompt.id ||= `${element.id}-prompt`;
      this.form = make("form", { className: "question-form", id: `${element.id}-form` });
      this.form.setAttribute("aria-labelledby", prompt.id);
      this.commit = make("button", { type: "submit", className: "question-button main" });
      this.commit.textContent = predicts ? "Commit" : "Check";
      this.show = button(predicts ? "Just show me" : "Show the answer", () => this.finish(shown));
      this.retry = button(predicts ? "Predict again" : "Try again", () => this.restart());
      this.retry.hidden = true;
      this.form.append(...answer.parts, this.commit, this.show, this.retry);
      this.form.onsubmit = (event) => this.submit(event);
      for (const input of element.querySelectorAll("input")) {
        input.setAttribute("form", this.form.id); // Enter in any of them commits
      }
      element.append(this.form, this.result);
      element.classList.add("active");
    }

    restore(before) {
      if (before) this.tell({ ...before, said: -1 });
      else if (this.predicts && !memory.hide) this.veil?.lift(true);
    }

    submit(event) {
      event.preventDefault();
      const judged = this.kind.judge(this.answer.read(), this.data, this.element);
      if (judged) this.finish(judged);
      else this.result.replaceChildren(this.kind.wants);
    }

    finish(judged) {
      const first = memory.answers[this.id];
      memory.answers[this.id] = {
        page: first?.page ?? page,
        right: judged.right,
        first: first?.first ?? judged.right,
        given: judged.given,
        when: Date.now(),
        ...(judged.shown ? { shown: true } : {}),
      };
      this.tell(judged);
      remember();
    }

    tell(judged) {
      const { element, data, predicts } = this;
      const over = predicts || judged.right || Boolean(judged.shown);
      const parts = [];
      if (predicts || judged.shown) {
        parts.push(sideBySide(judged, this.kind.key(data, element), predicts));
      }
      if (!judged.shown) parts.push(this.verdict(judged));
      if (over && this.worked) parts.push(this.worked);
      this.result.replaceChildren(...parts);
      element.classList.toggle("right", judged.right);
      element.classList.toggle("wrong", !judged.right && !judged.shown);
      this.close(over);
      for (const [k, label] of (element.labels ?? []).entries()) {
        const key = data.right ? data.right[k] : data.key === k;
        label.classList.toggle("is-right", judged.marks?.[k] === true || (over && key));
        label.classList.toggle("is-wrong", judged.marks?.[k] === false);
      }
      typeset(this.result);
    }

    // Over: what was hidden is shown, and there is nothing to commit to any more.
    close(over) {
      this.veil?.lift(over);
      this.element.classList.toggle("over", over);
      this.commit.disabled = over;
      this.show.hidden = over;
      this.retry.hidden = !over;
    }

    verdict(judged) {
      const wrong = this.predicts ? "✗ Not what is measured. " : "✗ Not yet. ";
      const box = make("div", { className: "question-verdict" });
      box.append(make("strong", {}, judged.right ? "✓ Right. " : wrong), judged.more ?? "");
      if (judged.said >= 0 && this.said[judged.said]) {
        const sentence = this.said[judged.said].cloneNode(true);
        sentence.hidden = false;
        box.append(sentence);
      }
      return box;
    }

    restart() {
      this.close(false);
      this.element.classList.remove("right", "wrong");
      this.result.replaceChildren();
      for (const label of this.element.labels ?? []) label.classList.remove("is-right", "is-wrong");
      this.element.querySelector("input, .question-moves button")?.focus();
    }
  }

  function sideBySide({ given, words, shown }, key, predicts) {
    const list = make("dl", { className: "question-both" });
    if (!shown)
      list.append(make("div", {}, make("dt", {}, "You said"), make("dd", {}, words ?? given)));
    list.append(
      make("div", {}, make("dt", {}, predicts ? "Measured" : "The answer"), make("dd", {}, key)),
    );
    return list;
  }

  // What a prediction hides: the output of the next cell, and what the page says of it.
  function hideBelow(question) {
    const hidden = [];
    let cell = null;
    for (let next = question.nextElementSibling; next; next = next.nextElementSibling) {
      if (next.matches("section, h1, h2, h3, h4, .question") || (cell && next.matches(".cell")))
        break;
      if (next.matches(".cell")) {
        cell = next;
        hidden.push(...cell.querySelectorAll(".cell_output"));
      } else if (cell) hidden.push(next);
    }
    const note = make(
      "p",
      { className: "question-veil" },
      "The output appears when you have committed to an answer.",
    );
    hidden[0]?.before(note);
    const veil = {
      lift(open) {
        note.hidden = open;
        hidden.forEach((element) =>
          open ? element.removeAttribute("hidden") : element.setAttribute("hidden", "until-found"),
        );
      },
      holds: (element) => hidden.some((one) => one.contains(element)),
    };
    hidden.forEach((element) => element.addEventListener("beforematch", () => veil.lift(true)));
    addEventListener("hashchange", () => lookFor(veil));
    veil.lift(false);
    lookFor(veil);
    return veil;
  }

  // A link to something hidden, an equation for one, shows it.
  function lookFor(veil) {
    const target =
      location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !veil.holds(target)) return;
    veil.lift(true);
    target.scrollIntoView();
  }

  // The worked answer of a self-check is the item of the folded list that has its number.
  function workedAnswer(question) {
    const item = question.closest("li"),
      list = item?.parentElement;
    const folded =
      list &&
      [...list.parentElement.querySelectorAll(":scope > details")].find((one) =>
        one.querySelector("ol"),
      );
    if (!folded) return null;
    const answer = folded.querySelector("ol").children[[...list.children].indexOf(item)];
    if (!answer) return null;
    folded.classList.add("question-folded");
    return make(
      "div",
      { className: "question-worked" },
      ...[...answer.childNodes].map((node) => node.cloneNode(true)),
    );
  }

  // Progress: ticks beside the chapters, and a place to take it along

  const done = (chapter) => (index[chapter] ?? []).filter((id) => memory.answers[id]).length;
  const practised = (chapter) =>
    Object.entries(memory.practice).some(
      ([name, one]) => name.startsWith(`${chapter}:`) && one.passed,
    );

  // The chapter that a link leads to; the theme gives the current page the address #.
  function chapterOf(link) {
    const address = link.getAttribute("href") ?? "#";
    return address === "#" ? page : address.replace(/#.*/, "").replace(/.*\/|\.html$/g, "");
  }

  function showProgress() {
    for (const link of document.querySelectorAll(".bd-links a, .course-map .map-title")) {
      const chapter = chapterOf(link);
      link.querySelector(".question-tick")?.remove();
      if (index[chapter]) link.append(...tick(chapter));
    }
    for (const element of document.querySelectorAll(".question-count")) {
      element.textContent = inAll();
    }
    const boxes = document.querySelectorAll(".question-setting input");
    for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (boxes)) {
      box.checked = memory[box.name];
    }
  }

  function tick(chapter) {
    const n = done(chapter);
    const all = index[chapter].length;
    const passed = practised(chapter);
    if (!n && !passed) return [];
    const title = `${n} of ${all} questions answered${passed ? ", practice passed" : ""}`;
    const sign = make("span", { className: "question-tick", title });
    sign.textContent = `${n === all ? "✓" : `${n}/${all}`}${passed ? " ★" : ""}`;
    sign.setAttribute("role", "img");
    sign.setAttribute("aria-label", title);
    return [sign];
  }

  function inAll() {
    const answers = Object.values(memory.answers);
    const all = Object.values(index).flat().length;
    const first = answers.filter((one) => one.first).length;
    return `${answers.length} of ${all} questions answered, ${first} right at the first try.`;
  }

  function progressPanel(map) {
    const status = make("p", { className: "question-status" }),
      file = make("input", { type: "file", accept: ".json", hidden: true });
    status.setAttribute("role", "status");
    let sure = false;
    const forget = button("Forget everything", () => {
      if (!sure) {
        status.textContent = "Press again to forget all answers and code. This can't be undone.";
        sure = true;
        return;
      }
      memory = nothing();
      remember();
      status.textContent = "Forgotten.";
      sure = false;
    });
    file.onchange = async () => {
      try {
        const read = JSON.parse(await file.files[0].text());
        const whole = [read.answers, read.practice].every(isRecords);
        if (read.version !== 1 || !whole) throw new Error();
        memory = { ...nothing(), ...read };
        remember();
        status.textContent = "Imported.";
      } catch {
        status.textContent = "That file holds no progress of this book: nothing has changed.";
      }
    };
    const setting = (name, words) =>
      make(
        "label",
        { className: "question-setting" },
        make("input", {
          type: "checkbox",
          name,
          checked: memory[name],
          onchange: (event) => {
            memory[name] = event.target.checked;
            remember();
          },
        }),
        ` ${words}`,
      );
    map.after(
      make(
        "section",
        { className: "question-progress" },
        make("h2", {}, "Your progress"),
        make(
          "p",
          {},
          make("span", { className: "question-count" }),
          " It is kept in this browser alone; nothing is sent anywhere.",
        ),
        make(
          "p",
          {},
          button("Export", exportMemory),
          button("Import", () => file.click()),
          forget,
          file,
        ),
        status,
        setting("hide", "Hide an output until I have predicted it"),
        setting("review", "Offer questions I got wrong again, at the end of later chapters"),
      ),
    );
  }

  function exportMemory() {
    const href = URL.createObjectURL(
      new Blob([JSON.stringify(memory)], { type: "application/json" }),
    );
    make("a", { href, download: "lstm-lesson-progress.json" }).click();
    setTimeout(() => URL.revokeObjectURL(href), 1000);
  }

  // Questions of earlier chapters that went wrong come back, if the reader wants

  function offerAgain() {
    const chapters = Object.keys(index),
      earlier = chapters.slice(0, chapters.indexOf(page));
    const missed = earlier.flatMap((chapter) =>
      index[chapter].filter((id) => memory.answers[id] && !memory.answers[id].right),
    );
    const place = document.querySelector("section[id^=check-yourself]");
    if (!memory.review || !missed.length || !place) return;
    const few = missed
      .sort((a, b) => memory.answers[a].when - memory.answers[b].when)
      .slice(0, AGAIN_AT_ONCE);
    const box = make("div", { className: "question-again" });
    const words =
      few.length === 1
        ? "A question of an earlier chapter went wrong."
        : `${few.length} questions of earlier chapters went wrong.`;
    box.append(
      make(
        "p",
        {},
        `${words} `,
        button("Ask me again", () => askAgain(box, few)),
        button("Not now", () => box.remove()),
      ),
    );
    place.append(box);
  }

  function askAgain(box, names) {
    const script = make("script", { src: new URL("questions_all.js", here) });
    script.onload = () => {
      box.replaceChildren(make("h3", {}, "From earlier chapters"));
      for (const name of names) {
        const holder = make("div");
        holder.innerHTML = globalThis.lstmQuestionsAll[name] ?? ""; // the book's own pages
        const question = holder.querySelector(".question");
        if (!question) continue;
        question.id = `again-${question.id}`;
        box.append(question);
        new Question(question, { again: true });
      }
      typeset(box);
      box.querySelector("input, button")?.focus();
    };
    document.head.append(script);
  }

  const here = /** @type {HTMLScriptElement} */ (document.currentScript).src;
  const asked = [...document.querySelectorAll(".question[data-question]")].map(
    (element) => new Question(element),
  );
  const predictions = asked.filter((one) => one.predicts && !memory.answers[one.id]);
  if (memory.hide && predictions.length) {
    const first = document.getElementById(`question-${predictions[0].id}`);
    const note = make(
      "p",
      { className: "question-note" },
      "This page hides what you are asked to predict. ",
      button("Show everything on this page", () => {
        predictions.forEach((one) => one.veil?.lift(true));
        note.remove();
      }),
    );
    first?.before(note);
  }
  addEventListener("beforeprint", () => {
    for (const folded of document.querySelectorAll("details.question-folded")) {
      folded.setAttribute("open", "");
    }
  });
  document.querySelectorAll(".course-map").forEach(progressPanel);
  offerAgain();
  showProgress();
  globalThis.lstmReader = { memory: () => memory, remember, button }; // for practice.js
}
