/** One gateway: what it says of its cameras, told once for all players of the page. */

import { BusClock } from "./clock.js";
import { readCameras, readName, readSignal } from "./entry.js";
import { readEvents } from "./events.js";
import { Live } from "./live.js";
import { Watchdog } from "./watchdog.js";

const RETRY_MS = 500;
const SILENT_MS = 5000; // events come once a second while a camera streams
const TIMEOUT_MS = 3000;
const STARTING_MS = 3000; // so long after its start a gateway may not know all cameras yet
const STARTED = "the gateway has just started";
const gateways = new Map();

const LINKED = { renditions: ["h264", "jpeg"], streaming: true, reason: null, age_ms: null };
const SAFE = ["GET", "HEAD"];

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
    /** Why whoever looks is not let in, null while they are; asking again would not help. */
    this.denial = null;
    /** Whether the token is a link's, which plays a camera and tells nothing of it. */
    this.linked = false;
    this.base = base;
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

  /** Whether there is a token, so that nobody has to log in. */
  get hasToken() {
    return this._token !== "";
  }

  /** Address of something of this gateway for an element, with the token where there is one. */
  url(path, parameters = {}) {
    const url = this._address(path, parameters);
    if (this._token) url.searchParams.set("token", this._token);
    return url.href;
  }

  /** Fetch something; throws an Error with the gateway's words if it refuses. */
  async fetch(path, { parameters, headers = {}, ...options } = {}) {
    if (this._token) headers.Authorization = `Bearer ${this._token}`;
    const csrf = document.querySelector('meta[name="csrf-token"]')?.content;
    if (csrf && !SAFE.includes(options.method ?? "GET")) headers["X-CSRF-Token"] = csrf;
    const address = this._address(path, parameters);
    const response = await fetch(address, { cache: "no-store", headers, ...options });
    if (response.ok) return response;
    const said = await response.json().catch(() => ({}));
    const words = said.error ?? `${path}: status ${response.status}`;
    if (response.status === 401) this._deny(words);
    throw Object.assign(new Error(words), { status: response.status });
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

  /** What is known of a camera, an entry of GET /cameras; undefined if it is not there. */
  entry(name) {
    const entry = this.cameras?.get(name);
    return entry ?? (this.linked ? { ...LINKED, name } : undefined);
  }

  /** A stream told of a camera's signal, which is news where there are no other. */
  hearSignal(signal) {
    if (!this.linked) return;
    const name = readName(signal.camera);
    this.cameras.set(name, { ...LINKED, name, ...readSignal(signal) });
    this.dispatchEvent(new Event("news"));
  }

  /** How many such streams are open. */
  get openLives() {
    return [...this._lives.values()].filter((live) => live.open).length;
  }

  async _run() {
    if (this._running) return;
    this._running = true;
    while (this._listeners && this.denial === null && !this.linked) {
      await this._listenOnce();
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    this._running = false;
  }

  async _listenOnce() {
    const request = (this._request = new AbortController());
    const watchdog = new Watchdog(() => request.abort());
    try {
      watchdog.heard(TIMEOUT_MS);
      const response = await this.fetch("events", { signal: request.signal });
      let readable = true; // a gateway of which nothing can be read says nothing
      await readEvents(response, {
        arrived: () => readable && watchdog.heard(this.cameras?.size ? SILENT_MS : 4 * SILENT_MS),
        take: (data) => {
          readable = false;
          if (data !== null) this._take(JSON.parse(data));
          readable = true;
        },
      });
    } catch (error) {
      if (error.status === 403 && this._token) this._takeForLink();
      // else it is told below, whatever the cause
    }
    watchdog.stop();
    if (this._listeners && !this.linked) this._lose();
  }

  _take({ cameras }) {
    const known = new Map(readCameras(cameras).map((camera) => [camera.name, camera]));
    this._heard = performance.now();
    const back = !this.answers;
    if (back) this._since = this._heard;
    this.answers = true;
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

  _takeForLink() {
    this.linked = this.answers = true;
    this.cameras = new Map();
    this.dispatchEvent(new Event("news"));
  }

  _deny(words) {
    if (this.denial !== null) return;
    this.denial = words;
    this.dispatchEvent(new Event("news"));
  }

  _address(path, parameters = {}) {
    const url = new URL(path, this.base);
    for (const [name, value] of Object.entries(parameters)) {
      for (const one of [value].flat()) url.searchParams.append(name, one);
    }
    return url;
  }
}
