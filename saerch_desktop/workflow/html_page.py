"""Pages that stand alone: everything in one file, nothing asked of any network, every text escaped."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable, Sequence
from typing import Final

from saerch_desktop.features.plain_text import paragraphs

_VOID: Final = frozenset({"br", "hr", "meta", "col"})

STYLE: Final = """
:root { color-scheme: light dark; --ground: #ffffff; --soft: #f2f3f5; --line: #dadde2; --text: #1a1d21;
  --muted: #565d67; --accent: #0b6e66; --up: #1b62b8; --down: #a84608; --up-bar: #2b78d6;
  --down-bar: #d4640f; --even: #7b838e; }
@media (prefers-color-scheme: dark) { :root { --ground: #15171a; --soft: #1f2226; --line: #34383e;
  --text: #e7e9ec; --muted: #a6adb7; --accent: #56bcb1; --up: #6ea9f7; --down: #f0954a; --up-bar: #4c8fe6;
  --down-bar: #e07b26; --even: #858d97; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 40px 24px 64px; max-width: 1120px; background: var(--ground);
  color: var(--text); font: 15px/1.5 system-ui, "Segoe UI", "Noto Sans", sans-serif; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; font-weight: 600; overflow-wrap: anywhere; }
h2 { font-size: 19px; margin: 48px 0 8px; font-weight: 600; }
h3 { font-size: 15px; margin: 24px 0 4px; font-weight: 600; }
p { margin: 0 0 12px; max-width: 72ch; overflow-wrap: anywhere; }
.muted { color: var(--muted); }
nav { margin: 20px 0 0; padding: 8px 0; border-block: 1px solid var(--line); display: flex; flex-wrap: wrap;
  gap: 4px 20px; }
a { color: var(--accent); text-underline-offset: 3px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.wide { overflow-x: auto; margin: 8px 0 16px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
caption { text-align: start; color: var(--muted); padding-bottom: 6px; }
th, td { text-align: start; vertical-align: top; padding: 6px 12px 6px 0;
  border-bottom: 1px solid var(--line); }
thead th { color: var(--muted); font-weight: 500; border-bottom-color: var(--even); white-space: nowrap; }
th button { all: unset; cursor: pointer; }
th button:focus-visible { outline: 2px solid var(--accent); }
th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
td.n, th.n { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.d { white-space: nowrap; }
td svg { margin-top: 5px; }
td:last-child, th:last-child { padding-inline-end: 0; }
td.t { overflow-wrap: anywhere; min-width: 24ch; }
.up { color: var(--up); } .down { color: var(--down); }
svg { display: block; max-width: 100%; }
svg .up { fill: var(--up-bar); } svg .down { fill: var(--down-bar); } svg .even { fill: var(--even); }
svg .axis { stroke: var(--line); } svg .curve { stroke: var(--accent); fill: none; stroke-width: 2; }
svg text { fill: var(--muted); font: 12px system-ui, sans-serif; }
details > summary { cursor: pointer; color: var(--muted); }
details p { white-space: pre-line; margin-top: 6px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 24px; margin: 0 0 16px; }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
ul { padding-inline-start: 20px; max-width: 72ch; }
code { font: 13px ui-monospace, monospace; background: var(--soft); padding: 1px 4px;
  overflow-wrap: anywhere; }
footer { margin-top: 56px; padding-top: 12px; border-top: 1px solid var(--line); color: var(--muted); }
@media print { body { max-width: none; padding: 0; font-size: 11px; } nav { display: none; }
  tr, svg, dl { break-inside: avoid; } thead { display: table-header-group; } }
@media (max-width: 640px) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 8px; } }
"""

# Without it the tables stand as they were written; with it a click on a head sorts by that column.
SCRIPT: Final = """
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const turn = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", turn);
      const sign = turn === "ascending" ? 1 : -1;
      const key = row => row.cells[at].dataset.v ?? row.cells[at].textContent.trim();
      const numeric = head.classList.contains("n");
      const order = (one, other) => {
        const a = key(one), b = key(other);
        if (!numeric) return sign * a.localeCompare(b);
        if (a === "" || b === "") return (a === "") - (b === "");
        return sign * (Number(a) - Number(b));
      };
      body.append(...[...body.rows].sort(order));
    });
  });
}
"""


class Markup(str):
    """Text that is HTML already. Made by this module alone; every other string is escaped."""

    __slots__ = ()


def text(value: object) -> Markup:
    """Any text as HTML shows it: nothing in it is markup, and nothing in it turns what follows around."""
    return value if isinstance(value, Markup) else Markup(html.escape(paragraphs(str(value)), quote=True))


def tag(name: str, /, *children: object, **attributes: object) -> Markup:
    """An element. Children that are no `Markup` are escaped, None is left out; `class_` is class, and _ in
    names of attributes is -.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{given}>")
    inside = "".join(text(child) for child in children if child is not None)
    return Markup(f"<{name}{given}>{inside}</{name}>")


def joined(parts: Iterable[Markup], between: str = "") -> Markup:
    return Markup(text(between).join(parts))


def table(
    heads: Sequence[tuple[str, str, str]],
    rows: Iterable[Sequence[Markup]],
    caption: str = "",
    *,
    sortable: bool = True,
) -> Markup:
    """heads: what each column is called, its class ("n" numbers, "t" texts, ""), and what it means. rows:
    cells made by `cell`.
    """
    head = tag(
        "tr",
        *(tag("th", name, scope="col", class_=kind or None, title=tip or None) for name, kind, tip in heads),
    )
    lines = joined(tag("tr", *row) for row in rows)
    made = tag(
        "table",
        tag("caption", caption) if caption else None,
        tag("thead", head),
        tag("tbody", lines),
        class_="sortable" if sortable else None,
    )
    return tag("div", made, class_="wide")


def cell(value: object, kind: str = "", sort: float | None = None) -> Markup:
    """sort: the number to sort by, where the text shows it in another way."""
    return tag(
        "td",
        value,
        class_=kind or None,
        data_v=None if sort is None else repr(sort),
        dir="auto" if kind == "t" else None,
    )


def facts(pairs: Iterable[tuple[str, object]]) -> Markup:
    """Names and values below one another; those without a value are left out."""
    known = ((name, value) for name, value in pairs if value not in ("", None))
    return tag("dl", *(Markup(tag("dt", name) + tag("dd", value, dir="auto")) for name, value in known))


def page(title: str, body: Iterable[Markup]) -> bytes:
    """The whole file. Its own policy forbids everything but the one style sheet and the one script in it."""
    policy = (
        f"default-src 'none'; style-src '{_hash(STYLE)}'; script-src '{_hash(SCRIPT)}';"
        " base-uri 'none'; form-action 'none'"
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        Markup(f"<style>{STYLE}</style>"),
    )
    whole = tag("html", head, tag("body", *body, Markup(f"<script>{SCRIPT}</script>")), lang="en")
    return f"<!DOCTYPE html>\n{whole}\n".encode("utf-8", "replace")


def _hash(source: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"
