// The seven exercises of the lab. Each applies its settings, sends its transfers, and compares their
// results with what must happen. A browser opens at most six connections to a server, and the live
// events use one of them, so no exercise sends more than five transfers at once.

import {changeSettings, metrics, metricSum, reset, transfer} from "./api.js";
import {button, byId, command, element, link, money, plural} from "./dom.js";

const DELAY_OFF = {
  delay_enabled: false
};
const DELAY_200 = {
  delay_enabled: true,
  delay_ms: 200
};
const BARRIER_OFF = {
  barrier_enabled: false
};
const BARRIER_2 = {
  barrier_enabled: true,
  barrier_count: 2
};
const BUGGY = {
  algorithm: "check-then-act"
};
const FIXED = {
  algorithm: "ordered-locks"
};

const order = (from_account, to_account, amount) => ({from_account, to_account, amount});
const both = (amount) => Promise.all(
    [transfer(order("alice", "bob", amount)), transfer(order("alice", "charlie", amount))]);

const isRace = ({status, from_balance_after: after}) => status === "success" && after < 0;
const succeeded = (records) => records.filter(({status}) => status === "success").length;

async function prepare(...settings) {
  await changeSettings(Object.assign({}, ...settings));
  return reset();
}

/** The lowest balance that the transfers left in their source. */
const lowestAfter = (records) => Math.min(...records.map((record) => record.from_balance_after));

/** Runs rounds of both transfers from fresh accounts. Returns how many rounds had a race. */
async function rounds(count, run) {
  let raced = 0;
  for (let i = 1; i <= count && !run.stopped; ++i) {
    await reset();
    run.progress(`round ${i} of ${count}`);
    if ((await both(800)).some(isRace)) raced += 1;
  }
  return raced;
}

/** Describes what two transfers of 800 did to alice's 1000. */
function pairWords(records) {
  const reads = records.map((record) => money(record.from_balance_before));
  const what = reads[0] === reads[1] ? `Both transfers read ${reads[0]}` :
                                       `One transfer read ${reads[0]}, the other ${reads[1]}`;
  return `${what}; ${succeeded(records)} of 2 succeeded, and alice has ${
      money(lowestAfter(records))}.`;
}

async function nothingToSee(run) {
  await prepare(DELAY_OFF, BARRIER_OFF, BUGGY);
  const alone = await transfer(order("alice", "bob", 100));
  const raced = await rounds(10, run);
  return {
    ok: alone.status === "success" && raced < 10,
    text: `Alone, 100 from alice to bob left her ${money(alone.from_balance_after)}. Then two ` +
        `transfers of 800 at once, ten times: ${raced} of 10 rounds raced. The bug was present in ` +
        "each round, but its window is only some microseconds wide.",
  };
}

async function widenTheWindow() {
  await prepare(DELAY_200, BARRIER_OFF, BUGGY);
  const records = await both(800);
  return {ok: lowestAfter(records) === -600, text: pairWords(records)};
}

async function makeItCertain() {
  await prepare(DELAY_200, BARRIER_2, BUGGY);
  const records = await both(800);
  return {
    ok: lowestAfter(records) === -600,
    text: `${pairWords(records)} Each transfer passed its check and then waited at the ` +
        "barrier for the other, so the race happens every time.",
  };
}

const COUNTERS = ["race_condition_hits_total", "double_spend_detected_total", "transfers_total"];

async function readTheMetrics() {
  const before = await metrics();
  await prepare(DELAY_OFF, BARRIER_2, BUGGY);
  const records = await both(800);
  const after = await metrics();
  const rise = Object.fromEntries(
      COUNTERS.map((name) => [name, metricSum(after, name) - metricSum(before, name)]));
  const races = records.filter(isRace).length;
  const rows = COUNTERS.map((name) => [name, String(metricSum(after, name)), `+${rise[name]}`]);
  return {
    ok: races === 1 && rise.race_condition_hits_total === 1 &&
        rise.double_spend_detected_total === 1,
    text: `Two transfers raced at the barrier, and the race counter rose by ${
        rise.race_condition_hits_total}: once, for the transfer whose deduction made the balance negative.`,
    more: [
      table(["counter", "now", "rose by"], rows), links([
        ["All metrics", "/metrics"], ["Grafana, Race Conditions Lab", beside(3001)],
        ["Prometheus", `${beside(9090)}/graph?g0.expr=race_condition_hits_total`]
      ])
    ],
  };
}

async function closeTheWindow() {
  await prepare(DELAY_200, BARRIER_2, FIXED);
  const records = await both(800);
  return {
    ok: succeeded(records) === 1 && lowestAfter(records) === 200,
    text: `${pairWords(records)} Delay and barrier are still on, but now they cost only time.`,
  };
}

async function compareTraces(run) {
  await prepare(DELAY_200, BARRIER_2, BUGGY);
  const buggy = await rounds(3, run);
  await changeSettings(FIXED);
  const fixed = await rounds(3, run);
  const search = (tags) => `${beside(16686)}/search?service=bank-api&operation=transfer&tags=${
      encodeURIComponent(JSON.stringify(tags))}`;
  return {
    ok: buggy === 3 && fixed === 0,
    text: `${buggy} of 3 rounds raced with the bug, ${fixed} of 3 with the locks. In Jaeger, ` +
        "compare when two transfers of one round read and deduct: with the bug both reads come " +
        "before both deductions; with the locks one transfer waits until the other has ended.",
    more: [
      links([
        ["Transfers that raced", search({"race_condition.detected": "true"})],
        [
          "Transfers that waited and were refused",
          search({"transfer.using_locks": "true", "transfer.status": "failed_insufficient_funds"})
        ],
      ]),
      element(
          "p", "hint", "Jaeger has these traces if the bank was started with --otlp, as it is with Docker.")
    ],
  };
}

const LOAD = 100;
const AT_ONCE = 5;

/** Moves 600 to 900 from alice to bob and back again, so that her balance stays contended. */
async function contend(count, run) {
  const found = {attempts: 0, refused: 0, races: 0, lowest: 1000};
  const user = async () => {
    while (found.attempts < count && !run.stopped) {
      found.attempts += 1;
      const amount = 600 + Math.floor(Math.random() * 301);
      const record = await transfer(order("alice", "bob", amount));
      found.lowest = Math.min(found.lowest, record.from_balance_after);
      if (record.status !== "success") found.refused += 1;
      if (isRace(record)) found.races += 1;
      if (record.status === "success") await transfer(order("bob", "alice", amount));
      run.progress(`${found.attempts} of ${count}, ${plural(found.races, "race")}`);
    }
  };
  await Promise.all(Array.from({length: AT_ONCE}, user));
  return found;
}

async function howOften(run) {
  await prepare({delay_enabled: true, delay_ms: 50}, BARRIER_OFF, BUGGY);
  const {attempts, refused, races, lowest} = await contend(LOAD, run);
  const percent = attempts > 0 ? (100 * races / attempts).toFixed(0) : 0;
  return {
    ok: races > 0,
    text: `${attempts} transfers from alice, ${AT_ONCE} at a time, ${refused} of them refused: ${
        plural(races, "race")} (${percent} %). The lowest balance seen was ${money(lowest)}.`,
    more: [
      element("p", "hint", "The same load from k6, for 15 seconds:"),
      command(`BASE_URL=${location.origin} k6 run tools/k6/basic.js`),
      element("p", "hint", "or, with Docker:"),
      command("docker compose run --rm lab21-k6 run /scripts/basic.js"),
    ],
  };
}

const EXERCISES = [
  {
    title: "Nothing to see",
    about: "Fast transfers without delay or barrier.",
    expected: "the race rarely triggers: the operations complete too quickly to overlap.",
    run: nothingToSee,
    stops: true
  },
  {
    title: "Widen the window",
    about: "200 ms of delay before and after the check; two transfers of 800 at once.",
    expected: "alice goes negative: 1000 - 800 - 800 = -600.",
    run: widenTheWindow
  },
  {
    title: "Make it certain",
    about: "A barrier of 2 between check and deduction holds each transfer until both are there.",
    expected: "the race is guaranteed, and alice is negative.",
    run: makeItCertain
  },
  {
    title: "What an operator sees",
    about: "One more race, and the counters before and after it.",
    expected: "the race counters rise by one for each race.",
    run: readTheMetrics
  },
  {
    title: "Close the window",
    about: "Safe mode: locks from before the read until after the credit. Delay and barrier stay.",
    expected: "one transfer succeeds, one fails; alice has 200.",
    run: closeTheWindow
  },
  {
    title: "Compare the traces",
    about: "Three rounds with the bug, three with the fix, for Jaeger.",
    expected: "only the buggy rounds race; the fix serializes the transfers.",
    run: compareTraces,
    stops: true
  },
  {
    title: "How often?",
    about: `A load of ${LOAD} transfers, ${AT_ONCE} at a time, with a delay of 50 ms.`,
    expected: "races are frequent once the window is 50 ms wide.",
    run: howOften,
    stops: true
  },
];

// How the exercises are shown.

/** The address of another server of the lab on this machine. */
const beside = (port) => `http://${location.hostname}:${port}`;

const links = (list) => element("p", "links", ...list.map(([text, href]) => link(text, href)));

function table(head, rows) {
  const cells = (tag, row) => element("tr", "", ...row.map((text) => element(tag, "", text)));
  return element(
      "table", "numbers", element("thead", "", cells("th", head)),
      element("tbody", "", ...rows.map((row) => cells("td", row))));
}

export class Exercises {
  constructor() {
    this.running = null;
    this.parts = EXERCISES.map((exercise, index) => this.part(exercise, index));
    byId("exercise-list").append(...this.parts.map(({root}) => root));
  }

  part(exercise, index) {
    const start = button("Run", () => this.press(index), "run");
    start.setAttribute("aria-label", `Run exercise ${index + 1}: ${exercise.title}`);
    // Not a status element: screen readers would read out every number.
    const progress = element("p", "progress");
    const result = element("div", "result");
    result.setAttribute("role", "status");
    const more = element("div", "more");
    const head = element(
        "div", "exercise-head",
        element("h3", "", element("span", "nr", String(index + 1)), exercise.title), start);
    const root = element(
        "li", "exercise", head, element("p", "about", exercise.about), progress, result, more);
    root.id = `exercise-${index + 1}`;
    return {root, start, progress, result, more};
  }

  press(index) {
    if (this.running?.index === index) {
      this.running.stopped = true;
    } else if (!this.running) {
      this.run(index);
    }
  }

  async run(index) {
    const {progress, result, more} = this.parts[index];
    const tell = (text) => {
      progress.textContent = `running: ${text}`;
    };
    this.running = {index, stopped: false, progress: tell};
    this.showButtons();
    tell("…");
    result.replaceChildren();
    more.replaceChildren();
    try {
      this.show(index, await EXERCISES[index].run(this.running));
    } catch (error) {
      result.replaceChildren(verdict(false, "The exercise failed"), ` ${error.message}`);
    }
    progress.textContent = "";
    this.running = null;
    this.showButtons();
  }

  show(index, {ok, text, more = []}) {
    const {expected} = EXERCISES[index];
    const stopped = this.running.stopped;
    const title = stopped ? "Stopped" : ok ? "As expected" : "Not as expected";
    this.parts[index].result.replaceChildren(
        verdict(ok && !stopped, title), ` ${text} `,
        element("span", "expected", `Expected: ${expected}`));
    this.parts[index].more.replaceChildren(...more);
  }

  /** Disables the buttons of the other exercises; one that takes long gets a Stop button. */
  showButtons() {
    this.parts.forEach(({root, start}, index) => {
      const own = this.running?.index === index;
      const stops = own && Boolean(EXERCISES[index].stops);
      root.setAttribute("aria-busy", String(own));
      start.textContent = stops ? "Stop" : own ? "Running" : "Run";
      start.setAttribute("aria-disabled", String(Boolean(this.running) && !stops));
    });
  }
}

const verdict = (ok, text) =>
    element("strong", ok ? "verdict-good" : "verdict-bad", `${ok ? "✓" : "✗"} ${text}.`);
