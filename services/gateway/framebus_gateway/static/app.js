/** The page: asks the gateway once a second, and shows what it said. */

import { Gateway } from "./gateway.js";
import { count } from "./words.js";
import { Wall } from "./wall.js";

const PERIOD_MS = 1000;
const ASLEEP_MS = 5000; // a timer this late: the computer slept, and connections are dead

const find = (selector) => document.querySelector(selector);
const gateway = new Gateway();
const wall = new Wall(find(".wall"), find("#tile"), (text) => {
  find(".announcer").textContent = text;
});
let timer;
let asked = performance.now();

function show() {
  wall.update(gateway, document.hidden);
  find(".empty").hidden = gateway.cameras.length > 0 || !gateway.answers;
  const banner = find(".banner");
  if (banner.hidden === !gateway.answers) {
    banner.hidden = gateway.answers;
    banner.textContent = gateway.answers
      ? ""
      : "The gateway does not answer. Pictures come back by themselves when it does.";
  }
  find(".summary").textContent = summary(wall.statuses);
}

function summary(statuses) {
  if (!gateway.answers) return "not connected";
  const live = statuses.filter((status) => status === "live").length;
  const without = statuses.length - live;
  if (!statuses.length) return "no cameras";
  return without ? `${live} live, ${without} without signal` : `${count(live, "camera")} live`;
}

async function tick() {
  clearTimeout(timer);
  const begin = performance.now();
  const answered = gateway.answers;
  await gateway.ask();
  if (gateway.answers && (!answered || begin - asked > ASLEEP_MS)) wall.interrupt();
  asked = performance.now();
  show();
  clearTimeout(timer); // of another tick, that a change of visibility began meanwhile
  if (!document.hidden) timer = setTimeout(tick, Math.max(100, PERIOD_MS - (asked - begin)));
}

await tick(); // before the first answer there is nothing to show
wall.onVisibility = show;
document.addEventListener("visibilitychange", () => {
  show();
  tick();
});
