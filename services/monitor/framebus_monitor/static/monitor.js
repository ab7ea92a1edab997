/** The monitor's page: asks once a second and shows what it was told. */

import { showChain } from "./chain.js";
import { Incidents, Log, showServices } from "./lists.js";
import { Plots } from "./plots.js";
import { ask, causes, count, write } from "./words.js";

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
    link.href = `?camera=${name}`;
    link.toggleAttribute("aria-current", name === current);
    link.firstChild.className = `badge ${LOOKS[cameras[name].verdict]}`;
    write(link.firstChild, name);
  });
}

function showCamera(name, camera) {
  write(find("name"), name);
  const { verdict, reason } = camera;
  find("status").className = `badge ${LOOKS[verdict]}`;
  write(find("status"), reason && verdict !== "well" ? `${verdict}: ${reason}` : verdict);
  const lost = Object.values(camera.lost).reduce((sum, n) => sum + n, 0);
  write(
    find("summary"),
    `last 10 s: ${camera.produced} produced, ${camera.delivered} delivered, ` +
      `${camera.unwatched} unwatched, ${lost} lost${lost ? ` (${causes(camera.lost)})` : ""}, ${camera.unexplained} unexplained`,
  );
  showChain(find("chain"), camera.hops);
  for (const kind of ["csv", "json"]) find(kind).href = `history.${kind}?camera=${name}`;
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
  showServices(find("services"), services, missing);
  incidents.goingOn(now.incidents);
  log.upTo(now.last_line);
  const away = missing.length + services.filter(({ left, quiet_s }) => !left && quiet_s > 5).length;
  const looks = Object.values(cameras).map(({ verdict }) => LOOKS[verdict]);
  const among = (look) => looks.filter((other) => other === look).length;
  const [bad, lossy] = [among("bad"), among("warn")];
  const parts = [
    bad && `${count(bad, "camera")} in trouble`,
    lossy && `${count(lossy, "camera")} with losses`,
    !bad && !lossy && `${count(names.length, "camera")} well`,
    away && `${count(away, "service")} away`,
  ];
  find("overall").className = `badge ${bad || away ? "bad" : lossy ? "warn" : "good"}`;
  write(find("overall"), parts.filter(Boolean).join(", "));
}

function warn(text) {
  find("banner").hidden = !text;
  write(find("banner"), text);
}

async function tick() {
  clearTimeout(timer);
  try {
    const now = await ask("now.json");
    warn(now.bus.answers ? "" : `No broker answers at ${now.bus.url}: nothing new is heard.`);
    show(now);
  } catch (error) {
    warn(`The monitor does not answer (${error.message}). The page goes on when it does.`);
  }
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
