#!/usr/bin/env bash
# Code in documents is code that is built: a block behind a line `<!-- from: FILE -->` must stand in
# that file as it stands in the document, line for line.   code_test.sh ROOT
# looks at all documents in the places below ROOT where documents are.
set -euo pipefail
shopt -s nullglob
cd "$1"
failures=0
blocks=0

wrong() {
  echo "$*"
  failures=$((failures + 1))
}

# check_block WHERE FILE BLOCK
check_block() {
  blocks=$((blocks + 1))
  [ -n "$3" ] || { wrong "$1: the block is empty"; return; }
  [ -f "$2" ] || { wrong "$1: there is no file $2"; return; }
  local content
  content=$'\n'$(cat "$2")$'\n'
  case $content in
    *$'\n'"$3"*) ;;
    *)
      wrong "$1: this does not stand in $2 so; change the document, or the file:"
      printf '%s' "$3" | diff - "$2" | sed -n 's/^< /  /p' || true
      ;;
  esac
}

check_document() {
  local line number=0 file='' start='' block=''
  while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    if [ -n "$start" ]; then
      if [ "$line" = '```' ]; then
        check_block "$1:$start" "$file" "$block"
        file='' start='' block=''
      else
        block+=$line$'\n'
      fi
    elif [[ $line =~ ^'<!-- from: '(.*)' -->'$ ]]; then
      file=${BASH_REMATCH[1]}
    elif [ -n "$file" ]; then
      case $line in
        '```'?*) start=$number ;;
        *)
          wrong "$1:$number: expected a block of code from $file"
          file=''
          ;;
      esac
    fi
  done <"$1"
  [ -z "$file" ] || wrong "$1: the end, where a block of code from $file should be"
}

for document in *.md docs/*.md http/docs/*.md; do check_document "$document"; done
[ "$blocks" -gt 0 ] || wrong "no block of code from a file in any document"
[ "$failures" = 0 ] || exit 1
echo "$blocks blocks stand in their files"
