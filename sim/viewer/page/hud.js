// What lies over the picture: score, clock, messages, toasts, the inspector.

const $ = (id) => document.getElementById(id);
const text = (tag, content, name = "") => Object.assign(document.createElement(tag), { textContent: content, className: name });

export function toast(what, bad = false, button = null, act = null, seconds = bad ? 7 : 3.2) {
  const box = text("div", what, bad ? "bad" : "");
  if (button) { const b = box.appendChild(text("button", button)); b.onclick = () => { act(); box.remove(); }; }
  $("toasts").append(box);
  while ($("toasts").children.length > 4) $("toasts").firstChild.remove();
  if (!button) setTimeout(() => box.remove(), seconds * 1000);
}

export function keys(pairs) {
  $("keys").replaceChildren(...pairs.map(([key, does]) => { const s = text("span", does); s.prepend(text("kbd", key)); return s; }));
  $("keys").hidden = false;
  $("keys").classList.remove("gone");
  setTimeout(() => $("keys").classList.add("gone"), 9000);
}

const minutes = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
let shown = "", fades = 0;

/** Score, time and messages of a game. */
export function game(view, me) {
  $("score").hidden = false;
  $("score").replaceChildren(...view.players.map((player, i) => {
    const line = text("div", "", i === me ? "me" : "");
    const more = [player.throws !== null && player.throws !== undefined ? `${player.throws} left` : "", player.carries ? `carries ${player.carries}` : "", player.steers ? `${(player.speed * 3.6).toFixed(0)} km/h` : ""].filter(Boolean);
    line.append(text("b", String(player.score)), text("span", [player.name, ...(i === me ? more : [])].join("   ")));
    if (player.health !== undefined && player.health !== null) {
      const bar = line.appendChild(text("em", "")).appendChild(text("i", ""));
      bar.style.width = `${Math.max(0, Math.min(100, player.health))}%`;
    }
    return line;
  }));
  $("clock").hidden = view.time_left === undefined || view.time_left === null;
  if (!$("clock").hidden) { $("clock").textContent = minutes(Math.ceil(view.time_left)); $("clock").classList.toggle("late", view.time_left < 10); }
  const message = view.message ?? "";
  if (message !== shown) {
    shown = message;
    clearTimeout(fades);
    if (message) $("message").textContent = message;
    $("message").classList.toggle("on", Boolean(message));
  }
  const over = view.verdict && view.verdict !== "playing";
  $("verdict").hidden = !over;
  if (over) {
    $("verdict").className = view.verdict === "win" ? "win" : "lose";
    $("verdict").replaceChildren(text("b", view.verdict === "win" ? "You win" : view.verdict === "lose" ? "You lose" : view.verdict), text("span", "R to play again"));
  }
}

const number = (x, unit = "") => `${Math.abs(x) >= 100 ? x.toFixed(0) : Math.abs(x) >= 1 ? x.toFixed(2) : x.toPrecision(2)}${unit}`;
const LABELS = { density: "density, kg/m³", "surface.static_friction": "static friction", "surface.dynamic_friction": "friction", "surface.rolling_friction": "rolling, m", "surface.restitution": "restitution" };

/** Shows what a thing is and what can be changed of it. */
export class Inspector {
  constructor({ place, substance, gizmo, write, forget, close }) {
    this.thing = null;
    $("it-close").onclick = close;
    $("it-gizmo").onclick = gizmo;
    $("it-write").onclick = write;
    $("it-forget").onclick = forget;
    $("it-pose").onsubmit = (e) => { e.preventDefault(); place(this.thing.name, this._read("at"), this._read("turn")); };
    this.substance = substance;
  }

  _read(kind) { return ["x", "y", "z"].map((axis) => Number($(`${kind}-${axis}`).value) || 0); }

  show(thing, hello, start) {
    this.thing = thing;
    $("inspector").hidden = !thing;
    if (!thing) return;
    const { asset, substance, mass, motion } = thing.extras, facts = [];
    if (asset) facts.push(["asset", asset]);
    facts.push(["class", thing.extras.class ?? thing.kind]);
    if (substance) facts.push(["substance", substance]);
    if (mass) facts.push(["mass", number(mass, " kg")]);
    if (motion) facts.push(["motion", motion]);
    $("it-name").textContent = thing.name;
    $("it-facts").replaceChildren(...facts.flatMap(([k, v]) => [text("dt", k), text("dd", v)]), text("dt", "at"), Object.assign(text("dd", ""), { id: "it-at" }), text("dt", "speed"), Object.assign(text("dd", ""), { id: "it-speed" }));
    const key = hello.edit?.[thing.name];
    $("it-pose").hidden = !key;
    $("it-owner").textContent = key && key !== thing.name ? `(all of ${key})` : "";
    if (key) { ["x", "y", "z"].forEach((axis, i) => { $(`at-${axis}`).value = +start.at[i].toFixed(3); $(`turn-${axis}`).value = +start.turn[i].toFixed(1); }); }
    this._numbers(substance, hello.substances?.[substance]);
    this.files(hello.changed ?? []);
  }

  _numbers(name, values) {
    $("it-substance").hidden = !values;
    if (!values) return;
    $("it-substance-name").textContent = `All ${name} here`;
    $("it-numbers").replaceChildren(...Object.entries(values).filter(([, v]) => v !== null).map(([field, value]) => {
      const label = text("label", LABELS[field] ?? field), input = label.appendChild(document.createElement("input"));
      Object.assign(input, { type: "number", step: "any", value: +value.toPrecision(4) });
      input.dataset.field = field;
      input.onchange = () => this.substance(name, field, Number(input.value));
      return label;
    }));
    $("it-substance").onsubmit = (e) => e.preventDefault();
  }

  files(changed) {
    $("it-files").hidden = !changed.length;
    $("it-changed").textContent = `Changed here only: ${changed.join(", ")}`;
  }

  live(at, speed) {
    if (!this.thing) return;
    const a = $("it-at"), s = $("it-speed");
    if (a) a.textContent = at.map((x) => x.toFixed(2)).join(", ");
    if (s) s.textContent = speed === null ? "–" : `${speed.toFixed(2)} m/s`;
  }
}

export { $, minutes, text };
