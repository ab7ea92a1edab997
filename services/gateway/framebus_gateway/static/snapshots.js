/** Snapshots, once a second for each of some players, over one connection. */

import { address } from "./player.js";

const PERIOD_MS = 1000;
const TIMEOUT_MS = 5000;

export class SnapshotRounds {
  constructor() {
    this._players = [];
    this._running = false;
  }

  /** From now on fetch for these players. */
  of(players) {
    this._players = players;
    if (players.length && !this._running) this._run();
  }

  async _run() {
    this._running = true;
    while (this._players.length) {
      const begin = performance.now();
      for (const player of this._players) {
        if (this._players.includes(player)) await this._fetch(player);
      }
      const rest = PERIOD_MS - (performance.now() - begin);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, rest)));
    }
    this._running = false;
  }

  async _fetch(player) {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const url = address(player.name, "snapshot.jpg");
      const response = await fetch(url, { signal, cache: "no-store" });
      if (!response.ok) return; // no fresh picture: its tile will say why
      const bitmap = await createImageBitmap(await response.blob());
      player.showSnapshot(bitmap);
      bitmap.close();
    } catch (error) {
      console.debug(`no snapshot of ${player.name}: ${error}`);
    }
  }
}
