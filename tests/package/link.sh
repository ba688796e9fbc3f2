#!/usr/bin/env bash
# Builds a program of one file with pkg-config's flags for racelab-sim.
#   link.sh COMPILER FILE FLAG...
set -euo pipefail
compiler=$1 file=$2
shift 2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# shellcheck disable=SC2046 # a list of flags
"$compiler" -std=c++20 "$@" "$file" $(pkg-config --cflags --libs racelab-sim) -o "$dir/program"
echo "linked"
