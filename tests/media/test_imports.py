"""Modules of the media server stand above each other, those that are imported for their types alone included:
lint-imports looks at the others."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import livehall.media

ROOT = Path(livehall.media.__file__).parent
FOLDERS = sorted(path.name for path in ROOT.iterdir() if (path / "__init__.py").exists())
IN_CIRCLES = {"rooms": "a room has participants, and they are told of their room"}


def imported(path: Path, package: str) -> set[str]:
    """Modules of the package that a module names, wherever it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            if node.module == package:
                found |= {alias.name for alias in node.names}
            elif node.module.startswith(f"{package}."):
                found.add(node.module.removeprefix(f"{package}.").partition(".")[0])
    return found


@pytest.mark.parametrize("folder", [name for name in FOLDERS if name not in IN_CIRCLES])
def test_no_module_is_above_and_below_another(folder: str):
    package = f"livehall.media.{folder}"
    modules = {path.stem: path for path in (ROOT / folder).glob("*.py") if path.stem != "__init__"}
    graph = {name: imported(path, package) & set(modules) - {name} for name, path in modules.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" → ".join(circle.args[1]), pytrace=False)


def test_the_tracks_are_looked_at():
    assert "tracks" in FOLDERS
    assert {"crowd", "reading"} <= imported(ROOT / "tracks/layer.py", "livehall.media.tracks")
