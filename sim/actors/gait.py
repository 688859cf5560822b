"""How a person's joints move when the body goes at a given speed: feet stay where they tread.

Every foot is planted at a place on the way and stays there until it lifts; hip and knee follow from where hip and
ankle are (two straight pieces in a plane), the ankle from how the foot rolls over heel and ball. Knows nothing of
worlds: ways and heights in, joint angles out. Angles turn about +Y: a leg swings forward by a negative hip angle.

| what                       | by                                                                              |
|----------------------------|---------------------------------------------------------------------------------|
| length of a walking stride | Inman, Ralston & Todd 1981, after Boulic, Thalmann & Thalmann 1990: 1.346 √(v h);  |
|                            | less a tenth, as these figures' hips do not turn                                   |
| time on one foot           | the same: 0.752 of the cycle less 0.143 s                                          |
| length of a running stride | Alexander 1976: 2.3 h (v²/gh)^0.3                                                 |
| where walking ends         | Alexander 1989: v²/gh about 0.5                                                   |
| rise and fall of the hips  | Gard, Miff & Kuo 2004: at most 5 to 6 cm between lowest and highest                |
| swing of the arms          | Murray, Sepic & Barnard 1967: some 20° either way at free speed, against the legs  |
"""

from __future__ import annotations

from dataclasses import dataclass
from math import acos, atan2, cos, exp, hypot, pi, sin, sqrt

from sim.assets.asset import Asset

G = 9.81  # m/s²
SLOWEST = 0.05  # m/s: slower is standing
SETTLE = 0.9  # cycles a second at which feet come together under a body that has stopped
TOGETHER = 0.03  # m: feet nearer than this to where they belong stay
JOINTS = ("hip_l", "knee_l", "ankle_l", "hip_r", "knee_r", "ankle_r")


@dataclass(frozen=True)
class Legs:
    """Measures of a figure, m: pieces of the leg, the ankle's and the hip's height, heel and ball from the ankle."""

    thigh: float
    shin: float
    ankle: float

    @property
    def hip(self) -> float:
        """Height of the hips when the legs are straight."""
        return self.thigh + self.shin + self.ankle

    @property
    def heel(self) -> float:
        """How far the heel is behind the ankle; soles of the house's figures are 0.27 m long at 1.80 m."""
        return 0.82 * self.ankle

    @property
    def ball(self) -> float:
        """How far before the ankle a foot rolls off: between ball and toes, as a shoe here is stiff."""
        return 1.9 * self.ankle

    @classmethod
    def of(cls, asset: Asset) -> Legs | None:
        """The legs of an articulated figure with hips, knees and ankles; None of anything else."""
        if not asset.articulated:
            return None
        height = {link: float(pose.position[2]) for link, pose in zip(asset.model.links, asset.model.rest, strict=True)}
        if not {"thigh_l", "shin_l", "foot_l", "thigh_r", "shin_r", "foot_r"} <= set(height):
            return None
        hip, knee, ankle = height["thigh_l"], height["shin_l"], height["foot_l"]
        return cls(hip - knee, knee - ankle, ankle)


@dataclass
class Foot:
    """One foot on its way.

    | field  | is                                                           |
    |--------|--------------------------------------------------------------|
    | at     | m along the way: where the ankle is over the sole, or will be |
    | left   | m along the way: where it was planted last                     |
    | ground | m: height of what it treads on                                 |
    | before | m: height of what it trod on last                               |
    | swings | whether it is in the air                                        |
    """

    at: float = 0.0
    left: float = 0.0
    ground: float = 0.0
    before: float = 0.0
    swings: bool = False


@dataclass(frozen=True)
class Style:
    """How one goes at a speed: stride, m; part of the cycle on one foot; how much of it is running, 0 to 1."""

    stride: float
    duty: float
    running: float

    @classmethod
    def at(cls, speed: float, hip: float) -> Style:
        """The style at a speed, m/s, of someone whose hips are ``hip`` m high."""
        speed = max(speed, 1e-3)
        froude = speed * speed / (G * hip)
        running = _smooth((sqrt(froude) / sqrt(0.5) - 0.94) / 0.12)
        walk = 0.9 * 1.346 * sqrt(speed * hip)
        on_foot = min(max(0.752 - 0.143 * speed / walk, 0.55), 0.72)
        run = 2.3 * hip * froude**0.3
        aloft = min(max(0.40 - 0.06 * sqrt(froude), 0.24), 0.38)
        return cls(walk + (run - walk) * running, on_foot + (aloft - on_foot) * running, running)


class Gait:
    """A figure's legs and arms as it goes along.

    Attributes:
        feet: Left and right.
        phase: 0 to 1, from one strike of the left heel to the next.
        way: m gone.
        base: Height of the ground under the body, m; whoever moves it lets it change smoothly.
        height: Of the hips, m.
        lean: Of the trunk, rad.
        settled: Whether both feet stand under a body at rest.
    """

    def __init__(self, legs: Legs, phase: float = 0.0):
        self.legs, self.phase, self.way = legs, phase % 1.0, 0.0
        self.feet: tuple[Foot, ...] = (Foot(), Foot())
        self.base = 0.0
        self.height = legs.hip
        self.lean = 0.0
        self.settled = True
        self._speed, self._style, self._dt = 0.0, Style.at(0.0, legs.hip), 1.0

    def go(self, distance: float, dt: float) -> tuple[int, ...]:
        """Goes on by ``distance`` m in ``dt`` s.

        Returns:
            Which feet (0 left, 1 right) have struck the ground.
        """
        speed = distance / dt
        style = Style.at(speed, self.legs.hip)
        self.way += distance
        rate = speed / style.stride if speed > SLOWEST else 0.0
        if rate == 0.0 and not self._at_rest():
            rate = SETTLE
        if rate > 0.0 and self.settled:
            self._set_off(style)
        self.settled = rate == 0.0
        before, self.phase = self.phase, self.phase + rate * dt
        struck = []
        for i, foot in enumerate(self.feet):
            u = (self.phase + 0.5 * i) % 1.0
            if int(self.phase + 0.5 * i) > int(before + 0.5 * i) and foot.swings:
                foot.swings = False
                struck.append(i)
            if u >= style.duty and not foot.swings and rate > 0.0:
                foot.swings, foot.left, foot.before = True, foot.at, foot.ground
            if foot.swings:
                foot.at = self.way + speed * (1.0 - u) / max(rate, 1e-6) + self._reach(style, speed)
        self.phase %= 1.0
        self._speed, self._style, self._dt = speed, style, dt
        return tuple(struck)

    def stand(self, base: float) -> None:
        """Both feet under the body, on ground at a height of ``base`` m."""
        self.base, self.settled, self._speed = base, True, 0.0
        self.feet = tuple(Foot(self.way, self.way, base, base) for _ in range(2))
        self.height = base + self.legs.hip

    def landing(self, i: int) -> float:
        """How far before the hips, m, a foot comes down or stands."""
        return self.feet[i].at - self.way

    def _reach(self, style: Style, speed: float) -> float:
        """How far before the hips, m, a foot strikes."""
        return 0.46 * style.duty * style.stride if speed > SLOWEST else 0.0

    def _at_rest(self) -> bool:
        return all(not foot.swings and abs(foot.at - self.way) < TOGETHER for foot in self.feet)

    def _set_off(self, style: Style) -> None:
        """The left foot stands under the body and the right one is about to lift."""
        self.phase = (style.duty - 0.5) % 1.0

    # -----------------------------------------------------------------------------------------------------------------
    # Joints

    def joints(self) -> dict[str, float]:
        """Angles of all joints now, rad, by name; `height` becomes that of the hips."""
        style, speed = self._style, self._speed
        brisk = min(speed / 1.4, 1.0)
        ankles = [self._ankle(i, style, brisk) for i in (0, 1)]
        self.height = self._hip_height(style, brisk, ankles)
        angles: dict[str, float] = {}
        for side, (x, z, pitch) in zip("lr", ankles, strict=True):
            hip, knee = self._bend(x, z - self.height)
            angles[f"hip_{side}"], angles[f"knee_{side}"] = hip, knee
            angles[f"ankle_{side}"] = min(max(pitch - hip - knee, -0.79), 0.59)
        return angles | self._upper(style, brisk)

    def _upper(self, style: Style, brisk: float) -> dict[str, float]:
        """Arms against the legs, a trunk that leans into the way."""
        self.lean += (0.02 * brisk + 0.13 * style.running - self.lean) * (1 - exp(-self._dt / 0.25))
        swing = (0.36 + 0.25 * style.running) * brisk * cos(2 * pi * self.phase)
        bent = 0.25 + 0.1 * brisk + 1.1 * style.running
        give = 0.12 * brisk * (1 + 2 * style.running)
        lean = self.lean
        return {
            "waist": lean,
            "neck": -0.7 * lean,
            "shoulder_l": min(swing, 0.95) - lean,
            "shoulder_r": min(-swing, 0.95) - lean,
            "elbow_l": -bent - give * (1 - cos(2 * pi * self.phase)),
            "elbow_r": -bent - give * (1 + cos(2 * pi * self.phase)),
        }

    def _ankle(self, i: int, style: Style, brisk: float) -> tuple[float, float, float]:
        """Where an ankle is: m before the hips, m over the ground, and the foot's pitch, rad, toe down."""
        foot = self.feet[i]
        u = (self.phase + 0.5 * i) % 1.0
        if self.settled:
            return foot.at - self.way, foot.ground + self.legs.ankle, 0.0
        if not foot.swings:
            x, z, pitch = self._rolled(min(u / style.duty, 1.0), style, brisk)
            return foot.at - self.way + x, foot.ground + z, pitch
        w = min(max((u - style.duty) / (1.0 - style.duty), 0.0), 1.0)
        off, on = self._rolled(1.0, style, brisk), self._rolled(0.0, style, brisk)
        s = w * w * w * (10 - 15 * w + 6 * w * w)  # starts and ends at rest over the ground
        x = (foot.left + off[0]) * (1 - s) + (foot.at + on[0]) * s - self.way
        ground = foot.before + (foot.ground - foot.before) * _smooth(2 * w)
        lift = (
            self.legs.hip * (0.35 + 0.65 * brisk) * (0.075 + 0.18 * style.running)
            + 1.2 * max(foot.ground - foot.before, 0.0) * 0.3
        )
        z = ground + off[1] * (1 - s) + on[1] * s + lift * sin(pi * w**0.8) ** 1.5
        fall = _smooth(w / 0.55)
        pitch = off[2] * (1 - fall) + on[2] * fall
        return x, z, pitch

    def _rolled(self, u: float, style: Style, brisk: float) -> tuple[float, float, float]:
        """The ankle of a planted foot, from where it is over the flat sole: m forward, m up, rad toe down.

        Args:
            u: 0 at the strike of the heel, 1 when the toes leave.
            style: How one goes.
            brisk: 1 at 1.4 m/s and faster.
        """
        ankle, heel, ball = self.legs.ankle, self.legs.heel, self.legs.ball
        strike, rise = 0.28 * brisk * (1 - 0.7 * style.running), (0.78 + 0.1 * style.running) * brisk
        if u < 0.12:
            a = -strike * (1 - u / 0.12)
            return heel * cos(a) + ankle * sin(a) - heel, ankle * cos(a) - heel * sin(a), a
        if u < 0.5:
            return 0.0, ankle, 0.0
        a = rise * ((u - 0.5) / 0.5) ** 1.7
        return ball - ball * cos(a) + ankle * sin(a), ankle * cos(a) + ball * sin(a), a

    def _hip_height(self, style: Style, brisk: float, ankles: list[tuple[float, float, float]]) -> float:
        """Height of the hips, m: highest over the standing leg when walking, lowest when running; within reach."""
        legs, long = self.legs, 0.995 * (self.legs.thigh + self.legs.shin)
        ahead = self._reach(style, self._speed)
        low = sqrt(max(long**2 - ahead**2, 0.2)) + 1.1 * legs.ankle
        low = min(low, legs.hip - 0.008)
        high = min(legs.hip - 0.008, low + 0.058 * legs.hip / 0.93)
        middle = style.duty / 2  # of the left foot's time on the ground
        wave = 0.5 + 0.5 * cos(4 * pi * (self.phase - middle))
        walking = low + (high - low) * wave
        deep = 0.035 * legs.hip / 0.93
        running = min(low, legs.hip - 0.05) - deep * (2 * wave - 1)
        height = self.base + walking + (running - walking) * style.running
        for foot, (x, z, _) in zip(self.feet, ankles, strict=True):
            if not foot.swings:
                height = min(height, z + sqrt(max(long**2 - x * x, 0.05)))
        return height

    def _bend(self, x: float, z: float) -> tuple[float, float]:
        """Angles of hip and knee, rad, that bring the ankle to ``x`` m before and ``z`` m above the hip."""
        a, b = self.legs.thigh, self.legs.shin
        r = min(max(hypot(x, z), abs(a - b) + 0.05), 0.9995 * (a + b))
        knee = pi - acos(min(max((a * a + b * b - r * r) / (2 * a * b), -1.0), 1.0))
        thigh = acos(min(max((a * a + r * r - b * b) / (2 * a * r), -1.0), 1.0))
        return min(max(atan2(-x, -z) - thigh, -2.0), 0.69), min(knee, 2.39)


def _smooth(t: float) -> float:
    """0 below 0, 1 above 1, level at both ends."""
    t = min(max(t, 0.0), 1.0)
    return t * t * (3 - 2 * t)
