#!/usr/bin/env bash
# Starts Grove where a suite means to start a ZooKeeper. The last argument is its zoo.cfg, which becomes Grove's own
# configuration; properties of the virtual machine count, from the arguments and from SERVER_JVMFLAGS. Found as `java`
# too, which some suites call by themselves.
set -euo pipefail

config=${!#}
properties=(-DclientPortAddress=127.0.0.1)
for argument in "$@" ${SERVER_JVMFLAGS-}; do
  [[ $argument != -D* ]] || properties+=("$argument")
done
rm -f "$config.yaml"
grove config import "$config" -o "$config.yaml" "${properties[@]}" 2>"$config.notes"
exec grove serve --config "$config.yaml" --log.level "${GROVE_SUITE_LOG-warn}"
