"""Clients in TypeScript made from the contracts alone: compiled, and carried out by Node.

`openapi-typescript` writes their types from `contracts/*.yaml` when the tests run, `tsc` checks what calls
them, and `openapi-fetch` carries it out; all three are those of the web app.
"""

import json
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.support.needs import need

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MODULES = ROOT / "web/node_modules"
APIS = ("live", "voila", "meltingspot", "sourceloop")
DEADLINE_S = 120
OPTIONS = {
    "strict": True, "noUncheckedIndexedAccess": True, "noUnusedLocals": True, "target": "ES2022",
    "lib": ["ES2023", "DOM", "DOM.Iterable"], "module": "NodeNext", "moduleResolution": "NodeNext",
    "types": ["node"], "typeRoots": ["node_modules/@types"], "outDir": "made",
}  # fmt: skip
Run = Callable[..., Any]
"""`told` for one hall: the name of a client, what it is given beside the address."""


def compile_clients(at: Path) -> None:
    """All clients of this folder, in another one; what does not fit the contracts' types fails here."""
    node = need("node")
    (at / "node_modules").symlink_to(MODULES)
    for source in HERE.glob("*.ts"):
        shutil.copy(source, at)
    (at / "package.json").write_text('{"type": "module"}')
    (at / "tsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS, "include": ["*.ts"]}))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda api: _types(node, at, api), APIS))
    _run([node, MODULES / "typescript/bin/tsc", "--project", at], at)


def told(at: Path, client: str, /, **given: object) -> Any:
    """What a compiled client tells, of what it is given."""
    return json.loads(_run([need("node"), at / "made" / f"{client}.js"], at, json.dumps(given)))


def _types(node: Path, at: Path, api: str) -> None:
    generator = MODULES / "openapi-typescript/bin/cli.js"
    contract, target = ROOT / f"contracts/{api}.yaml", at / f"{api}.contract.d.ts"
    _run([node, generator, contract, "--output", target, "--default-non-nullable=false"], at)


def _run(command: list[Path | str], at: Path, given: str = "") -> str:
    done = subprocess.run(
        command, cwd=at, input=given, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
