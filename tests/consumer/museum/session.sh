#!/usr/bin/env bash
# A failure is found in a scenario of this program, recorded and replayed, by this program.
#   session.sh MUSEUM
set -euo pipefail
museum=$(realpath "$1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
unset RACELAB_COMMAND

# Runs museum with the arguments behind CODE, which it must end with; what it prints goes to ./out.
museum() {
  local expected=$1 code=0
  shift
  "$museum" "$@" >out 2>&1 || code=$?
  [ "$code" = "$expected" ] || { cat out; echo "museum $* ended with $code, not $expected"; exit 1; }
}

prints() { grep -qF -- "$1" out || { cat out; echo "it did not print: $1"; exit 1; }; }

museum 1 explore museum/visitors:gates=3
prints "recorded in museum-visitors-gates-3.schedule"
prints "replay it:  $museum replay museum-visitors-gates-3-shrunk.schedule"
# As it was found, and of the smaller program that fails so too.
for file in museum-visitors-gates-3 museum-visitors-gates-3-shrunk; do
  museum 0 replay $file.schedule --times 100
  prints '100 of 100 replays were the same, bit for bit'
  museum 0 show $file.schedule
done
prints "scenario  museum/visitors:gates=2"
prints "FAILS BECAUSE  lost update"

museum 1 explore museum/visitors --strategy exhaustive --all --json
prints '"executions": 6,'
prints '"failures": 4,'
museum 0 explore museum/visitors-counted --strategy exhaustive --all --json
prints '"executions": 2,'
prints '"complete": true,'
museum 1 explore shop/last-postcard --strategy exhaustive --all --json
prints '"executions": 6,'
prints '"failures": 4,'

museum 2 explore bank/double-spend
prints 'museum: there is no scenario "bank/double-spend"'
