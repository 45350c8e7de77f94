"""What can be dialled: numbers with their country code, `sip:` and `client:` addresses, read as people write them."""

from __future__ import annotations

import re

import phonenumbers


def e164(number: str) -> str:
    """A phone number with its + and country code, as +12025550123; raise ValueError when it cannot be one."""
    if not number.strip().startswith("+"):
        raise ValueError("is not a number with + and country code")
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        raise ValueError("is not a phone number") from None
    # "Possible" and not "valid": new number ranges appear faster than tables of them, and the carrier knows best.
    if not phonenumbers.is_possible_number(parsed):
        raise ValueError("is not a phone number: wrong length for its country")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def address(value: str) -> str:
    """What can be dialled: a number with +, a `sip:` or a `client:` address; raise ValueError."""
    text = value.strip()
    if re.fullmatch(r"sips?:[^\s<>\"@]+@[^\s<>\"@]+|client:[A-Za-z0-9_.%+@-]+", text):
        return text
    if text.startswith("+"):
        return e164(text)
    raise ValueError("is not a number with +, a sip: address with @, or a client: address")
