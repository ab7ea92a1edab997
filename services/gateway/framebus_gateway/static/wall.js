/** All tiles: which there are, and which of them may stream. */

import { condition, LABELS } from "./words.js";
import { SnapshotRounds } from "./snapshots.js";
import { Tile } from "./tile.js";

// a browser opens six connections to a host: these, one for snapshots, one for questions
const MOST_STREAMS = 4;
const MARGIN = "25%"; // of the window, above and below: pictures are there before one scrolls to them

export class Wall {
  /** `root` holds the tiles, `template` makes new ones, `announce` tells a change of status. */
  constructor(root, template, announce) {
    this._root = root;
    this._template = template;
    this._announce = announce;
    this._tiles = new Map();
    this._snapshots = new SnapshotRounds();
    this._observer = new IntersectionObserver((entries) => this._saw(entries), {
      rootMargin: `${MARGIN} 0px`,
    });
    /** Called when tiles came near the visible part of the page, or left it. */
    this.onVisibility = () => {};
    for (const element of root.children) this._adopt(element);
  }

  /** The status of each tile. */
  get statuses() {
    return [...this._tiles.values()].map((tile) => tile.status);
  }

  /** Make the tiles show what the gateway says; with `hidden` nobody looks, and none streams. */
  update(gateway, hidden) {
    const names = new Set(gateway.cameras.map((camera) => camera.name));
    for (const name of [...this._tiles.keys()]) if (!names.has(name)) this._remove(name);
    gateway.cameras.forEach((camera, place) => {
      const tile = this._tiles.get(camera.name) ?? this._adopt(this._make(camera.name));
      const now = this._root.children[place];
      if (now !== tile.element) this._root.insertBefore(tile.element, now ?? null);
      const before = tile.status;
      tile.show(camera, condition(camera, gateway.silentMs));
      if (before && before !== tile.status) {
        this._announce(`${camera.name}: ${LABELS[tile.status]}`);
      }
    });
    this._share(hidden || !gateway.answers);
  }

  /** All connections are taken for dead: the pictures start anew. */
  interrupt() {
    for (const tile of this._tiles.values()) tile.player.play("nothing");
  }

  _share(none) {
    const tiles = [...this._tiles.values()];
    const near = none ? [] : tiles.filter((tile) => tile.near);
    const urgency = new Map(near.map((tile) => [tile, 2 * tile.visible + tile.live]));
    near.sort((a, b) => urgency.get(b) - urgency.get(a));
    const streams = new Set(near.slice(0, MOST_STREAMS));
    const snapshots = near.slice(MOST_STREAMS);
    // those that end come first, so that never more than MOST_STREAMS are open
    for (const tile of tiles) {
      if (!streams.has(tile)) tile.player.play(snapshots.includes(tile) ? "snapshots" : "nothing");
    }
    for (const tile of streams) tile.player.play("stream");
    this._snapshots.of(snapshots.filter((tile) => tile.live).map((tile) => tile.player));
  }

  _saw(entries) {
    for (const entry of entries) {
      const tile = this._tiles.get(entry.target.dataset.camera);
      if (tile) tile.near = entry.isIntersecting;
    }
    this.onVisibility();
  }

  _make(name) {
    const element = this._template.content.firstElementChild.cloneNode(true);
    element.dataset.camera = name;
    return element;
  }

  _adopt(element) {
    const tile = new Tile(element);
    this._tiles.set(tile.name, tile);
    this._observer.observe(element);
    return tile;
  }

  _remove(name) {
    const tile = this._tiles.get(name);
    this._tiles.delete(name);
    this._observer.unobserve(tile.element);
    tile.remove();
  }
}
