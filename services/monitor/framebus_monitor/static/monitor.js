/** The monitor's page: asks once a second and shows what it was told. */

import { showChain } from "./chain.js";
import { Incidents, Log, showServices } from "./lists.js";
import { Plots } from "./plots.js";
import { ask, causes, count, guarded, total, UNREADABLE, write } from "./words.js";

const PERIOD_MS = 1000;
const find = (id) => document.getElementById(id);
const plots = new Plots(find("plots"));
const incidents = new Incidents(find("incidents"));
const log = new Log(find("log"), find("level"), find("search"), find("pause"));
let timer;
let shown = "";

const chosen = () => new URLSearchParams(location.search).get("camera") ?? "";

/** The look of each verdict; what lost a frame is never green. */
const LOOKS = {
  well: "good",
  "loses frames": "warn",
  "unexplained loss": "bad",
  "no signal": "bad",
  stopped: "",
  unknown: "",
};

/** How all cameras are, the worst first. */
const ALL = [
  ["bad", "in trouble"],
  ["warn", "with losses"],
  ["good", "well"],
  ["", "stopped or unknown"],
];

/** Look and words of a camera's verdict. */
function condition(camera) {
  const verdict = camera?.verdict;
  return Object.hasOwn(LOOKS, verdict) ? [LOOKS[verdict], verdict] : ["bad", UNREADABLE];
}

function showCameras(cameras, current) {
  const names = Object.keys(cameras);
  const nav = find("cameras");
  while (nav.children.length > names.length) nav.lastChild.remove();
  names.forEach((name, place) => {
    let link = nav.children[place];
    if (!link) {
      link = nav.appendChild(document.createElement("a"));
      link.append(document.createElement("span"));
    }
    link.className = "button";
    link.href = `?camera=${encodeURIComponent(name)}`;
    link.toggleAttribute("aria-current", name === current);
    write(link.firstChild, name);
    const [kind, word] = condition(cameras[name]);
    link.firstChild.className = `badge ${kind}`;
    link.title = word;
  });
}

function showCamera(name, camera) {
  write(find("name"), name);
  for (const kind of ["csv", "json"]) find(kind).href = `history.${kind}?camera=${encodeURIComponent(name)}`;
  const [kind, word] = condition(camera);
  find("status").className = `badge ${kind}`;
  write(find("status"), camera?.reason && kind !== "good" ? `${word}: ${camera.reason}` : word);
  const figures = guarded(`${name}: its figures`, () => whereabouts(camera), UNREADABLE);
  write(find("summary"), `last 10 s: ${figures}`);
  showChain(find("chain"), camera?.hops);
}

/** Where the frames are: what is neither delivered nor lost, nobody asked for. */
function whereabouts({ produced, delivered, unwatched, lost, unexplained }) {
  const gone = total(lost);
  return (
    `${produced} produced, ${delivered} delivered, ${unwatched} unwatched, ` +
    `${gone} lost${gone ? ` (${causes(lost)})` : ""}, ${unexplained} unexplained`
  );
}

function show(now) {
  if (!now.report) return; // it has just started
  const { cameras, services, missing } = now.report;
  const names = Object.keys(cameras);
  const current = names.includes(chosen()) ? chosen() : (names[0] ?? "");
  showCameras(cameras, current);
  find("empty").hidden = names.length > 0;
  find("camera").hidden = !current;
  if (current) showCamera(current, cameras[current]);
  if (current !== shown) plots.of((shown = current));
  guarded("the services", () => showServices(find("services"), services, missing));
  guarded("the incidents", () => incidents.goingOn(now.incidents));
  log.upTo(now.last_line);
  guarded("how all are", () => showOverall(Object.values(cameras), services, missing));
}

function showOverall(cameras, services, missing) {
  const away = missing.length + services.filter(({ left, quiet_s }) => !left && quiet_s > 5).length;
  const kinds = cameras.map((camera) => condition(camera)[0]);
  const among = ALL.filter(([kind]) => kinds.includes(kind));
  const look = away ? "bad" : (among[0]?.[0] ?? "");
  const said = among.map(([kind, words], place) => {
    const n = kinds.filter((other) => other === kind).length;
    return `${place ? n : count(n, "camera")} ${words}`;
  });
  if (away) said.push(`${count(away, "service")} away`);
  find("overall").className = `badge said ${look}`;
  write(find("overall"), said.join(", ") || "no cameras");
}

/** Why nothing new is known, or "": then what is shown is of now. */
function warn(text) {
  find("banner").hidden = !text;
  write(find("banner"), text);
  document.body.classList.toggle("stale", Boolean(text));
  if (!text) return;
  find("overall").className = "badge said";
  write(find("overall"), "not known");
}

async function tick() {
  clearTimeout(timer);
  try {
    const now = await ask("now.json");
    guarded("the page", () => show(now));
    warn(now.bus.answers ? "" : `No broker answers at ${now.bus.url}: nothing new is heard.`);
  } catch (error) {
    warn(`The monitor does not answer (${error.message}). The page goes on when it does.`);
  }
  clearTimeout(timer); // of another turn that began meanwhile
  if (!document.hidden) timer = setTimeout(tick, PERIOD_MS);
}

document.addEventListener("visibilitychange", () => document.hidden || tick());
addEventListener("popstate", tick);
find("cameras").addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  tick();
});
await tick();
