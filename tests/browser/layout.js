// What the browser tests measure on a page: from the layout, not from pixels, so that a machine's fonts do not matter.
// Each function returns a list of what is wrong, as text.
window.nbrun = (() => {
  const describe = (node) => {
    const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    const path = [];
    for (let at = element; at && at !== document.body && path.length < 4; at = at.parentElement) {
      const name = at.getAttribute("class");
      path.unshift(at.tagName.toLowerCase() + (at.id ? `#${at.id}` : "") + (name ? `.${name.trim().replace(/\s+/g, ".")}` : ""));
    }
    return `${path.join(" > ")} “${(node.textContent ?? "").trim().slice(0, 40)}”`;
  };
  const isSeen = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true }) &&
    !element.closest(".sr, .skip, title, desc, defs, script, style, option");

  // The part of a box that the boxes around it let through, as [left, top, right, bottom].
  const clipped = (box, element) => {
    let [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
    for (let at = element; at && at !== document.documentElement; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (at instanceof SVGElement ? at.tagName !== "svg" : style.overflowX === "visible") continue;
      const outer = at.getBoundingClientRect();
      [left, top] = [Math.max(left, outer.left), Math.max(top, outer.top)];
      [right, bottom] = [Math.min(right, outer.right), Math.min(bottom, outer.bottom)];
    }
    return right - left > 1 && bottom - top > 1 ? [left, top, right, bottom] : null;
  };

  const texts = function* () {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.data.trim() && isSeen(node.parentElement)) yield node;
    }
  };

  // Nothing is wider than the window, and no label of a picture leaves it.
  const overflowing = () => {
    const wrong = [];
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width) wrong.push(`the page scrolls sideways: ${document.documentElement.scrollWidth} > ${width}`);
    for (const element of document.body.querySelectorAll("*")) {
      if (!isSeen(element) || element.closest("svg svg, svg *")) continue;
      const box = element.getBoundingClientRect();
      if (box.width === 0 || box.height === 0) continue;
      const part = clipped(box, element.parentElement);
      if (part && (part[2] > width + 1 || part[0] < -1)) wrong.push(`${Math.round(part[0])}…${Math.round(part[2])} of ${width}: ${describe(element)}`);
      const style = getComputedStyle(element);
      if (style.overflowX === "hidden" && style.textOverflow !== "ellipsis" && element.scrollWidth > element.clientWidth + 1) wrong.push(`cut off: ${describe(element)}`);
      // A box that scrolls must be within reach of the keyboard.
      const scrolls = ["auto", "scroll"].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1;
      if (scrolls && element.tabIndex < 0 && !element.querySelector("[tabindex='0'], a[href], button")) wrong.push(`out of the keyboard's reach: ${describe(element)}`);
    }
    for (const label of document.querySelectorAll("svg text")) {
      if (!isSeen(label)) continue;
      const [inner, outer] = [label.getBoundingClientRect(), label.ownerSVGElement.getBoundingClientRect()];
      if (inner.left < outer.left - 1 || inner.right > outer.right + 1 || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1) {
        wrong.push(`leaves its picture: ${describe(label)}`);
      }
    }
    return wrong;
  };

  // No text stands on another.
  const overlapping = () => {
    const boxes = [];
    for (const node of texts()) {
      const range = document.createRange();
      range.selectNodeContents(node);
      const float = node.parentElement.closest("button, .side, .skip");
      for (const rect of range.getClientRects()) {
        // Of a line only the middle: lines may be set so close that their ascenders touch.
        const [dx, dy] = [Math.min(1, rect.width / 4), rect.height * 0.28];
        const part = clipped({ left: rect.left + dx, right: rect.right - dx, top: rect.top + dy, bottom: rect.bottom - dy }, node.parentElement);
        if (part && rect.width > 0.5) boxes.push({ part, node, float });
      }
    }
    boxes.sort((a, b) => a.part[1] - b.part[1]);
    const wrong = [];
    for (let i = 0; i < boxes.length; i++) {
      const [left, , right, bottom] = boxes[i].part;
      for (let j = i + 1; j < boxes.length && boxes[j].part[1] < bottom - 0.5; j++) {
        const other = boxes[j].part;
        if (boxes[i].node !== boxes[j].node && other[0] < right - 0.5 && other[2] > left + 0.5) {
          wrong.push(`${describe(boxes[i].node)} and ${describe(boxes[j].node)}`);
        }
      }
    }
    return wrong;
  };

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map();
  // Any colour of CSS as [red, green, blue, alpha], each from 0 to 1.
  const colour = (css) => {
    if (!known.has(css)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = css;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      known.set(css, [r / 255, g / 255, b / 255, a / 255]);
    }
    return known.get(css);
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const luminance = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => sum + weight * (c[i] <= 0.04045 ? c[i] / 12.92 : ((c[i] + 0.055) / 1.055) ** 2.4), 0);
  const ratio = (a, b) => (Math.max(luminance(a), luminance(b)) + 0.05) / (Math.min(luminance(a), luminance(b)) + 0.05);
  const opacity = (element, stop) => {
    let product = 1;
    for (let at = element; at && at !== stop; at = at.parentElement) product *= Number(getComputedStyle(at).opacity);
    return product;
  };
  // What an element paints below others, as a colour.
  const paint = (element) => {
    const style = getComputedStyle(element);
    const isShape = element instanceof SVGElement && element.tagName !== "svg";
    const css = isShape ? style.fill : style.backgroundColor;
    if (css === "none" || css.startsWith("url") || element.tagName === "text" || element.tagName === "tspan") return null;
    const painted = [...colour(css)];
    painted[3] *= opacity(element) * (isShape ? Number(style.fillOpacity) : 1);
    return painted[3] > 0 ? painted : null;
  };

  // Every text stands out from what is below it, by the ratio of WCAG's level AA. The window must hold the whole page.
  const faint = () => {
    const wrong = new Map();
    const paper = over(colour(getComputedStyle(document.body).backgroundColor), [1, 1, 1, 1]);
    for (const node of texts()) {
      const element = node.parentElement;
      const range = document.createRange();
      range.selectNodeContents(node);
      const rect = [...range.getClientRects()].find((rect) => rect.width > 1);
      const part = rect && clipped(rect, element);
      if (!part || element.closest("[disabled], [aria-disabled]")) continue;
      const style = getComputedStyle(element);
      const isLabel = element instanceof SVGElement;
      const below = document.elementsFromPoint((part[0] + part[2]) / 2, (part[1] + part[3]) / 2).reverse();
      let ground = below.filter((at) => at !== element || !isLabel).map(paint).filter(Boolean).reduce((under, top) => over(top, under), paper);
      // A halo around the letters of a label is its ground.
      if (isLabel && style.stroke !== "none" && parseFloat(style.strokeWidth) >= 3) ground = over(colour(style.stroke), ground);
      const ink = [...colour(isLabel ? style.fill : style.color)];
      ink[3] *= opacity(element) * (isLabel ? Number(style.fillOpacity) : 1);
      const size = parseFloat(style.fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      const found = ratio(over(ink, ground), ground);
      if (found < (isLarge ? 3 : 4.5) - 0.01) wrong.set(`${found.toFixed(2)}: ${describe(node)}`, true);
    }
    return [...wrong.keys()];
  };

  return { overflowing, overlapping, faint };
})();
