"""`docs/api/webhooks.md`: its two ways to check a signature agree with what is signed."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from livehall.core.webhooks import rules
from tests.docs.pages import ROOT, blocks
from tests.support.needs import need

PAGE = ROOT / "docs/api/webhooks.md"
NOW = datetime(2026, 1, 31, 18, tzinfo=UTC)
BODY = '{"type":"room.created","title":"Ürsprung"}'.encode()
OLD, SECRET = rules.new_secret(), rules.new_secret()
HEADERS = dict(rules.headers((SECRET, OLD), "msg_1", NOW, BODY))
CASES = [  # secret, headers, body, seconds since then, whether it holds
    (SECRET, HEADERS, BODY, 0, True),
    (OLD, HEADERS, BODY, 299, True),
    (rules.new_secret(), HEADERS, BODY, 0, False),
    (SECRET, HEADERS, BODY + b" ", 0, False),
    (SECRET, {**HEADERS, "webhook-id": "msg_2"}, BODY, 0, False),
    (SECRET, {**HEADERS, "webhook-timestamp": "x"}, BODY, 0, False),
    (SECRET, {**HEADERS, "webhook-signature": "v1,"}, BODY, 0, False),
    (SECRET, HEADERS, BODY, 301, False),
    (SECRET, HEADERS, BODY, -301, False),
]
RUN = """
const ts = require(process.argv[1]), fs = require('node:fs');
const options = { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } };
const module_ = { exports: {} };
const made = ts.transpileModule(fs.readFileSync('verify.ts', 'utf8'), options).outputText;
new Function('require', 'exports', made)(require, module_.exports);
const cases = JSON.parse(fs.readFileSync(0, 'utf8'));
console.log(JSON.stringify(cases.map(([secret, headers, body, now]) =>
  module_.exports.verify(secret, headers, Buffer.from(body), now))));
"""


def example(language: str) -> str:
    (found,) = [each.text for each in blocks(PAGE) if each.info == f"{language} verify"]
    return found


@pytest.mark.parametrize("case", CASES)
def test_the_example_in_python_accepts_what_is_ours_and_nothing_else(case):
    secret, headers, body, seconds, holds = case
    names: dict[str, object] = {}
    exec(example("python"), names)
    assert names["verify"](secret, headers, body, NOW.timestamp() + seconds) is holds


def test_the_example_in_typescript_agrees_with_it(tmp_path: Path) -> None:
    (tmp_path / "verify.ts").write_text(example("ts"))
    given = [[secret, headers, body.decode(), NOW.timestamp() + s] for secret, headers, body, s, _ in CASES]
    done = subprocess.run(
        [need("node"), "-e", RUN, ROOT / "web/node_modules/typescript"],
        cwd=tmp_path, input=json.dumps(given), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [holds for *_, holds in CASES]


def test_a_vector_of_the_convention_itself():
    """From the specification's libraries (github.com/standard-webhooks, MIT), written down once."""
    body = b'{"test": 2432232314}'
    signature = rules.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
