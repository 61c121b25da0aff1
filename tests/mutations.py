"""Damages files as disks, editors and programs do: byte by byte and value by value."""

import gzip
import io
import json
import math
import random
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

Mutate = Callable[[bytes, random.Random], bytes]


class Raw(str):
    """Stands for a piece of JSON that json.dumps cannot write."""

    __slots__ = ()


def _deep(opening: str, closing: str, depth: int) -> Raw:
    return Raw(opening * depth + closing * depth)


#: Values that stand where none of their kind should.
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 7, 0.5, -0.0, 1.5, 1e-320, 1e15, 1e300, -1e300,
    2**31, 2**53 + 1, 2**62, 2**63, 10**30, 10**400,
    math.nan, math.inf, -math.inf, Raw("1e999"), Raw("-0"), Raw("01"), Raw("1" * 5000),
    "", " ", "x", "0", "1.5", "true", "nan", "\x00", "\ud800", "\udfff\ud800",
    "a/b", "../..", "knn", "logreg", "accuracy", "2026-13-45T99:99:99Z", "x" * 10_000,
    "\u202e\u2028é\U0001f600", "<script>", "{{ 7*7 }}", "tuned", "failed", "8GiB", "-5s",
    [], {}, [None], [[]], [0, 1], [1, 2, 3], ["a"], {"a": 1}, {"": None}, {"\ud800": 1},
    _deep("[", "]", 150), _deep("[", "]", 3000), Raw('{"a":' * 300 + "1" + "}" * 300),
    Raw('{"a": 1, "a": 2}'), Raw("[1,]"), Raw("undefined"),
)  # fmt: skip


def of_bytes(content: bytes, draw: random.Random) -> bytes:
    """Damage some bytes: flipped, changed, lost, added, doubled, moved."""
    data = bytearray(content)
    for _ in range(draw.choice((1, 1, 1, 2, 5))):
        size = len(data)
        at, length = draw.randrange(size + 1), draw.choice((1, 1, 2, 8, 64, 4096))
        how = draw.randrange(9)
        if how == 0 and at < size:
            data[at] ^= 1 << draw.randrange(8)
        elif how == 1 and at < size:
            data[at] = draw.choice((0, 0x20, 0x22, 0x2C, 0x30, 0x39, 0x7F, 0x80, 0xFF))
        elif how == 2:
            del data[at:]
        elif how == 3:
            del data[at : at + length]
        elif how == 4:
            data[at:at] = draw.randbytes(length)
        elif how == 5:
            data[at:at] = data[at : at + length]
        elif how == 6:
            del data[:at]
        elif how == 7:
            data[at : at + length] = bytes(len(data[at : at + length]))
        else:
            data += draw.randbytes(length)
    return bytes(data)


def of_json(content: bytes, draw: random.Random) -> bytes:
    """Change values of a JSON document: lost, exchanged, doubled, renamed."""
    document = json.loads(content)
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        document = _changed(document, draw)
    text = json.dumps(document, default=str)
    # What json.dumps cannot write stands there as a marked text.
    return re.sub(r'"@raw(.*?)@raw"', _unmark, text).encode()


def _unmark(match: re.Match[str]) -> str:
    raw = json.loads(f'"{match[1]}"')
    assert isinstance(raw, str)
    return raw


def _changed(document: Any, draw: random.Random) -> Any:
    """Change one place, drawn so that deep lists do not take all."""
    holder: Any = None
    key: Any = None
    value = document
    while (
        isinstance(value, dict | list)
        and value
        and (holder is None or draw.random() < 0.85)
    ):
        holder = value
        key = (
            draw.choice(list(value))
            if isinstance(value, dict)
            else draw.randrange(len(value))
        )
        value = holder[key]
    if holder is None:
        return _odd(draw)
    how = draw.randrange(7)
    if how == 0:
        del holder[key]
    elif how == 1 and isinstance(holder, list):
        holder.insert(key, value)
    elif how == 2 and isinstance(holder, dict):
        holder[draw.choice(("zzz", f"{key} ", "name", "\ud800"))] = holder.pop(key)
    elif how == 3 and isinstance(holder, list):
        draw.shuffle(holder)
    elif how == 4:
        holder[key] = _other_kind(value, draw)
    else:
        holder[key] = _odd(draw)
    return document


def _odd(draw: random.Random) -> Any:
    value = draw.choice(ODD)
    return f"@raw{value}@raw" if isinstance(value, Raw) else value


def _other_kind(value: Any, draw: random.Random) -> Any:
    """Return a value near to a right one, or the same in another kind."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return draw.choice(
            (str(value), -value, value + 1, value * 1000, [value], float(value))
        )
    if isinstance(value, str):
        return draw.choice((value.upper(), value + "x", value[:-1], [value], value * 50))
    return draw.choice((None, str(value)[:100], len(value or ())))


_TOML_VALUES = (
    "", "true", "-1", "0", "1e999", "nan", "inf", "9" * 30, "9" * 5000, '""', '"x"',
    '"\\ud800"', '"\\U00110000"', "[]", "{}", "[[1]]", "[" * 2000, "{ a = 1 }",
    "1979-05-27",
    "07:32:00", "'''a\nb'''", '"5m"', '"-5s"', '"1e9h"', "[1, 'a', true]",
    "{ distribution = 'uniform' }", "0x10", "é",
    "{ distribution = 'randint', low = -1e300, high = 1e300 }",
    '"é\\u0000"', "#",
)  # fmt: skip


def of_toml(content: bytes, draw: random.Random) -> bytes:
    """Change lines of a study: a value exchanged, a line lost, doubled, moved, renamed."""
    lines = content.decode().split("\n")
    for _ in range(draw.choice((1, 1, 2, 3))):
        at = draw.randrange(len(lines))
        name, equals, _ = lines[at].partition("=")
        how = draw.randrange(6)
        if how <= 2 and equals:
            lines[at] = f"{name}= {draw.choice(_TOML_VALUES)}"
        elif how == 3:
            del lines[at]
        elif how == 4:
            lines.insert(draw.randrange(len(lines)), lines[at])
        elif equals:
            lines[at] = f"{name[:-2]}{draw.choice(('x', '.y', ' z', ''))} = {lines[at]}"
        lines = lines or [""]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def of_idx(content: bytes, draw: random.Random) -> bytes:
    """Change the header of an IDX file, gzipped or not."""
    gzipped = content[:2] == b"\x1f\x8b"
    data = bytearray(gzip.decompress(content) if gzipped else content)
    how = draw.randrange(5)
    if how == 0:
        data[draw.randrange(4)] = draw.randrange(256)
    elif how == 1:
        data[4:8] = draw.choice((0, 1, 2**16, 2**31, 2**32 - 1)).to_bytes(4, "big")
    elif how == 2:
        data[3] = draw.choice((0, 1, 2, 4, 64, 65, 255))
    elif how == 3:
        del data[draw.randrange(len(data)) :]
    else:
        data += bytes(draw.randrange(1, 5000))
    return gzip.compress(bytes(data), mtime=0) if gzipped else bytes(data)


def of_parquet(content: bytes, draw: random.Random) -> bytes:
    """Change columns of a Parquet file: lost, renamed, with other values."""
    try:
        table = pq.read_table(io.BytesIO(content))
    except (OSError, pa.ArrowException):  # an earlier change has damaged it
        return content[: len(content) // 2]
    at = draw.randrange(table.num_columns)
    name, column = table.column_names[at], table.column(at)
    n = len(table)
    how = draw.randrange(8)
    if how == 0:
        table = table.drop_columns(name)
    elif how == 1:
        table = table.slice(draw.randrange(n), draw.randrange(n))
    elif how == 2:
        other = draw.choice(
            (*table.column_names, "zzz", "", "predicted:a/b", "probability:")
        )
        table = table.rename_columns(
            [*table.column_names[:at], other, *table.column_names[at + 1 :]]
        )
    elif how == 3:
        table = table.append_column(draw.choice(("zzz", name)), column)
    else:
        table = table.set_column(at, name, _column(n, draw))
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def _column(n: int, draw: random.Random) -> pa.Array:
    values: tuple[Any, ...] = (
        pa.nulls(n),
        pa.array([None, *([1] * (n - 1))]),
        pa.array(["a"] * n),
        pa.array([b"abc"] * n),
        pa.array([[1, 2]] * n),
        pa.array([{"a": 1}] * n),
        pa.array([True] * n),
        pa.array(np.full(n, math.nan)),
        pa.array(np.full(n, math.inf, dtype=np.float32)),
        pa.array(np.full(n, 0.5)),
        pa.array(np.full(n, -1)),
        pa.array(np.full(n, 2**63, dtype=np.uint64)),
        pa.array(np.full(n, 2**40)),
        pa.array(np.zeros(n, dtype=np.uint8)),
        pa.array(np.zeros(n, dtype=np.float16)),
        pa.array(np.zeros(n, dtype="datetime64[s]")),
        pa.array(["a"] * n).dictionary_encode(),
        pa.array([1] * n, pa.decimal128(5)),
    )
    return draw.choice(values)


def of_numbers(content: bytes, draw: random.Random) -> bytes:
    """Change numbers of a JSON document within what their kind allows, so that it loads."""
    text = content.decode()
    found = list(re.finditer(r"(?<=: )(-?\d+\.\d+(?:e-?\d+)?|\d+)(?=[,\n])", text))
    for match in sorted(
        draw.sample(found, min(draw.choice((1, 3, 20)), len(found))),
        key=re.Match.start,
        reverse=True,
    ):
        new = draw.choice(
            (
                "0",
                "1",
                "2",
                "1000000",
                match[0] + "0",
                "0" if "." not in match[0] else "0.0",
            )
        )
        text = text[: match.start()] + new + text[match.end() :]
    return text.encode()
