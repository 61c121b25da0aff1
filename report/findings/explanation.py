"""The explanation of a rule, by its code."""

from difflib import get_close_matches

from tunecard.report.errors import ReadError
from tunecard.report.findings.rules import CODES, all_rules


def explain(code: str) -> str:
    """Explain a rule in plain words.

    Parameters
    ----------
    code : str
        Such as ``TC004``; ``tc4`` and ``4`` will do.

    Returns
    -------
    str
        Title, when and why, what to do: three paragraphs.

    Raises
    ------
    ReadError
        If no rule has this code; with the ones that may be meant.
    """
    digits = code.strip().upper().removeprefix("TC")
    wanted = f"TC{digits:0>3}"
    exact = code.strip().upper()
    rule = next((rule for rule in all_rules() if rule.code in (wanted, exact)), None)
    if rule is None:
        there = f"{code!r} is not a finding; the codes are {CODES[0]} to {CODES[-1]}"
        meant = _suggest(code, wanted)
        raise ReadError(f"{there}. Did you mean {meant}?" if meant else f"{there}.")
    return f"{rule.code}: {rule.title}\n\n{rule.why}\n\nWhat to do: {rule.what_to_do}"


def _suggest(code: str, wanted: str) -> str | None:
    """Name the rules whose title has the word, or else whose code is nearest."""
    word = code.strip().lower()
    titled = [rule for rule in all_rules() if word in rule.title.lower()]
    meant = titled[:3] if len(word) > 2 else []
    if not meant and any(letter.isdigit() for letter in wanted):
        near = get_close_matches(wanted, CODES, n=1, cutoff=0.75)
        meant = [rule for rule in all_rules() if rule.code in near]
    named = [f"{rule.code} ({rule.title})" for rule in meant]
    return " or ".join(named) if named else None
