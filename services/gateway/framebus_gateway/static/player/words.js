/** What is to be said of a camera: its condition, and figures for people. */

const SILENT_MS = 1500; // more than the second between two states of a camera that nobody watches
const FRAMES = 5;

export const NO_PICTURES = "no pictures arrive";

/** Milliseconds without a picture after which a camera, an entry of GET /cameras, is lost. */
export function patience(camera) {
  return Math.max(SILENT_MS, camera?.fps ? (FRAMES * 1000) / camera.fps : 0);
}

/**
 * What a gateway says of a camera: status ("waiting", "live", "lost", "stopped" or "denied"),
 * reason (or null) and the age of its newest frame in ms (or null).
 */
export function condition(gateway, name) {
  const camera = gateway.entry(name);
  const age = typeof camera?.age_ms === "number" ? camera.age_ms + gateway.silentMs : null;
  if (gateway.denial !== null) return { status: "denied", reason: gateway.denial, age };
  if (!gateway.answers) return { status: "lost", reason: "the gateway does not answer", age };
  if (!gateway.cameras) return { status: "waiting", reason: null, age };
  if (!camera) return { status: "lost", reason: `there is no camera ${name}`, age };
  if (camera.streaming) {
    const lost = age !== null && age > patience(camera);
    if (lost) return { status: "lost", reason: NO_PICTURES, age };
    return { status: "live", reason: camera.reason ?? null, age }; // a warning, if there is one
  }
  const reason = camera.reason ?? "not streaming";
  const stopped = camera.wanted === false || /\bstopped\b/.test(reason);
  return { status: stopped ? "stopped" : "lost", reason, age };
}

export const LABELS = {
  waiting: "waiting",
  live: "live",
  lost: "no signal",
  stopped: "stopped",
  denied: "no access",
};

/** What is written over a picture that is not live: a headline for its status. */
export function headline({ status, age }) {
  return status === "lost" ? lossFor(age) : status === "stopped" ? stoppedFor(age) : LABELS[status];
}

/** "no signal for 12 s", or without a time if there was none yet. */
export function lossFor(age) {
  return age === null ? "no signal" : `no signal for ${duration(age)}`;
}

function stoppedFor(age) {
  return age === null ? "stopped" : `stopped ${duration(age)} ago`;
}

/** Bits per second: "4.2 Mbit/s", "640 kbit/s". */
export function speed(bits) {
  return bits < 1e6 ? `${Math.round(bits / 1e3)} kbit/s` : `${(bits / 1e6).toFixed(1)} Mbit/s`;
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
