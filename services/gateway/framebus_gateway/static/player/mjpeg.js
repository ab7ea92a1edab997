/**
 * MJPEG in an <img>, which every browser shows. A browser opens six connections to a host: when
 * more than a few are played, the others show a snapshot each second.
 */

import { guarded } from "./turn.js";

const MOST_STREAMS = 4; // less one for each open GET /live
const CHECK_MS = 250;
const SNAPSHOT_MS = 1000;
const playing = new Set();

export class MjpegWay {
  static label = "MJPEG";

  /** Why it cannot play this camera here: never, once it sends anything. */
  static obstacle({ renditions }) {
    return renditions.length ? null : "the camera sends nothing";
  }

  /** Plays at once; calls `painted({age})` at each look that finds it alive, and `ended(error)`. */
  constructor({ gateway, camera, age, painted, ended }) {
    this.element = Object.assign(new Image(), { alt: "" });
    this.meter = null; // a browser tells nothing of what it shows
    this._gateway = gateway;
    this._path = `cameras/${camera}`;
    this._age = age;
    this._painted = painted;
    this._ended = ended;
    this._had = false;
    playing.add(this);
    this.element.onload = () => this._loaded();
    this.element.onerror = () => this._broke();
    this._timer = setInterval(() => guarded("a look at MJPEG", () => this._check()), CHECK_MS);
    this._check();
  }

  get label() {
    return this._snapshots ? "1 fps" : MjpegWay.label;
  }

  /** Removing the element alone would leave its connection open. */
  close() {
    playing.delete(this);
    clearInterval(this._timer);
    this.element.onload = this.element.onerror = null;
    this.element.removeAttribute("src");
  }

  get _isOneTooMany() {
    return [...playing].indexOf(this) >= MOST_STREAMS - this._gateway.openLives;
  }

  _check() {
    const snapshots = this._isOneTooMany;
    if (!snapshots && (this._snapshots || !this.element.hasAttribute("src"))) {
      this._snapshots = false;
      this.element.src = this._gateway.url(`${this._path}/stream.mjpg`);
    } else if (snapshots) {
      this._snapshots = true;
      if (!(performance.now() - this._asked < SNAPSHOT_MS)) this._askForSnapshot();
    }
    // no event tells of a stream that breaks after its first picture: the image is just empty then
    const { complete, naturalWidth } = this.element;
    if (naturalWidth) this._painted({ age: this._age() });
    else if (this._had && complete) this._broke();
  }

  _askForSnapshot() {
    this._asked = performance.now();
    const parameters = { at: Math.round(this._asked) };
    this.element.src = this._gateway.url(`${this._path}/snapshot.jpg`, parameters);
  }

  _broke() {
    if (!this._snapshots) this._ended(new Error("the stream broke"), false);
  }

  _loaded() {
    this._had = true;
    this._painted({ age: this._age() });
  }
}
