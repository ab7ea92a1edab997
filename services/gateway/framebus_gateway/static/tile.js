/** One camera on the page: its picture, and what is said of it around the picture. */

import { duration, LABELS, lossFor, rate } from "./words.js";
import { Player } from "./player.js";

export class Tile {
  /** Takes over an element made by templates/tile.html. */
  constructor(element) {
    this.element = element;
    this.name = element.dataset.camera;
    this.player = new Player(element.querySelector(".picture"), this.name);
    /** "live", "lost", "stopped", or null before the gateway said anything. */
    this.status = null;
    /** Whether it is in the visible part of the page or close to it. */
    this.near = false;
    this._write("h2", this.name);
  }

  get live() {
    return this.status === "live";
  }

  /** Whether any of it can be seen now. */
  get visible() {
    const { top, bottom } = this.element.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  }

  /** Show a camera of GET /cameras in its condition (words.js). */
  show(camera, { status, reason, age }) {
    this.status = status;
    this.element.dataset.status = status;
    this._write(".status", LABELS[status]);
    this.element.querySelector(".status").title = reason ?? "";
    this._write(".source", camera.source ?? "");
    this._write(".size", camera.width ? `${camera.width}×${camera.height}` : "");
    this._write(".fps", this.live ? rate(camera.fps) : "– fps");
    this._write(".age", age === null ? "" : duration(age));
    this._write(".mark strong", lossFor(age));
    this._write(".reason", reason ?? "");
    this.element.querySelector(".mark").hidden = this.live;
    this.player.describe(camera, this.live);
  }

  /** Take it off the page, and close its connection. */
  remove() {
    this.player.play("nothing");
    this.element.remove();
  }

  _write(selector, text) {
    const element = this.element.querySelector(selector);
    if (element.textContent !== text) element.textContent = text;
  }
}
