/** WebRTC by WHEP (RFC 9725). */

import { Meter } from "./meter.js";
import { watchPictures } from "./pictures.js";
import { tell } from "./turn.js";

const GATHER_MS = 1000; // for the own addresses; there is no server to ask for others
const FIGURES_MS = 1000;
const GOODBYE_MS = 10_000;

export class WebRtcWay {
  static label = "WebRTC";

  /** Why it cannot play this camera here; null if it can. */
  static obstacle({ renditions }) {
    if (!renditions.some((name) => name.startsWith("h264"))) return "the camera sends no H.264";
    if (!("RTCPeerConnection" in window)) return "this browser has no WebRTC";
    const codecs = RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
    if (codecs.some(({ mimeType }) => mimeType === "video/H264")) return null;
    return "this browser has no H.264 for WebRTC"; // Firefox, until it has fetched OpenH264
  }

  /** Plays at once; calls `painted({age})` for each picture and `ended(error, fatal)`. */
  constructor({ gateway, camera, age, painted, ended }) {
    this.element = Object.assign(document.createElement("video"), {
      muted: true,
      autoplay: true,
      playsInline: true,
    });
    this.meter = new Meter();
    this._gateway = gateway;
    this._path = `cameras/${camera}/whep`;
    this._ageThere = age;
    this._painted = painted;
    this._peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this._bytes = this._lost = 0;
    this._connect().catch((error) => {
      if (!this._closed) ended(error, error.status === 400); // it cannot carry this stream
    });
    this._peer.onconnectionstatechange = () => {
      const state = this._peer.connectionState;
      if (state === "failed" || state === "closed") ended(new Error(`connection ${state}`), false);
    };
    this._unwatch = watchPictures(this.element, (_, here) => this._shown(here));
    this._timer = setInterval(
      () => this._count().catch((error) => tell("figures of WebRTC", error)),
      FIGURES_MS,
    );
  }

  get label() {
    return WebRtcWay.label;
  }

  close() {
    this._closed = true;
    this._unwatch();
    clearInterval(this._timer);
    this.element.srcObject = null;
    this._end().finally(() => this._peer.close());
  }

  /** The session before the peer: with the peer it would be gone, and its end a fault. */
  async _end() {
    if (!this._session) return;
    const signal = AbortSignal.timeout(GOODBYE_MS);
    const how = { method: "DELETE", keepalive: true, signal };
    await this._gateway.fetch(this._session, how).catch(() => {}); // it is gone already
  }

  async _connect() {
    const { receiver } = this._peer.addTransceiver("video", { direction: "recvonly" });
    receiver.jitterBufferTarget = 0; // ms: as soon as it is there
    this._peer.ontrack = ({ track }) => {
      this.element.srcObject = new MediaStream([track]);
      this.element.play().catch(() => {}); // refused: the page tells of no pictures
    };
    await this._peer.setLocalDescription();
    await this._gathered();
    const response = await this._gateway.fetch(this._path, {
      method: "POST",
      headers: { "Content-Type": "application/sdp" },
      body: this._peer.localDescription.sdp,
    });
    const session = response.headers.get("Location");
    if (session) this._session = new URL(session, response.url).href;
    const sdp = await response.text();
    if (this._closed) this.close(); // meanwhile, and the session was not known then
    else await this._peer.setRemoteDescription({ type: "answer", sdp });
  }

  _gathered() {
    if (this._peer.iceGatheringState === "complete") return null;
    return new Promise((resolve) => {
      setTimeout(resolve, GATHER_MS);
      this._peer.onicegatheringstatechange = () => {
        if (this._peer.iceGatheringState === "complete") resolve();
      };
    });
  }

  /** How old it was when the gateway sent it is known for the newest frames, not for this one. */
  _shown(here) {
    this.meter.painted();
    const there = this._ageThere();
    this._painted({ age: there === null ? null : there + here });
  }

  async _count() {
    for (const report of (await this._peer.getStats()).values()) {
      if (report.type !== "inbound-rtp") continue;
      this.meter.arrived(report.bytesReceived - this._bytes);
      this._bytes = report.bytesReceived;
      const lost = (report.framesDropped ?? 0) + Math.max(0, report.packetsLost ?? 0);
      this.meter.lost(lost - this._lost);
      this._lost = lost;
    }
  }
}
