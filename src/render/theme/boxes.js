// Boxes that scroll: the keyboard stops only at what overflows, and a long output can be shown as a whole. Heads of cells leave room
// for their tools.
(() => {
  const words = JSON.parse(document.body.dataset.words);
  // On the page of another program, only what stands in cells is ours.
  const ours = document.querySelector(".nbrun") ? ".nbrun " : "";
  const overflows = (box) => box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
  // The events of a picture are reached from its box.
  const reach = (box) => {
    if (overflows(box) || box.querySelector("g.e")) box.tabIndex = 0;
    else if (document.activeElement !== box) box.removeAttribute("tabindex");
  };
  const sizes = new ResizeObserver((changes) => { for (const { target } of changes) reach(target); });
  // The other scripts add tools. All widths are read before any is set, so that the page is laid out once.
  const makeRoom = () => {
    const widths = [...document.querySelectorAll(".cell > .tools")].map((tools) => [tools, tools.offsetWidth]);
    for (const [tools, width] of widths) tools.parentElement.style.setProperty("--tools", `${width}px`);
  };
  const begin = (root) => {
    queueMicrotask(makeRoom);
    for (const box of root.querySelectorAll(`${ours}[tabindex='0']:not(svg *)`)) sizes.observe(box);
    for (const list of root.querySelectorAll(".printed.long")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "show-all";
      button.lang = words.lang;
      const label = () => {
        const isWhole = list.classList.contains("whole");
        button.textContent = isWhole ? words.showLess : words.showAll.replace("{}", list.dataset.lines);
        button.ariaExpanded = isWhole;
      };
      button.addEventListener("click", () => {
        list.classList.toggle("whole");
        label();
        list.scrollIntoView({ block: "nearest" });
      });
      label();
      list.after(button);
    }
  };
  begin(document);
  addEventListener("nbrun:added", (added) => begin(added.detail));
})();
