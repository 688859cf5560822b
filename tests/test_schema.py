"""What files may say: YAML's own traps, strict specs, and errors that name everything at once."""

import json
import re
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import ValidationError

from sim.assets.library import starter_root
from sim.assets.spec import AssetSpec
from sim.assets.substance import SubstanceSpec
from sim.errors import InputError
from sim.schema import (
    MAX_BYTES,
    MAX_DEPTH,
    Spec,
    edit_yaml,
    json_schema,
    line_of,
    parse_spec,
    read_spec,
    read_yaml,
    write_yaml,
)
from sim.world.spec import WorldSpec

ASSET = {"schema": "asset/1", "about": "a thing", "license": "CC0-1.0", "mesh": "a.glb", "substance": "pine"}


@pytest.fixture
def read(tmp_path):
    """Reads text, or bytes, as a YAML file."""

    def read_text(content: str | bytes) -> dict:
        path = tmp_path / "file.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_yaml(path)

    return read_text


# YAML's traps

NUMBERS = {
    "1e-3": 0.001, "1E5": 1e5, "+1.5": 1.5, ".5": 0.5, "5.": 5.0, "-1.5e+3": -1500.0, "12": 12, "010": 10, "0x1F": 31,
    "0o17": 15, "true": True, "False": False, "~": None, "": None, "null": None, ".inf": float("inf"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), NUMBERS.items())
def test_numbers_and_truth_are_read_by_the_core_schema(read, text, value):
    got = read(f"x: {text}")["x"]
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    "text", ["on", "off", "yes", "no", "NO", "y", "12:30", "1_000", "2024-01-01", "1.2.3", "0b11", "="]
)
def test_what_yaml_1_1_would_twist_stays_text(read, text):
    assert read(f"x: {text}")["x"] == text


def test_a_doubled_key_is_refused_with_both_lines(read):
    with pytest.raises(InputError, match=r"file\.yaml:3: the key 'a' stands twice \(first in line 1\)"):
        read("a: 1\nb: 2\na: 3\n")


def test_a_doubled_key_deep_inside_is_refused(read):
    with pytest.raises(InputError, match=r":3: the key 'x' stands twice"):
        read("a:\n- x: 1\n  x: 2\n")


@pytest.mark.parametrize("text", ["a:\n\tb: 1\n", "a:\n  b: 1\n\tc: 2\n"])
def test_a_tab_is_named(read, text):
    with pytest.raises(InputError, match=r"(?s):\d: a tab where spaces are needed.*hint: indent with spaces"):
        read(text)


def test_a_file_that_is_not_utf8_is_named_with_its_line(read):
    with pytest.raises(InputError, match=r":2: is not UTF-8"):
        read(b"a: 1\nb: caf\xe9\n")


def test_a_byte_order_mark_and_windows_lines_change_nothing(read):
    assert read(b"\xef\xbb\xbfa: 1\r\nb: |\r\n  two\r\n  lines\r\n") == {"a": 1, "b": "two\nlines\n"}


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)  # sparse: nothing is written
    with pytest.raises(InputError, match="is too large; expected at most 8 MB, got 100 MB"):
        read_yaml(path)
    assert MAX_BYTES == 8_000_000


def test_anchors_that_explode_are_refused(read):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    with pytest.raises(InputError, match="anchors expand to too much"):
        read("\n".join(lines))


def test_an_anchor_used_twice_is_fine(read):
    assert read("a: &here [1, 2]\nb: *here\n") == {"a": [1, 2], "b": [1, 2]}


@pytest.mark.parametrize("text", ["a: &x [*x]", "a: &x {b: *x}"])
def test_an_anchor_that_contains_itself_is_refused(read, text):
    with pytest.raises(InputError, match="an anchor contains itself"):
        read(text)


@pytest.mark.parametrize("tag", ["!!python/object:os.system", "!!python/object/apply:os.system", "!custom"])
def test_no_tag_is_allowed(read, tag):
    with pytest.raises(InputError, match=r"file\.yaml:1: no tag is allowed"):
        read(f"a: {tag} {{}}\n")


@pytest.mark.parametrize("tag", ["!!set", "!!binary", "!!timestamp", "!!pairs"])
def test_no_tag_gets_into_a_spec(read, tag):
    with pytest.raises(InputError, match=r"file\.yaml"):
        parse_spec(ASSET | read(f"about: {tag} 2024-01-01\n"), AssetSpec, Path("file.yaml"))


def test_python_objects_are_not_built(read, tmp_path):
    with pytest.raises(InputError, match="no tag is allowed"):
        read(f"a: !!python/object/apply:os.mkdir ['{tmp_path}/made']")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("depth", [MAX_DEPTH + 5, 900, 20_000])
def test_deep_nesting_is_refused(read, depth):
    with pytest.raises(InputError, match="nested too deeply"):
        read("a: " + "[" * depth + "]" * depth)


def test_several_documents_are_refused(read):
    with pytest.raises(InputError, match=r":\d: .*document"):
        read("a: 1\n---\nb: 2\n")


def test_merge_keys_are_refused(read):
    with pytest.raises(InputError, match=r":3: merge keys \(<<\) are not supported"):
        read("a: &a {x: 1}\nb:\n  <<: *a\n")


NO_MAPPINGS = {
    "": "is empty", "# nothing\n": "is empty", "- a\n- b\n": "is no mapping", "just text": "is no mapping",
    "a: [1, 2": r":\d", "a: b: c": ":1: mapping values are not allowed", "a: *nobody": "undefined alias",
    "{[1, 2]: 3}": "is no name",
    "true: 1": "True is no name", "a: \x00": r"file\.yaml",
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), NO_MAPPINGS.items())
def test_what_is_no_mapping_is_refused_in_a_sentence(read, text, message):
    with pytest.raises(InputError, match=message):
        read(text)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.yaml: does not exist"):
        read_yaml(tmp_path / "nowhere.yaml")
    with pytest.raises(InputError, match="cannot be read"):
        read_yaml(tmp_path)


def test_what_is_written_is_read_back_and_looks_written_by_hand(tmp_path):
    content = {
        "schema": "world/1",
        "about": "straße",
        "at": [0.1, 2.0, 1e-7],
        "objects": {"a": {"grid": {"count": [1, 2, 3]}}},
    }
    text = write_yaml(tmp_path / "a.yaml", content)
    assert read_yaml(tmp_path / "a.yaml") == content
    assert "at: [0.1, 2, 1.0e-07]" in text
    assert text.startswith("schema: world/1\nabout: straße\n")


# Specs


class _Wheel(Spec):
    radius: float
    label: str | None = None


class _Cart(Spec):
    SCHEMA: ClassVar[str] = "cart/1"
    wheels: dict[str, _Wheel]
    brakes: bool = False


def cart(content: dict) -> _Cart:
    return parse_spec({"schema": "cart/1", **content}, _Cart, Path("cart.yaml"))


def asset(**content) -> AssetSpec:
    return parse_spec(ASSET | content, AssetSpec, Path("a.yaml"))


WRONG = """schema: asset/1
about: 5
licence: MIT
license: MIT
mesh: a.glb
substance: pine
physics:
  mass: -1
  motoin: static
lights:
- {kind: point, lumen: 3}
"""


def test_every_problem_is_reported_at_once_with_its_path_and_line(tmp_path):
    path = tmp_path / "asset.yaml"
    path.write_text(WRONG)
    with pytest.raises(InputError, match=r"asset\.yaml") as caught:
        read_spec(path, AssetSpec)
    text = str(caught.value)
    assert len(caught.value.problems) == 5
    assert re.search(r":2: about: has the wrong type; expected string, got 5", text)
    assert re.search(r":3: licence: is unknown\n  hint: did you mean 'license'\?", text)
    assert re.search(r":8: physics\.mass: has the wrong value; expected greater than 0, got -1", text)
    assert re.search(r":9: physics\.motoin: is unknown\n  hint: did you mean 'motion'\?", text)
    assert re.search(r":11: lights\.0\.lumen: is unknown\n  hint: did you mean 'lumens'\?", text)


def test_an_unknown_key_is_named_with_its_path():
    with pytest.raises(
        InputError, match=r"cart\.yaml: wheels\.left\.raduis: is unknown\n  hint: did you mean 'radius'"
    ):
        cart({"wheels": {"left": {"radius": 1, "raduis": 2}}})


def test_a_missing_key_is_named():
    with pytest.raises(InputError, match=r"wheels\.left\.radius: is missing"):
        cart({"wheels": {"left": {}}})


def test_text_is_no_number_and_a_number_no_text():
    with pytest.raises(InputError, match=r"wheels\.a\.radius: has the wrong type; expected number, got 'big'"):
        cart({"wheels": {"a": {"radius": "big"}}})
    with pytest.raises(InputError, match=r"wheels\.a\.label: has the wrong type; expected string, got 3"):
        cart({"wheels": {"a": {"radius": 1, "label": 3}}})


@pytest.mark.parametrize(("word", "meant"), [("on", "true"), ("off", "false"), ("yes", "true")])
def test_on_and_off_are_no_truth_and_the_hint_says_what_is(word, meant):
    with pytest.raises(InputError, match=f"brakes: .*expected true or false, got '{word}'\n  hint: write {meant}"):
        cart({"wheels": {}, "brakes": word})


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_must_be_finite(value):
    with pytest.raises(InputError, match=r"wheels\.a\.radius: .*finite"):
        cart({"wheels": {"a": {"radius": value}}})


@pytest.mark.parametrize("value", ["12", "3.5", True])
def test_numbers_are_not_made_of_text_or_truth(value):
    with pytest.raises(InputError, match=r"wheels\.a\.radius"):
        cart({"wheels": {"a": {"radius": value}}})
    with pytest.raises(InputError, match=r"frames\.tip\.at"):
        asset(frames={"tip": {"at": [0, value, 0]}})


@pytest.mark.parametrize("at", [[1, 2], [1, 2, 3, 4], "origin", [1, 2, "x"], [0, 0, float("nan")], {"x": 1}])
def test_a_vector_of_the_wrong_length_or_kind_is_refused(at):
    with pytest.raises(InputError, match=r"frames\.tip\.at"):
        asset(frames={"tip": {"at": at}})


def test_a_word_outside_the_list_gets_the_nearest():
    with pytest.raises(InputError, match=r"physics\.motion: .*'static'.*\n  hint: did you mean 'dynamic'"):
        asset(physics={"motion": "dynamik"})


def test_another_kind_of_file_is_refused_with_a_hint():
    with pytest.raises(InputError, match="expected asset/1, got None\n  hint: begin the file with `schema: asset/1`"):
        parse_spec({"about": "x"}, AssetSpec, Path("a.yaml"))
    with pytest.raises(InputError, match="expected asset/1, got 'aset/1'\n  hint: did you mean 'asset/1'"):
        parse_spec({"schema": "aset/1"}, AssetSpec, Path("a.yaml"))


@pytest.mark.parametrize("name", ["../pine", "a/b", ".hidden", "", "a\nb"])
def test_names_stay_inside_their_folder(name):
    with pytest.raises(InputError, match="substance"):
        asset(substance=name)


def test_a_spec_never_changes():
    spec = cart({"wheels": {"a": {"radius": 1}}})
    with pytest.raises(ValidationError, match="frozen"):
        spec.brakes = True
    with pytest.raises(ValidationError, match="frozen"):
        spec.wheels["a"].radius = 2.0


def test_the_line_of_a_path_is_found():
    path = starter_root() / "assets" / "substances" / "steel.yaml"
    line = line_of(path, ("surface", "dynamic_friction"))
    assert "dynamic_friction" in path.read_text().splitlines()[line - 1]
    assert line_of(path, ("nothing",)) is None


# JSON Schema, for editors


@pytest.mark.parametrize("kind", [AssetSpec, WorldSpec, SubstanceSpec])
def test_the_json_schema_of_a_kind_names_its_schema_line_and_every_field(kind):
    schema = json.loads(json.dumps(json_schema(kind)))
    assert schema["properties"]["schema"] == {"const": kind.SCHEMA}
    assert "schema" in schema["required"]
    assert set(schema["properties"]) == {"schema", *kind.model_fields}
    assert schema["additionalProperties"] is False


SHIPPED = {
    "assets/*/asset.yaml": AssetSpec,
    "worlds/*/world.yaml": WorldSpec,
    "assets/substances/*.yaml": SubstanceSpec,
}


@pytest.mark.parametrize("pattern", SHIPPED)
def test_the_json_schema_accepts_every_shipped_file(pattern):
    schema = json_schema(SHIPPED[pattern])
    for path in sorted(starter_root().glob(pattern)):
        complaint = violation(read_yaml(path), schema, schema, path.parent.name)
        assert complaint is None, f"{path}: {complaint}"


WRONG_VALUES = [
    {"abuot": "x"},
    {"about": 5},
    {"physics": {"motion": "flying"}},
    {"physics": {"mass": 0}},
    {"tags": "crate"},
]


@pytest.mark.parametrize("wrong", WRONG_VALUES, ids=str)
def test_the_json_schema_refuses_what_the_spec_refuses(wrong):
    schema = json_schema(AssetSpec)
    assert violation(ASSET, schema, schema, "asset") is None
    assert violation(ASSET | wrong, schema, schema, "asset")
    with pytest.raises(InputError, match=f"a.yaml: {next(iter(wrong))}"):
        asset(**wrong)


TYPES = {"object": dict, "array": (list, tuple), "string": str, "number": (int, float), "integer": int, "boolean": bool}


def violation(value, schema: dict, root: dict, at: str) -> str | None:
    """The first way in which a value breaks a JSON Schema: as much of the standard as ours use."""
    if "$ref" in schema:
        return violation(value, root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], root, at)
    if "anyOf" in schema:
        found = [violation(value, option, root, at) for option in schema["anyOf"]]
        return None if None in found else found[0]
    if "const" in schema and value != schema["const"]:
        return f"{at}: {value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{at}: {value!r} is none of {schema['enum']}"
    kind = schema.get("type")
    if kind == "null":
        return None if value is None else f"{at}: {value!r} is not null"
    if kind and (not isinstance(value, TYPES[kind]) or (kind in ("number", "integer") and isinstance(value, bool))):
        return f"{at}: {value!r} is no {kind}"
    if kind in ("number", "integer"):
        low, high = schema.get("minimum", -float("inf")), schema.get("maximum", float("inf"))
        if not low <= value <= high or value <= schema.get("exclusiveMinimum", -float("inf")):
            return f"{at}: {value!r} is out of range"
    if kind == "object":
        return _violation_of_object(value, schema, root, at)
    if kind == "array":
        return _violation_of_array(value, schema, root, at)
    return None


def _violation_of_object(value: dict, schema: dict, root: dict, at: str) -> str | None:
    properties, other = schema.get("properties", {}), schema.get("additionalProperties", True)
    if missing := [name for name in schema.get("required", []) if name not in value]:
        return f"{at}: lacks {missing}"
    for key, item in value.items():
        inner = properties.get(key, other)
        if inner is False:
            return f"{at}: {key} is unknown"
        if inner is not True and (found := violation(item, inner, root, f"{at}.{key}")):
            return found
    return None


def _violation_of_array(value: list, schema: dict, root: dict, at: str) -> str | None:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 10**9):
        return f"{at}: has {len(value)} items"
    prefix = schema.get("prefixItems", [])
    kinds = [*prefix, *[schema.get("items", {})] * (len(value) - len(prefix))]
    found = (violation(item, kind, root, f"{at}.{i}") for i, (item, kind) in enumerate(zip(value, kinds, strict=True)))
    return next((complaint for complaint in found if complaint), None)


EDITED = """\
# a wörld — with comments
schema: world/1
objects:
  # the stack
  crate: {asset: crate, at: [0, 0, 0]}  # first
  ball:
    asset: football
    at: [1, 2, 3] # über
    # after the ball

  last: {}
cameras: {}
"""


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (["objects", "crate", "at"], [1.5, -2.0, 0.25], "at: [0, 0, 0]", "at: [1.5, -2, 0.25]"),
        (["objects", "crate", "yaw_deg"], 30.0, "0]}  # first", "0], yaw_deg: 30}  # first"),
        (["objects", "crate", "at"], None, ", at: [0, 0, 0]", ""),
        (["objects", "crate", "asset"], None, "asset: crate, ", ""),
        (["objects", "ball", "at"], [0, 0, 1e-7], "[1, 2, 3] # ü", "[0, 0, 1.0e-07] # ü"),
        (["objects", "ball", "yaw_deg"], 5, "# über\n", "# über\n    yaw_deg: 5\n"),
        (["objects", "ball", "asset"], None, "    asset: football\n", ""),
        (["objects", "last", "at"], [0, 0, 1], "last: {}", "last: {at: [0, 0, 1]}"),
        (["sky", "sun", "elevation_deg"], 12.0, "cameras: {}", "cameras: {}\nsky: {sun: {elevation_deg: 12}}"),
    ],
)
def test_one_value_changes_and_every_comment_stays(path, value, old, new):
    assert EDITED.count(old) == 1
    assert edit_yaml(EDITED, path, value) == EDITED.replace(old, new)
