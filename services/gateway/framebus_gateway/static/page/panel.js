/** Beside the large picture: its figures, and for an admin what can be set. */

import { guarded } from "../player/turn.js";
import { duration, LABELS, rate, speed } from "../player/words.js";
import { CameraControls } from "./camera-controls.js";
import { Transmission } from "./transmission.js";

export class Panel {
  constructor(root, commands) {
    this._root = root;
    this._commands = commands;
    this._name = null;
    /** Whether whoever looks at the page may set anything. */
    this.mayControl = false;
    const send = (wish) => this._send(wish);
    const tell = (text) => this._fail(text);
    this._transmission = new Transmission(root.querySelector(".transmission"), send, tell);
    this._controls = new CameraControls(root.querySelector(".controls"), send);
    this._tile = null;
    this._figures = () => guarded(`${this._name}: the panel's figures`, () => this._showFigures());
  }

  /** Show an entry of GET /cameras and its tile; nothing, if there is none. */
  show(camera, tile) {
    const shown = camera ? tile : undefined;
    this._root.hidden = !shown;
    if (this._tile !== shown) {
      this._tile?.player.removeEventListener("figures", this._figures);
      shown?.player.addEventListener("figures", this._figures);
      this._tile = shown;
    }
    if (!shown) return;
    if (this._name !== camera.name) this._fail("");
    this._name = camera.name;
    this._camera = camera;
    this._showFigures();
    this._transmission.show(camera, this.mayControl);
    this._controls.show(camera, this.mayControl);
    const refused = this._root.querySelector(".refused");
    refused.hidden = !this.mayControl || !camera.refused;
    write(refused, camera.refused ?? "");
  }

  async _send(wish) {
    try {
      this._fail("");
      await this._commands.send(this._name, wish);
    } catch (error) {
      this._fail(error.message);
    }
  }

  _fail(text) {
    const error = this._root.querySelector(".failed");
    error.hidden = !text;
    write(error, text);
  }

  _showFigures() {
    const { player } = this._tile;
    const { status, reason, age: newest } = player.condition;
    const { label, fps, bitrate, loss, age: painted } = player.figures ?? {};
    const age = painted ?? newest;
    const camera = this._camera;
    const said = {
      status: reason ? `${LABELS[status]}: ${reason}` : LABELS[status],
      way: label || "–",
      size: camera.width ? `${camera.width}×${camera.height}` : "–",
      fps: !camera.fps ? "–" : fps == null ? rate(camera.fps) : `${rate(fps)} of ${rate(camera.fps)}`,
      bitrate: bitrate ? speed(bitrate) : camera.bitrate ? speed(camera.bitrate) : "–",
      target: camera.target ? speed(camera.target) : "–",
      age: age === null ? "–" : duration(age),
      loss: loss == null ? "–" : `${(100 * loss).toFixed(1)} %`,
      viewers: String(camera.viewers ?? "–"),
    };
    for (const [name, text] of Object.entries(said)) {
      write(this._root.querySelector(`[data-figure="${name}"]`), text);
    }
    write(this._root.querySelector(".why"), camera.target_reason ?? "");
  }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
