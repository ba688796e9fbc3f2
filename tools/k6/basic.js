// Load on one contended account, with the current settings of the lab: how often does the bank spend
// the same money twice?
//
//   BASE_URL=http://127.0.0.1:8000 k6 run tools/k6/basic.js
//   docker compose run --rm lab21-k6 run /scripts/basic.js
//
// VUS (10) users run for DURATION (15s). Each transfers 600 to 900 from alice, who has 1000: any two such
// transfers exceed her balance. The receiver pays the money back at once, so that the balance stays
// contended and does not drift, however many races there are.
import { check, sleep } from 'k6';
import { Counter, Gauge, Trend } from 'k6/metrics';
import { failedChecks, isRace, percent, reset, serverRaces, settings, table, transfer, values } from './lab.js';

export const options = {
  scenarios: {
    contend: {
      executor: 'constant-vus',
      vus: Number(__ENV.VUS || 10),
      duration: __ENV.DURATION || '15s',
      // A transfer that is alone at the barrier is released after 30 s.
      gracefulStop: '35s',
    },
  },
  thresholds: { checks: ['rate==1'] },
};

const attempts = new Counter('lab_attempts');
const refused = new Counter('lab_refused');
const races = new Counter('lab_races');
const counted = new Gauge('lab_races_counted_by_server');
const lowest = new Trend('lab_lowest_balance');
const took = new Trend('lab_transfer_ms');

export function setup() {
  reset();
  return { settings: settings(), races: serverRaces() };
}

export default function () {
  const amount = 600 + Math.floor(Math.random() * 301);
  const other = Math.random() < 0.5 ? 'bob' : 'charlie';

  const response = transfer('alice', other, amount);
  if (!check(response, { 'a transfer is answered': (r) => r.status === 200 })) {
    sleep(0.1);
    return;
  }
  const record = response.json();
  attempts.add(1);
  took.add(record.duration_ms);
  if (record.status !== 'success') {
    refused.add(1);
    // The last transfer is about to be paid back.
    sleep(0.01 * Math.random());
    return;
  }
  if (isRace(record)) {
    races.add(1);
    lowest.add(record.from_balance_after);
  }
  const back = transfer(other, 'alice', amount);
  check(back, { 'a transfer is answered': (r) => r.status === 200 });
  // The money for paying back can only be missing if somebody else uses the accounts as well.
  if (back.status === 200 && back.json().status !== 'success') reset();
}

export function teardown(before) {
  counted.add(serverRaces() - before.races);
  reset();
}

export function handleSummary(data) {
  const s = data.setup_data.settings;
  const tried = values(data, 'lab_attempts').count;
  const found = values(data, 'lab_races').count;
  const rows = [
    ['algorithm', s.algorithm],
    ['delay', s.delay_enabled ? `${s.delay_ms} ms` : 'off'],
    ['barrier', s.barrier_enabled ? `${s.barrier_count} transfers` : 'off'],
    ['transfers from alice', `${tried}, of them ${values(data, 'lab_refused').count} refused`],
    ['races found', `${found} (${percent(found, tried)} of the transfers)`],
    ['counted by the server', `${values(data, 'lab_races_counted_by_server').value}`],
    ['lowest balance seen', found ? values(data, 'lab_lowest_balance').min.toFixed(2) : 'not negative'],
    ['a transfer took', `${values(data, 'lab_transfer_ms').med.toFixed(1)} ms (median), ` +
      `${values(data, 'lab_transfer_ms')['p(95)'].toFixed(1)} ms (95 %)`],
  ];
  return { stdout: table('Load on one account', [...rows, ...failedChecks(data)]) };
}
