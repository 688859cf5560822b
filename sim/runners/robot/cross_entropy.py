"""The cross-entropy method over linear policies: draw many, keep the best, draw around them again.

Rubinstein 1999; for policies Mannor, Rubinstein and Gat 2003, with noise that fades as in Szita and Lőrincz 2006.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.pose import Array
from sim.runners.robot.clone import Curve
from sim.runners.robot.episode import CHOOSE, LEARN, Episode, Job, seed_for, success_rate
from sim.runners.robot.policy import Policy, Signature
from sim.runners.robot.spec import TrainSpec
from sim.runners.robot.workers import Workers

POPULATION, ELITE, EPISODES = 32, 6, 3
NOISE, SUCCESS_BONUS = 2.0, 20.0


def search(
    workers: Workers, signature: Signature, spec: TrainSpec, seed: int, n_features: int, tell: Callable[[str], None]
) -> tuple[Policy, Curve]:
    """The best linear policy found, and how it got there.

    Args:
        workers: Who plays.
        signature: Of the environment.
        spec: How many generations.
        seed: Of everything.
        n_features: Numbers a policy looks at.
        tell: Says how far it is.
    """
    rng = np.random.default_rng([seed, 22])
    used = useful_features(signature, n_features)
    shape = (len(used) + 1, signature.actions)
    mean, spread = np.zeros(shape), np.full(shape, NOISE)
    curve = Curve(x_label="generations", other_label="return of the elite", n_judged=CHOOSE_EPISODES)
    for generation in range(spec.generations):
        drawn = mean + spread * rng.standard_normal((POPULATION, *shape))
        seeds = [seed_for(seed, LEARN, generation * EPISODES + k) for k in range(EPISODES)]
        policies = [linear(one, used, signature, n_features) for one in drawn]
        episodes = workers.play([Job(s, policy) for policy in policies for s in seeds])
        scores = np.array([score(e) for e in episodes]).reshape(POPULATION, EPISODES).mean(axis=1)
        elite = drawn[np.argsort(-scores)[:ELITE]]
        mean, spread = elite.mean(axis=0), elite.std(axis=0) + NOISE * 0.1 * (1 - (generation + 1) / spec.generations)
        policy = linear(mean, used, signature, n_features)
        trial = workers.play([Job(seed_for(seed, CHOOSE, k), policy) for k in range(CHOOSE_EPISODES)])
        curve.x.append(generation + 1)
        curve.success.append(success_rate(trial))
        curve.other.append(float(np.sort(scores)[-ELITE:].mean()))
        tell(f"generation {generation + 1}: elite {curve.other[-1]:.2f}, success {curve.success[-1]:.0%}")
    return policy, curve


CHOOSE_EPISODES = 20


def useful_features(signature: Signature, n_features: int) -> list[int]:
    """Which features a linear policy looks at: where goal and object are from here."""
    g = signature.goal
    if signature.tool == 0:
        return list(range(n_features))
    start = signature.observation + g
    away = list(range(start, start + g))
    if signature.task == "reach":
        return away
    reach = start + 2 * g
    return away + list(range(reach, reach + 6))


def linear(weights: Array, used: list[int], signature: Signature, n_features: int) -> Policy:
    """A linear policy ``(u + 1, a)`` on some of the features, the last row its bias; differences count in 10 cm."""
    whole = np.zeros((n_features, signature.actions), np.float32)
    whole[used] = weights[:-1] * (10.0 if signature.tool else 1.0)
    mean, scale = np.zeros(n_features, np.float32), np.ones(n_features, np.float32)
    return Policy(signature, [whole], [weights[-1].astype(np.float32)], mean, scale)


def score(episode: Episode) -> float:
    """How good an episode was: near the goal soon, and done."""
    away = np.linalg.norm(episode.seen["desired_goal"][1:] - episode.seen["achieved_goal"][1:], axis=-1)
    return float(SUCCESS_BONUS * episode.success - 10.0 * away.mean() - 0.02 * episode.length)
