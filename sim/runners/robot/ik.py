"""Inverse kinematics: the step of joints that brings a tool nearer to where it is wanted.

Damped least squares with a pull towards a posture in the null space:
S. Buss, Introduction to Inverse Kinematics with Jacobian Transpose, Pseudoinverse and Damped Least Squares, 2009.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from scipy.linalg.lapack import dposv

from sim.pose import Array

DAMPING = 0.01  # of the least squares: what a tool near a singularity may miss, against joints that race
POSTURE = 0.1  # part of the way to the posture that joints go in one step, as far as the tool does not feel it
WEIGHTS = np.array([1.0, 1.0, 1.0, 0.5, 0.5, 0.5])  # m/rad: how much a wrong turn counts against a wrong place
DAMPED = np.eye(6) * DAMPING**2


def dls_step(jacobian: Array, place_error: Array, turn_error: Array, to_posture: Array) -> Array:
    """The change of joints ``(n,)``, rad.

    Args:
        jacobian: ``(6, n)`` of the tool: m and rad a rad.
        place_error: ``(3,)`` m from where the tool is to where it is wanted, same axes as the Jacobian.
        turn_error: ``(3,)`` rad about those axes.
        to_posture: ``(n,)`` rad from where the joints are to where they like to be.
    """
    weighted = jacobian * WEIGHTS[:, None]
    error = np.concatenate([place_error, turn_error]) * WEIGHTS
    square = weighted @ weighted.T + DAMPED
    posture = to_posture * POSTURE
    _, solved, _ = dposv(square, error - weighted @ posture)  # symmetric and positive: quicker than `solve`
    return posture + weighted.T @ solved


def turn_error(wanted: Iterable[float], now: Iterable[float]) -> Array:
    """The rotation vector ``(3,)`` rad, world axes, from one turn (xyzw) to another; for small turns exact enough."""
    ax, ay, az, aw = wanted
    bx, by, bz, bw = now
    w = aw * bw + ax * bx + ay * by + az * bz
    x = -aw * bx + ax * bw - ay * bz + az * by
    y = -aw * by + ay * bw - az * bx + ax * bz
    z = -aw * bz + az * bw - ax * by + ay * bx
    s = 2.0 if w >= 0 else -2.0
    return np.array([s * x, s * y, s * z])


def solve(
    start: Array,
    forward: Callable[[Array], tuple[Array, Array, Array]],
    place: Array,
    turn: Iterable[float],
    lower: Array,
    upper: Array,
    tolerance: float = 0.005,
    iterations: int = 60,
) -> tuple[Array, float]:
    """Joints ``(n,)`` that bring a tool to a place and turn, and the distance in m that remains.

    Args:
        start: ``(n,)`` where to begin, also the posture to stay near.
        forward: Joints to place ``(3,)``, turn ``(4,)`` and Jacobian ``(6, n)``, all in the same axes.
        place: ``(3,)`` m.
        turn: xyzw.
        lower: ``(n,)`` limits.
        upper: ``(n,)``
        tolerance: m, good enough.
        iterations: At most.
    """
    joints, rest = start.copy(), np.inf
    for _ in range(iterations):
        at, now, jacobian = forward(joints)
        error = place - at
        rest = float(np.linalg.norm(error))
        if rest < tolerance:
            break
        length = max(rest / 0.1, 1.0)  # 0.1 m at a time keeps the straight line that the Jacobian draws true
        joints = np.clip(
            joints + dls_step(jacobian, error / length, turn_error(turn, now), start - joints), lower, upper
        )
    return joints, rest
