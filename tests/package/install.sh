#!/usr/bin/env bash
# Installs racelab for one prefix, moves it to another, and looks at what is there.
#   install.sh CMAKE SOURCE BUILD STAGE
set -euo pipefail
cmake=$1 source=$2 build=$3 stage=$4
rm -rf "$stage"
DESTDIR=$stage "$cmake" --install "$build" --prefix /opt/racelab >/dev/null
mv "$stage/opt/racelab" "$stage/moved"
cd "$stage/moved"

fail() { echo "$*"; exit 1; }

# Nothing lies where it could be taken for somebody else's.
for file in $(find . -type f | sort); do
  case $file in
    ./bin/racelab | ./include/racelab/sim/*.hpp | ./include/racelab/racelab/command.hpp) ;;
    ./lib*/libracelab_*.a | ./lib*/cmake/racelab/racelab*.cmake | ./lib*/pkgconfig/racelab-*.pc) ;;
    ./share/doc/racelab/LICENSE | ./share/racelab/gdb/racelab.py) ;;
    *) fail "$file is installed, where nothing of racelab's belongs" ;;
  esac
done

# Compiled files have their sources' names for debuggers; the others name no place but their own.
for place in "$source" "$build" "$stage" /opt/racelab; do
  ! grep -rIlF -- "$place" . || fail "these files name $place, where the package is not"
done

# All of sim's headers but those that need what racelab itself is built with.
installed=$(cd include/racelab && find sim -name '*.hpp' | sort)
written=$(cd "$source" && find sim -name '*.hpp' ! -name execution_json.hpp ! -name spans.hpp | sort)
[ "$installed" = "$written" ] || { diff <(echo "$written") <(echo "$installed"); exit 1; }
bin/racelab explore bank/locked --json | grep -F '"complete": true'
