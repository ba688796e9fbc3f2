#!/usr/bin/env bash
# Compiles each installed header by itself.   headers.sh COMPILER PREFIX
# PKG_CONFIG_PATH is where the package is.
set -euo pipefail
compiler=$1 prefix=$2
# shellcheck disable=SC2046 # a list of modules: all there are
flags=$(pkg-config --cflags $(cd "$PKG_CONFIG_PATH" && basename -s .pc racelab-*.pc))

cd "$prefix/include/racelab"
count=0
for header in $(find . -name '*.hpp' -printf '%P\n' | sort); do
  # shellcheck disable=SC2086 # a list of flags
  echo "#include <$header>" |
    "$compiler" -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Werror $flags -x c++ - || {
    echo "$header does not compile by itself"
    exit 1
  }
  count=$((count + 1))
done
[ "$count" -gt 50 ] || { echo "only $count headers"; exit 1; }
echo "$count headers compile by themselves"
