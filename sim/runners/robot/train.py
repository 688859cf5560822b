"""A run of a robot scenario: train or load a policy, judge it on held-out seeds, chart it, film it, report it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.errors import InputError, Problem, unknown_name
from sim.files import write_whole
from sim.report import Meter, Report
from sim.runners import Options
from sim.runners.robot.clone import Curve, clone
from sim.runners.robot.cross_entropy import search
from sim.runners.robot.env import RobotEnv
from sim.runners.robot.episode import JUDGE, Episode, Job, digest_of, play_job, seed_for, success_rate, wilson
from sim.runners.robot.film import film
from sim.runners.robot.policy import Policy, Signature, features
from sim.runners.robot.reachable import unreachable
from sim.runners.robot.spec import RandomSpec, RobotScenarioSpec, TrainSpec
from sim.runners.robot.workers import Where, Workers
from sim.world.layout import Layout

ALGORITHMS = ("bc", "cem", "expert", "ppo", "sac", "tqc")
FILMED = 10
HARDER_FRICTION, HARDER_MASS, HARDER_EPISODES = 0.3, 3.0, 30


@dataclass
class Trained:
    """What training came to: something that plays, how it got there, the files it left."""

    policy: Any = None  # None: the expert
    curve: Curve | None = None
    outputs: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def train_and_judge(layout: Layout, spec: RobotScenarioSpec, options: Options) -> Report:
    """Everything a run does, in order."""
    meter = Meter()
    algorithm = options.flags.get("algorithm") or spec.train.algorithm
    if algorithm not in ALGORITHMS:
        raise unknown_name("--algorithm", "algorithm", algorithm, ALGORITHMS)
    if options.flags.get("record") not in (None, "minari", "lerobot"):
        raise unknown_name("--record", "dataset", options.flags["record"], ["minari", "lerobot"])
    seed = spec.seed if options.seed is None else options.seed
    env = RobotEnv(layout, spec, options.name, pixels=False)
    where = Where(options.name, str(options.root), dict(options.settings))
    try:
        env.reset(seed=0)
        doubts = [str(problem) for problem in unreachable(env)]
        for doubt in doubts:
            tell(f"doubt: {doubt}")
        with Workers(where, spec.train.workers, env) as workers:
            trained = _trained(env, workers, algorithm, seed, options)
            jobs = [Job(seed_for(seed, JUDGE, i), trained.policy) for i in range(spec.train.evaluation_episodes)]
            judged = workers.play(jobs)
        harder = success_harder(layout, spec, options.name, jobs) if trained.policy is None else None
        outputs = [*trained.outputs, *_pictures(env, trained, jobs, options)]
        if options.flags.get("record"):
            from sim.runners.robot.record import record

            outputs += record(layout, spec, options, jobs[: spec.train.record_episodes])
        report = _report(layout, spec, options, meter, trained, judged, algorithm, seed, outputs, doubts, harder)
    finally:
        env.close()
    report.write(options.folder)
    return report


def success_harder(layout: Layout, spec: RobotScenarioSpec, name: str, jobs: list[Job]) -> float | None:
    """How the expert does with things three times as heavy and a third as rough; None where it handles none."""
    things = spec.task.objects if spec.task.kind in ("push", "slide", "pick_and_place", "stack") else ()
    if not things:
        return None
    heavier = RandomSpec(
        term="randomize_rigid_body_mass", objects=things, mass_distribution_params=(HARDER_MASS, HARDER_MASS)
    )
    slicker = RandomSpec(
        term="randomize_rigid_body_material",
        objects=things,
        dynamic_friction_range=(HARDER_FRICTION, HARDER_FRICTION),
    )
    hard = spec.model_copy(update={"randomise": {"heavier": heavier, "slicker": slicker}})
    env = RobotEnv(layout, hard, name, pixels=False)
    try:
        return success_rate([play_job(env, job) for job in jobs[:HARDER_EPISODES]])
    finally:
        env.close()


def tell(text: str) -> None:
    """Says something on stderr."""
    print(text, file=sys.stderr)


def _trained(env: RobotEnv, workers: Workers, algorithm: str, seed: int, options: Options) -> Trained:
    signature, folder, spec = Signature.of(env), options.folder, env.robot_spec.train
    given = options.flags.get("policy")
    if given is not None:
        return Trained(_load(Path(given), signature), notes=[f"judged: the policy in {given}"])
    if algorithm == "expert":
        return Trained(notes=["judged: the scripted expert"])
    if algorithm in ("ppo", "sac", "tqc"):
        from sim.runners.robot.deep import learn

        return learn(env, algorithm, spec, seed, options, tell)
    return _light(env, workers, algorithm, signature, spec, seed, folder)


def _light(
    env: RobotEnv, workers: Workers, algorithm: str, signature: Signature, spec: TrainSpec, seed: int, folder: Path
) -> Trained:
    """Training without torch."""
    if algorithm == "bc":
        policy, curve, _ = clone(workers, signature, spec, seed, tell)
    else:
        seen, _ = env.reset(seed=0)
        policy, curve = search(workers, signature, spec, seed, features(seen, signature).shape[-1], tell)
    policy.meta = {"algorithm": algorithm, "seed": seed, "assets": dict(env.cell.layout.hashes())}
    policy.write(folder / "policy.npz")
    return Trained(policy, curve, ["policy.npz"])


def _load(path: Path, signature: Signature) -> Any:
    if path.suffix == ".zip":
        from sim.runners.robot.deep import load

        return load(path, signature)
    if path.suffix != ".npz":
        raise InputError(Problem(f"--policy {path}", "is no policy", "policy.npz, or policy.zip of stable-baselines3"))
    return Policy.load(path, signature)


def _pictures(env: RobotEnv, trained: Trained, jobs: list[Job], options: Options) -> list[str]:
    """The learning curve and the film."""
    made = []
    if trained.curve is not None:
        write_whole(options.folder / "learning_curve.png", draw(trained.curve, options.name))
        made.append("learning_curve.png")
    if options.flags.get("video", True):
        film(env, jobs[:FILMED], options.folder / "episodes.mp4", options.flags.get("size"))
        made.append("episodes.mp4")
    return made


def draw(curve: Curve, name: str) -> bytes:
    """A learning curve as PNG: success with its confidence interval, and what the learner itself looks at."""
    from sim.plot import Line, Panel, chart

    bands = [wilson(round(rate * curve.n_judged), curve.n_judged) for rate in curve.success]
    low, high = zip(*bands, strict=True)
    first = Line(curve.x, curve.success, f"{curve.n_judged} episodes, 95 % interval", low, high)
    panels = [Panel(curve.x_label, "success rate", [first], name, y_range=(-0.02, 1.02))]
    if curve.other:
        panels.append(Panel(curve.x_label, curve.other_label, [Line(curve.x[-len(curve.other) :], curve.other)]))
    return chart(panels, height=2.8)


def _report(
    layout: Layout,
    spec: RobotScenarioSpec,
    options: Options,
    meter: Meter,
    trained: Trained,
    judged: list[Episode],
    algorithm: str,
    seed: int,
    outputs: list[str],
    doubts: list[str],
    harder: float | None,
) -> Report:
    rate, n = success_rate(judged), len(judged)
    low, high = wilson(round(rate * n), n)
    metrics = {
        "algorithm": "policy file" if options.flags.get("policy") else algorithm,
        "success_rate": rate,
        "success_low": round(low, 4),
        "success_high": round(high, 4),
        "episodes": n,
        "mean_length": sum(e.length for e in judged) / n,
        "mean_return": float(sum(float(e.rewards.sum()) for e in judged) / n),
    }
    if harder is not None:
        metrics["success_rate_friction_x0.3_mass_x3"] = harder
    notes = [*trained.notes, *doubts]
    diverged = [episode for episode in judged if episode.note]
    if diverged:
        notes.append(f"{len(diverged)} of {n} episodes were cut off: {diverged[0].note}")
    verdict = "done"
    if spec.train.success_rate is not None:
        verdict = "pass" if rate >= spec.train.success_rate else "fail"
        if verdict == "fail":
            notes.append(f"{rate:.0%} of {n} held-out episodes succeed, {spec.train.success_rate:.0%} were wanted")
    substeps = spec.control.substeps or layout.step_hz // spec.control.hz
    return Report.of(
        layout,
        "robot",
        options.name,
        meter,
        verdict=verdict,
        seed=seed,
        steps=sum(episode.length for episode in judged) * substeps,
        metrics=metrics,
        outputs=outputs,
        trajectory_sha256=digest_of(judged),
        notes=notes,
    )
