"""Spanish made fit for a customer."""

# ruff: noqa: E501 - a row of a table is read as one line
from __future__ import annotations

import pytest

from dragoman.interpreters.local.stream import parse, render
from dragoman.interpreters.local.to_spanish import address_formally

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("^tener<vblex><pri><p2><sg>$", "^tener<vblex><pri><p3><sg>$"),
        ("^vuestro<det><pos><f><pl>$ ^caja<n><f><pl>$", "^suyo<det><pos><mf><pl>$ ^caja<n><f><pl>$"),
        ("^con<pr>$ ^ti<prn><tn><p2><mf><sg>$", "^con<pr>$ ^prpers<prn><tn><p3><mf><sg>$"),
        ("^firmar<vblex><inf>$ ^el<det><def><m><sg>$", "^firmar<vblex><imp><p3><sg>$ ^el<det><def><m><sg>$"),
        ("^firmar<vblex><inf>$^?<sent>$", "^firmar<vblex><inf>$^?<sent>$"),
        ("^no<adv>$ ^preocupar<vblex><inf>$", "^no<adv>$ ^se<prn><pro><ref><p3><mf><sp>$ ^preocupar<vblex><prs><p3><sg>$"),
        ("^poder<vbmod><pri><p3><sg>$ ^deletrear<vblex><pri><p2><sg>$", "^poder<vbmod><pri><p3><sg>$ ^deletrear<vblex><inf>$"),
        ("^querer<vblex><pri><p1><sg>$ ^que<cnjsub>$ ^firmar<vblex><pri><p2><sg>$",
         "^querer<vblex><pri><p1><sg>$ ^que<cnjsub>$ ^firmar<vblex><prs><p3><sg>$"),
        ("^tienda<n><f><sg>$ ^ser<vbser><pri><p3><sg>$ ^abierto<adj><f><sg>$", "^tienda<n><f><sg>$ ^estar<vblex><pri><p3><sg>$ ^abierto<adj><f><sg>$"),
        ("^ser<vbser><pri><p3><sg>$ ^caro<adj><f><sg>$", "^ser<vbser><pri><p3><sg>$ ^caro<adj><f><sg>$"),
        ("^estar<vblex><ifi><p3><sg>$ ^devolver<vblex><pp><m><sg>$", "^ser<vbser><ifi><p3><sg>$ ^devolver<vblex><pp><m><sg>$"),
        ("^no<adv>$ ^ver<vblex><pri><p1><sg>$ ^cualquier<det><ind><mf><sg>$ ^pago<n><m><sg>$",
         "^no<adv>$ ^ver<vblex><pri><p1><sg>$ ^ninguno<det><ind><m><sg>$ ^pago<n><m><sg>$"),
        ("^cerrar<vblex><pp><GD><pl>$", "^cerrar<vblex><pp><m><pl>$"),
    ],
)  # fmt: skip
def test_the_sentence_is_made_fit_for_a_customer(before: str, after: str) -> None:
    assert render(address_formally(parse(before), [])) == after


def test_a_verb_gets_its_own_subject_back() -> None:
    te_enviasteis = "^prpers<prn><pro><p2><mf><sg>$ ^enviar<vblex><ifi><p2><pl>$"
    le_enviamos = "^prpers<prn><pro><p3><mf><sg>$ ^enviar<vblex><ifi><p1><pl>$"
    assert render(address_formally(parse(te_enviasteis), [("p2", "p1", "pl")])) == le_enviamos
