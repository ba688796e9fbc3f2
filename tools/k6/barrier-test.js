// Forces the race: in each of ROUNDS (10) rounds, COUNT (2) transfers of 800 from alice, who has 1000,
// meet at the barrier between check and deduction. Each round must double-spend.
//
//   BASE_URL=http://127.0.0.1:8000 k6 run tools/k6/barrier-test.js
//   docker compose run --rm lab21-k6 run /scripts/barrier-test.js
//
// Turns safe mode off and the barrier on, resets before each round, and restores the settings at the
// end. Fails if a round does not race.
import { check } from 'k6';
import { Counter, Gauge } from 'k6/metrics';
import {
  balances, cents, change, failedChecks, isRace, reset, restore, serverRaces, settings, table, transfersAtOnce, values,
} from './lab.js';

const COUNT = Number(__ENV.COUNT || 2);
const ROUNDS = Number(__ENV.ROUNDS || 10);
const AMOUNT = 800;

export const options = {
  scenarios: {
    rounds: { executor: 'per-vu-iterations', vus: 1, iterations: ROUNDS, maxDuration: '10m' },
  },
  batch: COUNT,
  batchPerHost: COUNT,
  thresholds: { checks: ['rate==1'] },
};

const rounds = new Counter('lab_rounds');
const racedRounds = new Counter('lab_rounds_raced');
const races = new Counter('lab_races');
const finalBalance = new Gauge('lab_final_balance');

export function setup() {
  const before = settings();
  change({ use_transactions: false, barrier_enabled: true, barrier_count: COUNT });
  return { before };
}

export default function () {
  reset();
  const racesBefore = serverRaces();
  const answers = transfersAtOnce(
    Array.from({ length: COUNT }, (_, i) => ['alice', i % 2 === 0 ? 'bob' : 'charlie', AMOUNT]),
  );
  const records = answers.filter((r) => r.status === 200).map((r) => r.json());
  const after = balances();
  const raced = records.filter(isRace).length;

  rounds.add(1);
  racedRounds.add(raced > 0 ? 1 : 0);
  races.add(raced);
  finalBalance.add(after.alice / 100);
  check(records, {
    'all transfers pass the check': (r) => r.length === COUNT && r.every(({ status }) => status === 'success'),
    'all have read the same balance': (r) => r.every(({ from_balance_before }) => from_balance_before === 1000),
    'all but one leave alice negative': () => raced === COUNT - 1,
    'alice has paid each of them': () => after.alice === cents(1000 - COUNT * AMOUNT),
    'no money appears or vanishes': () => after.alice + after.bob + after.charlie === cents(1700),
    'the server counts the same races': () => serverRaces() - racesBefore === COUNT - 1,
  });
}

export function teardown({ before }) {
  restore(before);
  reset();
}

export function handleSummary(data) {
  const rows = [
    ['rounds', `${values(data, 'lab_rounds').count} of ${COUNT} transfers at a barrier of ${COUNT}`],
    ['rounds with a race', `${values(data, 'lab_rounds_raced').count}`],
    ['races found', `${values(data, 'lab_races').count}`],
    ['alice at the end of a round', values(data, 'lab_final_balance').value.toFixed(2)],
  ];
  return { stdout: table('Guaranteed race', [...rows, ...failedChecks(data)]) };
}
