"""Runs what its standard input says, cell by cell, and answers each with one line of JSON; ends with its input."""

import json
import sys
import traceback


def main() -> None:
    """A line in is a JSON string of Python; a line out is the value of its last expression, or what was raised."""
    names: dict[str, object] = {"__name__": "__main__"}
    for line in sys.stdin:
        *statements, last = json.loads(line).strip().split("\n")
        try:
            exec("\n".join(statements), names)  # noqa: S102 - the test's own code, as a kernel runs it
            answer = {"value": eval(last, names)}  # noqa: S307 - as above
        except Exception as error:
            answer = {"raised": type(error).__name__, "said": str(error), "trace": traceback.format_exc()}
        sys.__stdout__.write(json.dumps(answer, default=str) + "\n")
        sys.__stdout__.flush()


if __name__ == "__main__":
    main()
