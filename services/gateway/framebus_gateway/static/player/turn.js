/** Turns of loops: what one camera does to a turn must not end the loop for all the others. */

const MOST = 1000; // faults told, whatever is made up to fill the console
const told = new Set();

/** Do one turn. What it throws is told once for each `what`, then goes to `otherwise`. */
export function guarded(what, turn, otherwise = () => {}) {
  try {
    return turn();
  } catch (error) {
    tell(what, error);
    return otherwise(error);
  }
}

/** Write a fault to the console, unless one of the same `what` stands there. */
export function tell(what, error, write = console.error) {
  if (told.has(what) || told.size >= MOST) return;
  told.add(what);
  write(`framebus: ${what}: ${error}`);
}
