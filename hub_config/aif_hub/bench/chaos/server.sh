#!/bin/sh
# A session's server behind a gate: the instance's own, or the stand-in for logins that have a file of that name.
here="${0%/*}"
if [ -e "$here/gates/standin.$USER" ]; then
    exec "$here/gate" "server-$USER" /usr/bin/python3 -I "$here/hungry.py" "$1"
fi
exec "$here/gate" "server-$USER" "$here/notebook/bin/python" -I -m aif.server "$1"
