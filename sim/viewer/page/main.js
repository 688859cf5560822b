// The page: opens the world, follows the stream, and hands what happens to those who draw, sound and show it.

import * as T from "./three.js";
import { $, Inspector, game, keys, minutes, text, toast } from "./hud.js";
import { Input } from "./input.js";
import { Net } from "./net.js";
import { Picture, ours, up } from "./picture.js";
import { Sound } from "./sound.js";
import { View } from "./view.js";

const canvas = $("picture"), picture = new Picture(canvas), view = new View(picture, canvas);
const state = { hello: null, loaded: false, paused: false, recording: false, me: null, game: null, chosen: null, load: null, names: false, stats: false, starts: new Map(), last: 0, sent: 0, fps: 60 };
let input = null, sound = null, gizmo = null;
window.prophouse = { picture, view, state, get net() { return net; }, get input() { return input; } };

const net = new Net({
  hello, paused: ({ on }) => paused(on), saves: ({ saves }) => listSaves(saves), events: ({ events }) => hear(events),
  lamp: ({ name, on }) => picture.lamp(name, on), contacts: ({ at }) => $("show-contacts").checked && picture.showContacts(at),
  toast: ({ text: what, bad }) => toast(what, bad), recording: ({ on }) => recording(on), restarted: () => { view.heading = null; },
  seek: () => {}, load: (message) => { state.load = message; }, game: (message) => playing(message),
  stale: ({ files }) => toast(`Changed on disk: ${files.slice(0, 2).join(", ")}${files.length > 2 ? ` and ${files.length - 2} more` : ""}`, false, "Reload", () => net.act("reload")),
  reload: () => location.reload(), changed: ({ files }) => { state.hello.changed = files; inspector.files(files); },
  places: ({ places, substances, changed }) => moved(places, substances, changed),
  closed: () => state.loaded && cover("Reconnecting…", "the connection was lost"),
});

const inspector = new Inspector({
  place: (name, at, turn) => act("move", { name, at, rotate_deg: turn }), substance: (name, field, value) => act("substance", { name, field, value }),
  gizmo: () => grab(), write: () => act("write"), forget: () => act("forget"), close: () => choose(null),
});

async function act(what, values) {
  const answer = await net.act(what, values);
  if (answer.error) toast(answer.error, true); else if (answer.said) toast(answer.said);
  return answer;
}

// ---- opening

async function hello(message) {
  const again = state.loaded;
  state.hello = message;
  state.me = message.you;
  document.title = `${message.title} · Prop House`;
  $("title").textContent = $("cover-title").textContent = message.title;
  listSaves(message.saves);
  $("record").hidden = !message.record;
  $("step").hidden = message.kind !== "world";
  $("save").parentElement.hidden = message.kind === "take";
  if (again) { $("cover").classList.add("gone"); return; }
  try {
    await picture.load(new Map(message.parts.map((name, i) => [name, i])), (part, what) => { $("cover-bar").style.width = `${part * 100}%`; $("cover-text").textContent = what; });
  } catch (error) { cover("Nothing can be drawn", String(error.message ?? error)); throw error; }
  begin(message);
}

function begin(message) {
  const { facts } = picture;
  input = new Input(canvas, message.game ?? {});
  sound = new Sound(facts.substances, (name) => { const t = picture.things.get(name) ?? picture.things.get(name.split("/")[0]); return t ? { substance: t.extras.substance, size: t.size, ground: t.kind === "ground", seed: t.seed } : { substance: "", size: 1, seed: 1 }; });
  for (const type of ["pointerdown", "keydown", "touchend"]) addEventListener(type, () => sound.wake(), { passive: true });
  view.floor = picture.things.get("ground") ? picture.things.get("ground").node.position.y : undefined;
  view.from(facts.view);
  cameras(message);
  for (const [name, on] of Object.entries(message.lamps)) picture.lamp(name, on);
  if (message.kind === "game" && state.me !== null) {
    document.body.classList.add("playing");
    input.playing = true;
    input.touch($("touch"), Object.keys(message.game.keys).filter((a) => !["forward", "back", "left", "right", "throttle"].includes(a)).slice(0, 4));
    keys(help(message.game));
  } else keys([["drag", "turn"], ["right drag", "pan"], ["wheel", "nearer"], ["click", "what is it"], ["W A S D", "go"], ["P", "pause"], ["C", "camera"]]);
  timeline(message);
  state.loaded = true;
  $("cover").classList.add("gone");
  requestAnimationFrame(frame);
}

const KEY = { Space: "space", ShiftLeft: "shift", Mouse0: "click", ArrowUp: "↑" };

/** Which keys do what, for the line at the bottom. */
function help({ keys: codes, does }) {
  const line = [["W A S D", "go"], ["mouse", "look"]];
  for (const [action, list] of Object.entries(codes)) {
    const key = list.find((code) => /^(Key|Space|Shift|Mouse0)/.test(code));
    if (key && does[action] && !["forward", "back", "left", "right"].includes(action)) line.push([KEY[key] ?? key.slice(3), does[action]]);
  }
  return [...line, ["Tab", "the bar"]].slice(0, 8);
}

function cover(title, what) { $("cover").classList.remove("gone"); $("cover-title").textContent = title; $("cover-text").textContent = what; }

function cameras(message) {
  const plays = message.kind === "game" && state.me !== null, flies = message.game?.camera === "fly";
  const modes = flies ? [["fly", "Flying"]] : plays ? [["first", "First person"], ["chase", "Chase"], ["top", "From above"]] : [];
  const own = Object.keys(picture.facts.cameras).map((name) => [`camera ${name}`, name]);
  $("camera").replaceChildren(...[...modes, ["orbit", "Around"], ...own].map(([value, label]) => new Option(label, value)));
  $("camera").onchange = () => { camera($("camera").value); canvas.focus(); };
  if (modes.length) camera(message.game?.camera ?? "chase");
}

function camera(mode) {
  $("camera").value = mode;
  if (mode.startsWith("camera ")) { view.mode = "camera"; view.from(picture.facts.cameras[mode.slice(7)]); return; }
  view.mode = mode;
  picture.lens(mode === "first" ? 20 : mode === "chase" ? 24 : 28, 36);
  $("aim").hidden = !(input.playing && state.hello.game?.keys.throw && ["first", "fly", "chase"].includes(mode));
  if (mode === "orbit" && player()?.matrix) view.goal.target.setFromMatrixPosition(player().matrix);
  if (!["first", "chase", "fly"].includes(mode)) document.exitPointerLock?.();
}

// ---- what happens

function paused(on) {
  state.paused = on;
  $("pause").setAttribute("aria-pressed", on);
  $("pause").title = on ? "Go on (P)" : "Pause (P)";
}

function recording(on) { state.recording = on; $("record").setAttribute("aria-pressed", on); }

function listSaves(saves) {
  $("load").replaceChildren(new Option(saves.length ? "Load…" : "No saves", ""), ...saves.map((name) => new Option(name.replace("_", " ").replace(/-(\d\d)-(\d\d)(_\d+)?$/, ":$1:$2"), name)));
  $("load").disabled = !saves.length;
}

function hear(events) {
  if (!sound) return;
  const right = new T.Vector3(1, 0, 0).applyQuaternion(picture.camera.quaternion);
  for (const event of events) sound.play(event, picture.camera.position, right);
}

function playing(message) {
  state.game = message;
  game(message, state.me);
  picture.showZones(message.zones);
}

/** The part the player is, as the camera needs it. */
function player() {
  const mine = state.game?.players?.[state.me];
  if (mine?.eye) return { at: up(mine.eye), hidden: null };
  const thing = mine && picture.things.get(mine.part);
  if (!thing) return null;
  const size = thing.box.isEmpty() ? new T.Vector3(1, 1.7, 1) : thing.box.getSize(new T.Vector3());
  return { matrix: thing.matrix, eye: size.y * 0.92, length: Math.max(size.x, size.z), steers: mine.steers ?? size.x > 2, hidden: thing };
}

function moved(places, substances, changed) {
  Object.assign(state.hello, { substances, changed });
  for (const [name, pose] of Object.entries(places)) picture.place(name, pose);
  if (state.chosen) choose(state.chosen);
}

// ---- choosing

function start(thing) {
  const at = new T.Vector3(), turn = new T.Quaternion(), size = new T.Vector3();
  thing.matrix.decompose(at, turn, size);
  return { at: ours(at), turn: angles(turn) };
}

/** Roll, pitch and yaw in degrees, about fixed axes, Z up, of a turn in glTF's axes. */
function angles(q) {
  const e = new T.Euler().setFromQuaternion(new T.Quaternion(q.x, -q.z, q.y, q.w), "ZYX"), deg = 180 / Math.PI;
  return [e.x * deg, e.y * deg, e.z * deg];
}

function choose(thing) {
  state.chosen = thing;
  picture.frame(thing);
  if (gizmo) { gizmo.detach(); gizmo.getHelper().visible = false; $("it-gizmo").setAttribute("aria-pressed", "false"); }
  inspector.show(thing, state.hello, thing && start(thing));
}

/** Handles to drag the chosen thing's start with. */
function grab() {
  if (!gizmo) {
    gizmo = new T.TransformControls(picture.camera, canvas);
    gizmo.setSize(0.8);
    picture.scene.add(gizmo.getHelper());
    const proxy = state.proxy = new T.Object3D();
    picture.scene.add(proxy);
    gizmo.addEventListener("dragging-changed", ({ value }) => {
      state.dragging = value;
      if (!value && state.chosen) act("move", { name: state.chosen.name, at: ours(proxy.position), rotate_deg: angles(proxy.quaternion) });
    });
  }
  const { object } = gizmo;
  if (object && gizmo.mode === "translate") { gizmo.setMode("rotate"); return; }
  if (object) { gizmo.detach(); gizmo.getHelper().visible = false; $("it-gizmo").setAttribute("aria-pressed", "false"); return; }
  state.chosen.matrix.decompose(state.proxy.position, state.proxy.quaternion, new T.Vector3());
  gizmo.setMode("translate");
  gizmo.attach(state.proxy);
  gizmo.getHelper().visible = true;
  $("it-gizmo").setAttribute("aria-pressed", "true");
}

view.blocked = () => state.dragging || (gizmo?.object && gizmo.axis) || input?.locked;
let rest = 0;
canvas.addEventListener("pointermove", (e) => {
  clearTimeout(rest);
  $("hover").hidden = true;
  if (e.buttons || input?.locked || input?.playing || e.pointerType === "touch") return;
  rest = setTimeout(() => {
    const hit = state.loaded && picture.pick(e.clientX, e.clientY);
    if (!hit || hit.thing.kind === "ground") return;
    $("hover").replaceChildren(document.createTextNode(hit.thing.name), text("span", hit.thing.extras.asset ?? ""));
    Object.assign($("hover").style, { left: `${e.clientX}px`, top: `${e.clientY}px` });
    $("hover").hidden = false;
  }, 140);
});
canvas.addEventListener("click", (e) => {
  canvas.focus();
  if (!state.loaded) return;
  if (input.playing && ["first", "chase", "fly"].includes(view.mode)) { input.lock(); return; }
  if ((view.moved ?? 0) > 4 || state.dragging || gizmo?.axis) return;
  const hit = picture.pick(e.clientX, e.clientY);
  choose(hit && hit.thing.kind !== "ground" ? hit.thing : null);
});
canvas.addEventListener("dblclick", (e) => { const hit = !input?.playing && picture.pick(e.clientX, e.clientY); if (hit) view.look(hit.point, hit.thing.kind === "ground" ? view.goal.distance / 3 : hit.thing.size); });

// ---- the bar

const toggle = (id, act_) => { $(id).onclick = () => { act_(); canvas.focus(); }; };
toggle("pause", () => act("pause", { on: !state.paused }));
toggle("step", async () => { if (!state.paused) await act("pause", { on: true }); act("step"); });
toggle("restart", () => act("restart"));
toggle("save", () => act("save"));
toggle("record", () => act("record", { on: !state.recording }));
toggle("sound", () => $("sound").setAttribute("aria-pressed", sound?.toggle() ?? true));
$("overlays").onclick = () => { $("menu").hidden = !$("menu").hidden; $("menu").style.left = `${$("overlays").getBoundingClientRect().left}px`; };
$("load").onchange = async () => { const name = $("load").value; $("load").value = ""; if (name) await act("load", { name }); canvas.focus(); };
$("show-names").onchange = (e) => { state.names = e.target.checked; $("labels").replaceChildren(); };
$("show-colliders").onchange = (e) => picture.showColliders(e.target.checked);
$("show-centers").onchange = (e) => picture.showCenters(e.target.checked);
$("show-contacts").onchange = (e) => { if (state.hello.kind !== "take") act("overlay", { contacts: e.target.checked }); if (!e.target.checked) picture.showContacts(null); };
$("show-speed").onchange = (e) => { state.stats = e.target.checked; $("stats").hidden = !state.stats; };
addEventListener("pointerdown", (e) => { if (!$("menu").contains(e.target) && e.target !== $("overlays")) $("menu").hidden = true; });

const SHORT = {
  KeyP: () => $("pause").click(), KeyR: () => $("restart").click(), Period: () => !$("step").hidden && $("step").click(), KeyM: () => $("sound").click(),
  KeyO: () => $("overlays").click(), KeyG: () => state.chosen && !$("it-pose").hidden && grab(), Escape: () => { choose(null); $("menu").hidden = true; },
  KeyC: () => { const list = [...$("camera").options]; camera(list[(list.findIndex((o) => o.value === $("camera").value) + 1) % list.length].value); },
};
addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.repeat || !state.loaded || ["INPUT", "SELECT"].includes(e.target.tagName)) return;
  if (SHORT[e.code] && !(input.playing && input.means.has(e.code))) { SHORT[e.code](); e.preventDefault(); }
});

// ---- the time line

function timeline(message) {
  const take = message.kind === "take";
  $("timeline").hidden = message.kind === "game";
  $("track").style.visibility = take ? "visible" : "hidden";
  $("speed").hidden = !take;
  if (!take) { Object.assign($("timeline").style, { width: "auto", left: "18px", transform: "none" }); $("timeline").classList.add("small"); $("track").hidden = true; return; }
  $("seek").min = message.begin; $("seek").max = message.begin + message.duration;
  const seek = () => { state.seeking = 0; net.act("seek", { time: Number($("seek").value) }); };
  $("seek").oninput = () => { state.scrubbing = performance.now(); state.seeking ||= setTimeout(seek, 50); };
  $("speed").onchange = () => net.act("speed", { factor: Number($("speed").value) });
  const c = $("marks"), draw = () => {
    c.width = c.clientWidth * devicePixelRatio; c.height = 18 * devicePixelRatio;
    const g = c.getContext("2d");
    g.fillStyle = "rgba(242,181,107,.55)";
    for (const [at] of message.marks) g.fillRect((at - message.begin) / message.duration * c.width, c.height * 0.3, devicePixelRatio, c.height * 0.4);
  };
  draw();
  addEventListener("resize", draw);
}

// ---- every frame

function frame(now) {
  requestAnimationFrame(frame);
  const seconds = Math.min((now - state.last) / 1000, 0.5) || 0.016;
  state.last = now;
  state.fps = state.fps * 0.95 + 0.05 / Math.max(seconds, 1e-3);
  if (!net.poses) return;
  const rows = net.poses.advance();
  picture.move(rows, net.poses.shown);
  const now_ = input.read();
  speak(now, now_);
  const me = player();
  view.update(seconds, me, now_.look, input.playing && view.mode !== "orbit" ? null : new Set(now_.held));
  if (me?.hidden) hide(me.hidden, view.mode === "first");
  picture.draw(view.focus, seconds);
  point();
  say(now);
}

let said = "";
function speak(now, { held, axes, look }) {
  if (state.me === null || state.hello.kind !== "game") { if (now - state.sent > 250) { state.sent = now; net.ack(); } return; }
  const what = `${held}${JSON.stringify(axes)}${look[0].toFixed(3)}${look[1].toFixed(3)}`;
  if ((what !== said && now - state.sent > 15) || now - state.sent > 100) { said = what; state.sent = now; net.hold(held, axes, look); }
}

/** In first person nobody sees their own head. */
function hide(thing, on) {
  if (thing.gone === on) return;
  thing.gone = on;
  for (const [batch, i, local] of thing.drawn ?? []) if (on) { batch.mesh.setMatrixAt(i, new T.Matrix4().makeScale(0, 0, 0)); batch.mesh.instanceMatrix.needsUpdate = true; } else batch.mesh.setMatrixAt(i, new T.Matrix4().multiplyMatrices(thing.matrix, local));
}

const marks = new Map();

/** Where the places that count are: over them, or at the edge of the picture towards them. */
function point() {
  const zones = state.game && input.playing ? state.game.zones : {}, w = canvas.clientWidth, h = canvas.clientHeight, at = new T.Vector3();
  for (const [name, mark] of marks) if (!zones[name]) { mark.remove(); marks.delete(name); }
  for (const [name, zone] of Object.entries(zones)) {
    at.copy(up(zone.at));
    at.y += 1.2;
    const away = at.distanceTo(picture.camera.position);
    at.project(picture.camera);
    let { x, y } = at;
    if (at.z > 1) { x = -x; y = -1; }
    const k = Math.max(Math.abs(x) / 0.93, Math.abs(y) / 0.82, at.z > 1 ? Math.max(Math.abs(x), 1) : 0, 1);
    if (!marks.has(name)) marks.set(name, $("labels").parentElement.appendChild(text("div", "", "mark")));
    const mark = marks.get(name);
    mark.textContent = away < 9 ? "" : `${away.toFixed(0)} m`;
    mark.style.transform = `translate(${(x / k + 1) / 2 * w}px, ${(1 - y / k) / 2 * h}px) translate(-50%, -50%)`;
  }
}

let shownAt = 0;
function say(now) {
  if (now - shownAt < 100) return;
  const wall = (now - shownAt) / 1000;
  shownAt = now;
  const { poses } = net, { begin = 0, duration } = state.hello;
  if (!$("timeline").hidden) {
    if (duration) { $("time").innerHTML = `${poses.time.toFixed(2)} <small>/ ${(begin + duration).toFixed(1)} s</small>`; if (!state.scrubbing || now - state.scrubbing > 400) $("seek").value = poses.time; } else $("time").textContent = poses.time < 60 ? `${poses.time.toFixed(2)} s` : minutes(poses.time);
  }
  if (state.chosen) {
    const at = new T.Vector3().setFromMatrixPosition(state.chosen.matrix);
    const was = state.was ?? at;
    inspector.live(ours(at), state.chosen.row >= 0 ? at.distanceTo(was) / Math.max(wall, 0.05) : null);
    state.was = at;
  }
  if (state.stats) {
    const rate = (net.bytes - (state.bytes ?? 0)) / wall / 1000;
    state.bytes = net.bytes;
    const load = state.load ? `tick ${state.load.tick_ms} ms, p99 ${state.load.p99_ms} ms` : "";
    $("stats").textContent = `${state.fps.toFixed(0)} pictures/s   ${picture.calls} draws   ${(picture.renderer.info.render.triangles / 1e6).toFixed(2)} M triangles\n${rate.toFixed(0)} kB/s   ${load}`;
  }
  if (state.names) labels();
}

function labels() {
  const eye = picture.camera.position, near = [], at = new T.Vector3();
  for (const thing of picture.things.values()) {
    if (thing.kind !== "object") continue;
    at.setFromMatrixPosition(thing.matrix);
    at.y += thing.box.isEmpty() ? 0 : thing.box.max.y * thing.scale;
    const d = at.distanceTo(eye), p = at.clone().project(picture.camera);
    if (p.z < 1 && Math.abs(p.x) < 1 && Math.abs(p.y) < 1) near.push([d / Math.max(thing.size, 0.2), p, thing.name]);
  }
  near.sort((a, b) => a[0] - b[0]);
  const w = canvas.clientWidth, h = canvas.clientHeight, spans = near.slice(0, 40).map(([, p, name]) => {
    const s = text("span", name);
    s.style.transform = `translate(${(p.x + 1) / 2 * w}px, ${(1 - p.y) / 2 * h}px) translate(-50%, -120%)`;
    return s;
  });
  $("labels").replaceChildren(...spans);
}
