"""Policies without torch: a small network or a linear map from what is seen to what is done, and their files.

A file is an npz of arrays with a head that says for which environment it was made; another environment refuses it.
"""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.files import write_whole
from sim.runners.robot.env import Observation, RobotEnv

VERSION = "policy/1"
FINE = 0.02  # m: differences of places about this large are told apart best

Array32 = NDArray[np.float32]


@dataclass(frozen=True)
class Signature:
    """What an environment looks like to a policy."""

    env: str
    observation: int
    goal: int
    actions: int
    robot: str
    control: str
    task: str
    tool: int
    """Whether, and with how many numbers, an observation begins with the tool's place; 0 for wheels."""

    @classmethod
    def of(cls, env: RobotEnv) -> Signature:
        """An environment's."""
        spec, space = env.robot_spec, env.observation_space
        shapes = {key: int(np.prod(space.spaces[key].shape or ())) for key in ("observation", "achieved_goal")}
        wheels = spec.control.mode == "wheel_velocity"
        return cls(
            env.name.replace("@", "/").split("/")[0] + "/" + env.name.split("/")[-1],
            shapes["observation"],
            shapes["achieved_goal"],
            env.driver.n_actions,
            env.cell.layout.placement(env.cell.name).asset.name,
            spec.control.mode,
            spec.task.kind,
            0 if wheels else 3,
        )


def features(seen: Mapping[str, NDArray[Any]], signature: Signature) -> Array32:
    """What a policy looks at, ``(…, f)``: the observation, the goal, and how far things are from one another."""
    observation, achieved, goal = (
        np.asarray(seen[key], np.float32) for key in ("observation", "achieved_goal", "desired_goal")
    )
    away = goal - achieved
    if signature.tool == 0:
        c, s = observation[..., 2:3], observation[..., 3:4]
        x, y = away[..., 0:1], away[..., 1:2]
        ahead = np.concatenate([c * x + s * y, c * y - s * x], axis=-1)
        distance = np.linalg.norm(ahead, axis=-1, keepdims=True)
        return np.concatenate(
            [observation[..., 4:], ahead, ahead / np.maximum(distance, 1e-3), np.tanh(ahead / 3)], axis=-1
        )
    tool = observation[..., :3]
    parts = [observation, goal, away, np.tanh(away / FINE)]
    for start in range(0, achieved.shape[-1], 3):
        reach = achieved[..., start : start + 3] - tool
        parts += [reach, np.tanh(reach / FINE)]
    return np.concatenate(parts, axis=-1)


@dataclass
class Policy:
    """A network of layers with ReLU between them; one layer is a linear policy.

    | field      | is                                               |
    |------------|--------------------------------------------------|
    | weights    | ``(n, m)`` of each layer                           |
    | biases     | ``(m,)`` of each                                   |
    | mean, scale | ``(f,)`` of the features                          |
    """

    signature: Signature
    weights: list[Array32]
    biases: list[Array32]
    mean: Array32
    scale: Array32
    meta: dict[str, Any] = field(default_factory=dict)

    def act(self, seen: Observation) -> Array32:
        """The action ``(…, a)`` for an observation."""
        return np.clip(self.forward(features(seen, self.signature)), -1.0, 1.0)

    def forward(self, looked: Array32) -> Array32:
        """Outputs ``(…, a)`` for features ``(…, f)``."""
        x = (looked - self.mean) / self.scale
        last = len(self.weights) - 1
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = x @ weight + bias
            if i < last:
                x = np.maximum(x, 0)
        return x

    def write(self, path: Path) -> None:
        """Writes an npz, whole or not at all."""
        head = {"version": VERSION, "signature": vars(self.signature), "layers": len(self.weights), "meta": self.meta}
        arrays: dict[str, Any] = {f"weight_{i}": weight for i, weight in enumerate(self.weights)}
        arrays |= {f"bias_{i}": bias for i, bias in enumerate(self.biases)}
        buffer = io.BytesIO()
        encoded = np.frombuffer(json.dumps(head).encode(), np.uint8)
        np.savez_compressed(buffer, head=encoded, mean=self.mean, scale=self.scale, **arrays)
        write_whole(path, buffer.getvalue())

    @classmethod
    def load(cls, path: Path, signature: Signature | None = None) -> Policy:
        """The policy in a file.

        Args:
            path: The npz.
            signature: Of the environment it is meant for; not compared when left out.

        Raises:
            InputError: It is missing, no whole policy, or for another environment.
        """
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
                head = json.loads(bytes(file["head"]))
                if head["version"] != VERSION:
                    raise ValueError(head["version"])
                own = Signature(**head["signature"])
                layers = range(head["layers"])
                weights, biases = [file[f"weight_{i}"] for i in layers], [file[f"bias_{i}"] for i in layers]
                policy = cls(own, weights, biases, file["mean"], file["scale"], head["meta"])
        except FileNotFoundError:
            raise InputError(Problem(str(path), "does not exist")) from None
        except Exception as error:  # numpy, zipfile and json raise many kinds for a broken file
            raise InputError(Problem(str(path), "is no whole policy", VERSION, str(error)[:80])) from None
        if signature is not None and own != signature:
            refuse(path, own, signature)
        return policy


def refuse(path: Path, own: Signature, wanted: Signature) -> None:
    """Says how a policy's environment differs from the one it was given to."""
    differ = [name for name in vars(own) if getattr(own, name) != getattr(wanted, name)]
    say = lambda one: ", ".join(f"{name} {getattr(one, name)}" for name in differ)  # noqa: E731
    raise InputError(Problem(str(path), "is a policy for another environment", say(wanted), say(own)))


def fresh(signature: Signature, looked: Array32, hidden: tuple[int, ...], rng: np.random.Generator) -> Policy:
    """An untrained network whose features are scaled after examples ``(n, f)`` (He initialisation)."""
    mean, scale = looked.mean(axis=0), looked.std(axis=0)
    scale = np.where(scale < 1e-4, 1.0, scale).astype(np.float32)
    sizes = [looked.shape[1], *hidden, signature.actions]
    weights = [
        (rng.standard_normal((n, m)) * np.sqrt(2.0 / n)).astype(np.float32) for n, m in itertools.pairwise(sizes)
    ]
    weights[-1] *= 0.1
    return Policy(signature, weights, [np.zeros(m, np.float32) for m in sizes[1:]], mean.astype(np.float32), scale)


def fit(
    policy: Policy,
    looked: Array32,
    wanted: Array32,
    epochs: int,
    rng: np.random.Generator,
    rate: float = 2e-3,
    batch: int = 256,
) -> float:
    """Fits a policy to examples by Adam (Kingma and Ba 2015) on the mean squared error; the last epoch's error.

    Args:
        policy: Changed in place.
        looked: ``(n, f)`` features.
        wanted: ``(n, a)`` actions.
        epochs: Times through all examples.
        rng: Shuffles them.
        rate: Of learning, falling to 0 as a cosine.
        batch: Examples a step.
    """
    x = ((looked - policy.mean) / policy.scale).astype(np.float32)
    parameters = policy.weights + policy.biases
    first, second = [np.zeros_like(p) for p in parameters], [np.zeros_like(p) for p in parameters]
    n_steps = max(1, len(x) // batch) * epochs
    step, error = 0, 0.0
    for _ in range(epochs):
        order = rng.permutation(len(x))
        losses = []
        for start in range(0, max(1, len(x) // batch) * batch, batch):
            rows = order[start : start + batch]
            gradients, loss = _gradients(policy, x[rows], wanted[rows])
            losses.append(loss)
            step += 1
            now = rate * 0.5 * (1 + np.cos(np.pi * step / n_steps))
            for p, g, m, v in zip(parameters, gradients, first, second, strict=True):
                m *= 0.9
                m += 0.1 * g
                v *= 0.999
                v += 0.001 * g * g
                p -= (now * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)).astype(np.float32)
        error = float(np.mean(losses))
    return error


def _gradients(policy: Policy, x: Array32, wanted: Array32) -> tuple[list[Array32], float]:
    """Gradients of the mean squared error, weights then biases, and the error."""
    inputs = [x]
    last = len(policy.weights) - 1
    for i, (weight, bias) in enumerate(zip(policy.weights, policy.biases, strict=True)):
        x = x @ weight + bias
        if i < last:
            x = np.maximum(x, 0)
        inputs.append(x)
    off = x - wanted
    back = 2.0 * off / off.size
    weights: list[Array32] = [np.empty(0, np.float32)] * (last + 1)
    biases = list(weights)
    for i in range(last, -1, -1):
        weights[i], biases[i] = inputs[i].T @ back, back.sum(axis=0)
        if i:
            back = (back @ policy.weights[i].T) * (inputs[i] > 0)
    return weights + biases, float(np.mean(off * off))
