#!/usr/bin/env bash
# Does with a ZooKeeper server, through Debian's cli_mt (package zookeeper-bin), what a program with the C client does.
#
#   climt.sh HOST:PORT
#
# One line for each check; ends with status 1 at the first that fails. Works against Apache ZooKeeper too. Everything is
# made below a node of its own and removed at the end.
set -euo pipefail

[ $# = 1 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
cli=${CLI_MT:-/usr/lib/zookeeper/bin/cli_mt}
root=/climt-check-$$
out=$(mktemp)
trap 'rm -f "$out"' EXIT

# cli_mt does not wait for answers, but they come in the order of the commands; before it may quit they have to be there.
done=$root/done-is-not-there
{
  cat <<COMMANDS
create $root
create $root
create $root/none/child
set $root hello
wexists $root
set $root three
get $root
create +s $root/s-
create +e $root/e
create +e $root/e/child
ls $root
exists $root
sync $root
delete $root
delete $root/e
delete $root/s-0000000000
delete $root
get $root
delete $done
COMMANDS
  for _ in $(seq 200); do
    ! grep -q "^$done: rc = " "$out" || break
    sleep 0.1
  done
  echo quit
} | timeout 60 "$cli" "$1" >"$out" 2>&1

line=0
# check NAME REGEXP: some line after the one of the check before matches.
check() {
  local found
  found=$(tail -n "+$((line + 1))" "$out" | grep -n -m 1 -E -- "$2" | cut -d: -f1) || true
  if [ -z "$found" ]; then
    echo "FAILED cli_mt: $1: no line like $2 after line $line of"
    cat -n "$out"
    exit 1
  fi
  line=$((line + found))
  echo "ok cli_mt: $1"
}

check 'connects' 'Watcher SESSION_EVENT state = CONNECTED_STATE'
check 'create' "^\[$root\]: rc = 0\$"
check 'create of what is there' "^\[$root\]: rc = -110\$"
check 'create without parent' "^\[$root/none/child\]: rc = -101\$"
check 'exists' "^$root: rc = 0 Stat:\$"
check 'version after set' 'version=1[[:space:]]aversion=0'
check 'watch fires' "Watcher CHANGED_EVENT state = CONNECTED_STATE for path $root\$"
check 'get after set' '^three$'
check 'sequence' "name = $root/s-0000000000\$"
check 'ephemeral' "name = $root/e\$"
check 'child of an ephemeral' "^\[$root/e/child\]: rc = -108\$"
check 'ls' "^$root: rc = 0\$"
check 'ls: first' '^[[:space:]]e$'
check 'ls: second' '^[[:space:]]s-0000000000$'
check 'sync' "^\[$root\]: rc = 0\$"
check 'delete with children' "^$root: rc = -111\$"
check 'delete' "Watcher DELETED_EVENT state = CONNECTED_STATE for path $root\$"
check 'get of what is gone' "^$root: rc = -101\$"
