"""Random mutations of a file or text: bytes, words and lines removed, repeated, moved and inserted, from a seed."""

from __future__ import annotations

import random

HOSTILE = (
    b'!!python/object/apply:os.system ["touch pwned"]',
    b"!!python/name:os.system",
    b"&a",
    b"*a",
    b"<<: *a",
    b"{{ 7 * 7 }}",
    b"{{ ''.__class__.__mro__ }}",
    b"{% include '/etc/passwd' %}",
    b"{0.__class__}",
    b"%s%n",
    b"../../../etc/passwd",
    b"/etc/passwd",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
    b"\xed\xa0\x80",
    b"\x0b",
    b"\x1c",
    b"\x85",
    b"1e999",
    b"-1e308",
    b"nan",
    b".inf",
    b"-0",
    b"1/0",
    b"9" * 400,
    b"9**9**9**9",
    b"9^9^9^9",
    b"0x10",
    b"1_000",
    b"[" * 90,
    b"(" * 500,
    b"{" * 90,
    b"-" * 500,
    b"not " * 300,
    b"1+" * 2000 + b"1",
    b"a." * 300,
    b". " * 500,
    b"...",
    b"=cmd|' /C calc'!A0",
    b"</script><script>alert(1)</script>",
    b"' OR 1=1 --",
    b"${jndi:ldap://x}",
    b"$(touch pwned)",
    b"`touch pwned`",
    b"__import__('os').system('touch pwned')",
    b"2014-13-45",
    b"0000-00-00",
    b"9999-12-31",
    b"99999-01",
    b"\xd9\xa1\xd9\xa2",
    b'"',
    b"'",
    b"\\",
    b"#",
    b"---",
    b"...",
    b"|",
    b">-",
    b": ",
    b"- ",
    b"\t",
    b"\r",
    b",,,,",
    b"@",
    b"~",
)
"""What somebody would try who means harm, and what breaks readers by itself."""


def mutated(data: bytes, luck: random.Random, most: int = 5) -> bytes:
    """``data`` after one to ``most`` accidents."""
    for _ in range(luck.randint(1, most)):
        data = luck.choice(_ACCIDENTS)(data, luck)
    return data


def _byte(data: bytes, luck: random.Random) -> bytes:
    at = luck.randrange(len(data) + 1)
    return data[:at] + bytes([luck.randrange(256)]) + data[at + 1 :]


def _cut(data: bytes, luck: random.Random) -> bytes:
    first, last = sorted(luck.randrange(len(data) + 1) for _ in range(2))
    return data[:first] + data[min(last, first + luck.choice([1, 10, 1000])) :]


def _double(data: bytes, luck: random.Random) -> bytes:
    at, length = luck.randrange(len(data) + 1), luck.choice([1, 10, 200])
    return data[: at + length] + data[at:]


def _put(data: bytes, luck: random.Random) -> bytes:
    at = luck.randrange(len(data) + 1)
    return data[:at] + luck.choice(HOSTILE) + data[at:]


def _lines(data: bytes, luck: random.Random) -> bytes:
    return _swapped(data, b"\n", luck)


def _words(data: bytes, luck: random.Random) -> bytes:
    return _swapped(data, b" ", luck)


def _word(data: bytes, luck: random.Random) -> bytes:
    words = data.split(b" ")
    words[luck.randrange(len(words))] = luck.choice(HOSTILE)
    return b" ".join(words)


def _swapped(data: bytes, separator: bytes, luck: random.Random) -> bytes:
    parts = data.split(separator)
    a, b = luck.randrange(len(parts)), luck.randrange(len(parts))
    parts[a], parts[b] = parts[b], parts[a]
    return separator.join(parts)


_ACCIDENTS = (_byte, _byte, _cut, _double, _put, _put, _lines, _words, _word)
