"""The prose of a documentation string: no doctests, no lists of parameters, no markup, a few sentences."""

from __future__ import annotations

import inspect
import re

_SHORTEST_CUT = 200
_SECTIONS = (
    "parameters", "other parameters", "returns", "return", "return value", "yields", "receives", "raises",
    "warns", "warnings", "see also", "references", "examples", "example", "attributes", "methods", "args",
    "arguments", "arg", "keyword args", "keyword arguments", "shape", "inputs", "outputs", "usage",
)  # fmt: skip
_PROSE_SECTIONS = ("notes", "note", "description", "explanation", "details", "summary")
_UNDERLINE = re.compile(r"([=\-~^*#\"'])\1{2,}")
_TABLE_RULE = re.compile(r"[=+|\- ]{5,}")
_INLINE_HEADING = re.compile(r"([A-Za-z ]{3,24})::?")
_DIRECTIVE = re.compile(r"\.\. +([\w-]+)::\s*(.*)")
_KEPT_DIRECTIVES = ("note", "warning", "tip", "important", "seealso", "attention", "caution")
_FIELD = re.compile(r":(param|type|return|returns|rtype|raises?|arg|var|ivar|cvar|keyword|meta)\b")
_SIGNATURE = re.compile(r"[\w.]+\(.*\)(\s*->.*)?|[\w.]+\([^)]*")
_TARGET = re.compile(r":[\w:]*:`~?!?([^`<]*?)\s*(?:<[^`>]*>)?`")
_MATH = re.compile(r":math:`[^`]*`")
_LINK = re.compile(r"`~?([^`<]+?)\s*<[^`>]*>`(?:__?)?")
_QUOTES = re.compile(r"`+~?([^`]*)`+_?")
_CITATION = re.compile(r"\s?\[(?:\d+|[A-Z][\w.-]*)\]_")
_EMPHASIS = re.compile(r"(?<!\w)\*{1,2}([^*\s][^*]*?)\*{1,2}(?!\w)")
_BLANKS = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
_WORD = re.compile(r"[A-Za-z]{2,}")


def prose(docstring: str, longest: int = 600) -> str:
    """The describing sentences of a docstring, paragraphs apart by a blank line, cut after a sentence.

    Empty when there are none. The text is at most `longest` characters.
    """
    paragraphs = []
    for block in _blocks(_described(inspect.cleandoc(docstring).splitlines())):
        text = plain(" ".join(block))
        if len(_WORD.findall(text)) >= 3:
            paragraphs.append(text)
    return shortened("\n\n".join(paragraphs), longest)


def plain(text: str) -> str:
    """A line of reStructuredText without its markup."""
    text = _MATH.sub("", text)
    text = _TARGET.sub(r"\1", text)
    text = _LINK.sub(r"\1", text)
    text = _QUOTES.sub(r"\1", text)
    text = _CITATION.sub("", text)
    text = _EMPHASIS.sub(r"\1", text)
    text = re.sub(r"\|(\w+)\|", r"\1", text).replace("::", ":").replace("\\*", "*").replace("\\_", "_")
    return re.sub(r"\s+([.,;:])(?=\s|$)", r"\1", _BLANKS.sub(" ", text)).strip()


def shortened(text: str, longest: int) -> str:
    """`text`, or as many of its sentences as fit; a sentence that is too long itself is cut between words."""
    if len(text) <= longest:
        return text
    ends = [found.end() for found in _SENTENCE_END.finditer(text[: longest + 1]) if found.end() <= longest]
    if ends and ends[-1] >= min(_SHORTEST_CUT, longest // 2):
        return text[: ends[-1]]
    return text[: longest - 1].rsplit(None, 1)[0].rstrip(",;:") + "…"


def _described(lines: list[str]) -> list[str]:
    """The lines that describe; dropped are doctests, literal blocks, field lists and parameter sections."""
    kept: list[str] = []
    skipping: int | None = None  # lines indented deeper than this belong to something that is left out
    in_section = False  # everything up to the next underlined heading is left out
    in_doctest = False
    for at, line in enumerate(lines):
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        if not text:
            in_doctest = False
            kept.append("")
            continue
        if in_doctest or text.startswith(">>>"):
            in_doctest = True
            continue
        following = lines[at + 1].strip() if at + 1 < len(lines) else ""
        if _UNDERLINE.fullmatch(text) or _TABLE_RULE.fullmatch(text):
            continue
        if _UNDERLINE.fullmatch(following) and len(text) < 60:
            in_section = text.lower() not in _PROSE_SECTIONS
            skipping = None
            continue
        if in_section or (skipping is not None and indent > skipping):
            continue
        skipping = None
        if _starts_skipped_block(text, kept):
            skipping = indent
            continue
        directive = _DIRECTIVE.match(text)
        if directive is not None:
            skipping = None if directive[1] in _KEPT_DIRECTIVES else indent
            if skipping is None and directive[2]:
                kept.append(directive[2])
            continue
        if text.endswith("::"):
            skipping = indent
        kept.append(text)
    return kept


def _starts_skipped_block(text: str, before: list[str]) -> bool:
    heading = _INLINE_HEADING.fullmatch(text)
    if heading is not None and heading[1].strip().lower() in _SECTIONS:
        return True
    if _FIELD.match(text) or text.startswith((".. [", ".. _", "@param", "@return")):
        return True
    return not any(before) and _SIGNATURE.fullmatch(text) is not None


def _blocks(lines: list[str]) -> list[list[str]]:
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]
