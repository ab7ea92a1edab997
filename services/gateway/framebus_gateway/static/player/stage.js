/** Where a picture is seen: the element that plays it, and below it the last picture that was. */

export class Stage {
  /** Takes over an element that contains a canvas. */
  constructor(root) {
    this._root = root;
    this._still = root.querySelector("canvas");
    this._element = null;
    this._keeps = false;
  }

  /** An element that will have a picture soon. */
  show(element, way) {
    this._element = element;
    this._keeps = way === "mjpeg"; // a stream that breaks leaves no picture behind
    element.className = "playing";
    element.style.visibility = "hidden";
    this._still.after(element);
  }

  /** It has a picture. */
  reveal() {
    this._element.style.visibility = "";
    this._root.dataset.shows = "live";
    this._fit();
  }

  /** Its last picture stays when it goes. */
  keep() {
    const { _element: element, _still: still } = this;
    const [width, height] = size(element);
    if (!width) return;
    if (still.width !== width) still.width = width;
    if (still.height !== height) still.height = height;
    still.getContext("2d").drawImage(element, 0, 0, width, height);
    this._kept = true;
  }

  /** It goes. */
  hide() {
    this._element.remove();
    this._element = null;
    this._root.dataset.shows = this._kept ? "still" : "nothing";
  }

  /** Now and then, with whether what is seen is live. */
  tick(live) {
    if (live && this._element) this._fit();
    if (live && this._keeps && this._element && this._root.dataset.shows === "live") this.keep();
  }

  /** As large as the space around allows, in the shape of the picture. */
  _fit() {
    const [width, height] = size(this._element);
    if (!width) return;
    this._root.style.setProperty("--width", width);
    this._root.style.setProperty("--height", height);
  }
}

function size(element) {
  const width = element.videoWidth ?? element.naturalWidth ?? element.width;
  const height = element.videoHeight ?? element.naturalHeight ?? element.height;
  return [width, height];
}
