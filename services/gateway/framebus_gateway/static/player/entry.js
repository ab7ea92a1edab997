/** What a gateway says of a camera, with nothing in it that is not what it should be. */

import { guarded } from "./turn.js";

const NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/; // proto/README.md
const MOST = 1000; // cameras
const MOST_SIDE = 16_384; // px
const VALUES = { number: finite, whole: finite, switch: truth, menu: text };

/** The cameras of a list as GET /cameras has it; one that cannot be read costs only itself. */
export function readCameras(list) {
  const read = (entry) => guarded("a camera that cannot be read", () => readCamera(entry), () => null);
  return list.slice(0, MOST).map(read).filter(Boolean);
}

/** An entry of GET /cameras. What is not known of it is null, or nothing; throws without a name. */
export function readCamera(entry) {
  return {
    name: readName(entry.name),
    source: text(entry.source) ?? "",
    renditions: many(entry.renditions).map(text).filter(Boolean),
    width: side(entry.width),
    height: side(entry.height),
    fps: Math.max(0, finite(entry.fps) ?? 0),
    bitrate: finite(entry.bitrate),
    target: finite(entry.target),
    target_reason: text(entry.target_reason),
    wanted: entry.wanted !== false,
    adjustable: readAdjustable(entry.adjustable ?? {}),
    controls: many(entry.controls).map(readControl).filter(Boolean),
    refused: text(entry.refused),
    viewers: finite(entry.viewers),
    ...readSignal(entry),
  };
}

/** Whether a camera streams, if not why, and the age of its newest frame in ms. */
export function readSignal({ streaming, reason, age_ms }) {
  return { streaming: streaming === true, reason: text(reason), age_ms: finite(age_ms) };
}

/** The name of a camera, which addresses are made with; throws if it can be none. */
export function readName(name) {
  if (typeof name === "string" && NAME.test(name)) return name;
  throw new TypeError(`${JSON.stringify(name)?.slice(0, 40)} is no camera's name`);
}

/** A number, or null. */
export function finite(value) {
  return Number.isFinite(value) ? value : null;
}

function readAdjustable({ bitrate, fps, width, height }) {
  return { bitrate: finite(bitrate), fps: finite(fps), width: side(width), height: side(height) };
}

function readControl(control) {
  const value = VALUES[control?.kind];
  if (!value || typeof control.name !== "string") return null; // of a kind that is not known here
  return {
    name: control.name,
    kind: control.kind,
    least: finite(control.least),
    most: finite(control.most),
    unit: text(control.unit) ?? "",
    choices: many(control.choices).filter((choice) => typeof choice === "string"),
    default: value(control.default),
    value: value(control.value),
  };
}

function text(value) {
  return typeof value === "string" ? value : null;
}

function truth(value) {
  return typeof value === "boolean" ? value : null;
}

function side(value) {
  return value >= 1 && value <= MOST_SIDE ? Math.round(value) : 0;
}

function many(value) {
  return Array.isArray(value) ? value : [];
}
