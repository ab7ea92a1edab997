/** The records of GET /live: two lengths, a JSON header, a payload (proto/README.md). */

import { finite, readName } from "./entry.js";
import { guarded } from "./turn.js";

const LENGTHS = 8; // bytes of both
const MOST_HEADER = 64 * 1024;
const MOST_PAYLOAD = 64 * 1024 * 1024;
const text = new TextDecoder();

export class RecordReader {
  /** Calls `take(header, payload)` with each record; the payload is a Uint8Array. */
  constructor(take) {
    this._take = take;
    this._begin();
  }

  /** Some more bytes have come. Throws a RangeError if they can be no records. */
  push(chunk) {
    this._chunks.push(chunk);
    this._length += chunk.length;
    if (this._length < this._needed) return; // a long record is put together once
    const bytes = joined(...this._chunks);
    this._begin();
    let at = 0;
    while (bytes.length - at >= LENGTHS) {
      const lengths = new DataView(bytes.buffer, bytes.byteOffset + at, LENGTHS);
      const header = lengths.getUint32(0);
      const payload = lengths.getUint32(4);
      if (header > MOST_HEADER || payload > MOST_PAYLOAD) throw new RangeError("no records");
      const begin = at + LENGTHS;
      const end = begin + header + payload;
      if (end > bytes.length) {
        this._needed = end - at;
        break;
      }
      guarded("a record of /live", () => {
        const parsed = JSON.parse(text.decode(bytes.subarray(begin, begin + header)));
        this._take(parsed, bytes.subarray(begin + header, end));
      });
      at = end;
    }
    this._chunks = [bytes.subarray(at)];
    this._length = bytes.length - at;
  }

  _begin() {
    this._chunks = [];
    this._length = 0;
    this._needed = LENGTHS;
  }
}

/** A frame's header; throws a TypeError where it lacks what a frame cannot be without. */
export function readFrame(header) {
  const { epoch, seq, codec, keyframe, captured_ms, media_ms } = header;
  if (typeof epoch !== "string" || finite(seq) === null) throw new TypeError("a frame of no number");
  return {
    camera: readName(header.camera),
    epoch,
    seq,
    codec: String(codec),
    mime: String(header.mime),
    keyframe: keyframe === true,
    recovery: finite(header.recovery) !== null, // a keyframe, but no IDR picture
    width: header.width,
    height: header.height,
    aspect: readAspect(header.aspect), // of a pixel
    captured_ms: finite(captured_ms),
    media_ms: finite(media_ms),
  };
}

function readAspect(aspect) {
  return Array.isArray(aspect) && aspect.length === 2 && aspect.every((side) => side > 0)
    ? aspect
    : [1, 1];
}

/** Several Uint8Arrays as one; a single one as it is. */
export function joined(...parts) {
  if (parts.length === 1) return parts[0];
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
