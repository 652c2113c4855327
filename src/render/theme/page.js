// The theme: as the system says, until the reader chooses. The choice holds for this page, where storage is allowed.
(() => {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const read = () => { try { return localStorage.getItem("nbrun-theme"); } catch { return null; } };
  const write = (theme) => { try { localStorage.setItem("nbrun-theme", theme); } catch { /* not allowed: forgotten */ } };
  const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const label = () => { button.textContent = isDark() ? "☀ Light" : "☾ Dark"; };
  const chosen = read();
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    write(root.dataset.theme);
    label();
  });
  system.addEventListener("change", label);
  label();
  button.hidden = false;

  // The entry of the section that is being read is marked in the contents at the side.
  const links = new Map();
  for (const link of document.querySelectorAll(".side a")) links.set(decodeURIComponent(link.hash.slice(1)), link);
  const headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
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
  };
  addEventListener("scroll", () => { if (!waiting) { waiting = true; requestAnimationFrame(mark); } }, { passive: true });
  mark();
})();
