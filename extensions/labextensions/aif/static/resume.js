// Back to where the person was in a tutorial: to its first exercise that is not done, and after the last to what was seen.
//
// A cell is found by what it says, in each language and also in a copy that the person changed: ids and places are theirs.

const TUTORIAL = /^tutorials\/([0-9]{2}_[a-z0-9_]+)\.ipynb$/;
const LOOK_MS = 100; // between two looks at whether the cell stays where it is: those above grow as they are drawn
const LOOKS = 20;

/**
 * Of `cells`, each `{ code, text }`, the places of the one to show at the top and the one to stand in; null for the top
 * of the notebook. `exercise` is the first that is not done, `done` of `exercises` are.
 */
export function target(cells, { exercise, exercises, done }) {
  if (exercise !== null) {
    const stand = cells.findIndex(({ code, text }) => code && text.includes(`exercise(${exercise}).check(`));
    if (stand < 0) return null;
    const asked = stand > 0 && !cells[stand - 1].code; // the question is in the cell above its answer
    return { show: asked ? stand - 1 : stand, stand };
  }
  if (!exercises || done < exercises) return null;
  const end = cells.findLastIndex(({ code, text }) => !code && text.startsWith("## "));
  return end < 0 ? null : { show: end, stand: end };
}

/** Whether the notebook at `path` had a kernel before it is opened: then its cells may have run in this session. */
export async function started({ app }, path) {
  const { sessions } = app.serviceManager;
  await sessions.ready;
  return [...sessions.running()].some((one) => one.path === path);
}

/** Where the page's address asks for it: shows that place once JupyterLab has opened the notebook. */
export async function resumeAsked(world) {
  if (new URLSearchParams(window.location.search).get("aif") !== "continue") return;
  const path = world.lab.PageConfig.getOption("treePath"); // read now: the address is changed to that of the open tab
  await resume(world, path, await started(world, path));
}

/** Shows it in the notebook at `path`, once that is open; `ran` says that its cells may have run in this session. */
export async function resume(world, path, ran) {
  const { notebooks, desk } = world;
  const [, name] = TUTORIAL.exec(path) ?? [];
  if (!notebooks || !name) return;
  const [panel, lesson] = await Promise.all([opened(notebooks, path), desk.lesson(name)]);
  await Promise.all([panel.context.ready, panel.revealed]);
  const { content } = panel;
  const cells = content.widgets.map(({ model }) => ({ code: model.type === "code", text: model.sharedModel.getSource() }));
  const place = lesson && target(cells, lesson);
  if (!place) return;
  const there = content.widgets[place.stand];
  content.mode = "command";
  content.activeCellIndex = place.stand;
  content.deselectAll();
  await settle(content, content.widgets[place.show], there);
  if (lesson.exercise !== null && !ran) sayAbove(world, panel, there, lesson);
}

/** The panel of that notebook, now or as soon as it is there. */
function opened(notebooks, path) {
  return new Promise((found) => {
    const look = () => {
      const panel = notebooks.find((each) => each.context.path === path);
      if (panel) found(panel);
      return panel;
    };
    const later = () => look() && notebooks.widgetAdded.disconnect(later);
    if (!look()) notebooks.widgetAdded.connect(later);
  });
}

/** Scrolls to `shown` until it stays, or the person has gone to another cell than `there`. */
async function settle(content, shown, there) {
  let before = NaN;
  for (let looks = 0; looks < LOOKS && !content.isDisposed && content.activeCell === there; looks += 1) {
    const { top } = shown.node.getBoundingClientRect();
    if (Math.abs(top - before) < 1) return;
    before = top;
    // a newer wish to scroll ends this one: the next look sees where that led
    await content.scrollToItem(content.widgets.indexOf(shown), "start").catch(() => {});
    await new Promise((passed) => setTimeout(passed, LOOK_MS));
  }
}

/** The kernel is new: what the exercise builds on has to be made again, which one click does. */
function sayAbove({ app, lab, speaking }, panel, there, { exercise, exercises }) {
  const { say } = speaking;
  const callback = async () => {
    app.shell.activateById(panel.id);
    await panel.sessionContext.ready;
    panel.content.activeCellIndex = panel.content.widgets.indexOf(there);
    await app.commands.execute("notebook:run-all-above");
  };
  const actions = [{ label: say("lab.learn.above"), displayType: "accent", callback }];
  lab.Notification.info(say("lab.learn.next", { exercise, exercises }), { autoClose: false, actions });
}
