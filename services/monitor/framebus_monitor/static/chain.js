/** The way of a frame: one box for each hop, in the order of travel, and the broker between. */

import { causes, guarded, milliseconds, total, UNREADABLE, write } from "./words.js";

const TITLES = {
  sensor: "sensor",
  publish: "published",
  encode: "to be encoded",
  receive: "received",
  decode: "decoded",
  view: "viewers",
};

const SENDS = new Set(["sensor", "publish"]);
const NOTHING = { title: UNREADABLE, kind: "idle" };

/** Make `list` show the hops of a camera's report. */
export function showChain(list, hops) {
  const boxes = guarded("the way of a frame", () => withBroker(hops), [NOTHING]);
  if (!boxes.length) boxes.push({ title: "no hop has reported yet", kind: "idle" });
  while (list.children.length > boxes.length) list.lastChild.remove();
  boxes.forEach((box, place) => fill(list.children[place] ?? list.appendChild(make()), box));
}

/** The broker counts nothing itself; what it lost, its receivers miss. */
function withBroker(hops) {
  const boxes = hops.map(described);
  const receiver = (hop) => !SENDS.has(hop?.stage);
  const place = hops.findIndex(receiver);
  if (place < 0) return boxes;
  const receivers = hops.filter(receiver);
  const lost = receivers.reduce((sum, hop) => sum + (hop?.dropped?.bus ?? 0), 0);
  const kind = lost ? "lossy" : receivers.some((hop) => hop?.forwarded) ? "" : "idle";
  const broker = { title: "broker", lost: lost ? `bus ${lost}` : "", kind };
  return boxes.toSpliced(place, 0, broker);
}

/** A hop of which nothing can be made out has a box all the same. */
const described = (hop) => guarded("a hop", () => describe(hop), NOTHING);

function describe(hop) {
  const dropped = total(hop.dropped) + hop.unexplained;
  const lost = { ...hop.dropped, ...(hop.unexplained && { unexplained: hop.unexplained }) };
  return {
    title: `${hop.rendition === "sensor" ? "" : `${hop.rendition} `}${TITLES[hop.stage] ?? hop.stage}`,
    who: `${hop.service}/${hop.instance}`,
    rate: hop.fps === null ? "– fps" : `${hop.fps.toFixed(1)} fps`,
    age: hop.age_ms.p50 === null ? "" : `${milliseconds(hop.age_ms.p50)}, p99 ${milliseconds(hop.age_ms.p99)}`,
    ages: longer(hop),
    unwatched: hop.unwatched ? `${hop.unwatched} unwatched` : "",
    lost: dropped ? causes(lost) : "",
    kind: dropped ? "lossy" : hop.forwarded ? "" : "idle",
  };
}

/** "±0.2 ms; p99 of 1 min 20 ms, of 1 h 35 ms" */
function longer({ latency_ms, age_uncertainty_ms }) {
  if (latency_ms["1h"]?.p99 == null) return "";
  const unsure = age_uncertainty_ms === null ? "" : `±${milliseconds(age_uncertainty_ms)}; `;
  return `${unsure}p99 of 1 min ${milliseconds(latency_ms["1m"]?.p99)}, of 1 h ${milliseconds(latency_ms["1h"].p99)}`;
}

function make() {
  const box = document.createElement("li");
  box.append(...["strong", "small", "span", "span", "small", "small", "span"].map((tag) => document.createElement(tag)));
  box.lastChild.className = "lost";
  return box;
}

function fill(box, { title, who = "", rate = "", age = "", ages = "", unwatched = "", lost = "", kind }) {
  [title, who, rate, age, ages, unwatched, lost].forEach((text, place) => write(box.children[place], text));
  if (box.className !== kind) box.className = kind;
}
