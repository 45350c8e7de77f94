"""What can be made to go wrong, and how fast the emulated world is. Both may be changed while the emulator runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Faults:
    """Switches. Counts say how many of the next ones are hit and run down to 0; a bool holds until it is put back.

    `rest_too_many`, `rest_server_error`: this many of the next REST requests answer 429 (20429) or 500.
    `rest_answers_lost`: this many of the next Calls.create are carried out, and a gateway answers 502 for them.
    `rest_not_allowed`: Calls.create answers 21216 while set (the account's profile is missing).
    `trial`, `suspended`: what the account says of itself while set.
    `callbacks_*`: status callbacks and TaskRouter events sent twice, in pairs turned round, or not at all.
    `webhooks_twice`: this many TwiML requests are repeated with the same idempotency token, as after a lost answer.
    `streams_without_stop`: this many of the next streams that end with their call do so with no `stop`, no close.
    `streams_refused`: this many of the next streams fail to connect (31901).
    `media_lost_every`: every so manieth inbound frame is lost on its way (a jump in `timestamp`); 0 = none.
    """

    rest_too_many: int = 0
    rest_server_error: int = 0
    rest_answers_lost: int = 0
    rest_not_allowed: bool = False
    trial: bool = False
    suspended: bool = False
    callbacks_twice: bool = False
    callbacks_reordered: bool = False
    callbacks_lost: int = 0
    webhooks_twice: int = 0
    streams_without_stop: int = 0
    streams_refused: int = 0
    media_lost_every: int = 0

    def take(self, name: str) -> bool:
        """Whether the counted fault `name` hits now; runs it down by one."""
        left: int = getattr(self, name)
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0


@dataclass(slots=True)
class Pace:
    """How long things take that a test would rather not wait for. Lifelike by default; audio is always in real time.

    `ring_s`: until a phone that answers does so. `no_answer_s`: caps how long an unanswered phone rings (None = the
    call's own Timeout). `detect_s`: until it is known whether a machine answered. `gather_timeout_s`: caps the timeout
    of <Gather> and <Record> (None = as written). `say_ms_per_character`: how long the tone is that stands for speech
    when nobody speaks for us. `calls_per_second`: of Calls.create; Twilio's default is 1. `webhook_limit_s`: Twilio's
    limit for an answer. `connect_limit_s`: caps how long a connection to the app may take to open (5 s, unless a URL
    says otherwise).
    """

    ring_s: float = 0.2
    no_answer_s: float | None = None
    detect_s: float = 1.0
    gather_timeout_s: float | None = None
    say_ms_per_character: float = 20.0
    calls_per_second: float = 1.0
    webhook_limit_s: float = 15.0
    connect_limit_s: float = 10.0

    @staticmethod
    def quick() -> Pace:
        """For tests: nothing is waited for that need not be."""
        return Pace(
            ring_s=0.02,
            no_answer_s=0.1,
            detect_s=0.05,
            gather_timeout_s=0.3,
            say_ms_per_character=1.0,
            calls_per_second=1000.0,
        )
