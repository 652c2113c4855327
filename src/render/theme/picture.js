// The pictures: an event is told on hover and focus, and found by the line that it printed; the axis can be zoomed.
(() => {
  const words = JSON.parse(document.body.dataset.words);
  const tip = document.createElement("div");
  tip.className = "told";
  tip.hidden = true;
  tip.setAttribute("role", "status");
  // The style of a page of another program stays within this class.
  const place = document.createElement("div");
  place.className = "nbrun";
  place.append(tip);
  document.body.append(place);
  const hide = () => { tip.hidden = true; };
  const tell = (event) => {
    tip.textContent = event.dataset.told;
    tip.hidden = false;
    const at = event.getBoundingClientRect();
    const left = Math.min(Math.max(4, at.left + at.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 4);
    const above = at.top - tip.offsetHeight - 6;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 4 ? above : at.bottom + 6}px`;
  };
  // What a key has brought into sight stays told; what the mouse was on is no longer under it.
  const follow = () => {
    const at = document.activeElement;
    if (at?.dataset.told && !tip.hidden) tell(at); else hide();
  };
  addEventListener("scroll", follow, { passive: true, capture: true });

  // What an event was stands in its title, which a browser shows by itself; from here on the page does.
  const prepare = (svg) => {
    if (svg.prepared) return svg.prepared;
    const events = [...svg.querySelectorAll("g.e")];
    // The drawing for a small window has the same events in the same order as that for a wide page, or tells them itself.
    const other = svg.classList.contains("small") ? svg.parentElement.querySelector(":scope > svg.lanes:not(.small)") : null;
    const wide = other ? prepare(other) : [];
    for (const [number, event] of events.entries()) {
      const title = event.querySelector("title");
      event.dataset.told = title?.textContent ?? wide[number]?.dataset.told ?? "";
      title?.remove();
      event.setAttribute("role", "img");
      event.setAttribute("aria-label", event.dataset.told);
      event.setAttribute("tabindex", "-1");
    }
    if (events.length > 0) svg.setAttribute("role", "group");
    svg.prepared = events;
    return events;
  };
  // The other part of an event that printed: its line, or the mark of the line.
  const counterpart = (element) => {
    const run = element.closest(".run, .out");
    const found = run?.querySelectorAll(`[data-p="${element.dataset.p}"]`) ?? [];
    const others = [...found].filter((other) => (other instanceof SVGElement) !== (element instanceof SVGElement));
    // There is a drawing for a wide page and one for a small window.
    return others.find((other) => other.getClientRects().length > 0) ?? others[0];
  };
  const highlight = (element) => {
    for (const other of document.querySelectorAll(".found")) other.classList.remove("found");
    element?.classList.add("found");
  };
  const show = (event) => {
    tell(event);
    highlight(event.dataset.p === undefined ? event : counterpart(event));
  };

  // The line of code that an event names lights up; one that is out of sight is gone to, so that the way back is the browser's.
  let going;
  const light = (event) => {
    const line = event.dataset.told.match(/(?:line\s(\d+)|第\s(\d+)\s行)$/)?.slice(1).find(Boolean);
    const prefix = event.closest("section")?.id.replace(/cell-\d+$/, "");
    const code = line && document.getElementById(`${prefix}L${line}`);
    if (!code) return;
    for (const other of document.querySelectorAll(".lit")) other.classList.remove("lit");
    code.classList.add("lit");
    const at = code.getBoundingClientRect();
    if (at.height > 0 && at.top >= 0 && at.bottom <= innerHeight) return;
    clearTimeout(going);
    // A second click zooms, and stays here.
    going = setTimeout(() => { location.hash = code.id; }, 300);
  };

  // Ticks at round places of the part that is seen.
  const NS = "http://www.w3.org/2000/svg";
  const round = (length) => {
    const power = 10 ** Math.floor(Math.log10(Math.max(length, 1e-9)));
    return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= length);
  };
  const UNITS = [["s", 1e9], ["ms", 1e6], ["µs", 1e3], ["ns", 1]];
  const ticks = (svg, plot, view) => {
    const whole = Number(svg.dataset.ns ?? svg.dataset.steps);
    const parts = Math.min(Math.max(Math.floor(view.width / 76), 2), 6);
    const every = Math.max(svg.dataset.ns ? 0 : 1, round(whole / view.k / parts));
    const shift = svg.dataset.ns ? 0 : -0.5;
    const [unit, size] = UNITS.find(([, size]) => every * 5 >= size && (whole / view.k) >= 2 * size) ?? UNITS[3];
    for (const old of plot.querySelectorAll(":scope > .grid, :scope > .tick-label")) old.remove();
    const [y, low] = [16, Number(svg.getAttribute("viewBox").split(" ")[3]) - 30];
    const first = Math.ceil(view.from * whole / every) * every;
    for (let at = first; at <= (view.from + 1 / view.k) * whole; at += every) {
      const x = view.left + view.width * (at + shift) / whole;
      if (at + shift < 0) continue;
      const line = document.createElementNS(NS, "path");
      line.setAttribute("class", "grid");
      line.setAttribute("d", `M${x} ${y}V${low + 4}`);
      const text = document.createElementNS(NS, "text");
      text.setAttribute("class", "tick-label");
      text.setAttribute("x", x);
      text.setAttribute("y", low + 18);
      text.textContent = svg.dataset.ns ? (at === 0 ? "0" : `${Number((at / size).toPrecision(6))}\u00a0${unit}`) : `${at}`;
      plot.prepend(line, text);
    }
  };

  // Hatches and textures keep their shape while the axis is stretched: a picture that is zoomed has copies of its own.
  let copied = 0;
  const unstretch = (plot, k) => {
    const old = plot.querySelector(":scope > defs");
    if (k === 1) {
      for (const copy of old?.children ?? []) plot.style.removeProperty(`--${copy.of}`);
      old?.remove();
      return;
    }
    const defs = old ?? document.createElementNS(NS, "defs");
    if (!old) {
      copied += 1;
      for (const pattern of document.querySelectorAll("svg.defs pattern")) {
        // On the page of another program, a part of the page stands before the pattern's name.
        const of = pattern.id.split("-").pop();
        if (!plot.querySelector(`.${of}`) || plot.style.getPropertyValue(`--${of}`)) continue;
        const copy = pattern.cloneNode(true);
        copy.of = of;
        copy.turn = pattern.getAttribute("patternTransform") ?? "";
        copy.id = `${pattern.id}-${copied}`;
        plot.style.setProperty(`--${copy.of}`, `url(#${copy.id})`);
        defs.append(copy);
      }
      plot.prepend(defs);
    }
    for (const copy of defs.children) copy.setAttribute("patternTransform", `scale(${1 / k} 1) ${copy.turn}`);
  };

  const enhance = (root) => { for (const svg of root.querySelectorAll("svg.lanes")) {
    const box = svg.parentElement;
    svg.addEventListener("pointerover", (over) => {
      prepare(svg);
      const event = over.target.closest("g.e");
      if (event) show(event); else hide();
    });
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("click", (click) => {
      const event = click.target.closest("g.e");
      if (event && click.detail === 1) { prepare(svg); light(event); }
    });
    svg.addEventListener("dblclick", () => clearTimeout(going));
    svg.addEventListener("focusout", hide);
    svg.addEventListener("focusin", (focus) => { if (focus.target.dataset?.told) show(focus.target); });

    const plot = svg.querySelector(".plot");
    const view = { k: 1, from: 0 };
    const drawn = [...(plot?.querySelectorAll(":scope > .grid, :scope > .tick-label") ?? [])];
    if (plot) {
      plot.setAttribute("preserveAspectRatio", "none");
      view.left = Number(plot.getAttribute("x"));
      view.width = Number(plot.getAttribute("width"));
    }
    const draw = (k, from) => {
      if (!plot) return;
      view.k = Math.min(Math.max(k, 1), 4096);
      view.from = Math.min(Math.max(from, 0), 1 - 1 / view.k);
      const height = plot.getAttribute("height");
      plot.setAttribute("viewBox", `${view.left + view.width * view.from} 0 ${view.width / view.k} ${height}`);
      plot.style.setProperty("--k", view.k);
      plot.classList.toggle("zoomed", view.k > 1);
      unstretch(plot, view.k);
      ticks(svg, plot, view);
      if (view.k === 1) {
        for (const ours of plot.querySelectorAll(":scope > .grid, :scope > .tick-label")) ours.remove();
        plot.prepend(...drawn);
      }
      hide();
    };
    // Nearer or farther, while the place at this part of the picture stays where it is.
    const zoom = (factor, part = 0.5) => draw(view.k * factor, view.from + part / view.k - part / (view.k * factor));
    const move = (part) => draw(view.k, view.from + part / view.k);

    // From event to event: left and right in time, up and down between lanes.
    const step = (key) => {
      const events = prepare(svg);
      const places = new Map(events.map((event) => [event, event.getBoundingClientRect()]));
      const middle = (event) => { const at = places.get(event); return [at.left + at.width / 2, at.top + at.height / 2]; };
      const now = document.activeElement;
      const rows = (event) => Math.round(middle(event)[1] / 8);
      let next;
      if (!places.has(now)) {
        next = events.reduce((best, event) => (!best || middle(event)[0] < middle(best)[0] ? event : best), undefined);
      } else if (key === "ArrowLeft" || key === "ArrowRight") {
        const row = events.filter((event) => rows(event) === rows(now)).sort((a, b) => middle(a)[0] - middle(b)[0]);
        next = row[row.indexOf(now) + (key === "ArrowRight" ? 1 : -1)];
      } else {
        const sign = key === "ArrowDown" ? 1 : -1;
        const [x, y] = middle(now);
        const others = events.filter((event) => sign * (middle(event)[1] - y) > 4);
        const far = (event) => Math.abs(middle(event)[1] - y) * 20 + Math.abs(middle(event)[0] - x);
        next = others.reduce((best, event) => (!best || far(event) < far(best) ? event : best), undefined);
      }
      next?.focus();
      return events.length > 0;
    };
    box.addEventListener("keydown", (press) => {
      if (press.ctrlKey || press.metaKey || press.altKey) return;
      const seen = [...box.querySelectorAll(":scope > svg.lanes")].filter((other) => other.getClientRects().length > 0);
      if (svg !== (seen.find((other) => other.contains(document.activeElement)) ?? seen[0])) return;
      const done = {
        "+": () => zoom(2), "=": () => zoom(2), "-": () => zoom(0.5), 0: () => draw(1, 0),
        Escape: () => { hide(); highlight(); box.focus(); },
      }[press.key];
      if (done) done();
      else if (press.key === "Enter" && press.target.dataset?.told) light(press.target);
      else if (press.shiftKey && press.key === "ArrowLeft") move(-0.25);
      else if (press.shiftKey && press.key === "ArrowRight") move(0.25);
      else if (!press.key.startsWith("Arrow") || !step(press.key)) return;
      press.preventDefault();
    });

    if (!plot) continue;
    const part = (pointer) => {
      const at = svg.getBoundingClientRect();
      const x = (pointer.clientX - at.left) / at.width * svg.viewBox.baseVal.width;
      return Math.min(Math.max((x - view.left) / view.width, 0), 1);
    };
    svg.addEventListener("wheel", (wheel) => {
      if (!wheel.ctrlKey) return;
      wheel.preventDefault();
      zoom(wheel.deltaY < 0 ? 1.25 : 0.8, part(wheel));
    }, { passive: false });
    svg.addEventListener("dblclick", (click) => zoom(click.shiftKey ? 0.5 : 2, part(click)));
    let drag = null;
    svg.addEventListener("pointerdown", (down) => { if (view.k > 1) drag = { at: part(down), from: view.from }; });
    addEventListener("pointerup", () => { drag = null; });
    svg.addEventListener("pointermove", (over) => {
      if (drag) draw(view.k, drag.from + (drag.at - part(over)) / view.k);
    });
    if (svg.classList.contains("small")) continue;
    const tools = document.createElement("div");
    tools.className = "zoom";
    const tool = (text, label, act) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.title = button.ariaLabel = label;
      button.addEventListener("click", act);
      tools.append(button);
    };
    tool("+", words.zoomIn, () => zoom(2));
    tool("−", words.zoomOut, () => zoom(0.5));
    tool("1:1", words.whole, () => draw(1, 0));
    box.before(tools);
  } };

  // What the marks mean stands once for the page, behind a sign at each picture. On paper each is told where it comes first.
  const legend = document.createElement("div");
  legend.className = "legend all-marks";
  legend.popover = "auto";
  place.append(legend);
  const known = new Set();
  const gather = (root) => { for (const own of root.querySelectorAll("figcaption > .legend")) {
    for (const entry of own.children) {
      if (!known.has(entry.textContent)) legend.append(entry.cloneNode(true));
      known.add(entry.textContent);
    }
    own.classList.add("gathered");
    const sign = document.createElement("button");
    sign.type = "button";
    sign.className = "sign-of-legend";
    sign.textContent = "?";
    sign.title = sign.ariaLabel = words.legend;
    sign.popoverTargetElement = legend;
    own.before(" ", sign);
  } };
  // What came first may have left a page that is served, with what it explained.
  const explain = () => {
    const told = new Set();
    for (const entry of document.querySelectorAll("figcaption > .legend > span")) {
      entry.classList.toggle("again", told.has(entry.textContent));
      told.add(entry.textContent);
    }
  };

  // A line that was printed leads to its mark.
  const connect = (root) => { for (const line of root.querySelectorAll(".printed [data-p]")) {
    const mark = counterpart(line);
    if (!mark) continue;
    line.classList.add("points");
    line.addEventListener("click", () => {
      if (getSelection()?.isCollapsed === false) return;
      prepare(mark.closest("svg.lanes"));
      mark.closest("details").open = true;
      mark.scrollIntoView({ block: "nearest", inline: "center" });
      mark.focus({ preventScroll: true });
      highlight(mark);
    });
  } };
  const begin = (root) => { enhance(root); connect(root); gather(root); explain(); };
  begin(document);
  addEventListener("nbrun:added", (added) => begin(added.detail));
})();
