"""Behaviour cloning: the policy learns from the expert's episodes, then from the expert's advice on its own.

The second part is DAgger (Ross, Gordon and Bagnell 2011): the learner acts, the expert says at every step what it
would have done, and the learner is fitted to all of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from sim.runners.robot.episode import CHOOSE, LEARN, Episode, Job, seed_for, success_rate
from sim.runners.robot.policy import Policy, Signature, features, fit, fresh
from sim.runners.robot.spec import TrainSpec
from sim.runners.robot.workers import Workers

NOISE = 0.3  # of half of the expert's first episodes
CHOOSE_EPISODES = 30


@dataclass
class Curve:
    """How learning went: one entry a round."""

    x: list[float] = field(default_factory=list)
    success: list[float] = field(default_factory=list)
    other: list[float] = field(default_factory=list)
    """One entry for each of the last rounds; the first, by chance, may have none."""
    x_label: str = "episodes seen"
    other_label: str = "imitation error (mean square)"
    n_judged: int = CHOOSE_EPISODES


def clone(
    workers: Workers, signature: Signature, spec: TrainSpec, seed: int, tell: Callable[[str], None]
) -> tuple[Policy, Curve, list[Episode]]:
    """A policy that does as the expert does, how it got there, and every episode it learned from.

    Args:
        workers: Who plays.
        signature: Of the environment.
        spec: How long.
        seed: Of everything.
        tell: Says how far it is.
    """
    rng = np.random.default_rng([seed, 21])
    curve = Curve()
    jobs = [Job(seed_for(seed, LEARN, i), noise=NOISE * (i % 2), advise=True) for i in range(spec.demonstrations)]
    episodes = workers.play(jobs)
    tell(f"{len(episodes)} demonstrations, {success_rate(episodes[::2]):.0%} of the undisturbed ones succeed")
    chance = workers.play([Job(seed_for(seed, CHOOSE, k), chance=True) for k in range(CHOOSE_EPISODES)])
    curve.x.append(0)
    curve.success.append(success_rate(chance))
    best: tuple[float, Policy] | None = None
    for i in range(spec.rounds + 1):
        looked, wanted = examples(episodes, signature)
        policy = fresh(signature, looked, spec.hidden, rng)
        error = fit(policy, looked, wanted, spec.epochs, rng)
        trial = workers.play([Job(seed_for(seed, CHOOSE, k), policy) for k in range(CHOOSE_EPISODES)])
        rate = success_rate(trial)
        curve.x.append(len(episodes))
        curve.success.append(rate)
        curve.other.append(error)
        tell(f"round {i}: {len(looked)} examples, error {error:.4f}, success {rate:.0%} of {len(trial)}")
        if best is None or rate >= best[0]:
            best = rate, policy
        if i < spec.rounds:
            more = spec.demonstrations // 2 + 1
            start = spec.demonstrations + i * more
            share = 0.3 if i == 0 else 0.0
            episodes += workers.play(
                [Job(seed_for(seed, LEARN, start + k), policy, advise=True, share=share) for k in range(more)]
            )
    assert best is not None
    return best[1], curve, episodes


def examples(episodes: list[Episode], signature: Signature) -> tuple[np.ndarray, np.ndarray]:
    """Features ``(n, f)`` and the expert's actions ``(n, a)`` of all steps."""
    looked = [features({key: values[:-1] for key, values in e.seen.items()}, signature) for e in episodes]
    return np.concatenate(looked), np.concatenate([e.advice for e in episodes])
