// A timeline of tasks: one column for each task, one row for each event, time runs downwards.

import {arrowBetween, element, lifeline, placeOf, resultWords, svg} from "./drawing.js";

/**
 * A column is {id, title, description, state, stateClass}. A row is {id, column, number, kind, dot,
 * operation, object, text, value, failed, marks, preemption, fails, verdict, wait, until}: `wait` is
 * "now" or "was", and `until` is the id of the row that ended the wait. An edge, drawn as an arrow
 * between two rows, is {from, to, kind}.
 */
export class Timeline {
  /** If `steady`, the widths of the columns do not depend on their contents. */
  constructor({label, steady = false, numbers = ""}) {
    this.steady = steady;
    this.rows = [];
    this.columns = [];
    this.edges = [];
    this.rowParts = new Map();
    this.columnParts = new Map();
    this.head = element("div", "tasks", element("span", "number", numbers));
    this.canvas = svg("svg", {class: "arrows", "aria-hidden": "true"});
    this.list = element("ol", "rows");
    this.list.setAttribute("aria-label", label);
    this.body = element("div", "body", this.canvas, this.list);
    this.table = element("div", "timeline", this.head, this.body);
    this.root = element("div", "scroller", this.table);
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", label);
    new ResizeObserver(() => this.drawArrows()).observe(this.body);
  }

  draw({columns, rows, edges = []}) {
    this.columns = columns;
    this.rows = rows;
    this.edges = edges;
    this.table.style.setProperty("--columns", this.tracks());
    this.table.classList.toggle("few", columns.length < 3);
    this.sync(this.head, this.columnParts, columns, columnPart, 1);
    this.titles = new Map(columns.map(({id, title}) => [id, title]));
    this.sync(this.list, this.rowParts, rows, (row) => rowPart(row, this.titles.get(row.column)));
    const places = new Map(columns.map(({id}, index) => [id, index + 2]));
    for (const row of rows) {
      const {cell, verdict} = this.rowParts.get(row.id);
      const place = places.get(row.column);
      if (cell) cell.style.setProperty("grid-column", place);
      if (verdict && this.steady) verdict.style.setProperty("grid-column", `${place} / -1`);
    }
    this.drawArrows();
  }

  /** Creates new items, replaces changed items, removes missing items, and keeps the others. */
  sync(parent, parts, items, make, skip = 0) {
    const kept = new Set(items.map(({id}) => id));
    for (const [id, {root}] of parts) {
      if (kept.has(id)) continue;
      root.remove();
      parts.delete(id);
    }
    items.forEach((item, index) => {
      const signature = JSON.stringify(item);
      const old = parts.get(item.id);
      if (old?.signature !== signature) {
        parts.set(item.id, {...make(item), signature});
        old?.root.replaceWith(parts.get(item.id).root);
      }
      const {root} = parts.get(item.id);
      const there = parent.children[index + skip];
      if (there !== root) parent.insertBefore(root, there ?? null);
    });
  }

  tracks() {
    if (this.steady)
      return `repeat(${this.columns.length}, minmax(calc(var(--min-column) + 3ch), 40ch))`;
    return this.columns
        .map(({id, description}) => {
          const texts = this.rows.filter((row) => row.column === id).map(wordsOf);
          const least = Math.min(34, Math.max(14, description?.length ?? 0));
          const width = Math.min(44, Math.max(least, ...texts.map(({length}) => length)));
          // The dot and the space around it are about 3.6 characters wide.
          return `minmax(calc(min(var(--min-column), ${width}ch) + 3ch), ${width + 5}ch)`;
        })
        .join(" ");
  }

  /** Scrolls to the last row. */
  follow() {
    const {root} = this;
    root.scrollTop = root.scrollHeight;
    root.scrollLeft = root.scrollWidth;
  }

  isAtEnd() {
    const {scrollTop, scrollHeight, clientHeight} = this.root;
    return scrollTop + clientHeight > scrollHeight - 40;
  }

  // The lines and arrows between the rows.

  drawArrows() {
    const origin = this.canvas.getBoundingClientRect();
    if (origin.width === 0) return;
    const places = new Map();
    for (const row of this.rows) {
      const {dot, text} = this.rowParts.get(row.id);
      if (dot) places.set(row.id, placeOf(dot, text, origin));
    }
    this.canvas.replaceChildren(
        ...this.lifelines(places, origin.height), ...this.waits(places, origin.height),
        ...this.edges.filter(({from, to}) => places.has(from) && places.has(to))
            .map(({from, to, kind}) => arrowBetween(places.get(from), places.get(to), kind ?? "")));
  }

  lifelines(places, height) {
    return this.columns.flatMap(({id}) => {
      const own = this.rows.filter((row) => row.column === id && places.has(row.id));
      if (own.length === 0) return [];
      return [lifeline(places.get(own[0].id).x, height)];
    });
  }

  waits(places, height) {
    return this.rows.filter((row) => row.wait && places.has(row.id)).map((row) => {
      const {x, y} = places.get(row.id);
      const y2 = places.get(row.until)?.y ?? (row.wait === "now" ? height : y);
      return svg("line", {class: `wait ${row.wait}`, x1: x, x2: x, y1: y, y2});
    });
  }
}


function wordsOf(row) {
  const marks = (row.marks ?? []).map(({text}) => text);
  return [row.operation, row.object, row.text, resultWords(row), ...marks].filter(Boolean).join(
      " ");
}

function columnPart({title, description, state, stateClass}) {
  const root = element("div", "task", element("strong", "", title));
  if (description) root.append(element("span", "", description));
  if (state) root.append(element("span", `state ${stateClass ?? ""}`, state));
  return {root};
}

function rowPart(row, title) {
  const root = element("li", `row ${row.kind}${row.fails ? " fails" : ""}`);
  if (row.kind === "note") {
    root.append(element("span", "note", row.text));
    return {root};
  }
  if (row.wait) root.classList.add(`wait-${row.wait}`);
  if (row.preemption) {
    root.append(element("span", "preemption", element("span", "", row.preemption)));
  }
  const dot = element("i", `dot ${row.dot}`);
  const text = rowText(row);
  const whose = element("span", "unseen", `${title}: `);
  const cell = element("span", "cell", dot, element("span", "words", whose, text));
  root.append(element("span", "number", row.number ?? ""), cell);
  const verdict = row.verdict ? verdictPart(row.verdict) : null;
  if (verdict) root.append(verdict);
  return {root, cell, dot, text, verdict};
}

function rowText(row) {
  const text = element("span", "text", element("span", "operation", row.operation));
  if (row.object) text.append(" ", element("span", "object", row.object));
  if (row.text) text.append(" ", row.text);
  if (row.failed) text.append(" ", element("span", "missed", "failed"));
  if (row.value !== null && row.value !== undefined) {
    text.append(" ", element("span", "value", `= ${row.value}`));
  }
  for (const mark of row.marks ?? []) text.append(" ", element("span", "order", mark.text));
  return text;
}

function verdictPart({title, text}) {
  return element("span", "verdict", element("strong", "", title), text ? ` ${text}` : "");
}
