// The simulator, stepped by hand: the same transfers on a scheduler that does the steps that the
// user chooses.

import {get, post} from "./api.js";
import {byId, element, money, plural, say, setText, transferWords} from "./dom.js";
import {drive} from "./drive.js";
import {causeView, drawExecution, executionView, outcomeTitle} from "./execution.js";
import {Timeline} from "./timeline.js";

const STEPS_MAX = 400;

export class Simulator {
  constructor(live) {
    this.choices = [];
    this.execution = null;
    this.working = Promise.resolve();
    this.timeline = new Timeline({label: "The steps taken"});
    byId("sim-timeline").append(this.timeline.root);
    this.listen();
    live.on("hello", () => this.scenarios ?? this.load());
  }

  listen() {
    byId("scenario").addEventListener("change", () => this.choose());
    byId("sim-algorithm").addEventListener("change", () => this.restart());
    byId("sim-undo").addEventListener("click", () => this.undo());
    byId("sim-restart").addEventListener("click", () => this.restart());
    byId("sim-run").addEventListener("click", () => this.run());
    byId("sim-send").addEventListener("click", () => this.send());
    byId("simulator").addEventListener("keydown", (event) => this.key(event));
  }

  /** Handles keys while the focus is in the simulator and not in an input field. */
  key(event) {
    const typing = event.target.matches("input, select, textarea");
    if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (/^[1-9]$/.test(event.key)) {
      this.step(Number(event.key));
    } else if (event.key === "Backspace") {
      this.undo();
    } else {
      return;
    }
    event.preventDefault();
  }

  async load() {
    try {
      this.scenarios = (await get("/simulator/scenarios")).scenarios;
    } catch (error) {
      say(byId("sim-problem"), error.message);
      return;
    }
    byId("scenario").replaceChildren(...this.scenarios.map(({name, summary}) => {
      const option = element("option", "", `${name}: ${summary}`);
      option.value = name;
      return option;
    }));
    byId("scenario").value = this.scenarios.find(({name}) => name === "bank/double-spend")?.name ??
        this.scenarios[0]?.name;
    this.choose();
  }

  choose() {
    this.scenario = this.scenarios.find(({name}) => name === byId("scenario").value);
    if (!this.scenario) return;
    byId("sim-algorithm").value = this.scenario.algorithm;
    this.makeTaskButtons();
    this.restart();
  }

  makeTaskButtons() {
    this.buttons = this.scenario.transfers.map((transfer, index) => {
      const made = element("button", "task-button");
      made.type = "button";
      const key = index < 9 ? element("kbd", "", String(index + 1)) : null;
      const what = element("strong", "");
      const title = element("span", "whose", `task ${index + 1}: ${transferWords(transfer)}`);
      made.append(element("span", "words", title, what), key ?? "");
      made.addEventListener("click", () => this.step(index + 1));
      return {made, what};
    });
    byId("sim-tasks").replaceChildren(...this.buttons.map(({made}) => element("li", "", made)));
  }

  // The actions. They run one after the other, however fast the user presses keys.

  step(task) {
    this.next(async () => {
      if (!this.canStep(task)) return;
      await this.ask([...this.choices, task]);
    });
  }

  undo() { this.next(() => this.choices.length > 0 && this.ask(this.choices.slice(0, -1))); }

  restart() { this.next(() => this.ask([])); }

  /** Runs the last task as long as it is enabled, then the first enabled task. */
  run() {
    this.next(async () => {
      while (!this.execution.finished && this.choices.length < STEPS_MAX) {
        const {enabled} = this.execution;
        const same = enabled.find(({task}) => task === this.choices.at(-1));
        const {task} = same ?? enabled[0];
        await this.ask([...this.choices, task]);
      }
    });
  }

  send() { this.next(() => drive(this.execution.schedule, byId("sim-driven"))); }

  next(action) {
    this.working =
        this.working.then(action).catch((error) => say(byId("sim-problem"), error.message));
  }

  canStep(task) {
    return Boolean(this.execution) && !this.execution.finished &&
        this.execution.enabled.some((step) => step.task === task);
  }

  async ask(choices) {
    const {accounts, transfers} = this.scenario;
    const algorithm = byId("sim-algorithm").value;
    const execution =
        await post("/simulator", {algorithm, accounts, transfers, choices}, {ask: false});
    this.choices = choices;
    this.execution = execution;
    say(byId("sim-problem"), "");
    byId("sim-driven").replaceChildren();
    this.show();
    if (execution.outcome.failed && execution.finished) await this.explain(execution);
  }

  async explain(execution) {
    const {shrunk} = await post("/simulator/explain", execution.schedule, {ask: false});
    if (!shrunk || execution !== this.execution) return;
    // The explanation is about the simplest execution with this failure, which is often this one.
    const same = sameSteps(execution, shrunk);
    if (same) drawExecution(this.timeline, shrunk);
    byId("sim-cause")
        .replaceChildren(
            same ? "" : executionView("The simplest execution with this failure", shrunk),
            causeView(shrunk) ?? "");
  }

  // How the state is shown.

  show() {
    const {execution} = this;
    drawExecution(this.timeline, execution);
    this.timeline.follow();
    this.showTasks();
    this.showBalances(execution.balances);
    this.showOutcome();
    byId("sim-cause").replaceChildren();
    setDisabled("sim-undo", this.choices.length === 0);
    setDisabled("sim-restart", this.choices.length === 0);
    setDisabled("sim-run", execution.finished);
    setDisabled("sim-send", this.choices.length === 0);
  }

  /** The button of a task that is not enabled stays in place, so that it keeps the focus. */
  showTasks() {
    const {enabled, blocked, finished, outcome} = this.execution;
    const rest = outcome.failed && finished ? "stopped: the execution has failed" : "has ended";
    this.buttons.forEach(({made, what}, index) => {
      const task = index + 1;
      const can = enabled.find((step) => step.task === task);
      const waits = blocked.find((step) => step.task === task);
      setText(what, can ? pendingWords(can) : waits ? blockedWords(waits) : rest);
      made.setAttribute("aria-disabled", String(finished || !can));
      made.classList.toggle("blocked", Boolean(waits));
    });
  }

  showBalances(balances) {
    byId("sim-balances").replaceChildren(...balances.map(({id, balance}) => {
      const root = element(
          "li", balance < 0 ? "negative" : "", element("span", "name", id),
          element("strong", "balance", money(balance)));
      if (balance < 0) root.append(element("span", "overdrawn", "overdrawn"));
      return root;
    }));
  }

  showOutcome() {
    const {outcome, finished} = this.execution;
    const failed = outcome.failed && finished;
    const progress = this.choices.length === 0 ?
        "Nothing has happened yet: choose which task does the first step." :
        `${plural(this.choices.length, "step")} done, ${
            lastStep(this.execution)}. Choose the next task.`;
    const target = byId("sim-outcome");
    target.className = failed ? "bad" : finished ? "good" : "";
    setText(
        target,
        failed ? `Failed, ${outcomeTitle(outcome)}: ${outcome.message}` :
            finished ? "Passed: all tasks have ended, and every invariant holds." :
                       progress);
  }
}

function sameSteps(a, b) {
  const steps = ({events}) => JSON.stringify(
      events.map(({task, operation, object, value}) => [task, operation, object, value]));
  return steps(a) === steps(b);
}

/** Returns, for example, "the last: task 1, read alice.balance = 1000.00". */
function lastStep({tasks, events}) {
  const {task, operation, object, value} = events.filter(({kind}) => kind === "step").at(-1);
  const result = value === null ? "" : ` = ${value}`;
  return `the last: ${tasks[task].title}, ${operation} ${object}${result}`;
}

const pendingWords = ({operation, object}) => [operation, object].filter(Boolean).join(" ");

function blockedWords({operation, object, held_by: holder}) {
  const whom = holder === null || holder === undefined ? "" : `, held by task ${holder}`;
  return `waits to ${operation} ${object}${whom}`;
}

/** Sets aria-disabled instead of `disabled`, so that a button that was just pressed keeps the focus. */
function setDisabled(id, disabled) { byId(id).setAttribute("aria-disabled", String(disabled)); }
