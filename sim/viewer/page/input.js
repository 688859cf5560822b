// What the player does: held keys, mouse look, gamepads, touch. Actions are names; which key means which the level says:
// KeyW, ArrowUp, Mouse0, Button0 and Axis1- of a gamepad in the W3C's standard layout.

const KEYS = { forward: ["KeyW", "ArrowUp", "Axis1-"], back: ["KeyS", "ArrowDown", "Axis1+"], left: ["KeyA", "ArrowLeft", "Axis0-"], right: ["KeyD", "ArrowRight", "Axis0+"] };
const DEAD = 0.16;
const LOOK = 0.0022;                                  // rad a pixel

export class Input {
  /** `game` has keys (action: codes) and steers (whether what is played has a wheel). */
  constructor(canvas, game = {}) {
    this.canvas = canvas;
    this.steers = Boolean(game.steers);
    this.means = new Map();                           // code: actions
    for (const [action, codes] of Object.entries(game.keys ?? KEYS)) {
      for (const code of codes) this.means.set(code, [...(this.means.get(code) ?? []), action]);
    }
    this.held = new Set();                            // codes
    this.fingers = new Set();                         // actions of buttons on the screen
    this.yaw = game.yaw ?? 0; this.pitch = 0; this.stick = [0, 0]; this.playing = false;
    addEventListener("keydown", (e) => this._key(e, true));
    addEventListener("keyup", (e) => this._key(e, false));
    addEventListener("blur", () => this.release());
    document.addEventListener("visibilitychange", () => document.hidden && this.release());
    canvas.addEventListener("mousedown", (e) => this.locked && this.held.add(`Mouse${e.button}`));
    addEventListener("mouseup", (e) => this.held.delete(`Mouse${e.button}`));
    addEventListener("mousemove", (e) => this.locked && this.turn(-e.movementX * LOOK, -e.movementY * LOOK));
  }

  get locked() { return document.pointerLockElement === this.canvas; }

  /** Takes the mouse, where the browser lets it. */
  lock() { if (!this.locked) this.canvas.requestPointerLock?.()?.catch?.(() => {}); }

  turn(yaw, pitch) {
    this.yaw += yaw;
    this.pitch = Math.min(Math.max(this.pitch + pitch, -1.45), 1.45);
  }

  release() { this.held.clear(); this.fingers.clear(); this.stick = [0, 0]; }

  _key(e, down) {
    if (!down) { this.held.delete(e.code); return; }
    const typing = ["INPUT", "SELECT", "TEXTAREA"].includes(e.target.tagName);
    if (typing || e.ctrlKey || e.metaKey || e.altKey || !this.means.has(e.code)) return;
    if (this.playing) e.preventDefault();
    this.held.add(e.code);
  }

  /** What is held now, axes and where the player looks; polls gamepads. */
  read() {
    const codes = new Set(this.held), axes = {};
    let [x, y] = this.stick;
    for (const pad of navigator.getGamepads?.() ?? []) {
      if (!pad) continue;
      const [ax = 0, ay = 0, bx = 0, by = 0] = [...pad.axes].map((v) => (Math.abs(v) > DEAD ? v : 0));
      pad.buttons.forEach((button, i) => button.pressed && codes.add(`Button${i}`));
      if (ax || ay) [x, y] = [ax, ay];
      if (bx || by) this.turn(-bx * 0.045, -by * 0.035);
      if (this.steers && pad.buttons[7]?.value > 0.04) axes.throttle = pad.buttons[7].value;
      if (this.steers && pad.buttons[6]?.value > 0.04) axes.brake = pad.buttons[6].value;
    }
    if (x || y) this._lean(x, y, axes);
    const actions = new Set(this.fingers);
    for (const code of codes) for (const action of this.means.get(code) ?? []) actions.add(action);
    for (const axis of ["throttle", "brake"]) if (axis in axes) actions.delete(axis);
    return { held: [...actions].sort(), axes, look: [this.yaw, this.pitch] };
  }

  /** A stick leans right and towards the player: −1 to 1. */
  _lean(x, y, axes) {
    if (!this.steers) { axes.right = x; axes.forward = -y; return; }
    axes.steer = -x;
    if (y < -0.2) axes.throttle ??= -y;
    if (y > 0.2) axes.brake ??= y;
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
      this.stick = [x / l, y / l];
      knob.style.transform = `translate(${x / l * 36}px, ${y / l * 36}px)`;
    };
    stick.onpointerdown = (e) => { stick.setPointerCapture(e.pointerId); stick.onpointermove = move; move(e); };
    stick.onpointerup = stick.onpointercancel = () => { stick.onpointermove = null; this.stick = [0, 0]; knob.style.transform = ""; };
    for (const action of actions) {
      const button = box.querySelector("#touch-buttons").appendChild(document.createElement("button"));
      button.textContent = action;
      button.onpointerdown = () => this.fingers.add(action);
      button.onpointerup = button.onpointercancel = () => this.fingers.delete(action);
    }
    this.canvas.addEventListener("touchmove", (e) => {
      const t = e.targetTouches[0];
      if (this._last) this.turn(-(t.clientX - this._last.clientX) * 0.005, -(t.clientY - this._last.clientY) * 0.005);
      this._last = t;
    }, { passive: true });
    this.canvas.addEventListener("touchend", () => { this._last = null; });
  }
}
