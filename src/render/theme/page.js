// The theme: as the system says, until the reader chooses. The choice holds for this page, where storage is allowed.
(() => {
  const words = JSON.parse(document.body.dataset.words);
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const read = () => { try { return localStorage.getItem("nbrun-theme"); } catch { return null; } };
  const write = (theme) => { try { localStorage.setItem("nbrun-theme", theme); } catch { /* not allowed: forgotten */ } };
  const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const label = () => { button.textContent = isDark() ? `☀ ${words.light}` : `☾ ${words.dark}`; };
  const follow = () => {
    const chosen = read();
    if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
    label();
  };
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    write(root.dataset.theme);
    label();
  });
  system.addEventListener("change", label);
  // The choice may be made on another page, and be told to this one a moment after this one has asked.
  addEventListener("storage", follow);
  addEventListener("pageshow", follow);
  follow();
  button.hidden = false;

  // The entry of the section that is being read is marked in the contents at the side.
  const side = document.querySelector(".side");
  const links = new Map();
  let headings = [];
  const find = () => {
    links.clear();
    for (const link of document.querySelectorAll(".side a")) links.set(decodeURIComponent(link.hash.slice(1)), link);
    headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  };
  find();
  let current = null;
  let waiting = false;
  const mark = () => {
    waiting = false;
    const above = headings.filter((heading) => heading.getBoundingClientRect().top < 120).pop();
    const link = above && links.get(above.id);
    if (link === current) return;
    current?.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "true");
    current = link;
    if (!link) return;
    const [entry, list] = [link.getBoundingClientRect(), side.getBoundingClientRect()];
    if (entry.top < list.top + 40 || entry.bottom > list.bottom - 40) side.scrollTop += entry.top - list.top - list.height / 3;
  };
  addEventListener("scroll", () => { if (!waiting) { waiting = true; requestAnimationFrame(mark); } }, { passive: true });
  mark();

  // Code can be copied; lines that are folded belong to it.
  const copies = (root) => { for (const place of root.querySelectorAll(".shown, .tools")) {
    const codes = (place.matches(".shown") ? place : place.parentElement.querySelector(".source")).querySelectorAll("code");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.lang = words.lang;
    button.textContent = words.copy;
    button.addEventListener("click", async () => {
      const text = [...codes].map((code) => code.textContent).join("\n");
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = words.copied;
      } catch {
        getSelection().selectAllChildren(codes[0]);
      }
      setTimeout(() => { button.textContent = words.copy; }, 1500);
    });
    place.prepend(button);
  } };
  copies(document);
  // What is folded must be found: a link into it opens it.
  const unfold = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    for (let at = id && document.getElementById(id); at; at = at.parentElement) if (at.matches("details")) at.open = true;
  };
  addEventListener("hashchange", unfold);
  unfold();
  // A page that is served changes while it is read.
  addEventListener("nbrun:added", (added) => { copies(added.detail); find(); mark(); });
})();
