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

function condition(camera) {
  if (camera.streaming) return camera.unexplained ? ["bad", "unexplained loss"] : ["good", "live"];
  // a camera of which only others speak has not said anything itself
  if (camera.streaming === null) return ["", "unknown"];
  return camera.stopped ? ["", "stopped"] : ["bad", "no signal"];
}

function showCameras(cameras, current) {
  const names = Object.keys(cameras);
  const nav = find("cameras");
  while (nav.children.length > names.length) nav.lastChild.remove();
  names.forEach((name, place) => {
    const [kind] = condition(cameras[name]);
    let link = nav.children[place];
    if (!link) {
      link = nav.appendChild(document.createElement("a"));
      link.append(document.createElement("span"));
    }
    link.className = "button";
    link.href = `?camera=${name}`;
    link.toggleAttribute("aria-current", name === current);
    link.firstChild.className = `badge ${kind}`;
    write(link.firstChild, name);
  });
}

function showCamera(name, camera) {
  write(find("name"), name);
  const [kind, word] = condition(camera);
  find("status").className = `badge ${kind}`;
  write(find("status"), camera.reason && kind !== "good" ? `${word}: ${camera.reason}` : word);
  const lost = Object.values(camera.lost).reduce((sum, n) => sum + n, 0);
  write(
    find("summary"),
    `last 10 s: ${camera.produced} produced, ${camera.delivered} delivered, ` +
      `${lost} lost${lost ? ` (${causes(camera.lost)})` : ""}, ${camera.unexplained} unexplained`,
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
  const bad = Object.values(cameras).filter((camera) => condition(camera)[0] === "bad").length;
  find("overall").className = `badge ${bad || away ? "bad" : "good"}`;
  write(
    find("overall"),
    (bad ? `${count(bad, "camera")} in trouble` : `${count(names.length, "camera")} well`) +
      (away ? `, ${count(away, "service")} away` : ""),
  );
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
