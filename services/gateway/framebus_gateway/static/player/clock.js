/** Bus time in the browser, out of what the gateway says of it. */

const KEPT = 30; // samples, one a second: an old fast one must not outlive the clocks' drift

export class BusClock {
  constructor() {
    this._offsets = [];
  }

  /** It was `ms` when the gateway sent that. What took least to arrive is closest to the truth. */
  hear(ms) {
    if (!Number.isFinite(ms)) throw new TypeError(`${ms} is no time`);
    this._offsets.push(ms - performance.now());
    if (this._offsets.length > KEPT) this._offsets.shift();
  }

  /** Bus time now in ms, or null before the gateway said anything. */
  now() {
    return this._offsets.length ? performance.now() + Math.max(...this._offsets) : null;
  }

  /** All that was heard is of another bus. */
  forget() {
    this._offsets = [];
  }
}
