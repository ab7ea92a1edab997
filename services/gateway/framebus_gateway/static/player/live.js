/**
 * GET /live: the packets of many cameras over one connection, as a browser opens only six.
 *
 * When cameras come or go, a second connection takes over from the first, each camera at the
 * keyframe that it begins with, so that no picture stops for it.
 */

import { Connection } from "./connection.js";
import { readFrame } from "./records.js";
import { guarded } from "./turn.js";

const MOST = 64; // cameras in one answer (proto/README.md)
const GATHER_MS = 30; // cameras that join together are asked for together
const RETRY_MS = 500;
const TAKEOVER_MS = 3000; // cameras without pictures do not keep the old connection any longer

export class Live {
  constructor(gateway, format) {
    this._gateway = gateway;
    this._format = format;
    this._members = new Set();
    this._current = null;
    this._next = null;
  }

  /** Whether there is a connection. */
  get open() {
    return this._current !== null || this._next !== null;
  }

  /**
   * Give the packets of a camera to `sink`: `frame(header, payload)`, `init(header, payload)`,
   * `lost(error)` when the connection broke, which comes back by itself, `failed(error)` when a
   * packet could not be taken, and `refused(error)` when there is no place for the camera. Returns
   * a function that ends it.
   */
  join(camera, sink) {
    const member = { camera, sink, source: null, last: null, skips: false };
    this._members.add(member);
    this._change();
    return () => {
      this._members.delete(member);
      this._change();
    };
  }

  _change(delay = GATHER_MS) {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._connect(), delay);
  }

  _connect() {
    this._settle();
    const all = [...new Set([...this._members].map((member) => member.camera))];
    if (all.length > MOST) this._refuse(new Set(all.slice(MOST)));
    const cameras = all.slice(0, MOST).sort();
    if (!cameras.length) {
      this._current?.close();
      this._current = null;
      return;
    }
    const served = this._current?.cameras.join() === cameras.join();
    const missed = [...this._members].some((member) => member.source !== this._current);
    if (served && !missed) return;
    const connection = new Connection(this._gateway, this._format, cameras, {
      record: (header, payload) => this._record(connection, header, payload),
      end: (error) => this._end(connection, error),
    });
    this._next = connection;
    setTimeout(() => this._takeOver(connection), TAKEOVER_MS);
  }

  /** Those that came last: whose place it is stays. */
  _refuse(cameras) {
    const error = new Error(`more than ${MOST} cameras at once`);
    for (const { camera, sink } of [...this._members]) {
      if (cameras.has(camera)) guarded(camera, () => sink.refused(error));
    }
  }

  /** A takeover that has begun for a camera ends now; one that has not is forgotten. */
  _settle() {
    if ([...this._members].some((member) => this._next && member.source === this._next)) {
      this._takeOver(this._next);
    }
    this._next?.close();
    this._next = null;
  }

  _record(connection, header, payload) {
    if (header.kind === "clock") {
      this._gateway.clock.hear(header.now_ms);
      return;
    }
    if (header.kind === "signal") this._gateway.hearSignal(header);
    for (const member of this._members) {
      if (member.camera !== header.camera) continue;
      const give = () => this._give(member, connection, header, payload);
      guarded(`${member.camera}: a record`, give, (error) => member.sink.failed(error));
    }
    const waits = [...this._members].some((member) => member.source !== connection);
    if (connection === this._next && !waits) this._takeOver(connection);
  }

  _give(member, connection, said, payload) {
    if (said.kind !== "init" && said.kind !== "frame") return;
    const header = said.kind === "frame" ? readFrame(said) : said;
    const begins = said.kind === "init" || header.keyframe;
    if (member.source !== connection && connection === this._next && begins) {
      member.source = connection;
      member.skips = member.last !== null;
    }
    if (member.source !== connection) return;
    if (said.kind === "frame") {
      // the newcomer begins with pictures that the other one brought already
      member.skips &&= header.epoch === member.last.epoch && header.seq <= member.last.seq;
      if (member.skips) return;
      member.last = { epoch: header.epoch, seq: header.seq };
    }
    member.sink[said.kind]?.(header, payload);
  }

  _takeOver(connection) {
    if (connection !== this._next) return;
    this._current?.close();
    this._current = connection;
    this._next = null;
    for (const member of this._members) member.source = connection;
  }

  _end(connection, error) {
    connection.close();
    if (connection === this._next) this._next = null;
    if (connection === this._current) this._current = null;
    for (const member of [...this._members]) {
      if (member.source !== connection && this.open) continue;
      member.source = null;
      member.last = null;
      guarded(`${member.camera}: a lost connection`, () => member.sink.lost(error));
    }
    if (this._gateway.denial === null) this._change(RETRY_MS);
  }
}
