# A person's terminal: run by their login shell, after which the workbench's commands are found behind all others.
case ":$PATH:" in
    *":$1:"*) ;;
    *) PATH="$PATH:$1" ;;
esac
export PATH
exec "$2" -i
