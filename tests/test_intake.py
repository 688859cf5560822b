"""Any mesh becomes an asset, or is refused in one line and leaves nothing behind."""

import io
import json
import os
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sim.assets.intake import intake
from sim.assets.intake.guess import substance_of, unit_of, up_of
from sim.assets.library import Library, Substances, starter_root
from sim.assets.mesh import pieces, primitive_mesh
from sim.assets.meshfile import load_mesh, write_glb
from sim.errors import InputError, Problem, PropHouseError

SUBSTANCES = Substances([starter_root() / "assets" / "substances"])

# A box of 0.4 x 0.3 x 0.2 m that stands at (1, 2, 0), Z up; its faces look outwards.
CORNERS = np.array([[x, y, z] for z in (0.0, 0.2) for y in (2.0, 2.3) for x in (1.0, 1.4)])
FACES = [
    (0, 2, 3),
    (0, 3, 1),
    (4, 5, 7),
    (4, 7, 6),
    (0, 1, 5),
    (0, 5, 4),
    (2, 6, 7),
    (2, 7, 3),
    (0, 4, 6),
    (0, 6, 2),
    (1, 3, 7),
    (1, 7, 5),
]
VOLUME = 0.4 * 0.3 * 0.2


def lines(rows, word: str = "", base: int = 0) -> str:
    return "".join(f"{word} {' '.join(str(v + base) for v in row)}\n".lstrip() for row in rows)


def obj(corners=CORNERS, faces=FACES, head: str = "") -> str:
    return head + lines(np.asarray(corners).tolist(), "v") + lines(faces, "f", 1)


def off(corners=CORNERS, faces=FACES) -> str:
    return f"OFF\n{len(corners)} {len(faces)} 0\n" + lines(corners.tolist()) + lines([(3, *f) for f in faces])


def ply(corners=CORNERS, faces=FACES) -> str:
    return (
        "ply\nformat ascii 1.0\n"
        + f"element vertex {len(corners)}\n"
        + "property float x\nproperty float y\nproperty float z\n"
        + f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
        + lines(corners.tolist())
        + lines([(3, *f) for f in faces])
    )


def stl(corners=CORNERS, faces=FACES) -> bytes:
    record = np.zeros(len(faces), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("more", "<u2")])
    record["corners"] = np.asarray(corners)[np.asarray(faces)]
    return bytes(80) + struct.pack("<I", len(faces)) + record.tobytes()


def dae(corners=CORNERS / 0.01) -> str:
    flat = " ".join(map(str, corners.reshape(-1)))
    index = " ".join(str(i) for f in FACES for i in f)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
<asset><unit meter="0.01" name="centimeter"/><up_axis>Z_UP</up_axis></asset>
<library_geometries><geometry id="box"><mesh>
<source id="p"><float_array id="a" count="{corners.size}">{flat}</float_array><technique_common>
<accessor source="#a" count="{len(corners)}" stride="3"><param name="X" type="float"/><param name="Y" type="float"/>
<param name="Z" type="float"/></accessor></technique_common></source>
<vertices id="v"><input semantic="POSITION" source="#p"/></vertices>
<triangles count="{len(FACES)}"><input semantic="VERTEX" source="#v" offset="0"/><p>{index}</p></triangles>
</mesh></geometry></library_geometries>
<library_visual_scenes><visual_scene id="s"><node id="n"><instance_geometry url="#box"/></node></visual_scene>
</library_visual_scenes><scene><instance_visual_scene url="#s"/></scene></COLLADA>"""


def packed(files: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def threemf(corners=CORNERS / 0.001) -> bytes:
    vertices = "".join(f'<vertex x="{x}" y="{y}" z="{z}"/>' for x, y, z in corners)
    triangles = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in FACES)
    return packed(
        {
            "3D/3dmodel.model": (
                '<?xml version="1.0" encoding="UTF-8"?><model unit="millimeter" '
                'xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"><resources><object id="1"><mesh>'
                f"<vertices>{vertices}</vertices><triangles>{triangles}</triangles></mesh></object></resources>"
                '<build><item objectid="1"/></build></model>'
            )
        }
    )


def gltf_tree(corners=CORNERS, faces=FACES) -> tuple[dict, bytes]:
    """A glTF of a Z-up surface turned Y up, and its binary."""
    y_up = np.stack([corners[:, 0], corners[:, 2], -corners[:, 1]], axis=1).astype("<f4")
    uv = corners[:, :2].astype("<f4") - corners[:, :2].min(axis=0).astype("<f4")
    index = np.asarray(faces, "<u2")
    binary = y_up.tobytes() + uv.tobytes() + index.tobytes()
    tree = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2}]}],
        "buffers": [{"byteLength": len(binary)}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": y_up.nbytes},
            {"buffer": 0, "byteOffset": y_up.nbytes, "byteLength": uv.nbytes},
            {"buffer": 0, "byteOffset": y_up.nbytes + uv.nbytes, "byteLength": index.nbytes},
        ],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": len(corners),
                "type": "VEC3",
                "min": y_up.min(axis=0).tolist(),
                "max": y_up.max(axis=0).tolist(),
            },
            {"bufferView": 1, "componentType": 5126, "count": len(corners), "type": "VEC2"},
            {"bufferView": 2, "componentType": 5123, "count": index.size, "type": "SCALAR"},
        ],
    }
    return tree, binary


def glb(tree: dict | None = None, binary: bytes = b"", **more) -> bytes:
    if tree is None:
        tree, binary = gltf_tree()
    text = json.dumps(tree | more).encode()
    text += b" " * (-len(text) % 4)
    binary += bytes(-len(binary) % 4)
    size = 12 + 8 + len(text) + 8 + len(binary)
    return (
        b"glTF"
        + struct.pack("<II", 2, size)
        + struct.pack("<I", len(text))
        + b"JSON"
        + text
        + struct.pack("<I", len(binary))
        + b"BIN\0"
        + binary
    )


def textured(uri: str) -> tuple[dict, bytes]:
    tree, binary = gltf_tree()
    tree["images"], tree["textures"] = [{"uri": uri}], [{"source": 0}]
    look = {"baseColorTexture": {"index": 0}, "metallicFactor": 0}
    tree["materials"] = [{"name": "paint", "pbrMetallicRoughness": look}]
    tree["meshes"][0]["primitives"][0]["material"] = 0
    return tree, binary


def picture(width: int = 8, height: int = 8, color=(200, 30, 20)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), color).save(buffer, "PNG")
    return buffer.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(side: int) -> bytes:
    """The head of a PNG that claims to be huge."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"")


class Desk:
    """A folder where files lie, and a project beside it that takes them in."""

    def __init__(self, root: Path):
        self.root, self.assets = root / "desk", root / "project" / "assets"
        self.root.mkdir()

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def add(self, path: Path, **wish):
        return intake(path, self.assets, substances=SUBSTANCES, **wish)

    def asset(self, name: str):
        return Library(self.assets.parent, starter_root()).asset(name)

    def refuses(self, path: Path, match: str, **wish) -> Problem:
        before = self.everything()
        with pytest.raises(InputError, match=match) as raised:
            self.add(path, **wish)
        assert self.everything() == before
        assert len(raised.value.problems) == 1
        assert str(raised.value).count("\n") == (raised.value.problems[0].hint is not None)
        assert "prophouse-add" not in str(raised.value)
        return raised.value.problems[0]

    def everything(self) -> dict[str, bytes]:
        project = self.assets.parent
        return {str(p): p.read_bytes() if p.is_file() else b"" for p in [project, *project.rglob("*")] if p.exists()}


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


# What is taken in ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        ("obj", obj()),
        ("off", off()),
        ("ply", ply()),
        ("stl", stl()),
        ("dae", dae()),
        ("3mf", threemf()),
        ("glb", glb()),
    ],
)
def test_every_format_becomes_the_same_asset(desk, suffix, content):
    taken = desk.add(desk.put(f"box.{suffix}", content), substance="oak")
    measure = desk.asset("box").measure
    np.testing.assert_allclose(measure.bounds, [[-0.2, -0.15, 0], [0.2, 0.15, 0.2]], atol=1e-6)
    assert measure.closed
    assert measure.mass.mass == pytest.approx(700 * VOLUME, rel=1e-5)
    np.testing.assert_allclose(measure.mass.center, [0, 0, 0.1], atol=1e-6)
    assert measure.collider.kind == "box"
    assert taken.spec.physics.mass is None
    assert sorted(p.name for p in taken.folder.iterdir()) == ["asset.yaml", "box.glb"]


def test_the_yaml_reads_as_a_person_would_have_written_it(desk):
    taken = desk.add(desk.put("Garden Chair-2.stl", stl(CORNERS * 1000)), substance="oak", mass=4.5)
    assert (taken.folder / "asset.yaml").read_text("utf-8").splitlines() == [
        "# yaml-language-server: $schema=../../.schemas/asset.json",
        "schema: asset/1",
        "about: Garden chair 2, 400 x 300 x 200 mm",
        "tags: [garden_chair]",
        "license: unknown",
        "mesh: garden_chair_2.glb",
        "substance: oak",
        "physics:",
        "  motion: dynamic",
        "  mass: 4.5",
        "collision:",
        "  approximation: box",
        "sources:",
        "  mass: given with --mass",
        "  mesh: Garden Chair-2.stl",
    ]


def test_a_gltf_with_its_textures_is_taken_in_whole(desk):
    tree, binary = textured("my%20pictures/red%20paint.png")
    tree["buffers"][0]["uri"] = "box.bin"
    desk.put("box.bin", binary)
    desk.put("my pictures/red paint.png", picture())
    taken = desk.add(desk.put("box.gltf", json.dumps(tree)))
    material = desk.asset("box").mesh.primitives[0].material
    assert material.base_texture.size == (8, 8)
    assert not [doubt for doubt in taken.doubts if "texture" in doubt]


@pytest.mark.parametrize("reference", ["wood grain.png", "pictures\\wood grain.png", "-s 1 1 1 wood grain.png"])
def test_an_obj_keeps_the_texture_its_mtl_names(desk, reference):
    desk.put("pictures/wood grain.png", picture())
    desk.put("wood grain.png", picture())
    desk.put("my paint.mtl", f"newmtl varnish\nKd 1 1 1\nmap_Kd {reference}\n")
    corners = [f"{a + 1}/{a + 1} {b + 1}/{b + 1} {c + 1}/{c + 1}" for a, b, c in FACES]
    text = (
        "mtllib my paint.mtl\nusemtl varnish\n"
        + lines(CORNERS.tolist(), "v")
        + lines(CORNERS[:, :2].tolist(), "vt")
        + "".join(f"f {corner}\n" for corner in corners)
    )
    desk.add(desk.put("box.obj", text))
    assert desk.asset("box").mesh.primitives[0].material.base_texture.size == (8, 8)


def test_a_missing_texture_is_a_doubt_and_no_error(desk):
    desk.put("box.mtl", "newmtl varnish\nKd 1 0 0\nmap_Kd gone.png\n")
    taken = desk.add(desk.put("box.obj", obj(head="mtllib box.mtl\nusemtl varnish\n")))
    assert "the texture gone.png is not there; left out" in taken.doubts
    tree, binary = textured("gone.png")
    assert "the texture gone.png is not there; left out" in desk.add(desk.put("can.glb", glb(tree, binary))).doubts


def test_a_broken_texture_is_a_doubt_and_no_error(desk):
    desk.put("red.png", picture()[:50])
    tree, binary = textured("red.png")
    taken = desk.add(desk.put("box.glb", glb(tree, binary)))
    assert any("broken" in doubt or "no picture" in doubt for doubt in taken.doubts)
    assert desk.asset("box").mesh.primitives[0].material.base_texture is None


def test_a_wide_texture_is_scaled_down_and_said_so(desk):
    desk.put("red.png", picture(30_000, 60))
    tree, binary = textured("red.png")
    taken = desk.add(desk.put("box.glb", glb(tree, binary)))
    assert desk.asset("box").mesh.primitives[0].material.base_texture.size == (2048, 4)
    assert "scaled the texture paint's base from 30000 x 60 to 2048 x 4 px" in taken.did


def test_a_zipped_scene_may_keep_its_textures_in_another_folder(desk):
    tree, binary = textured("../textures/red.png")
    taken = desk.add(
        desk.put(
            "barrel.zip",
            packed(
                {
                    "source/scene.glb": glb(tree, binary),
                    "textures/red.png": picture(),
                    "__MACOSX/._scene.glb": b"x",
                    "readme.txt": "hello",
                }
            ),
        )
    )
    assert taken.folder.name == "barrel"
    assert "took scene.glb out of barrel.zip" in taken.did


def test_a_zipped_gltf_finds_its_own_files(desk):
    tree, binary = textured("../textures/red.png")
    tree["buffers"][0]["uri"] = "scene.bin"
    desk.add(
        desk.put(
            "barrel.zip",
            packed({"source/scene.gltf": json.dumps(tree), "source/scene.bin": binary, "textures/red.png": picture()}),
        )
    )
    assert desk.asset("barrel").mesh.primitives[0].material.base_texture.size == (8, 8)


def test_papers_in_the_file_become_license_and_source(desk):
    tree, binary = gltf_tree()
    tree["asset"]["extras"] = {"license": "CC-BY-4.0", "author": "Ada", "source": "https://example.org/box"}
    taken = desk.add(desk.put("box.glb", glb(tree, binary)))
    assert taken.spec.license == "CC-BY-4.0"
    assert taken.spec.sources["mesh"] == "box.glb, Ada, https://example.org/box"


def test_a_mesh_without_material_leaves_the_look_to_its_substance(desk):
    desk.add(desk.put("box.stl", stl()))
    assert not desk.asset("box").mesh.primitives[0].material.given


def test_primitives_of_one_material_become_one_draw_call(desk):
    tree, binary = textured("red.png")
    desk.put("red.png", picture())
    tree["nodes"] = [{"mesh": 0}, {"mesh": 0, "translation": [2, 0, 0]}]
    tree["scenes"] = [{"nodes": [0, 1]}]
    desk.add(desk.put("pair.glb", glb(tree, binary)))
    mesh = desk.asset("pair").mesh
    assert (len(mesh.primitives), len(mesh.faces)) == (1, 24)


def test_the_thumbnail_is_kept_beside_the_mesh(desk):
    def draws(folder, spec, mesh):
        return Image.new("RGB", (len(mesh.faces), 9))

    taken = desk.add(desk.put("box.stl", stl()), thumbnail=draws)
    with Image.open(taken.folder / "thumbnail.png") as image:
        assert image.size == (12, 9)


def test_a_thumbnail_that_fails_is_a_doubt(desk):
    def fails(folder, spec, mesh):
        raise PropHouseError(Problem("renderer", "finds no graphics card"))

    assert "has no thumbnail: finds no graphics card" in desk.add(desk.put("box.stl", stl()), thumbnail=fails).doubts


# Unit, up, place and name -------------------------------------------------------------------------------------------


def test_a_chair_450_units_high_is_in_millimetres(desk):
    chair = (CORNERS - CORNERS.min(axis=0)) / [0.4, 0.3, 0.2] * [400, 380, 450]
    taken = desk.add(desk.put("chair.obj", obj(chair)))
    assert desk.asset("chair").measure.bounds[1, 2] == pytest.approx(0.45)
    assert any("took mm" in doubt and "--units" in doubt for doubt in taken.doubts)


@pytest.mark.parametrize(
    ("extent", "suffix", "unit"),
    [
        (0.4, ".obj", "m"),
        (12, ".obj", "m"),
        (180, ".obj", "cm"),
        (450, ".obj", "mm"),
        (40, ".stl", "mm"),
        (2, ".stl", "m"),
    ],
)
def test_units_are_guessed_from_the_longest_side(extent, suffix, unit):
    assert unit_of(extent, suffix) == unit


@pytest.mark.parametrize(
    ("low", "high", "up"),
    [
        ((-1, 0, -1), (1, 3, 1), ("y", True)),
        ((-1, -1, 0), (1, 1, 3), ("z", True)),
        ((-1, -1, -1), (1, 1, 1), ("z", False)),
    ],
)
def test_the_axis_it_stands_on_is_up(low, high, up):
    assert up_of(np.array([low, high], float)) == up


def test_units_scale_and_up_given_by_a_person_win(desk):
    desk.add(desk.put("box.stl", stl()), units="in", scale=10, up="y")
    size = np.ptp(desk.asset("box").measure.bounds, axis=0)
    np.testing.assert_allclose(size, np.array([0.4, 0.2, 0.3]) * 0.254, rtol=1e-5)


@pytest.mark.parametrize(("size", "said"), [(1000.0, "1,000 m long"), (0.001, "1 mm long")])
def test_a_thing_of_a_strange_size_is_taken_and_doubted(desk, size, said):
    taken = desk.add(desk.put("box.glb", glb(*gltf_tree((CORNERS - CORNERS[0]) / 0.4 * size))))
    assert any(said in doubt and "--units" in doubt for doubt in taken.doubts)
    assert desk.asset("box").measure.mass.mass > 0


def test_names_are_made_plain(desk):
    assert desk.add(desk.put("Ölfass (alt) №2.stl", stl())).folder.name == "olfass_alt_no2"
    assert desk.add(desk.put("vintage lamp/scene.stl", stl())).folder.name == "vintage_lamp"


def test_names_that_are_not_allowed_are_refused(desk):
    box = desk.put("box.stl", stl())
    for name in ("../escape", "a/b", "", ".hidden", "substances", "x" * 101, "wörter"):
        desk.refuses(box, "--name: is not allowed", name=name)
    assert desk.refuses(box, "is not allowed", name="My Box!").hint == "--name my_box"
    desk.refuses(desk.put("椅子.stl", stl()), "no name can be made")


# What it is made of, and how heavy it is ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("materials", "file", "substance"),
    [
        ([("OakLegs_01", 3.0), ("glass", 1.0)], "table", "oak"),
        ([("Wood.003", 1.0)], "table", "pine"),
        ([("", 1.0)], "steel_beam", "steel"),
        ([("office", 1.0)], "mice", "abs"),
        ([("paper", 1.0), ("wall", 9.0)], "house", "abs"),
        ([("tire", 1.0)], "thing", "tyre_rubber"),
    ],
)
def test_names_that_say_a_substance_are_believed(materials, file, substance):
    assert substance_of(materials, file, SUBSTANCES)[0] == substance


def test_a_guessed_substance_is_doubted_with_the_flag_that_settles_it(desk):
    taken = desk.add(desk.put("box.stl", stl()))
    assert taken.spec.substance == "abs"
    assert any("--substance" in doubt for doubt in taken.doubts)
    assert not any("--substance" in doubt for doubt in desk.add(desk.put("can.stl", stl()), substance="steel").doubts)


def test_an_unknown_substance_names_the_likely_one(desk):
    problem = desk.refuses(desk.put("box.stl", stl()), "no substance is called", substance="steal")
    assert problem.hint == "did you mean 'steel'?"


def test_a_density_given_is_kept_with_its_source(desk):
    taken = desk.add(desk.put("box.stl", stl()), density=50)
    assert (taken.spec.physics.density, taken.spec.physics.mass) == (50, None)
    assert "density" in taken.spec.sources
    assert desk.asset("box").measure.mass.mass == pytest.approx(50 * VOLUME, rel=1e-5)


def test_an_open_mesh_gets_the_mass_of_its_capped_volume(desk):
    taken = desk.add(desk.put("tray.obj", obj(faces=FACES[:2] + FACES[4:])), substance="oak")
    assert taken.spec.physics.mass == pytest.approx(700 * VOLUME, rel=1e-3)
    assert "holes capped" in taken.spec.sources["mass"]
    assert any("surface is open" in doubt and "--mass" in doubt for doubt in taken.doubts)
    assert desk.asset("tray").measure.mass.mass == taken.spec.physics.mass


def test_a_thing_too_heavy_for_its_substance_is_doubted(desk):
    taken = desk.add(desk.put("box.stl", stl()), mass=100, substance="oak")
    assert any("above that of oak" in doubt for doubt in taken.doubts)
    taken = desk.add(desk.put("can.stl", stl()), mass=1e6, substance="oak")
    assert any("like nothing on earth" in doubt for doubt in taken.doubts)


def test_a_large_solid_is_asked_whether_it_is_hollow(desk):
    taken = desk.add(desk.put("box.glb", glb(*gltf_tree(CORNERS * 5))), substance="steel")
    assert any("solid through and through" in doubt and "--mass" in doubt for doubt in taken.doubts)


@pytest.mark.parametrize(
    ("wish", "match"),
    [
        ({"mass": 0}, "--mass: has the wrong value"),
        ({"density": -1.0}, "--density: has the wrong value"),
        ({"scale": -2.0}, "--scale: has the wrong value"),
        ({"mass": float("nan")}, "--mass: has the wrong value"),
        ({"mass": 1.0, "density": 1.0}, "contradicts --mass"),
        ({"up": "x"}, "--up: has the wrong value"),
        ({"units": "parsec"}, "--units: has the wrong value"),
    ],
)
def test_impossible_wishes_are_refused(desk, wish, match):
    desk.refuses(desk.put("box.stl", stl()), match, **wish)


# Shape --------------------------------------------------------------------------------------------------------------


def test_a_mesh_turned_inside_out_is_turned_back(desk):
    taken = desk.add(desk.put("box.stl", stl(faces=[f[::-1] for f in FACES])))
    assert "turned 12 triangles outwards" in taken.did
    assert desk.asset("box").mesh.solid.volume == pytest.approx(VOLUME, rel=1e-5)


def test_single_faces_turned_the_wrong_way_are_turned_back(desk):
    taken = desk.add(desk.put("box.ply", ply(faces=[f[::-1] if i % 3 == 0 else f for i, f in enumerate(FACES)])))
    assert "turned 4 triangles outwards" in taken.did
    mesh = desk.asset("box").mesh
    assert mesh.solid.is_winding_consistent
    assert mesh.volume == pytest.approx(VOLUME, rel=1e-5)


def test_a_cavity_stays_hollow_when_other_faces_are_turned(desk):
    middle = CORNERS.mean(axis=0)
    corners = np.concatenate([CORNERS, middle + (CORNERS - middle) / 2])
    inner = [(c + 8, b + 8, a + 8) for a, b, c in FACES]
    taken = desk.add(desk.put("box.obj", obj(corners, [FACES[0][::-1], *FACES[1:], *inner])))
    assert "turned 1 triangle outwards" in taken.did
    assert desk.asset("box").measure.volume == pytest.approx(VOLUME * 7 / 8, rel=1e-5)


def test_a_surface_that_looks_both_ways_weighs_as_its_hull(desk):
    taken = desk.add(desk.put("tray.obj", obj(faces=[FACES[0][::-1], *FACES[1:3], *FACES[4:]])), substance="oak")
    assert any("looks both ways" in doubt and "its hull" in doubt for doubt in taken.doubts)
    assert taken.spec.physics.mass == pytest.approx(700 * VOLUME, rel=1e-3)


def test_a_mirrored_node_keeps_its_faces_outwards(desk):
    tree, binary = gltf_tree()
    tree["nodes"][0]["scale"] = [-1, 1, 1]
    desk.add(desk.put("box.glb", glb(tree, binary)))
    assert desk.asset("box").mesh.solid.volume == pytest.approx(VOLUME, rel=1e-5)


@pytest.mark.parametrize(
    ("kind", "size"), [("sphere", (0.2,)), ("cylinder", (0.1, 0.5)), ("capsule", (0.1, 0.6)), ("box", (1, 2, 3))]
)
def test_the_collider_is_the_primitive_that_fits(desk, kind, size):
    write_glb(primitive_mesh(kind, size), desk.root / "thing.glb")
    assert desk.add(desk.root / "thing.glb").spec.collision.approximation == kind


def test_a_round_thing_gets_a_hull_of_at_most_256_corners(desk):
    ball = primitive_mesh("sphere", (1.0,))
    egg = ball.vertices * np.where(ball.vertices[:, 2:] > 0, [[0.3, 0.3, 0.5]], [[0.3, 0.3, 0.2]])
    taken = desk.add(desk.put("egg.obj", obj(egg, ball.faces.tolist())))
    assert taken.spec.collision.approximation == "convex_hull"
    assert len(desk.asset("egg").measure.collider.corners[0]) <= 256


def angle_iron() -> tuple[np.ndarray, list]:
    """A closed L, 1 m both ways and 0.2 m wide: 8 times less than its hull would be full."""
    outline = np.array([[0, 0], [1, 0], [1, 0.1], [0.1, 0.1], [0.1, 1], [0, 1]])
    corners = np.concatenate([np.insert(outline, 1, y, axis=1) for y in (0.0, 0.2)])
    side = [(i, (i + 1) % 6) for i in range(6)]
    front = [(0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 5)]
    faces = front + [(c + 6, b + 6, a + 6) for a, b, c in front]
    faces += [f for a, b in side for f in ((b, a, a + 6), (b, a + 6, b + 6))]
    return corners, faces


def test_a_hollow_shape_is_told_of_decompose(desk):
    taken = desk.add(desk.put("angle.obj", obj(*angle_iron())), substance="steel")
    assert desk.asset("angle").measure.closed
    assert any("--decompose" in doubt for doubt in taken.doubts)


def test_decompose_keeps_its_pieces_as_a_mesh_to_collide_with(desk):
    pytest.importorskip("coacd")
    taken = desk.add(desk.put("angle.obj", obj(*angle_iron())), substance="steel", decompose=True)
    assert taken.spec.collision.mesh == "collision.glb"
    collider = desk.asset("angle").measure.collider
    assert len(collider.corners) == len(pieces(load_mesh(taken.folder / "collision.glb"))) >= 2
    assert collider.volume() == pytest.approx(0.2 * 0.19, rel=0.1)


# glTF's own ---------------------------------------------------------------------------------------------------------


def test_an_animated_or_skinned_glb_is_taken_in_its_rest_pose(desk):
    moving = {"dancer": {"animations": [{"channels": [], "samplers": []}]}, "puppet": {"skins": [{"joints": [0]}]}}
    for name, more in moving.items():
        taken = desk.add(desk.put(f"{name}.glb", glb(**more)))
        assert any("rest pose" in doubt for doubt in taken.doubts)


def test_of_several_scenes_the_first_is_taken_and_said(desk):
    tree, binary = gltf_tree()
    tree["nodes"] = [{"mesh": 0}, {"mesh": 0, "scale": [9, 9, 9]}]
    tree["scenes"] = [{"nodes": [1]}, {"nodes": [0], "name": "small"}]
    taken = desk.add(desk.put("box.glb", glb(tree, binary, scene=1)))
    assert any("2 scenes: took small" in doubt for doubt in taken.doubts)
    assert np.ptp(desk.asset("box").measure.bounds, axis=0).max() == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("extension", "match"),
    [
        ("KHR_draco_mesh_compression", "compressed with Draco"),
        ("EXT_meshopt_compression", "compressed with meshopt"),
        ("VENDOR_magic", "needs the glTF extension VENDOR_magic"),
    ],
)
def test_a_compressed_glb_is_one_line(desk, extension, match):
    desk.refuses(desk.put("box.glb", glb(extensionsUsed=[extension], extensionsRequired=[extension])), match)


def test_a_truncated_glb_is_one_line_and_leaves_nothing_behind(desk):
    desk.refuses(desk.put("box.glb", glb()[:500]), "is cut short; expected .* bytes, got 500")


def test_a_gltf_without_its_bin_is_one_line(desk):
    tree, _ = gltf_tree()
    tree["buffers"][0]["uri"] = "box.bin"
    desk.refuses(desk.put("box.gltf", json.dumps(tree)), "needs box.bin, which is not there")


def test_nodes_that_contain_themselves_are_refused(desk):
    loop = [{"mesh": 0, "children": [1]}, {"children": [0]}]
    desk.refuses(desk.put("box.glb", glb(*gltf_tree(), nodes=loop)), "form a tree")


def test_broken_gltf_is_one_line(desk):
    tree, binary = gltf_tree()
    desk.refuses(desk.put("a.glb", glb(tree, binary, meshes=[{}])), "is broken glTF")
    desk.refuses(desk.put("b.glb", glb(tree, binary, accessors="none")), "is broken glTF")
    desk.refuses(desk.put("c.glb", glb(tree, b"")), "cannot be read as a mesh")
    desk.refuses(desk.put("d.gltf", "[" * 100_000), "is no glTF")
    desk.refuses(desk.put("e.gltf", '{"some": "json"}'), "is no glTF")


# What is refused ----------------------------------------------------------------------------------------------------

NAN = CORNERS.copy()
NAN[3, 1] = np.nan


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("box.stl", b"", "is empty"),
        ("box.fbx", b"Kaydara FBX", "is no mesh format that can be read"),
        ("box", b"solid", "is no mesh format that can be read"),
        ("box.obj", b"%PDF-1.4\n", "is no obj file; got a PDF"),
        ("box.stl", b"<!DOCTYPE html><html>", "got a web page"),
        ("box.glb", b"version https://git-lfs.github.com/spec/v1\n", "got a Git LFS pointer"),
        ("box.obj", bytes(range(256)), "is no obj file"),
        ("box.obj", "hello\n", "holds no triangles"),
        ("box.obj", obj(faces=[]), "got points without faces"),
        ("box.ply", ply(faces=[]), "8 points without faces"),
        ("box.off", off(faces=[]), "8 points without faces"),
        ("box.stl", stl(faces=np.zeros((0, 3), int)), "holds no triangles"),
        ("box.obj", obj(NAN), "vertices that are no numbers; expected finite coordinates, got 1 of"),
        ("box.stl", stl(NAN), "vertices that are no numbers"),
        ("box.obj", obj(CORNERS * 1e300), "vertices that are no numbers"),
        ("box.obj", obj(faces=[(0, 1, 99)]), "cannot be read as a mesh"),
        ("box.obj", obj(CORNERS * [1, 1, 0]), "is flat"),
        ("box.obj", obj(CORNERS * 0), "has no size"),
        ("box.glb", glb(*gltf_tree(CORNERS * 1e-5)), "has no size a thing can have"),
        ("box.stl", stl()[:-7], "is cut short or no stl file"),
        ("box.stl", "solid box\nfacet normal 0 0 1\n", "is cut short"),
        ("box.ply", ply()[:-60], "is cut short"),
        ("box.ply", "ply\nformat ascii 1.0\n", "is no ply file"),
        ("box.off", off()[:150], "is cut short"),
        ("box.off", "OFF\n", "is no off file"),
        ("box.dae", dae()[:900], "cannot be read as a mesh"),
        ("box.dae", dae().replace("<COLLADA", "<!DOCTYPE a [<!ENTITY b 'c'>]><COLLADA", 1), "declares XML entities"),
        ("box.3mf", threemf()[:200], "is no whole zip archive"),
        ("box.3mf", packed({"hello.txt": "hi"}), "is no 3mf file"),
    ],
)
def test_bad_files_are_one_line_and_leave_nothing_behind(desk, name, content, match):
    desk.refuses(desk.put(name, content), match)


def test_a_missing_file_and_a_folder_are_refused(desk):
    desk.refuses(desk.root / "gone.stl", "does not exist")
    desk.put("chair/seat.stl", stl())
    assert desk.refuses(desk.root / "chair", "is a folder").hint == "name one file in it: seat.stl"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_one_line(desk):
    box = desk.put("box.stl", stl())
    box.chmod(0)
    desk.refuses(box, "cannot be read: Permission denied")


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("big.ply", ply().replace(f"element face {len(FACES)}", "element face 600000")),
        ("big.off", off().replace(f" {len(FACES)} ", " 600000 ")),
        ("big.obj", obj() + "f 1 2 3\n" * 500_001),
        ("big.dae", dae().replace(f'triangles count="{len(FACES)}"', 'triangles count="600000"')),
    ],
)
def test_too_many_triangles_are_counted_before_they_are_read(desk, name, head):
    hint = desk.refuses(desk.put(name, head), "has too many triangles; expected at most 500,000").hint
    assert "Decimate" in hint


def test_too_many_triangles_in_stl_and_glb_are_counted_in_their_heads(desk):
    big = desk.put("big.stl", bytes(80) + struct.pack("<I", 600_000))
    os.truncate(big, 84 + 50 * 600_000)
    desk.refuses(big, "has too many triangles; expected at most 500,000, got 600,000")
    tree, binary = gltf_tree()
    tree["accessors"][2]["count"] = 3_000_000
    desk.refuses(desk.put("big.glb", glb(tree, binary)), "has too many triangles; .* got 1,000,000")


@pytest.mark.parametrize(
    "reference",
    ["../../secret.png", "/etc/hostname", "C:\\secret.png", "file:///etc/hostname", "https://example.org/a.png"],
)
def test_a_texture_outside_the_folder_is_refused(desk, reference):
    desk.put("box.mtl", f"newmtl a\nmap_Kd {reference}\n")
    desk.refuses(desk.put("box.obj", obj(head="mtllib box.mtl\n")), "refers to a file outside its folder")
    desk.refuses(desk.put("box.glb", glb(*textured(reference))), "refers to a file outside its folder")


def test_a_link_that_points_outside_is_refused(desk):
    (desk.root / "red.png").symlink_to("/etc/hostname")
    desk.refuses(desk.put("box.glb", glb(*textured("red.png"))), "refers to a file outside its folder")


def test_material_files_and_buffers_outside_the_folder_are_refused(desk):
    desk.refuses(desk.put("box.obj", obj(head="mtllib ../../box.mtl\n")), "refers to a file outside its folder")
    tree, _ = gltf_tree()
    tree["buffers"][0]["uri"] = "../../box.bin"
    desk.refuses(desk.put("box.gltf", json.dumps(tree)), "refers to a file outside its folder")


def test_a_picture_that_would_unpack_without_end_is_one_line(desk):
    desk.put("red.png", bomb(30_000))
    assert "2048" in desk.refuses(desk.put("box.glb", glb(*textured("red.png"))), "too large to unpack").hint
    desk.put("box.mtl", "newmtl a\nmap_Kd red.png\n")
    desk.refuses(desk.put("box.obj", obj(head="mtllib box.mtl\n")), "too large to unpack")


@pytest.mark.parametrize(
    ("files", "match"),
    [
        ({"../box.stl": stl()}, "would land outside its folder"),
        ({"/box.stl": stl()}, "would land outside its folder"),
        ({"a/..\\..\\box.stl": stl()}, "would land outside its folder"),
        ({"readme.txt": "hello"}, "holds no mesh"),
        ({"a.stl": stl(), "b.stl": stl()}, "holds several meshes; expected one, got a.stl, b.stl"),
        ({"box.glb": glb()[:300]}, r"things\.zip/box\.glb: is cut short"),
    ],
)
def test_zips_that_cannot_be_one_asset_are_refused(desk, files, match):
    desk.refuses(desk.put("things.zip", packed(files)), match)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(desk):
    huge = zipfile.ZipInfo("box.stl")
    data = bytearray(packed({huge.filename: bytes(1000)}))
    at = data.index(b"PK\x01\x02")  # the central directory, which says how large the files are
    data[at + 24 : at + 28] = struct.pack("<I", 4_000_000_000)
    desk.refuses(desk.put("bomb.zip", bytes(data)), "unpacks to too much; expected at most 1000 MB, got 4000 MB")


def test_a_zip_that_lies_about_its_sizes_gives_no_more_than_it_says(desk):
    data = bytearray(packed({"box.stl": stl() + bytes(10_000_000)}))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 1000)
    desk.refuses(desk.put("liar.zip", bytes(data)), "cannot be unpacked|is cut short")


# Whole or not at all ------------------------------------------------------------------------------------------------


def test_an_asset_that_exists_is_not_overwritten(desk):
    desk.add(desk.put("box.stl", stl()))
    assert "--force" in desk.refuses(desk.put("box.stl", stl(CORNERS * 2)), "exists already").hint


def test_force_replaces_the_whole_folder(desk):
    folder = desk.add(desk.put("box.stl", stl())).folder
    (folder / "notes.txt").write_text("old")
    taken = desk.add(desk.put("box.stl", stl(CORNERS * 2)), force=True)
    assert sorted(p.name for p in folder.iterdir()) == ["asset.yaml", "box.glb"]
    assert "replaced box" in taken.did
    assert np.ptp(desk.asset("box").measure.bounds, axis=0)[0] == pytest.approx(0.8)


def test_a_failure_under_force_leaves_the_old_asset_as_it_was(desk):
    desk.add(desk.put("box.stl", stl()))
    desk.refuses(desk.put("box.stl", stl()[:-1]), "is cut short", force=True)


@pytest.mark.parametrize("force", [False, True])
def test_an_interruption_leaves_nothing_behind(desk, force):
    def interrupted(folder, spec, mesh):
        raise KeyboardInterrupt("stop")

    box = desk.put("box.stl", stl())
    if force:
        desk.add(box)
    before = desk.everything()
    with pytest.raises(KeyboardInterrupt, match="stop"):
        desk.add(box, thumbnail=interrupted, force=force)
    assert desk.everything() == before


def test_a_project_that_cannot_be_written_is_one_line(desk):
    desk.assets.parent.mkdir()
    desk.assets.write_text("a file where the folder should be")
    desk.refuses(desk.put("box.stl", stl()), "cannot be written")


def test_the_same_file_gives_the_same_bytes(desk):
    first = {p.name: p.read_bytes() for p in desk.add(desk.put("box.stl", stl())).folder.iterdir()}
    again = {p.name: p.read_bytes() for p in desk.add(desk.root / "box.stl", force=True).folder.iterdir()}
    assert first == again
