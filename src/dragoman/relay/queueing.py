"""Waiting in the contact centre's queue: what the caller is told meanwhile, and what is closed there at the end."""

from __future__ import annotations

from dataclasses import replace

from dragoman.domain.call import Notice, QueueMoved, Role, TaskKnown
from dragoman.domain.effects import CloseTask, Tell
from dragoman.relay import disclosure
from dragoman.relay.call_state import CallState, Step, WaitingLong


def queue_moved(state: CallState, event: QueueMoved) -> Step:
    """The caller is told their place when it is time (`WaitingLong`)."""
    return replace(state, position=event.position), []


def waiting_long(state: CallState, _event: WaitingLong) -> Step:
    """Who waits is told their place in the queue if it is another, else that we go on looking."""
    if not state.awaits_agent or disclosure.asked(state, Role.CALLER):
        return state, []
    if state.position in (0, state.position_told):
        return state, [Tell(Role.CALLER, Notice.STILL_WAITING)]
    told = Tell(Role.CALLER, Notice.QUEUE_POSITION, state.position)
    return replace(state, position_told=state.position), [told]


def task_known(state: CallState, event: TaskKnown) -> Step:
    """The contact centre's piece of work is closed with the call."""
    return replace(state, task=event.task), []


def task_known_too_late(state: CallState, event: TaskKnown) -> Step:
    """The call ended before the contact centre told of its piece of work: close it."""
    if not event.task or event.task == state.task or state.handed is Role.AGENT:
        return state, []
    return replace(state, task=event.task), [CloseTask(event.task, taken=Role.AGENT in state.accepted)]
