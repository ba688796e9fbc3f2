#!/usr/bin/env bash
# Runs each command of the ```console blocks in a document, in order, and compares what it prints
# with what stands there.   console_test.sh RACELAB DOCUMENT [FILE...]
# FILEs lie where the commands are run; DIR/. stands for all that is in DIR.
set -euo pipefail
racelab=$(realpath "$1")
document=$(realpath "$2")
shift 2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/tools"
ln -s "$racelab" "$dir/tools/run"
[ $# = 0 ] || cp -r "$@" "$dir"
cd "$dir"
unset RACELAB_COMMAND

awk '/^```console$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$document" >expected
[ -s expected ] || { echo "no console block in $document"; exit 1; }
while IFS= read -r line; do
  case $line in
    '$ '*)
      printf '%s\n' "$line"
      bash -c "${line#\$ }" 2>&1 </dev/null || true
      ;;
  esac
done <expected >found
# A search that takes long, as on a busy machine, says how fast it was.
sed -E -i 's|; [0-9.]+ s, [0-9,]+ executions/s$||' expected found
diff -u expected found && echo "$(grep -c '^\$ ' expected) commands print what the document says"
