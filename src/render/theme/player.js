// The reader as the scheduler: a player walks the graph of a cell's states, which stands beside it as data. A way through it is a list of
// workers; the reader stands somewhere on it, and what lies ahead is pale.
(() => {
  const words = JSON.parse(document.body.dataset.words);
  // How long a step of a way that plays by itself can be looked at, in milliseconds.
  const PACE = 800;
  // So many workers have a name at a line of code; of others there is their number.
  const NAMES = 4;
  // Around a line at which a worker can be, so many lines of code are shown.
  const AROUND = 1;

  const make = (name, parent, text, className) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    parent?.append(element);
    return element;
  };
  const fill = (text, ...parts) => parts.reduce((text, part, n) => text.replace(parts.length > 1 ? `{${n + 1}}` : "{}", () => part), text);

  // The data of a player. Behind a text there may be its line, or what was done; states are rows of numbers, and ways are turns.
  const read = (json) => {
    const data = JSON.parse(json);
    const [many, entries] = [data.workers.length, data.texts.map((text) => [text].flat())];
    const size = 3 * many + data.objects.length + 1;
    let place = -1;
    const told = [];
    for (const [, far, number] of data.states.matchAll(/([a-z]+)([^a-z]+)/g)) {
      for (const letter of far) place += letter.charCodeAt(0) - 96;
      told[place] = number === "." ? null : Number(number);
    }
    // What is left out is as in the row before.
    const row = [];
    const states = [];
    for (place = 0; place < data.size * size; place += 1) {
      const column = place % size;
      if (told[place] !== undefined) row[column] = told[place];
      if (column < size - 1) continue;
      const next = row.slice(0, many).map((far) => (far === null ? null : states.length + far));
      const [does, did, holds] = [row.slice(many, 2 * many), row.slice(2 * many, 3 * many), row.slice(3 * many, -1)];
      states.push({ next, does, did, holds, outcome: row.at(-1) });
    }
    const way = (turns) => turns.flatMap((who, n) => (n % 2 === 0 ? Array(turns[n + 1]).fill(who) : []));
    return {
      ...data,
      texts: entries.map(([text]) => text),
      lines: entries.map(([, more]) => (typeof more === "number" ? more : 0)),
      deeds: entries.map(([, more]) => (typeof more === "object" ? more : undefined)),
      states,
      ways: data.ways.map(way),
      fails: data.fails && way(data.fails),
    };
  };

  // What each step of a way did: which reads a write is based on, and which writes it overwrites without having seen them.
  const story = (way, trail, { states, texts, deeds }) => {
    const steps = way.map((n, k) => {
      const did = states[trail[k]].did[n];
      const [kind, object, value, element] = deeds[did] ?? [];
      return { n, kind, object, value, element, text: texts[did] };
    });
    const isSame = (a, b) => a.object === b.object && a.element === b.element;
    const writes = (step) => step.kind === "w" || step.kind === "u";
    steps.forEach((step, k) => {
      if (step.kind !== "w") return;
      let from = k - 1;
      while (from >= 0 && !(steps[from].n === step.n && steps[from].kind && isSame(steps[from], step))) from -= 1;
      if (from < 0 || steps[from].kind !== "r") return;
      step.from = from;
      for (let at = from + 1; at < k; at += 1) {
        const other = steps[at];
        if (other.n !== step.n && writes(other) && isSame(other, step) && other.lost === undefined) other.lost = k;
      }
    });
    return steps;
  };

  // The lines of code at which workers can be, with some around them: a row each, by its number.
  const showCode = (parent, lines, prefix) => {
    const rows = new Map();
    const wanted = new Set(lines.flatMap((line) => Array.from({ length: 2 * AROUND + 1 }, (_, n) => line - AROUND + n)));
    const found = [...wanted].sort((a, b) => a - b).map((line) => [line, document.getElementById(`${prefix}L${line}`)]);
    const code = found.filter(([, element]) => element?.matches(".code [id]"));
    if (!code.some(([line]) => lines.includes(line))) return rows;
    const box = make("div", parent, undefined, "whereabouts");
    box.setAttribute("aria-hidden", "true");
    let last;
    for (const [line, element] of code) {
      if (last !== undefined && line !== last + 1) make("div", box, "⋯", "gap");
      last = line;
      const row = make("div", box, undefined, "at");
      make("span", row, line, "no-of-line");
      const text = make("code", row);
      for (const part of element.childNodes) text.append(part.cloneNode(true));
      rows.set(line, { row, chips: make("span", row, undefined, "chips") });
    }
    return rows;
  };

  const begin = (root) => { for (const place of root.querySelectorAll(".player")) {
    const data = read(place.querySelector("script").textContent);
    const { texts, lines, deeds, objects, states, workers, outcomes, good, ways, fails, whole } = data;
    const cell = place.closest("section");
    const prefix = cell?.id.replace(/cell-\d+$/, "") ?? "";
    let [way, trail, at, timer] = [[], [0], 0, undefined];
    const now = () => states[trail[at]];
    const colour = (n) => `w${n % 8 + 1}`;

    // The states from which something can still end well.
    let hopeful;
    const isLost = (state) => {
      if (!whole) return false;
      if (!hopeful) {
        const before = states.map(() => []);
        states.forEach(({ next }, from) => next.forEach((to) => { if (to !== null) before[to].push(from); }));
        const open = states.flatMap(({ outcome }, n) => (outcome !== null && good[outcome] ? [n] : []));
        hopeful = new Set(open);
        for (const state of open) for (const from of before[state]) if (!hopeful.has(from)) { hopeful.add(from); open.push(from); }
      }
      return hopeful.size > 0 && !hopeful.has(state);
    };

    make("p", place, whole ? words.invitation : words.someWays, "invitation");
    const code = showCode(place, [...new Set(lines.filter((line) => line > 0))], prefix);
    const scroll = make("div", place, undefined, "scroll");
    const table = make("table", scroll);
    table.setAttribute("aria-label", words.states);
    const rows = make("tbody", table);
    const buttons = workers.map((name, n) => {
      const row = make("tr", rows);
      const head = make("th", row);
      head.scope = "row";
      make("span", head, name, `chip ${colour(n)}`).title = name;
      const line = make("td", row);
      const button = make("button", make("td", row), fill(words.step, n + 1));
      button.type = "button";
      button.setAttribute("aria-label", fill(words.stepOf, n + 1, name));
      if (n < 9) button.setAttribute("aria-keyshortcuts", n + 1);
      button.addEventListener("click", () => act(() => take(n)));
      return { button, line };
    });

    // The steps: workers above and below what they share. For those who hear the page the same is a list.
    const stage = make("div", place, undefined, "stage");
    stage.tabIndex = 0;
    stage.setAttribute("role", "group");
    stage.setAttribute("aria-label", words.steps);
    const track = make("div", stage, undefined, "track");
    track.setAttribute("aria-hidden", "true");
    const history = make("ol", stage, undefined, "sr");
    const above = Math.ceil(workers.length / 2);
    const rowOf = (n) => (n < above ? n : n + objects.length) + 1;
    const rowOfObject = (o) => above + o + 1;
    const foot = workers.length + objects.length + 1;
    const put = (text, className, row, from, to = from + 1) => {
      const element = make("div", track, text, className);
      element.style.gridArea = `${row} / ${from} / ${row + 1} / ${to}`;
      element.title = text;
      return element;
    };

    const tools = make("p", place, undefined, "tools-row");
    const tool = (text, action, parent = tools) => {
      const button = make("button", parent, text);
      button.type = "button";
      button.addEventListener("click", () => act(action));
      return button;
    };
    const first = tool(`|◀ ${words.first}`, () => { at = 0; });
    const back = tool(`◀ ${words.back}`, () => { at = Math.max(0, at - 1); });
    const slider = make("input", tools);
    slider.type = "range";
    slider.min = 0;
    slider.setAttribute("aria-label", words.slider);
    slider.addEventListener("input", () => act(() => { at = Number(slider.value); }));
    const on = tool(`${words.on} ▶`, () => { at = Math.min(way.length, at + 1); });
    const last = tool(`${words.last} ▶|`, () => { at = way.length; });
    if (fails) tool(words.failing, () => perform(fails), make("p", place, undefined, "tools-row"));
    const said = make("p", place, undefined, "said");
    said.setAttribute("role", "status");

    const take = (n) => {
      const to = now().next[n];
      if (to === null) return false;
      if (way[at] !== n) {
        way.splice(at, Infinity, n);
        trail.splice(at + 1, Infinity, to);
      }
      at += 1;
      return true;
    };
    const load = (numbers) => {
      [way, trail, at] = [[], [0], 0];
      return numbers.every((worker) => take(worker - 1));
    };
    // A way that fails plays until nothing can save it any more.
    const perform = (numbers) => {
      load(numbers);
      const fatal = trail.findIndex(isLost);
      const stop = fatal > 0 ? fatal : way.length;
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) { at = stop; return; }
      at = 0;
      const go = () => {
        at += 1;
        show();
        if (at < stop) timer = setTimeout(go, PACE);
      };
      timer = setTimeout(go, PACE);
    };
    const act = (action) => {
      clearTimeout(timer);
      action();
      show();
    };

    // The line that a text ends with is a link to it.
    const tell = (part, text, line) => {
      part.title = text;
      const start = text.search(/(line\s\d+|第\s\d+\s行)$/);
      if (start < 0 || !document.getElementById(`${prefix}L${line}`)) { part.textContent = text; return; }
      part.textContent = text.slice(0, start);
      make("a", part, text.slice(start), "line").href = `#${prefix}L${line}`;
    };
    const inHand = (n, steps) => {
      const own = steps.slice(0, at).filter((step) => step.n === n && step.kind);
      const locks = objects.filter((_, object) => own.findLast((step) => step.object === object && "tg".includes(step.kind))?.kind === "t");
      const read = own.findLast((step) => "rwu".includes(step.kind));
      return [...(read?.kind === "r" ? [fill(words.hasRead, read.value)] : []), ...(locks.length > 0 ? [fill(words.hasTaken, locks.join(words.comma))] : [])];
    };
    const showWhereabouts = (steps) => {
      const who = new Map();
      workers.forEach((name, n) => {
        const line = lines[now().does[n]];
        if (code.has(line) && now().outcome === null) who.set(line, [...(who.get(line) ?? []), n]);
      });
      for (const [line, { row, chips }] of code) {
        const here = who.get(line) ?? [];
        row.className = here.length > 0 ? `at here ${colour(here[0])}` : "at";
        chips.replaceChildren();
        for (const n of here.slice(0, NAMES)) make("span", chips, [workers[n], ...inHand(n, steps)].join(" · "), `chip ${colour(n)}`);
        if (here.length > NAMES) make("span", chips, `+${here.length - NAMES}`);
      }
    };
    const showTrack = (steps) => {
      track.replaceChildren();
      track.style.setProperty("--steps", Math.max(steps.length, 1));
      workers.forEach((name, n) => put(name, `who ${colour(n)}`, rowOf(n), 1));
      objects.forEach((name, o) => {
        put(name, "what", rowOfObject(o), 1);
        // One piece for as long as it holds the same.
        const holds = trail.map((state) => texts[states[state].holds[o]]);
        for (let from = 0, to; from < holds.length; from = to) {
          to = from + 1;
          while (to < holds.length && holds[to] === holds[from]) to += 1;
          const step = steps[from - 1];
          const isGone = step?.object === o && step.lost !== undefined && step.lost < at;
          const piece = put(holds[from], `holds ${step ? colour(step.n) : ""}`, rowOfObject(o), from + 2, to + 2);
          piece.classList.toggle("ahead", from > at);
          piece.classList.toggle("gone", isGone);
          if (isGone) piece.title = fill(words.lost, step.value);
        }
      });
      steps.forEach((step, k) => {
        const label = { r: words.reads, w: words.writes }[step.kind];
        const box = put(label ? fill(label, step.value) : step.text, `did ${step.kind === "r" ? "reads" : "acts"} ${colour(step.n)}`, rowOf(step.n), k + 3);
        box.title = step.text;
        const number = put(k + 1, "step-no", foot, k + 3);
        for (const part of [box, number]) {
          part.classList.toggle("ahead", k >= at);
          part.classList.toggle("last", k === at - 1);
        }
        if (step.from !== undefined && k > step.from + 1) {
          const dash = put(steps[step.from].value, `held ${colour(step.n)}`, rowOf(step.n), step.from + 4, k + 3);
          dash.classList.toggle("ahead", step.from >= at);
        }
      });
      put("", "step-no", foot, 1);
      const current = track.querySelector(".did.last");
      if (!current) stage.scrollLeft = 0;
      else {
        const [box, view] = [current.getBoundingClientRect(), stage.getBoundingClientRect()];
        if (box.right > view.right || box.left < view.left + view.width / 3) stage.scrollLeft += box.right - view.left - view.width * 0.7;
      }
    };
    const show = () => {
      const state = now();
      const steps = story(way, trail, data);
      buttons.forEach(({ button, line }, n) => {
        tell(line, texts[state.does[n]], lines[state.does[n]]);
        button.disabled = state.next[n] === null;
      });
      showWhereabouts(steps);
      showTrack(steps);
      slider.max = way.length;
      slider.value = at;
      first.disabled = back.disabled = at === 0;
      on.disabled = last.disabled = at === way.length;
      slider.disabled = way.length === 0;
      const lost = steps.flatMap((step, k) => (step.lost === at - 1 && at > 0 ? [fill(words.lost, step.value)] : []));
      history.replaceChildren(...steps.slice(0, at).map((step, k) => make("li", undefined, `${workers[step.n]}${words.colon}${step.text}`)));
      // Who sees the stage sees the step; it is said to all others.
      const step = steps[at - 1];
      const shares = objects.map((name, n) => `${name}${words.colon}${texts[state.holds[n]]}`).join(words.semicolon);
      const told = step ? `${workers[step.n]}${words.colon}${step.text}` : words.beginning;
      slider.setAttribute("aria-valuetext", `${at}${words.colon}${told}`);
      said.replaceChildren();
      make("span", said, `${told}${words.stop}${shares}${words.stop}`, "sr");
      const end = state.outcome;
      const ahead = states[trail.at(-1)].outcome;
      const parts = lost.map((text) => `${text}${words.stop}`);
      if (end !== null) parts.push(fill(words.end, outcomes[end]));
      else if (isLost(trail[at])) parts.push(ahead === null ? words.doomed : fill(words.doomedTo, outcomes[ahead]));
      said.append(parts.join(""));
      said.classList.toggle("bad", isLost(trail[at]) || (end !== null && !good[end]));
      if (document.activeElement?.disabled && place.contains(document.activeElement)) (buttons.find(({ button }) => !button.disabled)?.button ?? first).focus();
    };

    // A part of the bar of outcomes brings its way here.
    const parts = place.closest(".out")?.querySelectorAll(".stack [data-way]") ?? [];
    for (const part of parts) part.addEventListener("click", (event) => {
      const numbers = ways[part.dataset.way] ?? [];
      if (event.ctrlKey || event.metaKey || event.shiftKey || !numbers.length) return;
      let arrives;
      act(() => { arrives = load(numbers); });
      if (!arrives) return;
      event.preventDefault();
      for (const other of parts) other.removeAttribute("aria-current");
      part.setAttribute("aria-current", "true");
      place.scrollIntoView({ block: "nearest" });
    });
    place.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (/^[1-9]$/.test(event.key) && Number(event.key) <= workers.length) act(() => take(Number(event.key) - 1));
      else if (event.key === "Backspace" && at > 0) back.click();
      else return;
      event.preventDefault();
    });
    // From the head of its cell it is two keys away.
    const head = cell?.querySelector(":scope > .tools");
    if (head && !head.querySelector(".to-player")) {
      place.id = `${cell.id}-player`;
      const link = make("a", undefined, `▶ ${words.player}`, "to-player");
      link.href = `#${place.id}`;
      link.lang = words.lang;
      link.addEventListener("click", (event) => {
        event.preventDefault();
        for (let at = place; at; at = at.parentElement) if (at.matches("details")) at.open = true;
        place.scrollIntoView({ block: "nearest" });
        (buttons.find(({ button }) => !button.disabled)?.button ?? first).focus({ preventScroll: true });
      });
      head.prepend(link);
    }
    // Where the page is served, a player that takes the place of another goes on where that was.
    place.walked = () => way.slice(0, at);
    for (const n of place.resume ?? []) if (!take(n)) break;
    show();
    place.hidden = false;
  } };
  begin(document);
  addEventListener("nbrun:added", (added) => begin(added.detail));
})();
