// The switches. They show the server's settings, also when another client has changed them.

import {changeSettings, post, reset} from "./api.js";
import {byId, say, setText} from "./dom.js";

const ABOUT = {
  "check-then-act": "Reads, checks and deducts without a lock. This is the bug of the lab.",
  "lost-update": "Writes back a balance computed from an old read: one of two deductions is lost.",
  "ordered-locks": "Safe mode: locks both accounts, always in the same order.",
  "request-order-locks": "Locks the source account first: two transfers can wait for each other (a deadlock).",
  "optimistic": "Deducts only if the balance has not changed since the read, otherwise retries. Safe.",
};

export class Controls {
  constructor(live) {
    this.settings = null;
    this.listen();
    live.on("hello", ({settings}) => this.show(settings));
    live.on("settings", (settings) => this.show(settings));
  }

  listen() {
    const on = (id, change) => byId(id).addEventListener("change", () => this.change(change()));
    on("delay", () => ({delay_enabled: byId("delay").checked}));
    on("delay-ms", () => ({delay_ms: byId("delay-ms").valueAsNumber, delay_enabled: true}));
    on("barrier", () => ({barrier_enabled: byId("barrier").checked}));
    on("barrier-count",
       () => ({barrier_count: byId("barrier-count").valueAsNumber, barrier_enabled: true}));
    on("algorithm", () => ({algorithm: byId("algorithm").value}));
    byId("recording").addEventListener("change", () => this.record(byId("recording").checked));
    byId("reset").addEventListener("click", () => this.attempt(reset));
  }

  change(change) { return this.attempt(async () => this.show(await changeSettings(change))); }

  record(enabled) {
    const path = `/admin/recording?enabled=${enabled}`;
    return this.attempt(async () => this.show(await post(path)));
  }

  /** Runs the action. If it fails, shows why, and the settings that are in force. */
  async attempt(action) {
    try {
      await action();
      say(byId("controls-problem"), "");
    } catch (error) {
      say(byId("controls-problem"), error.message);
      if (this.settings) this.show(this.settings);
    }
  }

  show(settings) {
    this.settings = {...this.settings, ...settings};
    const now = this.settings;
    byId("delay").checked = now.delay_enabled;
    byId("barrier").checked = now.barrier_enabled;
    byId("algorithm").value = now.algorithm;
    showNumber("delay-ms", now.delay_ms);
    showNumber("barrier-count", now.barrier_count);
    setText(byId("algorithm-about"), ABOUT[now.algorithm] ?? "");
    byId("algorithm-about").classList.toggle("safe", isSafe(now.algorithm));
    // A lab that cannot record has no such setting, and gets no switch.
    byId("recording-switch").hidden = now.recording_enabled === undefined;
    byId("recording").checked = now.recording_enabled;
  }
}

const isSafe = (algorithm) => algorithm === "ordered-locks" || algorithm === "optimistic";

/** Sets a number field, unless the user is typing in it. */
function showNumber(id, value) {
  if (document.activeElement !== byId(id)) byId(id).value = value;
}
