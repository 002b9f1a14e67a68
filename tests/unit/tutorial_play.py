"""A tutorial's cells run by the data kernel's Python, without a notebook: `tutorial_play.py NAME SEED FIGURES`.

Each exercise is answered by its solution. Prints as JSON what the checks said of that (null: right), and what the
expressions of FIGURES, which is JSON, are worth at the end.
"""

import importlib
import json
import os
import re
import sys
from pathlib import Path

TUTORIALS = Path(__file__).resolve().parents[2] / "tutorials"


def main(name, seed, figures):
    sys.path.insert(0, str(TUTORIALS))
    os.chdir(TUTORIALS)
    import matplotlib

    matplotlib.use("Agg")
    from aif.learn import tutorial
    from aif.tutorials import percent

    source = (TUTORIALS / f"{name}.py").read_text()
    for maker in re.findall(r"from data import (\w+)", source):
        importlib.import_module(f"data.{maker}").SEED = seed
    checks, said = tutorial(name).checks, {}
    notebook = {"display": print}
    for cell in percent.cells(source):
        if cell.markdown or "answer = ..." in cell.text:
            continue
        exec(compile(cell.text, name, "exec"), notebook)  # noqa: S102 - what the tutorial says
        if cell.solution:
            check = checks[cell.solution].accepts
            off = check(*[notebook["answer"], notebook][: check.__code__.co_argcount])
            said[cell.solution] = off and str(off)
    worth = {figure: float(eval(text, notebook)) for figure, text in figures.items()}  # noqa: S307
    sys.__stdout__.write(json.dumps({"said": said, "figures": worth}))


if __name__ == "__main__":
    sys.stdout = sys.stderr
    main(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]))
