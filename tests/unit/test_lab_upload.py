"""What JupyterLab's list of files takes: asked about once a gesture, and each file with its card."""

from __future__ import annotations

from test_lab_extension import run

BRINGING = """
const { guard, steps } = await import(`${at}/bring.js`);
const did = [];
let clock = 0, answers = { persons: "no" };
const ask = (folder, before) => {
  did.push(`ask ${folder} ${JSON.stringify(before)}`);
  return { more: (name) => did.push(`more ${name}`), answered: new Promise((done) => setTimeout(() => done(answers))) };
};
const came = async (path, given) => did.push(`card ${path} ${given.persons}`);
const model = { path: "data", upload: async ({ name }, folder) => {
  did.push(`take ${name}`);
  if (name === "full") throw new Error("no room");
  return { path: `${folder}/${name}` };
} };
const step = steps(ask, () => new Error("dropped"), came, () => clock);
for (let times = 0; times < 2; times += 1) guard(model, step); // JupyterLab tells of a browser twice
const send = (name, folder) => model.upload({ name }, folder).then((kept) => kept.path, (fault) => fault.message);
"""
PERSONS = '{"persons":"no"}'


def test_files_of_one_gesture_are_asked_about_once_and_each_gets_its_card() -> None:
    code = f"""{BRINGING}
        const sent = await Promise.all([send("a"), send("b", "data/more")]);
        clock = 4999;
        sent.push(await send("c")); // from the rest of a folder
        clock = 20000;
        sent.push(await send("d"));
        return {{ sent, did }};"""
    assert run(code) == {
        "sent": ["data/a", "data/more/b", "data/c", "data/d"],
        "did": [
            *("ask data null", "more a", "more b", "take a", "take b", "card data/a no", "card data/more/b no"),
            *("take c", "card data/c no"),
            *(f"ask data {PERSONS}", "more d", "take d", "card data/d no"),
        ],
    }


def test_a_file_that_the_answers_keep_out_is_not_sent_and_what_fails_gets_no_card() -> None:
    code = f"""{BRINGING}
        const sent = [await send("full")];
        clock = 20000;
        answers = null;
        sent.push(...(await Promise.all([send("a"), send("b")])), await send("c"));
        return {{ sent, did }};"""
    assert run(code) == {
        "sent": ["no room", "dropped", "dropped", "dropped"],
        "did": [
            *("ask data null", "more full", "take full"),
            *(f"ask data {PERSONS}", "more a", "more b", f"ask data {PERSONS}", "more c"),
        ],
    }
