// A file that is dropped on the list of files, or chosen there: the four questions come first, and its card comes after.
//
// JupyterLab's list and its upload button both have the file browser's model take a file, so that is where it is asked.

const REST_MS = 5_000; // files that follow one another so closely came by one gesture, as those of a folder do

const guarded = new WeakSet();

/** Has `model` take a file only once `step.agreed` says with which answers; `step.came` is told when it is there. */
export function guard(model, step) {
  if (guarded.has(model)) return;
  guarded.add(model);
  const take = model.upload.bind(model);
  model.upload = async (file, folder = model.path) => {
    const answers = await step.agreed(file.name, folder);
    try {
      const kept = await take(file, folder);
      await step.came(kept.path, answers);
      return kept;
    } finally {
      step.over();
    }
  };
}

/**
 * The step for what is brought by one gesture after the other. `ask(folder, before)` asks once a gesture: `more(name)` of
 * it tells of each file, `answered` comes to the answers, or to null for no. `failed` is thrown then. `came` is as above.
 */
export function steps(ask, failed, came, now = () => performance.now()) {
  let answers = null; // that hold for what comes now
  let before = null; // that were given last: they stand in the form when it is shown again
  let asked = null;
  let underway = 0;
  let rested = -Infinity; // when the last file of a gesture was there

  async function agreed(name, folder) {
    const goesOn = answers && (underway || now() - rested < REST_MS);
    if (!goesOn) {
      asked ??= ask(folder, before);
      answers = null;
      asked.more(name);
      const given = await asked.answered.finally(() => (asked = null));
      if (!given) throw failed();
      answers = before = given;
    }
    underway += 1;
    return answers;
  }

  function over() {
    underway -= 1;
    rested = now();
  }
  return { agreed, came, over };
}
