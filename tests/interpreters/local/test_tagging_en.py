"""What the tagger gets wrong in English."""

# ruff: noqa: E501 - a row of a table is read as one line
from __future__ import annotations

import pytest

from dragoman.interpreters.local.stream import parse, render
from dragoman.interpreters.local.tagging_en import retagged

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("^I<num>$", "^prpers<prn><subj><p1><mf><sg>$"),
        ("^will<vaux><inf>$ ^refund<n><sg>$", "^will<vaux><inf>$ ^refund<vblex><inf>$"),
        ("^part<n><sg>$ ^cost<n><pl>$ ^zqma<n><pl>$", "^part<n><sg>$ ^cost<vblex><pri><p3><sg>$ ^zqma<n><pl>$"),
        ("^*refunded$", "^refund<vblex><past>$"),
        ("^*unheardof$", "^*unheardof$"),
        ("^be<vbser><pri><p3><sg>$ ^frustrate<vblex><ger>$", "^be<vbser><pri><p3><sg>$ ^frustrating<adj>$"),
        ("^this<det><dem>$ ^be<vbser><pres>$", "^this<prn><tn><mf><sg>$ ^be<vbser><pri><p3><sg>$"),
        ("^must<vaux><inf>$ ^have<vbhaver><inf>$ ^a<det>$", "^must<vaux><inf>$ ^have<vblex><inf>$ ^a<det>$"),
        ("^must<vaux><inf>$ ^have<vbhaver><inf>$ ^go<vblex><pp>$", "^must<vaux><inf>$ ^have<vbhaver><inf>$ ^go<vblex><pp>$"),
        ("^send<vblex><past>$ ^prpers<prn><subj><p2><mf><sp>$ ^a<det>$ ^card<n>$",
         "^send<vblex><past>$ ^prpers<prn><obj><p2><mf><sp>$ ^a<det>$ ^card<n>$"),
    ],
)  # fmt: skip
def test_tags_are_put_right(before: str, after: str) -> None:
    assert render(retagged(parse(before))) == after
