/** Which view is shown: all cameras, or one large. Each has an address, and "back" works. */

export class Views {
  /** `changed()` is called when another view is to be shown. */
  constructor(base, changed) {
    this._base = base;
    this._changed = changed;
    addEventListener("popstate", changed);
    addEventListener("click", (event) => this._click(event));
  }

  /** The camera that is shown large; null in the view of all. */
  get camera() {
    const path = location.href.slice(this._base.length).split(/[?#]/)[0];
    return path.startsWith("watch/") ? decoded(path.slice("watch/".length)) : null;
  }

  /** Address of a camera's view, or of that of all. */
  address(camera) {
    return camera === null ? this._base : `${this._base}watch/${camera}`;
  }

  /** Show another view. */
  go(camera) {
    if (camera === this.camera) return;
    history.pushState(null, "", this.address(camera));
    scrollTo(0, 0);
    this._changed();
  }

  /** A link to another view is followed without loading the page anew: no picture stops. */
  _click(event) {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest?.("a[data-view]");
    if (!link) return;
    event.preventDefault();
    this.go(link.dataset.view || null);
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // an address that somebody made up
  }
}
