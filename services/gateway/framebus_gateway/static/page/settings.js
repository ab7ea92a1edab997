/** Settings of this page, remembered by the browser. */

const KEY = "framebus-page";
const DEFAULTS = { mode: "auto", size: "fit", figures: true };

export class Settings {
  /** Takes over a dialog with a form; `changed(chosen)` is called now and at each change. */
  constructor(dialog, changed) {
    this._form = dialog.querySelector("form");
    this.chosen = { ...DEFAULTS, ...remembered() };
    const { mode, size, figures } = this._form.elements;
    mode.value = this.chosen.mode;
    size.value = this.chosen.size;
    figures.checked = this.chosen.figures;
    this._form.addEventListener("change", () => {
      this.chosen = { mode: mode.value, size: size.value, figures: figures.checked };
      remember(this.chosen);
      changed(this.chosen);
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close(); // beside it
    });
    for (const button of document.querySelectorAll("[data-settings]")) {
      button.addEventListener("click", () => dialog.showModal());
    }
    queueMicrotask(() => changed(this.chosen));
  }
}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {}; // a browser may refuse storage to a page
  }
}

function remember(chosen) {
  try {
    localStorage.setItem(KEY, JSON.stringify(chosen));
  } catch {
    // then they hold until the page is left
  }
}
