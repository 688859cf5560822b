"""Parts of vehicles: lofted bodies, panes and lamps that lie in their skin, wheels, and the URDF of four wheels.

A vehicle drives along +X; its origin is on the ground under the middle between its axles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from sim.assets.kit import finish, outline, shape, urdf
from sim.assets.kit import texture as tx
from sim.assets.kit.paint import assemble, paint
from sim.assets.kit.shape import Shape
from sim.assets.mesh import Mesh
from sim.pose import Array


def through(corners: ArrayLike, axis: str, low: float, high: float) -> Shape:
    """A prism to cut with: an outline extruded along an axis from ``low`` to ``high``, m."""
    body = shape.extrude(np.asarray(corners, float), high - low, 0, axis)
    return body.at(**{axis: (low + high) / 2 if axis != "z" else low})


def band(corners: ArrayLike, width: float, axis: str, low: float, high: float) -> Shape:
    """A prism like `through` with only its rim, ``width`` m wide: the gap around a door."""
    rim = np.asarray(corners, float)
    body = shape.extrude([rim, outline.inset(rim, width)], high - low, 0, axis)
    return body.at(**{axis: (low + high) / 2})


def skin(body: Callable[[float], Shape], cutter: Shape, lift: float = 0.003, depth: float = 0.012) -> Shape:
    """A thin piece that follows a body's surface inside a prism.

    Args:
        body: Gives the body grown by so many metres.
        cutter: The prism.
        lift: How far the piece stands out of the body, m.
        depth: How thick it is, m.
    """
    return shape.cut(shape.intersect(body(lift), cutter), body(lift - depth))


def side_section(width: float, low: float, high: float, tuck: float = 0.1, crown: float = 0.03, n: int = 44) -> Array:
    """A car's cross section ``(n, 2)``: y and z, counter-clockwise seen from the front; half width and heights in m."""
    t = high - low
    half = np.array(
        [
            (0.0, low),
            (0.7 * width, low),
            ((1 - tuck) * width, low + 0.02),
            (0.965 * width, low + 0.16 * t),
            (width, low + 0.45 * t),
            (0.992 * width, low + 0.66 * t),
            (0.965 * width, low + 0.86 * t),
            (0.9 * width, low + 0.97 * t),
            (0.74 * width, high),
            (0.0, high + crown),
        ]
    )
    curve = outline.smooth(half, n // 2 + 1)
    return np.vstack([curve, (curve * (-1, 1))[-2:0:-1]])


def tub(
    rings: Sequence[tuple[float, float, float, float]], grow: float = 0.0, power: float = 7.0, n: int = 56
) -> Shape:
    """A body lofted upwards from plan outlines.

    Args:
        rings: Height, x of the front, x of the back and half width of each, m, from below.
        grow: m by which it is larger all around.
        power: Of the superellipse: the higher, the sharper the corners.
        n: Points a ring.
    """
    out = []
    for i, (z, front, back, half) in enumerate(rings):
        ring = outline.ellipse((front - back) / 2 + grow, half + grow, n, power) + ((front + back) / 2, 0)
        lift = grow if i == len(rings) - 1 else -grow if i == 0 else 0.0
        out.append(np.column_stack([ring, np.full(n, z + lift)]))
    return shape.loft(out)


def wheel(radius: float, width: float, rim: float, spokes: int = 5, color: str = "#9ea2a6", hub: float = 0.03) -> Mesh:
    """A wheel about the origin that turns about Y; its outer face looks to +Y.

    Args:
        radius: Of the tyre, m.
        width: Of the tyre, m.
        rim: Radius of the rim, m.
        spokes: How many, each forked.
        color: Of the rim.
        hub: Radius of the hub cap, m.
    """
    rubber = finish.rubber("tyre", "#222222", tile=0.5)
    alloy = finish.metal("rim", color, 0.32, 4, tile=0.5)
    dark = finish.plain("brake", "#3a3a3c", 0.5, 1.0)
    h = width / 2
    corners = [
        (rim - 0.004, -h + 0.02),
        (rim + 0.012, -h + 0.004),
        (radius - 0.05, -h),
        (radius - 0.008, -h + 0.022),
        (radius, -0.4 * h),
        (radius, 0.4 * h),
        (radius - 0.008, h - 0.022),
        (radius - 0.05, h),
        (rim + 0.012, h - 0.004),
        (rim - 0.004, h - 0.02),
    ]
    tyre = shape.lathe(outline.rounded(corners, 0.02, 3, closed=False), 32)
    grooves = [
        shape.pipe(radius + 0.0006, radius - 0.01, 0.009, 0, 32).at(z=z - 0.0045) for z in (-0.3 * h, 0, 0.3 * h)
    ]
    barrel = shape.lathe([(rim - 0.02, -h + 0.02), (rim, -h + 0.014), (rim + 0.004, -h + 0.022)], 32)
    lip = shape.lathe(
        outline.rounded(
            [
                (rim + 0.006, h - 0.03),
                (rim + 0.008, h - 0.008),
                (rim - 0.004, h - 0.006),
                (rim - 0.022, h - 0.03),
                (rim - 0.03, -h + 0.03),
            ],
            0.004,
            2,
            closed=False,
        ),
        32,
    )
    disc = shape.cylinder(rim * 0.78, 0.02, 0.002, 28).at(z=-0.02)
    back = shape.cylinder(rim - 0.015, 0.012, 0, 28).at(z=-0.055)
    parts = [paint(s, f) for s, f in ((tyre, rubber), (barrel, alloy), (lip, alloy), (disc, dark))]
    parts += [
        paint(shape.join(grooves), finish.plain("groove", "#0c0c0c", 0.95)),
        paint(back, finish.plain("arch", "#0d0d0e", 0.9)),
    ]
    parts += [paint(_spokes(rim, h, spokes, hub), alloy, box=True)]
    return _laid(assemble(parts))


def _spokes(rim: float, h: float, count: int, hub: float) -> Shape:
    arm = shape.loft(
        [
            _bar(r, w, z)
            for r, w, z in ((hub * 0.8, 0.034, h - 0.05), (0.5 * rim, 0.026, h - 0.045), (rim - 0.012, 0.02, h - 0.026))
        ]
    )
    arms = [arm.turned(yaw=s) for s in (-11, 11)]
    center = shape.lathe(
        outline.rounded(
            [(0, h - 0.1), (0.075, h - 0.1), (0.07, h - 0.045), (hub, h - 0.04), (hub, h - 0.028), (0, h - 0.024)],
            0.004,
            2,
            closed=False,
        ),
        24,
    )
    nuts = shape.ring(shape.cylinder(0.009, 0.02, 0.002, 6).at(0.052, 0, h - 0.055), 5, 36)
    return shape.ring(shape.join(arms), count, 90) + shape.join([center, nuts])


def _bar(r: float, w: float, z: float) -> Array:
    """A spoke's section across the radius at ``r``."""
    ring = outline.rectangle(w, 0.034, 0.008, 2)
    return np.column_stack([np.full(len(ring), r), ring[:, 0], ring[:, 1] + z])


def _laid(mesh: Mesh) -> Mesh:
    from sim.pose import Pose

    return mesh.moved(Pose.of(rotate_deg=(-90, 0, 0)))


def number_plate(text: str):
    """A finish of a number plate, 520 × 110 mm."""
    from sim.assets.kit import sign

    picture = sign.canvas(416, 88, "#eceae2")
    sign.rectangle(picture, (0.004, 0.03, 0.996, 0.97), None, "#1a1a1a", 0.006, 0.02)
    sign.rectangle(picture, (0.01, 0.06, 0.09, 0.94), "#12409a")
    sign.write(picture, text, (0.55, 0.5), 0.7, "#121212", 0.06)
    return finish.printed("number_plate", picture, 0.35)


def four_wheels(
    name: str,
    mass: float,
    center: Sequence[float],
    inertia: Sequence[float],
    wheelbase: float,
    track: float,
    radius: float,
    width: float,
    wheel_mass: float,
    touches: Sequence[str],
    steer: float = 0.6,
) -> str:
    """The URDF of a vehicle: body, two knuckles that steer, four wheels that turn.

    Args:
        name: Of the robot.
        mass: Of everything, kg.
        center: Centre of mass of everything, m.
        inertia: Of the body about its own centre, kg m².
        wheelbase: m; the origin lies in its middle.
        track: m.
        radius: Of a wheel, m.
        width: Of a wheel, m.
        wheel_mass: kg.
        touches: Colliders of the body.
        steer: Largest steering angle, rad.
    """
    knuckle = 0.3 * wheel_mass
    body_mass = mass - 4 * wheel_mass - 2 * knuckle
    low = 4 * wheel_mass + 2 * knuckle
    front = 2 * knuckle * wheelbase / 2
    body_center = ((mass * center[0] - front) / body_mass, 0.0, (mass * center[2] - low * radius) / body_mass)
    spin, flip = 0.75 * wheel_mass * radius**2, 0.4 * wheel_mass * radius**2 + wheel_mass * width**2 / 12
    parts = [urdf.link("body", body_mass, inertia, body_center, [("body.glb", (0, 0, 0), (0, 0, 0))], touches)]
    for end, x in (("f", wheelbase / 2), ("r", -wheelbase / 2)):
        for side, y, turn in (("l", track / 2, 0.0), ("r", -track / 2, np.pi)):
            at, parent = (x, y, radius), "body"
            if end == "f":
                parts.append(urdf.link(f"knuckle_{end}{side}", knuckle, (0.05, 0.05, 0.05)))
                parts.append(
                    urdf.joint(
                        f"steer_{end}{side}",
                        "revolute",
                        "body",
                        f"knuckle_{end}{side}",
                        at,
                        (0, 0, 1),
                        (-steer, steer),
                        800,
                        2.0,
                    )
                )
                at, parent = (0, 0, 0), f"knuckle_{end}{side}"
            tyre = urdf.cylinder(radius, width, rpy=(np.pi / 2, 0, 0))
            parts.append(
                urdf.link(
                    f"wheel_{end}{side}",
                    wheel_mass,
                    (flip, spin, flip),
                    meshes=[("wheel.glb", (0, 0, 0), (0, 0, turn))],
                    touches=[tyre],
                )
            )
            parts.append(
                urdf.joint(
                    f"spin_{end}{side}", "continuous", parent, f"wheel_{end}{side}", at, (0, 1, 0), None, 3000, 200
                )
            )
    return urdf.robot(name, *parts)


def seat() -> Shape:
    """A seat facing +X, its cushion's middle over the origin, m."""
    cushion = shape.box(0.52, 0.5, 0.16, 0.05)
    back = shape.box(0.14, 0.48, 0.6, 0.05).turned(pitch=-18).at(-0.24, 0, 0.1)
    head = shape.box(0.09, 0.26, 0.18, 0.04).turned(pitch=-14).at(-0.44, 0, 0.7)
    return shape.join([cushion, back, head])


def lacquer(name: str, color: str, seed: int = 2) -> finish.Finish:
    """Car paint: glossy, nearly even."""
    size = 128
    colors = finish.worn(tx.color(color), size, seed, 0.03)
    return finish.textured(name, colors, 1.5, np.clip(0.16 + 0.02 * tx.noise(size, seed, 2.0), 0.08, 1), data_size=128)
