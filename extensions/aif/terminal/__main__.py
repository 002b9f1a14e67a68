"""``python -m aif.terminal usage``."""

import sys

from aif.terminal.cli import main

sys.exit(main())
