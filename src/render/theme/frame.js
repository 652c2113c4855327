// What the pages of a site have beside their own: the entry of the course in sight, and the search.
(() => {
  const course = document.getElementById("site_course");
  const here = course?.querySelector("[aria-current]");
  if (here) course.scrollTop += here.getBoundingClientRect().top - course.getBoundingClientRect().top - course.clientHeight / 3;
  const close = course?.querySelector(".close");
  addEventListener("keydown", (press) => { if (press.key === "Escape" && location.hash === "#site_course") close.click(); });

  const box = document.getElementById("site_search");
  if (!box) return;
  const { library, texts, root, none, lost } = box.dataset;
  const [input, status, list] = [box.querySelector("input"), box.querySelector("[role=status]"), box.querySelector(".hits")];
  const MOST = 12;

  // Chinese and Japanese have no blanks between words: each two neighbours are a word. The last character of a stretch stands
  // alone as well, so that each character begins a word, by which it is found alone.
  const WIDE = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}ー々";
  const RUNS = new RegExp(`[${WIDE}]+|[[\\p{L}\\p{M}\\p{N}_]--[${WIDE}]]+`, "gv");
  const IS_WIDE = new RegExp(`^[${WIDE}]`, "v");
  const tokens = (text, isQuery) => (text.normalize("NFKC").match(RUNS) ?? []).flatMap((run) => {
    if (!IS_WIDE.test(run)) return isQuery || !run.includes("_") ? [run] : [run, ...run.split("_").filter(Boolean)];
    const signs = [...run];
    const pairs = signs.slice(1).map((sign, n) => signs[n] + sign);
    return isQuery && pairs.length > 0 ? pairs : [...pairs, signs.at(-1)];
  });

  // A page that is read from a disk may fetch nothing, but it may load a script.
  const load = (url) => new Promise((done, fail) => {
    const script = document.createElement("script");
    [script.src, script.onload, script.onerror] = [url, done, fail];
    document.head.append(script);
  });
  let ready = null;
  const prepare = () => (ready ??= Promise.all([load(library), load(texts)]).then(() => {
    const { pages, sections } = globalThis.nbrunTexts;
    const documents = sections.map(([page, id, title, text], n) => ({ n, page, id, title, text, of: pages[page][1] }));
    const index = new MiniSearch({
      idField: "n", fields: ["title", "of", "text"], tokenize: (text) => tokens(text, false),
      searchOptions: {
        tokenize: (text) => tokens(text, true), combineWith: "AND", prefix: true, boost: { title: 3, of: 2 },
        fuzzy: (term) => (/^[\x00-\x7f]{5,}$/.test(term) ? 0.2 : false),
      },
    });
    index.addAll(documents);
    return { pages, documents, index };
  }));

  const make = (name, text, parent) => {
    const element = document.createElement(name);
    element.append(text);
    parent?.append(element);
    return element;
  };
  // The text around the first of the terms, with all of them marked.
  const excerpt = (text, terms) => {
    const signs = terms.map((term) => term.replace(/[.*+?^${}()|[\]\\\/-]/g, "\\$&"));
    const pattern = new RegExp(signs.sort((a, b) => b.length - a.length).join("|"), "giu");
    const first = Math.max(0, text.search(pattern));
    const from = first < 50 ? 0 : text.indexOf(" ", first - 50) + 1 || first - 40;
    const end = text.indexOf(" ", first + 110);
    const to = end < 0 || end > first + 130 ? first + 130 : end;
    const part = text.slice(Math.min(from, first), to);
    const span = make("span", from > 0 ? "… " : "");
    let at = 0;
    for (const found of part.matchAll(pattern)) {
      span.append(part.slice(at, found.index));
      make("mark", found[0], span);
      at = found.index + found[0].length;
    }
    span.append(part.slice(at), to < text.length ? " …" : "");
    return span;
  };

  let chosen = -1;
  const options = () => [...list.querySelectorAll("a")];
  const choose = (n) => {
    const all = options();
    chosen = all.length ? (n + all.length) % all.length : -1;
    all.forEach((option, at) => option.setAttribute("aria-selected", at === chosen));
    if (chosen < 0) input.removeAttribute("aria-activedescendant");
    else { input.setAttribute("aria-activedescendant", all[chosen].id); all[chosen].scrollIntoView({ block: "nearest" }); }
  };
  const open = (is) => { list.hidden = !is; input.setAttribute("aria-expanded", is && options().length > 0); };
  const say = (text) => { status.textContent = text; if (text) make("p", text, list).ariaHidden = "true"; };
  const search = async () => {
    const asked = input.value.trim();
    if (!asked) { list.replaceChildren(); status.textContent = ""; open(false); return; }
    let all;
    try { all = await prepare(); } catch { list.replaceChildren(); say(lost); open(true); return; }
    if (asked !== input.value.trim()) return;
    const found = all.index.search(asked).slice(0, MOST);
    list.replaceChildren(...found.map(({ id, terms }, n) => {
      const { page, id: anchor, title, text, of } = all.documents[id];
      const option = document.createElement("a");
      option.href = root + all.pages[page][0] + (anchor ? `#${encodeURIComponent(anchor)}` : "");
      option.id = `site_result_${n + 1}`;
      option.lang = all.pages[page][2];
      option.setAttribute("role", "option");
      option.tabIndex = -1;
      make("b", title || of, option);
      if (title && title !== of) make("small", of, option);
      option.append(excerpt(text, terms));
      return option;
    }));
    say(found.length ? "" : none.replace("{}", () => asked));
    open(true);
    choose(found.length ? 0 : -1);
  };
  input.addEventListener("focus", () => { prepare().catch(() => { ready = null; }); if (options().length) open(true); });
  input.addEventListener("input", search);
  input.addEventListener("keydown", (press) => {
    if (press.isComposing) return;
    const done = {
      ArrowDown: () => choose(chosen + 1),
      ArrowUp: () => choose(chosen - 1),
      Enter: () => { const option = options()[chosen]; if (option) { open(false); option.click(); } },
      Escape: () => { input.value = ""; search(); input.blur(); },
    }[press.key];
    if (!done) return;
    press.preventDefault();
    done();
  });
  addEventListener("pointerdown", (down) => { if (!box.contains(down.target)) open(false); });
  list.addEventListener("click", () => open(false));
  addEventListener("keydown", (press) => {
    const writes = press.target.closest?.("input, textarea, select, [contenteditable]");
    if (press.key !== "/" || press.ctrlKey || press.metaKey || press.altKey || writes) return;
    press.preventDefault();
    input.focus();
  });
  box.hidden = false;
})();
