"""A tutorial's cells run by the data kernel's Python, without a notebook: `tutorial_play.py NAME SEED TRIALS NAMES`.

Each exercise is answered by its solution. TRIALS is JSON: for each exercise, expressions for other answers, which are
tried where it stands. Prints as JSON what the check said of them all, the solution's answer first (null: right), and at
the end what the expressions of NAMES are worth: figures of the result.
"""

import importlib
import json
import os
import re
import sys
from pathlib import Path

TUTORIALS = Path(__file__).resolve().parents[2] / "tutorials"


def main(name, seed, trials, names):
    sys.path.insert(0, str(TUTORIALS))
    os.chdir(TUTORIALS)
    os.environ["AIF_SMALL"] = "1"
    import matplotlib

    matplotlib.use("Agg")
    from aif.learn import tutorial
    from aif.tutorials import percent

    source = (TUTORIALS / f"{name}.py").read_text()
    if seed:
        for maker in re.findall(r"from data import (\w+)", source):
            importlib.import_module(f"data.{maker}").SEED = seed
    checks, said = tutorial(name).checks, {}
    notebook = {"__name__": "__main__", "display": print}
    for cell in percent.cells(source):
        if cell.markdown or "answer = ..." in cell.text:
            continue
        exec(compile(cell.text, name, "exec"), notebook)  # noqa: S102 - what the tutorial says
        if cell.solution:
            check = checks[cell.solution].accepts
            given = ["answer", *trials.get(str(cell.solution), ())]
            answers = [eval(text, notebook) for text in given]  # noqa: S307
            offs = [check(*[answer, notebook][: check.__code__.co_argcount]) for answer in answers]
            said[cell.solution] = [off and str(off) for off in offs]
    figures = {key: float(eval(text, notebook)) for key, text in names.items()}  # noqa: S307
    sys.__stdout__.write(json.dumps({"said": said, "figures": figures}))


if __name__ == "__main__":
    sys.stdout = sys.stderr
    main(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]), json.loads(sys.argv[4]))
