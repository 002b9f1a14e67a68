"""`aif tutorials build`, `check` and `run`: what an author of tutorials does with them."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

from aif.tutorials import build, check, messages, spelling
from aif.tutorials.catalogue import LANGUAGES
from aif_hub.demo import machine
from aif_hub.demo.cli import in_hub_environment, known, which_instance
from aif_hub.demo.errors import DemoError
from aif_hub.demo.instance import Instance
from aif_hub.demo.progress import Progress
from aif_hub.source import checkout
from aif_hub.tutorials import preview


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """One command with words of its own, as argparse has it."""
    tutorials = commands.add_parser("tutorials", help="build, check and run the tutorials of this checkout")
    words = tutorials.add_subparsers(dest="word", required=True, metavar="WORD")
    built = words.add_parser(
        "build", parents=[which_instance()], help="make notebooks, with and without solutions, in each language"
    )
    built.add_argument(
        "name", nargs="*", help="which of them to show on the site: 01_spreadsheet (default: all); for --site"
    )
    built.add_argument(
        "--to", type=Path, metavar="DIR", default=Path("build/tutorials"), help="(default: build/tutorials)"
    )
    built.add_argument(
        "--site", action="store_true", help="also a site to read them on, with outputs; runs those that changed"
    )
    built.add_argument("--small", action="store_true", help="run them on small data; for --site")
    built.set_defaults(run=_build)
    checked = words.add_parser("check", help="look at form, exercises, translation, spelling, links and licences")
    checked.add_argument("--json", action="store_true", help="for programs")
    checked.set_defaults(run=_check)
    ran = words.add_parser(
        "run", parents=[which_instance()], help="run them in real sessions, and compare with their labels"
    )
    ran.add_argument("name", nargs="*", help="which: 01_spreadsheet (default: all)")
    ran.add_argument("--profile", default="", help="another size of session than their labels name")
    ran.add_argument("--small", action="store_true", help="small data, as tests have it; the labels are for full size")
    ran.add_argument("--json", action="store_true", help="for programs")
    ran.set_defaults(run=_run)
    listed = words.add_parser(
        "messages", help="put what has to be translated in NAME's files of messages, in its order"
    )
    listed.add_argument("name", help="of the tutorial: 01_spreadsheet")
    listed.set_defaults(run=_messages)


def _build(asked: argparse.Namespace, rest: list[str]) -> int:
    target = asked.to.absolute()
    names = build.everything(checkout() / "tutorials", target)
    Progress().say(f"{len(names)} files in {target}: LANGUAGE/NAME.ipynb, and solutions/LANGUAGE/NAME.ipynb")
    if asked.site:
        preview.make(known(asked), checkout(), target, asked.name, asked.small)
    return 0


def _check(asked: argparse.Namespace, rest: list[str]) -> int:
    folder = checkout() / "tutorials"
    found = check.examine(folder)
    if reason := spelling.left_out():
        print(reason, file=sys.stderr)
    else:
        found = replace(found, problems=(*found.problems, *spelling.problems(folder)))
    if asked.json:
        print(json.dumps(asdict(found), indent=1, ensure_ascii=False))
    else:
        for problem in found.problems:
            print(f"✗ {problem}")
        print(
            f"{found.tutorials} tutorials, {found.sectors} sectors, {found.languages} languages, "
            f"{found.exercises} exercises, {len(found.problems)} problems"
        )
    return int(bool(found.problems))


def _run(asked: argparse.Namespace, rest: list[str]) -> int:
    inst = known(asked)
    machine.check_root()
    in_hub_environment(inst, ["tutorials", "run"], _again(asked))
    from aif_hub.bench.course import course
    from aif_hub.tutorials import run

    labelled, found = not (asked.small or asked.profile), []

    def tell(told: run.Figures) -> None:
        print(run.in_words(told, labelled), file=sys.stderr if asked.json else sys.stdout, flush=True)

    def figures(inst: Instance) -> list[run.Figures]:
        found.extend(run.run(inst, checkout() / "tutorials", asked.name, asked.profile, asked.small, tell))
        return found

    asked.prefix = inst.prefix
    return course(asked, figures) or int(not all(run.holds(told, labelled) for told in found))


def _again(asked: argparse.Namespace) -> list[str]:
    said = [*asked.name, *(["--profile", asked.profile] if asked.profile else [])]
    return [*said, *(f"--{word}" for word in ("small", "json") if getattr(asked, word))]


def _messages(asked: argparse.Namespace, rest: list[str]) -> int:
    source = checkout() / "tutorials" / f"{asked.name}.py"
    if not source.is_file():
        raise DemoError(f"There is no tutorial {asked.name}: {source} is not there.")
    for language in LANGUAGES[1:]:
        file, told = source.parent / language / f"{asked.name}.po", build.translations(source, language)
        wanted = build.to_translate(source)
        file.parent.mkdir(exist_ok=True)
        # those at the end are no longer asked for by themselves: labels and the like, or what was rewritten
        file.write_text(messages.written({text: told.get(text, "") for text in [*wanted, *told]}), encoding="utf-8")
        print(f"{file}: {sum(text not in told for text in wanted)} of {len(wanted)} messages to translate")
    return 0
