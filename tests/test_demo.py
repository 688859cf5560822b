"""The page that shows four industries in one city."""

from __future__ import annotations

import re
import shutil

import numpy as np
import pytest
from PIL import Image

from sim.assets.library import Library, starter_root
from sim.demo import Act, demo, page
from sim.render.video import VideoWriter
from sim.report import Cost, Report
from sim.runners import KINDS
from sim.world.layout import Layout


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path, starter_root())


def done(library, kind, uses, error=""):
    folder = library.root / "renders" / kind
    folder.mkdir(parents=True)
    Image.new("RGB", (32, 18), (40, 90, 160)).save(folder / "plot.png")
    (folder / "clip.mp4").write_bytes(b"not a film, but embedded all the same")
    report = Report(
        f"yard/{kind}", kind, "done", 1, 10, 240, Layout.load("yard", library).hashes(), Cost(2.0, 3.0, 99.0),
        metrics={"success_rate": 0.93}, outputs=["clip.mp4", "plot.png"], uses=uses,
    )  # fmt: skip
    return Act(kind, f"yard/{kind}", f"The {kind} <act>"), None if error else report, folder, error


def test_the_page_holds_every_part_in_one_file(library):
    uses = {"crate": ["mass", "collider"], "barrel": ["mesh"]}
    html = page(library, [done(library, kind, uses) for kind in KINDS])
    assert [f'id="{kind}"' in html for kind in (*KINDS, "reuse", "price")] == [True] * 6
    assert html.count("data:video/mp4;base64,") == 4
    assert html.count("data:image/png;base64,") == 4
    assert "success rate" in html
    assert "2 of them by all four" in html
    assert "0.383 ¥/s" in html
    assert not re.search(r'(src|href)="(?!data:)', html)
    assert "&lt;act&gt;" in html


def test_an_act_that_failed_says_why_and_the_others_stay(library):
    acts = [done(library, "film", {}, "no room on the disk <here>"), done(library, "game", {"crate": ["mass"]})]
    html = page(library, acts)
    assert "no room on the disk &lt;here&gt;" in html
    assert html.count("data:video/mp4") == 1


def test_a_demo_of_scenarios_that_are_missing_still_writes_its_page(library):
    said = []
    path = demo(library, said.append, (Act("film", "city/no_such_film", "Nothing"),))
    assert path == library.root / "renders" / "demo" / "index.html"
    assert "no scenario is called" in path.read_text()
    assert said[0] == "1 of 1: city/no_such_film"


CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_a_browser_shows_every_part_without_asking_anybody(library):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    acts = [done(library, kind, {"crate": ["mass", "collider"]}) for kind in KINDS]
    for _, _, folder, _ in acts:
        with VideoWriter(folder / "clip.mp4", (64, 36), 24) as film:
            for k in range(12):
                film.write_frame(np.full((36, 64, 3), 20 * k, np.uint8))
    path = library.root / "index.html"
    path.write_text(page(library, acts), "utf-8")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        tab = browser.new_page()
        asked: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(path.as_uri())
        tab.wait_for_function("[...document.images].every(one => one.complete && one.naturalWidth > 0)")
        tab.wait_for_function("[...document.querySelectorAll('video')].every(one => one.readyState > 0)")
        for kind in KINDS:
            assert tab.locator(f"#{kind} video").count() == 1
            assert tab.locator(f"#{kind} h2").is_visible()
        assert tab.locator("#reuse tbody tr").count() >= 1
        assert "0.383" in tab.locator("#price").inner_text()
        browser.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
