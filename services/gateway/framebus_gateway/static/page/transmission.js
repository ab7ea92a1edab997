/** What of the transmission can be set: start and stop, bitrate, size, frame rate, a keyframe. */

const SIZES = ["320x240", "640x360", "640x480", "1280x720", "1920x1080"];

export class Transmission {
  /** Takes over a section of templates/panel.html; `send` tells the camera, `tell` the person. */
  constructor(root, send, tell) {
    this._root = root;
    const form = root.querySelector("form");
    this._fields = form.elements;
    form.addEventListener("submit", (event) => event.preventDefault());
    const { bitrate, size, fps } = this._fields;
    const check = (field) => {
      if (field.checkValidity()) return true;
      tell(`${field.labels[0].textContent}: ${field.validationMessage}`);
      return false;
    };
    bitrate.onchange = () => {
      if (check(bitrate)) send({ bitrate: Math.round(bitrate.valueAsNumber * 1e6) });
    };
    size.onchange = () => {
      const [width, height] = size.value.split("x").map(Number);
      send({ width, height });
    };
    fps.onchange = () => {
      if (check(fps)) send({ fps: fps.valueAsNumber });
    };
    this._switch = root.querySelector(".switch");
    this._switch.onclick = () => send({ streaming: !this._wanted });
    this._keyframe = root.querySelector(".keyframe");
    this._keyframe.onclick = () => send({ keyframe: this._coded });
  }

  /** Show an entry of GET /cameras, to whom `may` set it. */
  show({ wanted, adjustable, renditions }, may) {
    this._root.hidden = !may;
    this._wanted = wanted ?? true;
    this._switch.textContent = this._wanted ? "Stop" : "Start";
    this._switch.classList.toggle("primary", !this._wanted);
    this._coded = renditions.find((name) => name.startsWith("h264"));
    this._keyframe.hidden = !this._coded;
    const { bitrate, size, fps } = this._fields;
    const { bitrate: bits, width, height, fps: frames } = adjustable ?? {};
    fill(bitrate, bits && bits / 1e6);
    fill(fps, frames);
    const now = width && `${width}x${height}`;
    const offered = now && !SIZES.includes(now) ? [now, ...SIZES] : SIZES;
    if (size.options.length !== offered.length || (now && !has(size, now))) {
      size.replaceChildren(...offered.map((text) => new Option(text.replace("x", "×"), text)));
    }
    fill(size, now);
  }
}

/** What cannot be set is not shown; what somebody sets at the moment stays. */
function fill(field, value) {
  field.closest(".field").hidden = !value;
  if (value && document.activeElement !== field && field.value !== String(value)) field.value = value;
}

function has(select, value) {
  return [...select.options].some((option) => option.value === value);
}
