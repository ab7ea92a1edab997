/** Server-sent events (WHATWG HTML, 9.2), as far as a gateway makes use of them. */

import { guarded } from "./turn.js";

const END = "\n\n";
const LONGEST = 32 * 1024 * 1024; // characters: a thousand cameras with all that they can tell

/**
 * Read a response to its end. `arrived()` is called with each piece of it, `take(data)` with each
 * event's text, null of a mere comment.
 */
export async function readEvents(response, { arrived, take }) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    arrived();
    // the long text is looked through once, not with each piece of it
    const ends = value.includes(END) || (value.startsWith("\n") && text.endsWith("\n"));
    text += value;
    if (!ends) {
      if (text.length > LONGEST) throw new RangeError("an event without an end");
      continue;
    }
    const events = text.split(END);
    text = events.pop();
    for (const event of events) guarded("what the gateway says of its cameras", () => take(data(event)));
  }
}

function data(event) {
  const line = event.split("\n").find((one) => one.startsWith("data:"));
  return line === undefined ? null : line.slice("data:".length);
}
