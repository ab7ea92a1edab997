/** When a <video> shows pictures. */

import { guarded } from "./turn.js";

const BLIND_MS = 1000; // WebKitGTK has requestVideoFrameCallback, and does not call back

/**
 * Calls `take(seconds, ms)` for each picture: its time in the media, and how long ago it arrived
 * here, 0 where the browser does not say. Returns a function that ends it.
 */
export function watchPictures(video, take) {
  let over = false;
  let told = false;
  let began = null;
  let seen = 0;
  const shown = (...picture) => guarded("a picture that is shown", () => take(...picture));
  const tell = (now, { mediaTime, receiveTime }) => {
    if (over) return;
    told = true;
    shown(mediaTime, receiveTime ? now - receiveTime : 0);
    video.requestVideoFrameCallback(tell);
  };
  const look = () => {
    if (over || told) return;
    const { totalVideoFrames } = video.getVideoPlaybackQuality();
    if (totalVideoFrames) began ??= performance.now();
    const blind = !video.requestVideoFrameCallback || performance.now() - began > BLIND_MS;
    if (blind && totalVideoFrames !== seen) shown(video.currentTime, 0);
    seen = totalVideoFrames;
    requestAnimationFrame(look);
  };
  video.requestVideoFrameCallback?.(tell);
  look();
  return () => {
    over = true;
  };
}
