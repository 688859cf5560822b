"""Articulated models: what URDF and MJCF files say, and where links are with all joints at zero."""

from pathlib import Path

import numpy as np
import pybullet
import pybullet_data
import pytest

from sim.assets.model import read_model, urdf_for_physics
from sim.errors import InputError
from sim.pose import Pose, rotate

DATA = Path(pybullet_data.getDataPath())
URDFS = [
    "r2d2.urdf",
    "franka_panda/panda.urdf",
    "kuka_iiwa/model.urdf",
    "husky/husky.urdf",
    "racecar/racecar.urdf",
    "cartpole.urdf",
]


@pytest.fixture
def bullet():
    client = pybullet.connect(pybullet.DIRECT)
    pybullet.setAdditionalSearchPath(str(DATA), physicsClientId=client)
    yield client
    pybullet.disconnect(client)


def frames_in_bullet(body: int, client: int) -> dict[str, Pose]:
    """The frames of all links as PyBullet places them."""
    inertial = pybullet.getDynamicsInfo(body, -1, physicsClientId=client)[3:5]
    base = (
        Pose(*map(np.array, pybullet.getBasePositionAndOrientation(body, client)))
        @ Pose(*map(np.array, inertial)).inverse
    )
    frames = {pybullet.getBodyInfo(body, physicsClientId=client)[0].decode(): base}
    for i in range(pybullet.getNumJoints(body, physicsClientId=client)):
        name = pybullet.getJointInfo(body, i, physicsClientId=client)[12].decode()
        state = pybullet.getLinkState(body, i, computeForwardKinematics=1, physicsClientId=client)
        frames[name] = Pose(np.array(state[4]), np.array(state[5]))
    return frames


@pytest.mark.parametrize("file", URDFS)
def test_links_of_a_urdf_rest_where_bullet_puts_them(file, bullet):
    model = read_model(DATA / file)
    body = pybullet.loadURDF(str(DATA / file), useFixedBase=1, physicsClientId=bullet)
    expected = frames_in_bullet(body, bullet)
    root = expected[model.links[0]].inverse
    assert set(expected) == set(model.links)
    for link, rest in zip(model.links, model.rest, strict=True):
        if link == "imu_link":  # the husky's file leaves a macro where its place should be
            continue
        wanted = root @ expected[link]
        assert rest.position == pytest.approx(wanted.position, abs=1e-5), link
        assert rotate(rest.orientation, np.eye(3)) == pytest.approx(rotate(wanted.orientation, np.eye(3)), abs=1e-5), (
            link
        )


@pytest.mark.parametrize("file", URDFS)
def test_what_is_seen_of_a_urdf_hangs_on_its_links(file):
    model = read_model(DATA / file)
    assert {v.link for v in model.visuals} <= set(model.links)
    assert model.files[0] == DATA / file
    assert all(path.is_file() for path in model.files)
    low, high = model.bounds
    assert np.all(high > low)
    assert np.all(high - low < 50)


def test_the_panda_is_as_large_as_a_panda():
    low, high = read_model(DATA / "franka_panda/panda.urdf").bounds
    assert 1.0 < high[2] - low[2] < 1.4


MJCFS = ["mjcf/ant.xml", "mjcf/humanoid.xml", "mjcf/half_cheetah.xml", "mjcf/hopper.xml", "mjcf/walker2d.xml"]


@pytest.mark.parametrize("file", MJCFS)
def test_an_mjcf_is_read_with_its_shapes(file):
    model = read_model(DATA / file)
    assert len(model.links) == len(set(model.links)) == len(model.rest)
    assert {v.link for v in model.visuals} <= set(model.links)
    low, high = model.bounds
    assert np.all(np.isfinite([low, high]))
    assert 0.1 < np.max(high - low) < 20


@pytest.mark.parametrize("file", ["mjcf/ant.xml", "mjcf/hopper.xml", "mjcf/half_cheetah.xml"])
def test_bodies_of_an_mjcf_rest_where_bullet_puts_them(file, bullet):
    model = read_model(DATA / file)
    bodies = pybullet.loadMJCF(str(DATA / file), physicsClientId=bullet)
    body = max(bodies, key=lambda b: pybullet.getNumJoints(b, physicsClientId=bullet))
    expected = frames_in_bullet(body, bullet)
    rest = dict(zip(model.links, model.rest, strict=True))
    shared = set(rest) & set(expected)
    assert len(shared) > 3
    first = model.links[0]
    for link in shared:
        wanted, got = expected[first].inverse @ expected[link], rest[first].inverse @ rest[link]
        assert got.position == pytest.approx(wanted.position, abs=1e-4), link


def test_a_urdf_for_physics_shows_nothing_and_finds_its_files(tmp_path):
    text = urdf_for_physics(DATA / "franka_panda/panda.urdf")
    assert "<visual" not in text
    (tmp_path / "elsewhere.urdf").write_text(text)
    assert read_model(tmp_path / "elsewhere.urdf").links == read_model(DATA / "franka_panda/panda.urdf").links


LINK = '<robot name="a"><link name="l"><{0}><geometry><mesh filename="no.obj"/></geometry></{0}></link></robot>'
BROKEN = {
    "<robot": "is no XML",
    "<html/>": "is no model that can be read; expected a URDF .* or MJCF .*, got <html>",
    LINK.format("visual"): r"link l: a mesh is missing; got no\.obj",
    LINK.format("collision"): r"a collision mesh is missing; got no\.obj",
}


@pytest.mark.parametrize(("text", "message"), BROKEN.items())
def test_a_broken_model_is_refused(tmp_path, text, message):
    (tmp_path / "a.urdf").write_text(text)
    with pytest.raises(InputError, match=message):
        read_model(tmp_path / "a.urdf")


def test_a_missing_model_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.urdf: cannot be read: No such file"):
        read_model(tmp_path / "nowhere.urdf")
