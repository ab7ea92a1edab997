/** Where a browser's decoders can begin: at IDR pictures, not at other recovery points. */

const PATIENCE_MS = 1500; // a camera that makes IDR pictures when asked has made one by then

export class Beginning {
  _since = null;

  /** Whether to begin with this frame; throws an Error if IDR pictures will not come. */
  isAt({ keyframe, recovery }) {
    if (keyframe && !recovery) {
      this._since = null;
      return true;
    }
    if (recovery) this._since ??= performance.now();
    if (this._since !== null && performance.now() - this._since > PATIENCE_MS) {
      throw new Error("the camera sends no IDR pictures, with which browsers begin");
    }
    return false;
  }
}
