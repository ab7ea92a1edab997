/** What the gateway says: the cameras, as in GET /cameras, and whether it answers at all. */

const TIMEOUT_MS = 3000;
const STARTING_MS = 3000; // so long after its start a gateway may not know all cameras yet
const STARTED = "the gateway has just started";

export class Gateway {
  constructor() {
    this.cameras = [];
    this.answers = true;
    this._heard = performance.now(); // its last answer
    this._since = -Infinity; // its first answer after an outage
  }

  /** Milliseconds without an answer; 0 while it answers. */
  get silentMs() {
    return this.answers ? 0 : performance.now() - this._heard;
  }

  /** Ask for the cameras; never throws. */
  async ask() {
    let cameras;
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch("cameras", { signal, cache: "no-store" });
      if (!response.ok) throw new Error(`GET /cameras: status ${response.status}`);
      ({ cameras } = await response.json());
    } catch {
      this.answers = false; // which the page tells, whatever the cause
      return;
    }
    this._heard = performance.now();
    if (!this.answers) this._since = this._heard;
    this.answers = true;
    this.cameras = this._heard - this._since < STARTING_MS ? this._merged(cameras) : cameras;
  }

  /** The cameras, and those known before that the restarted gateway has not heard of yet. */
  _merged(cameras) {
    const named = new Set(cameras.map((camera) => camera.name));
    const missing = this.cameras
      .filter((camera) => !named.has(camera.name))
      .map((camera) => ({ ...camera, streaming: false, reason: STARTED, renditions: [] }));
    return [...cameras, ...missing].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
