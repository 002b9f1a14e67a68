#!/bin/sh
# The real sbatch, with a gate before it and one between Slurm's answer and ours: what a slow network can do.
here="${0%/*}/.."
"$here/gate" before-sbatch true
"$here/gate" "before-sbatch-$(id -un)" true
answer=$(/usr/bin/sbatch "$@")
status=$?
"$here/gate" after-sbatch true
printf '%s\n' "$answer"
exit $status
