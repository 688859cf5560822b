"""Episodes as a LeRobotDataset v3.0: parquet for numbers, mp4 for cameras, JSON for what holds of all.

The layout is that of Hugging Face LeRobot's ``docs/source/lerobot-dataset-v3.mdx`` (Apache-2.0): many episodes a file,
found by the ranges in ``meta/episodes``. Written with pyarrow and our own video writer.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import missing_extra
from sim.exchange.episodes import Facts, Recorded
from sim.exchange.minari import plain
from sim.files import write_whole
from sim.render.video import VideoWriter

VERSION = "v3.0"
FILE = "chunk-000/file-000"
STATE = {"observation": "observation.state", "achieved_goal": "observation.achieved_goal"}
STATE |= {"desired_goal": "observation.environment_state"}


def _arrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise missing_extra("lerobot dataset", "pyarrow", "datasets") from None
    return pyarrow


def write_lerobot(folder: Path, episodes: Sequence[Recorded], facts: Facts) -> Path:
    """Writes a dataset into a folder, which becomes its root.

    Args:
        folder: The dataset's own.
        episodes: In their order.
        facts: What holds of all of them.

    Raises:
        InputError: pyarrow is not installed, or the place cannot be written.
    """
    arrow = _arrow()
    cameras = [key for key, space in facts.spaces.items() if str(space["dtype"]) == "uint8"]
    depths = [key for key, space in facts.spaces.items() if len(space["shape"]) == 3 and key not in cameras]
    columns = _columns(episodes, facts, [*cameras, *depths])
    _write_table(arrow, columns, folder / "data" / f"{FILE}.parquet")
    for key in cameras:
        _write_video(folder / "videos" / f"observation.images.{key}" / f"{FILE}.mp4", key, episodes, facts)
    stats = {name: _stats(values) for name, values in columns.items()}
    _write_table(
        arrow, _episode_rows(episodes, facts, cameras, columns), folder / "meta" / "episodes" / f"{FILE}.parquet"
    )
    _write_tasks(arrow, facts, folder / "meta" / "tasks.parquet")
    info = _info(episodes, facts, cameras, columns)
    for name, content in (("info", info), ("stats", stats)):
        write_whole(folder / "meta" / f"{name}.json", (json.dumps(plain(content), indent=4) + "\n").encode())
    return folder / "meta" / "info.json"


def _columns(episodes: Sequence[Recorded], facts: Facts, skip: list[str]) -> dict[str, NDArray[Any]]:
    """Every column of the frames: an observation and the action taken on it."""
    lengths = [len(episode.actions) for episode in episodes]
    columns: dict[str, NDArray[Any]] = {}
    for key in facts.spaces:
        if key in skip:
            continue
        if key == "action":
            columns["action"] = np.concatenate([e.actions for e in episodes]).astype(np.float32)
        else:
            columns[STATE.get(key, f"observation.{key}")] = np.concatenate([e.seen[key][:-1] for e in episodes])
    frames = np.concatenate([np.arange(n) for n in lengths])
    columns["next.reward"] = np.concatenate([e.rewards for e in episodes]).astype(np.float32)
    columns["next.done"] = np.concatenate([np.arange(n) == n - 1 for n in lengths])
    columns["next.success"] = np.concatenate(
        [(np.arange(n) == n - 1) & e.success for n, e in zip(lengths, episodes, strict=True)]
    )
    columns["timestamp"] = (frames / facts.fps).astype(np.float32)
    columns["frame_index"] = frames.astype(np.int64)
    columns["episode_index"] = np.repeat(np.arange(len(episodes)), lengths).astype(np.int64)
    columns["index"] = np.arange(sum(lengths), dtype=np.int64)
    columns["task_index"] = np.zeros(sum(lengths), np.int64)
    return columns


def _write_table(arrow: Any, columns: dict[str, Any], path: Path) -> None:
    arrays = {}
    for name, values in columns.items():
        if isinstance(values, np.ndarray) and values.ndim == 2:
            flat = arrow.array(np.ascontiguousarray(values).reshape(-1))
            arrays[name] = arrow.FixedSizeListArray.from_arrays(flat, values.shape[1])
        else:
            arrays[name] = arrow.array(values)
    buffer = io.BytesIO()
    arrow.parquet.write_table(arrow.table(arrays), buffer, compression="snappy")
    write_whole(path, buffer.getvalue())


def _write_tasks(arrow: Any, facts: Facts, path: Path) -> None:
    """The tasks, indexed by their sentence as pandas does."""
    column = lambda name, kind, numpy: {  # noqa: E731
        "name": name,
        "field_name": name,
        "pandas_type": kind,
        "numpy_type": numpy,
        "metadata": None,
    }
    pandas = {
        "index_columns": ["task"],
        "column_indexes": [],
        "columns": [column("task_index", "int64", "int64"), column("task", "unicode", "object")],
        "creator": {"library": "pyarrow", "version": arrow.__version__},
        "pandas_version": "2.0.0",
    }
    table = arrow.table({"task_index": arrow.array([0]), "task": arrow.array([facts.task])})
    table = table.replace_schema_metadata({b"pandas": json.dumps(pandas).encode()})
    buffer = io.BytesIO()
    arrow.parquet.write_table(table, buffer)
    write_whole(path, buffer.getvalue())


def _write_video(path: Path, key: str, episodes: Sequence[Recorded], facts: Facts) -> None:
    height, width, _ = facts.spaces[key]["shape"]
    with VideoWriter(path, (width, height), facts.fps, crf=18, preset="veryfast") as video:
        for episode in episodes:
            for rgb in episode.seen[key][:-1]:
                video.write_frame(rgb)


def _episode_rows(
    episodes: Sequence[Recorded], facts: Facts, cameras: list[str], columns: dict[str, NDArray[Any]]
) -> dict[str, Any]:
    """One row an episode: where its frames are, in which files, and what they come to."""
    lengths = np.array([len(episode.actions) for episode in episodes], np.int64)
    ends = np.cumsum(lengths)
    n, none = len(episodes), np.zeros(len(episodes), np.int64)
    rows: dict[str, Any] = {
        "episode_index": np.arange(n, dtype=np.int64),
        "tasks": [[facts.task]] * n,
        "length": lengths,
        "data/chunk_index": none,
        "data/file_index": none,
        "dataset_from_index": ends - lengths,
        "dataset_to_index": ends,
        "meta/episodes/chunk_index": none,
        "meta/episodes/file_index": none,
        "seed": np.array([episode.seed for episode in episodes], np.int64),
        "randomised": [json.dumps(plain(dict(episode.randomised))) for episode in episodes],
    }
    for key in cameras:
        name = f"videos/observation.images.{key}"
        rows |= {f"{name}/chunk_index": none, f"{name}/file_index": none}
        rows |= {f"{name}/from_timestamp": (ends - lengths) / facts.fps, f"{name}/to_timestamp": ends / facts.fps}
    for feature, values in columns.items():
        found = [_stats(values[stop - length : stop]) for length, stop in zip(lengths, ends, strict=True)]
        for statistic in found[0]:
            rows[f"stats/{feature}/{statistic}"] = [one[statistic] for one in found]
    return rows


def _stats(values: NDArray[Any]) -> dict[str, list[float]]:
    table = np.asarray(values, float).reshape(len(values), -1)
    return {
        "min": table.min(axis=0).tolist(),
        "max": table.max(axis=0).tolist(),
        "mean": table.mean(axis=0).tolist(),
        "std": table.std(axis=0).tolist(),
        "count": [len(table)],
    }


def _info(
    episodes: Sequence[Recorded], facts: Facts, cameras: list[str], columns: dict[str, NDArray[Any]]
) -> dict[str, Any]:
    features: dict[str, Any] = {}
    for name, values in columns.items():
        shape = list(values.shape[1:]) or [1]
        names = [f"{name.rsplit('.', 1)[-1]}_{i}" for i in range(shape[0])] if values.ndim == 2 else None
        features[name] = {"dtype": str(values.dtype), "shape": shape, "names": names}
    for key in cameras:
        height, width, _ = facts.spaces[key]["shape"]
        features[f"observation.images.{key}"] = {
            "dtype": "video",
            "shape": [height, width, 3],
            "names": ["height", "width", "channels"],
            "info": {
                "video.height": height,
                "video.width": width,
                "video.codec": "h264",
                "video.pix_fmt": "yuv420p",
                "video.is_depth_map": False,
                "video.fps": facts.fps,
                "video.channels": 3,
                "has_audio": False,
            },
        }
    return {
        "codebase_version": VERSION,
        "robot_type": facts.robot,
        "total_episodes": len(episodes),
        "total_frames": len(columns["index"]),
        "total_tasks": 1,
        "chunks_size": 1000,
        "data_files_size_in_mb": 100,
        "video_files_size_in_mb": 500,
        "fps": facts.fps,
        "splits": {"train": f"0:{len(episodes)}"},
        "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
        "video_path": "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4" if cameras else None,
        "features": features,
    }
