/** One camera on the page: its player, and what is said of it around the picture. */

import { guarded } from "../player/turn.js";
import { duration, LABELS, rate } from "../player/words.js";

const BADGES = { live: "good", lost: "bad", denied: "bad" };

export class Tile {
  /** Takes over an element made by templates/tile.html. */
  constructor(element, address, mode) {
    this.element = element;
    this.name = element.dataset.camera;
    this.player = element.querySelector("framebus-player");
    this._camera = null;
    if (mode) this.player.setAttribute("mode", mode);
    this.player.setAttribute("camera", this.name);
    const figures = () => guarded(`${this.name}: its figures`, () => this._figures());
    this.player.addEventListener("figures", figures);
    const open = element.querySelector(".open");
    open.href = address;
    open.dataset.view = this.name;
    open.ariaLabel = `${this.name}, large`;
    open.title = this.name;
    this._write("h2", this.name);
  }

  /** "live", "lost", "stopped", "waiting" or "denied". */
  get status() {
    return this.player.condition.status;
  }

  /** Show an entry of GET /cameras. */
  show(camera, large) {
    this._camera = camera;
    this.element.classList.toggle("large", large);
    this.player.toggleAttribute("controls", large);
    this.element.querySelector(".open").hidden = large;
    const warning = camera.streaming && camera.reason; // two publish under its name, for one
    const source = this.element.querySelector(".source");
    source.classList.toggle("warning", Boolean(warning));
    source.title = warning || "";
    this._write(".source", warning || camera.source || "");
    this._write(".size", camera.width ? `${camera.width}×${camera.height}` : "");
    this._figures();
  }

  _figures() {
    const { status, reason, age } = this.player.condition;
    const figures = this.player.figures;
    const live = status === "live";
    if (this.element.dataset.status !== status) {
      this.element.dataset.status = status;
      const badge = this.element.querySelector(".badge");
      badge.className = `badge ${BADGES[status] ?? ""}`;
      badge.title = reason ?? "";
      this._write(".badge", LABELS[status]);
    }
    const fps = figures?.fps ?? this._camera?.fps;
    this._write(".fps", live && fps ? rate(fps) : "– fps");
    const shown = live ? (figures?.age ?? age) : age;
    this._write(".age", shown === null ? "" : duration(shown));
  }

  _write(selector, text) {
    const element = this.element.querySelector(selector);
    if (element.textContent !== text) element.textContent = text;
  }
}
