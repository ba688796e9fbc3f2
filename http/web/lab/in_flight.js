// The transfers in flight and the last ones that have ended, drawn from the live events. Transfers
// that overlap form a round, which is drawn as one table; the newest round comes first.

import {byId, element, plural, say, transferWords} from "./dom.js";
import {Timeline} from "./timeline.js";

const TRANSFERS_MAX = 12;
const RUNNING_MAX = 24;
const ROWS_MAX = 240;
const BRIEF_MS = 3;
// A round with many rows is drawn a few times per second, a small one at once.
const [ROWS_FEW, CALM_MS] = [60, 100];
const WRITES = new Set(["deduct", "credit", "store", "commit", "lock", "unlock"]);
const READS = new Set(["read", "load"]);
const WITHOUT_WORDS = new Set(["held", "free"]);
const UNSEEN = "the rest was not received";

const isMoney = (text) => /^-?\d+\.\d\d$/.test(text);
const dotOf = (operation) => WRITES.has(operation) ? "write" :
    READS.has(operation)                           ? "read" :
                                                     "mark";

export class InFlight {
  constructor(live) {
    this.rounds = [];
    this.transfers = new Map();
    this.nextRow = 0;
    this.root = byId("rounds");
    live.on("begin", (event) => this.begin(event));
    live.on("waits", (event) => this.waits(event));
    live.on("step", (event) => this.step(event));
    live.on("end", (event) => this.end(event));
    live.on("skipped", ({count}) => this.skipped(count));
    live.on("hello", () => this.loseSight());
    live.on("state", ({connected}) => connected || this.loseSight());
    byId("example").append(example());
    byId("forget").addEventListener("click", () => this.forget());
  }

  begin(event) {
    let round = this.rounds[0];
    if (!round || !round.transfers.some(({running}) => running)) round = this.addRound();
    if (round.transfers.length >= RUNNING_MAX) return this.leaveOut(round);
    const transfer = {
      id: event.transfer,
      title: transferWords(event),
      description: [
        event.task ? `task ${event.task}` : "", event.transfer, event.algorithm
      ].filter(Boolean).join(" · "),
      state: "in flight",
      stateClass: "running",
      running: true,
      round,
    };
    round.transfers.push(transfer);
    this.transfers.set(transfer.id, transfer);
    this.bound();
    this.changed(round);
  }

  leaveOut(round) {
    round.leftOut += 1;
    this.changed(round);
  }

  addRound() {
    const timeline = new Timeline({label: "Transfers of one round", steady: true, numbers: "ms"});
    const round = {began: performance.now(), transfers: [], rows: [], leftOut: 0, timeline};
    round.more = element("p", "hint");
    round.root = element("div", "round", timeline.root, round.more);
    this.rounds.unshift(round);
    this.root.prepend(round.root);
    return round;
  }

  addRow(transfer, row) {
    const {round} = transfer;
    const ms = Math.round(performance.now() - round.began);
    const id = ++this.nextRow;
    const made = {id, column: transfer.id, kind: "step", number: String(ms), ...row};
    round.rows.push(made);
    if (round.rows.length > ROWS_MAX) round.rows.shift();
    this.changed(round);
    return made;
  }

  waits({transfer: id, operation, object, text}) {
    const transfer = this.transfers.get(id);
    if (!transfer) return;
    const words = {
      delay: ["delay", "", text],
      barrier: ["waits at the barrier", "", text],
      lock: ["waits to lock", object, WITHOUT_WORDS.has(text) ? "" : text],
      gate: ["waits for its turn to", `${text} ${object}`],
    }[operation] ??
        [`waits: ${operation}`, object, text];
    this.forgetBriefWait(transfer);
    const row = this.addRow(transfer, {
      kind: "mark",
      dot: "waits",
      operation: words[0],
      object: words[1],
      text: words[2],
      wait: "now"
    });
    this.stopWaiting(transfer, row);
    transfer.waiting = row;
    transfer.waitsFor = operation;
    transfer.waitsSince = performance.now();
  }

  /** Ends the wait of a transfer at `row`; without a row, at its next row. */
  stopWaiting(transfer, row) {
    const {waiting, round} = transfer;
    if (!waiting) return;
    waiting.wait = "was";
    waiting.dot = "mark";
    if (row) {
      waiting.until = row.id;
      transfer.waiting = null;
    }
    this.changed(round);
  }

  /** Removes a wait so short that the lock was free or the transfer's turn had already come. */
  forgetBriefWait(transfer) {
    const {waiting, waitsFor, waitsSince, round} = transfer;
    const could = waiting && (waitsFor === "lock" || waitsFor === "gate");
    if (!could || performance.now() - waitsSince > BRIEF_MS) return;
    round.rows = round.rows.filter((row) => row !== waiting);
    transfer.waiting = null;
  }

  step({transfer: id, operation, object, text}) {
    const transfer = this.transfers.get(id);
    if (!transfer) return;
    // The delay was drawn when it began; it needs no second row at its end.
    if (operation === "delay" && transfer.waiting && transfer.waitsFor === "delay") {
      this.stopWaiting(transfer);
      return;
    }
    this.forgetBriefWait(transfer);
    const row = this.addRow(transfer, stepRow(operation, object, text));
    this.stopWaiting(transfer, row);
    if (row.dot === "write" && row.value) transfer.deduction ??= row;
  }

  end({transfer: id, status, race, detail}) {
    const transfer = this.transfers.get(id);
    if (!transfer) return;
    transfer.running = false;
    const refused = status === "failed_insufficient_funds";
    transfer.state = race ? "success, a race" :
        refused           ? "refused: insufficient funds" :
                            status.replaceAll("_", " ");
    transfer.stateClass = race || status === "given_up" ? "bad" : refused ? "refused" : "good";
    const last = this.addRow(transfer, {kind: "mark", dot: "mark", operation: transfer.state});
    this.stopWaiting(transfer, last);
    if (race) this.markRace(transfer);
    if (detail) last.verdict = {title: "", text: detail};
    last.fails = status === "given_up";
    this.transfers.delete(id);
    this.bound();
  }

  markRace({deduction, round}) {
    if (!deduction) return;
    deduction.fails = true;
    deduction.verdict = {title: "race", text: `${deduction.object} is negative: double-spend`};
    this.changed(round);
  }

  skipped(count) {
    const round = this.rounds[0];
    this.loseSight();
    if (!round) return;
    const text = `${plural(count, "event")} skipped: this page was too slow to receive them`;
    round.rows.push({id: ++this.nextRow, kind: "note", text});
    this.changed(round);
  }

  /** Called when events were lost: the fate of the transfers in flight is unknown. */
  loseSight() {
    for (const transfer of this.transfers.values()) {
      transfer.running = false;
      transfer.state = UNSEEN;
      transfer.stateClass = "";
      this.stopWaiting(transfer);
      this.changed(transfer.round);
    }
    this.transfers.clear();
  }

  /** Removes the oldest transfers that have ended, so that at most TRANSFERS_MAX remain. */
  bound() {
    let count = this.rounds.reduce((sum, {transfers}) => sum + transfers.length, 0);
    for (const round of [...this.rounds].reverse()) {
      while (count > TRANSFERS_MAX) {
        const oldest = round.transfers.findIndex(({running}) => !running);
        if (oldest < 0) break;
        const [{id}] = round.transfers.splice(oldest, 1);
        round.rows = round.rows.filter(({column}) => column !== id);
        this.changed(round);
        count -= 1;
      }
    }
    this.rounds = this.rounds.filter((round) => {
      if (round.transfers.length === 0) round.root.remove();
      return round.transfers.length > 0;
    });
  }

  forget() {
    for (const {root} of this.rounds) root.remove();
    this.rounds = [];
    this.transfers.clear();
    this.draw();
  }

  /** Marks a round to be drawn in the next frame. */
  changed(round) {
    round.dirty = true;
    if (this.frame) return;
    const many = round.rows.length > ROWS_FEW;
    this.frame = many ? setTimeout(() => requestAnimationFrame(() => this.draw()), CALM_MS) :
                        requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = null;
    byId("no-rounds").hidden = this.rounds.length > 0;
    byId("forget").hidden = this.rounds.length === 0;
    for (const round of this.rounds.filter(({dirty}) => dirty)) {
      round.dirty = false;
      const {timeline, transfers, rows, leftOut} = round;
      timeline.root.classList.toggle("many", transfers.length > 4);
      const atEnd = timeline.isAtEnd();
      timeline.draw({columns: transfers.map(columnOf), rows: rows.map((row) => ({...row}))});
      if (atEnd && transfers.length > 4) timeline.follow();
      say(round.more, leftOut > 0 ? `${plural(leftOut, "more transfer")} not drawn` : "");
    }
  }
}

const columnOf = ({id, title, description, state, stateClass}) =>
    ({id, title, description, state, stateClass});

function stepRow(operation, object, text) {
  const dot = dotOf(operation);
  const row = {dot, operation, object, kind: dot === "mark" ? "mark" : "step"};
  if (isMoney(text)) return {...row, value: text};
  return WITHOUT_WORDS.has(text) ? row : {...row, text};
}

/** A picture of a race, shown until the first transfer runs. */
function example() {
  const timeline = new Timeline({label: "An example of a race", steady: true});
  const column = (id, to) => ({id, title: `alice → ${to} 800.00`, description: "check-then-act"});
  const step = (column, operation, object, value) =>
      ({column, kind: "step", dot: dotOf(operation), operation, object, value});
  const check = (column) =>
      ({column, kind: "mark", dot: "mark", operation: "check", text: "1000.00 >= 800.00? yes"});
  const rows = [
    step(1, "read", "alice.balance", "1000.00"),
    step(2, "read", "alice.balance", "1000.00"),
    check(1),
    check(2),
    step(1, "deduct", "alice.balance", "200.00"),
    {
      ...step(2, "deduct", "alice.balance", "-600.00"),
      fails: true,
      verdict: {title: "race", text: "alice.balance is negative: double-spend"}
    },
  ];
  timeline.draw({
    columns: [column(1, "bob"), column(2, "charlie")],
    rows: rows.map((row, id) => ({id, ...row})),
  });
  return timeline.root;
}
