/** Figures of the last seconds: pictures and bytes per second, frames lost. */

const WINDOW_MS = 3000;

export class Meter {
  constructor() {
    this._begin = performance.now();
    this._events = []; // [time, pictures, bytes, lost]
    this._last = null;
  }

  /** A packet of so many bytes arrived. */
  arrived(bytes) {
    this._count(0, bytes, 0);
  }

  /** A picture was painted. */
  painted() {
    this._count(1, 0, 0);
  }

  /** So many frames never came. */
  lost(frames) {
    if (frames > 0) this._count(0, 0, frames);
  }

  /** A frame with this header arrived: what is missing before it is lost. */
  follows({ epoch, seq }) {
    if (this._last?.epoch === epoch) this.lost(seq - this._last.seq - 1);
    if (this._last?.epoch !== epoch || seq > this._last.seq) this._last = { epoch, seq };
  }

  /** Frames per second, bit/s, and lost of all frames, as a fraction; null if there was none. */
  get figures() {
    const now = performance.now();
    this._forget(now);
    const seconds = Math.max(0.5, Math.min(WINDOW_MS, now - this._begin) / 1000);
    const sums = [0, 0, 0];
    for (const [, ...counts] of this._events) counts.forEach((count, i) => (sums[i] += count));
    const [pictures, bytes, lost] = sums;
    return {
      fps: pictures / seconds,
      bitrate: (bytes * 8) / seconds,
      loss: lost + pictures ? lost / (lost + pictures) : null,
    };
  }

  _count(...counts) {
    const now = performance.now();
    this._forget(now);
    this._events.push([now, ...counts]);
  }

  _forget(now) {
    const old = this._events.findIndex(([time]) => now - time < WINDOW_MS);
    this._events.splice(0, old < 0 ? this._events.length : old);
  }
}
