"""What is understood of a client's words, and what is not."""

import pytest

from livehall.core.ports.channels import Since
from livehall.gateway.centrifugo import commands
from livehall.gateway.centrifugo.codes import Disconnect


def read(text: str) -> commands.Command:
    return commands.decode(text.encode())


@pytest.mark.parametrize(
    "connect",
    [
        '{"token":"t"}',
        '{"data":{"token":"t"}}',
        '{"data":{"token":"t"},"token":"other"}',
        '{"data":{"name":"Ada"},"token":"t"}',
        '{"data":null,"token":"t"}',
        '{"data":[1],"token":"t","name":"js","version":"5","headers":{"x":"y"}}',
    ],
)
def test_the_token_is_taken_from_either_place(connect: str) -> None:
    request = read(f'{{"id":1,"connect":{connect}}}').request
    assert isinstance(request, commands.Connect)
    assert request.credential == "t"


def test_a_subscribe_tells_where_it_stopped() -> None:
    request = read('{"id":1,"subscribe":{"channel":"c:1","recover":true,"epoch":"e","offset":7}}').request
    assert isinstance(request, commands.Subscribe)
    assert request.since == Since(7, "e")


def test_an_offset_without_recover_is_no_position() -> None:
    request = read('{"id":1,"subscribe":{"channel":"c:1","offset":7}}').request
    assert isinstance(request, commands.Subscribe)
    assert request.since is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "1",
        "nonsense",
        '{"id":1}',
        '{"id":1,"connect":{}} x',
        '{"id":1,"connect":{},"ping":{}}',
        '{"id":1,"dance":{}}',
        '{"id":1,"renew":{}}',
        '{"id":0,"connect":{}}',
        '{"connect":{}}',
        '{"id":-1,"connect":{}}',
        '{"id":4294967296,"connect":{}}',
        '{"id":1.0,"connect":{}}',
        '{"id":true,"connect":{}}',
        '{"id":"1","connect":{}}',
        '{"id":1,"connect":null}',
        '{"id":1,"connect":{"token":5}}',
        '{"id":1,"subscribe":{}}',
        '{"id":1,"subscribe":{"channel":5}}',
        '{"id":1,"subscribe":{"channel":"c:1","offset":-1}}',
        '{"id":1,"subscribe":{"channel":"c:1","offset":9223372036854775808}}',
        '{"id":1,"subscribe":{"channel":"c:1","offset":1e400}}',
        '{"id":1,"subscribe":{"channel":"c:1","channel":"c:2"}}',
        '{"id":1,"id":2,"connect":{}}',
        '{"id":1,"connect":{"data":NaN}}',
        '{"id":1,"connect":{"data":-Infinity}}',
        '{"id":1,"connect":{"data":' + "9" * 5000 + "}}",
        '{"id":1,"connect":{"data":' + "[" * 40 + "]" * 40 + "}}",
        '{"id":1,"connect":{"data":' + "[" * 30000 + "]" * 30000 + "}}",
        '{"id":1,"connect":{"data":' + '{"a":' * 30000 + "1" + "}" * 30000 + "}}",
    ],
)
def test_what_is_no_command_is_a_bad_request(text: str) -> None:
    with pytest.raises(Disconnect) as why:
        read(text)
    assert why.value.code == 3501


def test_what_is_no_utf_8_is_a_bad_request() -> None:
    with pytest.raises(Disconnect):
        commands.decode(b'{"id":1,"connect":{"token":"\xff"}}')


def test_a_token_in_data_must_be_text() -> None:
    request = read('{"id":1,"connect":{"data":{"token":5}}}').request
    assert isinstance(request, commands.Connect)
    with pytest.raises(Disconnect):
        _ = request.credential
