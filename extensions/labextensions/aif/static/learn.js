// The tutorials: in the panel which to go on with, in the launcher and the palette the way to it and to the catalogue.
import { button, make, put, section } from "./dom.js";
import { resume, started } from "./resume.js";

const CONTINUE = "aif:continue";
const CATALOGUE = "aif:tutorials";

/** The panel's part: the tutorial that the person was in, or the next one; the catalogue; their own folder. */
export function learn(world) {
  const { app, speaking, desk, place } = world;
  const { say } = speaking;
  const question = make("p", { class: "aif-lesson" });
  const count = make("p", { class: "aif-muted" });
  const text = make("p", { class: "aif-muted", text: say("lab.learn.text") });
  const going = button(say("lab.learn.begin"), () => goOn(world));
  const all = make("a", { class: "aif-button", target: "_blank", rel: "noopener", href: place.tutorials, text: say("lab.learn.all") });
  const own = button(say("lab.learn.open"), () => folder(world));
  const guide = button(say("lab.tour"), () => app.commands.execute("aif:tour"));
  const doors = make("p", { class: "aif-buttons" }, going, all, own, guide);
  const node = section("learn", say("lab.learn"), question, count, text, doors);
  function show() {
    const lesson = desk.told.learning?.lesson;
    going.hidden = !lesson;
    put(question, lesson?.question ?? "");
    put(count, lesson?.count ?? "");
    if (!lesson) return;
    put(going, say(lesson.kind === "working" ? "lab.learn.continue" : "lab.learn.begin"));
    going.setAttribute("aria-label", say("lab.learn.name", { action: going.textContent, question: lesson.question }));
  }
  return { node, show };
}

/** Two commands, as cards of the launcher and in the palette. */
export function lessons(world, icon, launcher, palette) {
  const { app, speaking, place } = world;
  const { say } = speaking;
  const known = {
    [CONTINUE]: { label: say("lab.learn.continue"), execute: () => goOn(world) },
    [CATALOGUE]: { label: say("lab.learn.all"), execute: () => window.open(place.tutorials, "_blank", "noopener") },
  };
  for (const [rank, [command, one]] of Object.entries(known).entries()) {
    app.commands.addCommand(command, { ...one, icon });
    palette?.addItem({ command, category: say("lab.category") });
    launcher?.add({ command, category: say("lab.category"), rank });
  }
}

/** Opens the tutorial that the person was in, or the next one; the catalogue where the hub has not told which. */
async function goOn(world) {
  const { app, lab, desk, place } = world;
  const lesson = (await desk.learning())?.lesson;
  if (!lesson) return void window.open(place.tutorials, "_blank", "noopener");
  const path = `tutorials/${lesson.name}.ipynb`;
  if (app.commands.hasCommand("docmanager:open")) {
    const ran = await started(world, path);
    await app.commands.execute("docmanager:open", { path });
    await resume(world, path, ran);
  } else window.open(lab.URLExt.join(lab.PageConfig.getBaseUrl(), "tree", path), "_blank", "noopener");
}

/** The person's own copies. */
async function folder({ app, lab }) {
  if (app.commands.hasCommand("filebrowser:open-path")) {
    await app.commands.execute("filebrowser:open-path", { path: "tutorials" });
    await app.commands.execute("filebrowser:activate").catch(() => {});
  } else window.open(lab.URLExt.join(lab.PageConfig.getBaseUrl(), "tree/tutorials"), "_blank", "noopener");
}
