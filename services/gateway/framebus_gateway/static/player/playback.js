/**
 * One camera being played: by which way, what its condition is, and how it comes back.
 *
 * A way that does not work leaves its place to the next one; one that had pictures and lost them
 * is only begun anew, as that is the network or the camera and not the way.
 */

import { guarded, tell } from "./turn.js";
import { Choice, WAYS } from "./ways.js";
import { condition, NO_PICTURES, patience } from "./words.js";

const TICK_MS = 250;
const FIRST_MS = 8000; // for the first picture: a stream's next keyframe may be seconds away
const STALLED_MS = 4000;
const LATE_MS = 1000; // a tick that comes so late: this page slept, or had no time
const STALLS = 3; // in a row, then the way is at fault
const RETRY_MS = [0, 500, 1000]; // then always the last
const AGES = 30;

export class Playback {
  /** `stage` shows elements (stage.js); `changed()` is called on each tick and each change. */
  constructor({ gateway, camera, mode, stage, changed }) {
    Object.assign(this, { gateway, camera, mode });
    this._stage = stage;
    this._changed = changed;
    this._choice = new Choice();
    this._way = null;
    this._name = null;
    this._painted = -Infinity;
    this._ages = [];
    this._agesThere = [];
    this._tries = 0;
    this._stalls = 0;
    this._trouble = null;
    this._started = this._ticked = performance.now();
    this._begins = 0;
    this._news = () => this._hear();
    this._back = () => this._interrupt();
    this._leave = gateway.listen();
    gateway.addEventListener("news", this._news);
    gateway.addEventListener("back", this._back);
    this._timer = setInterval(() => this._tick(), TICK_MS);
    this._tick();
  }

  /** The last picture stays. */
  close() {
    clearInterval(this._timer);
    this.gateway.removeEventListener("news", this._news);
    this.gateway.removeEventListener("back", this._back);
    this._end();
    this._leave();
  }

  /** Play by another way: "auto" or a name in `WAYS`. */
  choose(mode) {
    this.mode = mode;
    this._choice.forget();
    this._end();
    this._tries = this._stalls = 0;
    this._begins = 0;
    this._tick();
  }

  /** Its entry of GET /cameras; undefined while there is none. */
  get entry() {
    return this.gateway.entry(this.camera);
  }

  /** What is to be said of the picture: status, reason, and age of what is seen, in ms. */
  get condition() {
    const age = this._age + (performance.now() - this._painted);
    const said = condition(this.gateway, this.camera);
    if (said.status !== "live") return { ...said, age: Number.isFinite(age) ? age : said.age };
    if (performance.now() - this._painted < patience(this.entry)) return said;
    const first = this._painted < 0 && performance.now() - this._started < FIRST_MS;
    if (first && !this._trouble) return { status: "waiting", reason: null, age: null };
    const reason = this._trouble ?? NO_PICTURES;
    return { status: "lost", reason, age: Number.isFinite(age) ? age : null };
  }

  /** What is measured of it now; null where nothing can be. */
  get figures() {
    const measured = this._way?.meter?.figures ?? { fps: null, bitrate: null, loss: null };
    const playing = this.condition.status === "live";
    return { way: this._name, label: this._way?.label ?? "", age: playing ? this._age : null, ...measured };
  }

  /** The median, as ages differ by a frame's time from one picture to the next. */
  get _age() {
    const sorted = this._ages.toSorted((a, b) => a - b);
    return sorted.length ? sorted[sorted.length >> 1] : 0;
  }

  _hear() {
    const age = this.entry?.age_ms;
    if (typeof age === "number") this._agesThere = [...this._agesThere.slice(-4), age];
    this._changed();
  }

  _interrupt() {
    if (performance.now() - this._painted > patience(this.entry)) this._end();
  }

  _tick() {
    guarded(`${this.camera}: how it is played`, () => this._look(), (error) => {
      this._trouble = error.message;
    });
    this._changed();
  }

  _look() {
    const { entry, gateway } = this;
    const now = performance.now();
    if (now - this._ticked > LATE_MS) this._lively = now; // no way's fault
    this._ticked = now;
    if (entry?.streaming && gateway.answers && gateway.denial === null) this._tend(entry);
    else this._lively = performance.now();
    this._stage.tick(this.condition.status === "live");
  }

  /** The camera streams: there ought to be pictures. */
  _tend(entry) {
    const now = performance.now();
    const name = this._choice.of(this.mode, entry);
    if (this._way && this._name !== name) this._end();
    if (!this._way) {
      if (now >= this._begins) this._begin(name, entry);
      return;
    }
    const since = now - Math.max(this._begun, this._lively);
    if (!this._had && since > FIRST_MS) {
      this._failed(new Error(`no picture within ${FIRST_MS / 1000} s`));
    } else if (this._had && Math.min(since, now - this._painted) > STALLED_MS) {
      this._stalls += 1;
      if (this._stalls >= STALLS) this._failed(new Error("pictures stop again and again"));
      else this._end();
    }
  }

  _begin(name, entry) {
    const Way = WAYS.get(name);
    const obstacle = Way ? Way.obstacle(entry) : "the camera sends nothing that can be played";
    this._name = name;
    if (obstacle !== null) {
      this._trouble = obstacle;
      return;
    }
    this._begun = this._lively = performance.now();
    this._had = false;
    let way = null;
    const parts = {
      gateway: this.gateway,
      camera: this.camera,
      age: () => (this._agesThere.length ? Math.min(...this._agesThere) : null),
      painted: (picture) => {
        if (!way || way !== this._way) return;
        guarded(`${this.camera}: a picture`, () => this._sawPicture(picture));
      },
      ended: (error, fatal) => {
        if (way && way === this._way) this._ended(error, fatal);
      },
    };
    way = guarded(`${this.camera} by ${name}`, () => new Way(parts), (error) => this._failed(error));
    if (!way) return;
    this._way = way;
    this._stage.show(way.element, name);
  }

  _sawPicture({ age }) {
    this._painted = performance.now();
    if (age !== null) this._ages = [...this._ages.slice(1 - AGES), age];
    if (this._had) return;
    this._had = true;
    this._tries = 0;
    this._trouble = null;
    this._stage.reveal();
    this._changed();
  }

  _ended(error, fatal) {
    if (fatal) return void this._failed(error);
    if (!this._had) this._trouble = error.message;
    this._end();
    this._begins = performance.now() + RETRY_MS[Math.min(this._tries, RETRY_MS.length - 1)];
    this._tries += 1;
    if (this._tries > 2 * RETRY_MS.length) this._failed(error);
  }

  _failed(error) {
    tell(`${this.camera} by ${this._name}`, error, console.info);
    this._trouble = `${WAYS.get(this._name).label}: ${error.message}`;
    this._choice.failed(this._name);
    this._end();
    this._tries = this._stalls = 0;
    const pause = this.mode === "auto" ? RETRY_MS[1] - (performance.now() - this._begun) : RETRY_MS.at(-1);
    this._begins = performance.now() + pause; // where all fail at once, no more than two a second
  }

  _end() {
    if (!this._way) return;
    const way = this._way;
    this._way = null;
    if (this._had) guarded(`${this.camera}: its last picture`, () => this._stage.keep());
    this._stage.hide();
    guarded(`${this.camera}: the end of ${this._name}`, () => way.close());
  }
}
