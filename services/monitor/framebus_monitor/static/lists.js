/** The table of services, the incidents, the log. */

import { ask, clock, guarded, milliseconds, UNREADABLE, write } from "./words.js";

const INCIDENTS_MS = 10_000; // how often those that are over are asked for
const QUIET_S = 5;
const HEARD = "heard"; // of what it loses its hops tell
const MOST_LINES = 500;
const LEVELS = ["debug", "info", "warning", "error", "critical"];

export function showServices(body, services, missing) {
  const rows = services
    .filter((service) => !service.left)
    .map((service) => {
      const name = `${service.service}/${service.instance}`;
      const nothing = ["–", "–", "–", UNREADABLE];
      return [name, ...guarded(`what ${name} says of itself`, () => figures(service), nothing)];
    });
  for (const name of missing) rows.push([name, "–", "–", "–", "not heard of"]);
  while (body.rows.length > rows.length) body.lastChild.remove();
  rows.forEach((cells, place) => {
    const row = body.rows[place] ?? body.insertRow();
    while (row.cells.length < cells.length) row.insertCell();
    cells.forEach((text, column) => {
      write(row.cells[column], text);
      row.cells[column].className = column > 0 && column < 4 ? "number" : "";
    });
    row.cells[4].className = cells[4] === HEARD ? "" : "error";
  });
}

function figures(service) {
  return [
    !Number.isFinite(service.cpu) ? "–" : `${(100 * service.cpu).toFixed(1)} %`,
    heat(service.health?.temperature),
    milliseconds(service.clock_uncertainty_ms),
    state(service),
  ];
}

const heat = (celsius) => (celsius == null ? "–" : `${celsius.toFixed(1)} °C`);

function state(service) {
  if (!Number.isFinite(service.quiet_s)) return UNREADABLE;
  if (service.quiet_s > QUIET_S) return `quiet for ${Math.round(service.quiet_s)} s`;
  return service.health?.throttled?.join(", ") || HEARD;
}

export class Incidents {
  constructor(list) {
    this._list = list;
    this._open = [];
    this._over = [];
    this._asked = -Infinity;
  }

  /** These go on; those that are over are asked for now and then, and when one has ended. */
  goingOn(open) {
    const ended = open.length < this._open.length;
    this._open = open;
    if (ended || performance.now() - this._asked > INCIDENTS_MS) this._ask();
    this._show();
  }

  async _ask() {
    this._asked = performance.now();
    try {
      const { incidents } = await ask("incidents.json");
      this._over = incidents;
      this._show();
    } catch (error) {
      console.debug(`no incidents: ${error}`);
    }
  }

  _show() {
    const key = (incident) => `${incident.camera} ${incident.begin}`;
    const going = new Set(this._open.map(key));
    const over = this._over.filter((incident) => !going.has(key(incident)));
    const lines = [
      ...this._open.map((incident) => [`${incident.text} (goes on)`, "open"]),
      ...over.map((incident) => [incident.text, ""]),
    ];
    fill(this._list, lines.length ? lines : [["none", "none"]]);
  }
}

export class Log {
  constructor(list, level, search, pause) {
    this._list = list;
    this._lines = [];
    this._last = 0;
    this._level = level;
    this._search = search;
    this._paused = this._asking = false;
    for (const input of [level, search]) input.addEventListener("input", () => this._show());
    pause.addEventListener("click", () => {
      this._paused = !this._paused;
      pause.setAttribute("aria-pressed", this._paused);
      this._show();
    });
  }

  /** Lines up to this number have been heard. */
  async upTo(number) {
    if (number === this._last || this._asking) return;
    if (number < this._last) this._last = 0; // the monitor was started again
    this._asking = true;
    try {
      const { lines } = await ask(`log.json?after=${this._last}`);
      this._lines = [...this._lines, ...lines].slice(-MOST_LINES);
      this._last = lines.at(-1)?.number ?? number;
      if (!this._paused) this._show();
    } catch (error) {
      console.debug(`no log lines: ${error}`);
    }
    this._asking = false;
  }

  _show() {
    const least = LEVELS.indexOf(this._level.value);
    const wanted = this._search.value.toLowerCase();
    const lines = this._lines
      .filter(({ level }) => LEVELS.indexOf(level) >= least)
      .map((line) => [`${clock(line.at)} ${line.service} ${line.level}: ${line.message}`, line.level])
      .filter(([text]) => text.toLowerCase().includes(wanted))
      .reverse();
    fill(this._list, lines.length ? lines : [["nothing yet", "none"]]);
  }
}

function fill(list, lines) {
  while (list.children.length > lines.length) list.lastChild.remove();
  lines.forEach(([text, kind], place) => {
    const item = list.children[place] ?? list.appendChild(document.createElement("li"));
    write(item, text);
    if (item.className !== kind) item.className = kind;
  });
}
