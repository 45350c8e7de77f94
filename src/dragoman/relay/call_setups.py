"""What is known of an interpreted call when it begins: one that comes in, one that we place, one handed over. Pure."""

from __future__ import annotations

from dataclasses import replace

from dragoman.domain.call import AgentRoute, AgentVia, CallId, CallSetup, Length, Opening, Party, Prior, Role
from dragoman.domain.effects import Caption
from dragoman.domain.speech import Line, Side
from dragoman.ports import LanguageBook, Origination, Ringing
from dragoman.relay.parts import Parts

PRIOR_FLAG = "prior"
"""On captions of what was said before, with an assistant..."""
SUMMARY_FLAG = "summary"
"""...and of its summary."""


def incoming(call_id: CallId, ringing: Ringing, route: AgentRoute, book: LanguageBook, parts: Parts) -> CallSetup:
    """Somebody called us. Where agents answer in browsers, they may be looked for elsewhere too."""
    return CallSetup(
        call_id=call_id,
        caller=Party(Role.CALLER, ringing.language, ringing.caller_address),
        agent=Party(Role.AGENT, book.agent, route.address),
        route=route,
        carrier_call=ringing.carrier_call,
        account=ringing.account,
        opening=parts.opening,
        person=parts.person,
        otherwise=parts.next_route if route.via is AgentVia.BROWSER else None,
    )


def placed(call_id: CallId, wanted: Origination, route: AgentRoute, book: LanguageBook, parts: Parts) -> CallSetup:
    """We call the agent, then the customer."""
    return CallSetup(
        call_id=call_id,
        caller=Party(Role.CALLER, wanted.language, wanted.to),
        agent=Party(Role.AGENT, wanted.agent_language or book.agent, route.address),
        route=route,
        first=Role.AGENT,
        opening=parts.opening,
        person=parts.person,
    )


def handed_over(before: CallSetup, prior: Prior) -> CallSetup:
    """An assistant talked with the caller until now, and said that it is none of us: of what it must know the caller
    hears the short form.
    """
    opening: Opening = before.opening
    if opening.caller is Length.FULL:
        opening = replace(opening, caller=Length.SHORT)
    return replace(before, opening=opening, prior=prior)


def prior_captions(setup: CallSetup) -> list[Caption]:
    """What the agent is shown first: the summary, and both sides' lines, in the caller's language."""
    if setup.prior is None:
        return []
    tag, summary = setup.caller.language.tag, setup.prior.summary
    told: list[tuple[Line, tuple[str, ...]]] = [(line, (PRIOR_FLAG,)) for line in setup.prior.lines]
    if summary:
        told.insert(0, (Line(Side.TARGET, summary), (PRIOR_FLAG, SUMMARY_FLAG)))
    return [
        Caption(f"prior.{number}", Role.CALLER, line.side, tag, line.text, True, 0.0, flags)
        for number, (line, flags) in enumerate(told)
    ]
