// Shared by the scripts in this directory: the address of the lab, its calls, its counters.
import http from 'k6/http';

export const BASE_URL = (__ENV.BASE_URL || 'http://lab21-bank-api:8000').replace(/\/+$/, '');

const headers = { 'Content-Type': 'application/json' };
if (__ENV.LAB_ADMIN_TOKEN) headers.Authorization = `Bearer ${__ENV.LAB_ADMIN_TOKEN}`;

function answerOf(what, response) {
  if (response.status !== 200) {
    throw new Error(`${what}: ${response.status || 'no answer from ' + BASE_URL} ${response.body || response.error}`);
  }
  return response.json();
}

function params(name, tags) {
  return { headers, tags: Object.assign({ name }, tags) };
}

export function reset() {
  return answerOf('reset', http.post(`${BASE_URL}/reset`, null, params('reset')));
}

export function settings() {
  return answerOf('settings', http.get(`${BASE_URL}/admin/settings`, params('settings')));
}

// Changes only the given fields.
export function change(fields) {
  return answerOf('settings', http.post(`${BASE_URL}/admin/settings`, JSON.stringify(fields), params('settings')));
}

// Restores what settings() returned before. Sends only the fields that these scripts change.
export function restore(before) {
  const fields = {};
  for (const name of ['delay_enabled', 'delay_ms', 'barrier_enabled', 'barrier_count', 'algorithm']) {
    fields[name] = before[name];
  }
  return change(fields);
}

// The balances in cents, by account.
export function balances() {
  const answer = answerOf('accounts', http.get(`${BASE_URL}/accounts`, params('accounts')));
  return Object.fromEntries(answer.accounts.map(({ id, balance }) => [id, cents(balance)]));
}

export function cents(amount) {
  return Math.round(amount * 100);
}

// The number of races that the server has detected so far.
export function serverRaces() {
  const response = http.get(`${BASE_URL}/metrics`, params('metrics'));
  const line = /^race_condition_hits_total(?:\{[^}]*\})? (\S+)/m.exec(response.body);
  if (!line) throw new Error(`metrics: ${response.status}, without race_condition_hits_total`);
  return Number(line[1]);
}

// A transfer in the form that http.post() and http.batch() take.
function transferRequest(from, to, amount) {
  return {
    method: 'POST',
    url: `${BASE_URL}/transfer`,
    body: JSON.stringify({ from_account: from, to_account: to, amount }),
    params: params('transfer'),
  };
}

export function transfer(from, to, amount) {
  const { url, body, params: with_ } = transferRequest(from, to, amount);
  return http.post(url, body, with_);
}

// Sends all transfers, each [from, to, amount], at once. The options batch and batchPerHost must allow
// that many.
export function transfersAtOnce(transfers) {
  return http.batch(transfers.map(([from, to, amount]) => transferRequest(from, to, amount)));
}

// Whether a transfer is a double-spend: its check passed and its deduction left the source negative.
export function isRace(record) {
  return record.status === 'success' && record.from_balance_after < 0;
}

// The values of a metric in the argument of handleSummary(); zeros if it has no samples.
export function values(data, metric) {
  const found = data.metrics[metric];
  return found ? found.values : { count: 0, rate: 0, min: 0, max: 0, value: 0, 'p(95)': 0, med: 0 };
}

export function percent(part, whole) {
  return whole ? `${((100 * part) / whole).toFixed(1)} %` : '-';
}

// Lines under a title, with an aligned first column.
export function table(title, rows) {
  const width = Math.max(...rows.map(([label]) => label.length));
  return ['', title, ...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`), ''].join('\n') + '\n';
}

// A line for each failed check, so that a failed run shows the reason.
export function failedChecks(data) {
  const failed = (data.root_group.checks || []).filter((check) => check.fails > 0);
  return failed.map((check) => [`FAILED: ${check.name}`, `${check.fails} of ${check.fails + check.passes}`]);
}
