// The tutorials: in the panel which to go on with, in the launcher and the palette the way to it and to the catalogue.
import { button, make, put, section } from "./dom.js";
import { resume, started } from "./resume.js";

const CONTINUE = "aif:continue";
const CATALOGUE = "aif:tutorials";
const BELOW_NOTEBOOKS = 10; // in the launcher: its notebooks have 0, its consoles 20

/** The panel's part: the tutorial that the person was in, or the next one; the catalogue; their own folder. */
export function learn(world) {
  const { app, speaking, desk, place } = world;
  const { say } = speaking;
  const question = make("p", { class: "aif-lesson" });
  const facts = make("p", { class: "aif-facts-line" });
  const licence = make("p", { class: "aif-muted" });
  const count = make("p", { class: "aif-muted" });
  const text = make("p", { class: "aif-muted", text: say("lab.learn.text") });
  const going = button(say("lab.learn.begin"), () => goOn(world));
  const all = make("a", { class: "aif-button", target: "_blank", rel: "noopener", href: place.tutorials, text: say("lab.learn.all") });
  const own = button(say("lab.learn.open"), () => folder(world));
  const guide = button(say("lab.tour"), () => app.commands.execute("aif:tour"));
  const doors = make("p", { class: "aif-buttons" }, going, all, own, guide);
  const node = section("learn", say("lab.learn"), question, facts, licence, count, text, doors);
  function show() {
    const lesson = desk.told.learning?.lesson;
    going.hidden = !lesson;
    const [action, asked, ...said] = card(say, lesson);
    put(question, asked ?? "");
    put(facts, said[0] ?? "");
    put(licence, said[1] ?? "");
    put(count, lesson?.count ?? "");
    if (!lesson) return;
    put(going, action);
    going.setAttribute("aria-label", say("lab.learn.name", { action, question: lesson.question }));
  }
  return { node, show };
}

/**
 * What there is to say of the `lesson` to go on with, line by line: what to do, its question, its length, size and most
 * that it costs, and what its licence allows. Only the first where the hub has not told which it is.
 */
export function card(say, lesson) {
  if (!lesson) return [say("lab.learn.continue")];
  const action = say(lesson.kind === "working" ? "lab.learn.continue" : "lab.learn.begin");
  const line = (...parts) => parts.filter((part) => part).join(" · ");
  return [action, lesson.question, line(...(lesson.facts ?? [])), line(lesson.licence, lesson.badge)];
}

/** Two commands, as cards of the launcher and in the palette. */
export function lessons(world, icon, launcher, palette) {
  const { app, speaking, desk, place } = world;
  const { say } = speaking;
  const category = say("lab.category");
  const known = {
    // the launcher's card says which tutorial it is; in the palette a command has one short name
    [CONTINUE]: { label: ({ lines }) => lines?.join("\n") ?? say("lab.learn.continue"), execute: () => goOn(world) },
    [CATALOGUE]: { label: say("lab.learn.all"), execute: () => window.open(place.tutorials, "_blank", "noopener") },
  };
  for (const [command, one] of Object.entries(known)) {
    app.commands.addCommand(command, { ...one, icon });
    palette?.addItem({ command, category });
  }
  const section_of = { category, categoryRank: BELOW_NOTEBOOKS };
  launcher?.add({ command: CATALOGUE, ...section_of, rank: 1 });
  let shown;
  let said;
  desk.on(({ learning }) => {
    const lines = card(say, learning?.lesson);
    if (!launcher || said === lines.join("\n")) return; // a card that is put in its place anew loses the focus
    said = lines.join("\n");
    shown?.dispose();
    shown = launcher.add({ command: CONTINUE, ...section_of, rank: 0, args: { lines } });
  });
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
