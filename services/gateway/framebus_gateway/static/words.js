/** What is to be said of a camera: its condition, and figures for people. */

const SILENT_MS = 1500; // more than the second between two states of a camera that nobody watches
const FRAMES = 5;

/**
 * Its condition: status ("live", "lost" or "stopped"), reason (or null) and the age of its newest
 * frame in ms (or null), given how long the gateway has been silent, in ms.
 */
export function condition(camera, silentMs) {
  const age = camera.age_ms === null ? null : camera.age_ms + silentMs;
  if (silentMs) return { status: "lost", reason: "the gateway does not answer", age };
  if (!camera.streaming) {
    const reason = camera.reason ?? "not streaming";
    return { status: /\bstopped\b/.test(reason) ? "stopped" : "lost", reason, age };
  }
  const patience = Math.max(SILENT_MS, camera.fps ? (FRAMES * 1000) / camera.fps : 0);
  if (age !== null && age > patience) return { status: "lost", reason: "no frames arrive", age };
  return { status: "live", reason: null, age };
}

export const LABELS = { live: "live", lost: "no signal", stopped: "stopped" };

/** "no signal for 12 s", or without a time if there was none yet. */
export function lossFor(age) {
  return age === null ? "no signal" : `no signal for ${duration(age)}`;
}

/** A time in ms in the unit that fits: "24 ms", "12 s", "5 min", "3 h", "2 d". */
export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/** Frames per second: "30 fps", "7.5 fps". */
export function rate(fps) {
  return `${fps < 10 ? Math.round(fps * 10) / 10 : Math.round(fps)} fps`;
}

/** "1 camera", "3 cameras". */
export function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
