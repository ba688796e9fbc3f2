"use strict";

// Draws the execution in the element #execution, with the functions of sim/report/drawing.js, which
// follow this file in the page. Names and values are untrusted: they become text, never markup.

const shown = JSON.parse(document.getElementById("execution").textContent);

const LOCKS =
    new Set(["lock", "try_lock", "unlock", "lock_shared", "try_lock_shared", "unlock_shared"]);
const ATOMICS = new Set(["load", "store", "read_modify_write", "compare_exchange", "wait_value"]);
const ARRIVALS = new Set(["arrive", "await"]);
const ZOOMS = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.15, 1.3, 1.5, 1.75, 2];


const byId = (id) => document.getElementById(id);

/** Sets the text of the element and shows it; the element stays hidden if there is no text. */
function say(id, text) {
  byId(id).textContent = text ?? "";
  byId(id).hidden = !text;
}

// The state of the objects.

function objectKind(events) {
  if (events.some((event) => LOCKS.has(event.does))) return "lock";
  if (events.some((event) => ATOMICS.has(event.does) && event.value !== null)) return "value";
  if (events.some((event) => event.does === "notify" || event.does === "wait")) return "queue";
  if (events.some((event) => ARRIVALS.has(event.does))) return "arrivals";
  return "value";
}

/** The objects of an execution and their values after each step. */
class World {
  constructor(execution) {
    this.tasks = execution.tasks;
    this.objects = new Map();
    const steps = execution.events.filter((event) => event.kind === "step");
    for (const {object} of steps) {
      if (this.objects.has(object)) continue;
      const own = steps.filter((event) => event.object === object);
      // The object has the value that its first step reads from the beginning.
      const value = own[0].does === "load" ? own[0].value : null;
      this.objects.set(
          object, {kind: objectKind(own), value, holder: null, sharing: [], asleep: []});
    }
  }

  /** Returns the names of the objects of the event. */
  apply(event) {
    if (event.kind === "choice") return this.wakeChosen(event);
    if (event.kind !== "step") return [];
    for (const object of this.objects.values()) this.forget(object.asleep, event.task);
    const object = this.objects.get(event.object);
    if (object.kind === "lock") this.applyToLock(object, event);
    if (object.kind === "queue") return this.applyToQueue(object, event);
    if (object.kind !== "lock" && event.does !== "notify" && event.value !== null) {
      object.value = event.value;
    }
    return [event.object];
  }

  applyToLock(object, event) {
    if (event.failed) return;
    if (event.does === "lock" || event.does === "try_lock") object.holder = event.task;
    if (event.does === "unlock") object.holder = null;
    if (event.does === "lock_shared" || event.does === "try_lock_shared")
      object.sharing.push(event.task);
    if (event.does === "unlock_shared") this.forget(object.sharing, event.task);
  }

  applyToQueue(object, event) {
    if (event.does !== "notify") {
      object.asleep.push(event.task);
      const released = this.objects.get(event.releases);
      if (released) released.holder = null;
      return released ? [event.object, event.releases] : [event.object];
    }
    this.notified = event.object;
    // With several tasks asleep, the choice after this step shows which one is woken.
    if (event.operation === "notify_all" || object.asleep.length === 1) object.asleep = [];
    return [event.object];
  }

  wakeChosen(event) {
    const object = this.objects.get(this.notified);
    const task = this.tasks.findIndex((task) => event.text === `-> task ${task.name}`);
    if (!object || event.operation !== "notify" || !object.asleep.includes(task)) return [];
    this.forget(object.asleep, task);
    return [this.notified];
  }

  forget(tasks, task) {
    const at = tasks.indexOf(task);
    if (at >= 0) tasks.splice(at, 1);
  }

  names(tasks) { return tasks.map((task) => this.tasks[task].title).join(", "); }

  text(name) {
    const {kind, value, holder, sharing, asleep} = this.objects.get(name);
    if (kind === "lock" && holder !== null) return `held by ${this.tasks[holder].title}`;
    if (kind === "lock") return sharing.length ? `shared by ${this.names(sharing)}` : "free";
    if (kind === "queue") return asleep.length ? `asleep: ${this.names(asleep)}` : "no task asleep";
    if (kind === "arrivals" && value !== null) return `${value} to arrive`;
    return value ?? "—";
  }

  texts() { return new Map([...this.objects.keys()].map((name) => [name, this.text(name)])); }
}

// Words.

function stepWords(event) {
  if (event.kind === "waiting") return `${event.text}, ${event.remark}`;
  return [event.operation, event.object ?? event.text].filter(Boolean).join(" ");
}


/** The events followed by the operations still waiting; orders refer to indexes in this list. */
function rowsOf(execution) {
  const none = {kind: "waiting", value: null, failed: false, preemption: false, writes: false};
  return [...execution.events, ...execution.waiting.map((waiting) => ({...none, ...waiting}))];
}

function eventWords(execution, event) {
  return [execution.tasks[event.task].title, stepWords(event), resultWords(event)]
      .filter(Boolean)
      .join(" ");
}

function dotClass(event) {
  if (event.kind === "waiting") return event.remark === "too late" ? "mark" : "waits";
  if (event.kind !== "step") return "mark";
  return event.writes ? "write" : "read";
}

// The corresponding step in the other execution: for the nth step of a task with some operation and
// object, the nth step there of the same task with the same operation and object.

function stepKeys(execution) {
  const counts = new Map();
  return rowsOf(execution).map((event) => {
    // An operation that waits here can be made there.
    const kind = event.kind === "waiting" ? "step" : event.kind;
    const key =
        JSON.stringify([execution.tasks[event.task].name, kind, event.operation, event.object]);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return `${key}${count}`;
  });
}

/** The necessary orders in the passing execution; null for an order if a step of it is missing. */
function counterparts(orders, failing, passing) {
  const there = new Map(stepKeys(passing).map((key, index) => [key, index]));
  const keys = stepKeys(failing);
  return orders.map(({first, second, mark}) => {
    const [a, b] = [there.get(keys[first]), there.get(keys[second])];
    if (a === undefined || b === undefined) return null;
    return {first: Math.min(a, b), second: Math.max(a, b), reversed: b < a, mark};
  });
}

/** How far to scroll so that the range from `start` to `end` is between `low` and `high`. */
function distanceInto(start, end, low, high) {
  if (start < low) return start - low;
  // If the range is too large, its start must be visible.
  return Math.max(0, Math.min(end - high, start - low));
}

/** One execution, drawn, with its controls. */
class View {
  constructor(execution, title, necessary) {
    this.execution = execution;
    this.events = rowsOf(execution);
    this.necessary = necessary;
    this.zoomLevel = ZOOMS.indexOf(1);
    this.at = -1;
    this.root = byId("view-template").content.cloneNode(true).firstElementChild;
    this.find = (selector) => this.root.querySelector(selector);
    this.find("h2").textContent = title;
    this.find(".rows").setAttribute("aria-label", `${title}: its steps`);
    this.root.classList.toggle("failing", execution.outcome.failed);
    this.columns = execution.tasks.map((_, task) => task)
                       .filter((task) => this.events.some((event) => event.task === task));
    this.drawTasks();
    this.drawRows();
    this.drawState();
    this.listen();
  }

  get last() { return this.events.length - 1; }

  get failing() { return this.execution.outcome.event; }

  stepsUntil(index) {
    return this.events.slice(0, index + 1).filter((event) => event.kind === "step").length;
  }

  drawTasks() {
    const {tasks} = this.execution;
    const texts = this.events.map((event, index) => {
      const marks = this.marks(index).map(({text}) => text);
      return [stepWords(event), resultWords(event), ...marks].join(" ");
    });
    const widths = this.columns.map((task) => {
      const own = texts.filter((_, index) => this.events[index].task === task);
      return Math.min(48, Math.max(12, ...own.map((text) => text.length)));
    });
    // A dot with the space around it is as wide as 3.6 characters.
    const tracks = widths.map(
        (width) => `minmax(calc(min(var(--least), ${width}ch) + 3ch), ${width + 3.6}ch)`);
    const all = widths.reduce((sum, width) => sum + width + 3.6, 0);
    const {classList, style} = this.find(".timeline");
    classList.toggle("few", this.columns.length < 3);
    style.setProperty("--columns", tracks.join(" "));
    style.setProperty("--spare", `calc((100cqi - 2.9em - ${all}ch) / ${widths.length + 1})`);
    const head = this.find(".tasks");
    head.append(element("span", "number"));
    for (const task of this.columns) {
      const {title, description} = tasks[task];
      head.append(
          element("div", "task", element("strong", "", title), element("span", "", description)));
    }
  }

  drawRows() {
    const rows = this.find(".rows");
    this.rows = this.events.map((event, index) => this.row(event, index));
    rows.append(...this.rows);
    if (this.last < 0) rows.append(element("li", "empty", "No step was taken."));
    const {outcome} = this.execution;
    if (!outcome.failed) return;
    const {failing} = this;
    if (failing !== null) this.rows[failing].classList.add("fails");
    const verdict = element(
        "span", "verdict", element("strong", "", outcome.kind.replaceAll("-", " ")), " ",
        outcome.message.replaceAll("; task ", ";\ntask "));
    (this.rows[failing ?? this.last] ?? rows).append(verdict);
  }

  row(event, index) {
    const row = element("li", `row ${event.kind}`);
    row.id = `${this.execution.outcome.failed ? "f" : "p"}${index}`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-label", this.rowLabel(event));
    row.dataset.index = index;
    if (event.preemption) row.append(this.preemption(index));
    const words = element("span", "words", this.rowText(event, index));
    const cell = element("span", "cell", element("i", `dot ${dotClass(event)}`), words);
    cell.style.setProperty("grid-column", this.columns.indexOf(event.task) + 2);
    row.append(element("span", "number", event.kind === "step" ? String(event.step) : ""), cell);
    return row;
  }

  rowText(event, index) {
    const text = event.kind === "waiting" ?
        element("span", "text", element("span", "operation", event.text), `, ${event.remark}`) :
        element(
            "span", "text", element("span", "operation", event.operation), " ",
            element("span", "object", event.object ?? event.text));
    if (event.failed) text.append(" ", element("span", "missed", "failed"));
    if (event.value !== null) text.append(" ", element("span", "value", `= ${event.value}`));
    for (const mark of this.marks(index)) {
      text.append(" ", element("span", mark.reversed ? "order reversed" : "order", mark.text));
    }
    return text;
  }

  /** The marks of an event: "[a>]" if it is first in order a, "[>a]" if it is second. */
  marks(index) {
    return this.necessary.filter(Boolean).flatMap(({first, second, reversed, mark}) => [
      ...(first === index ? [{text: `[${mark}>]`, reversed}] : []),
      ...(second === index ? [{text: `[>${mark}]`, reversed}] : []),
    ]);
  }

  rowLabel(event) {
    const number = event.kind === "step" ? `step ${event.step}, ` : "";
    const how = event.kind === "step" ? (event.writes ? ", changes it" : ", reads it") : "";
    return `${number}${eventWords(this.execution, event)}${how}${
        event.preemption ? ", a preemption" : ""}`;
  }

  preemption(index) {
    const before = this.events[index - 1];
    const whom = before ? ` of ${this.execution.tasks[before.task].title}` : "";
    return element("span", "preemption", element("span", "", `preemption${whom}`));
  }

  drawState() {
    this.stateRows = new Map();
    for (const name of new World(this.execution).objects.keys()) {
      const row = element("tr", "", element("th", "", name), element("td", ""));
      row.firstChild.scope = "row";
      this.stateRows.set(name, row);
      this.find("tbody").append(row);
    }
    for (const line of this.execution.state) this.find(".end ul").append(element("li", "", line));
    this.find("input").max = Math.max(0, this.last);
    this.find("input").disabled = this.last < 1;
  }

  listen() {
    this.root.addEventListener("pointerdown", () => activate(this));
    this.root.addEventListener("focusin", () => activate(this));
    this.find(".rows").addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (row) this.select(Number(row.dataset.index));
    });
    this.find("input").addEventListener(
        "input", (event) => this.select(Number(event.target.value)));
    for (const button of this.root.querySelectorAll("[data-go]")) {
      button.addEventListener("click", () => this.go(button.dataset.go));
    }
    for (const button of this.root.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => this.zoom(Number(button.dataset.zoom)));
    }
    this.find(".scroller").addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 1 : -1);
    }, {passive: false});
    new ResizeObserver(() => this.drawArrows()).observe(this.find(".body"));
  }

  go(where) {
    const to = {first: 0, previous: this.at - 1, next: this.at + 1, last: this.last}[where];
    this.select(to);
  }

  /** Zooms: `by` is 1 for larger, -1 for smaller, 0 for the original size. */
  zoom(by) {
    const level = by === 0 ? ZOOMS.indexOf(1) : this.zoomLevel + by;
    this.zoomLevel = Math.min(ZOOMS.length - 1, Math.max(0, level));
    this.find(".timeline").style.setProperty("--zoom", ZOOMS[this.zoomLevel]);
    this.find(".zoom-level").textContent = `${Math.round(ZOOMS[this.zoomLevel] * 100)} %`;
    this.reveal();
  }

  select(index) {
    this.at = Math.min(this.last, Math.max(0, index));
    this.rows.forEach((row, i) => {
      row.classList.toggle("future", this.isLater(i));
      row.setAttribute("aria-selected", String(i === this.at));
    });
    if (this.at >= 0)
      this.find(".rows").setAttribute("aria-activedescendant", this.rows[this.at].id);
    this.find("input").value = this.at;
    this.showPosition();
    this.showState();
    this.markArrows();
    this.reveal();
  }

  /** Whether the row comes after the selected one. Waiting operations count as simultaneous. */
  isLater(index) {
    return index > this.at && this.at < this.execution.events.length - 1;
  }

  showPosition() {
    const event = this.events[this.at];
    const [done, all] = [this.stepsUntil(this.at), this.stepsUntil(this.last)];
    const text = `${event?.kind === "step" ? "step" : "after step"} ${done} of ${all}`;
    this.find("output").textContent = text;
    this.find("input").setAttribute("aria-valuetext", event ? this.rowLabel(event) : text);
    const ended = this.at >= this.last;
    this.find("[data-go=first]").disabled = this.find("[data-go=previous]").disabled = this.at <= 0;
    this.find("[data-go=last]").disabled = this.find("[data-go=next]").disabled = ended;
  }

  showState() {
    const world = new World(this.execution);
    let before = world.texts();
    let touched = [];
    for (const event of this.events.slice(0, this.at + 1)) {
      before = world.texts();
      touched = world.apply(event);
    }
    for (const [name, row] of this.stateRows) {
      const [was, is] = [before.get(name), world.text(name)];
      row.classList.toggle("touched", touched.includes(name));
      row.classList.toggle("changed", was !== is);
      row.lastChild.replaceChildren(
          ...(was === is || was === "—" ? [] : [element("del", "", was), " "]), is);
    }
    const event = this.events[this.at];
    this.find(".now").textContent = event ? eventWords(this.execution, event) : "";
    const ended = this.stepsUntil(this.at) === this.stepsUntil(this.last);
    this.find(".end").hidden = !ended || this.execution.state.length === 0;
  }

  /** Scrolls the timeline, not the page, to the selected step. */
  reveal() {
    const row = this.rows[this.at];
    if (!row) return;
    const scroller = this.find(".scroller");
    const frame = scroller.getBoundingClientRect();
    const box = row.getBoundingClientRect();
    const cell = row.querySelector(".cell").getBoundingClientRect();
    const top = frame.top + this.find(".tasks").offsetHeight + 8;
    const left = frame.left + row.querySelector(".number").offsetWidth;
    scroller.scrollTop += distanceInto(box.top, box.bottom, top, frame.bottom - 8);
    scroller.scrollLeft += distanceInto(cell.left, cell.right, left, frame.right - 2);
  }

  /** The orders to draw, the necessary ones last, so that they are on top. */
  edges() {
    const kept = this.necessary.map((order, index) => order && {...order, index}).filter(Boolean);
    const same = (a, b) => a.first === b.first && a.second === b.second;
    const others = this.execution.orders.filter((order) => !kept.some((k) => same(k, order)));
    return [...others, ...kept];
  }

  drawArrows() {
    const canvas = this.find(".arrows");
    const origin = canvas.getBoundingClientRect();
    const places = this.rows.map(
        (row) => placeOf(row.querySelector(".dot"), row.querySelector(".text"), origin));
    this.arrows = this.edges().map((edge) => ({edge, group: this.arrow(edge, places)}));
    canvas.replaceChildren(
        ...this.lifelines(places, origin.height), ...this.arrows.map((arrow) => arrow.group));
    this.markArrows();
  }

  lifelines(places, height) {
    return this.columns.map((task) => {
      const first = this.events.findIndex((event) => event.task === task);
      return lifeline(places[first].x, height);
    });
  }

  arrow({first, second, index, reversed}, places) {
    const kind = index === undefined ? "" : reversed ? "reversed" : "necessary";
    return arrowBetween(places[first], places[second], kind);
  }

  /** Highlights the arrows of the selected step and of the selected order. */
  markArrows() {
    for (const {edge, group} of this.arrows ?? []) {
      group.classList.toggle("near", edge.first === this.at || edge.second === this.at);
      group.classList.toggle("future", this.isLater(edge.second));
      group.classList.toggle("focus", edge.index !== undefined && edge.index === this.focused);
    }
  }

  /** Selects a necessary order by its index; null selects no order. */
  focus(index) {
    this.focused = index;
    const order = index === null ? null : this.necessary[index];
    this.rows.forEach((row, i) => {
      row.classList.toggle("focus", Boolean(order) && (i === order.first || i === order.second));
    });
    this.root.classList.toggle("focusing", Boolean(order));
    if (order) this.select(order.second);
    this.markArrows();
  }
}

// The page.

let views = [];
let active = null;

function activate(view) {
  active = view;
  for (const each of views) each.root.classList.toggle("active", each === view);
}

function drawHead() {
  const {outcome} = shown;
  const scenario = shown.scenario ?? shown.schedule ?? "A recorded execution";
  document.title = `${scenario} – racelab`;
  byId("scenario").textContent = scenario;
  byId("outcome").classList.add(outcome.failed ? "failed" : "passed");
  byId("verdict").textContent =
      outcome.failed ? `Failed: ${outcome.kind.replaceAll("-", " ")}` : "Passed";
  byId("message").textContent = outcome.message;
  say("place", outcome.place === null ? null : `at ${outcome.place}`);
  const {divergence} = shown;
  const where =
      divergence && (divergence.line ? `line ${divergence.line}` : `step ${divergence.step}`);
  say("divergence", divergence && `The schedule does not fit, ${where}: ${divergence.message}`);
  const facts = [["schedule", shown.schedule], ["found by", shown.found_by]];
  facts.push(...shown.header.map(({key, value}) => [key, value]));
  for (const [key, value] of facts) {
    if (value)
      byId("facts").append(element("div", "", element("dt", "", key), element("dd", "", value)));
  }
}

function orderButton({mark, text}, index, counterpart) {
  const button = element("button", "", element("strong", "order", mark), text);
  button.type = "button";
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => focusOrder(index));
  return element(
      "li", "", button, shown.passing ? element("span", "other", otherWords(counterpart)) : null);
}

function otherWords(counterpart) {
  if (!counterpart) return "in the passing execution one of the two does not happen";
  return `in the passing execution ${counterpart.reversed ? "reversed" : "in the same order"}`;
}

function focusOrder(index) {
  const buttons = [...document.querySelectorAll("#necessary button")];
  const off = buttons[index].getAttribute("aria-pressed") === "true";
  buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === index && !off)));
  for (const view of views) view.focus(off ? null : index);
}

function drawCause(counterpart) {
  const {cause} = shown;
  byId("cause").hidden = !cause;
  if (!cause) return;
  say("pattern", cause.pattern);
  if (cause.necessary.length === 0 && cause.pattern !== "data race") {
    byId("because").firstElementChild.textContent = "No single cause";
  }
  byId("necessary")
      .append(...cause.necessary.map((order, i) => orderButton(order, i, counterpart[i])));
  byId("necessary").hidden = cause.necessary.length === 0;
  byId("how").textContent = cause.strength;
}

function drawViews(necessary, counterpart) {
  const title = shown.outcome.failed ? "The failing execution" : "The execution";
  views = [new View(shown, title, necessary)];
  if (shown.passing)
    views.push(new View(shown.passing, "The nearest passing execution", counterpart));
  byId("views").append(...views.map((view) => view.root));
  byId("views").classList.toggle("two", views.length > 1);
  document.body.classList.toggle("has-necessary", necessary.length > 0);
  document.body.classList.toggle("has-passing", views.length > 1);
  document.body.classList.toggle("has-waiting", shown.outcome.kind === "deadlock");
  for (const view of views) {
    view.drawArrows();
    view.select(view.failing ?? view.last);
  }
  activate(views[0]);
}

const KEYS = {
  ArrowDown: () => active.go("next"),
  ArrowRight: () => active.go("next"),
  ArrowUp: () => active.go("previous"),
  ArrowLeft: () => active.go("previous"),
  Home: () => active.go("first"),
  End: () => active.go("last"),
  "+": () => active.zoom(1),
  "=": () => active.zoom(1),
  "-": () => active.zoom(-1),
};

document.addEventListener("keydown", (event) => {
  const action = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : null;
  if (!action || event.ctrlKey || event.altKey || event.metaKey) return;
  // A slider uses the same keys.
  if (event.target.tagName === "INPUT" && event.key.length > 1) return;
  event.preventDefault();
  action();
});

const necessary = shown.cause?.necessary ?? [];
const counterpart = shown.passing ? counterparts(necessary, shown, shown.passing) : [];
drawHead();
drawCause(counterpart);
drawViews(necessary, counterpart);
