/** Fragments of /live in a <video> through Media Source Extensions, close behind the live edge. */

import { Beginning } from "./beginning.js";
import { Meter } from "./meter.js";
import { watchPictures } from "./pictures.js";
import { joined } from "./records.js";
import { guarded } from "./turn.js";

const Source = window.ManagedMediaSource ?? window.MediaSource;
const NEAR_S = 0.06; // behind the edge, and at least
const NEAR_FRAMES = 1.5; // so that the next one is there in time
const CAUTION = 1.25; // times as far after a late frame, up to
const CAUTIOUS_S = 0.2; // which
const CALMING = 0.998; // is forgotten frame by frame
const FAR_S = 0.8; // behind that: from here on it jumps
const FASTEST = 1.25;
const SLOWEST = 0.8; // where it is too near
const CHANGES_RATE = !window.ManagedMediaSource; // Safari buffers anew at each change: it jumps
const LASTS = 90_000; // ticks of the gateway's fragments: a second
// Firefox keeps ten decoded frames, each until its time is over: with long ones it decodes too late
const LASTS_FRAMES = CSS.supports("-moz-appearance", "none") ? 4 : Infinity;
const TRUN = "trun";
const MOOF = 256; // bytes at the most
const KEPT_S = 20; // of what was played: what is removed goes up to the next keyframe behind that
const MOST_WAITING = 300; // fragments, if the browser does not take them

export class MseWay {
  static label = "MSE";

  /** Why it cannot play this camera here; null if it can. */
  static obstacle({ renditions }) {
    if (!renditions.some((name) => name.startsWith("h264"))) return "the camera sends no H.264";
    return Source ? null : "this browser has no Media Source Extensions";
  }

  /** Plays at once; calls `painted({age})` for each picture and `ended(error, fatal)`. */
  constructor({ gateway, camera, painted, ended }) {
    this.element = Object.assign(document.createElement("video"), {
      muted: true,
      autoplay: true,
      playsInline: true,
      disableRemotePlayback: true, // ManagedMediaSource plays only then
    });
    this.meter = new Meter();
    this._clock = gateway.clock;
    this._painted = painted;
    this._ended = ended;
    this._frameTime = 0; // time from one frame to the next
    this._newest = null; // time of the newest frame in the media, s
    this._near = NEAR_S;
    this._began = false; // then it waits for the first picture, not because it ran dry
    this._offset = null; // of bus time to the media's time, ms
    this._waiting = [];
    this._mime = "";
    this._beginning = new Beginning();
    this.element.onerror = () => this._fail(this.element.error ?? new Error("the video failed"));
    this._unwatch = watchPictures(this.element, (seconds) => this._shown(seconds));
    this._leave = gateway.live("mp4").join(camera, {
      init: (header, payload) => this._init(header, payload),
      frame: (header, payload) => this._frame(header, payload),
      lost: () => this._end(), // another connection begins with another init
      failed: (error) => this._fail(error),
      refused: (error) => this._fail(error),
    });
  }

  get label() {
    return MseWay.label;
  }

  close() {
    this._closed = true;
    this._unwatch();
    this._leave();
    this._end();
    this.element.removeAttribute("src");
    this.element.load();
  }

  _init({ mime }, payload) {
    const type = mime.startsWith("video/") ? mime : `video/mp4; codecs="${mime}"`;
    if (!Source.isTypeSupported(type)) return void this._fail(new Error(`no decoder for ${type}`));
    const same = type === this._mime && equal(payload, this._head);
    if (same && this._source?.readyState === "open") return; // another connection took over
    this._end();
    this._mime = type;
    this._head = payload.slice();
    this._waiting = [this._head];
    const source = (this._source = new Source());
    source.onsourceopen = () => {
      if (source !== this._source) return;
      URL.revokeObjectURL(this._url);
      guarded("a media source", () => this._open(source), (error) => this._fail(error));
    };
    this._url = URL.createObjectURL(source);
    this.element.src = this._url;
  }

  _open(source) {
    source.duration = Infinity;
    this._buffer = source.addSourceBuffer(this._mime);
    this._buffer.onupdateend = () => this._append();
    this._append();
  }

  _frame(header, payload) {
    this.meter.follows(header);
    this.meter.arrived(payload.length);
    if (!this._source || header.codec !== "h264") return; // JPEG while nobody makes H.264
    try {
      this._joined ||= this._beginning.isAt(header);
    } catch (error) {
      this._fail(error);
    }
    if (!this._joined) return;
    if (this._waiting.length > MOST_WAITING) return void this._fail(new Error("it takes nothing"));
    this._waiting.push(lasting(payload));
    this._measure(header);
    this._append();
  }

  _measure({ captured_ms, media_ms }) {
    if (media_ms === null) throw new TypeError("a fragment without a time");
    this._offset = captured_ms === null ? null : captured_ms - media_ms;
    const time = media_ms / 1000;
    if (this._newest !== null) {
      this._frameTime += (Math.min(1, Math.max(0, time - this._newest)) - this._frameTime) / 16;
    }
    this._newest = time;
    const late = this._began && this.element.currentTime > time;
    const near = late ? Math.min(CAUTIOUS_S, this._near * CAUTION) : this._near * CALMING;
    this._near = Math.max(NEAR_S, this._frameTime * NEAR_FRAMES, near);
  }

  _append() {
    const buffer = this._buffer;
    if (!buffer || buffer.updating || this._source.readyState !== "open") return;
    const played = this.element.currentTime - KEPT_S;
    try {
      this._chase();
      if (this._waiting.length) {
        buffer.appendBuffer(joined(...this._waiting.splice(0)));
      } else if (buffer.buffered.length && buffer.buffered.start(0) < played - KEPT_S) {
        buffer.remove(0, played);
      }
    } catch (error) {
      this._fail(error);
    }
  }

  /** Stay as close to the newest picture as is wise: by the rate, or a jump when far behind. */
  _chase() {
    const { element } = this;
    const { buffered } = this._buffer;
    if (!buffered.length) return;
    const begin = buffered.start(buffered.length - 1);
    const behind = this._newest - element.currentTime;
    if (behind > this._near + FAR_S || element.currentTime < begin) {
      element.currentTime = Math.max(begin, this._newest - this._near);
    } else if (CHANGES_RATE) {
      const rate = Math.max(SLOWEST, Math.min(FASTEST, 1 + behind - this._near));
      if (Math.abs(rate - element.playbackRate) > 0.01) element.playbackRate = rate;
    }
    if (element.paused) element.play().catch(() => {}); // refused: the page tells of no pictures
  }

  _shown(seconds) {
    this._began = true;
    this.meter.painted();
    const now = this._clock.now();
    const age = now === null || this._offset === null ? null : now - seconds * 1000 - this._offset;
    this._painted({ age: age && Math.max(0, age) });
  }

  _fail(error) {
    if (!this._closed) this._ended(error, true);
  }

  _end() {
    this._source = this._buffer = null;
    this._joined = false;
    this._waiting = [];
  }
}

/**
 * The same fragment of one frame, which now lasts up to the next one, however late that is: after
 * a gap of more than two durations a browser takes nothing before the next keyframe.
 */
function lasting(fragment) {
  const type = [...TRUN].map((letter) => letter.charCodeAt(0));
  const found = (_, i) => type.every((code, k) => fragment[i + k] === code);
  const at = fragment.subarray(0, MOOF).findIndex(found);
  if (at < 0) return fragment;
  const copy = fragment.slice();
  const box = new DataView(copy.buffer, at + TRUN.length);
  const flags = box.getUint32(0) & 0xffffff; // ISO/IEC 14496-12, 8.8.8
  const place = 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0);
  if (flags & 0x100) box.setUint32(place, Math.min(LASTS, LASTS_FRAMES * box.getUint32(place)));
  return copy;
}

function equal(a, b) {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
