// What JupyterLab and Notebook 7 load: a module federation container, written by hand so that nothing has to be built.
//
// https://webpack.js.org/concepts/module-federation/#dynamic-remote-containers: `init` is given the modules that are shared
// (name → version → {get, loaded, …}), `get` gives a factory of one of ours. Ours are plain ES modules beside this file.
(() => {
  const here = new URL(".", document.currentScript.src);
  let scope = {};
  let ours;

  /** The version that is in use already, else the newest: there must be one of each, as with their own extensions. */
  function chosen(versions) {
    const names = Object.keys(versions);
    const numbers = (name) => name.split(/[.+-]/).map((part) => Number(part) || 0);
    const newer = (one, other) => {
      const [a, b] = [numbers(one), numbers(other)];
      const at = a.findIndex((part, index) => part !== (b[index] ?? 0));
      return at >= 0 && a[at] > (b[at] ?? 0);
    };
    const loaded = names.find((name) => versions[name].loaded);
    return versions[loaded ?? names.reduce((best, name) => (newer(name, best) ? name : best))];
  }

  /** A shared module; null where this application has none of that name. */
  async function shared(name) {
    if (!Object.keys(scope[name] ?? {}).length) return null;
    const version = chosen(scope[name]);
    const factory = await version.get();
    version.loaded = 1;
    return factory();
  }

  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB.aif = {
    init(given) {
      scope = given;
      ours = import(new URL("extension.js", here).href); // comes while JupyterLab's own, larger scripts come
    },
    async get() {
      const { plugins } = await ours;
      const made = { __esModule: true, default: await plugins(shared) };
      return () => made;
    },
  };
})();
