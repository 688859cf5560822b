// The world as three.js draws it: the .glb in batches, the sky it stands under, sun, the nearest lamps, overlays.

import * as T from "./three.js";

const CELL = 40;           // m: instances that stand still are drawn by squares of the ground, so that unseen ones cost nothing
const TINY = 0.0045;       // of the distance: what is smaller is not drawn
const LAMPS = 8;           // nearest lamps that shine at once
const SHADOW_REACH = [12, 64];   // m around what is looked at: near by, far off
const LEVELS = [           // what is given up, in this order, where drawing is slow
  { ratio: 2, shadow: 4096 }, { ratio: 1.25, shadow: 2048 }, { ratio: 1, shadow: 2048 }, { ratio: 0.75, shadow: 1024 },
  { ratio: 0.6, shadow: 1024 },
];

export const up = (v) => new T.Vector3(v[0], v[2], -v[1]);
export const ours = (v) => [v.x, -v.z, v.y];
export const upTurn = (q) => new T.Quaternion(q[0], q[2], -q[1], q[3]);

export class Picture {
  constructor(canvas) {
    this.canvas = canvas;
    this.renderer = new T.WebGLRenderer({ canvas, antialias: true, powerPreference: "high-performance" });
    this.renderer.toneMapping = T.CustomToneMapping;
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.type = T.PCFShadowMap;
    this.scene = new T.Scene();
    this.camera = new T.PerspectiveCamera(40, 1, 0.12, 3500);
    this.level = 1; this.slow = 0; this.frames = 0; this.calls = 0;
    this.batches = [];     // {mesh, rows, owners, radius, center}
    this.byRow = [];       // row: [[batch, index, local matrix]]
    this.things = new Map(); // name: {name, extras, node, row, boxes, parts}
    this.overlay = new T.Group();
    this.scene.add(this.overlay);
    this.colliders = null; this.centers = null; this.touching = null;
    addEventListener("resize", () => this.resize());
    this.resize();
  }

  resize() {
    const { clientWidth: w, clientHeight: h } = this.canvas;
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, LEVELS[this.level].ratio));
    this.renderer.setSize(w, h, false);
    this.camera.aspect = w / Math.max(h, 1);
    this.lens();
  }

  /** Shows at least what a lens shows in a 16:9 picture. */
  lens(mm = this.mm ?? 28, sensor = this.sensor ?? 36) {
    this.mm = mm; this.sensor = sensor;
    const wide = sensor / 2 / mm, high = wide / (16 / 9);
    this.camera.fov = 2 * Math.atan(Math.max(high, Math.min(wide / this.camera.aspect, wide))) * 180 / Math.PI;
    this.camera.updateProjectionMatrix();
  }

  /** Loads what the server has of a world; `rows` is part name → row of the poses. */
  async load(rows, progress) {
    const facts = this.facts = await (await fetch("world.json")).json();
    progress(0.02, "sky");
    this._sky(new Uint16Array(await (await fetch("sky.bin")).arrayBuffer()), facts);
    const gltf = await new Promise((done, failed) => new T.GLTFLoader().load("world.glb", done,
      (e) => progress(0.05 + 0.8 * (e.total ? e.loaded / e.total : 0), `${(e.loaded / 1e6).toFixed(0)} MB`), failed));
    progress(0.9, "setting up");
    this.gltf = gltf;
    gltf.scene.updateMatrixWorld(true);
    this._things(gltf, rows);
    this._batch(gltf, rows);
    this._lights(gltf, rows, facts);
    this.scene.updateMatrixWorld(true);
    await this.renderer.compileAsync?.(this.scene, this.camera);
  }

  _sky(pixels, facts) {
    const [w, h] = facts.sky_size;
    const sky = new T.DataTexture(pixels, w, h, T.RGBAFormat, T.HalfFloatType);
    sky.mapping = T.EquirectangularReflectionMapping;
    sky.minFilter = sky.magFilter = T.LinearFilter;
    sky.wrapS = T.RepeatWrapping;
    sky.colorSpace = T.LinearSRGBColorSpace;
    sky.needsUpdate = true;
    this.scene.background = sky;
    this.scene.environment = new T.PMREMGenerator(this.renderer).fromEquirectangular(sky).texture;
    const haze = new T.Color(...facts.horizon), clear = 5200 / facts.turbidity;
    this.scene.fog = new T.Fog(haze, 60, Math.max(clear, 700));
    const sun = this.sun = new T.DirectionalLight();
    const lux = facts.sun.lux, top = Math.max(...lux, 1e-9);
    sun.color.setRGB(...lux.map((x) => x / top));
    sun.intensity = top * facts.exposure;
    sun.castShadow = sun.intensity > 0.002;
    sun.shadow.bias = -0.0003; sun.shadow.radius = 1;
    sun.shadow.mapSize.set(LEVELS[this.level].shadow, LEVELS[this.level].shadow);
    Object.assign(sun.shadow.camera, { near: 1, far: 420 });
    this.toward = new T.Vector3(...facts.sun.toward);
    if (sun.intensity > 0) this.scene.add(sun, sun.target);
  }

  /** Everything with a name: what it is, where it starts, how large it is. */
  _things(gltf, rows) {
    gltf.scene.traverse((node) => {
      const { kind, name } = node.userData;
      if (!["object", "link", "ground"].includes(kind)) return;
      const row = rows.get(name) ?? -1;
      this.things.set(name, { name, row, kind, extras: node.userData, node, box: new T.Box3(), seed: name.length * 7 + name.charCodeAt(name.length - 1) });
    });
  }

  /** Draws instances of one primitive together; those that move in one batch, the others by squares of the ground. */
  _batch(gltf, rows) {
    const made = new Map(), inverse = new T.Matrix4();
    gltf.scene.traverse((mesh) => {
      if (!mesh.isMesh) return;
      let owner = mesh;
      while (owner && !this.things.has(owner.userData.name)) owner = owner.parent;
      const thing = owner && this.things.get(owner.userData.name);
      if (!thing) return;
      const local = inverse.copy(owner.matrixWorld).invert().multiply(mesh.matrixWorld).clone();
      mesh.geometry.boundingBox ?? mesh.geometry.computeBoundingBox();
      thing.box.union(mesh.geometry.boundingBox.clone().applyMatrix4(local));
      const at = new T.Vector3().setFromMatrixPosition(mesh.matrixWorld);
      const cell = thing.row >= 0 ? "moves" : `${Math.floor(at.x / CELL)} ${Math.floor(at.z / CELL)}`;
      const key = `${mesh.geometry.uuid} ${mesh.material.uuid} ${cell}`;
      if (!made.has(key)) made.set(key, { geometry: mesh.geometry, material: mesh.material, moves: thing.row >= 0, items: [] });
      made.get(key).items.push({ thing, local, world: mesh.matrixWorld.clone() });
    });
    for (const batch of made.values()) this._draw(batch);
    for (const thing of this.things.values()) {
      thing.scale = thing.node.getWorldScale(new T.Vector3()).x;
      thing.size = thing.box.isEmpty() ? 0.3 : thing.box.getSize(new T.Vector3()).length() * thing.scale * 0.58;
      thing.matrix = thing.node.matrixWorld.clone();
    }
  }

  _draw({ geometry, material, moves, items }) {
    const look = this._look(material), ground = items[0].thing.kind === "ground";
    const mesh = new T.InstancedMesh(geometry, look, items.length);
    if (ground) Object.assign(look, { polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 30 });   // roads lie on it
    mesh.castShadow = !ground && !(look.transparent && look.opacity < 0.7);
    mesh.receiveShadow = true;
    const batch = { mesh, moves, things: items.map((item) => item.thing), locals: items.map((item) => item.local), radius: 0, center: new T.Vector3() };
    items.forEach(({ thing, local, world }, i) => {
      mesh.setMatrixAt(i, world);
      if (thing.row >= 0) (this.byRow[thing.row] ??= []).push([batch, i, local]);
      (thing.drawn ??= []).push([batch, i, local]);
    });
    mesh.frustumCulled = !moves && !ground;
    mesh.userData.batch = batch;
    geometry.boundingSphere ?? geometry.computeBoundingSphere();
    batch.radius = geometry.boundingSphere.radius * items[0].world.getMaxScaleOnAxis();
    if (!moves) { mesh.computeBoundingSphere(); batch.center.copy(mesh.boundingSphere.center); batch.reach = mesh.boundingSphere.radius; }
    batch.fades = !moves && !ground;
    batch.casts = mesh.castShadow;
    this.batches.push(batch);
    this.scene.add(mesh);
  }

  /** A material as this page draws it: glass is seen through without a second picture, light is exposed. */
  _look(material) {
    if (material.userData.settled) return material.userData.settled;
    let look = material;
    if (material.transmission > 0) {
      look = new T.MeshStandardMaterial({ color: material.color, map: material.map, roughness: Math.min(material.roughness, 0.1), metalness: 0, transparent: true, opacity: 0.28, depthWrite: false, side: material.side });
      look.name = material.name;
    }
    if (look.emissiveIntensity) look.emissiveIntensity *= this.facts.exposure;
    for (const map of [look.map, look.normalMap, look.roughnessMap]) if (map) map.anisotropy = 8;
    if (look.alphaTest > 0) { look.transparent = false; look.alphaTest = Math.min(look.alphaTest, 0.22); }   // far leaves thin out in small pictures
    material.userData.settled = look;
    return look;
  }

  /** Lamps are kept as numbers; the nearest that burn are lent one of a few lights. */
  _lights(gltf, rows, facts) {
    this.lamps = new Map();
    const found = [];
    gltf.scene.traverse((node) => node.isLight && found.push(node));
    for (const light of found) {
      let holder = light;
      while (holder && !holder.userData.kind) holder = holder.parent;
      if (holder?.userData.kind !== "lamp") continue;
      const { name, on, lit } = holder.userData, at = new T.Vector3().setFromMatrixPosition(light.matrixWorld);
      const aim = new T.Vector3(0, 0, -1).applyQuaternion(light.getWorldQuaternion(new T.Quaternion()));
      const lamp = { name, lit, at, aim, place: at.clone(), way: aim.clone(), color: light.color, cd: light.intensity * facts.exposure,
        cone: light.isSpotLight ? light.angle : Math.PI, soft: light.isSpotLight ? light.penumbra : 1, carrier: this.things.get(on) };
      if (lamp.carrier) {
        const back = lamp.carrier.node.matrixWorld.clone().invert();
        lamp.local = at.clone().applyMatrix4(back);
        lamp.localAim = aim.clone().transformDirection(back);
      }
      this.lamps.set(name, lamp);
    }
    this.pool = Array.from({ length: Math.min(LAMPS, this.lamps.size) }, () => {
      const light = new T.SpotLight(0xffffff, 0, 0, Math.PI / 2, 0.5, 2);
      this.scene.add(light, light.target);
      return light;
    });
  }

  /** Switches lamps by name. */
  lamp(name, on) { const lamp = this.lamps?.get(name); if (lamp) lamp.lit = on; }

  _shine() {
    const eye = this.camera.position, near = [];
    for (const lamp of this.lamps.values()) {
      if (!lamp.lit) continue;
      if (lamp.carrier?.row >= 0) {
        lamp.place.copy(lamp.local).applyMatrix4(lamp.carrier.matrix);
        lamp.way.copy(lamp.localAim).transformDirection(lamp.carrier.matrix);
      }
      near.push([lamp.cd / Math.max(lamp.place.distanceToSquared(eye), 4), lamp]);
    }
    near.sort((a, b) => b[0] - a[0]);
    this.pool.forEach((light, i) => {
      const lamp = near[i]?.[1];
      light.intensity = lamp ? lamp.cd : 0;
      if (!lamp) return;
      light.color.copy(lamp.color);
      light.position.copy(lamp.place);
      light.target.position.copy(lamp.place).add(lamp.way);
      light.angle = Math.min(lamp.cone, Math.PI / 2); light.penumbra = lamp.soft;
    });
  }

  /** Moves what moved: rows of `poses.shown`. */
  move(rows, shown) {
    const place = new T.Vector3(), turn = new T.Quaternion(), size = new T.Vector3();
    for (const row of rows) {
      const o = row * 7;
      place.fromArray(shown, o); turn.fromArray(shown, o + 3);
      const list = this.byRow[row];
      const thing = list?.[0]?.[0].things[list[0][1]] ?? this.rowThing(row);
      if (!thing) continue;
      thing.matrix.compose(place, turn, size.setScalar(thing.scale));
      for (const [batch, i, local] of list ?? []) {
        _matrix.multiplyMatrices(thing.matrix, local).toArray(batch.mesh.instanceMatrix.array, i * 16);
        batch.mesh.instanceMatrix.needsUpdate = true;
      }
    }
  }

  rowThing(row) {
    this._rows ??= new Map([...this.things.values()].filter((t) => t.row >= 0).map((t) => [t.row, t]));
    return this._rows.get(row);
  }

  /** Puts a thing that does not move somewhere else: x, y, z, qx, qy, qz, qw, Z up. */
  place(name, pose) {
    const thing = this.things.get(name);
    if (!thing || thing.row >= 0) return;
    thing.matrix.compose(up(pose), upTurn(pose.slice(3)), new T.Vector3().setScalar(thing.scale));
    for (const [batch, i, local] of thing.drawn ?? []) {
      batch.mesh.setMatrixAt(i, _matrix.multiplyMatrices(thing.matrix, local));
      batch.mesh.instanceMatrix.needsUpdate = true;
      batch.mesh.computeBoundingSphere();
    }
  }

  /** The thing under a pixel, and where it was met. */
  pick(x, y) {
    const r = this.canvas.getBoundingClientRect();
    const ray = new T.Raycaster();
    ray.setFromCamera(new T.Vector2((x - r.left) / r.width * 2 - 1, 1 - (y - r.top) / r.height * 2), this.camera);
    const seen = this.batches.filter((b) => b.mesh.visible).map((b) => { if (b.moves) b.mesh.boundingSphere = null; return b.mesh; });
    const hit = ray.intersectObjects(seen, false)[0];
    return hit && { thing: hit.object.userData.batch.things[hit.instanceId], point: hit.point };
  }

  /** A frame around a thing; none for null. */
  frame(thing) {
    this.framed?.removeFromParent();
    this.framed = null;
    if (!thing || thing.box.isEmpty() || thing.kind === "ground") return;
    const size = thing.box.getSize(new T.Vector3()).addScalar(0.02 / thing.scale);
    const box = new T.LineSegments(new T.EdgesGeometry(new T.BoxGeometry(size.x, size.y, size.z)),
      new T.LineBasicMaterial({ color: 0xf2b56b, fog: false, toneMapped: false }));
    box.userData = { thing, local: new T.Matrix4().makeTranslation(thing.box.getCenter(new T.Vector3())) };
    box.matrixAutoUpdate = false;
    this.framed = box;
    this.scene.add(box);
  }

  // ---- overlays

  async showColliders(on) {
    if (!on) { this.colliders?.removeFromParent(); this.colliders = null; return; }
    const group = this.colliders = new T.Group(), parser = this.gltf.parser, json = parser.json, shapes = json.extensions?.KHR_implicit_shapes?.shapes ?? [];
    const lines = new Map(), eye = this.camera.position;
    const edges = async (geometry) => {
      const key = JSON.stringify(geometry);
      if (!lines.has(key)) lines.set(key, geometry.node === undefined ? shapeEdges(shapes[geometry.shape]) : await hullEdges(parser, geometry.node));
      return lines.get(key);
    };
    const moving = new T.LineBasicMaterial({ color: 0x6fe0a0, fog: false, toneMapped: false });
    const still = new T.LineBasicMaterial({ color: 0x79b6ff, fog: false, toneMapped: false, transparent: true, opacity: 0.55 });
    const wanted = [];
    for (const node of json.nodes) {
      const thing = this.things.get(node.name);
      if (!thing || thing.kind !== "object") continue;
      const own = node.extensions?.KHR_physics_rigid_bodies?.collider;
      if (own) wanted.push([thing, own.geometry, null]);
      for (const child of node.children ?? []) {
        const inner = json.nodes[child], beside = inner.extensions?.KHR_physics_rigid_bodies?.collider;
        if (beside) wanted.push([thing, beside.geometry, inner]);
      }
    }
    wanted.sort((a, b) => _at(a[0]).distanceToSquared(eye) - _at(b[0]).distanceToSquared(eye));
    for (const [thing, geometry, inner] of wanted.slice(0, 500)) {
      const line = new T.LineSegments(await edges(geometry), thing.row >= 0 ? moving : still);
      const local = new T.Matrix4();
      if (inner) local.compose(new T.Vector3(...(inner.translation ?? [0, 0, 0])), new T.Quaternion(...(inner.rotation ?? [0, 0, 0, 1])), new T.Vector3(1, 1, 1));
      line.matrixAutoUpdate = false;
      line.userData = { thing, local };
      group.add(line);
    }
    if (this.colliders === group) this.overlay.add(group);
  }

  showCenters(on) {
    this.centers?.removeFromParent();
    this.centers = null;
    if (!on) return;
    const heavy = [];
    for (const node of this.gltf.parser.json.nodes) {
      const motion = node.extensions?.KHR_physics_rigid_bodies?.motion, thing = this.things.get(node.name);
      if (motion && thing) heavy.push([thing, new T.Vector3(...motion.centerOfMass)]);
    }
    this.centers = dots(heavy.length, 0xffd479, 9);
    this.centers.userData.heavy = heavy;
    this.overlay.add(this.centers);
  }

  showContacts(at) {
    this.touching?.removeFromParent();
    this.touching = null;
    if (!at?.length) return;
    this.touching = dots(at.length, 0xff6f5e, 7);
    const places = this.touching.geometry.attributes.position;
    at.forEach((p, i) => places.setXYZ(i, p[0], p[2], -p[1]));
    this.overlay.add(this.touching);
  }

  /** Places that count in a game: a ring of light on the ground, fading upwards. */
  showZones(zones) {
    this.zones ??= new Map();
    for (const [name, mesh] of this.zones) if (!zones[name]) { mesh.removeFromParent(); this.zones.delete(name); }
    for (const [name, zone] of Object.entries(zones)) {
      if (!this.zones.has(name)) {
        const mesh = wall(zone);
        this.zones.set(name, mesh);
        this.scene.add(mesh);
      }
      const mesh = this.zones.get(name);
      mesh.position.copy(up(zone.at));
      mesh.rotation.y = zone.yaw_deg * Math.PI / 180;
    }
  }

  _overlays() {
    for (const line of [...(this.colliders?.children ?? []), ...(this.framed ? [this.framed] : [])]) {
      line.matrix.multiplyMatrices(line.userData.thing.matrix, line.userData.local);
      line.matrixWorldNeedsUpdate = true;
    }
    if (!this.centers) return;
    const places = this.centers.geometry.attributes.position, v = new T.Vector3();
    this.centers.userData.heavy.forEach(([thing, center], i) => { v.copy(center).applyMatrix4(thing.matrix); places.setXYZ(i, v.x, v.y, v.z); });
    places.needsUpdate = true;
  }

  // ---- drawing

  /** Draws a frame; shadows fall around `focus`. */
  draw(focus, seconds) {
    this._shine();
    this._overlays();
    this._shadows(focus);
    if (this.frames++ % 8 === 0) this._thin();
    this.renderer.render(this.scene, this.camera);
    this.calls = this.renderer.info.render.calls;
    this._adapt(seconds);
  }

  _shadows(focus) {
    const [near, far] = SHADOW_REACH, wide = this.camera.position.distanceTo(focus) * 1.9 * 36 / this.mm;
    const reach = Math.min(near * 2 ** (Math.ceil(Math.log2(Math.max(wide, near) / near) * 2) / 2), far);
    if (reach !== this.reach) this._reach(reach);
    const grain = 2 * reach / this.sun.shadow.mapSize.x * 16;   // moves in steps, so that edges do not swim
    const at = this._snapped(focus, grain);
    this.sun.target.position.copy(at);
    this.sun.position.copy(at).addScaledVector(this.toward, 180);
  }

  /** A place moved to a grid across the sun's rays. */
  _snapped(focus, grain) {
    const side = new T.Vector3(0, 1, 0).cross(this.toward).normalize(), above = this.toward.clone().cross(side);
    const to = (axis) => Math.round(focus.dot(axis) / grain) * grain;
    return side.clone().multiplyScalar(to(side)).addScaledVector(above, to(above)).addScaledVector(this.toward, focus.dot(this.toward));
  }

  _reach(reach) {
    const { shadow } = this.sun;
    this.reach = reach;
    Object.assign(shadow.camera, { left: -reach, right: reach, top: reach, bottom: -reach });
    shadow.camera.updateProjectionMatrix();
    shadow.normalBias = reach / shadow.mapSize.x * 2.2;
  }

  _thin() {
    const eye = this.camera.position, narrow = Math.tan(this.camera.fov * Math.PI / 360) / 0.36;
    for (const batch of this.batches) {
      if (!batch.fades) continue;
      const away = Math.max(eye.distanceTo(batch.center) - batch.reach, 0.1);
      batch.mesh.visible = batch.radius / away > TINY * narrow;
      batch.mesh.castShadow = batch.casts && away < 2.2 * this.reach && batch.radius / away > 4 * TINY;
    }
  }

  _adapt(seconds) {
    if (document.hidden || seconds > 0.5) return;
    this.slow = this.slow * 0.97 + seconds * 0.03;
    if (this.frames % 120) return;
    if (this.slow > 0.03 && this.level < LEVELS.length - 1) this._become(this.level + 1);
  }

  _become(level) {
    this.level = level;
    this.sun.shadow.mapSize.set(LEVELS[level].shadow, LEVELS[level].shadow);
    this.sun.shadow.map?.dispose();
    this.sun.shadow.map = null;
    this.resize();
  }
}

// The film: AgX with a little more contrast and colour, as the project's own renderers develop their pictures.
const FILM = /* glsl */`vec3 CustomToneMapping( vec3 color ) {
  const mat3 inset = mat3( 0.842479062253094, 0.0423282422610123, 0.0423756549057051, 0.0784335999999992, 0.878468636469772, 0.0784336, 0.0792237451477643, 0.0791661274605434, 0.879142973793104 );
  vec3 x = clamp( ( log2( max( inset * color * toneMappingExposure, 1e-10 ) ) + 12.47393 ) / 16.5, 0.0, 1.0 );
  vec3 y = ( ( ( ( ( 15.5 * x - 40.14 ) * x + 31.96 ) * x - 6.868 ) * x + 0.4298 ) * x + 0.1191 ) * x - 0.00232;
  y = pow( max( y, 0.0 ), vec3( 1.15 ) );
  float grey = dot( y, vec3( 0.2126, 0.7152, 0.0722 ) );
  y = clamp( inverse( inset ) * ( grey + 1.2 * ( y - grey ) ), 0.0, 1.0 );
  return mix( y / 12.92, pow( ( y + 0.055 ) / 1.055, vec3( 2.4 ) ), step( 0.04045, y ) );
}`;
T.ShaderChunk.tonemapping_pars_fragment = T.ShaderChunk.tonemapping_pars_fragment.replace("vec3 CustomToneMapping( vec3 color ) { return color; }", FILM);

// Shadows: sixteen taps that are the same for every pixel, so that edges are soft and do not sparkle; none beyond the map.
T.ShaderChunk.shadowmap_pars_fragment = T.ShaderChunk.shadowmap_pars_fragment.replace(
  /float phi = interleavedGradientNoise[^;]*;\s*shadow = \([\s\S]*?\) \* 0\.2;/,
  `shadow = 0.0;
  for ( int i = 0; i < 4; i ++ ) for ( int j = 0; j < 4; j ++ )
    shadow += texture( shadowMap, vec3( shadowCoord.xy + ( vec2( i, j ) - 1.5 ) * radius * 0.75, shadowCoord.z ) );
  vec2 edge = smoothstep( 0.42, 0.5, abs( shadowCoord.xy - 0.5 ) );
  shadow = mix( shadow / 16.0, 1.0, max( edge.x, edge.y ) );`);

const _matrix = new T.Matrix4();
const _at = (thing) => new T.Vector3().setFromMatrixPosition(thing.matrix);

function dots(n, color, size) {
  const geometry = new T.BufferGeometry();
  geometry.setAttribute("position", new T.BufferAttribute(new Float32Array(n * 3), 3));
  const points = new T.Points(geometry, new T.PointsMaterial({ color, size, sizeAttenuation: false, depthTest: false, transparent: true, opacity: 0.95, fog: false, toneMapped: false }));
  points.frustumCulled = false;
  points.renderOrder = 10;
  return points;
}

const GLOW = {
  vertexShader: "varying float high; void main() { high = uv.y; gl_Position = projectionMatrix * modelViewMatrix * vec4( position, 1.0 ); }",
  fragmentShader: "varying float high; void main() { float a = pow( 1.0 - high, 2.2 ); gl_FragColor = vec4( vec3( 1.0, 0.72, 0.36 ), 0.5 * a ); }",
};

function wall(zone) {
  const high = Math.min(zone.height, Math.max((zone.radius ?? 1) * 0.35, 0.5));
  const round = Boolean(zone.radius), [x, y] = zone.size ?? [1, 1];
  const geometry = new T.CylinderGeometry(round ? zone.radius : Math.SQRT1_2, round ? zone.radius : Math.SQRT1_2, high, round ? 64 : 4, 1, true);
  if (!round) geometry.rotateY(Math.PI / 4).scale(x, 1, y);
  geometry.translate(0, high / 2 + 0.02, 0);
  return new T.Mesh(geometry, new T.ShaderMaterial({ ...GLOW, transparent: true, depthWrite: false, side: T.DoubleSide, fog: false, toneMapped: false }));
}

function shapeEdges(shape) {
  const s = shape[shape.type];
  if (shape.type === "box") return new T.EdgesGeometry(new T.BoxGeometry(...s.size));
  if (shape.type === "sphere") return new T.WireframeGeometry(new T.SphereGeometry(s.radius, 16, 10));
  if (shape.type === "capsule") return new T.WireframeGeometry(new T.CapsuleGeometry(s.radiusTop, s.height, 4, 12));
  return new T.EdgesGeometry(new T.CylinderGeometry(s.radiusTop, s.radiusBottom, s.height, 24));
}

async function hullEdges(parser, node) {
  const object = await parser.getDependency("node", node);
  let geometry = null;
  object.traverse((mesh) => { geometry ??= mesh.isMesh ? mesh.geometry : null; });
  return new T.EdgesGeometry(geometry, 1);
}
