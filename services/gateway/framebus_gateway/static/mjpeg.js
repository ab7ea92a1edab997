/** An MJPEG stream in an <img>. */

const CHECK_MS = 250;

export class MjpegStream {
  /**
   * Starts at once; put `element` into the page. `onFirst()` is called with the first picture,
   * `onEnd(hadPicture)` when the connection has ended by itself.
   */
  constructor(url, alt, { onFirst, onEnd }) {
    this.element = new Image();
    this.element.className = "live";
    this.element.alt = alt;
    let hadPicture = false;
    this.element.onload = () => {
      if (!hadPicture) onFirst();
      hadPicture = true;
    };
    this.element.onerror = () => onEnd(hadPicture);
    // no event tells of a stream that breaks after its first picture: the image is just empty then
    this._timer = setInterval(() => {
      if (hadPicture && this.element.complete && !this.element.naturalWidth) onEnd(true);
    }, CHECK_MS);
    this.element.src = url;
  }

  /** End it and its connection; removing the element alone would leave that open. */
  close() {
    clearInterval(this._timer);
    this.element.onload = this.element.onerror = null;
    this.element.removeAttribute("src");
    this.element.remove();
  }
}
