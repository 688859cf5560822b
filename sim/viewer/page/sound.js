// Contacts are heard: each rings with the frequencies and the damping of what it is made of and as large as it is.

const MODES = [1, 1.58, 2.24, 2.92, 3.65];   // of a free plate or block, roughly
const VOICES = 28, QUIETEST = 0.004;

export class Sound {
  /** `facts.substances` has density, youngs_modulus, alpha and beta (Rayleigh) by name. */
  constructor(substances, owner) {
    this.substances = substances; this.owner = owner; this.on = true; this.context = null; this.playing = 0;
  }

  /** A browser lets sound begin only when somebody has done something. */
  wake() {
    if (!this.context && this.on) {
      const Context = window.AudioContext || window.webkitAudioContext;
      if (!Context) return;
      this.context = new Context();
      this.out = this.context.createDynamicsCompressor();
      this.gain = new GainNode(this.context, { gain: 0.8 });
      this.out.connect(this.gain).connect(this.context.destination);
      const length = this.context.sampleRate >> 2;
      this.noise = this.context.createBuffer(1, length, this.context.sampleRate);
      const data = this.noise.getChannelData(0);
      for (let i = 0; i < length; i++) data[i] = Math.random() * 2 - 1;
    }
    this.context?.resume();
  }

  toggle() { this.on = !this.on; if (this.on) this.wake(); else this.context?.suspend(); return this.on; }

  /** Plays an event as heard from a camera (three.js), whose right-hand direction pans. */
  play(event, camera, right) {
    if (!this.on || !this.context || this.context.state !== "running" || this.playing > VOICES) return;
    const [x, y, z] = [event.at[0], event.at[2], -event.at[1]];
    const dx = x - camera.x, dy = y - camera.y, dz = z - camera.z, distance = Math.hypot(dx, dy, dz);
    const strength = Math.pow(Math.max(event.impulse, 0.002), 0.55) * Math.min(event.speed + 0.25, 6) * 0.12;
    const level = Math.min(strength, 1.2) / (1 + distance * 0.22);
    if (level < QUIETEST) return;
    const pan = Math.max(-0.9, Math.min(0.9, (dx * right.x + dy * right.y + dz * right.z) / (distance + 1)));
    const when = this.context.currentTime + 0.01 + distance / 343;
    const panner = new StereoPannerNode(this.context, { pan });
    panner.connect(this.out);
    for (const part of [event.a, event.b]) this._ring(this.owner(part), level * 0.5, when, panner, event);
    this._knock(level, when, panner, event);
  }

  _ring(thing, level, when, out, event) {
    const s = this.substances[thing.substance];
    if (!s || !s.youngs_modulus || thing.ground) return;
    const size = Math.max(thing.size, 0.03);
    const lowest = Math.min(Math.max(0.1 * Math.sqrt(s.youngs_modulus / s.density) / size, 70), 3600);
    const alpha = s.alpha ?? 40, beta = s.beta ?? 2e-6;
    const hard = Math.min(0.25 + event.speed * 0.25, 1);
    MODES.forEach((ratio, i) => {
      const f = lowest * ratio * (1 + 0.013 * ((thing.seed * (i + 3)) % 7));
      if (f > 9000) return;
      const omega = 2 * Math.PI * f, decay = Math.min(Math.max((alpha + beta * omega * omega) / 2, 3), 400);
      const length = Math.min(6.9 / decay, 1.6);
      const tone = new OscillatorNode(this.context, { frequency: f });
      const gain = new GainNode(this.context, { gain: 0 });
      gain.gain.setValueAtTime(level * 0.5 * Math.pow(hard, i) / (1 + i * 0.7), when);
      gain.gain.setTargetAtTime(0, when, 1 / decay);
      this._play(tone, gain, out, when, length);
    });
  }

  _knock(level, when, out, event) {
    const source = new AudioBufferSourceNode(this.context, { buffer: this.noise, playbackRate: 0.8 + 0.4 * Math.random() });
    const filter = new BiquadFilterNode(this.context, { type: "lowpass", frequency: 300 + Math.min(event.speed, 6) * 500 });
    const gain = new GainNode(this.context, { gain: 0 });
    gain.gain.setValueAtTime(level * 0.7, when);
    gain.gain.setTargetAtTime(0, when, 0.012);
    source.connect(filter);
    this._play(source, gain, out, when, 0.12, filter);
  }

  _play(source, gain, out, when, length, last = source) {
    this.playing++;
    last.connect(gain).connect(out);
    source.start(when); source.stop(when + length);
    source.onended = () => { this.playing--; gain.disconnect(); };
  }
}
