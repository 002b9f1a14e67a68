#!/bin/sh
# One of Slurm's commands, by this file's own name. A file days/NAME or days/NAME.LOGIN beside it says how its day is:
# it is read here and may answer in Slurm's place, or say what is to be answered instead of what Slurm said. Then a gate
# before the command, and one between its answer and ours.
here="${0%/*}/.."
command="${0##*/}"
who="${USER:-hub}"
instead=""
for day in "$here/days/$command" "$here/days/$command.$who"; do
    if [ -r "$day" ]; then . "$day"; fi
done
case "$command" in
    sbatch | scancel) ;;
    *) exec "/usr/bin/$command" "$@" ;;
esac
"$here/gate" "before-$command-$who" true
answer=$("/usr/bin/$command" "$@")
status=$?
"$here/gate" "after-$command-$who" true
printf '%s\n' "${instead:-$answer}"
exit $status
