/** Figures in words, and the one way to ask the monitor. */

const TIMEOUT_MS = 5000;
const MOST_TOLD = 1000;
const told = new Set();

/** What is said of something of which nothing can be made out. */
export const UNREADABLE = "not to be read";

/** The JSON at a relative address; throws what went wrong, for people. */
export async function ask(address) {
  const response = await fetch(address, {
    cache: "no-store",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status === 401) location.reload(); // it leads to the login page, and back
  if (!response.ok) throw new Error(`${address}: status ${response.status}`);
  return response.json();
}

/** What one of many things gives; what it throws is told in the console once, and gives `otherwise`. */
export function guarded(what, turn, otherwise) {
  try {
    return turn();
  } catch (error) {
    if (!told.has(what) && told.size < MOST_TOLD) console.error(`framebus: ${what}: ${error}`);
    told.add(what);
    return otherwise;
  }
}

/** Set a text, if it is another one. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function count(n, what) {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

/** The sum of counts by cause. */
export function total(counts) {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}

/** "link 3, late 1" */
export function causes(counts) {
  return Object.entries(counts)
    .map(([cause, n]) => `${cause} ${n}`)
    .join(", ");
}

export function milliseconds(value) {
  if (value === null || value === undefined) return "–";
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

/** A moment in s of Unix time as "14:02:11". */
export function clock(at) {
  return new Date(at * 1000).toLocaleTimeString([], { hour12: false });
}
