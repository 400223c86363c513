"""Scalars of YAML 1.2: what a plain one is by the core schema, and what text may hold."""

import re

MAX_DIGITS = 4_000  # int() refuses more than 4,300

NULL = re.compile(r'(?:null|Null|NULL|~|)\Z')
TRUE = re.compile(r'(?:true|True|TRUE)\Z')
FALSE = re.compile(r'(?:false|False|FALSE)\Z')
INTEGER = re.compile(r'[-+]?[0-9]+\Z')
OCTAL = re.compile(r'0o[0-7]+\Z')
HEXADECIMAL = re.compile(r'0x[0-9a-fA-F]+\Z')
FLOAT = re.compile(r'[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z')
INFINITE = re.compile(r'(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z')


class Spelled(int):
    """An integer that is not written as its decimal digits: 012, +5, 0x1F. It is no name, since
    nobody knows which of both was meant."""


def scalar(text: str) -> str | int | float | bool | None:
    """A plain scalar by the core schema (YAML 1.2.2, section 10.3.2)."""
    if NULL.match(text):
        return None
    if TRUE.match(text):
        return True
    if FALSE.match(text):
        return False
    if INTEGER.match(text):
        return integer(text, 10) if len(text) <= MAX_DIGITS else text
    if OCTAL.match(text) or HEXADECIMAL.match(text):
        return integer(text, 0)
    if FLOAT.match(text):
        return float(text)
    if INFINITE.match(text):
        return float(text.replace('.', '').lower())
    return text


def integer(text: str, base: int) -> int:
    number = int(text, base)
    return number if str(number) == text else Spelled(number)


def paired(text: str) -> str | None:
    """Text whose surrogates are joined in pairs, as JSON writes them; None if one is alone."""
    try:
        text.encode()
    except UnicodeEncodeError:
        try:
            return text.encode('utf-16', 'surrogatepass').decode('utf-16')
        except UnicodeDecodeError:
            return None
    return text
