// Keeps a page that is served up to date. What has changed is replaced; all else stays as the reader left it.
(() => {
  const own = new URL(document.currentScript.src);
  const page = own.searchParams.get("page");
  const base = own.pathname.replace(/live\.js$/, "");
  const address = (what, query = {}) => `${base}${what}?${new URLSearchParams({ page, ...query })}`;
  const TEXTS = {
    en: { live: "live", gone: "The server has ended", running: "running", all: "Run all", stop: "Stop", run: "Run this cell (Shift+Enter)", edit: "Open in the editor", error: "What was saved last has an error" },
    zh: { live: "实时", gone: "服务器已经结束", running: "正在运行", all: "全部运行", stop: "停止", run: "运行这个单元（Shift+Enter）", edit: "在编辑器中打开", error: "最近一次保存的内容有误" },
  };
  const language = JSON.parse(document.body.dataset.words).lang.startsWith("zh") ? "zh" : "en";
  const words = TEXTS[language];

  const style = new CSSStyleSheet();
  style.replaceSync(`
    #live { position: fixed; inset: auto 1rem 1rem auto; z-index: 20; display: flex; gap: .5rem; align-items: center; max-width: calc(100vw - 2rem); padding: .3rem .6rem; font: .8rem/1.4 system-ui, sans-serif; background: var(--paper, Canvas); color: var(--ink, CanvasText); border: 1px solid var(--line, GrayText); border-radius: .5rem; box-shadow: 0 2px 12px #0003; }
    #live button, .live-tools button { font: inherit; color: inherit; background: none; border: 1px solid var(--line, GrayText); border-radius: .3rem; padding: .1rem .5rem; cursor: pointer; }
    #live button:disabled { opacity: .4; cursor: default; }
    .live-tools { display: inline-flex; gap: .2rem; margin-inline-start: .4rem; }
    .live-tools button { border: 0; padding: 0 .25rem; }
    .live-stale > .result, .live-stale > .warnings { opacity: .45; }
    .live-errors { position: relative; z-index: 5; margin: .5rem 1rem; padding: .5rem .8rem; background: var(--paper, Canvas); border: 2px solid var(--bad, #c33); border-radius: .4rem; box-shadow: 0 4px 16px #0003; overflow-x: auto; }
    .live-errors pre { margin: 0; font: .8rem/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
    .live-errors p { margin: 0 0 .3rem; font: 600 .8rem/1.4 system-ui, sans-serif; }
    @media print { #live, .live-tools, .live-errors { display: none; } }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, style];

  const order = (what, query) => fetch(address(what, query), { method: "POST" }).catch(() => {});
  const make = (name, text, parent) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    parent?.append(element);
    return element;
  };
  const button = (parent, text, label, act) => {
    const made = make("button", text, parent);
    made.type = "button";
    made.title = made.ariaLabel = label;
    made.addEventListener("click", act);
    return made;
  };

  // The bar in the corner.
  const bar = make("div", undefined, document.body);
  bar.id = "live";
  bar.lang = language;
  const said = make("span", words.live, bar);
  said.setAttribute("role", "status");
  // The list of notebooks has nothing to run.
  const controls = page ? bar : undefined;
  button(controls, words.all, words.all, () => order("run-all")).id = "live-run-all";
  const stop = button(controls, words.stop, words.stop, () => order("stop"));
  stop.disabled = true;
  stop.id = "live-stop";

  // The tools of each cell, and its keys.
  const cells = () => document.querySelectorAll("section[id^='cell-']");
  const index = (cell) => Number(cell.id.slice("cell-".length)) - 1;
  const equip = () => {
    for (const cell of cells()) {
      const tools = cell.querySelector(":scope > .tools");
      if (!tools || tools.querySelector(".live-tools")) continue;
      const ours = make("span", undefined, tools);
      ours.className = "live-tools";
      ours.lang = language;
      button(ours, "▷", words.run, () => order("run", { cell: index(cell) }));
      if (own.searchParams.has("editor")) button(ours, "✎", words.edit, () => order("edit", { cell: index(cell) }));
    }
  };
  let pointed = null;
  document.addEventListener("pointerover", (over) => { pointed = over.target.closest?.("section[id^='cell-']") ?? pointed; });
  document.addEventListener("keydown", (press) => {
    if (press.target.closest?.("input, textarea, select")) return;
    const cell = document.activeElement?.closest?.("section[id^='cell-']") ?? pointed;
    if (press.key === "Enter" && press.shiftKey && (press.ctrlKey || press.metaKey)) order("run-all");
    else if (press.key === "Enter" && press.shiftKey && cell) order("run", { cell: index(cell) });
    else if (press.key === "Escape" && stop.disabled === false) order("stop");
    else return;
    press.preventDefault();
  });

  // The blocks of the page as the server sent them: what scripts have made of them since is none of its changes.
  const blocksOf = (root) => [...root.querySelector("main").children];
  const sent = (block) => block.outerHTML;
  let shown = blocksOf(document).map((block) => ({ block, html: sent(block) }));
  equip();

  // Which of the old blocks stay: a longest common subsequence, behind what begins and before what ends alike.
  const kept = (old, next) => {
    let begin = 0;
    while (begin < Math.min(old.length, next.length) && old[begin] === next[begin]) begin += 1;
    let end = 0;
    while (end < Math.min(old.length, next.length) - begin && old.at(-1 - end) === next.at(-1 - end)) end += 1;
    const [rows, columns] = [old.length - begin - end, next.length - begin - end];
    const pairs = new Map();
    for (let n = 0; n < begin; n += 1) pairs.set(n, n);
    for (let n = 1; n <= end; n += 1) pairs.set(next.length - n, old.length - n);
    if (rows * columns > 1e6) return pairs;
    const longest = Array.from({ length: rows + 1 }, () => new Uint32Array(columns + 1));
    for (let r = rows - 1; r >= 0; r -= 1) {
      for (let c = columns - 1; c >= 0; c -= 1) {
        longest[r][c] = old[begin + r] === next[begin + c] ? longest[r + 1][c + 1] + 1 : Math.max(longest[r + 1][c], longest[r][c + 1]);
      }
    }
    for (let r = 0, c = 0; r < rows && c < columns;) {
      if (old[begin + r] === next[begin + c]) pairs.set(begin + c++, begin + r++);
      else if (longest[r + 1][c] >= longest[r][c + 1]) r += 1;
      else c += 1;
    }
    return pairs;
  };

  // What the reader has opened stays open in what replaces it, and what was closed stays closed.
  const inherit = (old, block) => {
    const [before, now] = [old, block].map((root) => [...(root.matches("details") ? [root] : []), ...root.querySelectorAll("details")]);
    const name = (details) => details.className + (details.matches(".run") ? details.querySelector("summary")?.textContent : "");
    const rest = [...before];
    for (const details of now) {
      const at = rest.findIndex((other) => name(other) === name(details));
      if (at >= 0) details.open = rest.splice(at, 1)[0].open;
    }
    const players = [old, block].map((root) => [...root.querySelectorAll(".player")]);
    players[1].forEach((player, n) => { player.resume = players[0][n]?.walked?.(); });
  };

  const replace = (next) => {
    // The page of a notebook that could not be read has nothing yet, not even a theme.
    if (!document.querySelector("head > style")) { location.reload(); return; }
    const main = document.querySelector("main");
    const wanted = blocksOf(next).map((block) => ({ block, html: sent(block) }));
    const pairs = kept(shown.map(({ html }) => html), wanted.map(({ html }) => html));
    const staying = new Set(pairs.values());
    // The page does not move under the reader: what is at the top of the window stays there.
    const ids = new Set(wanted.map(({ block }) => block.id).filter(Boolean));
    const top = shown.find(({ block }, n) => (staying.has(n) || ids.has(block.id)) && block.getBoundingClientRect().bottom > 0)?.block;
    const before = top?.getBoundingClientRect().top;
    const leaving = shown.filter((_, n) => !staying.has(n));
    const added = [];
    let last = null;
    const result = wanted.map(({ block, html }, n) => {
      if (pairs.has(n)) {
        last = shown[pairs.get(n)].block;
        return { block: last, html };
      }
      const ours = document.importNode(block, true);
      const old = leaving.find(({ block: other }) => other.id === ours.id && other.tagName === ours.tagName);
      if (old) inherit(old.block, ours);
      if (last) last.after(ours); else main.prepend(ours);
      last = ours;
      added.push(ours);
      return { block: ours, html };
    });
    for (const { block } of leaving) block.remove();
    shown = result;
    const now = top?.isConnected ? top : document.getElementById(top?.id);
    if (now) scrollBy({ top: now.getBoundingClientRect().top - before, behavior: "instant" });
    document.title = next.title;
    document.documentElement.lang = next.documentElement.lang;
    for (const part of [".side", "footer", "body > svg.defs"]) {
      const [old, fresh] = [document, next].map((root) => root.querySelector(part));
      if (old && fresh && old.innerHTML !== fresh.innerHTML) old.innerHTML = fresh.innerHTML;
    }
    const all = { querySelectorAll: (what) => added.flatMap((block) => [...(block.matches(what) ? [block] : []), ...block.querySelectorAll(what)]) };
    dispatchEvent(new CustomEvent("nbrun:added", { detail: all }));
    equip();
  };

  // What runs, and what is wrong with the notebook as it was saved last.
  const tell = ({ running, errors }) => {
    const stale = new Set(running);
    for (const cell of cells()) cell.classList.toggle("live-stale", stale.has(index(cell)));
    said.textContent = running.length > 0 ? `${words.running}: ${running.length}` : words.live;
    stop.disabled = running.length === 0;
    for (const old of document.querySelectorAll(".live-errors")) old.remove();
    for (const { cell, text } of errors) {
      const place = cell === null ? null : document.getElementById(`cell-${cell + 1}`);
      const box = make("div");
      box.className = "live-errors";
      box.setAttribute("role", "alert");
      const title = make("p", words.error, box);
      title.lang = language;
      make("pre", text, box);
      const source = place?.querySelector(":scope > .source");
      if (source) source.after(box); else document.querySelector("main").before(box);
    }
    document.body.dataset.live = running.length > 0 ? "running" : errors.length > 0 ? "errors" : "rest";
  };

  let version = null;
  let last = Promise.resolve();
  const news = new EventSource(address("news"));
  news.addEventListener("message", ({ data }) => {
    const state = JSON.parse(data);
    last = last.then(async () => {
      if (state.version !== version) {
        const answer = await fetch(location.pathname, { cache: "no-store" });
        if (answer.ok) replace(new DOMParser().parseFromString(await answer.text(), "text/html"));
        version = state.version;
      }
      tell(state);
      document.body.dataset.version = version;
    }).catch(() => {});
  });
  news.addEventListener("error", () => { said.textContent = words.gone; });
  news.addEventListener("open", () => { said.textContent = words.live; });
})();
