/** Packets of /live, decoded by WebCodecs and painted on a canvas: the least delay there is. */

import { Beginning } from "./beginning.js";
import { Meter } from "./meter.js";
import { guarded } from "./turn.js";

const MOST_WAITING = 30; // packets before the decoder: a browser this slow goes on at a keyframe
const MOST_HEADERS = 300;
const MOST_FAULTS = 3;

export class WebCodecsWay {
  static label = "WebCodecs";

  /** Why it cannot play this camera here; null if it can. */
  static obstacle({ renditions }) {
    const coded = renditions.some((name) => name.startsWith("h264"));
    if (!coded && renditions.includes("jpeg")) return null; // that any browser decodes
    if (!coded) return "the camera sends no H.264";
    if (!window.isSecureContext) return "WebCodecs needs https or localhost";
    return "VideoDecoder" in window ? null : "this browser has no WebCodecs";
  }

  /** Plays at once; calls `painted({age})` for each picture and `ended(error, fatal)`. */
  constructor({ gateway, camera, painted, ended }) {
    this.element = document.createElement("canvas");
    this.meter = new Meter();
    this._context = this.element.getContext("2d", { alpha: false, desynchronized: true });
    this._clock = gateway.clock;
    this._painted = painted;
    this._ended = ended;
    this._beginning = new Beginning();
    this._headers = new Map();
    this._number = 0;
    this._faults = 0;
    this._picture = null;
    this._leave = gateway.live("annexb").join(camera, {
      frame: (header, payload) => this._frame(header, payload),
      lost: () => this._reset(),
      failed: (error) => this._failed(error),
      refused: (error) => ended(error, true),
    });
  }

  /** What it is called while it shows pictures of this kind. */
  get label() {
    return this._codec === "jpeg" ? "JPEG" : WebCodecsWay.label;
  }

  close() {
    this._closed = true;
    this._leave();
    this._reset();
    cancelAnimationFrame(this._request);
    this._picture?.close();
    this._picture = null;
  }

  _frame(header, payload) {
    this.meter.follows(header);
    this.meter.arrived(payload.length);
    this._codec = header.codec;
    if (header.codec === "jpeg") this._decodeJpeg(header, payload);
    else this._decode(header, payload);
  }

  _decode(header, payload) {
    try {
      if (!this._decoder && !this._beginning.isAt(header)) return; // until the next keyframe
    } catch (error) {
      return void this._ended(error, true);
    }
    if (header.keyframe) this._prepare(header);
    if (this._decoder.decodeQueueSize > MOST_WAITING) {
      this._reset();
      return;
    }
    this._number += 1;
    this._headers.set(this._number, header);
    if (this._headers.size > MOST_HEADERS) this._headers.delete(this._headers.keys().next().value);
    const type = header.keyframe && !header.recovery ? "key" : "delta";
    const chunk = { type, timestamp: this._number, data: payload };
    try {
      this._decoder.decode(new EncodedVideoChunk(chunk));
    } catch (error) {
      this._failed(error);
    }
  }

  _prepare({ mime, width, height, aspect }) {
    const what = `${mime} ${width}x${height} ${aspect}`;
    if (this._decoder && this._configured === what) return;
    this._reset();
    this._configured = what;
    this._decoder = new VideoDecoder({
      output: (picture) => this._decoded(picture),
      error: (error) => this._failed(error),
    });
    // no description: then the packets are taken as Annex B
    this._decoder.configure({
      codec: mime,
      codedWidth: width,
      codedHeight: height,
      displayAspectWidth: width * aspect[0],
      displayAspectHeight: height * aspect[1],
      optimizeForLatency: true,
    });
  }

  /** A slow browser takes the newest when it is ready. */
  async _decodeJpeg(header, payload) {
    if (this._waiting) this.meter.lost(1);
    this._waiting = [header, payload];
    if (this._decoding) return;
    this._decoding = true;
    while (this._waiting) {
      const [taken, jpeg] = this._waiting;
      this._waiting = null;
      try {
        this._show(await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" })), taken);
      } catch (error) {
        this._failed(error);
      }
    }
    this._decoding = false;
  }

  _decoded(picture) {
    const header = this._headers.get(picture.timestamp);
    this._headers.delete(picture.timestamp);
    this._show(picture, header);
  }

  /** Paint it with the next refresh of the screen, unless a newer one comes before. */
  _show(picture, header) {
    if (this._closed) return void picture.close();
    this._faults = 0;
    this._picture?.close();
    this._picture = picture;
    this._header = header;
    this._request ??= requestAnimationFrame(() => {
      this._request = null;
      guarded("a picture to be painted", () => this._paint(), (error) => this._failed(error));
    });
  }

  _paint() {
    const picture = this._picture;
    this._picture = null;
    const width = picture.displayWidth ?? picture.width;
    const height = picture.displayHeight ?? picture.height;
    if (this.element.width !== width) this.element.width = width;
    if (this.element.height !== height) this.element.height = height;
    this._context.drawImage(picture, 0, 0, width, height);
    picture.close();
    this.meter.painted();
    const now = this._clock.now();
    const captured = this._header?.captured_ms;
    this._painted({ age: now === null || !captured ? null : Math.max(0, now - captured) });
  }

  _failed(error) {
    if (this._closed) return;
    this._reset();
    this._faults += 1;
    if (this._faults >= MOST_FAULTS) this._ended(error, true);
  }

  _reset() {
    if (this._decoder && this._decoder.state !== "closed") this._decoder.close();
    this._decoder = null;
    this._headers.clear();
  }
}
