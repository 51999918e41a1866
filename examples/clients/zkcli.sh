#!/usr/bin/env bash
# Does with a ZooKeeper server, through Debian's zkCli (package zookeeper), what a person does with one.
#
#   zkcli.sh HOST:PORT
#
# One line for each check; ends with status 1 at the first that fails. Works against Apache ZooKeeper too. Everything is
# made below a node of its own and removed at the end.
set -euo pipefail

[ $# = 1 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
cli=${ZKCLI:-/usr/share/zookeeper/bin/zkCli.sh}
root=/zkcli-check-$$
out=$(mktemp)
trap 'rm -f "$out"' EXIT

# Errors go to standard error and results to standard output, in the order of the commands. A failed last command is
# zkCli's exit status, so that it is what is expected here.
status=0
timeout 120 "$cli" -server "$1" >"$out" 2>&1 <<COMMANDS || status=$?
create $root "hello world"
get $root
create $root
create $root/none/child x
create -s $root/s- x
create -s $root/s- x
create -e $root/e x
create $root/e/child x
ls $root
stat $root
get -w $root
set $root three
get $root
set -v 7 $root x
getAcl $root
setAcl $root world:anyone:cdrwa
delete $root
deleteall $root
get $root
COMMANDS

line=0
# check NAME REGEXP: some line after the one of the check before matches.
check() {
  local found
  found=$(tail -n "+$((line + 1))" "$out" | grep -n -m 1 -E -- "$2" | cut -d: -f1) || true
  if [ -z "$found" ]; then
    echo "FAILED zkCli: $1: no line like $2 after line $line of"
    cat -n "$out"
    exit 1
  fi
  line=$((line + found))
  echo "ok zkCli: $1"
}

check 'connects' 'WatchedEvent state:SyncConnected type:None'
check 'create' "^Created $root\$"
check 'get' '^hello world$'
check 'create of what is there' "^Node already exists: $root\$"
check 'create without parent' "^Node does not exist: $root/none/child\$"
check 'sequence, first' "^Created $root/s-0000000000\$"
check 'sequence, second' "^Created $root/s-0000000001\$"
check 'ephemeral' "^Created $root/e\$"
check 'child of an ephemeral' '^Ephemerals cannot have children: '
check 'ls' '^\[e, s-0000000000, s-0000000001\]$'
check 'stat: version' '^dataVersion = 0$'
check 'stat: children' '^numChildren = 3$'
check 'get with watch' '^hello world$'
after_watch=$line
check 'watch fires' "type:NodeDataChanged path:$root\$"
line=$after_watch
check 'get after set' '^three$'
check 'set of another version' '^version No is not valid : '
check 'getAcl' "^'world,'anyone\$"
check 'permissions' '^: cdrwa$'
check 'delete with children' "^Node not empty: $root\$"
check 'deleteall' "^Node does not exist: $root\$"
[ "$status" = 1 ] || { echo "FAILED zkCli: status $status after a command that failed, want 1"; exit 1; }
