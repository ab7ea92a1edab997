/** Notices a silence, in which only the time counts that this page ran: asleep or starved it is deaf. */

const TICK_MS = 250;

export class Watchdog {
  /** `bark()` is called once, when it has been silent for too long. */
  constructor(bark) {
    this._bark = bark;
  }

  /** Something was heard; from now on `ms` of silence are too long. */
  heard(ms) {
    this._left = ms;
    this._timer ??= setInterval(() => this._tick(), TICK_MS);
  }

  stop() {
    clearInterval(this._timer);
    this._timer = null;
  }

  _tick() {
    this._left -= TICK_MS;
    if (this._left > 0) return;
    this.stop();
    this._bark();
  }
}
