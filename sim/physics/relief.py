"""What stands in for the shape of a thing that melts where it stands: a field of heights that can change.

PyBullet cannot change a convex shape, and leaks the meshes it is given anew; a field of heights is replaced in place.
Its traps, each met here:

| trap                                                              | met by                                    |
|-------------------------------------------------------------------|-------------------------------------------|
| what rests on it keeps its old contacts and floats                  | the filter is set again, which drops them   |
| the box around it is that of the first heights (bullet3 #4200)      | it is made with the lowest and the highest   |
| its rows and columns are not checked on replacing                   | they never change                          |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.assets.substance import SurfaceSpec
from sim.pose import Array, Pose


@dataclass(frozen=True, eq=False)
class Relief:
    """Heights in place of a movable part's collider; the part stays where it is and cannot be moved.

    | field        | is                                                                      |
    |--------------|-------------------------------------------------------------------------|
    | row          | of the part                                                              |
    | pose         | of the middle of the field in the world, Z along the heights               |
    | step         | m from one height to the next along X and Y                                |
    | heights      | ``(n, m)`` m along Z                                                        |
    | low, high    | m: no height will ever be outside                                          |
    | surface      | how it touches                                                            |
    """

    row: int
    pose: Pose
    step: tuple[float, float]
    heights: Array
    low: float
    high: float
    surface: SurfaceSpec


def build(bullet: Any, client: int, relief: Relief) -> tuple[int, int]:
    """PyBullet's body and shape of a relief, made."""
    span = relief.heights.copy()
    span[0, 0], span[0, 1] = relief.low, relief.high
    shape = bullet.createCollisionShape(bullet.GEOM_HEIGHTFIELD, physicsClientId=client, **_field(relief, span))
    middle = relief.pose @ Pose.of((0.0, 0.0, (relief.low + relief.high) / 2))  # PyBullet centres the heights
    body = bullet.createMultiBody(
        0, shape, -1, middle.position.tolist(), middle.orientation.tolist(), physicsClientId=client
    )
    bullet.changeDynamics(
        body,
        -1,
        lateralFriction=relief.surface.dynamic_friction or 0.0,
        restitution=relief.surface.restitution or 0.0,
        rollingFriction=relief.surface.rolling_friction or 0.0,
        spinningFriction=relief.surface.torsional_friction or 0.0,
        contactProcessingThreshold=0.0,
        physicsClientId=client,
    )
    put(bullet, client, body, shape, relief)
    return body, shape


def put(bullet: Any, client: int, body: int, shape: int, relief: Relief) -> None:
    """Gives a relief that is there other heights."""
    bullet.createCollisionShape(
        bullet.GEOM_HEIGHTFIELD,
        replaceHeightfieldIndex=shape,
        physicsClientId=client,
        **_field(relief, relief.heights),
    )
    bullet.setCollisionFilterPair(body, body, -1, -1, 1, physicsClientId=client)


def _field(relief: Relief, heights: Array) -> dict[str, Any]:
    rows, columns = heights.shape
    return {
        "meshScale": [*relief.step, 1.0],
        "heightfieldData": heights.T.reshape(-1).tolist(),  # X runs fastest
        "numHeightfieldRows": rows,
        "numHeightfieldColumns": columns,
    }
