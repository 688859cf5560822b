"""The page in a real browser: the world is seen, keys move, two pages play in one world, saves come back.

Driven by Playwright with the Chromium of the system, without a graphics card; skipped where no browser is installed.
"""

import asyncio
import contextlib
import io
import shutil
import threading
import time

import numpy as np
import pytest
from PIL import Image

from sim.assets.library import starter_root
from sim.viewer.server import Plan, Server

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
SIZE = {"width": 480, "height": 270}
FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-dev-shm-usage",
]

GAME = """\
schema: game/1
about: two people and a ball
objects:
  ann: {asset: adult, at: [-2, 0, 0]}
  bob: {asset: adult, at: [-2, 3, 0]}
players:
  ann: {control: walk, thing: ann, camera: chase}
  bob: {control: walk, thing: bob, camera: first_person}
zones:
  goal: {at: [1.5, 0, 0], radius: 1.5}
rules:
  - {when: {enter: goal, by: ann}, then: {score: 1, message: "there"}}
limit: 300
"""
WORLD = """\
schema: world/1
about: a place to play
ground: {substance: concrete}
objects:
  crate: {asset: crate, at: [4, 2, 0], grid: {count: [1, 2, 2], step: [0, 0.5, 0.4]}}
  cone: {asset: traffic_cone, at: [3, -2, 0]}
cameras:
  main: {at: [-6, -5, 2.5], look_at: [1, 0.5, 0.5]}
"""

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def project_root(tmp_path_factory):
    root = tmp_path_factory.mktemp("browser")
    (root / "assets").mkdir()
    (root / "worlds/place").mkdir(parents=True)
    (root / "worlds/place/world.yaml").write_text(WORLD)
    (root / "worlds/place/tag.yaml").write_text(GAME)
    return root


@contextlib.contextmanager
def serving(target, root):
    """The URL of a server of a target, in a thread of its own."""
    server = Server(Plan(target, (root, starter_root())), port=0)
    ready, loop = threading.Event(), asyncio.new_event_loop()
    task = loop.create_task(server.serve(ready.set))

    def run():
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(30)
        yield server.url
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10)
        server.close()


@contextlib.contextmanager
def opened(browser, url):
    """A page that has loaded everything; what it complained of is a failure."""
    context = browser.new_context(viewport=SIZE)
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(url)
    until(page, "Boolean(window.prophouse && prophouse.state.loaded && prophouse.picture.frames > 2)", 60)
    yield page
    context.close()
    assert errors == []


def until(page, condition, seconds=20):
    """Waits for JavaScript to be true; the page's policy forbids Playwright's own way."""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"never: {condition}"
        time.sleep(0.05)


MATRIX = "prophouse.picture.things.get('{}').matrix.elements"
PIXEL = """(() => { const p = prophouse.picture, e = p.things.get('NAME').matrix.elements;
    const q = p.camera.position.clone().set(e[12], e[13] + UP, e[14]).project(p.camera);
    return [(q.x + 1) / 2 * innerWidth, (1 - q.y) / 2 * innerHeight]; })()"""


def at(page, name):
    """Where a thing is drawn ``(3,)``, m, Z up."""
    x, y, z = page.evaluate(f"[...{MATRIX.format(name)}].slice(12, 15)")
    return np.array([x, -z, y])


def pixel(page, name, up):
    """The pixel at which a place so far above a thing's origin is seen."""
    return page.evaluate(PIXEL.replace("NAME", name).replace("UP", str(up)))


def until_at(page, name, there, seconds=20):
    """Waits until a condition on the place of a thing holds."""
    end = time.monotonic() + seconds
    while not there(at(page, name)):
        assert time.monotonic() < end, f"{name} is at {at(page, name)}"
        time.sleep(0.05)


def picture(page):
    return np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"), float)


def test_the_world_is_seen_with_every_object_in_its_place(browser, project_root):
    with serving("place", project_root) as url, opened(browser, url) as page:
        page.wait_for_timeout(900)  # the cover fades
        seen = picture(page)
        assert seen.std() > 20  # not one colour
        assert len(np.unique(seen.reshape(-1, 3) // 16, axis=0)) > 60
        names = page.evaluate(
            "[...prophouse.picture.things.values()].filter((t) => t.kind === 'object').map((t) => t.name)"
        )
        assert sorted(names) == ["cone", "crate_0", "crate_1", "crate_2", "crate_3"]
        assert at(page, "crate_3") == pytest.approx([4, 2.5, 0.4], abs=2e-3)
        assert at(page, "cone") == pytest.approx([3, -2, 0], abs=2e-3)
        gltf = page.evaluate(
            "prophouse.picture.gltf.parser.json.nodes.filter((n) => n.extras?.kind === 'object').length"
        )
        assert gltf == 5
        x, y = pixel(page, "cone", 0.3)
        picked = page.evaluate(f"prophouse.picture.pick({x}, {y})?.thing.name")
        assert picked == "cone"


def test_overlays_and_the_inspector_show_what_physics_has(browser, project_root):
    with serving("place", project_root) as url, opened(browser, url) as page:
        page.evaluate("prophouse.picture.showColliders(true)")
        until(page, "prophouse.picture.colliders?.children.length >= 5")
        page.evaluate("prophouse.picture.showCenters(true)")
        assert page.evaluate("prophouse.picture.centers.userData.heavy.length") == 5
        page.mouse.click(*pixel(page, "crate_1", 0.2))
        until(page, "!document.querySelector('#inspector').hidden")
        assert page.inner_text("#it-name").startswith("crate_")
        page.fill("#at-x", "3.5")
        page.evaluate("document.querySelector('#it-pose').requestSubmit()")
        until(page, "prophouse.state.hello.changed.length === 1", 30)
        until(page, "Math.abs(prophouse.picture.things.get('crate_0').matrix.elements[12] - 3.5) < 0.01")


def test_two_pages_play_in_one_world(browser, project_root):
    with serving("place/tag", project_root) as url, opened(browser, url) as ann:
        assert ann.evaluate("prophouse.state.me") == 0
        begun = at(ann, "ann")
        ann.click("#picture")
        ann.keyboard.down("w")
        until_at(ann, "ann", lambda place: place[0] > begun[0] + 0.8)
        ann.keyboard.up("w")
        with opened(browser, url) as bob:
            assert bob.evaluate("prophouse.state.me") == 1
            was = at(ann, "bob")
            bob.keyboard.down("w")
            until_at(ann, "bob", lambda place: np.linalg.norm(place - was) > 0.5)
            bob.keyboard.up("w")
            ann.keyboard.down("w")
            until(ann, "prophouse.state.game.players[0].score >= 1")
            ann.keyboard.up("w")
            until(bob, "prophouse.state.game.players[0].score >= 1")
            assert "there" in ann.inner_text("#message") or ann.inner_text("#score").startswith("1")
        before = ann.evaluate("prophouse.net.poses.tick")  # bob's page is closed in mid-game
        until(ann, f"prophouse.net.poses.tick > {before} + 20")
        until(ann, "prophouse.state.game.players[1].joined === false")
        saved = ann.evaluate("prophouse.net.act('pause', { on: true }).then(() => prophouse.net.act('save'))")
        assert "saved" in saved["said"]
        ann.wait_for_timeout(400)
        here = at(ann, "ann")
        ann.evaluate("prophouse.net.act('pause', { on: false })")
        ann.keyboard.down("s")
        until_at(ann, "ann", lambda place: place[0] < here[0] - 0.5)
        ann.keyboard.up("s")
        ann.evaluate("prophouse.net.act('pause', { on: true })")
        answer = ann.evaluate("prophouse.net.act('load')")
        assert "error" not in answer, answer
        until_at(ann, "ann", lambda place: abs(place[0] - here[0]) < 0.01)
        assert ann.evaluate("prophouse.state.game.players[0].score") >= 1
