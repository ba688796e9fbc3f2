// The switches: they show the server's settings, whoever has changed them.

import {changeSettings, post, reset} from "./api.js";
import {byId, say, setText} from "./dom.js";

const ABOUT = {
  "check-then-act": "Reads, checks, deducts; nothing is held in between. The bug of this lab.",
  "lost-update": "Writes back what it has read before: one of two deductions is lost.",
  "ordered-locks": "Safe mode: locks both accounts, always in the same order.",
  "request-order-locks": "Locks its own source first: two transfers can wait for each other.",
  "optimistic": "Deducts only if nothing has changed since the read, else tries again. Safe.",
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

  /** Shows why it did not work, and what holds. */
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
    // A lab that does not record has no switch for it.
    byId("recording-switch").hidden = now.recording_enabled === undefined;
    byId("recording").checked = now.recording_enabled;
  }
}

export const isSafe = (algorithm) => algorithm === "ordered-locks" || algorithm === "optimistic";

/** Not while it is typed into. */
function showNumber(id, value) {
  if (document.activeElement !== byId(id)) byId(id).value = value;
}
