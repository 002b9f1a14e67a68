#!/bin/sh
# gate NAME PROGRAM ARGUMENTS…: PROGRAM, but not before the file gates/NAME.closed beside this script is gone.
# While it waits, gates/NAME.<pid> says so.
name="$1"
gates="${0%/*}/gates"
shift
if [ -e "$gates/$name.closed" ]; then
    : > "$gates/$name.$$"
    while [ -e "$gates/$name.closed" ]; do sleep 0.05; done
fi
exec "$@"
