// What the tour of the screen (tour.js) points at, and where its window stands beside it.

const GAP = 12;

/** The stops in the order of a first hour: a name, and what is pointed at, the first that can be seen. */
export const STOPS = [
  ["files", ["#filebrowser:not(.lm-mod-hidden)", '.jp-SideBar [data-id="filebrowser"]', ".jp-FileBrowser"]],
  ["run", [".jp-NotebookPanel:not(.lm-mod-hidden) .jp-NotebookPanel-toolbar", ".jp-Toolbar"]],
  ["kernel", [".jp-NotebookPanel:not(.lm-mod-hidden) .jp-KernelName", ".jp-KernelName"]],
  ["bar", [".aif-statusbar button"]],
  ["panel", ["#aif-panel:not(.lm-mod-hidden)", '.jp-SideBar [data-id="aif-panel"]']],
  ["stop", ["#aif-panel:not(.lm-mod-hidden) .aif-sessions", "#aif-panel:not(.lm-mod-hidden)", ".aif-statusbar button"]],
];

/** Where a window of `size` stands beside `target`: on the side with the most room, and wholly in sight. */
export function beside(target, size, view) {
  const most = { x: Math.max(GAP, view.width - size.width - GAP), y: Math.max(GAP, view.height - size.height - GAP) };
  const within = (value, limit) => Math.round(Math.min(Math.max(GAP, value), limit));
  const sides = [
    [view.width - target.right - size.width, target.right + GAP, target.top],
    [target.left - size.width, target.left - size.width - GAP, target.top],
    [view.height - target.bottom - size.height, target.left, target.bottom + GAP],
    [target.top - size.height, target.left, target.top - size.height - GAP],
  ];
  const [, x, y] = sides.reduce((best, side) => (side[0] > best[0] ? side : best));
  return { x: within(x, most.x), y: within(y, most.y) };
}
