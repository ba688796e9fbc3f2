// Drives the live lab through a schedule: the lab makes real transfers do the steps in the order of
// the schedule. Compares their results with those of the simulator.

import {get, post, transfer} from "./api.js";
import {element, money, plural} from "./dom.js";

// A browser opens at most six connections to a server, and the live events use one of them.
const AT_ONCE = 5;
const LOOKS_MAX = 20;

/** Drives the live server through the schedule, and shows in `root` whether the results agree. */
export async function drive(schedule, root) {
  root.replaceChildren(status("Sending the schedule to the live server …"));
  try {
    const report = await post("/admin/schedule?timeout_ms=5000", schedule);
    const most = atOnce(report);
    if (most > AT_ONCE) return await refuse(root, most);
    root.replaceChildren(status(`Running ${plural(report.tasks.length, "transfer")} of the schedule …`));
    const problems = await sendTransfers(report);
    show(root, await finalReport(), problems);
  } catch (error) {
    root.replaceChildren(status(error.message, "problem"));
  }
}

/** The numbers of the tasks, in the order of their first steps. */
const tasksInOrder = ({tasks, steps}) => {
  const order = [...new Set(steps.map(({task}) => task))];
  return [...order, ...tasks.map(({task}) => task).filter((task) => !order.includes(task))];
};

/** The largest number of transfers that run at the same time. */
function atOnce({steps}) {
  const ends = new Map(steps.map(({task}, index) => [task, index]));
  const running = new Set();
  let most = 0;
  steps.forEach(({task}, index) => {
    running.add(task);
    most = Math.max(most, running.size);
    if (ends.get(task) === index) running.delete(task);
  });
  return most;
}

async function refuse(root, most) {
  await post("/reset");
  root.replaceChildren(status(
      `${most} transfers of this schedule run at the same time, but a browser can send only ${
          AT_ONCE}; use racelab drive.`,
      "problem"));
}

/** Sends the transfers. Returns the error messages of those that were aborted. */
async function sendTransfers(report) {
  const waiting = tasksInOrder(report);
  const problems = [];
  const send = async () => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      const {from_account, to_account, amount} = report.tasks.find((each) => each.task === task);
      const headers = {"X-Racelab-Task": String(task)};
      await transfer({from_account, to_account, amount}, {headers})
          .catch((error) => problems.push(`task ${task}: ${error.message}`));
    }
  };
  await Promise.all(Array.from({length: AT_ONCE}, send));
  return problems;
}

async function finalReport() {
  for (let i = 0;; ++i) {
    const report = await get("/admin/schedule");
    if (i === LOOKS_MAX || (report.state !== "armed" && report.state !== "running")) return report;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function status(text, className = "") {
  const made = element("p", `driven ${className}`, text);
  made.setAttribute("role", "status");
  return made;
}

const agrees = (step) => step.done && (step.value ?? null) === (step.found ?? null);

function show(root, report, problems) {
  const {steps, tasks} = report;
  const agreed = steps.filter(agrees).length;
  const all = agreed === steps.length && report.problem === null;
  const sentence = all ?
      `Simulator and server agree: real threads did all ${plural(steps.length, "step")} as the simulator did.` :
      `${agreed} of ${plural(steps.length, "step")} agree with the simulator.`;
  root.replaceChildren(
      status(`${all ? "✓" : "✗"} ${sentence}`, all ? "good" : "problem"),
      ...[report.problem, report.deadlock, ...problems].filter(Boolean).map(
          (text) => element("p", "driven-detail", text)),
      element("div", "worlds", stepTable(steps), worldTable(report), threads(tasks)));
}

function row(tag, cells, className = "") {
  return element("tr", className, ...cells.map((text) => element(tag, "", text)));
}

function table(caption, head, rows) {
  return element(
      "table", "numbers", element("caption", "", caption), element("thead", "", row("th", head)),
      element("tbody", "", ...rows));
}

const tick = (ok) => ok ? "✓" : "✗";

function stepTable(steps) {
  const rows = steps.map((step, index) => {
    const what = `${step.operation} ${step.object ?? ""}${step.failed ? " failed" : ""}`;
    const found = step.done ? step.found ?? "done" : "not done";
    return row(
        "td",
        [
          String(index + 1), String(step.task), what, step.value ?? "",
          `${found} ${tick(agrees(step))}`
        ],
        agrees(step) ? "" : "differs");
  });
  return element(
      "div", "scrolls",
      table("Step by step", ["step", "task", "operation", "simulator", "live"], rows));
}

function worldTable({accounts, expected_accounts: expected}) {
  const rows = expected.map(({id, balance}) => {
    const live = accounts.find((account) => account.id === id);
    const found = live ? money(live.balance) : "none";
    const same = found === money(balance);
    return row("td", [id, money(balance), `${found} ${tick(same)}`], same ? "" : "differs");
  });
  return table("At the end", ["account", "simulator", "live"], rows);
}

function threads(tasks) {
  const words =
      tasks.filter(({thread_id: thread}) => thread !== null)
          .map(
              (task) =>
                  `task ${task.task} was transfer ${task.transfer} on thread ${task.thread_id}`);
  return words.length > 0 ? element("p", "hint", `${words.join(", ")}.`) : "";
}
