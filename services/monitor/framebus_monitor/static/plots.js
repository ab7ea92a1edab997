/** Plots over time, drawn by uPlot from GET series.json. */

import uPlot from "./vendor/uPlot.esm.js";
import { ask, clock, guarded, total } from "./words.js";

const HEIGHT = 170;
const PERIOD_MS = { 600: 1000, 3600: 10_000 }; // longer spans: once a minute
const SLOW_MS = 60_000;
const TICKS_S = [1, 2, 5, 10, 30, 60, 120, 240, 720, 1440].map((minutes) => 60 * minutes);
const HUES = {
  sensor: 210,
  source: 250,
  encoder: 280,
  link: 20,
  bus: 0,
  late: 40,
  resync: 60,
  corrupt: 330,
  viewer: 150,
};
const OTHER_HUE = 180;
const HOLDS_DOWN = ["under-voltage", "frequency capped", "throttled", "soft temperature limit"];
const HOLD_HUES = [0, 40, 20, 330];
const STEPS = uPlot.paths.stepped({ align: -1 }); // a point is of the time before it

const whole = (value) => String(value);
const tenths = (value) => value.toFixed(1);
/** What a legend says: the value below the cursor, or the newest where there is none. */
const shown = (written, stands = false) => (plot, _, series, at) => {
  const value = plot.data[series].at(at ?? -1);
  if (value === null || value === undefined) return "–";
  return written(stands ? value - (plot.data[series + 1]?.at(at ?? -1) ?? 0) : value);
};

/** Name of each plot: the series that it shows, each [label, values in `data`, look]; none: no plot. */
const PLOTS = {
  fps: (data) => [
    ["sensor", data.fps, { color: "--muted" }],
    ["delivered", data.delivered_fps, { color: "--good" }],
  ],
  lost: (data) => [
    ...Object.entries(data.lost).map(([cause, counts]) => [
      cause,
      counts,
      { hue: HUES[cause] ?? OTHER_HUE, area: true },
    ]),
    ["unexplained", data.unexplained, { color: "--text", area: true }],
  ],
  age: (data) => [
    ["p50 ms", data.age_p50, { color: "--good" }],
    ["p99 ms", data.age_p99, { color: "--warn" }],
  ],
  bitrate: (data) => [
    ["target Mbit/s", megabits(data.target), { color: "--muted" }],
    ["sent Mbit/s", megabits(data.bitrate), { color: "--good" }],
  ],
  cpu: (data) => [
    ...HOLDS_DOWN.filter((word) => data.throttled.some((words) => words?.includes(word))).map((word) => [
      word,
      data.throttled.map((words) => words && Number(words.includes(word))),
      { hue: HOLD_HUES[HOLDS_DOWN.indexOf(word)], band: true },
    ]),
    ...told(["all cores %", percent(data.machine_cpu), { color: "--muted" }]),
    ...told(["capture, % of a core", percent(data.cpu), { color: "--good" }]),
  ],
  temperature: (data) => told(["°C", data.temperature, { color: "--warn" }]),
};

const megabits = (values) => values.map((value) => value && value / 1e6);
const percent = (values) => values.map((value) => value && value * 100);
/** The series, if it has a value at all. */
const told = (series) => (series[1].some((value) => value !== null) ? [series] : []);

export class Plots {
  constructor(root) {
    this._root = root;
    this._camera = "";
    this._span = 600;
    this._plots = new Map();
    this._data = null;
    for (const button of document.querySelectorAll("[data-span]")) {
      button.addEventListener("click", () => this._choose(button));
    }
    new ResizeObserver(() => this._resize()).observe(root);
    new MutationObserver(() => this._redraw()).observe(document.documentElement, {
      attributeFilter: ["data-theme"],
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this._redraw());
    document.addEventListener("visibilitychange", () => document.hidden || this._ask());
  }

  /** From now on plot this camera. */
  of(camera) {
    this._camera = camera;
    this._ask();
  }

  _choose(button) {
    for (const other of document.querySelectorAll("[data-span]")) {
      other.setAttribute("aria-pressed", other === button);
    }
    this._span = Number(button.dataset.span);
    this._ask();
  }

  async _ask() {
    clearTimeout(this._timer);
    const camera = this._camera;
    const span = this._span;
    if (!camera || document.hidden) return;
    try {
      const data = await ask(`series.json?camera=${camera}&span=${span}`);
      if (camera !== this._camera || span !== this._span) return; // another was chosen meanwhile
      this._data = data;
      this._show();
    } catch (error) {
      console.debug(`nothing to plot: ${error}`);
    }
    this._timer = setTimeout(() => this._ask(), PERIOD_MS[span] ?? SLOW_MS);
  }

  _show() {
    for (const figure of this._root.children) {
      const kind = figure.dataset.plot;
      guarded(`the plot of ${kind}`, () => this._showOne(figure, kind));
    }
  }

  _showOne(figure, kind) {
    const series = PLOTS[kind](this._data);
    const labels = series.map(([label]) => label).join();
    figure.hidden = !series.length;
    let plot = this._plots.get(kind);
    if (plot?.labels !== labels) {
      plot?.drawn.destroy();
      this._plots.delete(kind);
      if (!series.length) return;
      plot = { labels, drawn: draw(figure, series) };
      this._plots.set(kind, plot);
    }
    plot.drawn.setData([this._data.at, ...stacked(series)]);
    const end = this._data.at.at(-1) ?? Date.now() / 1000;
    plot.drawn.setScale("x", { min: end - this._span, max: end });
  }

  _redraw() {
    for (const { drawn } of this._plots.values()) drawn.destroy();
    this._plots.clear();
    if (this._data) this._show();
  }

  _resize() {
    for (const [kind, { drawn }] of this._plots) {
      const figure = this._root.querySelector(`[data-plot=${kind}]`);
      drawn.setSize({ width: figure.clientWidth - 16, height: HEIGHT });
    }
  }
}

/** The values to draw: an area stands upon those after it, so that none hides another. */
function stacked(series) {
  const above = (place, at) => total(series.slice(place).map(([, values]) => values[at]));
  return series.map(([, values, { area }], place) =>
    area ? values.map((value, at) => (value === null ? null : above(place, at))) : values,
  );
}

function draw(figure, series) {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => resolved(figure, `var(${name})`);
  const axis = {
    stroke: color("--muted"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { stroke: color("--line"), width: 1 },
    font: `11px ${style.fontFamily || "sans-serif"}`,
  };
  const options = {
    width: figure.clientWidth - 16,
    height: HEIGHT,
    cursor: { sync: { key: "monitor" } },
    scales: { y: { range: (_, least, most) => [0, Math.max(1, most * 1.1)] }, band: { range: [0, 1] } },
    axes: [
      { ...axis, size: 32, incrs: TICKS_S, values: (_, splits) => splits.map((at) => time(at, splits)) },
      { ...axis, size: 46 },
    ],
    series: [
      { label: "time", value: shown(clock) },
      ...series.map(([label, , look]) => {
        if (look.band) return band(label, look.hue);
        const stroke = look.hue === undefined ? color(look.color) : `hsl(${look.hue} 70% 55%)`;
        return {
          label,
          stroke,
          width: look.area ? 0 : 1.5,
          value: shown(look.area ? whole : tenths, look.area),
          points: { show: false },
          ...(look.area && { fill: stroke, paths: STEPS }),
        };
      }),
    ],
  };
  return new uPlot(options, [[], ...series.map(() => [])], figure);
}

/** Behind the others, from the bottom to the top, while it holds. */
function band(label, hue) {
  return {
    label,
    scale: "band",
    width: 0,
    stroke: `hsl(${hue} 70% 55%)`,
    fill: `hsl(${hue} 70% 55% / 0.3)`,
    value: shown((value) => (value ? "yes" : "no")),
    points: { show: false },
    paths: STEPS,
  };
}

/** A colour as canvas understands it: light-dark() and variables are for style sheets only. */
function resolved(element, value) {
  const probe = element.appendChild(document.createElement("i"));
  probe.style.color = value;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function time(at, splits) {
  const far = splits.at(-1) - splits[0] > 86_400;
  const options = far
    ? { day: "numeric", month: "short" }
    : { hour: "2-digit", minute: "2-digit", hour12: false };
  return new Date(at * 1000).toLocaleString([], options);
}
