"""What files may say: strict YAML in, frozen specs out, every problem of a file at once.

Owns the door to YAML and the base of every ``…Spec``. Knows nothing of what the specs mean.

YAML is read by the rules of YAML 1.2's core schema, whatever the library would do: ``1e-3`` is a number, ``on`` and
``no`` are text, ``010`` is ten, ``12:30`` is text. A doubled key, a tag such as ``!!python/object``, an anchor that
explodes, a tab, a file that is not UTF-8 or far too large are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from sim.errors import InputError, Problem, guess

MAX_BYTES = 8_000_000  # the largest world of the starter library is under 0.1 MB
MAX_NODES = 400_000  # counted with every alias expanded
MAX_DEPTH = 60

# ---------------------------------------------------------------------------------------------------------------------
# YAML


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe YAML with the scalars of YAML 1.2's core schema."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in [
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$|^0x[0-9a-fA-F]+$|^0o[0-7]+$", "-+0123456789"),
    (
        "float",
        r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$|^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$",
        "-+.0123456789",
    ),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
]:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def _integer(loader: Any, node: yaml.ScalarNode) -> int:
    text = loader.construct_scalar(node)
    base = {"0x": 16, "0o": 8}.get(text[:2], 10)
    return int(text[2:] if base != 10 else text, base)


def _number(loader: Any, node: yaml.ScalarNode) -> float:
    return float(loader.construct_scalar(node).lower().replace(".inf", "inf").replace(".nan", "nan"))


def _mapping(loader: Any, node: yaml.MappingNode) -> dict:
    seen: dict[Any, yaml.Mark] = {}
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge" or key_node.value == "<<":
            raise yaml.constructor.ConstructorError(
                None, None, "merge keys (<<) are not supported", key_node.start_mark
            )
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, (str, int, float)) or isinstance(key, bool):
            raise yaml.constructor.ConstructorError(None, None, f"{key!r} is no name", key_node.start_mark)
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} stands twice (first in line {seen[key].line + 1})", key_node.start_mark
            )
        seen[key] = key_node.start_mark
    return {str(loader.construct_object(k, deep=True)): loader.construct_object(v, deep=True) for k, v in node.value}


_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_yaml(path: Path, text: str | None = None) -> dict[str, Any]:
    """The mapping a YAML file holds.

    Args:
        path: The file, also the name used in errors.
        text: What the file says, when it has been read already.

    Raises:
        InputError: The file is missing, too large, not UTF-8, not YAML, or not one mapping.
    """
    where = str(path)
    if text is None:
        text = _read_text(path)
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise InputError(Problem(where, "is empty", "`schema: …` in its first line"))
        _check_size(where, node)
        content = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        raise InputError(_yaml_problem(where, error, text)) from None
    except yaml.YAMLError as error:
        raise InputError(Problem(where, "cannot be read as YAML", got=str(error).replace("\n", " "))) from None
    except RecursionError:
        raise InputError(Problem(where, "is nested too deeply", f"at most {MAX_DEPTH} levels")) from None
    finally:
        if loader is not None:
            loader.dispose()
    if not isinstance(content, dict):
        raise InputError(Problem(where, "is no mapping", "lines of `name: value`", _short(content)))
    return content


def _read_text(path: Path) -> str:
    where = str(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(
                Problem(where, "is too large", f"at most {MAX_BYTES // 1_000_000} MB", f"{size / 1e6:.0f} MB")
            )
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        raise InputError(Problem(where, "does not exist")) from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise InputError(Problem(f"{where}:{line}", "is not UTF-8", hint="save the file as UTF-8")) from None
    except OSError as error:
        raise InputError(Problem(where, f"cannot be read: {error.strerror}")) from None


def _yaml_problem(where: str, error: yaml.MarkedYAMLError, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    what = (error.problem or error.context or "is no YAML").strip()
    hint = None
    if "tab character" in what or "\\t" in what or "cannot start any token" in what:
        lines = text.splitlines()
        if mark is not None and mark.line < len(lines) and "\t" in lines[mark.line]:
            what, hint = "a tab where spaces are needed", "indent with spaces"
    if "could not determine a constructor" in what:
        what, hint = what.replace("could not determine a constructor for the tag", "no tag is allowed, here"), None
    if mark is not None:
        where = f"{where}:{mark.line + 1}"
    return Problem(where, what, hint=hint)


def _check_size(where: str, root: yaml.Node) -> None:
    """Refuses documents whose aliases would expand to more than MAX_NODES, or loop."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def children(node: yaml.Node) -> Iterator[yaml.Node]:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                yield key
                yield value
        elif isinstance(node, yaml.SequenceNode):
            yield from node.value

    def size(node: yaml.Node, depth: int) -> int:
        if id(node) in sizes:
            return sizes[id(node)]
        line = f"{where}:{node.start_mark.line + 1}"
        if id(node) in open_nodes:
            raise InputError(Problem(line, "an anchor contains itself"))
        if depth > MAX_DEPTH:
            raise InputError(Problem(line, "is nested too deeply", f"at most {MAX_DEPTH} levels"))
        open_nodes.add(id(node))
        total = 1 + sum(size(child, depth + 1) for child in children(node))
        open_nodes.discard(id(node))
        if total > MAX_NODES:
            raise InputError(Problem(line, "anchors expand to too much", f"at most {MAX_NODES} values", f"{total}"))
        sizes[id(node)] = total
        return total

    size(root, 0)


def line_of(path: Path, location: tuple[str | int, ...]) -> int | None:
    """The line, counted from 1, in which a path of keys stands in a YAML file; None when it cannot be told."""
    try:
        node = yaml.compose(path.read_text("utf-8-sig"), Loader=_Loader)
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return None
    line = None
    for step in location:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(step)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line


def write_yaml(path: Path, content: dict[str, Any]) -> str:
    """The text of a YAML file as a person would write it: short lists in one line, keys in the order given."""

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    def represent_list(dumper: yaml.SafeDumper, data: list) -> yaml.Node:
        flat = not any(isinstance(item, (dict, list)) and item for item in data)
        return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=flat)

    Dumper.add_representer(list, represent_list)
    Dumper.add_representer(tuple, represent_list)
    Dumper.add_representer(float, lambda dumper, value: dumper.represent_scalar(*_scalar(value)))
    text = yaml.dump(content, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)
    path.write_text(text, "utf-8")
    return text


def edit_yaml(text: str, path: Sequence[str], value: float | str | Sequence[float] | None) -> str:
    """The text of a YAML file with one value changed, added or (None) taken out; all else, comments too, as it was.

    Args:
        text: What the file says.
        path: Keys from the outermost in; those that are missing are added.
        value: A number, a word or a list of numbers.
    """
    node, depth = yaml.compose(text, Loader=_Loader), 0
    key = None
    while depth < len(path) and isinstance(node, yaml.MappingNode):
        pair = next(((k, v) for k, v in node.value if k.value == path[depth]), None)
        if pair is None:
            break
        parent, (key, node), depth = node, pair, depth + 1
    if depth == len(path) and key is not None:
        if value is None:
            return _without(text, parent, key, node)
        return text[: node.start_mark.index] + _flow(value) + text[_end(node) :]
    if value is None or not isinstance(node, yaml.MappingNode):
        return text
    new = _flow(value)
    for name in reversed(path[depth + 1 :]):
        new = f"{{{name}: {new}}}"
    return _with(text, node, f"{path[depth]}: {new}")


def _flow(value: float | str | Sequence[float]) -> str:
    if isinstance(value, str):
        return value if re.fullmatch(r"[A-Za-z][\w.-]*", value) else f'"{value}"'
    if isinstance(value, (int, float)):
        return _scalar(value)[1]
    return f"[{', '.join(_scalar(item)[1] for item in value)}]"


def _end(node: yaml.Node) -> int:
    """Where a node's text ends; a block's, without the comments and lines that follow it."""
    if isinstance(node, (yaml.MappingNode, yaml.SequenceNode)) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return node.end_mark.index


def _with(text: str, mapping: yaml.MappingNode, item: str) -> str:
    """A mapping's text with one more item at its end."""
    if mapping.flow_style or not mapping.value:
        end = mapping.end_mark.index - 1
        body = text[:end].rstrip()
        return f"{body}{'' if body.endswith(('{', ',')) else ', '}{item}{text[end:]}"
    line = text.find("\n", _end(mapping))
    line = len(text) if line < 0 else line
    return f"{text[:line]}\n{' ' * mapping.value[0][0].start_mark.column}{item}{text[line:]}"


def _without(text: str, mapping: yaml.MappingNode, key: yaml.Node, value: yaml.Node) -> str:
    """A mapping's text without one of its items."""
    keys = [k for k, _ in mapping.value]
    i = keys.index(key)
    if not mapping.flow_style:
        start, line = text.rfind("\n", 0, key.start_mark.index), text.find("\n", _end(value))
        return text[: max(start, 0)] + (text[line:] if line >= 0 else "")
    if i + 1 < len(keys):
        return text[: key.start_mark.index] + text[keys[i + 1].start_mark.index :]
    start = _end(mapping.value[i - 1][1]) if i else key.start_mark.index
    return text[:start] + text[_end(value) :]


def _scalar(value: float) -> tuple[str, str]:
    """The tag and text of a number: six digits, in a form that YAML 1.1 and 1.2 both read as a number."""
    text = f"{value:.6g}"
    if text.lstrip("-") in ("nan", "inf"):
        return "tag:yaml.org,2002:float", text.replace("nan", ".nan").replace("inf", ".inf")
    mantissa, e, exponent = text.partition("e")
    if e:
        return "tag:yaml.org,2002:float", f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}"
    return f"tag:yaml.org,2002:{'float' if '.' in text else 'int'}", text


# ---------------------------------------------------------------------------------------------------------------------
# Specs


class Spec(BaseModel):
    """The base of every spec: frozen, no unknown key, no silent conversion of text into numbers."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )
    SCHEMA: ClassVar[str] = ""


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _finite(value: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(float(item) for item in value)


Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Vector = Annotated[tuple[float, float, float], Field(strict=False), AfterValidator(_finite)]
Pair = Annotated[tuple[float, float], Field(strict=False), AfterValidator(_finite)]
Quaternion = Annotated[tuple[float, float, float, float], Field(strict=False), AfterValidator(_finite)]
Color = Annotated[tuple[Fraction, Fraction, Fraction], Field(strict=False)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=100)]
Strings = Annotated[tuple[str, ...], Field(strict=False)]

S = TypeVar("S", bound=Spec)


def read_spec(path: Path, kind: type[S], text: str | None = None) -> S:
    """The spec a YAML file holds.

    Raises:
        InputError: With one problem for everything that is wrong in the file.
    """
    return parse_spec(read_yaml(path, text), kind, path)


def parse_spec(content: dict[str, Any], kind: type[S], path: Path) -> S:
    """The spec that a mapping read from ``path`` describes.

    Raises:
        InputError: With one problem for everything that is wrong.
    """
    declared = content.get("schema")
    if kind.SCHEMA and declared != kind.SCHEMA:
        known = [cls.SCHEMA for cls in _kinds(Spec)]
        hint = f"begin the file with `schema: {kind.SCHEMA}`" if declared is None else guess(str(declared), known)
        raise InputError(Problem(f"{path}: schema", "is of another kind", kind.SCHEMA, _short(declared), hint))
    try:
        return kind.model_validate({key: value for key, value in content.items() if key != "schema"})
    except ValidationError as error:
        raise InputError(*_problems(path, kind, content, error)) from None


def _kinds(base: type[Spec]) -> Iterator[type[Spec]]:
    for cls in base.__subclasses__():
        if cls.SCHEMA:
            yield cls
        yield from _kinds(cls)


def json_schema(kind: type[Spec]) -> dict[str, Any]:
    """The JSON Schema of a file kind, for editors; the ``schema:`` line included."""
    schema = kind.model_json_schema()
    schema["properties"] = {"schema": {"const": kind.SCHEMA}, **schema["properties"]}
    schema["required"] = ["schema", *schema.get("required", [])]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _problems(path: Path, kind: type[Spec], content: Any, error: ValidationError) -> list[Problem]:
    problems = []
    for item in error.errors(include_url=False):
        location = _real_location(item["loc"], content)
        message = item["msg"]
        expected: str | None = message
        got: str | None = _short(item["input"])
        hint: str | None = None
        what = "has the wrong value"
        if item["type"] == "extra_forbidden":
            what, expected, got = "is unknown", None, None
            hint = guess(str(location[-1]), _fields(_model_at(kind, location[:-1])))
        elif item["type"] == "missing":
            what, expected, got = "is missing", None, None
        elif item["type"].endswith("_type") or item["type"].endswith("_parsing"):
            what = "has the wrong type"
            expected = re.sub(r"^Input should be (?:an? )?(?:valid )?", "", item["msg"]).replace(
                "boolean", "true or false"
            )
            if item["type"] == "bool_type" and str(item["input"]).lower() in ("on", "off", "yes", "no"):
                hint = f"write {'true' if str(item['input']).lower() in ('on', 'yes') else 'false'}"
        elif item["type"] == "value_error":
            what, expected, got = str(item["ctx"]["error"]), None, None
        else:
            expected = re.sub(r"^(?:Input|Value) should (?:be )?", "", message)
            if item["type"] == "literal_error" and isinstance(item["input"], str):
                hint = guess(item["input"], re.findall(r"'([^']+)'", item["msg"]))
        line = line_of(path, location)
        where = f"{path}{f':{line}' if line else ''}: {'.'.join(str(part) for part in location) or 'file'}"
        problems.append(Problem(where, what, expected, got, hint))
    return problems


def _real_location(location: tuple[str | int, ...], content: Any) -> tuple[str | int, ...]:
    """A pydantic location without the names of union members, which stand in no file."""
    real: list[str | int] = []
    for i, step in enumerate(location):
        if isinstance(content, dict) and (step in content or i == len(location) - 1):
            content = content.get(step)
        elif isinstance(content, (list, tuple)) and isinstance(step, int):
            content = content[step] if step < len(content) else None
        elif i < len(location) - 1 or not isinstance(content, dict):
            continue
        real.append(step)
    return tuple(real)


def _model_at(kind: Any, location: tuple[str | int, ...]) -> type[Spec] | None:
    """The spec class that holds the value at a location."""
    for step in location:
        if isinstance(kind, type) and issubclass(kind, Spec):
            if step in kind.model_fields:
                kind = kind.model_fields[step].annotation
                kind = _strip(kind)
                continue
            return None
        args = get_args(kind)
        kind = _strip(args[-1] if get_origin(kind) is dict else args[0]) if args else None
    kind = _strip(kind)
    if get_origin(kind) is Union or str(get_origin(kind)) == "<class 'types.UnionType'>":
        kind = next((arg for arg in get_args(kind) if isinstance(arg, type) and issubclass(arg, Spec)), None)
    return kind if isinstance(kind, type) and issubclass(kind, Spec) else None


def _strip(kind: Any) -> Any:
    """An annotation without ``Annotated`` and ``| None``."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
            continue
        members = [arg for arg in get_args(kind) if arg is not type(None)]
        if type(None) in get_args(kind) and len(members) == 1:
            kind = members[0]
            continue
        return kind


def _fields(kind: type[Spec] | None) -> list[str]:
    return list(kind.model_fields) if kind is not None else []


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


__all__ = [
    "Color",
    "Fraction",
    "Literal",
    "Name",
    "NonNegative",
    "Pair",
    "Positive",
    "Quaternion",
    "Spec",
    "Strings",
    "Vector",
    "edit_yaml",
    "json_schema",
    "line_of",
    "parse_spec",
    "read_spec",
    "read_yaml",
    "write_yaml",
]
