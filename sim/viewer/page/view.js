// Where the picture is taken from: around a place, a world's own camera, or with the player (first person, chase, top).

import * as T from "./three.js";
import { up, upTurn } from "./picture.js";

const UP = new T.Vector3(0, 1, 0);

export class View {
  constructor(picture, canvas) {
    this.picture = picture; this.canvas = canvas;
    this.mode = "orbit"; this.target = new T.Vector3(); this.yaw = 0.8; this.pitch = 0.35; this.distance = 8;
    this.goal = { target: new T.Vector3(), yaw: 0.8, pitch: 0.35, distance: 8 };
    this.focus = new T.Vector3(); this.held = new Set(); this.blocked = () => false;
    this.heading = null;
    canvas.addEventListener("pointerdown", (e) => this._down(e));
    canvas.addEventListener("pointermove", (e) => this._drag(e));
    canvas.addEventListener("pointerup", (e) => this._up(e));
    canvas.addEventListener("pointercancel", (e) => this._up(e));
    canvas.addEventListener("contextmenu", (e) => e.preventDefault());
    canvas.addEventListener("wheel", (e) => { e.preventDefault(); this.goal.distance = clamp(this.goal.distance * Math.exp(e.deltaY * 0.0011), 0.15, 900); }, { passive: false });
    this.fingers = new Map();
  }

  /** Begins where a camera of the world stands, so that dragging goes on from there. */
  from(camera) {
    const at = up(camera.at), forward = new T.Vector3(1, 0, 0).applyQuaternion(upTurn(camera.orientation));
    const distance = clamp(camera.focus_m ?? 8, 0.3, 400);
    this.goal.target.copy(at).addScaledVector(forward, distance);
    this.goal.distance = distance;
    this.goal.yaw = Math.atan2(-forward.x, -forward.z);
    this.goal.pitch = Math.asin(clamp(-forward.y, -1, 1));
    this.picture.lens(camera.lens_mm, camera.sensor_mm);
    this._settle(1);
  }

  /** Turns around a thing. */
  look(point, size) { this.goal.target.copy(point); this.goal.distance = clamp(size * 2.6, 0.6, 120); }

  _down(e) { if (this.blocked()) return; this.fingers.set(e.pointerId, e); this.canvas.setPointerCapture(e.pointerId); this.moved = 0; }
  _up(e) { this.fingers.delete(e.pointerId); this.pinch = null; }

  _drag(e) {
    const last = this.fingers.get(e.pointerId);
    if (!last || this.blocked()) return;
    const dx = e.clientX - last.clientX, dy = e.clientY - last.clientY;
    this.fingers.set(e.pointerId, e);
    this.moved = (this.moved ?? 0) + Math.abs(dx) + Math.abs(dy);
    if (this.fingers.size === 2) { this._pinch(); return; }
    if (e.buttons & 2 || e.buttons & 4 || e.shiftKey) { this._pan(dx, dy); return; }
    this.goal.yaw -= dx * 0.0052;
    this.goal.pitch = clamp(this.goal.pitch + dy * 0.0044, -1.2, 1.55);
  }

  _pinch() {
    const [a, b] = [...this.fingers.values()], d = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
    if (this.pinch) this.goal.distance = clamp(this.goal.distance * this.pinch / d, 0.15, 900);
    this.pinch = d;
  }

  _pan(dx, dy) {
    const k = this.goal.distance / this.canvas.clientHeight * 1.1, camera = this.picture.camera;
    const right = new T.Vector3(1, 0, 0).applyQuaternion(camera.quaternion), above = new T.Vector3(0, 1, 0).applyQuaternion(camera.quaternion);
    this.goal.target.addScaledVector(right, -dx * k).addScaledVector(above, dy * k);
  }

  /** Places the camera; `player` is the matrix of the player's part, `look` where it looks. */
  update(seconds, player, look, held) {
    const camera = this.picture.camera;
    if (player && this.mode !== "orbit" && this.mode !== "camera") {
      if (player.at) this._fly(player.at, look, seconds); else this._with(player, look, seconds);
      return;
    }
    const speed = Math.max(this.goal.distance, 2) * 0.9 * seconds, step = new T.Vector3();
    if (held?.has("forward")) step.z -= speed;
    if (held?.has("back")) step.z += speed;
    if (held?.has("left")) step.x -= speed;
    if (held?.has("right")) step.x += speed;
    this.goal.target.add(step.applyAxisAngle(UP, this.goal.yaw));
    this._settle(1 - Math.exp(-seconds * 16));
    const back = new T.Vector3(Math.sin(this.yaw) * Math.cos(this.pitch), Math.sin(this.pitch), Math.cos(this.yaw) * Math.cos(this.pitch));
    camera.position.copy(this.target).addScaledVector(back, this.distance);
    if (this.floor !== undefined && camera.position.y < this.floor + 0.06) camera.position.y = this.floor + 0.06;
    camera.lookAt(this.target);
    this.focus.copy(this.target).lerp(camera.position, this.distance > 40 ? 0.5 : 0.15);
  }

  _settle(f) {
    this.target.lerp(this.goal.target, f);
    this.yaw += (this.goal.yaw - this.yaw) * f;
    this.pitch += (this.goal.pitch - this.pitch) * f;
    this.distance += (this.goal.distance - this.distance) * f;
  }

  _fly(at, [yaw, pitch], seconds) {
    const { camera } = this.picture;
    camera.position.lerp(at, camera.position.distanceTo(at) > 20 ? 1 : 1 - Math.exp(-seconds * 9));
    const way = new T.Vector3(Math.cos(yaw) * Math.cos(pitch), Math.sin(pitch), -Math.sin(yaw) * Math.cos(pitch));
    camera.lookAt(camera.position.clone().add(way));
    this.focus.copy(camera.position).addScaledVector(way, 10);
  }

  _with(player, look, seconds) {
    const camera = this.picture.camera, at = new T.Vector3(), turn = new T.Quaternion(), size = new T.Vector3();
    player.matrix.decompose(at, turn, size);
    const forward = new T.Vector3(1, 0, 0).applyQuaternion(turn);
    const heading = Math.atan2(-forward.z, forward.x), height = player.eye ?? 1.6, length = player.length ?? 1;
    if (this.heading === null) this.heading = heading;
    this.heading += wrap(heading - this.heading) * (1 - Math.exp(-seconds * 5));
    const yaw = player.steers ? this.heading + look[0] : look[0], pitch = look[1];
    const way = new T.Vector3(Math.cos(yaw) * Math.cos(pitch), Math.sin(pitch), -Math.sin(yaw) * Math.cos(pitch));
    if (this.mode === "first") {
      camera.position.copy(at).addScaledVector(UP, height);
      camera.up.copy(UP);
      camera.lookAt(camera.position.clone().add(way));
    } else if (this.mode === "top") {
      camera.position.copy(at).addScaledVector(UP, Math.max(16, length * 6)).addScaledVector(new T.Vector3(Math.cos(yaw), 0, -Math.sin(yaw)), -4);
      camera.lookAt(at);
    } else {
      const distance = Math.max(3.4, length * 1.55), tilt = clamp(pitch - 0.16, -1.3, 0.35);
      way.set(Math.cos(yaw) * Math.cos(tilt), Math.sin(tilt), -Math.sin(yaw) * Math.cos(tilt));
      const center = at.clone().addScaledVector(UP, Math.max(1.15, height * (player.steers ? 0.9 : 0.94)));
      if (!player.steers) center.add(new T.Vector3(Math.sin(yaw), 0, Math.cos(yaw)).multiplyScalar(0.55));   // over the shoulder
      camera.position.copy(center).addScaledVector(way, -distance);
      camera.position.y = Math.max(camera.position.y, (this.floor ?? -1e9) + 0.25);
      camera.lookAt(center.addScaledVector(way, 3));
    }
    this.focus.copy(at).addScaledVector(way, 8);
  }
}

const clamp = (x, low, high) => Math.min(Math.max(x, low), high);
const wrap = (a) => a - 2 * Math.PI * Math.round(a / (2 * Math.PI));
