// How wide must the window be? For each algorithm and each delay, runs ROUNDS (10) rounds of CONCURRENCY
// (8) simultaneous transfers of 800 from alice, who has 1000. The barrier is off, so only chance decides.
//
//   BASE_URL=http://127.0.0.1:8000 k6 run tools/k6/concurrent-transfers.js
//   docker compose run --rm -e DELAYS=0,1,10 lab21-k6 run /scripts/concurrent-transfers.js
//
// ALGORITHMS (check-then-act,ordered-locks) and DELAYS (0,1,5,20, in milliseconds) are separated by
// commas. Fails if a safe algorithm races or money appears or disappears. Restores the settings.
import { check } from 'k6';
import { Counter } from 'k6/metrics';
import {
  balances, cents, change, failedChecks, isRace, percent, reset, restore, settings, table, transfersAtOnce, values,
} from './lab.js';

const CONCURRENCY = Number(__ENV.CONCURRENCY || 8);
const ROUNDS = Number(__ENV.ROUNDS || 10);
const ALGORITHMS = (__ENV.ALGORITHMS || 'check-then-act,ordered-locks').split(',');
const DELAYS = (__ENV.DELAYS || '0,1,5,20').split(',').map(Number);
const SAFE = ['ordered-locks', 'optimistic'];
const AMOUNT = 800;

const CASES = ALGORITHMS.flatMap((algorithm) => DELAYS.map((delay) => ({ algorithm, delay })));

export const options = {
  scenarios: {
    cases: { executor: 'per-vu-iterations', vus: 1, iterations: CASES.length, maxDuration: '30m' },
  },
  batch: CONCURRENCY,
  batchPerHost: CONCURRENCY,
  thresholds: { checks: ['rate==1'] },
};

// Two metrics for each case, made here because k6 allows new metrics only before the run.
const racedRounds = CASES.map((_, i) => new Counter(`lab_rounds_raced_${i}`));
const races = CASES.map((_, i) => new Counter(`lab_races_${i}`));

export function setup() {
  const before = settings();
  change({ barrier_enabled: false });
  return { before };
}

export default function () {
  const number = __ITER;
  const { algorithm, delay } = CASES[number];
  change({ algorithm, delay_enabled: delay > 0, delay_ms: delay });
  for (let round = 0; round < ROUNDS; round++) {
    reset();
    const answers = transfersAtOnce(
      Array.from({ length: CONCURRENCY }, (_, i) => ['alice', i % 2 === 0 ? 'bob' : 'charlie', AMOUNT]),
    );
    const records = answers.filter((r) => r.status === 200).map((r) => r.json());
    const raced = records.filter(isRace).length;
    const after = balances();
    racedRounds[number].add(raced > 0 ? 1 : 0);
    races[number].add(raced);
    check(records, {
      'each transfer is answered': (r) => r.length === CONCURRENCY,
      'a safe algorithm does not race': () => !SAFE.includes(algorithm) || raced === 0,
      'no money appears or vanishes': () =>
        algorithm === 'lost-update' || after.alice + after.bob + after.charlie === cents(1700),
    });
  }
}

export function teardown({ before }) {
  restore(before);
  reset();
}

export function handleSummary(data) {
  const total = CASES.reduce((sum, _, i) => sum + values(data, `lab_races_${i}`).count, 0);
  const rows = CASES.map(({ algorithm, delay }, i) => {
    const raced = values(data, `lab_rounds_raced_${i}`).count;
    return [
      `${algorithm}, delay ${delay} ms`,
      `${raced} of ${ROUNDS} rounds raced (${percent(raced, ROUNDS)}), ${values(data, `lab_races_${i}`).count} races`,
    ];
  });
  rows.push(['races found', `${total}`]);
  return {
    stdout: table(`${CONCURRENCY} transfers at once, no barrier`, [...rows, ...failedChecks(data)]),
  };
}
