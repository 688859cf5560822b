"""Episodes: one run of an environment from its reset to its end, by the expert, by a policy or by chance.

Owns which seeds are for learning, for choosing and for judging, so that none is used twice.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.runners.robot.env import Observation, RobotEnv
from sim.runners.robot.expert import expert_for

LEARN, CHOOSE, JUDGE = 1, 2, 3
Act = Callable[[Observation], NDArray[Any]]


def seed_for(seed: int, purpose: int, i: int) -> int:
    """The seed of episode ``i`` for a purpose: `LEARN`, `CHOOSE` or `JUDGE`."""
    return int(np.random.SeedSequence([seed, purpose, i]).generate_state(1)[0])


@dataclass
class Episode:
    """What happened in one episode of t steps.

    | field        | is                                                        |
    |--------------|-----------------------------------------------------------|
    | seen         | observations by key, each ``(t + 1, …)``                    |
    | actions      | ``(t, a)`` as taken                                          |
    | advice       | ``(t, a)`` what the expert would have done; empty when not asked |
    | rewards      | ``(t,)``                                                     |
    | randomised   | every value drawn                                           |
    """

    seed: int
    seen: dict[str, NDArray[Any]]
    actions: NDArray[np.float32]
    rewards: NDArray[np.float32]
    success: bool
    terminated: bool
    truncated: bool
    advice: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))
    randomised: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    @property
    def length(self) -> int:
        """Steps."""
        return len(self.actions)

    def sha256(self) -> str:
        """The hash of everything seen and done, to the last bit."""
        digest = hashlib.sha256()
        for key in sorted(self.seen):
            digest.update(key.encode() + np.ascontiguousarray(self.seen[key]).tobytes())
        digest.update(self.actions.tobytes() + self.rewards.tobytes())
        return digest.hexdigest()


def play(
    env: RobotEnv,
    act: Act,
    seed: int,
    advisor: Act | None = None,
    noise: float = 0.0,
    watch: Callable[[RobotEnv], None] | None = None,
) -> Episode:
    """One episode.

    Args:
        env: Where.
        act: What does what.
        seed: Of the episode.
        advisor: Who says at every step what it would have done.
        noise: Standard deviation of what is added to actions, so that learners see how to recover (DART, Laskey 2017).
        watch: Called after the reset and after every step.
    """
    rng = np.random.default_rng([seed, 7])
    seen, info = env.reset(seed=seed)
    observed, actions, advice, rewards = [seen], [], [], []
    terminated = truncated = False
    if watch:
        watch(env)
    while not (terminated or truncated):
        action = np.asarray(act(seen), np.float32)
        if advisor is not None:
            advice.append(np.asarray(advisor(seen), np.float32))
        if noise:
            action = np.clip(action + rng.normal(0, noise, action.shape), -1, 1).astype(np.float32)
        seen, reward, terminated, truncated, info = env.step(action)
        observed.append(seen)
        actions.append(action)
        rewards.append(reward)
        if watch:
            watch(env)
    return Episode(
        seed,
        {key: np.stack([one[key] for one in observed]) for key in observed[0]},
        np.stack(actions),
        np.array(rewards, np.float32),
        bool(info["is_success"]),
        terminated,
        truncated,
        np.stack(advice) if advice else np.empty((0, 0), np.float32),
        info.get("randomised", {}),
        info.get("diverged", ""),
    )


class Player(Protocol):
    """Anything that acts on what it sees."""

    def act(self, seen: Observation) -> NDArray[Any]:
        """The action for an observation."""
        ...


@dataclass(frozen=True)
class Job:
    """An episode to be played somewhere: by the expert (no policy), by chance, or by a policy.

    With `advise` the expert says at every step what it would have done; `share` is the part of steps it takes itself.
    """

    seed: int
    policy: Player | None = None
    chance: bool = False
    noise: float = 0.0
    advise: bool = False
    share: float = 0.0


def play_job(env: RobotEnv, job: Job, watch: Callable[[RobotEnv], None] | None = None) -> Episode:
    """Plays an episode as a job says."""
    rng = np.random.default_rng([job.seed, 11])
    expert: Act | None = None
    if job.advise or (job.policy is None and not job.chance):
        expert = expert_for(env).act
    if job.chance:
        act: Act = lambda _: rng.uniform(-1, 1, env.driver.n_actions)  # noqa: E731
    elif job.policy is None:
        assert expert is not None
        act = expert
    else:
        act = job.policy.act
        if job.share and expert is not None:
            learner, teacher = act, expert
            act = lambda seen: teacher(seen) if rng.random() < job.share else learner(seen)  # noqa: E731
    return play(env, act, job.seed, expert if job.advise else None, job.noise, watch)


def wilson(successes: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % confidence interval of a rate (Wilson 1927)."""
    if n == 0:
        return 0.0, 1.0
    rate = successes / n
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def success_rate(episodes: Sequence[Episode]) -> float:
    """Which part of episodes ended well."""
    return sum(episode.success for episode in episodes) / max(len(episodes), 1)


def digest_of(episodes: Sequence[Episode]) -> str:
    """The hash of several episodes."""
    return hashlib.sha256("".join(episode.sha256() for episode in episodes).encode()).hexdigest()
