"""The force of a blow: how long two surfaces push each other, and how that push falls on samples.

Sources: Hertz 1882; Johnson, Contact Mechanics, 11.4 (contact time); Gugan 2000, Am. J. Phys. 68:920 (it holds for
blows that lose 40 % of their energy).
"""

from __future__ import annotations

import numpy as np

from sim.pose import Array

CONTACT_TIME = 2.868  # of t = k (m²/(R E*² v))^(1/5): 2 · 1.4716 · (15/16)^(2/5)
LONGEST = 0.01  # s: what is longer makes hardly any sound


def effective_modulus(modulus_a: float, poisson_a: float, modulus_b: float = np.inf, poisson_b: float = 0.0) -> float:
    """E*, Pa, of two elastic surfaces."""
    return 1.0 / ((1 - poisson_a**2) / modulus_a + (1 - poisson_b**2) / modulus_b)


def contact_time(mass: float, radius: float, modulus: float, speed: float) -> float:
    """How long, s, two elastic surfaces touch.

    Args:
        mass: Reduced, kg.
        radius: Reduced radius of curvature, m.
        modulus: E*, Pa.
        speed: Of approach, m/s.
    """
    return float(CONTACT_TIME * (mass**2 / (radius * modulus**2 * speed)) ** 0.2)


def crush_time(mass: float, radius: float, yields: float) -> float:
    """How long, s, a push lasts that leaves a dent: ``(π m / 8 R p)^½`` (Johnson, 11.5).

    Args:
        mass: Reduced, kg.
        radius: Reduced radius of curvature, m.
        yields: Pressure under which the softer one gives way, Pa.
    """
    return float(np.sqrt(np.pi * mass / (8 * radius * yields)))


def audible(duration: float, impulse: float) -> tuple[float, float]:
    """A push that is not too long to work out, s and N s, with the same spectrum where it is heard.

    Above its own frequency a half-sine push falls as impulse / duration².
    """
    return min(duration, LONGEST), impulse * min(1.0, (LONGEST / duration) ** 2)


def pulse(time: float, duration: float, impulse: float, rate: int) -> tuple[int, Array]:
    """A half-sine push as impulses on samples: the first sample's number, and ``(n,)`` N s.

    Each sample gets the push weighted by the triangle around it, so sum and centre are exact however short it is.

    Args:
        time: When it begins, s.
        duration: s
        impulse: N s
        rate: Samples a second.
    """
    first = int(np.floor(time * rate))
    start = time * rate - first  # in samples, as all below
    length = duration * rate
    n = int(np.ceil(start + length)) + 1
    after = np.clip(np.arange(-1, n + 1) - start, 0.0, length)
    past = np.maximum(np.arange(-1, n + 1) - start - length, 0.0)
    twice = impulse * ((after - length / np.pi * np.sin(np.pi * after / length)) / 2 + past)  # integrated twice
    return first, np.diff(twice, 2)


def pulse_spectrum(frequency: Array, duration: float) -> Array:
    """How much ``(m,)`` of its impulse a half-sine push has at frequencies, Hz."""
    x = 2.0 * np.asarray(frequency, float) * duration
    near = np.abs(x - 1) < 1e-6
    return np.where(near, np.pi / 4, np.abs(np.cos(np.pi * x / 2) / np.where(near, 1, 1 - x**2)))
