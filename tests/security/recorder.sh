#!/bin/sh
# In the place of a Slurm command: writes down its own path, its arguments and its whole environment.
{ printf '%s\0' "$0" "$@"; printf '\0'; cat "/proc/$$/environ"; } > "$(mktemp "${0%/*}/called/XXXXXX")"
