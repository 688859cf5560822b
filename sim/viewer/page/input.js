// What the player does: held keys, mouse look, gamepads, touch. Actions are names; which key means which the level says.

const KEYS = {
  KeyW: "forward", ArrowUp: "forward", KeyS: "back", ArrowDown: "back", KeyA: "left", ArrowLeft: "left", KeyD: "right",
  ArrowRight: "right", Space: "jump", ShiftLeft: "run", KeyE: "use", KeyF: "throw", KeyQ: "down",
};
const BUTTONS = ["jump", "use", "throw", "run"];     // of a standard gamepad: south, east, west, north
const MOUSE = ["throw", "use", "aim"];
const DEAD = 0.14;
const LOOK = 0.0022;                                  // rad a pixel

export class Input {
  constructor(canvas, mapping = {}) {
    this.canvas = canvas;
    this.keys = mapping.keys ?? KEYS;
    this.axes = mapping.axes ?? { 0: "steer", 1: "drive", 2: "look_x", 3: "look_y" };
    this.buttons = mapping.buttons ?? BUTTONS;
    this.held = new Map();                            // source: action
    this.yaw = 0; this.pitch = 0; this.stick = [0, 0]; this.playing = false; this.dirty = true;
    addEventListener("keydown", (e) => this._key(e, true));
    addEventListener("keyup", (e) => this._key(e, false));
    addEventListener("blur", () => this.release());
    document.addEventListener("visibilitychange", () => document.hidden && this.release());
    canvas.addEventListener("mousedown", (e) => this.locked && this._hold(`mouse${e.button}`, MOUSE[e.button], true));
    addEventListener("mouseup", (e) => this._hold(`mouse${e.button}`, null, false));
    addEventListener("mousemove", (e) => this.locked && this.turn(-e.movementX * LOOK, -e.movementY * LOOK));
  }

  get locked() { return document.pointerLockElement === this.canvas; }

  /** Takes the mouse, where the browser lets it. */
  lock() { if (!this.locked) this.canvas.requestPointerLock?.()?.catch?.(() => {}); }

  turn(yaw, pitch) {
    this.yaw += yaw;
    this.pitch = Math.min(Math.max(this.pitch + pitch, -1.45), 1.45);
    this.dirty = true;
  }

  release() { if (this.held.size) { this.held.clear(); this.dirty = true; } this.stick = [0, 0]; }

  _key(e, down) {
    const typing = ["INPUT", "SELECT", "TEXTAREA"].includes(e.target.tagName);
    if (typing || e.ctrlKey || e.metaKey || e.altKey) return;
    const action = this.keys[e.code];
    if (!action) return;
    if (this.playing) e.preventDefault();
    if (!e.repeat) this._hold(e.code, action, down);
  }

  _hold(source, action, down) {
    if (down && action) this.held.set(source, action); else if (!this.held.delete(source)) return;
    this.dirty = true;
  }

  /** What is held now, axes and where the player looks; polls gamepads. */
  read() {
    const held = new Set(this.held.values()), axes = {};
    let [sx, sy] = this.stick;
    for (const pad of navigator.getGamepads?.() ?? []) {
      if (!pad) continue;
      pad.buttons.forEach((button, i) => button.pressed && this.buttons[i] && held.add(this.buttons[i]));
      pad.axes.forEach((value, i) => { if (Math.abs(value) > DEAD && this.axes[i]) axes[this.axes[i]] = value; });
      if (pad.buttons[7]?.value > 0.05) axes.throttle = pad.buttons[7].value;
      if (pad.buttons[6]?.value > 0.05) axes.brake = pad.buttons[6].value;
    }
    if (axes.look_x || axes.look_y) this.turn(-(axes.look_x ?? 0) * 0.045, -(axes.look_y ?? 0) * 0.035);
    if (axes.steer) sx = axes.steer;
    if (axes.drive) sy = axes.drive;
    delete axes.look_x; delete axes.look_y; delete axes.drive;
    if (sx || sy) {
      axes.steer = sx; axes.x = sx; axes.y = -sy;
      if (sy < -0.3) held.add("forward");
      if (sy > 0.3) held.add("back");
      if (sx < -0.3) held.add("left");
      if (sx > 0.3) held.add("right");
    }
    return { held: [...held].sort(), axes, look: [this.yaw, this.pitch] };
  }

  /** Touch: a stick to go, dragging to look, buttons for what else can be done. */
  touch(box, actions) {
    if (!matchMedia("(pointer: coarse)").matches) return;
    box.hidden = false;
    const stick = box.querySelector("#stick"), knob = stick.firstElementChild;
    const move = (e) => {
      const r = stick.getBoundingClientRect();
      const x = (e.clientX - r.left - r.width / 2) / (r.width / 2), y = (e.clientY - r.top - r.height / 2) / (r.height / 2);
      const l = Math.max(1, Math.hypot(x, y));
      this.stick = [x / l, y / l]; this.dirty = true;
      knob.style.transform = `translate(${x / l * 36}px, ${y / l * 36}px)`;
    };
    stick.onpointerdown = (e) => { stick.setPointerCapture(e.pointerId); stick.onpointermove = move; move(e); };
    stick.onpointerup = stick.onpointercancel = () => { stick.onpointermove = null; this.stick = [0, 0]; this.dirty = true; knob.style.transform = ""; };
    for (const action of actions) {
      const button = box.querySelector("#touch-buttons").appendChild(document.createElement("button"));
      button.textContent = action;
      button.onpointerdown = () => this._hold(`touch ${action}`, action, true);
      button.onpointerup = button.onpointercancel = () => this._hold(`touch ${action}`, action, false);
    }
    this.canvas.addEventListener("touchmove", (e) => {
      const t = e.targetTouches[0];
      if (this._last) this.turn(-(t.clientX - this._last.clientX) * 0.005, -(t.clientY - this._last.clientY) * 0.005);
      this._last = t;
    }, { passive: true });
    this.canvas.addEventListener("touchend", () => { this._last = null; });
  }
}
