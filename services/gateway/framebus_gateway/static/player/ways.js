/** The ways to play, in the order in which they are tried. */

import { MjpegWay } from "./mjpeg.js";
import { MseWay } from "./mse.js";
import { WebCodecsWay } from "./webcodecs.js";
import { WebRtcWay } from "./webrtc.js";

export const WAYS = new Map([
  ["webcodecs", WebCodecsWay],
  ["mse", MseWay],
  ["webrtc", WebRtcWay],
  ["mjpeg", MjpegWay],
]);

const AGAIN_MS = 5 * 60 * 1000; // a way that failed is not tried for so long

/** Which way is next for one player. */
export class Choice {
  constructor() {
    this._failed = new Map();
  }

  /** The way with that name; with "auto" the first that plays the camera and did not just fail. */
  of(mode, camera) {
    if (mode !== "auto") return mode;
    const possible = [...WAYS.keys()].filter((name) => WAYS.get(name).obstacle(camera) === null);
    const now = performance.now();
    const fresh = possible.find((name) => !(now - this._failed.get(name) < AGAIN_MS));
    if (!fresh) this._failed.clear();
    return fresh ?? possible[0] ?? null;
  }

  /** That way does not work here now. */
  failed(name) {
    this._failed.set(name, performance.now());
  }

  /** Try all of them anew. */
  forget() {
    this._failed.clear();
  }
}
