/** The camera's own controls, as the camera reports them. */

const SETTLE_MS = 150; // while a slider is dragged, a command at most so often
const OWN_MS = 2000; // so long what was set here stands, until the camera's answer is surely there

export class CameraControls {
  /** Takes over a section of templates/panel.html; `send(wish)` tells the camera. */
  constructor(root, send) {
    this._root = root;
    this._list = root.querySelector(".list");
    this._template = root.querySelector("template");
    this._send = send;
    this._shape = "";
    this._rows = new Map();
    root.querySelector(".reset-all").onclick = () => {
      const names = [...this._rows.keys()];
      this._send({ controls: Object.fromEntries(names.map((name) => [name, null])) });
    };
  }

  /** Show the controls of an entry of GET /cameras, to whom `may` set them. */
  show({ name, controls = [] }, may) {
    this._root.hidden = !may || !controls.length;
    // rebuilt only when there are others: somebody may have the hand on one
    const shape = JSON.stringify([name, ...controls.map(({ value, ...rest }) => rest)]);
    if (shape !== this._shape) this._build(controls);
    this._shape = shape;
    for (const control of controls) this._rows.get(control.name).show(control);
  }

  _build(controls) {
    this._rows = new Map();
    for (const control of controls) {
      const element = this._template.content.firstElementChild.cloneNode(true);
      const set = (value) => this._send({ controls: { [control.name]: value } });
      this._rows.set(control.name, new Row(element, control, set));
    }
    this._list.replaceChildren(...[...this._rows.values()].map((row) => row.element));
  }
}

class Row {
  constructor(element, control, set) {
    this.element = element;
    this._set = set;
    this._control = control;
    this._changed = -Infinity;
    this._input = input(control);
    this._output = element.querySelector("output");
    element.querySelector("label").textContent = words(control.name);
    element.querySelector("label").htmlFor = this._input.id = `control-${control.name}`;
    element.querySelector(".input").append(this._input);
    element.querySelector(".reset").ariaLabel = `reset ${words(control.name)}`;
    element.querySelector(".reset").onclick = () => {
      this._changed = -Infinity;
      clearTimeout(this._timer);
      set(null);
    };
    this._input.oninput = () => this._change();
  }

  /** Show what the camera says it is now, unless it was just set here. */
  show({ value, default: usual }) {
    this.element.querySelector(".reset").disabled = value === usual;
    if (performance.now() - this._changed < OWN_MS) return;
    const shown = value ?? usual;
    const { kind } = this._control;
    if (kind === "switch") {
      this._input.checked = Boolean(shown);
      this._input.indeterminate = shown === null;
    } else if (kind === "menu") this._input.value = shown ?? ""; // none: each can be chosen
    else if (shown !== null) this._input.value = shown;
    this._say(value);
  }

  _change() {
    this._changed = performance.now();
    const value = this._value();
    this._say(value);
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._set(value), SETTLE_MS);
  }

  _value() {
    const { kind } = this._control;
    if (kind === "switch") return this._input.checked;
    return kind === "menu" ? this._input.value : this._input.valueAsNumber;
  }

  _say(value) {
    const { kind, unit = "" } = this._control;
    const automatic = value === null || value === undefined;
    const number = kind === "number" || kind === "whole";
    const text = automatic ? "auto" : number ? `${Number(value.toPrecision(6))} ${unit}`.trim() : "";
    if (this._output.textContent !== text) this._output.textContent = text;
  }
}

function input({ kind, least, most, choices = [] }) {
  if (kind === "menu") {
    const select = document.createElement("select");
    select.append(...choices.map((choice) => new Option(choice)));
    return select;
  }
  const field = document.createElement("input");
  if (kind === "switch") {
    field.type = "checkbox";
  } else {
    const bounded = typeof least === "number" && typeof most === "number";
    field.type = bounded ? "range" : "number";
    field.min = least ?? "";
    field.max = most ?? "";
    field.step = kind === "whole" ? 1 : bounded ? (most - least) / 1000 : "any";
  }
  return field;
}

/** "ExposureTime" and "white_balance" as words. */
function words(name) {
  return name.replace(/([a-z])([A-Z])/g, "$1 $2").replaceAll("_", " ").toLowerCase();
}
