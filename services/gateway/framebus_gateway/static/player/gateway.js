/** One gateway: what it says of its cameras, told once for all players of the page. */

import { BusClock } from "./clock.js";
import { Live } from "./live.js";

const RETRY_MS = 500;
const SILENT_MS = 5000; // events come once a second while a camera streams
const TIMEOUT_MS = 3000;
const STARTING_MS = 3000; // so long after its start a gateway may not know all cameras yet
const STARTED = "the gateway has just started";
const gateways = new Map();

/** Whoever asked is not let in: asking again does not help. */
export class Denied extends Error {}

export class Gateway extends EventTarget {
  /** The gateway at a base address, the same object for the same address and token. */
  static at(base, token = "") {
    const key = `${base} ${token}`;
    if (!gateways.has(key)) gateways.set(key, new Gateway(base, token));
    return gateways.get(key);
  }

  /** Dispatches "news" when it said something, and "back" when it answers after a silence. */
  constructor(base, token) {
    super();
    this.clock = new BusClock();
    /** Entries of GET /cameras by name; null before the first answer. */
    this.cameras = null;
    this.answers = true;
    /** Whether a login is asked for. */
    this.denied = false;
    this._base = base;
    this._token = token;
    this._lives = new Map();
    this._listeners = 0;
    this._heard = performance.now(); // its last word
    this._since = -Infinity; // its first word after a silence
  }

  /** Milliseconds without a word; 0 while it answers. */
  get silentMs() {
    return this.answers ? 0 : performance.now() - this._heard;
  }

  /** Address of something of this gateway, with a token where one is needed. */
  url(path, parameters = {}) {
    const url = new URL(path, this._base);
    for (const [name, value] of Object.entries(parameters)) {
      for (const one of [value].flat()) url.searchParams.append(name, one);
    }
    if (this._token) url.searchParams.set("token", this._token);
    return url.href;
  }

  /** Fetch something; throws `Denied` on 401, and an Error with the gateway's words on others. */
  async fetch(path, { parameters, ...options } = {}) {
    const response = await fetch(this.url(path, parameters), { cache: "no-store", ...options });
    if (response.ok) return response;
    if (response.status === 401) {
      this._deny();
      throw new Denied("please log in");
    }
    const said = await response.json().catch(() => ({}));
    throw new Error(said.error ?? `${path}: status ${response.status}`);
  }

  /** Somebody listens; call the result when that is over. */
  listen() {
    this._listeners += 1;
    if (this._listeners === 1) this._run();
    let over = false;
    return () => {
      if (!over) this._listeners -= 1;
      over = true;
      if (!this._listeners) this._request?.abort();
    };
  }

  /** The one stream of many cameras' packets: "annexb" or "mp4". */
  live(format) {
    if (!this._lives.has(format)) this._lives.set(format, new Live(this, format));
    return this._lives.get(format);
  }

  /** How many such streams are open. */
  get openLives() {
    return [...this._lives.values()].filter((live) => live.open).length;
  }

  async _run() {
    if (this._running) return;
    this._running = true;
    while (this._listeners && !this.denied) {
      await this._listenOnce();
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    this._running = false;
  }

  async _listenOnce() {
    const request = (this._request = new AbortController());
    let silent;
    const heard = (ms) => {
      clearTimeout(silent);
      silent = setTimeout(() => request.abort(), ms);
    };
    try {
      heard(TIMEOUT_MS);
      const response = await this.fetch("events", { signal: request.signal });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        const events = (text + value).split("\n\n");
        text = events.pop();
        for (const event of events) this._take(event);
        heard(this.cameras?.size ? SILENT_MS : 4 * SILENT_MS);
      }
    } catch {
      // which is told below, whatever the cause
    }
    clearTimeout(silent);
    if (this._listeners) this._lose();
  }

  _take(event) {
    const data = event.split("\n").find((line) => line.startsWith("data:"));
    if (!data) return;
    const { cameras } = JSON.parse(data.slice(5));
    this._heard = performance.now();
    const back = !this.answers;
    if (back) this._since = this._heard;
    this.answers = true;
    const known = new Map(cameras.map((camera) => [camera.name, camera]));
    if (this._heard - this._since < STARTING_MS) this._keepMissing(known);
    this.cameras = new Map([...known].sort(([a], [b]) => (a < b ? -1 : 1)));
    if (back) this.dispatchEvent(new Event("back"));
    this.dispatchEvent(new Event("news"));
  }

  /** Cameras of before, that the restarted gateway has not heard of yet. */
  _keepMissing(known) {
    for (const [name, camera] of this.cameras ?? []) {
      if (known.has(name)) continue;
      known.set(name, { ...camera, streaming: false, reason: STARTED, renditions: [] });
    }
  }

  _lose() {
    this.answers = false;
    this.clock.forget();
    this.dispatchEvent(new Event("news"));
  }

  _deny() {
    if (this.denied) return;
    this.denied = true;
    this.dispatchEvent(new Event("news"));
  }
}
