# What Slurm's commands say when the controller hangs up.
echo "$command: error: Zero Bytes were transmitted or received" >&2
exit 1
