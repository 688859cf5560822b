"""Meshes are made by their scripts, and made the same."""

import shutil

import numpy as np
import pytest

from sim.assets.kit.build import build
from sim.assets.library import Library, starter_root
from sim.assets.meshfile import load_mesh
from sim.errors import InputError

LIBRARY = Library(starter_root())


@pytest.mark.parametrize("name", ["crate", "barrel", "cup", "sign_stop", "seesaw", "kerb"])
def test_a_mesh_rebuilt_from_its_script_is_the_one_that_is_shipped(name, tmp_path):
    shipped = LIBRARY.asset(name).folder
    folder = tmp_path / name
    shutil.copytree(shipped, folder, ignore=shutil.ignore_patterns("*.glb", "*.urdf"))
    built = build(folder)
    assert built
    for path in built:
        if path.suffix != ".glb":
            assert path.read_text("utf-8") == (shipped / path.name).read_text("utf-8")
            continue
        made, kept = load_mesh(path), load_mesh(shipped / path.name)
        np.testing.assert_array_equal(made.faces, kept.faces)
        np.testing.assert_allclose(made.vertices, kept.vertices, atol=1e-6)
        for a, b in zip(made.primitives, kept.primitives, strict=True):
            assert a.material.name == b.material.name
            if a.material.base_texture is not None:  # JPEG differs a little from one Pillow to the next
                off = np.subtract(
                    a.material.base_texture.convert("RGB"), b.material.base_texture.convert("RGB"), dtype=float
                )
                assert np.abs(off).mean() < 2


def test_every_mesh_of_our_own_has_its_script():
    for name in LIBRARY.assets():
        asset = LIBRARY.asset(name)
        own = (asset.spec.mesh or asset.spec.model or "").startswith("package://") is False
        assert not own or (asset.folder / "model.py").is_file(), name


def test_a_folder_without_a_script_says_what_one_is(tmp_path):
    with pytest.raises(InputError, match=r"model\.py: does not exist\n  hint: a folder is built from a model\.py"):
        build(tmp_path)
