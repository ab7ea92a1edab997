/** The page: what the gateway says goes to the wall and the panel, and addresses choose the view. */

import "./framebus-player.js";
import { Commands } from "./page/commands.js";
import { Panel } from "./page/panel.js";
import { Settings } from "./page/settings.js";
import { Views } from "./page/views.js";
import { Wall } from "./page/wall.js";
import { Gateway } from "./player/gateway.js";
import { guarded } from "./player/turn.js";

const TIMEOUT_MS = 15_000;
const find = (selector) => document.querySelector(selector);
const base = new URL("..", import.meta.url).href;
const gateway = Gateway.at(base);
const views = new Views(base, show);
const wall = new Wall(find(".wall"), find("#tile"), (name) => views.address(name));
const panel = new Panel(find(".panel"), new Commands(gateway));
const settings = new Settings(find("dialog.settings"), (chosen) => {
  wall.settings = chosen;
  show();
});

function show() {
  const cameras = [...(gateway.cameras?.values() ?? [])];
  if (gateway.cameras) wall.update(cameras, views.camera, settings.chosen);
  find("main").dataset.view = views.camera ? "one" : "all";
  document.title = views.camera ? `${views.camera} · framebus` : "framebus";
  const tile = wall.tile(views.camera);
  guarded("the panel", () => panel.show(gateway.cameras?.get(views.camera), tile));
  find(".empty:not(.unknown)").hidden = !gateway.cameras || cameras.length > 0 || views.camera !== null;
  find(".unknown").hidden = !gateway.cameras || views.camera === null || Boolean(tile);
  find(".unknown .name").textContent = views.camera ?? "";
  const banner = find(".banner");
  banner.hidden = gateway.answers || gateway.denial !== null;
  banner.textContent = banner.hidden
    ? ""
    : "The gateway does not answer. Pictures come back by themselves when it does.";
  find(".summary").textContent = summary(wall.statuses);
  for (const change of wall.changes()) find(".announcer").textContent = change;
}

function summary(statuses) {
  if (!gateway.answers) return "not connected";
  if (!gateway.cameras) return "";
  const live = statuses.filter((status) => status === "live").length;
  if (!statuses.length) return "no cameras";
  return live < statuses.length ? `${live} of ${statuses.length} live` : `${live} live`;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, dialog")) return;
  const names = [...(gateway.cameras?.keys() ?? [])];
  const place = names.indexOf(views.camera);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const player = wall.tile(views.camera)?.player;
  if (step && views.camera && names.length > 1) {
    views.go(names[(place + step + names.length) % names.length]);
  } else if (event.key === "Escape" && views.camera && !document.fullscreenElement) views.go(null);
  else if (event.key === "f" && player) player.toggleFullScreen();
  else if (event.key === "s" && player) player.saveSnapshot();
  else if (/^[1-9]$/.test(event.key) && names[event.key - 1]) views.go(names[event.key - 1]);
  else return;
  event.preventDefault();
});

/** No admin: no controls. Nobody: the page asks for a login. */
async function askWhoIsHere() {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const asked = gateway.fetch("me", { signal }).then((response) => response.json());
  const me = await asked.catch(() => null);
  if (!me) return; // which the page tells by other means
  panel.mayControl = me.role === "admin";
  show();
}

gateway.addEventListener("news", () => {
  if (gateway.denial !== null) location.assign(gateway.url("login", { next: location.pathname }));
  show();
});
gateway.addEventListener("back", askWhoIsHere);
gateway.listen();
show();
await askWhoIsHere();
