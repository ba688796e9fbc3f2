// Draws an execution, in the format of `racelab show --json`, on a timeline.

import {element} from "./dom.js";
import {Timeline} from "./timeline.js";

/** The events, followed by the operations that tasks wait for. Orders refer to indexes in this list. */
function eventsOf(execution) {
  const none = {kind: "waiting", value: null, failed: false, preemption: false};
  return [...execution.events, ...execution.waiting.map((waiting) => ({...none, ...waiting}))];
}

function dotOf(event) {
  if (event.kind === "waiting") return event.remark === "too late" ? "mark" : "waits";
  if (event.kind !== "step") return "mark";
  return event.writes ? "write" : "read";
}

/** "[a>]" if the event is the first of necessary order a, "[>a]" if it is the second. */
function marksOf(index, necessary) {
  return necessary.flatMap(
      ({first, second, mark}) =>
          [...(first === index ? [{text: `[${mark}>]`}] : []),
           ...(second === index ? [{text: `[>${mark}]`}] : []),
  ]);
}

function preemptionWords(execution, events, index) {
  const before = events[index - 1];
  return before ? `preemption of ${execution.tasks[before.task].title}` : "preemption";
}

function rowOf(execution, events, event, index) {
  const necessary = execution.cause?.necessary ?? [];
  const waiting = event.kind === "waiting";
  return {
    id: index,
    column: event.task,
    kind: event.kind,
    dot: dotOf(event),
    number: event.kind === "step" ? String(event.step) : "",
    operation: waiting ? event.text : event.operation,
    object: waiting ? `(${event.remark})` : event.object ?? event.text,
    value: event.value,
    failed: event.failed,
    marks: marksOf(index, necessary),
    preemption: event.preemption ? preemptionWords(execution, events, index) : "",
  };
}

export const outcomeTitle = ({kind}) => kind.replaceAll("-", " ");

function addVerdict(rows, {outcome}) {
  if (!outcome.failed || rows.length === 0) return;
  const at = outcome.event ?? rows.length - 1;
  rows[at].fails = outcome.event !== null;
  rows[at].verdict = {
    title: outcomeTitle(outcome),
    text: outcome.message.replaceAll("; task ", ";\ntask "),
  };
}

function edgesOf(execution) {
  const necessary = execution.cause?.necessary ?? [];
  const isNecessary = ({first, second}) =>
      necessary.some((order) => order.first === first && order.second === second);
  const edge = (kind) => ({first, second}) => ({from: first, to: second, kind});
  return [
    ...execution.orders.filter((order) => !isNecessary(order)).map(edge("")),
    ...necessary.map(edge("necessary")),
  ];
}

export function drawExecution(timeline, execution) {
  const events = eventsOf(execution);
  const rows = events.map((event, index) => rowOf(execution, events, event, index));
  addVerdict(rows, execution);
  const columns =
      execution.tasks.map(({title, description}, id) => ({id, title, description}))
          .filter(({id, title}) => title !== "test body" || rows.some((row) => row.column === id));
  timeline.draw({columns, rows, edges: edgesOf(execution)});
}

export function executionView(title, execution) {
  const timeline = new Timeline({label: title});
  const root = element("section", "execution", element("h3", "", title), timeline.root);
  // The timeline has no size before it is in the page; it draws its arrows when it gets one.
  drawExecution(timeline, execution);
  return root;
}

/** The cause of a failure with its necessary orders; null if no cause is known. */
export function causeView({cause}) {
  if (!cause) return null;
  const title = cause.necessary.length > 0 ? "Fails because" : "No single cause";
  const head = element("h3", "", title);
  if (cause.pattern) head.append(" ", element("span", "pattern", cause.pattern));
  const orders = cause.necessary.map(
      ({mark, text}) => element("li", "", element("strong", "order", mark), " ", text));
  return element(
      "div", "cause", head, orders.length > 0 ? element("ol", "necessary", ...orders) : null,
      element("p", "how", cause.strength));
}
