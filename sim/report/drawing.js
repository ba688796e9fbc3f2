// Functions that draw an execution, for both pages of racelab: `show --html` and the live lab. The
// lab imports this file as a module; the build inlines it into the page of `show --html`, without
// the word `export`. Names and values are untrusted: they become text, never markup.

export function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content.filter((part) => part !== null && part !== undefined));
  return made;
}

export function svg(tag, attributes, ...content) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content);
  return made;
}

/** The result of an event, as in "failed = 5". */
export function resultWords({failed, value}) {
  return [failed ? "failed" : "", value === null || value === undefined ? "" : `= ${value}`]
      .filter(Boolean)
      .join(" ");
}

/** Where arrows meet an event: the centre of its dot, and the left and right ends of its text. */
export function placeOf(dot, text, origin) {
  const box = dot.getBoundingClientRect();
  // One rectangle for each line of text, or for each element of a line.
  const parts = [...text.getClientRects()];
  const firstLine = parts.filter(({top}) => top < parts[0].bottom - parts[0].height / 2);
  return {
    x: box.left + box.width / 2 - origin.left,
    y: box.top + box.height / 2 - origin.top,
    left: box.left - origin.left - 3,
    right: Math.max(...firstLine.map(({right}) => right)) - origin.left + 5,
  };
}

/** An arrow from one place to another; `kind` is a class, such as "necessary", or empty. */
export function arrowBetween(from, to, kind) {
  const way = from.x < to.x ? 1 : -1;
  const [x1, x2] = way > 0 ? [from.right, to.left - 1] : [from.left, to.right];
  const bend = way * Math.max(18, Math.abs(x2 - x1) / 2);
  const end = x2 - way * 5;
  const line = `M${x1} ${from.y}C${x1 + bend} ${from.y} ${end - bend} ${to.y} ${end} ${to.y}`;
  return svg(
      "g", {class: `edge ${kind}`}, svg("path", {class: "line", d: line}),
      svg("path", {class: "tip", d: `M${x2} ${to.y}l${- way * 7} -3.5v7z`}));
}

/** The vertical line through the dots of a task. */
export function lifeline(x, height) {
  return svg("line", {class: "life", x1: x, x2: x, y1: 0, y2: height});
}
