"""Blows become sound: the push of a contact, and how both things answer it.

A thing answers with its modes, with the click of being stopped as a whole, and soft ground with the thud of a mass on a
spring.

Sources: Richards, Westcott and Jeyapalan 1979, J. Sound Vib. 62:547 (a ball's sudden acceleration); Lysmer and Richart
1966 (a mass on a half space).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from scipy.signal import lfilter

from sim.pose import Array, conjugate, rotate
from sim.sound.air import absorption, impedance, speed_of_sound
from sim.sound.bank import Bank
from sim.sound.hertz import audible, contact_time, crush_time, effective_modulus, pulse, pulse_spectrum
from sim.sound.listener import Sound
from sim.sound.motion import Motion
from sim.sound.ringing import AIR, Resonator
from sim.world.event import Event

TAP = 0.05  # of a built thing's mass that is next to the contact
MASKED = 2e-3  # of a blow's loudest mode: fainter ones are not heard beside it
SOFT = 1e6  # Pa: modulus of what has none
SLOWEST = 0.02  # m/s: a slower blow is not heard
ALL_WAYS = 0.577  # mean over directions of a dipole's strength
THUD_HIGHEST = 2500.0  # Hz: ground that is stiffer gives no thud


@dataclass(frozen=True, eq=False)
class Side:
    """One of two things in a blow: how it rings, and how the push moves each of its modes, ``(m,)``."""

    rings: Resonator
    coupling: Array


@dataclass(frozen=True, eq=False)
class Strike:
    """A blow: when (s of the take), where (m), what pushes (s each lasts and N s), and on what.

    Built things are pushed twice: what is next to the contact stops at once, the rest as the whole gives way.
    """

    time: float
    place: Array
    pushes: tuple[tuple[float, float], ...]
    sides: tuple[Side, Side]
    air: tuple[float, float]  # density kg/m³, temperature K

    @cached_property
    def lasts(self) -> float:
        """s after which it is 60 dB down."""
        return max((6.9 / float(s.rings.decay.min()) for s in self.sides if len(s.rings.decay)), default=0.05)

    @cached_property
    def loudness(self) -> float:
        """About how loud it is 1 m away, Pa."""
        total = 0.0
        for (duration, impulse), side in product(self.pushes, self.sides):
            rings = side.rings
            push = side.coupling * impulse * pulse_spectrum(rings.frequency, duration)
            total += float(np.sum((rings.level * push) ** 2))
            if np.isfinite(rings.mass):
                peak = np.pi / 2 * impulse / duration / rings.mass
                total += (self.air[0] * rings.size**2 * peak * min(1.0, rings.size / 343 / duration)) ** 2
        return float(np.sqrt(total))

    def sound(self, rate: int, distance: float) -> tuple[int, Sound]:
        """Its first sample, and the pressure ``(n,)`` Pa of it, 1 m away but dulled by ``distance`` m of air."""
        first = int(np.floor(self.time * rate))
        pulses = [pulse(self.time, *push, rate)[1] for push in self.pushes]
        push = np.zeros(max(map(len, pulses)))
        for one in pulses:
            push[: len(one)] += one
        heard = [sound for side in self.sides for sound in self._answers(side, push, rate, distance)]
        total = np.zeros(max((len(sound) for sound in heard), default=0), np.float32)
        for sound in heard:
            total[: len(sound)] += sound
        return first, total

    def _answers(self, side: Side, push: Array, rate: int, distance: float) -> Iterator[Sound]:
        rings, (density, temperature) = side.rings, self.air
        if len(rings.frequency):
            dull = 10 ** (-absorption(rings.frequency, temperature) * distance / 20)
            loud = impedance(density, temperature) / AIR
            weight = side.coupling * rings.level * dull * loud
            spectra = [impulse * pulse_spectrum(rings.frequency, duration) for duration, impulse in self.pushes]
            heard = np.abs(weight) * np.max(spectra, axis=0)
            yield rings.bank(rate).strike(push, np.where(heard > MASKED * heard.max(), weight, 0.0))
        if np.isfinite(rings.mass):
            yield click(push, rings, density, speed_of_sound(temperature), rate)
        else:
            thud = self._thud(rings, push, rate)
            if thud is not None:
                yield thud

    def _thud(self, soft: Resonator, push: Array, rate: int) -> Sound | None:
        """What ground that gives way under a mass radiates."""
        masses = [side.rings.mass for side in self.sides if np.isfinite(side.rings.mass)]
        sizes = [side.rings.size for side in self.sides if np.isfinite(side.rings.mass)]
        modulus, nu = soft.substance.youngs_modulus or SOFT, soft.substance.poissons_ratio or 0.3
        if not masses or len(soft.frequency):
            return None
        radius, mass = 0.3 * sizes[0], masses[0]
        shear = modulus / (2 * (1 + nu))
        omega = np.sqrt(4 * shear * radius / (1 - nu) / mass)
        heavy = (1 - nu) / 4 * mass / (soft.substance.density * radius**3)
        damping = float(np.clip(0.425 / np.sqrt(heavy), 0.08, 0.9))
        frequency = omega * np.sqrt(1 - damping**2) / (2 * np.pi)
        if not 12 < frequency < THUD_HIGHEST:
            return None
        velocity = Bank(np.array([frequency]), np.array([damping * omega]), rate).strike(push, np.array([1 / mass]))
        area = np.pi * radius**2
        return np.diff(velocity, prepend=0, append=0).astype(np.float32) * rate * self.air[0] * area / (2 * np.pi)


def click(push: Array, rings: Resonator, density: float, fast: float, rate: int) -> Sound:
    """What a ball of a thing's size radiates when its speed is changed by ``(n,)`` N s on samples."""
    b, a = _ball(rings.size / fast, rate)
    tail = int(12 * rings.size / fast * rate) + 8
    acceleration = np.concatenate([push, np.zeros(tail)]) * (rate / rings.mass)
    return (ALL_WAYS * density * rings.size**2 * lfilter(b, a, acceleration)).astype(np.float32)


def _ball(delay: float, rate: int) -> tuple[list[float], list[float]]:
    """The filter ``x / (2 + 2 x + x²)``, x = s · radius / c, from acceleration to pressure (bilinear)."""
    k = 2 * rate * max(delay, 0.7 / rate)
    whole = 2 + 2 * k + k * k
    return [k / whole, 0.0, -k / whole], [1.0, (4 - 2 * k * k) / whole, (2 - 2 * k + k * k) / whole]


def strikes(motion: Motion) -> list[Strike]:
    """The blows of a take that can be heard, in the order of time."""
    air = motion.take.layout.air
    found = []
    for event in motion.take.events:
        if event.kind == "contact" and event.impulse > 0 and event.speed > SLOWEST:
            found.append(_strike(motion, event, (air.density, air.temperature)))
    return found


def _strike(motion: Motion, event: Event, air: tuple[float, float]) -> Strike:
    place, normal = np.array(event.position), np.array(event.normal)
    sides = tuple(side(motion, name, event.time, place, normal) for name in (event.a, event.b))
    bounce = 1.0
    for name in (event.a, event.b):
        bounce *= motion.surface(name).restitution or 0.0
    mass = min(event.impulse / (event.speed * (1 + bounce)), *(s.rings.mass for s in sides))
    return Strike(event.time, place, _pushes((sides[0], sides[1]), mass, event), (sides[0], sides[1]), air)


def _pushes(sides: tuple[Side, Side], mass: float, event: Event) -> tuple[tuple[float, float], ...]:
    """How long and how hard, s and N s, two things push each other."""
    a, b = (s.rings for s in sides)
    radius = 1 / max(1 / a.roundness + 1 / b.roundness, 1e-3)
    stiff, yields = effective_modulus(*_elastic(a), *_elastic(b)), min(a.yields, b.yields)
    gives = sum(s.rings.compliance(s.coupling) for s in sides)

    def lasts(part: float, compliance: float) -> float:
        firm = contact_time(part, radius, stiff, event.speed)
        return float(np.hypot(max(firm, crush_time(part, radius, yields)), np.pi * np.sqrt(part * compliance)))

    whole, tap = lasts(mass, gives), lasts(TAP * mass, 0.0)
    if not (a.built or b.built) or whole < 2 * tap:
        return (audible(whole, event.impulse),)
    return audible(whole, (1 - TAP) * event.impulse), audible(tap, TAP * event.impulse)


def side(motion: Motion, name: str, time: float, place: Array, direction: Array) -> Side:
    """How a part takes a push along a unit direction at a place in the world."""
    rings, pose = motion.rings(name), motion.pose(name, time)
    return Side(rings, rings.coupling(pose.inverse.apply(place), rotate(conjugate(pose.orientation), direction)))


def _elastic(rings: Resonator) -> tuple[float, float]:
    return rings.substance.youngs_modulus or SOFT, rings.substance.poissons_ratio or 0.3
