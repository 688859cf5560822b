"""Trees and shrubs: a skeleton that grows towards the light, bark around it, cards of leaves at its tips.

Skeletons grow by space colonisation (Runions, Lane, Prusinkiewicz 2007); radii follow Leonardo's rule: the areas of the
branches sum to that of what carries them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from sim.assets.kit import finish, shape
from sim.assets.kit import texture as tx
from sim.assets.kit.paint import Finish, paint
from sim.assets.mesh import Material, Primitive, linear_to_srgb
from sim.pose import Array


@dataclass(frozen=True, eq=False)
class Skeleton:
    """A tree of joints; each but the first hangs on a parent that stands before it.

    | field  | is                            |
    |--------|-------------------------------|
    | points | ``(n, 3)`` m                  |
    | parent | ``(n,)``, −1 for the foot     |
    | radius | ``(n,)`` m                    |
    """

    points: Array
    parent: NDArray[np.int64]
    radius: Array

    @property
    def tips(self) -> NDArray[np.int64]:
        """Joints that carry nothing."""
        return np.setdiff1d(np.arange(len(self.points)), self.parent)

    def json(self, thinnest: float = 0.0) -> str:
        """The bones as text: a list of start, end, radii in m, and the index of the bone each hangs on."""
        index, bones = {0: -1}, []
        for i in range(1, len(self.points)):
            p = int(self.parent[i])
            if self.radius[i] < thinnest or p not in index:
                continue
            bones.append(
                {
                    "start": np.round(self.points[p], 3).tolist(),
                    "end": np.round(self.points[i], 3).tolist(),
                    "radius_start": round(float(self.radius[p]), 4),
                    "radius_end": round(float(self.radius[i]), 4),
                    "parent": index[p],
                }
            )
            index[i] = len(bones) - 1
        return "[\n" + ",\n".join(json.dumps(bone) for bone in bones) + "\n]\n"


def grow(
    stem: ArrayLike,
    targets: Array,
    step: float = 0.35,
    reach: float = 1.6,
    kill: float = 0.5,
    droop: float = 0.0,
    tip_radius: float = 0.006,
    power: float = 2.3,
    seed: int = 1,
) -> Skeleton:
    """A skeleton that grows from a stem until it has come near every target.

    Args:
        stem: ``(k, 3)`` m, from the ground up.
        targets: ``(m, 3)`` m: where leaves want to be.
        step: Length of a bone, m.
        reach: How far a joint feels a target, m.
        kill: A target this near to a joint is reached, m.
        droop: Weight of gravity against the pull of the targets; above 0 twigs hang.
        tip_radius: Of the thinnest twigs, m.
        power: Exponent of Leonardo's rule.
        seed: Of the small turns.
    """
    from scipy.spatial import cKDTree

    rng = np.random.Generator(np.random.PCG64(seed))
    points = list(np.asarray(stem, float))
    parent = list(range(-1, len(points) - 1))
    left = targets
    for _ in range(120):
        distance, nearest = cKDTree(np.array(points)).query(left)
        left, nearest = left[distance > kill], nearest[distance > kill]
        felt = distance[distance > kill] < reach
        if not len(left) or not felt.any():
            break
        grown = False
        for i in np.unique(nearest[felt]):
            pull = left[felt][nearest[felt] == i] - points[i]
            way = (
                (pull / np.linalg.norm(pull, axis=1, keepdims=True)).mean(axis=0)
                + rng.normal(0, 0.09, 3)
                - (0, 0, droop)
            )
            tip = points[i] + step * way / max(np.linalg.norm(way), 1e-6)
            if (
                min(np.linalg.norm(tip - points[j]) for j in [i] + [k for k, p in enumerate(parent) if p == i])
                > 0.3 * step
            ):
                points.append(tip)
                parent.append(int(i))
                grown = True
        if not grown:
            break
    return Skeleton(np.array(points), np.array(parent), _radii(parent, tip_radius, power))


def _radii(parent: Sequence[int], tip: float, power: float) -> Array:
    area = np.zeros(len(parent))
    for i in range(len(parent) - 1, -1, -1):
        area[i] = max(area[i], tip**power)
        if parent[i] >= 0:
            area[parent[i]] += area[i]
    return area ** (1 / power)


def crown(n: int, center: ArrayLike, half: ArrayLike, seed: int, hollow: float = 0.35, taper: float = 0.0) -> Array:
    """Targets ``(n, 3)`` in an ellipsoid, fewer in its middle.

    Args:
        n: How many.
        center: Middle, m.
        half: Half axes, m.
        seed: Of the draw.
        hollow: Part of the radius left empty.
        taper: How much narrower the top is than the foot; negative: wider.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    way = rng.standard_normal((n, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    ball = way * (hollow**3 + (1 - hollow**3) * rng.random((n, 1))) ** (1 / 3)
    ball[:, :2] *= 1 - taper * ball[:, 2:]
    return np.asarray(center, float) + ball * np.asarray(half, float)


def branches(skeleton: Skeleton, bark: Finish, thinnest: float = 0.008) -> list[Primitive]:
    """The wood of a skeleton: one tube a branch, down to a radius of ``thinnest`` m."""
    children: dict[int, list[int]] = {}
    for i, p in enumerate(skeleton.parent):
        children.setdefault(int(p), []).append(i)
    tubes, starts = [], [(0, 0)]
    while starts:
        origin, i = starts.pop()
        path = [origin, i] if origin != i else [i]
        while True:
            after = sorted(children.get(i, []), key=lambda k: -skeleton.radius[k])
            after = [k for k in after if skeleton.radius[k] >= thinnest]
            if not after:
                break
            starts += [(i, k) for k in after[1:]]
            i = after[0]
            path.append(i)
        if len(path) > 1:
            tubes.append(_limb(skeleton, path, origin))
    return [paint(shape.join(tubes), bark)]


def _limb(skeleton: Skeleton, path: list[int], origin: int) -> shape.Shape:
    radii = skeleton.radius[path].copy()
    if path[0] == origin and len(path) > 1 and origin != 0:
        radii[0] = min(radii[0], 1.15 * radii[1])
    thick = radii.max()
    keep = [0, *range(1, len(path) - 1, 1 if thick > 0.03 else 2), len(path) - 1]
    n = 12 if thick > 0.1 else 6 if thick > 0.025 else 4
    return shape.tube(skeleton.points[path][keep], radii[keep], n)


def flare(stem_radius: float, skeleton: Skeleton, height: float = 0.5, much: float = 0.6) -> Skeleton:
    """The skeleton with a trunk of at least ``stem_radius`` m that widens into its roots."""
    scale = stem_radius / skeleton.radius[0]
    radius = skeleton.radius * np.clip(scale ** (skeleton.radius / skeleton.radius[0]) ** 0.5, 0.2, 5)
    low = np.clip(1 - skeleton.points[:, 2] / height, 0, 1)
    return Skeleton(skeleton.points, skeleton.parent, radius * (1 + much * low**2))


# ---------------------------------------------------------------------------------------------------------------------
# Leaves


def leaf_finish(
    name: str,
    outline: ArrayLike,
    light: str,
    dark: str,
    seed: int = 1,
    size: int = 256,
    rows: int = 9,
    length: float = 0.24,
    spread: float = 55.0,
    twig: str = "#5a4630",
    dense: float = 1.4,
) -> Finish:
    """A card with one leafy twig, cut out by its alpha; double-sided.

    Args:
        name: The material's name.
        outline: ``(n, 2)``: one leaf, its stalk at 0, its tip at (1, 0).
        light: Youngest leaf.
        dark: Oldest leaf.
        seed: Of the twig.
        size: Pixels.
        rows: Leaves on each side.
        length: Of a leaf, as a part of the card.
        spread: Angle between leaf and twig, degrees.
        twig: Colour of the twig.
        dense: Where the cut lies, in parts of the card's mean cover: lower keeps a far crown fuller and coarser.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    big = 4 * size
    base = tx.mix(tx.color(dark), tx.color(light), 0.5)
    image = Image.new("RGBA", (big, big), (*_bytes(base), 0))
    draw = ImageDraw.Draw(image)
    spine = [((0.5 + 0.05 * np.sin(5 * t)) * big, (1 - 0.9 * t) * big) for t in np.linspace(0, 1, 12)]
    draw.line(spine, fill=(*_bytes(tx.color(twig)), 255), width=max(2, big // 90))
    leaf = np.asarray(outline, float)
    for k in range(rows):
        t = (k + 0.4) / rows
        for side in (-1, 1):
            at = np.array([0.5 + 0.05 * np.sin(5 * t), 1 - 0.9 * t])
            angle = np.deg2rad(90 - side * (spread * (1 - 0.45 * t) + rng.normal(0, 9)))
            reach = length * (1.05 - 0.45 * t) * rng.uniform(0.8, 1.15)
            _draw_leaf(draw, leaf, at, angle, reach, tx.mix(tx.color(dark), tx.color(light), rng.random()), big, rng)
    small = image.resize((size, size), Image.Resampling.BOX)
    pixels = np.asarray(small).astype(float)
    faint = pixels[..., 3:] / 255
    pixels[..., :3] = np.where(faint > 0.02, pixels[..., :3], _bytes(base))
    # from afar a card is as dense as its mean: a cutoff far above that would thin the crown out
    cutoff = round(float(np.clip(dense * faint.mean(), 0.1, 0.45)), 3)
    return Finish(
        Material(
            name,
            (1.0, 1.0, 1.0, 1.0),
            0.0,
            0.62,
            alpha_mode="MASK",
            alpha_cutoff=cutoff,
            double_sided=True,
            base_texture=Image.fromarray(pixels.astype(np.uint8), "RGBA"),
        )
    )


def _draw_leaf(
    draw: ImageDraw.ImageDraw,
    leaf: Array,
    at: Array,
    angle: float,
    reach: float,
    tone: Array,
    big: int,
    rng: np.random.Generator,
) -> None:
    squeeze = np.array([1.0, rng.uniform(0.65, 1.0)])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    def placed(points):
        return [tuple(p) for p in (at + (points * squeeze * reach) @ turn.T * (1, -1)) * big]

    draw.polygon(placed(leaf), fill=(*_bytes(tone), 255))
    half = leaf.copy()
    half[:, 1] = np.minimum(half[:, 1], 0)
    draw.polygon(placed(half), fill=(*_bytes(tone * 0.82), 255))
    draw.line(placed(np.array([[0.0, 0], [0.92, 0]])), fill=(*_bytes(tone * 1.35), 255), width=max(1, big // 400))


def _bytes(linear: Array) -> tuple[int, int, int]:
    return tuple(int(c) for c in np.round(linear_to_srgb(np.asarray(linear).reshape(3)) * 255))  # type: ignore[return-value]


def cards(
    at: Array,
    way: Array,
    size: Array,
    material: Material,
    center: ArrayLike,
    seed: int,
    flat: float = 0.0,
    soft: float = 0.75,
) -> Primitive:
    """Leaf cards that stand on their points.

    Args:
        at: ``(n, 3)`` foot of each card, m.
        way: ``(n, 3)`` the direction its twig points.
        size: ``(n,)`` side of each card, m.
        material: What is drawn on them.
        center: Middle of the crown, from which the shading's normals point away.
        seed: Of each card's turn about its twig.
        flat: 1 lays every card level, as far as its twig allows.
        soft: How much the shading follows the crown instead of the card.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    up = way / np.linalg.norm(way, axis=1, keepdims=True)
    random = rng.standard_normal((len(at), 3)) * (1 - flat)
    random[:, 2] *= 1 - flat
    sideways = np.cross(up, (0.0, 0.0, 1.0)) * flat * 4 + random
    right = sideways - up * np.sum(up * sideways, axis=1, keepdims=True)
    right /= np.maximum(np.linalg.norm(right, axis=1, keepdims=True), 1e-9)
    half = size[:, None] / 2
    corners = np.stack(
        [
            at - right * half,
            at + right * half,
            at + right * half + up * size[:, None],
            at - right * half + up * size[:, None],
        ],
        axis=1,
    )
    corners[..., 2] = np.maximum(corners[..., 2], 0.0)
    facing = np.cross(right, up)
    out = corners - np.asarray(center, float)
    out /= np.maximum(np.linalg.norm(out, axis=2, keepdims=True), 1e-9)
    facing = np.where(np.sum(facing * out.mean(1), axis=1, keepdims=True) < 0, -facing, facing)
    normal = soft * out + (1 - soft) * facing[:, None]
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    n = np.arange(len(at))[:, None] * 4
    faces = np.concatenate([n + (0, 1, 2), n + (0, 2, 3)])
    uv = np.tile([(0, 0), (1, 0), (1, 1), (0, 1)], (len(at), 1)).astype(np.float32)
    return Primitive(
        corners.reshape(-1, 3).astype(np.float32),
        faces.astype(np.int32),
        normal.reshape(-1, 3).astype(np.float32),
        uv,
        material,
    )


def foliage(
    skeleton: Skeleton,
    material: Material,
    size: float,
    seed: int,
    each: int = 2,
    thickest: float = 0.02,
    hang: float = 0.0,
    most: int = 1500,
    flat: float = 0.0,
) -> Primitive:
    """Cards on the thin twigs of a skeleton.

    Args:
        skeleton: What carries them.
        material: What is drawn on them.
        size: Side of a card, m.
        seed: Of their spread.
        each: Cards a joint.
        thickest: Wood thicker than this carries none, m.
        hang: Weight of straight down in their direction.
        most: How many there are at most.
        flat: 1 lays every card level.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    thin = np.flatnonzero((skeleton.radius < thickest) & (skeleton.parent >= 0))
    index = np.repeat(thin, each)
    if len(index) > most:
        index = np.sort(rng.permutation(index)[:most])
    own = skeleton.points[index] - skeleton.points[skeleton.parent[index]]
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    way = own + rng.normal(0, 0.75, own.shape) - (0, 0, hang)
    low, high = skeleton.points[thin].min(axis=0), skeleton.points[thin].max(axis=0)
    at = skeleton.points[index] - 0.25 * size * own
    return cards(
        at,
        way,
        size * rng.uniform(0.75, 1.25, len(index)),
        material,
        (low + high) / 2 - (0, 0, 0.15 * (high - low)[2]),
        seed + 1,
        flat,
    )


HEART = np.array(
    [
        (0.0, 0.0),
        (-0.03, 0.12),
        (0.05, 0.3),
        (0.25, 0.42),
        (0.5, 0.4),
        (0.75, 0.22),
        (1.0, 0.0),
        (0.75, -0.22),
        (0.5, -0.4),
        (0.25, -0.42),
        (0.05, -0.3),
        (-0.03, -0.12),
    ]
)
"""A linden's leaf."""
RHOMB = np.array(
    [(0.0, 0.0), (0.12, 0.16), (0.35, 0.34), (0.6, 0.2), (1.0, 0.0), (0.6, -0.2), (0.35, -0.34), (0.12, -0.16)]
)
"""A birch's leaf."""
OVAL = np.array(
    [(0.0, 0.0), (0.15, 0.16), (0.45, 0.24), (0.8, 0.14), (1.0, 0.0), (0.8, -0.14), (0.45, -0.24), (0.15, -0.16)]
)
"""A privet's or beech's leaf."""
NEEDLE = np.array([(0.0, 0.0), (0.1, 0.022), (0.9, 0.018), (1.0, 0.0), (0.9, -0.018), (0.1, -0.022)])
"""A pine's needle."""


def birch_bark(seed: int = 6) -> Finish:
    """White bark with dark lenticels; v runs up the trunk."""
    size = 256
    marks = tx.step(tx.noise(size, seed, 1.6, (5, 1), 5), 1.25, 1.9)
    scars = tx.step(tx.noise(size, seed + 1, 2.4, (2, 1), 3), 1.6, 2.1)
    pale = tx.color("#d9d4c8") * np.exp(0.07 * tx.noise(size, seed + 2, 1.8, (4, 1)))[..., None]
    colors = tx.mix(pale, tx.color("#2a2724"), np.maximum(0.85 * marks, scars))
    return finish.textured("birch_bark", colors, 0.7, 0.8, height=-marks - scars, depth=0.004)
