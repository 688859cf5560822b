"""Levels: rules, players, bots, replays, saved games, and what a wrong level is told."""

import json

import numpy as np
import pytest

from sim.assets.library import default_library
from sim.errors import InputError
from sim.runners import Options, load_scenario
from sim.runners.game import check
from sim.runners.game.bots import aim
from sim.runners.game.game import Game
from sim.runners.game.inputs import Inputs
from sim.runners.game.replay import Replay
from sim.runners.game.run import bots_of, run
from sim.runners.game.spec import GameSpec, StreetSpec
from sim.runners.game.streets import Streets
from sim.schema import parse_spec
from sim.world.layout import Layout

FORWARD = Inputs(frozenset({"forward"}))
LEVEL = {
    "about": "a walk to a place",
    "players": {"ann": {"control": "walk", "thing": "ann"}},
    "zones": {"goal": {"at": [3, 0, 0], "radius": 1.0}},
    "rules": [{"when": {"enter": "goal"}, "then": {"score": 5, "win": True, "message": "{player} has {score}"}}],
    "limit": 20,
}


@pytest.fixture
def level(project):
    """Builds a level in a small yard: what a level says beside or instead of `LEVEL`, and what stands in the yard."""

    def build(objects=None, start=True, **spec):
        project.asset("box", "box", (0.5, 0.5, 0.5), physics={"mass": 5.0})
        project.ball("marble", 0.15, 2.0)
        things = {"ann": {"asset": "adult_woman"}} | (objects or {})
        layout = Layout.load(project.world(things, ground={"substance": "concrete"}), project.library)
        made = parse_spec({"schema": "game/1"} | LEVEL | spec, GameSpec, project.root / "level.yaml")
        return Game(layout, made) if start else (layout, made)

    return build


def play(game, inputs, seconds):
    """Plays until it is decided, or for so many seconds; all messages."""
    said = []
    for _ in range(round(seconds * 60)):
        game.tick([inputs] if isinstance(inputs, Inputs) else inputs(game))
        said += game.rules.messages
        if game.over:
            break
    return said


# ---------------------------------------------------------------------------------------------------------------------
# Rules


def test_coming_into_a_zone_scores_and_wins(level):
    game = level()
    said = play(game, FORWARD, 5)
    view = game.view()
    assert (view.verdict, view.winner, view.players["ann"].score, said) == ("win", "ann", 5, ["ann has 5"])
    assert [event.kind for event in game.world.events if event.a == "ann"] == ["zone", "score", "verdict"]


def test_time_runs_out(level):
    game = level(limit=0.5)
    said = play(game, Inputs(), 2)
    assert (game.view().verdict, said, game.ticks) == ("lose", ["time is up"], 30)


def test_timers_counters_words_and_zones_work_together(level):
    rules = [
        {"when": {"start": True}, "then": {"message": "go"}},
        {"when": {"every": 0.5}, "then": {"count": {"beats": 1}}},
        {"when": {"count": {"beats": 3}}, "then": {"send": "third", "message": "beat {beats}"}},
        {"when": {"message": "third"}, "then": {"activate": "go*"}},
        {"when": {"enter": "go*"}, "then": {"win": True}},
    ]
    zones = {"goal": {"at": [0, 0, 0], "size": [2, 2, 3], "active": False}}
    game = level(rules=rules, zones=zones)
    said = play(game, Inputs(), 3)
    assert said == ["go", "beat 3"]
    assert game.view().verdict == "win"
    assert 90 <= game.ticks <= 92


def test_touches_count_and_things_vanish_and_appear(level):
    rules = [
        {"when": {"touch": ["ann", "marble"]}, "then": {"score": 1, "vanish": "it", "spawn": {"thing": "spare"}}},
        {"when": {"score": 1}, "then": {"win": True}},
    ]
    objects = {
        "marble": {"asset": "marble", "at": [-1.5, 0, 1.0], "velocity": [5, 0, 1]},
        "spare": {"asset": "marble", "at": [5, 5, 0.15]},
    }
    game = level(objects, rules=rules)
    play(game, Inputs(), 2)
    kinds = [(event.kind, event.a) for event in game.world.events if event.kind in ("vanish", "score")]
    assert kinds == [("score", "ann"), ("vanish", "marble")]
    assert game.world.read().pose("marble").position[2] < -900


def test_health_goes_by_blows(level):
    players = {"ann": {"control": "walk", "thing": "ann", "health": {"full": 10, "least": 0.05, "per_speed": 100}}}
    rules = [{"when": {"health": 5}, "then": {"lose": True, "message": "ouch"}}, LEVEL["rules"][0]]
    game = level({"box": {"asset": "box", "at": [-2, 0, 1.0], "velocity": [7, 0, 1]}}, players=players, rules=rules)
    said = play(game, Inputs(), 2)
    assert said == ["ouch"]
    assert game.view().players["ann"].health < 5


def test_things_are_picked_up_carried_and_put_down(level):
    players = {"ann": {"control": "walk", "thing": "ann", "carries": ["box"]}}
    rules = [
        {"when": {"pick_up": "box"}, "then": {"message": "got it"}},
        {"when": {"enter": "goal", "carrying": "box"}, "then": {"drop": True, "win": True}},
    ]
    game = level({"box": {"asset": "box", "at": [0.8, 0, 0.25]}}, players=players, rules=rules)
    said = play(game, Inputs(frozenset({"use"})), 0.1)
    assert game.view().players["ann"].carries == "box"
    assert said == ["got it"]
    play(game, FORWARD, 5)
    assert game.view().verdict == "win"
    assert game.world.read().pose("box").position[0] > 1.5


def test_doors_open_lamps_switch_and_players_go_home(level):
    rules = [
        {"when": {"enter": "goal"}, "then": {"open": {"joint": "swing/hinge", "to": 0.5}, "respawn": "ann"}},
        {"when": {"timer": 4}, "then": {"switch": {"lamp": "lamp", "on": False}, "win": True}},
    ]
    objects = {"lamp": {"asset": "street_lamp", "at": [0, 6, 0]}, "swing": {"asset": "seesaw", "at": [0, -8, 0]}}
    layout, _ = level(objects, start=False)
    joint = next(name for name in Game(layout, GameSpec.model_validate(LEVEL)).world.joints if name.startswith("swing"))
    rules[0]["then"]["open"]["joint"] = joint
    game = level(objects, rules=rules)
    play(game, FORWARD, 1.8)
    assert game.view().players["ann"].at[0] < 1.3
    play(game, Inputs(), 4)
    assert not any(game.world.read().switched.values())


def test_a_pushed_ball_rolls_and_a_camera_flies(level):
    players = {"ball": {"control": "push", "thing": "marble", "camera": "top"}, "eye": {"control": "fly"}}
    rules = [{"when": {"enter": "goal", "by": "ball"}, "then": {"win": "ball"}}]
    game = level({"marble": {"asset": "marble", "at": [0, 2, 0.15]}}, players=players, rules=rules)
    look = Inputs(frozenset({"forward"}), look=(-0.55, 0.0))
    for _ in range(300):
        game.tick([look, Inputs(frozenset({"up"}))])
        if game.over:
            break
    view = game.view()
    assert view.verdict == "win"
    assert view.players["eye"].eye[2] > 6
    assert view.players["ball"].eye[2] > 10


def test_actors_wander_chase_and_flee(level):
    actors = {
        "cat": {"does": "chase", "things": ["cat"], "speed": 3, "within": "field"},
        "mouse": {"does": "flee", "things": ["mouse"], "speed": 2, "within": "field"},
        "idler": {"does": "wander", "things": ["idler"], "within": "field"},
    }
    objects = {
        n: {"asset": "child", "at": at} for n, at in (("cat", [6, 0, 0]), ("mouse", [0, 3, 0]), ("idler", [-4, -4, 0]))
    }
    zones = LEVEL["zones"] | {"field": {"at": [0, 0, 0], "radius": 9, "shown": False}}
    game = level(objects, actors=actors, zones=zones)
    play(game, Inputs(), 2)
    things = game.view().things
    assert np.hypot(*things["cat"][0][:2]) < 3
    assert np.hypot(*things["mouse"][0][:2]) > 4
    assert np.hypot(things["idler"][0][0] + 4, things["idler"][0][1] + 4) > 0.5


def test_a_script_of_ones_own_runs_only_when_allowed(level, project):
    project.write(
        "worlds/scratch/mine.py", "def tick(level, events):\n    if level.ticks == 10:\n        level.win('ann')\n"
    )
    layout, spec = level(start=False, script="mine.py")
    with pytest.raises(
        InputError, match=r"names Python of its own, mine\.py\n  hint: read it, then say --allow-scripts"
    ):
        Game(layout, spec)
    game = Game(layout, spec, allow_scripts=True)
    play(game, Inputs(), 1)
    assert (game.view().verdict, game.ticks) == ("win", 10)
    project.write("worlds/scratch/mine.py", "ticks = 0\n")
    with pytest.raises(InputError, match=r"mine\.py: has no function tick\(level, events\)"):
        Game(layout, spec, allow_scripts=True)


# ---------------------------------------------------------------------------------------------------------------------
# The same again


def test_a_restart_and_the_same_inputs_give_the_same_game(level):
    game = level({"box": {"asset": "box", "at": [1.4, 0.1, 0.25]}})
    for _ in range(2):
        for tick in range(150):
            game.tick([Inputs(frozenset({"forward", "run"} if tick % 40 else {"forward", "jump"}))])
        seen = game.sha256()
        game.restart()
    for tick in range(150):
        game.tick([Inputs(frozenset({"forward", "run"} if tick % 40 else {"forward", "jump"}))])
    assert game.sha256() == seen


def test_a_saved_game_goes_on_as_it_went(level):
    box = {"box": {"asset": "box", "at": [1.4, 0.1, 0.25]}}
    game = level(box)
    play(game, FORWARD, 0.8)
    saved = game.save()
    play(game, FORWARD, 0.6)
    there, scores = game.world.read().sha256(), dict(game.rules.tally.scores)
    game.load(saved)
    assert game.ticks == 48
    play(game, FORWARD, 0.6)
    assert (game.world.read().sha256(), game.rules.tally.scores) == (there, scores)
    other = level(box)
    other.load(saved)
    play(other, FORWARD, 0.6)
    assert other.world.read().sha256() == there


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda data: data[: len(data) // 2], "is truncated or was edited"),
        (lambda data: data[:-1] + b"x", "is truncated or was edited"),
        (lambda data: b"PK" + data, "is none; expected prophouse game/1"),
        (lambda data: b"", "is none"),
    ],
)
def test_a_spoilt_saved_game_is_refused_in_one_line(level, spoil, message):
    game = level()
    data = spoil(game.save())
    with pytest.raises(InputError, match=f"^saved game: {message}"):
        game.load(data)


def test_a_saved_game_of_another_level_or_version_is_refused(level, monkeypatch):
    game = level()
    saved = game.save()
    with pytest.raises(InputError, match="saved game: is of another level"):
        level(limit=33).load(saved)
    monkeypatch.setattr("sim.runners.game.saved.__version__", "99")
    with pytest.raises(InputError, match="saved game: is of another version"):
        game.load(saved)


def test_a_saved_game_cannot_run_code(level):
    import hashlib
    import pickle
    import zlib

    from sim.runners.game.saved import MAGIC

    game = level()
    about = game.save()[len(MAGIC) :].split(b"\n", 2)[1]

    class Evil:
        def __reduce__(self):
            return print, ("gotcha",)

    body = zlib.compress(pickle.dumps(Evil()))
    data = MAGIC + hashlib.sha256(about + body).hexdigest().encode() + b"\n" + about + b"\n" + body
    with pytest.raises(InputError, match=r"saved game: cannot be read; got builtins\.print"):
        game.load(data)


def test_inputs_are_read_strictly():
    given = Inputs(frozenset({"run", "forward"}), {"steer": 0.25}, (1.0, -0.5))
    assert Inputs.from_json(json.loads(json.dumps(given.to_json()))) == given
    assert Inputs.from_json({"axes": {"throttle": 7}, "look": [9.0, 8.0]}).axes == {"throttle": 1.0}
    for bad in ([], {"actions": ["fly away"]}, {"axes": {"steer": "left"}}, {"look": [1]}, {"x": 1}, {"actions": 3}):
        with pytest.raises(InputError, match=r"^page: "):
            Inputs.from_json(bad, "page")


# ---------------------------------------------------------------------------------------------------------------------
# Runs


def scenario(name, **changes):
    """A shipped level, perhaps changed."""
    _, layout, spec = load_scenario(default_library(), name)
    return layout, spec.model_copy(update=changes)


def outcome(layout, spec, bot=None):
    """How a level ends when bots play it: verdict and score of the first player."""
    game = Game(layout, spec)
    bots = bots_of(game, bot)
    while not game.over:
        view = game.view(eyes=False)
        game.tick([one(view) for one in bots])
    tally = game.rules.tally
    game.close()
    return tally.verdict, tally.scores[next(iter(spec.players))]


def test_knockdown_is_won_by_who_aims_and_lost_by_who_throws_into_the_sky():
    layout, spec = scenario("yard/knockdown")
    assert outcome(layout, spec) == ("win", 6)
    assert outcome(layout, spec.model_copy(update={"limit": 6.0}), "skyward") == ("lose", 0)


def test_tag_is_won_by_the_chaser_and_lost_by_who_stands():
    layout, spec = scenario("park/tag")
    assert outcome(layout, spec)[0] == "win"
    rules = tuple(
        rule.model_copy(update={"when": rule.when.model_copy(update={"timer": 5.0})}) if rule.when.timer else rule
        for rule in spec.rules
    )
    assert outcome(layout, spec.model_copy(update={"rules": rules}), "idle")[0] == "lose"


def test_rush_is_won_by_who_delivers_and_lost_by_who_races_on():
    """Five of the six parcels are delivered already: the whole rush takes two minutes."""
    layout, spec = scenario("city/rush", counters={"parcels": 5.0})
    game = Game(layout, spec)
    assert len(game.view().things) + len(game.players) >= 30, "cars, people and the player"
    game.close()
    assert outcome(layout, spec)[0] == "win"
    assert outcome(layout, spec.model_copy(update={"limit": 3.0}), "reckless")[0] == "lose"


def test_a_run_leaves_replay_film_and_report_and_the_replay_comes_to_the_same(level, project):
    layout, spec = level(start=False, rules=[*LEVEL["rules"]], video={"seconds": 1.0, "moments": 1})
    spec = spec.model_copy(update={"players": {"ann": spec.players["ann"].model_copy(update={"bot": "seeker"})}})
    options = Options("scratch/walk", project.root, flags={"size": (160, 90)})
    report = run(layout, spec, options)
    assert report.verdict == "pass"
    assert set(report.outputs) == {"replay.jsonl", "highlights.mp4"}
    assert report.metrics["score"] == 5
    from sim.render.video import read_audio, read_frames

    film = options.folder / "highlights.mp4"
    assert len(list(read_frames(film))) == 30
    assert np.abs(read_audio(film)[0]).max() > 0.01, "footsteps are heard"
    again = Options("scratch/again", project.root, flags={"inputs": options.folder / "replay.jsonl", "video": False})
    replayed = run(layout, spec, again)
    assert replayed.trajectory_sha256 == report.trajectory_sha256
    assert replayed.notes == []


def test_a_replay_with_saves_in_it_comes_to_the_same(level, project):
    game, path = level(), project.root / "replay.jsonl"
    replay = Replay.of(game, "scratch/walk")
    for tick in range(90):
        if tick == 40:
            replay.mark_save()
            game.save()
        replay.note([FORWARD])
        game.tick([FORWARD])
    replay.sha256 = game.sha256()
    replay.write(path)
    layout, spec = level(start=False)
    options = Options("scratch/walk", project.root, flags={"inputs": path, "video": False})
    assert run(layout, spec, options).trajectory_sha256 == replay.sha256


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no whole replay"),
        ('{"version": "replay/0"}', "is of another version; expected replay/1, got replay/0"),
        ('{"version": "replay/1", "players": ["ann"]}\n[0, 0', "is no whole replay"),
        ('{"version": "replay/1", "players": ["ann"]}\n[0, 0, {"actions": ["warp"]}]', "name what no player does"),
    ],
)
def test_a_spoilt_replay_is_refused(tmp_path, text, message):
    path = tmp_path / "replay.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        Replay.load(path)


# ---------------------------------------------------------------------------------------------------------------------
# Wrong levels


def test_shipped_levels_are_right():
    for name in ("yard/knockdown", "park/tag", "city/rush"):
        layout, spec = scenario(name)
        assert check(layout, spec, name) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"zones": {"goal": {"size": [0, 2, 2]}}}, r"zones\.goal\.size: holds nobody; .*got \[0\.0, 2\.0, 2\.0\]"),
        ({"zones": {"goal": {"radius": 0}}}, r"zones\.goal\.radius and height: holds nobody"),
        ({"zones": {}}, r"rules\.0\.when\.enter: no zone is called 'goal'"),
        ({"players": {"ann": {"control": "walk", "thing": "anne"}}}, r"thing: no free thing is called 'anne'"),
        ({"players": {"ann": {"control": "walk", "thing": "ann", "bot": "winer"}}}, "no bot is called 'winer'"),
        ({"rules": [{"when": {"start": True}, "then": {"message": "hi"}}]}, "nobody can win"),
        (
            {"rules": [{"when": {"score": 3}, "then": {"win": True}}]},
            r"rules\.0\.when: cannot be reached: scores come to 0 at most, not to 3",
        ),
        (
            {
                "rules": [
                    {"when": {"enter": "goal"}, "then": {"count": {"n": 1}}, "once": True},
                    {"when": {"count": {"n": 2}}, "then": {"win": True}},
                ]
            },
            "cannot be reached: n comes to 1 at most, not to 2",
        ),
        (
            {"rules": [{"when": {"timer": 30}, "then": {"win": True}}]},
            "cannot be reached: the level is lost after 20 s",
        ),
        ({"zones": {"goal": {"radius": 1, "active": False}}}, "cannot be reached: nothing activates the zone goal"),
        ({"inputs": {"fly": ["KeyF"]}}, "inputs: no action is called 'fly'"),
        (
            {"actors": {"x": {"does": "patrol", "things": ["ann"], "path": "way"}}},
            r"actors\.x\.path: no path is called",
        ),
        ({"rules": [{"when": {"enter": "goal"}, "then": {"win": "bob"}}]}, "no player is called 'bob'"),
        ({"script": "none.py"}, r"none\.py does not exist"),
    ],
)
def test_what_is_wrong_with_a_level_is_named(level, change, problem):
    import re

    layout, spec = level(start=False, **change)
    said = [str(one) for one in check(layout, spec, "level.yaml")]
    assert any(re.search(problem, one) for one in said), said


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"when": {"arrive": "goal"}, "then": {"win": True}}, "arrive: is unknown"),
        ({"when": {"enter": "goal", "timer": 3}, "then": {"win": True}}, "say exactly one of start, enter"),
        ({"when": {"enter": "goal"}, "then": {"explode": True}}, "explode: is unknown"),
        ({"when": {"enter": "goal"}, "then": {}}, "does nothing"),
    ],
)
def test_an_unknown_word_is_named(level, rule, problem):
    with pytest.raises(InputError, match=problem):
        level(start=False, rules=[rule])


# ---------------------------------------------------------------------------------------------------------------------
# Bots


def test_a_bots_throw_comes_down_where_it_aims():
    """Without air a throw is a parabola."""
    eye, to, speed = (0.0, 0.0, 1.6), (7.0, 2.0, 0.9), 13.0
    yaw, pitch = aim(eye, to, speed)
    t = np.hypot(7, 2) / (speed * np.cos(pitch))
    assert eye[2] + speed * np.sin(pitch) * t - 4.905 * t * t == pytest.approx(to[2])
    assert np.tan(yaw) == pytest.approx(2 / 7)


def test_streets_lead_round_one_way_streets():
    lines = [((0, 0), (100, 0)), ((100, 0), (100, 80)), ((100, 80), (0, 80)), ((0, 80), (0, 0))]
    streets = Streets([StreetSpec(ends=line, one_way=True) for line in lines])
    path, length = streets.way((50.0, -1.75), 0.0, (20.0, -1.75))
    assert length == pytest.approx(330, abs=1)
    assert path.at(path.length)[:2] == pytest.approx([20, -1.75], abs=0.01)
    assert streets.way((20.0, -1.75), 0.0, (50.0, -1.75))[1] == pytest.approx(30)
