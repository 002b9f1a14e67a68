// A saved notebook whose kernel is gone: in place of an error, what a widget kept in words.
//
// JupyterLab takes a widget's view over the HTML beside it, also where the widget itself is no longer there.

const VIEW = "application/vnd.jupyter.widget-view+json";
const RANK = -10; // that of the widgets' own renderer: before HTML
const FAILED = /^Error displaying widget/;

/** In each notebook of `tracker`, now and later. To be called when the widgets' own extension has begun. */
export function keepReadable(rendermime, tracker) {
  wrap(rendermime); // for notebooks that are drawn before their manager is there
  const inNotebook = (panel) => wrap(panel.content.rendermime);
  tracker.forEach(inNotebook);
  tracker.widgetAdded.connect((_tracker, panel) => inNotebook(panel));
}

/** The renderer that is there, and each that comes: a notebook's manager brings its own once the kernel has begun. */
function wrap(rendermime) {
  const add = rendermime.addFactory.bind(rendermime);
  const ours = (widgets) => ({
    ...widgets,
    createRenderer: (options) => readable(widgets.createRenderer(options), rendermime),
  });
  const widgets = rendermime.getFactory(VIEW);
  if (widgets) {
    rendermime.removeMimeType(VIEW);
    add(ours({ safe: widgets.safe, mimeTypes: [VIEW], createRenderer: widgets.createRenderer.bind(widgets) }), RANK);
  }
  rendermime.addFactory = (factory, rank) => add(factory.mimeTypes.includes(VIEW) ? ours(factory) : factory, rank);
}

/**
 * The renderer of one output; it draws again by itself when its manager has looked for the widget.
 *
 * A widget that is drawn stays when only the words beside it are new, which are for the notebook's file: a view drawn anew
 * would lose its reader's focus, and what they are about to do there.
 */
function readable(renderer, rendermime) {
  const draw = renderer.renderModel.bind(renderer);
  let before = Promise.resolve();
  let drawn = null; // the widget that is
  async function show(model) {
    const id = model.data[VIEW]?.model_id;
    if (id && id === drawn && renderer.widgets.some((view) => !view.isDisposed)) return;
    drawn = null;
    await draw(model);
    const failed = FAILED.test(renderer.node.textContent);
    if (!failed && renderer.widgets.length) drawn = id;
    if (!failed || !("text/html" in model.data)) return;
    const kept = rendermime.createRenderer("text/html");
    await kept.renderModel(model);
    renderer.node.textContent = "";
    renderer.removeClass("jupyter-widgets");
    renderer.addClass("aif-kept");
    renderer.addWidget(kept);
  }
  renderer.renderModel = (model) => (before = before.catch(() => {}).then(() => show(model))); // one after the other
  return renderer;
}
