"""What a language model answered, read with patience and without belief."""

from __future__ import annotations

import json
import re
from typing import Any, Final

MOST_CHARACTERS: Final = 100_000  # of an answer; more is cut before anything looks at it
_LONGEST_NAME, _MOST_WORDS = 120, 16  # eight were asked for; what is twice as long is a sentence
_THOUGHT = re.compile(r"<(/?)(think|thinking|reasoning)>", re.IGNORECASE)
_MARKS = "*_`#> \t"
_FINAL = re.compile(r"^[*_`#>\s]*final(?:\s+(?:answer|name|label))?[*_`\s]*[:：]\s*(.*)$", re.IGNORECASE)
_PREDICTION = re.compile(r"^[*_`#>\s]*prediction[*_`\s]*[:：]\s*(.*)$", re.IGNORECASE)
_NUMBER = re.compile(r"[+\-−]?(?:\d+(?:[.,]\d*)?|[.,]\d+)")
_LINE = re.compile(
    r"^[*_`#>|\-\s\"]*(?:text\s*)?#?(\d{1,4})[\"*_`\s]*[:=)|][*_`\"\s]*+([^\s,;*`\"|]+)", re.IGNORECASE
)
_QUOTES = "\"'“”‘’«»`*_ \t"


class UnreadableAnswerError(Exception):
    """The answer does not hold what was asked for; the text says what is wrong, for the user."""


def without_thoughts(answer: str) -> str:
    """The answer without what a reasoning model thought aloud."""
    answer = answer[:MOST_CHARACTERS]
    # Tag by tag: one pattern for a whole thought would take hours over an answer of nothing but tags.
    said, thought, at = [], "", 0
    for tag in _THOUGHT.finditer(answer):
        kind = tag[2].casefold()
        if not tag[1]:
            if not thought:
                said.append(answer[at : tag.start()])
                thought = kind
            continue
        if thought != kind:
            said = []  # some servers swallow the opening tag: all until here was thought
        thought, at = "", tag.end()
    return "".join(said if thought else [*said, answer[at:]]).strip()


def name_in(answer: str) -> tuple[str, str]:
    """(name, reasoning) of an interpreter's answer: its last line `FINAL: name`, or JSON with such a key.

    UnreadableAnswerError: there is no name, or it is a sentence.
    """
    said = without_thoughts(answer)
    lines = said.splitlines()
    for at in range(len(lines) - 1, -1, -1):
        if found := _FINAL.match(lines[at].strip()):
            rest = found[1].strip(_MARKS) or next((line for line in lines[at + 1 :] if line.strip()), "")
            return _checked(rest), "\n".join(lines[:at]).strip()
    value = _json_in(said)
    if isinstance(value, dict):
        keys = {str(key).casefold(): item for key, item in value.items()}
        for key in ("final", "name", "label"):
            if isinstance(keys.get(key), str):
                reasoning = keys.get("reasoning")
                return _checked(keys[key]), reasoning.strip() if isinstance(reasoning, str) else ""
    raise UnreadableAnswerError("its answer has no line FINAL" if said else "its answer is empty")


def prediction_in(answer: str) -> float:
    """The number after the last `PREDICTION:`, in [-1, 1]. UnreadableAnswerError: none, or another."""
    said = without_thoughts(answer)
    for line in reversed(said.splitlines()):
        if found := _PREDICTION.match(line.strip()):
            return _confidence(found[1].strip(_QUOTES).rstrip(".").strip(_QUOTES))
    value = _json_in(said)
    if isinstance(value, dict):
        for key, item in value.items():
            if str(key).casefold() in ("prediction", "c", "1"):
                return _confidence(item)
    try:
        return _confidence(said)  # nothing but the number
    except UnreadableAnswerError:
        raise UnreadableAnswerError("its answer has no line PREDICTION with a number") from None


def predictions_in(answer: str, count: int) -> dict[int, float]:
    """Number of the text (1 to `count`) → confidence in [-1, 1], as far as they can be read.

    Reads a JSON object or list, or lines such as `3: 0.8`. A text that is answered twice and differently, or
    with anything but a number in range, is left out.
    """
    said = without_thoughts(answer)
    pairs = _pairs_of(_json_in(said), count)
    if not pairs:
        pairs = [(found[1], found[2]) for line in said.splitlines() if (found := _LINE.match(line))]
    found_: dict[int, float] = {}
    doubtful: set[int] = set()
    for key, value in pairs:
        digits = re.sub(r"\D", "", str(key)[:20])
        number = int(digits) if digits else 0
        try:
            confidence = _confidence(value)
        except UnreadableAnswerError:
            continue
        if not 1 <= number <= count:
            continue
        if found_.setdefault(number, confidence) != confidence:
            doubtful.add(number)
    return {number: value for number, value in found_.items() if number not in doubtful}


def _pairs_of(value: Any, count: int) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        if len(value) == 1 and count > 1:  # {"predictions": ...}
            inner = next(iter(value.values()))
            if isinstance(inner, dict | list):
                return _pairs_of(inner, count)
        return list(value.items())
    if isinstance(value, list):
        if all(isinstance(item, dict) for item in value):
            return [pair for item in value if (pair := _pair_in(item)) is not None]
        if len(value) == count:
            return list(enumerate(value, 1))
    return []


def _pair_in(item: dict[Any, Any]) -> tuple[Any, Any] | None:
    keys = {str(key).casefold(): value for key, value in item.items()}
    number = next((keys[key] for key in ("number", "text", "id", "index") if key in keys), None)
    names = ("prediction", "confidence", "value", "score", "c")
    value = next((keys[key] for key in names if key in keys), None)
    if number is None and len(item) == 1:
        return next(iter(item.items()))
    return None if number is None else (number, value)


def _confidence(value: Any) -> float:
    if isinstance(value, str):
        text = value.strip().replace("−", "-").replace(",", ".")
        if not _NUMBER.fullmatch(text):
            raise UnreadableAnswerError("its answer has words where a number belongs")
        value = float(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnreadableAnswerError("its answer has no number where one belongs")
    if not -1 <= value <= 1:  # infinite ones too, and whole numbers beyond all figures
        raise UnreadableAnswerError("its answer has a number beyond -1 and 1")
    return float(value)


def _checked(name: str) -> str:
    name = " ".join("".join(c if c.isprintable() else " " for c in name).split()).strip(_QUOTES)
    name = name.removesuffix(".").strip(_QUOTES)
    if not any(c.isalnum() for c in name):
        raise UnreadableAnswerError("its answer has an empty name")
    if len(name) > _LONGEST_NAME or len(name.split()) > _MOST_WORDS:
        raise UnreadableAnswerError("its name is far longer than the 8 words asked for")
    return name


def _json_in(text: str) -> Any:
    """The last JSON object or list that stands in `text`, None without one."""
    decoder = json.JSONDecoder()
    found: Any = None
    at = 0
    for _ in range(200):  # starts that are tried; a hostile answer has no more
        starts = [place for sign in "{[" if (place := text.find(sign, at)) >= 0]
        if not starts:
            break
        start = min(starts)
        try:
            value, at = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            at = start + 1
        else:
            found = value
    return found
