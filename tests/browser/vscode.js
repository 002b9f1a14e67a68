// A page that shows widgets as VS Code's Jupyter extension does: with its own manager, and a kernel that is far away.
//
// The manager wants a kernel as JupyterLab's services have it. Here that is as much of one as it uses: what the kernel says
// comes in by `hear`, what a widget says to it waits in `sent`.
import { activate } from "/npm/@vscode/jupyter-ipywidgets8/dist/ipywidgets.js";

class Signal {
  #slots = [];
  connect = (slot, self) => this.#slots.push([slot, self]);
  disconnect = () => true;
  emit = (sender, value) => this.#slots.forEach(([slot, self]) => slot.call(self, sender, value));
}

class Comm {
  isDisposed = false;
  onMsg = () => {};
  onClose = () => {};
  constructor(targetName, commId) {
    Object.assign(this, { targetName, commId });
  }
  open = (data, metadata, buffers) => say("comm_open", { comm_id: this.commId, target_name: this.targetName, data }, metadata, buffers);
  send = (data, metadata, buffers) => say("comm_msg", { comm_id: this.commId, data }, metadata, buffers);
  close = (data, metadata, buffers) => say("comm_close", { comm_id: this.commId, data }, metadata, buffers);
}

const futures = new Map();
window.sent = [];
function say(msg_type, content, metadata = {}, buffers = []) {
  if (buffers.length) throw new Error("this page sends no bytes");
  const header = { msg_id: crypto.randomUUID(), msg_type, username: "", session: "page", date: new Date().toISOString(), version: "5.3" };
  const msg = { header, parent_header: {}, metadata, content, channel: "shell" };
  const future = { msg, onIOPub() {}, onReply() {}, onDone() {}, dispose() {} };
  futures.set(header.msg_id, future);
  sent.push(msg);
  return future;
}

const targets = new Map();
const comms = new Map();
const names = ["statusChanged", "connectionStatusChanged", "unhandledMessage", "iopubMessage", "anyMessage", "pendingInput", "disposed"];
const kernel = {
  ...Object.fromEntries(names.map((name) => [name, new Signal()])),
  id: "kernel", name: "python3", username: "", clientId: "page", status: "idle", isDisposed: false, handleComms: true,
  model: { id: "kernel", name: "python3" },
  registerCommTarget: (name, opened) => targets.set(name, opened),
  removeCommTarget: () => {},
  registerMessageHook: () => {},
  removeMessageHook: () => {},
  requestCommInfo: async () => ({ content: { comms: {} } }),
  createComm(name, id = crypto.randomUUID()) {
    comms.set(id, new Comm(name, id));
    return comms.get(id);
  },
};

/** A message of the kernel's; done when the widgets have had it. */
window.hear = async (msg) => {
  const { msg_type } = msg.header;
  const { comm_id, target_name } = msg.content;
  if (msg_type === "comm_open") await targets.get(target_name)(kernel.createComm(target_name, comm_id), msg);
  if (msg_type === "comm_msg") await comms.get(comm_id)?.onMsg(msg);
  if (msg_type === "comm_close") await comms.get(comm_id)?.onClose(msg);
  futures.get(msg.parent_header.msg_id)?.onIOPub(msg);
  kernel.iopubMessage.emit(kernel, msg);
};

/** Where VS Code finds a widget's script: in the kernel's nbextensions, by what their entries say. */
window.faults = [];
const found = new Set();
const scripts = {
  widgetsRegisteredInRequireJs: found,
  errorHandler: (...fault) => faults.push(fault.map(String).join(" ")),
  successHandler: () => {},
  async loadWidgetScript(name) {
    if (!(name in entries)) return;
    requirejs.config({ paths: { [name]: `/${entries[name]}` } });
    found.add(name);
  },
};

activate();
vscIPyWidgets8.load();
const manager = new vscIPyWidgets.WidgetManager(kernel, undefined, scripts, () => {});

/** Draws what a cell's output says, below what is there. */
window.show = async ({ model_id }) => {
  const place = document.createElement("div");
  place.className = "cell-output-ipywidget-background";
  document.querySelector("main").append(place);
  const view = await manager.create_view(await manager.get_model(model_id), { el: place });
  await manager.display_view(undefined, view, { node: place });
};

/** The classes of the body, as VS Code puts them on. */
window.put_on = (theme) => {
  document.body.className = theme === "vscode-high-contrast-light" ? `${theme} vscode-high-contrast` : theme;
  document.body.dataset.vscodeThemeKind = theme;
};
window.there = true;
