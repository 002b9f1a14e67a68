#!/bin/bash
# `./aif` as the documentation says it, meant for the tests' instance: commands that know instances are told which.
set -euo pipefail
command=$1
shift
case $command in
    up | down | status | logs | reset | bench | banner | audit | backup | restore) exec "$SOURCE/aif" "$command" --instance "$INSTANCE" --prefix "$PREFIX" "$@" ;;
    *) exec "$SOURCE/aif" "$command" "$@" ;;
esac
