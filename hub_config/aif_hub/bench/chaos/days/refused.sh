# A clear no.
echo "sbatch: error: Batch job submission failed: Requested node configuration is not available" >&2
exit 1
