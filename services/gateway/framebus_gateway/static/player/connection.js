/** One GET /live. */

import { RecordReader } from "./records.js";
import { Watchdog } from "./watchdog.js";

const SILENT_MS = 3000; // the clock comes every second

export class Connection {
  /** Opens at once; `record(header, payload)` for each record, `end(error)` once at its end. */
  constructor(gateway, format, cameras, { record, end }) {
    this.cameras = cameras;
    this._abort = new AbortController();
    this._watchdog = new Watchdog(() => this._abort.abort());
    this._run(gateway, { camera: cameras, format }, record).then(
      () => this._finish(end, new Error("the gateway ended the stream")),
      (error) => this._finish(end, error),
    );
  }

  /** End it; `end` is not called any more. */
  close() {
    this._closed = true;
    this._watchdog.stop();
    this._abort.abort();
  }

  _finish(end, error) {
    this._watchdog.stop();
    if (!this._closed) end(error);
  }

  async _run(gateway, parameters, record) {
    this._watchdog.heard(SILENT_MS);
    const { signal } = this._abort;
    const response = await gateway.fetch("live", { parameters, signal });
    const records = new RecordReader((header, payload) => {
      if (!this._closed) record(header, payload);
    });
    const reader = response.body.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      this._watchdog.heard(SILENT_MS);
      records.push(value);
    }
  }
}
