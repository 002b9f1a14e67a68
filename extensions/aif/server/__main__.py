"""Runs the server of one session; the job script execs this and nothing else."""

import sys

from aif.server.run import main

sys.exit(main(sys.argv[1:]))
