/** The records of GET /live: two lengths, a JSON header, a payload (proto/README.md). */

const LENGTHS = 8; // bytes of both
const MOST_HEADER = 64 * 1024;
const MOST_PAYLOAD = 64 * 1024 * 1024;
const text = new TextDecoder();

export class RecordReader {
  /** Calls `take(header, payload)` with each record; the payload is a Uint8Array. */
  constructor(take) {
    this._take = take;
    this._rest = new Uint8Array(0);
  }

  /** Some more bytes have come. Throws a RangeError if they can be no records. */
  push(chunk) {
    const bytes = this._rest.length ? joined(this._rest, chunk) : chunk;
    let at = 0;
    while (bytes.length - at >= LENGTHS) {
      const lengths = new DataView(bytes.buffer, bytes.byteOffset + at, LENGTHS);
      const header = lengths.getUint32(0);
      const payload = lengths.getUint32(4);
      if (header > MOST_HEADER || payload > MOST_PAYLOAD) throw new RangeError("no records");
      const begin = at + LENGTHS;
      const end = begin + header + payload;
      if (end > bytes.length) break;
      const parsed = JSON.parse(text.decode(bytes.subarray(begin, begin + header)));
      this._take(parsed, bytes.subarray(begin + header, end));
      at = end;
    }
    this._rest = bytes.subarray(at);
  }
}

/** Several Uint8Arrays as one. */
export function joined(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
