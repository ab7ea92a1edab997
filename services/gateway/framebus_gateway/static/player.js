/** The picture of one camera, played in one of several ways; between them the last one stays. */

import { MjpegStream } from "./mjpeg.js";

const RETRY_MS = 5000; // after a stream that never had a picture
const FRESH_MS = 700; // the gateway marks a picture when there was no frame for a second

/** Address of something of a camera, below wherever the page is served. */
export function address(name, what) {
  return new URL(`cameras/${name}/${what}`, document.baseURI).pathname;
}

export class Player {
  constructor(root, name) {
    this.name = name;
    this._root = root;
    this._still = root.querySelector(".still");
    this._rate = root.querySelector(".rate");
    this._stream = null;
    this._drawn = false;
    this._live = false;
    this._way = "nothing";
    this._retryAt = 0;
    this._renditions = "";
  }

  /** What the gateway says of the camera now. */
  describe({ width, height, age_ms, renditions }, live) {
    if (width && height) {
      this._root.style.setProperty("--width", width);
      this._root.style.setProperty("--height", height);
    }
    const offered = renditions.join();
    if (offered !== this._renditions) this._end(); // what it plays may be gone
    this._renditions = offered;
    this._live = live;
    // kept while it is surely unmarked: a stream that breaks leaves no picture behind
    if (live && age_ms !== null && age_ms < FRESH_MS) this._keep();
  }

  /** Play "stream", "snapshots" (see `showSnapshot`) or "nothing"; the same again: keep it going. */
  play(way) {
    if (way !== "stream") this._end();
    if (way === "stream" && !this._stream && performance.now() >= this._retryAt) this._begin();
    this._way = way;
    this._rate.hidden = way !== "snapshots";
    this._describeStill();
  }

  /** Show a snapshot, an ImageBitmap, if snapshots are played. */
  showSnapshot(bitmap) {
    if (this._way !== "snapshots") return;
    this._draw(bitmap, bitmap.width, bitmap.height);
  }

  _begin() {
    if (!this._renditions) return;
    const url = address(this.name, "stream.mjpg");
    this._stream = new MjpegStream(url, `live picture of ${this.name}`, {
      onFirst: () => {
        if (this._live) this._keep();
        this._shows("stream");
      },
      onEnd: (hadPicture) => {
        if (!hadPicture) this._retryAt = performance.now() + RETRY_MS;
        this._end();
      },
    });
    this._still.after(this._stream.element);
  }

  _end() {
    if (!this._stream) return;
    this._keep();
    this._stream.close();
    this._stream = null;
    this._shows(this._drawn ? "still" : "nothing");
  }

  _keep() {
    const image = this._stream?.element;
    if (image?.naturalWidth) this._draw(image, image.naturalWidth, image.naturalHeight);
  }

  _draw(image, width, height) {
    if (this._still.width !== width) this._still.width = width;
    if (this._still.height !== height) this._still.height = height;
    this._still.getContext("2d").drawImage(image, 0, 0);
    this._drawn = true;
    if (!this._stream) this._shows("still");
  }

  _shows(what) {
    this._root.dataset.shows = what;
    this._describeStill();
  }

  _describeStill() {
    const still = this._still;
    if (this._root.dataset.shows !== "still") {
      still.setAttribute("aria-hidden", "true");
      return;
    }
    still.removeAttribute("aria-hidden");
    still.setAttribute("role", "img");
    const kind = this._way === "snapshots" ? "picture" : "last picture";
    still.setAttribute("aria-label", `${kind} of ${this.name}`);
  }
}
