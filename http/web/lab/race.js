// The last race that the lab has recorded, and the explanation of its cause.

import {get, metrics, metricSum, post} from "./api.js";
import {button, byId, command, say, setText} from "./dom.js";
import {drive} from "./drive.js";
import {causeView, executionView} from "./execution.js";

const NONE = "No race has been recorded yet. Exercise 3 makes one.";
const QUIET_MS = 600;

export class LastRace {
  constructor(live) {
    this.schedule = null;
    this.hasDriven = false;
    this.note = byId("race-note");
    byId("race-command").append(command("racelab replay last-race.schedule"));
    byId("race-drive").addEventListener("click", () => this.drive());
    live.on("hello", () => this.lookIfRecorded());
    live.on("race", () => this.lookSoon());
  }

  /** Checks the race counter first, because browsers report a 404 as an error on their console. */
  async lookIfRecorded() {
    const races = metricSum(await metrics().catch(() => []), "race_condition_hits_total");
    if (races > 0) return this.look();
    say(this.note, NONE);
  }

  /** Waits until no race has come for a moment, because explaining one takes many executions. */
  lookSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), QUIET_MS);
  }

  async look(ask = false) {
    try {
      const schedule = await get("/admin/recording/last-race", {ask});
      if (schedule === this.schedule) return;
      this.schedule = schedule;
      this.show(schedule, await post("/simulator/explain", schedule, {ask}));
    } catch (error) {
      this.explainAbsence(error);
    }
  }

  explainAbsence(error) {
    const none = error.status === 404;
    if (none) {
      this.schedule = null;
      byId("last-race").hidden = true;
    }
    say(this.note, none ? NONE : error.message);
    if (error.status === 401) {
      this.note.append(" ", button("Enter the token", () => this.look(true)));
    }
  }

  /** `shrunk` and its schedule are null if the recorded execution does not fail. */
  show(schedule, {recorded, shrunk, schedule: shrunkSchedule}) {
    byId("last-race").hidden = false;
    say(this.note, recorded.found_by);
    setText(byId("race-outcome"), (shrunk ?? recorded).outcome.summary);
    byId("race-cause").replaceChildren(causeView(shrunk ?? recorded) ?? "");
    const views = [executionView("As recorded", recorded)];
    if (shrunk) views.push(executionView("Shrunk to the steps that the failure needs", shrunk));
    byId("race-executions").replaceChildren(...views);
    offer(byId("race-download"), schedule);
    offer(byId("race-download-shrunk"), shrunkSchedule);
    // Driving makes a new last race. Keep the result of driving visible then.
    if (!this.hasDriven) byId("race-driven").replaceChildren();
    this.hasDriven = false;
  }

  drive() {
    this.hasDriven = true;
    drive(this.schedule, byId("race-driven"));
  }
}

/** Makes the link download the text; hides the link if there is no text. */
function offer(target, text) {
  if (target.href) URL.revokeObjectURL(target.href);
  target.hidden = !text;
  if (text) target.href = URL.createObjectURL(new Blob([text], {type: "text/plain"}));
}
