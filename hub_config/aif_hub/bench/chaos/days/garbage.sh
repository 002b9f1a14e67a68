# An answer with status 0 that is none. sbatch has its gates and takes the job; nothing else is done.
instead=$(printf '<html>\0502 Bad Gateway\n12|\303\050|RUNNING\n|||')
if [ "$command" != sbatch ]; then
    printf '%s\n' "$instead"
    exit 0
fi
