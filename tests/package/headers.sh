#!/usr/bin/env bash
# Compiles all installed headers: that each compiles by itself is seen where they are built, here
# that none is missing.   headers.sh COMPILER PREFIX
# PKG_CONFIG_PATH is where the package is.
set -euo pipefail
compiler=$1 prefix=$2
# shellcheck disable=SC2046 # a list of modules: all there are
flags=$(pkg-config --cflags $(cd "$PKG_CONFIG_PATH" && basename -s .pc racelab-*.pc))

cd "$prefix/include/racelab"
headers=$(find . -name '*.hpp' -printf '%P\n' | sort)
count=$(wc -l <<<"$headers")
[ "$count" -gt 50 ] || { echo "only $count headers"; exit 1; }
# shellcheck disable=SC2086 # a list of flags
sed 's/.*/#include <&>/' <<<"$headers" |
  "$compiler" -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Werror $flags -x c++ -
echo "$count headers compile"
