// The reader as the scheduler: a player walks the graph of a cell's states, which stands beside it as data.
(() => {
  const words = JSON.parse(document.body.dataset.words);
  const begin = (root) => { for (const place of root.querySelectorAll(".player")) {
    const { texts, objects, states, workers, outcomes, ways, fails, whole } = JSON.parse(place.querySelector("script").textContent);
    const make = (name, text, parent) => {
      const element = document.createElement(name);
      if (text !== undefined) element.textContent = text;
      parent?.append(element);
      return element;
    };
    let path = [];
    const now = () => (path.length ? path.at(-1).to : 0);
    make("p", whole ? words.invitation : words.someWays, place).className = "invitation";
    const scroll = make("div", undefined, place);
    scroll.className = "scroll";
    const table = make("table", undefined, scroll);
    table.setAttribute("aria-label", words.states);
    const rows = make("tbody", undefined, table);
    const buttons = workers.map((name, n) => {
      const row = make("tr", undefined, rows);
      const head = make("th", undefined, row);
      head.scope = "row";
      const chip = make("span", name, head);
      chip.className = `chip w${n % 8 + 1}`;
      const line = make("td", undefined, row);
      const button = make("button", words.step.replace("{}", n + 1), make("td", undefined, row));
      button.type = "button";
      button.setAttribute("aria-label", words.stepOf.replace("{1}", n + 1).replace("{2}", () => name));
      if (n < 9) button.setAttribute("aria-keyshortcuts", n + 1);
      button.addEventListener("click", () => step(n));
      return { button, line };
    });
    const shared = objects.map((name) => {
      const row = make("tr", undefined, rows);
      const head = make("th", undefined, row);
      head.scope = "row";
      make("code", name, head);
      const holds = make("td", undefined, row);
      holds.colSpan = 2;
      return holds;
    });
    const tools = make("p", undefined, place);
    tools.className = "tools-row";
    const tool = (text, action) => {
      const button = make("button", text, tools);
      button.type = "button";
      button.addEventListener("click", action);
      return button;
    };
    const back = tool(words.back, () => { path.pop(); show(); });
    const reset = tool(words.reset, () => { path = []; show(); });
    // The line that a text ends with is a link to it.
    const tell = (cell, text) => {
      const at = text.search(/(line \d+|第 \d+ 行)$/);
      const target = place.closest("section").id.replace(/cell-\d+$/, `L${text.slice(at).match(/\d+/)}`);
      if (at < 0 || !document.getElementById(target)) { cell.textContent = text; return; }
      cell.textContent = text.slice(0, at);
      const link = make("a", text.slice(at), cell);
      link.className = "line";
      link.href = `#${target}`;
    };
    const walk = (way) => {
      path = [];
      const arrives = way.every((worker) => take(worker - 1));
      show();
      return arrives;
    };
    if (fails) tool(words.failing, () => walk(fails));
    // A part of the bar of outcomes brings its way here.
    for (const part of place.closest(".out")?.querySelectorAll(".stack [data-way]") ?? []) part.addEventListener("click", (event) => {
      const way = ways[part.dataset.way] ?? [];
      if (event.ctrlKey || event.metaKey || event.shiftKey || !way.length || !walk(way)) return;
      event.preventDefault();
      place.scrollIntoView({ block: "nearest" });
    });
    const said = make("p", undefined, place);
    said.className = "said";
    said.setAttribute("role", "status");
    const history = make("ol", undefined, place);
    const take = (n) => {
      const from = states[now()];
      const to = from.next[n];
      if (to === null) return false;
      path.push({ n, to, did: texts[from.did[n]] });
      return true;
    };
    const step = (n) => { if (take(n)) show(); };
    const show = () => {
      const state = states[now()];
      buttons.forEach(({ button, line }, n) => {
        tell(line, texts[state.does[n]]);
        button.disabled = state.next[n] === null;
      });
      shared.forEach((holds, n) => { holds.textContent = texts[state.holds[n]]; });
      back.disabled = reset.disabled = path.length === 0;
      history.replaceChildren(...path.map(({ n, did }) => make("li", `${workers[n]}${words.colon}${did}`)));
      history.scrollTop = history.scrollHeight;
      // The list and the table tell the step to those who see them; it is said to all others.
      const last = path.at(-1);
      const shares = objects.map((name, n) => `${name}${words.colon}${texts[state.holds[n]]}`).join(words.semicolon);
      said.replaceChildren();
      make("span", `${last ? `${workers[last.n]}${words.colon}${last.did}` : words.beginning}${words.stop}${shares}${words.stop}`, said).className = "sr";
      const end = state.outcome ?? null;
      if (end !== null) said.append(words.end.replace("{}", () => outcomes[end]));
      if (document.activeElement?.disabled) (buttons.find(({ button }) => !button.disabled)?.button ?? reset).focus();
    };
    place.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (/^[1-9]$/.test(event.key)) step(Number(event.key) - 1);
      else if (event.key === "Backspace" && path.length) { path.pop(); show(); }
      else return;
      event.preventDefault();
    });
    // Where the page is served, a player that takes the place of another goes on where that was.
    place.walked = () => path.map(({ n }) => n);
    for (const n of place.resume ?? []) if (!take(n)) break;
    show();
    place.hidden = false;
  } };
  begin(document);
  addEventListener("nbrun:added", (added) => begin(added.detail));
})();
