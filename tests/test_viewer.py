"""The viewer: poses in few bytes, messages that are none, pages of other origins, slow clients, edits and saves."""

import asyncio
import contextlib
import json
import threading
import time
import urllib.error
import urllib.request

import numpy as np
import pytest

from sim.assets.library import starter_root
from sim.errors import InputError
from sim.pose import rotate
from sim.schema import read_yaml
from sim.viewer.edits import Edits
from sim.viewer.saves import seal, unseal
from sim.viewer.server import Plan, Server
from sim.viewer.stage import TakeStage, WorldStage
from sim.viewer.wire import Held, PoseTable, Refused, frame, grid_step, pack, parse, read_frame, unpack
from sim.world.take import record
from sim.world.world import World

WORLD = """\
# a small world
schema: world/1
about: two crates and a ball
ground: {substance: reference}
objects:
  crate: {asset: crate, at: [0, 0, 0]}  # stays
  pair: {asset: crate, at: [2, 0, 0], grid: {count: [1, 2, 1], step: [0, 1, 0]}}
  ball: {asset: football, at: [-1, 0, 1.5], velocity: [1, 0, 0]}
cameras:
  main: {at: [-3, -4, 1.6], look_at: [0, 0, 0.5]}
"""


@pytest.fixture
def small(project):
    """A project with a small world of its own."""
    project.write("worlds/small/world.yaml", WORLD)
    return project


# ---------------------------------------------------------------------------------------------------------------------
# What goes over the wire


def turns(rng, n):
    q = rng.standard_normal((n, 4))
    return q / np.linalg.norm(q, axis=1, keepdims=True)


def test_a_pose_comes_back_within_a_millimetre_and_a_tenth_of_a_degree():
    rng = np.random.default_rng(3)
    place, turn = rng.uniform(-2000, 2000, (20_000, 3)), turns(rng, 20_000)
    there, turned = unpack(pack(place, turn, grid_step(2000)), grid_step(2000))
    assert np.linalg.norm(there - place, axis=1).max() < 1e-3
    cosine = np.abs(np.sum(turned * turn, axis=1)).clip(0, 1)
    assert np.rad2deg(2 * np.arccos(cosine)).max() < 0.1


@pytest.mark.parametrize(
    "q", [[0, 0, 0, 1], [1, 0, 0, 0], [0, -1, 0, 0], [0.5, 0.5, -0.5, -0.5], [0, 0, 0.7071068, 0.7071068]]
)
def test_plain_turns_are_as_good(q):
    _, turned = unpack(pack(np.zeros((1, 3)), np.array([q], float), 1e-3), 1e-3)
    axis = np.array([0.3, -0.5, 0.8])
    assert rotate(turned[0], axis) == pytest.approx(rotate(np.array(q, float), axis), abs=1e-4)


def test_a_place_that_is_too_far_or_nowhere_stays_on_the_grid():
    there, _ = unpack(pack(np.array([[1e9, -1e9, np.nan]]), np.array([[0, 0, 0, 1.0]]), 1 / 4096), 1 / 4096)
    assert np.abs(there).max() <= 2048


def test_only_what_changed_is_sent_and_nothing_is_lost():
    table, rng = PoseTable(5), np.random.default_rng(1)
    place, turn = rng.uniform(-5, 5, (5, 3)), turns(rng, 5)
    assert len(table.update(0, pack(place, turn, 1e-3))) == 5
    assert len(table.update(1, pack(place, turn, 1e-3))) == 0
    place[3] += 0.1
    assert table.update(2, pack(place, turn, 1e-3))["row"].tolist() == [3]
    place[1] += 0.1
    table.update(3, pack(place, turn, 1e-3))
    assert table.since(2)["row"].tolist() == [1]
    assert table.since(0)["row"].tolist() == [1, 3]  # who lags gets all at once
    assert len(table.since(-1)) == 5


def test_a_frame_says_when_and_what():
    records = pack(np.ones((2, 3)), np.array([[0, 0, 0, 1.0]] * 2), 1e-3)
    tick, clock, seconds, back = read_frame(frame(7, 1.5, 0.25, records))
    assert (tick, clock, seconds) == (7, 1.5, 0.25)
    assert (back == records).all()


def test_two_hundred_moving_things_are_under_a_quarter_of_a_megabyte_a_second():
    records = pack(np.zeros((200, 3)), np.array([[0, 0, 0, 1.0]] * 200), 1e-3)
    assert 60 * (len(frame(1, 0.0, 0.0, records)) + 14) < 250_000  # and at most 14 bytes of WebSocket


# ---------------------------------------------------------------------------------------------------------------------
# What a client may say


def test_what_a_player_does_is_read():
    message = parse('{"t": "in", "n": 3, "ack": 9, "held": ["forward"], "axes": {"steer": 2}, "look": [7, 9]}')
    assert (message.number, message.ack, message.held.held) == (3, 9, frozenset({"forward"}))
    assert message.held.axes == {"steer": 1.0}
    assert message.held.look == pytest.approx((7 - 2 * np.pi, np.pi / 2))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no JSON"),
        ("[1]", "no object"),
        ("[" * 4000, "no JSON"),
        ('{"t": "what"}', "no known kind"),
        ('{"t": "in", "held": "forward"}', "no actions"),
        ('{"t": "in", "held": [1]}', "no actions"),
        ('{"t": "in", "axes": {"steer": NaN}}', "no JSON"),
        ('{"t": "in", "axes": {"steer": 1e999}}', "no number"),
        ('{"t": "in", "axes": {"steer": true}}', "no number"),
        ('{"t": "in", "look": [0]}', "looks nowhere"),
        ('{"t": "in", "n": -5}', "number"),
        ('{"t": "in", "n": 1e99}', "number"),
        ('{"t": "do", "what": 3}', "no command"),
        ('{"t": "do", "what": "move", "values": []}', "no command"),
        ('{"t": "in", "held": ' + json.dumps(["x"] * 2000) + "}", "8 kB|no actions"),
    ],
)
def test_a_message_that_is_none_is_refused(text, why):
    with pytest.raises(Refused, match=why):
        parse(text)


def test_a_hundred_thousand_strange_messages_do_nothing_but_be_refused():
    rng = np.random.default_rng(8)
    good = '{"t":"in","n":12,"ack":3,"held":["forward","jump"],"axes":{"steer":0.5},"look":[0.1,0.2]}'
    words = ["in", "do", "ack", None, 1e308, -1, [], {}, "é" * 40, True, "\x00", [[]], {"t": {}}]
    taken = 0
    for i in range(100_000):
        kind = i % 4
        if kind == 0:  # letters changed
            text = list(good)
            for at in rng.integers(0, len(text), 3):
                text[at] = chr(int(rng.integers(0, 300)))
            data = "".join(text)
        elif kind == 1:
            data = good[: int(rng.integers(0, len(good)))]
        elif kind == 2:
            keys = ["t", "n", "ack", "held", "axes", "look", "what", "values"]
            data = json.dumps({key: words[int(rng.integers(0, len(words)))] for key in keys})
        else:
            data = rng.integers(0, 256, 40, dtype=np.uint8).tobytes()
        with contextlib.suppress(Refused):
            parse(data)
            taken += 1
    assert 0 < taken < 50_000


# ---------------------------------------------------------------------------------------------------------------------
# Saves and edits


def test_a_save_is_refused_when_cut_short_edited_or_of_something_else():
    data = seal({"kind": "world", "world": "yard"}, b"payload")
    assert unseal(data, {"world": "yard"}, "a.save") == b"payload"
    with pytest.raises(InputError, match=r"^a.save: is cut short or was edited$"):
        unseal(data[:-3], {}, "a.save")
    with pytest.raises(InputError, match="was edited"):
        unseal(data[:-1] + b"!", {}, "a.save")
    with pytest.raises(InputError, match=r"a\.save: world: is another; expected city, got yard"):
        unseal(data, {"world": "city"}, "a.save")
    with pytest.raises(InputError, match="was saved by another version"):
        unseal(data.replace(b"SAVE 1", b"SAVE 0"), {}, "a.save")
    with pytest.raises(InputError, match="is no saved game"):
        unseal(b"\x89PNG", {}, "a.save")


def test_what_was_saved_comes_back(small):
    stage = WorldStage(small.library, "small")
    for _ in range(30):
        stage.tick()
    before = stage.read()
    name = stage.do("save", {}, True)["name"]
    for _ in range(60):
        stage.tick()
    stage.do("load", {"name": name}, True)
    after = stage.read()
    assert after.step == before.step
    assert after.position == pytest.approx(before.position, abs=1e-9)
    assert after.linear_velocity == pytest.approx(before.linear_velocity, abs=1e-9)
    path = stage.folder / "saves" / f"{name}.save"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="is cut short"):
        stage.do("load", {"name": name}, True)
    with pytest.raises(InputError, match="no save is called 'nothing'"):
        stage.do("load", {"name": "nothing"}, True)
    stage.close()


def test_a_moved_thing_starts_there_and_the_file_keeps_its_comments(small):
    stage = WorldStage(small.library, "small")
    stage.do("move", {"name": "crate", "at": [0.5, -1, 0], "rotate_deg": [0, 0, 30]}, True)
    stage.do("move", {"name": "pair_1", "at": [3, 1, 0], "rotate_deg": [0, 0, 0]}, True)
    state = stage.read()
    assert state.pose("crate").position == pytest.approx([0.5, -1, 0])
    assert state.pose("pair_0").position == pytest.approx([3, 0, 0])  # all copies move
    path = small.root / "worlds/small/world.yaml"
    assert path.read_text() == WORLD
    said = stage.do("write", {}, True)["said"]
    assert "world.yaml" in said
    expected = WORLD.replace("at: [0, 0, 0]}  # stays", "at: [0.5, -1, 0], yaw_deg: 30}  # stays")
    assert path.read_text() == expected.replace("at: [2, 0, 0], grid", "at: [3, 0, 0], grid")
    stage.close()


def test_a_change_that_makes_no_world_is_taken_back(small):
    stage = WorldStage(small.library, "small")
    with pytest.raises(InputError, match=r"starts .* mm inside"):
        stage.do("move", {"name": "crate", "at": [2, 0, 0.1], "rotate_deg": [0, 0, 0]}, True)
    assert stage.edits.changed == []
    assert stage.read().pose("crate").position == pytest.approx([0, 0, 0], abs=1e-6)
    stage.close()


def test_a_substance_changes_what_slides(small):
    stage = WorldStage(small.library, "small")
    stage.do("substance", {"name": "pine", "field": "surface.dynamic_friction", "value": 0.01}, True)
    assert stage.layout.placement("crate").asset.surface().dynamic_friction == 0.01
    with pytest.raises(InputError, match="pine: no field is called 'colour'"):
        stage.do("substance", {"name": "pine", "field": "colour", "value": 1}, True)
    with pytest.raises(InputError, match="density"):
        stage.do("substance", {"name": "pine", "field": "density", "value": -1}, True)
    with pytest.raises(InputError, match=r"pine.yaml: is shipped with Prop House and is not written"):
        stage.do("write", {}, True)
    stage.close()


def test_what_a_world_does_not_place_is_not_moved(small):
    small.write(
        "worlds/outer/world.yaml",
        {"schema": "world/1", "about": "includes", "include": {"in": {"world": "small", "at": [0, 0, 0]}}},
    )
    edits = Edits(small.library, "outer")
    with pytest.raises(InputError, match="in/crate: belongs to the world small"):
        edits.move("in/crate", [0, 0, 0], [0, 0, 0])
    edits.close()


def test_a_command_that_is_none_or_may_not_be_is_said(small):
    stage = WorldStage(small.library, "small")
    with pytest.raises(InputError, match=r"no command is called 'paws'\n  hint: did you mean 'pause'"):
        stage.do("paws", {}, True)
    with pytest.raises(InputError, match="has values that mean nothing"):
        stage.do("move", {"name": "crate"}, True)
    with pytest.raises(InputError, match="only for a page on this machine"):
        stage.do("write", {}, False)
    stage.close()


def test_a_take_is_played_scrubbed_and_begins_again(small):
    with World.load("small", small.library) as world:
        take = record(world, 0.5)
    stage = TakeStage(take, small.root / "take.npz")
    stage.do("seek", {"time": 0.4}, True)
    assert stage.read().time == pytest.approx(0.4, abs=0.05)
    for _ in range(8):
        stage.tick()
    assert stage.read().time < 0.2
    assert stage.describe()["duration"] == pytest.approx(0.5)


LEVEL = """\
schema: game/1
about: two people, one goal
objects:
  ann: {asset: adult, at: [-3, -2, 0]}
  bob: {asset: adult, at: [-3, 3, 0]}
players:
  ann: {control: walk, thing: ann, camera: chase}
  bob: {control: walk, thing: bob}
zones:
  goal: {at: [-1.2, -2, 0], radius: 0.6}
rules:
  - {when: {enter: goal, by: ann}, then: {score: 1, message: "there"}}
"""


@pytest.fixture
def level(small):
    """A stage of a small level."""
    from sim.viewer.choose import stage_of

    small.write("worlds/small/tag.yaml", LEVEL)
    stage = stage_of("small/tag", small.library)
    yield stage
    stage.close()


def test_a_game_waits_for_somebody_and_each_page_has_its_own_player(level):
    level.tick()
    assert level.read().step == 0  # nobody plays yet
    assert [level.join("a"), level.join("b"), level.join("c")] == [0, 1, None]
    told = level.describe(0)
    assert told["game"]["keys"]["forward"] == ["KeyW", "ArrowUp", "Axis1-"]
    assert "throw" not in told["game"]["keys"]  # this player throws nothing
    assert "game" not in level.describe(None)
    level.hold(0, Held(frozenset({"forward", "no such action"}), {"right": 0.0, "nonsense": 1.0}, (0.0, 0.0)))
    for _ in range(90):
        level.tick()
    assert level.read().pose("ann").position[0] > -2
    score = level.score()
    assert [player["score"] for player in score["players"]] == [1, 0]
    assert "goal" in score["zones"]
    level.leave(1)
    assert level.join("d") == 1


def test_a_game_saved_in_the_page_goes_on_from_there_to_the_last_bit(level):
    level.join("a")
    level.hold(0, Held(frozenset({"forward"})))
    for _ in range(20):
        level.tick()
    name = level.do("save", {}, True)["name"]
    for _ in range(40):
        level.tick()
    after = level.read().sha256()
    level.do("load", {"name": name}, True)
    for _ in range(40):
        level.tick()
    assert level.read().sha256() == after
    path = level.folder / "saves" / f"{name}.save"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match="is truncated or was edited"):
        level.do("load", {"name": name}, True)


def test_a_replay_of_the_page_comes_to_the_same_when_played_by_script(level, small):
    from sim.runners import load_scenario
    from sim.runners.game.game import Game
    from sim.runners.game.replay import Replay

    level.join("a")
    for i in range(60):
        level.hold(0, Held(frozenset({"forward"} if i % 20 < 12 else {"left"}), {}, (i * 0.01, 0.0)))
        level.tick()
    said = level.do("record", {"on": True}, True)["said"]
    replay = Replay.load(next((level.folder / "replays").glob("*.jsonl")))
    assert str(level.folder) in said
    _, layout, spec = load_scenario(small.library, "small/tag")
    game = Game(layout, spec, replay.seed)
    for inputs in replay.inputs():
        game.tick(inputs)
    assert game.sha256() == replay.sha256 == level.game.sha256()
    game.close()


# ---------------------------------------------------------------------------------------------------------------------
# The server


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server of a small world in a thread of its own."""
    root = tmp_path_factory.mktemp("served")
    (root / "worlds/small").mkdir(parents=True)
    (root / "worlds/small/world.yaml").write_text(WORLD.replace("substance: reference", "substance: concrete"))
    (root / "assets").mkdir()
    server = Server(Plan("small", (root, starter_root())), port=0)
    ready, loop = threading.Event(), asyncio.new_event_loop()
    task = loop.create_task(server.serve(ready.set))

    def run():
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(20)
    yield server
    loop.call_soon_threadsafe(task.cancel)
    thread.join(10)
    server.close()


def fetch(server, path, **headers):
    request = urllib.request.Request(server.url.rstrip("/") + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, b""


def test_the_page_and_what_it_loads_are_served(served):
    status, headers, body = fetch(served, "/")
    assert status == 200
    assert b"<canvas" in body
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    for script in ("main", "net", "three"):
        assert fetch(served, f"/{script}.js")[0] == 200
    status, headers, body = fetch(served, "/world.glb")
    assert body[:4] == b"glTF"
    assert fetch(served, "/world.glb", **{"If-None-Match": headers["ETag"]})[0] == 304
    assert json.loads(fetch(served, "/world.json")[2])["cameras"].keys() == {"main"}
    assert fetch(served, "/../secret")[0] == 404
    assert fetch(served, "/%2e%2e/server.py")[0] == 404


def test_a_page_of_another_host_is_refused(served):
    assert fetch(served, "/world.json", Host=f"evil.example:{served.port}")[0] == 403
    assert fetch(served, "/world.json", Host=f"localhost:{served.port}")[0] == 200


def connect(server, origin=None, **options):
    from websockets.sync.client import connect as open_

    url = server.url.replace("http", "ws") + "socket"
    return open_(url, origin=origin or server.url.rstrip("/"), compression=None, max_size=None, proxy=None, **options)


def test_a_socket_of_another_origin_is_refused(served):
    from websockets.exceptions import InvalidStatus

    for origin in ("http://evil.example", "null", f"http://evil.example:{served.port}"):
        with pytest.raises(InvalidStatus, match="403"), connect(served, origin):
            pass


class Page:
    """A client as the page is one: it says what it has seen."""

    def __init__(self, server):
        self.opened, self.frames, self.said, self.number = connect(server), 0, [], 0

    def __enter__(self):
        self.socket = self.opened.__enter__()
        self.hello = self.until("hello")
        return self

    def __exit__(self, *error):
        self.opened.__exit__(*error)

    def take(self, timeout=5.0):
        data = self.socket.recv(timeout)
        if isinstance(data, bytes):
            self.frames += 1
            self.tick, _, self.time, self.records = read_frame(data)
            return {"t": "frame"}
        message = json.loads(data)
        self.said.append(message)
        return message

    def until(self, kind):
        for _ in range(2000):
            message = self.take()
            if message["t"] == kind:
                return message
        raise AssertionError(f"no {kind} came")

    def say(self, **message):
        self.socket.send(json.dumps({"ack": getattr(self, "tick", -1), **message}))

    def act(self, what, **values):
        self.number += 1
        self.say(t="do", n=self.number, what=what, values=values)
        while True:
            message = self.until("done")
            if message["n"] == self.number:
                return message


def test_a_page_sees_things_move_and_everybody_sees_them_stop(served):
    with Page(served) as one, Page(served) as two:
        one.until("frame")
        assert len(one.records) == len(one.hello["parts"])  # the first frame has everything
        begun = one.tick
        one.act("restart")
        for _ in range(20):
            one.until("frame")
        assert one.tick > begun
        one.act("pause", on=True)
        assert two.until("paused")["on"]
        one.act("pause", on=False)


def test_nonsense_floods_and_large_messages_hurt_nobody_else(served):
    from websockets.exceptions import ConnectionClosed

    with Page(served) as good:
        good.until("frame")
        for kind in ("nonsense", "large", "flood"):
            with contextlib.suppress(ConnectionClosed, OSError), connect(served) as socket:
                if kind == "large":
                    socket.send("x" * 100_000)
                else:
                    for i in range(25_000):
                        socket.send("{" if kind == "nonsense" else f'{{"t":"ack","n":{i}}}')
        start, frames = time.monotonic(), good.frames
        while time.monotonic() - start < 1.0:
            good.take()
            if good.frames % 20 == 0:
                good.say(t="ack")
        assert good.frames - frames > 30  # on a machine with nothing else to do: 60
        assert good.act("pause", on=False) == {"t": "done", "n": good.number}


def test_who_does_not_read_gets_the_newest_and_holds_up_nobody(served):
    with Page(served) as slow, Page(served) as quick:
        slow.until("frame")
        quick.act("restart")
        begun = quick.tick
        while quick.tick < begun + 150:
            quick.until("frame")
            if quick.frames % 20 == 0:
                quick.say(t="ack")
        waiting = sum(len(client.texts) for client in served.clients.values())
        assert waiting < 1000
        last = slow.tick
        for _ in range(400):  # what was on its way comes first, then one frame with all that changed meanwhile
            slow.until("frame")
            slow.say(t="ack")
            if slow.tick - last > 10:
                break
            last = slow.tick
        assert slow.tick - last > 10


def test_inputs_out_of_order_are_passed_over(served):
    with Page(served) as page:
        page.say(t="in", n=10, held=["forward"])
        page.say(t="in", n=9, held=["back"])
        page.act("pause", on=False)
        client = max(served.clients.values(), key=lambda client: client.number)
        assert client.input == 10


def test_a_file_that_changes_is_said_and_the_world_is_built_anew(served):
    path = served.plan.roots[0] / "worlds/small/world.yaml"
    with Page(served) as page:
        page.until("frame")
        path.write_text(path.read_text().replace("at: [-1, 0, 1.5]", "at: [-1, 0.5, 1.5]"))
        assert page.until("stale")["files"] == ["worlds/small/world.yaml"]
        page.say(t="do", n=99, what="reload", values={})
        page.until("reload")
    with Page(served) as page:
        page.until("frame")
        ball = page.hello["parts"].index("ball")
        assert unpack(page.records[[ball]], page.hello["step"])[0][0, 1] == pytest.approx(0.5, abs=0.05)


def test_a_world_that_is_none_is_named(small):
    with pytest.raises(InputError, match="no world is called 'smal'"):
        Server(Plan("smal", small.library.roots), port=0)
    busy = Server(Plan("small", small.library.roots), port=0)
    with pytest.raises(InputError, match=r"--port: 127\.0\.0\.1:"):
        Server(Plan("small", small.library.roots), port=busy.port)
    busy.close()


def test_a_written_edit_is_yaml_again(small):
    stage = WorldStage(small.library, "small")
    stage.do("move", {"name": "ball", "at": [-1, 0.5, 1.5], "rotate_deg": [90, 0, 0]}, True)
    stage.do("write", {}, True)
    ball = read_yaml(small.root / "worlds/small/world.yaml")["objects"]["ball"]
    assert ball["rotate_deg"] == [90, 0, 0]
    stage.close()
