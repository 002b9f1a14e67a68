# What was cancelled was preempted: a Slurm without preemption says so of the jobs that the sed script names.
answer=$("/usr/bin/$command" "$@") || exit $?
printf '%s\n' "$answer" | sed -f "$here/preempted.sed"
exit 0
