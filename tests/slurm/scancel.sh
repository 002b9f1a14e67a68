#!/bin/sh
# The real scancel behind a gate for each person: an end that takes its time, or one that is refused.
gates="${0%/*}/../gates"
me=$(id -un)
if [ -e "$gates/scancel-refused.$me" ]; then
    for job do [ "${job#-}" = "$job" ] && echo "scancel: error: Kill job error on job id $job: Access/permission denied" >&2; done
    exit 1
fi
exec "${0%/*}/../gate" "scancel-$me" /usr/bin/scancel "$@"
