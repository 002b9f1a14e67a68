// The session, the budget and the GPU where people work: a status bar item, a side panel, warnings in time.
import { speech } from "../widgets/speech.js";
import { guard, steps } from "./bring.js";
import { desk } from "./desk.js";
import { eventNotes } from "./events.js";
import { keepReadable } from "./kept.js";
import { lessons } from "./learn.js";
import { moments } from "./moments.js";
import { panel } from "./panel.js";
import { came, question } from "./question.js";
import { resumeAsked } from "./resume.js";
import { statusItem } from "./status.js";
import { tour } from "./tour.js";
import { timeWarnings } from "./warnings.js";

const OPEN = "aif:open-panel";
const TOUR = "aif:tour";
const LANGUAGES = ["en", "nl"];
const NARROW = 760;
const PHONE = 480;

// Fetched beside JupyterLab's own scripts: it shows nothing before each plugin has been activated.
const SHEETS = [...["ground", "meter", "cluster", "upload"].map((name) => `../widgets/${name}.css`), "aif.css", "learn.css", "tour.css", "ask.css"];
const ready = Promise.all([catalogues(), ...SHEETS.map(sheet)]);

/** The plugins; `shared` gives JupyterLab's own modules. */
export async function plugins(shared) {
  const [application, apputils, coreutils, services, statusbar, translation, ui, lumino, ...outputs] = await Promise.all(
    [
      "@jupyterlab/application",
      "@jupyterlab/apputils",
      "@jupyterlab/coreutils",
      "@jupyterlab/services",
      "@jupyterlab/statusbar",
      "@jupyterlab/translation",
      "@jupyterlab/ui-components",
      "@lumino/widgets",
      "@jupyterlab/rendermime",
      "@jupyterlab/notebook",
      "@jupyter-widgets/base",
      "@jupyterlab/launcher",
      "@jupyterlab/filebrowser",
    ].map(shared),
  );
  const [known] = await ready;
  const [rendermime, notebook, widgets, launcher, filebrowser] = outputs;
  const lab = { ...apputils, ...coreutils, ...services, ...ui, ...lumino, NotebookActions: notebook?.NotebookActions };
  const kept = [rendermime?.IRenderMimeRegistry, notebook?.INotebookTracker, widgets?.IJupyterWidgetRegistry];
  const places = [statusbar?.IStatusBar, apputils.ICommandPalette, application?.ILayoutRestorer, launcher?.ILauncher];
  const optional = [...places, notebook?.INotebookTracker];

  return [
    {
      id: "aif:session",
      description: "Shows the session's time, the project's budget and the GPU, and warns in time.",
      autoStart: true,
      requires: [translation.ITranslator],
      optional: optional.filter((token) => token),
      activate: (app, translator, ...given) => {
        const at = (token) => (token ? given[optional.filter((each) => each).indexOf(token)] : null);
        const [bar, palette, restorer, cards, notebooks] = optional.map(at);
        const speaking = spoken(known, translator);
        const place = hub(lab.PageConfig);
        const world = { app, lab, speaking, place, notebooks, desk: desk(lab) };
        const icon = new lab.LabIcon({ name: "aif:session", svgstr: MARK });
        const side = panel(world, icon);
        app.shell.add(side, "right", { rank: 400, type: "AI Factory" });
        restorer?.add(side, side.id);
        app.commands.addCommand(OPEN, {
          label: speaking.say("lab.open"),
          icon,
          execute: () => {
            if (window.innerWidth < NARROW) app.shell.collapseLeft?.(); // a phone has room for one side
            app.shell.activateById(side.id);
          },
        });
        app.restored.then(() => window.innerWidth < PHONE && app.shell.collapseLeft?.()); // the files' list, and nothing else
        const guide = tour(world);
        app.commands.addCommand(TOUR, { label: speaking.say("lab.tour"), execute: () => guide.begin() });
        for (const command of [OPEN, TOUR]) palette?.addItem({ command, category: speaking.say("lab.category") });
        lessons(world, icon, cards, palette);
        resumeAsked(world);
        bar?.registerStatusItem("aif:session", {
          item: statusItem(world, () => app.commands.execute(OPEN)),
          align: "left",
          rank: -1,
          priority: 10,
        });
        timeWarnings(world);
        eventNotes(world);
        world.desk.begin();
      },
    },
    {
      id: "aif:upload",
      description: "Asks the four questions about a file of one's own before the list of files takes it.",
      autoStart: true,
      requires: [translation.ITranslator],
      optional: filebrowser ? [filebrowser.IFileBrowserFactory] : [],
      activate: (_app, translator, browsers) => {
        const world = { lab, speaking: spoken(known, translator), desk: desk(lab) };
        const no = () => new Error(world.speaking.say("lab.upload.dropped"));
        const step = steps((...about) => question(world, ...about), no, (...of) => came(world, ...of));
        const take = ({ model }) => guard(model, step);
        browsers?.tracker.forEach(take);
        browsers?.tracker.widgetAdded.connect((_tracker, browser) => take(browser));
      },
    },
    {
      id: "aif:kept",
      description: "Shows what a widget kept in words where a saved notebook's widget is gone.",
      autoStart: true,
      optional: kept.every((token) => token) ? kept : [],
      // a page without notebooks, as Notebook 7's list of files is, has none of them
      activate: (_app, rendermime, tracker, widgets) => widgets && tracker && keepReadable(rendermime, tracker),
    },
  ];
}

/** What says it in JupyterLab's language. */
function spoken(known, translator) {
  const language = (translator.languageCode ?? "").toLowerCase().slice(0, 2);
  return { ...speech(known[language] ?? known.en), ...moments };
}

/** What there is to say, by language. */
async function catalogues() {
  const read = async (file) => (await fetch(address(file))).json();
  const one = async (language) => {
    const parts = await Promise.all([`../widgets/words.${language}.json`, `words.${language}.json`].map(read));
    return [language, Object.assign({}, ...parts)];
  };
  return Object.fromEntries(await Promise.all(LANGUAGES.map(one)));
}

/** Where the hub's pages are for this person. */
function hub(PageConfig) {
  const host = PageConfig.getOption("hubHost");
  // a person's servers may have a name of their own: then the hub says whole addresses of them
  const at = (address) => (address.startsWith("/") ? host + address : address);
  const pages = `${host}${PageConfig.getOption("hubPrefix")}`;
  return { host, at, home: `${pages}home`, tutorials: `${pages}aif/tutorials` };
}

function address(file) {
  return new URL(file, import.meta.url).href;
}

/** Ready when it is there: the panel's least width is read when the panel is put in its place. */
function sheet(file) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = address(file);
  const there = new Promise((done) => (link.onload = link.onerror = done));
  document.head.append(link);
  return there;
}

const MARK =
  '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3" fill="#616161" ' +
  'd="M12 2a10 10 0 1 0 10 10h-2.5a7.5 7.5 0 1 1-7.5-7.5zM14 2.2v7.8h7.8a10 10 0 0 0-7.8-7.8zm2 2.9a8 8 0 0 1 2.9 2.9h-2.9z"/></svg>';
