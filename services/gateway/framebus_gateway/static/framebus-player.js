/**
 * <framebus-player camera="cam0">: live video of a camera of framebus, on any page.
 *
 *     <script type="module" src="https://gateway/static/framebus-player.js"></script>
 *     <framebus-player camera="cam0" controls></framebus-player>
 *
 * Attributes: `camera` (its name), `mode` ("auto", "webcodecs", "mse", "webrtc" or "mjpeg"),
 * `token` (of an account, or a signed link's), `gateway` (its address, if it is not where this
 * file is from) and `controls` (the way to play, figures, snapshot and full screen).
 *
 * It plays while it can be seen, and comes back by itself after any loss. Of its events, which do
 * not bubble, "figures" comes four times a second while it plays; `figures` and `condition` say
 * how it is. Sized by CSS like an image; parts: picture, mark, tools, figures, badge.
 */

import { Gateway } from "./player/gateway.js";
import { STYLE, TREE } from "./player/look.js";
import { Playback } from "./player/playback.js";
import { Stage } from "./player/stage.js";
import { guarded } from "./player/turn.js";
import { duration, headline, rate, speed } from "./player/words.js";

const MARGIN = "25%"; // of the window, above and below: pictures are there before one scrolls to them
const UNSEEN_MS = 3000; // so long it goes on where nobody can see it

export class FramebusPlayer extends HTMLElement {
  static observedAttributes = ["camera", "mode", "token", "gateway"];

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    shadow.innerHTML = `<style>${STYLE}</style>${TREE}`;
    this._find = (selector) => shadow.querySelector(selector);
    this._picture = this._find(".picture");
    this._stage = new Stage(this._picture);
    this._playback = null;
    this._near = false;
    this._observer = new IntersectionObserver(
      (entries) => {
        this._near = entries.at(-1).isIntersecting;
        this._look();
      },
      { rootMargin: `${MARGIN} 0px` },
    );
    this._visibility = () => this._look();
    this._find(".mode").onchange = ({ target }) => (this.mode = target.value);
    this._find(".full").onclick = () => this.toggleFullScreen();
  }

  connectedCallback() {
    this._observer.observe(this);
    document.addEventListener("visibilitychange", this._visibility);
  }

  disconnectedCallback() {
    this._observer.disconnect();
    document.removeEventListener("visibilitychange", this._visibility);
    clearTimeout(this._unseen);
    this._near = false;
    this._stop();
  }

  attributeChangedCallback(name, before, now) {
    if (before === now || !this._playback) return;
    if (name === "mode") {
      this._playback.choose(this.mode);
      return;
    }
    this._stop();
    this._look();
  }

  /** How to play: "auto" or one of the ways. */
  get mode() {
    const mode = this.getAttribute("mode");
    return [...this._find(".mode").options].some(({ value }) => value === mode) ? mode : "auto";
  }

  set mode(mode) {
    this.setAttribute("mode", mode);
    this.dispatchEvent(new Event("change"));
  }

  /** `status` ("waiting", "live", "lost", "stopped", "denied"), `reason`, `age` in ms. */
  get condition() {
    return this._playback?.condition ?? { status: "waiting", reason: null, age: null };
  }

  /** `way`, `label`, `fps`, `bitrate` (bit/s), `loss` (fraction), `age` (ms); null: not known. */
  get figures() {
    return this._playback?.figures ?? null;
  }

  /** Full screen on, or off. */
  toggleFullScreen() {
    if (!document.fullscreenEnabled) this.toggleAttribute("expanded"); // an iPhone
    else if (document.fullscreenElement) document.exitFullscreen();
    else this.requestFullscreen();
  }

  /** Save the newest picture to a file. */
  saveSnapshot() {
    this._find(".snapshot").click();
  }

  get _gateway() {
    const base = new URL(this.getAttribute("gateway") ?? "..", import.meta.url);
    if (!base.pathname.endsWith("/")) base.pathname += "/";
    return Gateway.at(base.href, this.getAttribute("token") ?? "");
  }

  _look() {
    clearTimeout(this._unseen);
    if (!this.isConnected || document.hidden || !this._near) {
      this._unseen = setTimeout(() => this._stop(), UNSEEN_MS);
    } else if (!this._playback && this.getAttribute("camera")) {
      this._play();
    }
  }

  _play() {
    const gateway = this._gateway;
    const camera = this.getAttribute("camera");
    this._still().setAttribute("aria-label", `picture of ${camera}`);
    this._find(".snapshot").href = gateway.url(`cameras/${camera}/snapshot.jpg`, { max_age: 3 });
    this._find(".snapshot").download = `${camera}.jpg`;
    const next = location.pathname + location.search;
    this._find(".login").href = new URL(`login?next=${encodeURIComponent(next)}`, gateway.base);
    const changed = () => guarded(`${camera}: what is said of it`, () => this._show());
    const { mode, _stage: stage } = this;
    this._playback = new Playback({ gateway, camera, mode, stage, changed });
  }

  _stop() {
    this._playback?.close();
    this._playback = null;
  }

  _still() {
    return this._find(".still");
  }

  _show() {
    if (!this._playback) return; // it is just being made
    const { condition, figures } = this;
    const { status, reason } = condition;
    const live = status === "live" || status === "waiting";
    this._picture.classList.toggle("stale", !live);
    this._picture.classList.toggle("lost", status === "lost");
    this._find(".mark").hidden = live;
    write(this._find(".mark strong"), live ? "" : headline(condition));
    write(this._find(".reason"), reason ?? "");
    this._find(".login").hidden = status !== "denied" || this._playback.gateway.hasToken;
    this._showFigures(status, figures);
    this.dispatchEvent(new CustomEvent("figures", { detail: { ...condition, ...figures } }));
  }

  _showFigures(status, { way, label, age, fps, bitrate }) {
    const playing = status === "live";
    const parts = [];
    if (playing && fps !== null) parts.push(rate(fps), speed(bitrate));
    if (playing && age !== null) parts.push(duration(age));
    write(this._find(".figures"), parts.join(" · "));
    write(this._find(".badge"), playing ? label : "");
    const select = this._find(".mode");
    if (select.value !== this.mode) select.value = this.mode;
    const chosen = this.mode === "auto" && way ? `auto: ${label || way}` : "auto";
    write(select.options[0], chosen);
  }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

customElements.define("framebus-player", FramebusPlayer);
