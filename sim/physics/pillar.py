"""An upright cylinder that asks a world what it would touch; it is no body itself.

For who walks by rule and not by force: a player, a robot on its legs. Knows nothing of how they walk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sim.physics.engine import Engine
from sim.pose import Array


@dataclass(frozen=True)
class Touch:
    """One place where a pillar touches, or nearly touches, a part.

    | field    | is                                                              |
    |----------|-----------------------------------------------------------------|
    | part     | row in `Engine.parts`                                             |
    | normal   | ``(3,)`` unit, from the part to the pillar                        |
    | gap      | m, negative when inside                                           |
    | position | ``(3,)`` m, on the part                                           |
    """

    part: int
    normal: Array
    gap: float
    position: Array


class Pillar:
    """A cylinder that stands upright.

    Args:
        engine: The world it is in.
        radius: m
        height: m, whole.
    """

    def __init__(self, engine: Engine, radius: float, height: float):
        self._engine, self.radius, self.height = engine, radius, height
        self._shape = -1
        self._built: object = None

    def touches(self, foot: ArrayLike, within: float, besides: frozenset[int] = frozenset()) -> list[Touch]:
        """What it touches, or comes near to, when its lowest point is at ``foot`` ``(3,)`` m.

        Args:
            foot: Where it stands.
            within: Gaps of up to so many m count.
            besides: Rows that do not count.
        """
        engine, (p, c) = self._engine, self._engine.door
        if self._built is not engine.joint_at:  # the engine was built anew, and has forgotten all shapes
            self._shape = p.createCollisionShape(
                p.GEOM_CYLINDER, radius=self.radius, height=self.height, physicsClientId=c
            )
            self._built = engine.joint_at
        x, y, z = np.asarray(foot, float).tolist()
        reach = self.radius + within
        low, high = (x - reach, y - reach, z - within), (x + reach, y + reach, z + self.height + within)
        near = p.getOverlappingObjects(low, high, c) or ()
        center = (x, y, z + self.height / 2)
        found: list[Touch] = []
        for body in sorted({number for number, _ in near}):
            for q in p.getClosestPoints(
                -1, body, within, collisionShapeA=self._shape, collisionShapePositionA=center, physicsClientId=c
            ):
                place = np.array(q[6])
                row = int(engine.rows_at([q[2]], [q[4]], place[None])[0])
                if row not in besides:
                    found.append(Touch(row, np.array(q[7]), float(q[8]), place))
        return found

    def mass(self, part: int) -> float:
        """Mass, kg, of the thing a part belongs to; infinity when it cannot move."""
        if not 0 <= part < self._engine.n_movable:
            return np.inf
        p, c = self._engine.door
        body = self._engine.body(part)
        base = p.getDynamicsInfo(body, -1, physicsClientId=c)[0]
        links = p.getNumJoints(body, physicsClientId=c)
        rest = sum(p.getDynamicsInfo(body, i, physicsClientId=c)[0] for i in range(links))
        return float(base + rest) if base > 0 else np.inf

    def velocity(self, part: int, place: ArrayLike) -> tuple[Array, float]:
        """Velocity ``(3,)`` m/s of a point of a part, and its turn rate about Z, rad/s; nothing of what cannot move."""
        if not 0 <= part < self._engine.n_movable:
            return np.zeros(3), 0.0
        p, c = self._engine.door
        body = self._engine.body(part)
        linear, angular = p.getBaseVelocity(body, c)
        center = np.array(p.getBasePositionAndOrientation(body, c)[0])
        return np.array(linear) + np.cross(angular, np.asarray(place, float) - center), float(angular[2])
