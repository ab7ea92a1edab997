/** All tiles: which there are, in which order, and which one is large. */

import { guarded } from "../player/turn.js";
import { LABELS } from "../player/words.js";
import { Tile } from "./tile.js";

export class Wall {
  /** `root` holds the tiles, `template` makes new ones, `address(name)` is where one leads to. */
  constructor(root, template, address) {
    this._root = root;
    this._template = template;
    this._address = address;
    this._tiles = new Map();
    this._said = new Map();
    for (const element of root.querySelectorAll(".tile")) this._adopt(element);
  }

  /** The tile of a camera; undefined if there is none. */
  tile(name) {
    return this._tiles.get(name);
  }

  /** The status of each tile. */
  get statuses() {
    return [...this._tiles.values()].map((tile) => tile.status);
  }

  /** Applies to all tiles: see settings.js. */
  set settings({ mode, size, figures }) {
    this._root.dataset.size = size;
    this._root.dataset.figures = figures ? "shown" : "hidden";
    for (const tile of this._tiles.values()) tile.player.setAttribute("mode", mode);
  }

  /** Make the tiles show these cameras, one of them large. */
  update(cameras, large, { mode }) {
    const names = new Set(cameras.map((camera) => camera.name));
    for (const name of [...this._tiles.keys()]) if (!names.has(name)) this._remove(name);
    cameras.forEach((camera, place) => {
      const tile = this._tiles.get(camera.name) ?? this._adopt(this._make(camera.name), mode);
      const now = this._root.children[place];
      // moved only where it must be: a player that leaves the page for a moment begins anew
      if (now !== tile.element) this._root.insertBefore(tile.element, now ?? null);
      guarded(`${camera.name}: its tile`, () => tile.show(camera, camera.name === large));
    });
  }

  /** What is to be announced: "cam0: no signal" for each that changed since the last call. */
  *changes() {
    for (const { name, status } of this._tiles.values()) {
      const before = this._said.get(name);
      if (status === "waiting" || status === before) continue;
      this._said.set(name, status);
      if (before) yield `${name}: ${LABELS[status]}`;
    }
  }

  _make(name) {
    const element = this._template.content.firstElementChild.cloneNode(true);
    element.dataset.camera = name;
    return element;
  }

  _adopt(element, mode) {
    const tile = new Tile(element, this._address(element.dataset.camera), mode);
    this._tiles.set(tile.name, tile);
    return tile;
  }

  _remove(name) {
    this._tiles.get(name).element.remove();
    this._tiles.delete(name);
    this._said.delete(name);
  }
}
