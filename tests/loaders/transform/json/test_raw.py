"""Arrays as compact texts: white space between values goes, that inside strings stays, numbers are as sent."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from loaders.formats.json_values import read, write
from loaders.transform.json.raw import compact

REAL = (
    '[{"product_id":"p-1","name":"Red shirt, size [M]","price":10.50,"tags":["a b","c"],"n":1E3},{"x":null,"y":{}}]',
    '[["a, b","c :d"],[" ",""],[{"k ":[true,false]}]]',
    "[1,-0,2.0,1e-7,12345678901234567890]",
)
TOKENS = re.compile(r'"[^"]*"|[\[\]{}:,]|[^\[\]{}:,"]+')
SPACES = st.text(alphabet=" \t\r\n", max_size=2)


@given(st.data(), st.sampled_from(REAL))
def test_white_space_between_values_goes_and_nothing_else(data: st.DataObject, text: str) -> None:
    tokens = TOKENS.findall(text)
    assert "".join(tokens) == text
    spaced = tokens[0] + "".join(data.draw(SPACES) + token for token in tokens[1:])
    assert compact(spaced.encode()) == text
    assert compact(spaced.encode()) == write(read(spaced))


def test_needless_escapes_go() -> None:
    assert compact(b'["caf\\u00e9", "a\\/b", "q\\"q"]') == '["caf\u00e9","a/b","q\\"q"]'
