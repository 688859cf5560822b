// The socket: poses come in and are shown a little late and smoothly; what the player does goes out.

const FRAME = 1, RECORD = 17, HEAD = 24, RING = 12, STRIDE = 8;
const DELAY = 0.1;        // s behind the server: one late frame is not seen
const JUMP = 3.0;         // m between two frames: a jump, not a motion
const OTHERS = [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]];

export class Poses {
  /** The newest poses of n parts and, for parts that move, those before, by the server's clock. */
  constructor(n, step) {
    this.n = n; this.step = step;
    this.ring = new Float64Array(n * RING * STRIDE);   // clock, x, y, z, qx, qy, qz, qw
    this.count = new Uint32Array(n);
    this.shown = new Float32Array(n * 7);
    this.active = new Set();
    this.clock = -1; this.before = -1; this.time = 0; this.tick = -1;
    this.offset = null;
  }

  take(buffer) {
    const view = new DataView(buffer), count = view.getUint16(2, true);
    const clock = view.getFloat64(8, true), arrived = performance.now() / 1000;
    this.tick = view.getUint32(4, true);
    this.time = view.getFloat64(16, true);
    const late = clock - arrived;
    this.offset = this.offset === null || Math.abs(late - this.offset) > 1 ? late : Math.max(late, this.offset - 0.0002);
    this.before = this.clock < 0 ? clock : this.clock;
    this.clock = clock;
    for (let i = 0, o = HEAD; i < count; i++, o += RECORD) this._put(view, o, clock);
  }

  _put(view, o, clock) {
    const row = view.getUint16(o, true), q = [0, 0, 0, 0], s = this.step;
    const turn = [view.getUint16(o + 11, true), view.getUint16(o + 13, true), view.getUint16(o + 15, true)];
    const largest = (turn[0] >> 15) | (turn[1] >> 15 << 1), others = OTHERS[largest];
    let rest = 1;
    for (let k = 0; k < 3; k++) {
      const v = ((turn[k] & 32767) / 32767 - 0.5) * Math.SQRT2;
      q[others[k]] = v; rest -= v * v;
    }
    q[largest] = Math.sqrt(Math.max(rest, 0));
    const x = (view.getInt16(o + 2, true) * 256 + view.getUint8(o + 8)) * s;
    const y = (view.getInt16(o + 4, true) * 256 + view.getUint8(o + 9)) * s;
    const z = (view.getInt16(o + 6, true) * 256 + view.getUint8(o + 10)) * s;
    if (this.count[row]) {                             // it stood still until the frame before this one
      const last = this._at(row, this.count[row] - 1);
      if (this.ring[last] < this.before - 1e-6) this._push(row, this.before, ...this.ring.subarray(last + 1, last + 8));
    }
    this._push(row, clock, x, y, z, ...q);             // our axes: Z up
    this.active.add(row);
  }

  _at(row, i) { return (row * RING + i % RING) * STRIDE; }
  _push(row, ...values) { this.ring.set(values, this._at(row, this.count[row]++)); }

  /** Newest place of a row, m, Z up. */
  newest(row) { const o = this._at(row, Math.max(this.count[row] - 1, 0)); return this.ring.subarray(o + 1, o + 8); }

  /** Moves `shown` (x, y, z, qx, qy, qz, qw in glTF's axes) to now; returns the rows that moved. */
  advance() {
    if (this.offset === null) return [];
    const now = performance.now() / 1000 + this.offset - DELAY, moved = [];
    for (const row of this.active) {
      this._show(row, now);
      moved.push(row);
      if (this.ring[this._at(row, this.count[row] - 1)] <= now) this.active.delete(row);
    }
    return moved;
  }

  _show(row, now) {
    const n = this.count[row], ring = this.ring;
    let i = n - 1;
    while (i > 0 && i > n - RING + 1 && ring[this._at(row, i)] > now) i--;
    const a = this._at(row, i), b = this._at(row, Math.min(i + 1, n - 1));
    const span = ring[b] - ring[a];
    let f = span > 1e-9 ? Math.min(Math.max((now - ring[a]) / span, 0), 1) : 1;
    if (Math.hypot(ring[b + 1] - ring[a + 1], ring[b + 2] - ring[a + 2], ring[b + 3] - ring[a + 3]) > JUMP) f = f < 1 ? 0 : 1;
    const g = 1 - f, o = row * 7, out = this.shown;
    let dot = 0;
    for (let k = 4; k < 8; k++) dot += ring[a + k] * ring[b + k];
    const h = dot < 0 ? -f : f, q = [0, 0, 0, 0];
    for (let k = 0; k < 4; k++) q[k] = ring[a + 4 + k] * g + ring[b + 4 + k] * h;
    const l = Math.hypot(...q) || 1;
    out[o] = ring[a + 1] * g + ring[b + 1] * f;
    out[o + 1] = ring[a + 3] * g + ring[b + 3] * f;
    out[o + 2] = -(ring[a + 2] * g + ring[b + 2] * f);
    out[o + 3] = q[0] / l; out[o + 4] = q[2] / l; out[o + 5] = -q[1] / l; out[o + 6] = q[3] / l;
  }
}

export class Net {
  /** Talks to the server; `on` has a function for each kind of message it sends, and `frame`. */
  constructor(on) {
    this.on = on; this.number = 0; this.waiting = new Map(); this.poses = null; this.bytes = 0; this.tries = 0;
    this._open();
  }

  _open() {
    const socket = this.socket = new WebSocket(`ws://${location.host}/socket`);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      this.tries = 0;
      if (typeof data !== "string") {
        this.bytes += data.byteLength;
        if (this.poses && new Uint8Array(data, 0, 1)[0] === FRAME) { this.poses.take(data); this.on.frame?.(); }
        return;
      }
      this.bytes += data.length;
      const message = JSON.parse(data);
      if (message.t === "hello") this.poses = new Poses(message.parts.length, message.step);
      if (message.t === "done") { this.waiting.get(message.n)?.(message); this.waiting.delete(message.n); }
      this.on[message.t]?.(message);
    };
    socket.onclose = () => {
      this.on.closed?.();
      if (this.tries++ < 40) setTimeout(() => this._open(), Math.min(500 * this.tries, 3000));
    };
  }

  _send(message) {
    if (this.socket.readyState !== 1 || this.socket.bufferedAmount > 65536) return false;
    this.socket.send(JSON.stringify({ ack: this.poses ? this.poses.tick : -1, ...message }));
    return true;
  }

  /** Says what the player does. */
  hold(held, axes, look) { return this._send({ t: "in", n: ++this.number, held, axes, look }); }

  /** Says only what has been seen. */
  ack() { this._send({ t: "ack" }); }

  /** A command; resolves to the answer. */
  act(what, values = {}) {
    const n = ++this.number;
    return new Promise((resolve) => {
      this.waiting.set(n, resolve);
      if (!this._send({ t: "do", n, what, values })) { this.waiting.delete(n); resolve({ error: "not connected" }); }
    });
  }
}
