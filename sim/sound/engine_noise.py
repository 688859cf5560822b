"""Vehicles: what engine, tyres and skids sound like, from how a vehicle drives.

Levels and spectra are those of CNOSSOS-EU for light and heavy vehicles; the engine's orders ride on them.

Sources: Commission Directive (EU) 2015/996, annex, 2.2 and table F-1 (levels); Heisler, Advanced Engine Technology
(orders of four-stroke engines).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from sim.actors.vehicle import VEHICLE_FIELDS, WHEEL_FIELDS
from sim.pose import Array
from sim.sound.listener import Sound
from sim.sound.motion import Motion
from sim.sound.noise import endless, filtered, generator, octave_filter, over, wander, white
from sim.sound.rolling import Moving

POINT = 11.0  # dB from a power level to the pressure 1 m from a point
REFERENCE_SPEED = 70.0 / 3.6  # m/s
LIGHT = {
    "tyres": (79.7, 85.7, 84.5, 90.2, 97.3, 93.9, 84.1, 74.3),
    "engine": (94.5, 89.2, 88.0, 85.9, 84.2, 86.9, 83.3, 76.1),
}
HEAVY = {
    "tyres": (87.0, 91.7, 94.1, 100.7, 100.8, 94.3, 87.1, 82.5),
    "engine": (104.4, 100.6, 101.7, 101.0, 100.1, 95.9, 91.3, 85.3),
}
TYRE_EXPONENT = 33.0  # dB a decade of speed, mean of the octaves that matter
ENGINE_SLOPE = 8.0  # dB from standing to the reference speed
LOAD = 7.0  # dB from coasting to full throttle
IDLE, HIGHEST = 820.0, 4200.0  # rpm, where no field says
GEARS = (9.5, 17.0, 26.0, 36.0, 1e9)  # m/s at which a driver who is in no hurry shifts up
CYCLE = 4096  # samples of the table of one engine cycle, two turns
CYLINDERS = 4
WANDER = 0.012  # part by which the engine's speed is never steady
SKID = 1.2, 4.0  # m/s of tread over road where tyres begin to squeal, and m/s more where they are loudest
SKID_LEVEL = 103.0  # dB, power
SKID_PITCH = 780.0  # Hz
SHIFT = 0.4  # s in which the engine's speed follows a change of gear
BEFORE = 0.6  # s that an engine has run when a take begins: sound from 200 m off is under way
COLUMNS = ("speed", "rpm", "throttle", "skid")
SILENT = 0.3  # m/s: what never goes faster, and says nothing of its engine, has none running


@dataclass(frozen=True, eq=False)
class Drive:
    """How one vehicle drives: at times ``(k,)`` s, speed m/s, rpm, throttle 0 to 1, tread over road m/s."""

    name: str
    times: Array
    speed: Array
    rpm: Array
    throttle: Array
    skid: Array
    heavy: bool


def drives(motion: Motion) -> list[Drive]:
    """Every vehicle of a take that runs: by what it says of itself, or by how it moves."""
    found = []
    before = motion.seconds[:1] - BEFORE
    for placement in motion.take.layout.placements:
        tags = placement.asset.spec.tags
        if "vehicle" not in tags or placement.name not in motion.take.parts or "bicycle" in tags:
            continue
        heavy = "bus" in tags or "truck" in tags
        field = motion.take.fields.get(f"{placement.name}/vehicle")
        drive = (
            _told(motion, placement.name, field, heavy) if field is not None else _seen(motion, placement.name, heavy)
        )
        if drive is not None:
            found.append(_earlier(drive, before))
    return found


def _earlier(drive: Drive, before: Array) -> Drive:
    """The same, driving as it did at first from a moment before, so that it is heard from the first moment on."""
    first = {key: np.concatenate([getattr(drive, key)[:1], getattr(drive, key)]) for key in COLUMNS}
    return Drive(drive.name, np.concatenate([before, drive.times]), **first, heavy=drive.heavy)


def _told(motion: Motion, name: str, field: Array, heavy: bool) -> Drive:
    column = {key: field[:, i] for i, key in enumerate(VEHICLE_FIELDS)}
    first, slide, load = len(VEHICLE_FIELDS), WHEEL_FIELDS.index("slide"), WHEEL_FIELDS.index("load")
    wheels = field[:, first:].reshape(len(field), -1, len(WHEEL_FIELDS))
    weight = np.maximum(wheels[:, :, load], 0)
    skid = np.sum(np.abs(wheels[:, :, slide]) * weight, axis=1) / np.maximum(weight.sum(axis=1), 1.0)
    speed, rpm, throttle = np.abs(column["speed"]), _inert(column["rpm"], motion.seconds), column["throttle"]
    return Drive(name, motion.seconds, speed, rpm, throttle, skid, heavy)


def _inert(rpm: Array, seconds: Array) -> Array:
    """Engine speeds ``(k,)`` that take a moment to change when a gear does."""
    k = 2 * round(SHIFT / 2 * len(seconds) / max(float(seconds[-1] - seconds[0]), 1e-3)) + 1
    kernel = np.hanning(k + 2)[1:-1]
    return np.convolve(np.pad(rpm, k // 2, mode="edge"), kernel / kernel.sum(), mode="valid")


def _seen(motion: Motion, name: str, heavy: bool) -> Drive | None:
    """A drive guessed from the path alone: a gear for every speed, throttle by acceleration."""
    speed = np.linalg.norm(motion.velocity(name, motion.seconds)[:, :2], axis=1)
    if speed.max() < SILENT or len(speed) < 3:
        return None
    smooth = np.convolve(np.pad(speed, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    ahead = np.gradient(smooth, motion.seconds)
    gear = np.searchsorted(GEARS, smooth)
    low = np.concatenate([[0.0], np.array(GEARS)[:-1]])[gear] * 0.55
    top = np.minimum(np.array(GEARS)[gear], 50.0)
    rpm = IDLE + (HIGHEST - IDLE) * np.clip((smooth - low) / (top - low), 0, 1) * 0.75
    rpm = _inert(rpm, motion.seconds)
    return Drive(name, motion.seconds, smooth, rpm, np.clip(0.12 + ahead / 2.5, 0, 1), np.zeros(len(speed)), heavy)


def engines(motion: Motion, rate: int, seed: int) -> Iterator[Moving]:
    """What every vehicle that runs sounds like."""
    for drive in drives(motion):
        n = int((drive.times[-1] - drive.times[0]) * rate) + 1
        first = round(float(drive.times[0]) * rate)
        rng = generator(seed, drive.name, "engine")
        sound = _engine(drive, n, rate, rng) + _tyres(drive, n, rate, rng)
        if drive.skid.max() > SKID[0]:
            sound += _skid(drive, n, rate, rng)
        yield Moving(first, sound, partial(_path, motion, drive.name))


def _path(motion: Motion, name: str, times: Array) -> Array:
    """Where a vehicle is, ``(k, 3)`` m; before the take it came as it goes at first."""
    start = motion.seconds[0]
    early = np.minimum(times - start, 0.0)[:, None]
    return motion.path(name, times) + early * motion.velocity(name, np.array([start]))


def _engine(drive: Drive, n: int, rate: int, rng: np.random.Generator) -> Sound:
    start = float(drive.times[0])
    turning = over(drive.rpm, drive.times, start, n, rate)
    throttle = over(drive.throttle, drive.times, start, n, rate)
    unsteady = 1 + WANDER * wander(n, 7.0, rate, rng)
    phase = np.cumsum(turning * unsteady, dtype=np.float64) * (CYCLE / 120 / rate)
    index = phase.astype(np.int64) % CYCLE
    coast, full = _cycle(0), _cycle(1)
    orders = coast[index] * (1 - throttle) + full[index] * throttle
    breath = endless(n, np.ones(1), rate, rng) * (0.25 + 0.2 * throttle)
    level = drive.speed / REFERENCE_SPEED * ENGINE_SLOPE - ENGINE_SLOPE + drive.throttle * LOAD - LOAD / 2
    level = level + 10 * np.log10(np.maximum(drive.rpm, 1.0) / 2200) * np.where(drive.rpm > 1, 1.0, 20.0)
    loud = over(10 ** (level / 20), drive.times, start, n, rate)
    table = HEAVY if drive.heavy else LIGHT
    return filtered((orders + breath) * loud, _taps(table["engine"], rate))


@lru_cache(maxsize=2)
def _cycle(full: int) -> Sound:
    """One cycle ``(CYCLE,)`` of a four-stroke engine: strong at its firings, uneven between its cylinders."""
    rng, at = np.random.default_rng(4), np.arange(CYCLE) * (2 * np.pi / CYCLE)
    table = np.zeros(CYCLE)
    for k in range(1, 96):
        firing = k % CYLINDERS == 0
        strength = (1.0 if firing else 0.22 if k % 2 == 0 else 0.1) * k ** (-0.15 if full else -0.45)
        table += strength * np.cos(k * at + rng.uniform(0, 2 * np.pi))
    return (table / table.std()).astype(np.float32)


def _tyres(drive: Drive, n: int, rate: int, rng: np.random.Generator) -> Sound:
    level = TYRE_EXPONENT * np.log10(np.maximum(drive.speed, 1e-3) / REFERENCE_SPEED)
    loud = over(10 ** (level / 20), drive.times, float(drive.times[0]), n, rate)
    table = HEAVY if drive.heavy else LIGHT
    return endless(n, _taps(table["tyres"], rate), rate, rng) * loud


def _skid(drive: Drive, n: int, rate: int, rng: np.random.Generator) -> Sound:
    """Tread that sticks and slips: a pitch that wavers, its overtones, and hiss."""
    start = float(drive.times[0])
    amount = over(np.clip((drive.skid - SKID[0]) / SKID[1], 0, 1), drive.times, start, n, rate)
    pitch = SKID_PITCH * (1 + 0.05 * wander(n, 9.0, rate, rng)) * (0.92 + 0.16 * amount)
    phase = np.cumsum(pitch, dtype=np.float64) * (2 * np.pi / rate)
    tone = np.sin(phase) + 0.45 * np.sin(2 * phase + 1) + 0.2 * np.sin(3 * phase + 2)
    rough = 1 + 0.35 * wander(n, 55.0, rate, rng)
    pressure = 2e-5 * 10 ** ((SKID_LEVEL - POINT) / 20)
    return (tone * rough * amount * pressure + white(n, rng) * amount * (0.25 * pressure)).astype(np.float32)


@lru_cache(maxsize=8)
def _taps(levels: tuple[float, ...], rate: int) -> Array:
    return octave_filter([level - POINT for level in levels], rate)
