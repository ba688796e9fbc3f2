#!/usr/bin/env bash
# Lab 21, exercise by exercise: the commands as a reader types them, against a real lab on a free port,
# each followed by a check of its result. Usage: lab21.sh RACELAB. Exits with 77 if a tool is missing.
set -uo pipefail

racelab=$1
for tool in curl jq; do
  command -v "$tool" >/dev/null || {
    echo "skipped: $tool is not installed"
    exit 77
  }
done

directory=$(mktemp -d)
log=$directory/log
lab=
failed=0
cleanup() {
  [ -z "$lab" ] || kill "$lab" 2>/dev/null
  rm -rf "$directory"
}
trap cleanup EXIT

"$racelab" serve --port 0 >"$log" 2>&1 &
lab=$!
for _ in $(seq 300); do
  grep -q '^Stop it' "$log" && break
  sleep 0.1
done
url=$(sed -n 's/^The lab runs at //p' "$log")
[ -n "$url" ] || {
  echo "the lab did not start:"
  cat "$log"
  exit 1
}

# Requests to localhost:8000, the address in the lab's text, go to this lab.
curl() { command curl "${@/http:\/\/localhost:8000/$url}"; }
# expect NAME WANTED FOUND
expect() {
  [ "$2" = "$3" ] && return
  echo "FAILED: $1: expected $2, found $3"
  failed=1
}
balance() { command curl -s "$url/accounts/$1" | jq .balance; }
metric() { command curl -s "$url/metrics" | sed -n "s/^$1{.*} //p" | head -1; }
statuses() { command curl -s "$url/transactions?limit=$1" | jq -r '[.transactions[].status] | sort | join(" ")'; }
both() {
  curl -s -X POST http://localhost:8000/transfer \
    -H "Content-Type: application/json" \
    -d '{"from_account": "alice", "to_account": "bob", "amount": 800}' >"$directory/bob" &
  local bob=$!
  curl -s -X POST http://localhost:8000/transfer \
    -H "Content-Type: application/json" \
    -d '{"from_account": "alice", "to_account": "charlie", "amount": 800}' >"$directory/charlie" &
  wait $bob $!
}

echo "== Exercise 1: normal operation"
expect "initial balances" '[1000,500,200]' \
  "$(curl -s http://localhost:8000/accounts | jq -c '[.accounts[].balance]')"
expect "a transfer" '"success"' "$(curl -s -X POST http://localhost:8000/transfer \
  -H "Content-Type: application/json" \
  -d '{"from_account": "alice", "to_account": "bob", "amount": 100}' | jq .status)"
expect "balances after it" '[900,600,200]' \
  "$(curl -s http://localhost:8000/accounts | jq -c '[.accounts[].balance]')"
curl -s -X POST http://localhost:8000/transfer \
  -H "Content-Type: application/json" \
  -d '{"from_account": "alice", "to_account": "bob", "amount": 100}' >"$directory/bob" &
first=$!
curl -s -X POST http://localhost:8000/transfer \
  -H "Content-Type: application/json" \
  -d '{"from_account": "alice", "to_account": "charlie", "amount": 100}' >"$directory/charlie" &
wait $first $!
expect "two in parallel" '[700,700,300]' \
  "$(curl -s http://localhost:8000/accounts | jq -c '[.accounts[].balance]')"
expect "no race yet" 0 "$(metric race_condition_hits_total)"

echo "== Exercise 2: delays"
expect "reset" '"reset"' "$(curl -s -X POST http://localhost:8000/reset | jq .status)"
expect "delay" '{"delay_enabled":true,"delay_ms":200}' \
  "$(curl -s -X POST "http://localhost:8000/admin/delay?enabled=true&ms=200" | jq -c .)"
expect "settings" '[true,200,false,2,false]' "$(curl -s http://localhost:8000/admin/settings |
  jq -c '[.delay_enabled,.delay_ms,.barrier_enabled,.barrier_count,.use_transactions]')"
both
expect "alice is negative" -600 "$(curl -s http://localhost:8000/accounts/alice | jq .balance)"

echo "== Exercise 3: barrier"
curl -s -X POST http://localhost:8000/reset | jq . >/dev/null
expect "barrier" '{"barrier_enabled":true,"barrier_count":2}' \
  "$(curl -s -X POST "http://localhost:8000/admin/barrier?enabled=true&count=2" | jq -c .)"
curl -s -X POST "http://localhost:8000/admin/delay?enabled=true&ms=200" | jq . >/dev/null
both
expect "the race is guaranteed" '[-600,1300,1000]' \
  "$(curl -s http://localhost:8000/accounts | jq -c '[.accounts[].balance]')"
for text in 'barrier 1/2: arrived' 'barrier 2/2: arrived' 'delay 200 ms' 'RACE: alice is negative' \
  'read alice.balance = 1000.00' 'deduct alice.balance = -600.00'; do
  expect "the log has \"$text\"" yes "$(grep -q "$text" "$log" && echo yes)"
done

echo "== Exercise 4: metrics"
shown=$(curl -s http://localhost:8000/metrics | grep -E "race_condition|double_spend|transfers")
expect "races" 'race_condition_hits_total{service="bank-api"} 2' \
  "$(grep '^race_condition_hits_total' <<<"$shown")"
expect "double-spends" 'double_spend_detected_total{service="bank-api"} 2' \
  "$(grep '^double_spend_detected_total' <<<"$shown")"
expect "transfers" 7 "$(sed -n 's/^transfers_total{.*status="success"} //p' <<<"$shown")"
expect "alice's gauge" -600 \
  "$(command curl -s "$url/metrics" | sed -n 's/^account_balance{account_id="alice".*} //p')"

echo "== Exercise 5: the fix"
curl -s -X POST http://localhost:8000/reset | jq . >/dev/null
curl -s -X POST "http://localhost:8000/admin/barrier?enabled=true&count=2" | jq . >/dev/null
curl -s -X POST "http://localhost:8000/admin/delay?enabled=true&ms=200" | jq . >/dev/null
expect "safe mode" '{"use_transactions":true}' \
  "$(curl -s -X POST "http://localhost:8000/admin/transactions?enabled=true" | jq -c .)"
expect "settings" '[true,200,true,2,true]' "$(curl -s http://localhost:8000/admin/settings |
  jq -c '[.delay_enabled,.delay_ms,.barrier_enabled,.barrier_count,.use_transactions]')"
both
expect "alice is not negative" 200 "$(balance alice)"
expect "one succeeded" 'failed_insufficient_funds success' "$(statuses 2)"
expect "no further race" 2 "$(metric race_condition_hits_total)"

echo "== Exercise 6: buggy and fixed, three times each"
curl -s -X POST "http://localhost:8000/admin/transactions?enabled=false" | jq . >/dev/null
curl -s -X POST http://localhost:8000/reset | jq . >/dev/null
for _ in {1..3}; do
  both
  expect "buggy" -600 "$(balance alice)"
  curl -s -X POST http://localhost:8000/reset >/dev/null
done
expect "races" 5 "$(metric race_condition_hits_total)"
curl -s -X POST "http://localhost:8000/admin/transactions?enabled=true" | jq . >/dev/null
curl -s -X POST http://localhost:8000/reset | jq . >/dev/null
for _ in {1..3}; do
  both
  expect "fixed" 200 "$(balance alice)"
  expect "fixed" 'failed_insufficient_funds success' "$(statuses 20)"
  curl -s -X POST http://localhost:8000/reset >/dev/null
done
expect "no further race" 5 "$(metric race_condition_hits_total)"

echo "== Exercise 7: settings for the load test"
curl -s -X POST http://localhost:8000/reset | jq . >/dev/null
curl -s -X POST "http://localhost:8000/admin/transactions?enabled=false" | jq . >/dev/null
curl -s -X POST "http://localhost:8000/admin/delay?enabled=true&ms=50" | jq . >/dev/null
curl -s -X POST "http://localhost:8000/admin/barrier?enabled=false" | jq . >/dev/null
expect "settings" '[true,50,false,2,false]' "$(curl -s http://localhost:8000/admin/settings |
  jq -c '[.delay_enabled,.delay_ms,.barrier_enabled,.barrier_count,.use_transactions]')"

echo "== The end: a signal while transfers wait"
curl -s -X POST "http://localhost:8000/admin/barrier?enabled=true&count=3" >/dev/null
both &
waiters=$!
for _ in $(seq 300); do
  [ "$(metric barrier_waiting_count)" = 2 ] && break
  sleep 0.1
done
kill -TERM "$lab"
wait "$lab"
expect "exit code" 0 $?
wait $waiters
expect "who waited was answered" '"success" "success"' \
  "$(jq .status "$directory/bob") $(jq .status "$directory/charlie")"
lab=

echo "== Bad starts"
: >"$log"  # what the lab before has said must not be taken for this one's
"$racelab" serve --port 0 >"$log" 2>&1 &
lab=$!
for _ in $(seq 300); do
  grep -q '^Stop it' "$log" && break
  sleep 0.1
done
url=$(sed -n 's/^The lab runs at //p' "$log")
"$racelab" serve --port "${url##*:}" >"$directory/out" 2>&1
expect "exit code for a port in use" 4 $?
expect "its message" yes "$(grep -q 'Address already in use' "$directory/out" && echo yes)"
"$racelab" serve --otlp http://localhost:4317 >"$directory/out" 2>&1
expect "exit code for a gRPC port" 2 $?
expect "its message" yes "$(grep -q 'use port 4318' "$directory/out" && echo yes)"
DEBUG_DELAY_MS=soon "$racelab" serve --port 0 >"$directory/out" 2>&1
expect "exit code for a bad environment" 2 $?
expect "its message" yes "$(grep -q 'DEBUG_DELAY_MS=soon' "$directory/out" && echo yes)"
kill -INT "$lab"
wait "$lab"
expect "exit code after an interrupt" 0 $?
lab=

[ $failed = 0 ] && echo "all as Lab 21 says"
exit $failed
