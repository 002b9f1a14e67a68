# The job waits until somebody releases it.
set -- --hold "$@"
