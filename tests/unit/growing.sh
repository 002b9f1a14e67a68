#!/bin/sh
# sbatch, squeue and scancel of a Slurm that takes everything, while there is no file `refuses`, and starts nothing, and
# a watchdog that clears nothing (growing.py).
asked=$(cd "$(dirname "$0")/../asked" && pwd)
case $0 in
*/sbatch)
    if [ -e "$asked/../refuses" ]; then
        echo "sbatch: error: Required partition not available (inactive or drain)" >&2
        exit 1
    fi
    number=$(($(ls "$asked" | wc -l) + 1))
    { echo "$*"; cat; } >"$asked/$number"
    echo "$$" # no two have the same
    ;;
*/watchdog) cat >/dev/null ;;
esac
