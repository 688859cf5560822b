"""Episodes as a Minari dataset: HDF5 that ``minari.load_dataset`` reads.

The layout is that of Minari 0.5 (Farama Foundation): ``<id>/data/main_data.hdf5`` with one group an episode, and
``metadata.json`` beside it. Written with h5py alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import InputError, Problem, missing_extra
from sim.exchange.episodes import Facts, Recorded
from sim.files import write_whole

VERSION = "0.5.0"  # of the layout


def _h5py() -> Any:
    try:
        import h5py
    except ImportError:
        raise missing_extra("minari dataset", "h5py", "datasets") from None
    return h5py


def write_minari(folder: Path, name: str, episodes: Sequence[Recorded], facts: Facts) -> Path:
    """Writes a dataset; ``MINARI_DATASETS_PATH=<folder>`` and ``minari.load_dataset(name)`` read it.

    Args:
        folder: Where datasets are.
        name: Of the dataset, ``prophouse/city-pick/expert-v0``.
        episodes: In their order.
        facts: What holds of all of them.

    Raises:
        InputError: h5py is not installed, or the place cannot be written.
    """
    h5py = _h5py()
    data = folder / name / "data"
    path, beside = data / "main_data.hdf5", data / ".main_data.hdf5"
    try:
        data.mkdir(parents=True, exist_ok=True)
        with h5py.File(beside, "w", track_order=True) as file:
            for i, episode in enumerate(episodes):
                _write_episode(file.create_group(f"episode_{i}"), i, episode)
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InputError(Problem(str(path), f"cannot be written: {error.strerror or error}")) from None
    head = _metadata(name, episodes, facts, path.stat().st_size)
    write_whole(data / "metadata.json", (json.dumps(head, indent=1) + "\n").encode())
    return path


def _write_episode(group: Any, i: int, episode: Recorded) -> None:
    n = len(episode.actions)
    group.attrs["id"], group.attrs["seed"], group.attrs["total_steps"] = i, episode.seed, n
    group.attrs["randomised"] = json.dumps(plain(dict(episode.randomised)))
    seen = group.create_group("observations")
    for key, values in episode.seen.items():
        packed = {"compression": "gzip", "compression_opts": 4} if values.dtype == np.uint8 else {}
        seen.create_dataset(key, data=values, **packed)
    ends = np.zeros((2, n), bool)
    ends[0, -1], ends[1, -1] = episode.terminated, episode.truncated
    group.create_dataset("actions", data=episode.actions)
    group.create_dataset("rewards", data=episode.rewards)
    group.create_dataset("terminations", data=ends[0])
    group.create_dataset("truncations", data=ends[1])
    success = np.zeros(n + 1, bool)
    success[-1] = episode.success
    group.create_group("infos").create_dataset("is_success", data=success)


def _metadata(name: str, episodes: Sequence[Recorded], facts: Facts, size: int) -> dict[str, Any]:
    observed = {key: space for key, space in facts.spaces.items() if key != "action"}
    spec: dict[str, Any] = {
        "id": facts.env_id,
        "entry_point": facts.entry_point,
        "reward_threshold": None,
        "nondeterministic": False,
        "max_episode_steps": None,
        "disable_env_checker": True,
        "kwargs": dict(facts.kwargs),
        "additional_wrappers": [],
        "vector_entry_point": None,
    }
    return {
        "dataset_id": name,
        "total_episodes": len(episodes),
        "total_steps": int(sum(len(episode.actions) for episode in episodes)),
        "data_format": "hdf5",
        "minari_version": VERSION,
        "observation_space": json.dumps({"type": "Dict", "subspaces": {k: _box(v) for k, v in observed.items()}}),
        "action_space": json.dumps(_box(facts.spaces["action"])),
        "env_spec": json.dumps(spec),
        "algorithm_name": facts.algorithm,
        "description": facts.about,
        "requirements": ["prophouse"],
        "jpeg_encoding": False,
        "dataset_size": round(size / 1e6, 1),
        "assets": dict(facts.assets),
    }


def _box(space: Any) -> dict[str, Any]:
    return {
        "type": "Box",
        "dtype": str(space["dtype"]),
        "shape": list(space["shape"]),
        "low": np.full(space["shape"], space["low"]).tolist(),
        "high": np.full(space["shape"], space["high"]).tolist(),
    }


def read_minari(path: Path, i: int) -> dict[str, Any]:
    """Episode ``i`` of a dataset: ``seed``, ``observations`` by key, ``actions``, ``rewards``, ``randomised``.

    Raises:
        InputError: The file is missing or has no such episode.
    """
    h5py = _h5py()
    try:
        with h5py.File(path, "r") as file:
            group = file[f"episode_{i}"]
            return {
                "seed": int(group.attrs["seed"]),
                "observations": {key: group["observations"][key][()] for key in group["observations"]},
                "actions": group["actions"][()],
                "rewards": group["rewards"][()],
                "randomised": json.loads(group.attrs["randomised"]),
            }
    except (OSError, KeyError) as error:
        raise InputError(Problem(str(path), f"has no episode {i}", got=str(error)[:80])) from None


def plain(value: Any) -> Any:
    """The same in Python's own types, for JSON."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value
