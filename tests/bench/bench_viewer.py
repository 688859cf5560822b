"""What the viewer's server costs: bytes to each page, and ticks with eight pages on one world."""

import asyncio
import json
import tempfile
import time
from pathlib import Path

from sim.assets.library import starter_root
from sim.viewer.server import Plan, Server
from tests.bench.harness import Row

MOVING = """\
schema: world/1
about: two hundred balls that never rest
gravity: [0, 0, 0]
sleeping: false
objects:
  ball: {asset: football, at: [0, 0, 1], velocity: [0.3, 0.2, 0.1], angular_velocity: [1, 2, 3], grid: {count: [10, 10, 2], step: [1, 1, 1]}}
"""
PAGES, SECONDS = 8, 8.0


async def _page(url: str, until: float) -> tuple[int, int, dict]:
    """Bytes and frames that a page gets until a time, and what a tick took last."""
    from websockets.asyncio.client import connect

    size = frames = 0
    load: dict = {}
    async with connect(
        f"{url.replace('http', 'ws')}socket", origin=url.rstrip("/"), compression=None, proxy=None
    ) as socket:
        async for data in socket:
            if isinstance(data, bytes):
                frames += 1
                if frames > 1:  # the first has everything
                    size += len(data)
                if frames % 15 == 0:
                    await socket.send(json.dumps({"t": "ack", "ack": int.from_bytes(data[4:8], "little")}))
            elif (message := json.loads(data))["t"] == "load":
                load = message
            elif message["t"] != "hello":
                size += len(data)
            if time.monotonic() > until:
                break
    return size, frames, load


async def _pages(server: Server) -> list[tuple[int, int, dict]]:
    serving = asyncio.create_task(server.serve())
    await asyncio.sleep(1.0)
    until = time.monotonic() + SECONDS
    found = await asyncio.gather(*[_page(server.url, until) for _ in range(PAGES)])
    serving.cancel()
    return found


def stream() -> list[Row]:
    """Two hundred moving things at 60 Hz, eight pages."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "worlds/balls").mkdir(parents=True)
        (root / "worlds/balls/world.yaml").write_text(MOVING)
        server = Server(Plan("balls", (root, starter_root())), port=0)
        try:
            found = asyncio.run(_pages(server))
        finally:
            server.close()
    rate = max(size for size, _, _ in found) / SECONDS / 1000
    slowest = min(frames for _, frames, _ in found) / SECONDS
    load = found[0][2]
    return [
        Row("kB/s to a page, 200 moving things (ours, allowed)", rate, 250.0, "kB/s", 1.0),
        Row(f"p99 of a tick's processor time, {PAGES} pages (ours, allowed)", load["work_p99_ms"], 16.0, "ms", 1.0),
        Row(f"p99 of a tick by the wall clock, {PAGES} pages (ours, allowed)", load["p99_ms"], 16.0, "ms"),
        Row("frames a second of the slowest page (ours, wanted)", slowest, 60.0, "1/s"),
    ]


BENCHES = [stream]
