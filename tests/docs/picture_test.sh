#!/usr/bin/env bash
# A picture in the documents is what `racelab show --svg` makes of the schedule today.
#   picture_test.sh RACELAB SCHEDULE PICTURE
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$1" show "$2" --svg "$dir/picture.svg" >"$dir/out"
diff -u "$3" "$dir/picture.svg" || {
  echo "where the new one is better: racelab show $2 --svg $3"
  exit 1
}
