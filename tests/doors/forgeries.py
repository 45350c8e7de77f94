"""Requests that must not come in: made from a genuine one, by everything that an attacker has but the auth token."""

from __future__ import annotations

import hashlib
import hmac
import string
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from dragoman.telephony.twilio.signature import sign
from tests.doors.knocking import Knock, form

NOT_THE_TOKEN = ("", "another-token", "AC" + "0" * 32, "your_auth_token")


BROKEN_BODIES = (
    *(b"%", b"%zz=%", b"\xff\xfe", b"\x00", b"a=1;b=2", b"{}"),
    *(b"=" * 500, b"&" * 900, b"[" * 5000),
)


def signatures(token: str, url: str, fields: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Wrong signatures of this request, each with what is wrong. `url` has a port of its own."""
    pairs = list(fields.items())
    good = sign(token, url, pairs)
    yield "empty", ""
    for text in ("nonsense", "é" * 10, "=" * 28, "A" * 5000, "null", good + "=", good[::-1], good.swapcase()):
        yield f"{text[:12]!r}", text
    for length in range(1, len(good)):
        yield f"its first {length} characters", good[:length]
    for place, letter in enumerate(good):
        other = string.ascii_letters[(string.ascii_letters.find(letter) + 1) % 52]
        yield f"another character {place}", good[:place] + other + good[place + 1 :]
    for wrong in NOT_THE_TOKEN:
        yield "another token", sign(wrong, url, pairs) if wrong else sign("\x00", url, pairs)
    yield "another token, upper case", sign(token.upper(), url, pairs)
    for changed in _addresses(url):
        yield f"of {changed[:60]}", sign(token, changed, pairs)
    signed = url + "".join(name + value for name, value in sorted(pairs))
    yield "sha-256", b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha256).digest()).decode()
    yield "in hex", hmac.new(token.encode(), signed.encode(), hashlib.sha1).hexdigest()
    yield "of the address alone", sign(token, url)
    yield "of the form alone", sign(token, "", pairs)
    yield "no key", b64encode(hashlib.sha1(signed.encode(), usedforsecurity=False).digest()).decode()


def _addresses(url: str) -> Iterator[str]:
    """Others than the one that is configured: scheme, port, host, path, query."""
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    name = host.partition(":")[0]
    for other in ("https", "ws", "wss", "ftp", "HTTP"):
        yield f"{other}://{rest}"
    for port in (443, 8080, 65535, 1):
        yield f"{scheme}://{name}:{port}/{path}"
    for other in ("localhost", "evil.example", f"{name}.evil.example", f"{name}@evil.example", "[::1]", ""):
        yield f"{scheme}://{other}/{path}"
    bare, _, query = path.partition("?")
    for other in (bare + "/", "/" + bare, bare.upper(), f"{bare}%20", f"./{bare}", f"{bare};x", f"{bare}#"):
        yield f"{scheme}://{host}/{other}" + (f"?{query}" if query else "")
    for other in (f"{path}&x=1" if query else f"{path}?x=1", f"{path}?", f"{bare}?x={query}", f"{path} "):
        yield f"{scheme}://{host}/{other}"


def forged(token: str, origin: str, target: str, fields: Mapping[str, str]) -> Iterator[Knock]:
    """All that bears a wrong signature, or a good one for an address that only a header names."""
    url = origin + target
    yield form(target, fields, None, "no signature")
    for why, signature in signatures(token, url, fields):
        yield form(target, fields, signature, f"signature: {why}")
    for host in ("evil.example", "localhost", "127.0.0.1", "calls.example.com:443", "x@y"):
        for scheme in ("http", "https"):
            signature = sign(token, f"{scheme}://{host}:1{target}", fields.items())
            lie = form(target, fields, signature, f"signed for the host header {host}", host=host)
            yield lie
            told = (
                ("X-Forwarded-Host", host),
                ("X-Forwarded-Proto", scheme),
                ("Forwarded", f"host={host};proto={scheme}"),
            )
            yield replace(lie, headers=(*lie.headers, *told), host="", why=f"signed for the forwarded host {host}")
    bad, good = sign("another", url, fields.items()), sign(token, url, fields.items())
    headers = form(target, fields, bad).headers
    yield replace(form(target, fields, bad), headers=(*headers, ("X-Twilio-Signature", good)), why="two signatures")
    yield replace(form(target, fields, None), target=_with(target, "signature", good), why="signature in the query")
    for name in ("X-Twilio-Signature-256", "X_Twilio_Signature", "Authorization"):
        yield replace(form(target, fields, None), headers=(("Content-Type", headers[0][1]), (name, good)), why=name)


def mutated(token: str, origin: str, target: str, fields: Mapping[str, str]) -> Iterator[Knock]:
    """The genuine request with one thing changed after it was signed: each byte of body and query, each field."""
    signature = sign(token, origin + target, fields.items())
    good = form(target, fields, signature)
    for place, byte in enumerate(good.body):
        body = good.body[:place] + bytes([byte ^ 1]) + good.body[place + 1 :]
        yield replace(good, body=body, why=f"byte {place} of the body: {body[max(place - 8, 0) : place + 8]!r}")
    path, _, query = target.partition("?")
    for place, letter in enumerate(query):
        other = chr(ord(letter) ^ 1)
        if other not in "#":
            changed = f"{path}?{query[:place]}{other}{query[place + 1 :]}"
            yield replace(good, target=changed, why=f"character {place} of the query")
    for name in fields:
        left = {one: value for one, value in fields.items() if one != name}
        yield form(target, left, signature, f"without {name}")
        yield form(target, dict(fields) | {name: fields[name] + " "}, signature, f"{name} with a space")
        yield form(target, dict(fields) | {name: ""}, signature, f"{name} empty")
        twice = urlencode([*fields.items(), (name, "x")]).encode()
        yield replace(good, body=twice, why=f"{name} twice")
    yield form(target, dict(fields) | {"Digits": "1"}, signature, "one field more")
    yield replace(good, target=_with(target, "x", "1"), why="the query longer")
    yield replace(good, target=_with(target, "bodySHA256", hashlib.sha256(good.body).hexdigest()), why="a hash")
    as_query = _with(target, "z", "1") + "&" + good.body.decode()
    yield Knock(as_query, good.headers[1:], method="GET", why="as a GET")


def malformed(token: str, origin: str, target: str, fields: Mapping[str, str]) -> Iterator[Knock]:
    """What is not whole: unsigned and signed, each with nothing of use in it."""
    signature = sign(token, origin + target, fields.items())
    good = form(target, fields, signature)
    for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain", "", "x" * 200, "application/xml"):
        headers = (("Content-Type", kind), ("X-Twilio-Signature", signature))
        yield replace(good, headers=headers, why=f"content type {kind[:20]!r}")
    for body in BROKEN_BODIES:
        yield replace(good, body=body, why=f"body {body[:12]!r}")
        yield replace(good, body=good.body + b"&" + body.replace(b"&", b"x"), why=f"body with {body[:12]!r} behind it")
    flood = urlencode({f"f{number}": "" for number in range(1500)}).encode()
    yield replace(good, body=flood, why="a flood of fields")
    yield form(target, {f"f{number}": "" for number in range(1500)}, sign(token, origin + target), "a signed flood")
    yield replace(good, body=b"x" * 70_000, why="a large body")
    yield replace(good, headers=(*good.headers, ("X-Filler", "x" * 12_000)), body=b"", why="a long header, no body")
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "TRACE"):
        yield replace(good, method=method, why=method)
    path, _, query = target.partition("?")
    for other in (
        f"{path}/",
        f"/{path}",
        f"{path}/x",
        path.upper(),
        f"{path}%00",
        f"{path};x",
        f"/.{path}",
        f"/x/..{path}",
    ):
        yield replace(good, target=f"{other}?{query}" if query else other, why=f"path {other}")


NO_HTTP: tuple[bytes, ...] = (
    b"POST {target} HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    b"POST {target} HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n",
    b"POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
    b"POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: -4\r\n\r\n",
    b"POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: 0x4\r\n\r\nabcd",
    b"POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST {target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    b"POST {target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    b"POST {target}\r\n\r\n",
    b"POST {target} HTTP/1.1\r\nHost: a\r\nX : y\r\nContent-Length: 0\r\n\r\n",
    b"POST {target} HTTP/1.1\r\nHost: a\r\nX: y\x00z\r\nContent-Length: 0\r\n\r\n",
    b"POST {target}\xff HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
)
"""What is no HTTP, or two requests in one: all answered with 400 (a body of two lengths is somebody's next request)."""


def _with(target: str, name: str, value: str) -> str:
    return target + ("&" if "?" in target else "?") + urlencode({name: value})
