/** Commands to a camera, POST /cameras/<camera>/control, in the order in which they are given. */

const TIMEOUT_MS = 15_000;

export class Commands {
  constructor(gateway) {
    this._gateway = gateway;
    this._before = Promise.resolve();
  }

  /** Say how a camera ought to be; throws an Error with the gateway's words. */
  send(camera, wish) {
    // over connections of their own one would overtake the other
    const sent = this._before.then(() =>
      this._gateway.fetch(`cameras/${camera}/control`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(wish),
        signal: AbortSignal.timeout(TIMEOUT_MS), // else one that hangs would hold up all others
      }),
    );
    this._before = sent.catch(() => {}); // whoever gave it is told
    return sent;
  }
}
