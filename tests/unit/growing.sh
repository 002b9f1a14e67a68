#!/bin/sh
# sbatch, squeue and scancel of a Slurm that takes everything and starts nothing, and a watchdog that clears nothing
# (growing.py).
asked=$(cd "$(dirname "$0")/../asked" && pwd)
case $0 in
*/sbatch)
    number=$(($(ls "$asked" | wc -l) + 1))
    { echo "$*"; cat; } >"$asked/$number"
    echo "$$" # no two have the same
    ;;
*/watchdog) cat >/dev/null ;;
esac
