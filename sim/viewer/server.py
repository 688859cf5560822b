"""HTTP and WebSockets: the page, what it loads, and one stream of poses to each client.

Owns the door to `websockets`. The stage ticks in a process of its own (`clock`); here, a thread reads what it says, and
each client is written to by a task of its own that sends the newest poses when the client can take them.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import logging
import multiprocessing
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from sim.assets.library import Library
from sim.errors import InputError, Problem
from sim.viewer.clock import Plan, run
from sim.viewer.wire import MAX_MESSAGE, RECORD, Message, PoseTable, Refused, frame, parse
from sim.viewer.world import WorldFiles
from sim.world.layout import Layout

PORT = 8008
TRIED_PORTS = 20
MAX_CLIENTS = 64
LAG_TICKS = 90  # a client that has not acknowledged so many gets no more until it does
RATE, BURST = 240.0, 480.0  # messages a second that a client may send
COMMAND = 8.0  # messages that a command counts for
STRIKES = 200  # messages that are none, before a client is sent away
FLOOD = 20_000  # messages over the rate, before it is
TEXTS = 512  # messages that wait for a client that does not read
WATCH_SECONDS = 2.0
SCRIPTS = ("main", "net", "picture", "view", "hud", "input", "sound", "three")
PAGE = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/style.css": ("style.css", "text/css; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
    **{f"/{name}.js": (f"{name}.js", "text/javascript; charset=utf-8") for name in SCRIPTS},
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Client:
    """One open page.

    | attribute | is                                          |
    |-----------|---------------------------------------------|
    | number    | what it is called between here and the stage  |
    | player    | its player, when the stage has players         |
    | sent, ack | the newest tick sent to it and had by it        |
    | writes    | whether it may change files                     |
    """

    def __init__(self, number: int, socket_: Any, writes: bool):
        self.number, self.socket, self.writes = number, socket_, writes
        self.player: int | None = None
        self.sent = self.ack = self.input = -1
        self.greeted = False
        self.texts: deque[str] = deque(maxlen=TEXTS)
        self.wake = asyncio.Event()
        self.strikes = self.flood = 0
        self.tokens, self.counted = BURST, time.monotonic()
        self.bytes = 0

    def say(self, message: dict[str, Any]) -> None:
        """Queues a message."""
        self.texts.append(json.dumps(message, separators=(",", ":")))
        self.wake.set()

    def may(self) -> bool:
        """Whether it may send another message now; a bucket that fills at `RATE`."""
        now = time.monotonic()
        self.tokens = min(BURST, self.tokens + (now - self.counted) * RATE)
        self.counted = now
        if self.tokens < 1:
            self.flood += 1
            return False
        self.tokens -= 1
        return True


class Server:
    """Serves one stage to many clients.

    Args:
        plan: What is shown.
        host: The address to listen on.
        port: Its port; the first free one from `PORT` on when None.
    """

    def __init__(self, plan: Plan, host: str = "127.0.0.1", port: int | None = None):
        self.plan, self.host = plan, host
        self._socket = _listen(host, port)
        self.port = self._socket.getsockname()[1]
        self.clients: dict[int, Client] = {}
        self._count = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        try:
            self._begin()
        except BaseException:
            self._socket.close()
            raise

    @property
    def url(self) -> str:
        """Where the page is."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"

    # -----------------------------------------------------------------------------------------------------------------
    # The stage's process

    def _begin(self) -> None:
        """Starts the process; its first word says whether there is anything to show.

        Raises:
            InputError: There is not.
        """
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=run, args=(theirs, self.plan), daemon=True)
        self._process.start()
        theirs.close()
        try:
            word = self._pipe.recv()
        except EOFError:
            raise InputError(Problem(f"view {self.plan.target}", "cannot be shown: its process ended")) from None
        if word[0] == "failed":
            self._process.join()
            raise word[1]
        _, layout, self.step, parts = word
        library = Library(*self.plan.roots)
        self.files = WorldFiles(Layout.from_json(layout, library), tuple(parts))
        self.table, self._lock = PoseTable(len(parts)), threading.Lock()
        self._now = (0.0, 0.0)
        self._frames: dict[int, bytes] = {}
        threading.Thread(target=self._read, args=(self._pipe,), daemon=True).start()

    def _read(self, pipe: Any) -> None:
        """Takes what the stage says, at once: it never waits for a client."""
        try:
            while True:
                verb, *what = pipe.recv()
                if pipe is not self._pipe:  # of a stage that another has taken the place of
                    return
                if verb == "frame":
                    tick, clock, seconds, data = what
                    with self._lock:
                        self.table.take(tick, np.frombuffer(data, RECORD))
                        self._now = (clock, seconds)
                        self._frames.clear()
                    self._soon(self._wake)
                else:
                    self._soon(self._heard, verb, what)
        except (EOFError, OSError):
            if pipe is self._pipe:
                self._soon(self._ended)

    def _soon(self, act: Callable[..., None], *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            if self._loop is not None:
                self._loop.call_soon_threadsafe(act, *arguments)

    def _wake(self) -> None:
        for client in self.clients.values():
            client.wake.set()

    def _heard(self, verb: str, what: list[Any]) -> None:
        if verb == "say":
            for message in what[0]:
                for page in self.clients.values():
                    page.say(message)
            return
        client = self.clients.get(what[0])
        if verb == "hello":
            if client is None:
                if what[1] is not None:
                    self._tell("leave", what[1])
                return
            client.player = what[1]
            client.say({"t": "hello", "you": what[1], "step": self.step, "writes": client.writes} | what[2])
            client.greeted = True
        elif client is not None:
            client.say(what[1])

    def _ended(self) -> None:
        for client in self.clients.values():
            client.say({"t": "toast", "text": "the simulation has ended", "bad": True})

    def _tell(self, *what: Any) -> None:
        with contextlib.suppress(OSError):
            self._pipe.send(what)

    # -----------------------------------------------------------------------------------------------------------------
    # Serving

    async def serve(self, ready: Callable[[], None] | None = None) -> None:
        """Serves until cancelled."""
        from websockets.asyncio.server import serve

        self._loop = asyncio.get_running_loop()
        logging.getLogger("websockets").setLevel(logging.CRITICAL)
        async with serve(
            self._client,
            sock=self._socket,
            process_request=self._request,
            compression=None,
            max_size=MAX_MESSAGE,
            max_queue=32,
            write_limit=65536,
            open_timeout=120,
            close_timeout=4,
            ping_interval=20,
            ping_timeout=40,
            server_header=None,
        ):
            watch = asyncio.create_task(self._watch())
            if ready:
                ready()
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                watch.cancel()

    def close(self) -> None:
        """Ends the stage's process and frees the port."""
        self._loop = None
        self._tell("close")
        self._process.join(2.0)
        if self._process.is_alive():
            self._process.terminate()
        self._pipe.close()
        self._socket.close()

    async def _watch(self) -> None:
        """Says so when a file that the world is made of changes."""
        known = await asyncio.to_thread(self.files.stamps)
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = await asyncio.to_thread(self.files.stamps)
            changed = sorted(name for name, stamp in now.items() if known.get(name, stamp) != stamp)
            known = now
            for client in self.clients.values():
                if changed:
                    client.say({"t": "stale", "files": changed})

    async def _reload(self) -> None:
        """Builds everything anew from the files; the pages load themselves again."""
        old = self._pipe, self._process
        try:
            await asyncio.to_thread(self._begin)
        except InputError as error:
            self._pipe, self._process = old
            for client in self.clients.values():
                client.say({"t": "toast", "text": str(error.problems[0]), "bad": True})
            return
        with contextlib.suppress(OSError):
            old[0].send(("close",))
        for client in self.clients.values():
            client.say({"t": "reload"})

    # -----------------------------------------------------------------------------------------------------------------
    # HTTP

    async def _request(self, connection: Any, request: Any) -> Any:
        """The answer to a request; None lets a WebSocket open."""
        host = request.headers.get("Host", "")
        if not self._is_ours(host):
            return _response(403, "text/plain", b"no page of this host\n")
        path = request.path.partition("?")[0]
        if path == "/socket":
            if request.headers.get("Origin") != f"http://{host}":
                return _response(403, "text/plain", b"a page of another origin\n")
            if len(self.clients) >= MAX_CLIENTS:
                return _response(503, "text/plain", b"too many pages\n")
            return None
        if path in PAGE:
            name, kind = PAGE[path]
            return _response(200, kind, _page_file(name))
        if path in ("/world.glb", "/sky.bin", "/world.json"):
            body, kind, tag = await asyncio.to_thread(self.files.file, path)
            if request.headers.get("If-None-Match") == tag:
                return _response(304, kind, b"", tag)
            return _response(200, kind, body, tag)
        return _response(404, "text/plain", b"nothing here\n")

    def _is_ours(self, host: str) -> bool:
        """Whether a Host header names this machine by number or as localhost: a name could be anybody's."""
        name, _, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
        name, port = (host, "80") if not name else (name, port or "80")
        if port != str(self.port):
            return False
        if name in ("localhost", self.host):
            return True
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True

    # -----------------------------------------------------------------------------------------------------------------
    # WebSockets

    async def _client(self, socket_: Any) -> None:
        """The life of one client."""
        from websockets.exceptions import ConnectionClosed

        self._count += 1
        address = socket_.remote_address[0] if socket_.remote_address else ""
        client = Client(self._count, socket_, ipaddress.ip_address(address.partition("%")[0]).is_loopback)
        self.clients[client.number] = client
        self._tell("hello", client.number, f"player {client.number}")
        sender = asyncio.create_task(self._send(client))
        try:
            async for data in socket_:
                if not await self._take(client, data):
                    break
        except ConnectionClosed:
            pass
        finally:
            del self.clients[client.number]
            sender.cancel()
            if client.player is not None:
                self._tell("leave", client.player)

    async def _take(self, client: Client, data: str | bytes) -> bool:
        """Takes what a client sent; False when it is to go."""
        if not client.may():
            if client.flood % 64 == 0:
                await asyncio.sleep(0.002)
            if client.flood > FLOOD:
                await client.socket.close(1008, "too many messages")
                return False
            return True
        try:
            message = parse(data)
        except Refused as refusal:
            client.strikes += 1
            if client.strikes > STRIKES:
                await client.socket.close(1008, f"a message {refusal}")
                return False
            return True
        await self._act(client, message)
        return True

    async def _act(self, client: Client, message: Message) -> None:
        if message.kind == "do":
            client.tokens -= COMMAND
        client.ack = max(client.ack, min(message.ack, client.sent))
        client.wake.set()
        if message.kind == "in" and message.held and message.number > client.input:
            client.input = message.number
            if client.player is not None:
                self._tell("hold", client.player, message.held)
        elif message.kind == "do" and message.what == "reload":
            await self._reload()
        elif message.kind == "do":
            self._tell("do", client.number, message.number, message.what, message.values, client.writes)

    async def _send(self, client: Client) -> None:
        """Sends a client what it has not had; waits while it does not read."""
        from websockets.exceptions import ConnectionClosed

        with contextlib.suppress(ConnectionClosed):
            while True:
                await client.wake.wait()
                client.wake.clear()
                while client.texts:
                    text = client.texts.popleft()
                    client.bytes += len(text)
                    await client.socket.send(text)
                if client.greeted and (data := self._frame_for(client)):
                    client.bytes += len(data)
                    await client.socket.send(data)

    def _frame_for(self, client: Client) -> bytes | None:
        """The frame from what a client has to now; the same bytes for all that have the same."""
        with self._lock:
            tick = self.table.tick
            if client.sent < 0:
                client.ack = tick  # from here on it is to say what it has
            if tick <= client.sent or client.sent - client.ack > LAG_TICKS:
                return None
            if client.sent not in self._frames:
                records = self.table.since(client.sent)
                self._frames[client.sent] = frame(tick, *self._now, records, client.sent < 0)
            data = self._frames[client.sent]
        client.sent = tick
        return data


def _listen(host: str, port: int | None) -> socket.socket:
    """A bound socket.

    Raises:
        InputError: The address is not this machine's, or the port is taken.
    """
    if port is not None and not 0 <= port <= 65535:
        raise InputError(Problem("--port", "is no port", "0 to 65535", str(port)))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    ports = [port] if port is not None else list(range(PORT, PORT + TRIED_PORTS))
    for i, number in enumerate(ports):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, number))
            listener.listen(64)
            return listener
        except OSError as error:
            listener.close()
            if i + 1 == len(ports):
                where = "--host" if isinstance(error, socket.gaierror) else "--port"
                raise InputError(Problem(where, f"{host}:{number}: {error.strerror}")) from None
    raise AssertionError("no port was tried")


def _page_file(name: str) -> bytes:
    return (Path(str(resources.files("sim.viewer"))) / "page" / name).read_bytes()


def _response(status: int, kind: str, body: bytes, tag: str = "") -> Any:
    from websockets.datastructures import Headers
    from websockets.http11 import Response

    reason = {200: "OK", 304: "Not Modified", 403: "Forbidden", 404: "Not Found", 503: "Service Unavailable"}[status]
    headers = Headers()
    headers["Content-Type"] = kind
    headers["Content-Length"] = str(len(body))
    headers["Connection"] = "close"
    headers["Cache-Control"] = "no-cache"
    headers["Content-Security-Policy"] = POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if tag:
        headers["ETag"] = tag
    return Response(status, reason, headers, body)


def view(
    target: str,
    library: Library,
    host: str = "127.0.0.1",
    port: int | None = None,
    opened: bool = True,
    seed: int | None = None,
    allow_scripts: bool = False,
) -> None:
    """Serves a world, a scenario or a take until Ctrl-C.

    Args:
        target: ``world``, ``world/scenario``, or the path of a take.
        library: Where worlds are.
        host: The address to listen on.
        port: Its port; the first free one from 8008 on when None.
        opened: Whether to open the page in a browser.
        seed: Instead of the scenario's own.
        allow_scripts: Whether Python that a scenario names may run.

    Raises:
        InputError: There is no such thing, its files are wrong, or the port is taken.
    """
    server = Server(Plan(target, library.roots, seed, allow_scripts), host, port)

    def ready() -> None:
        print(server.url, flush=True)
        if opened:
            import webbrowser

            threading.Thread(target=webbrowser.open, args=(server.url,), daemon=True).start()

    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(server.serve(ready))
    finally:
        server.close()
