"""The colours of the three looks. Texts on their grounds reach WCAG AA, in high contrast AAA (tested)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tokens:
    """Colours by what they mean, as #rrggbb."""

    name: str
    window: str  # behind everything
    base: str  # tables, text, fields
    raised: str  # buttons, cards, alternate ground
    hover: str
    selection: str  # quiet ground of the selected row; text stays readable on it
    border: str  # hairlines that only divide
    outline: str  # edges of things one can act on, 3:1 against their ground
    text: str
    text_muted: str
    text_disabled: str
    accent: str
    on_accent: str
    up: str  # steering: more of a feature
    down: str  # steering: less of a feature
    up_bar: str  # the same pair for areas, brighter than text may be
    down_bar: str
    activation: tuple[str, str, str, str, str]  # how strongly a feature is active, weak to strong
    categories: tuple[str, str, str, str, str, str, str, str]  # of values that have no order
    neutral: str  # bars that say nothing about steering
    warning: str
    error: str
    focus: str


# Up and down are the blue and orange that stay apart in every common colour blindness; the accent and the
# activation ramp share one green-blue, so that a strong activation never reads as steering.
LIGHT = Tokens(
    name="light",
    window="#f2f3f5",
    base="#ffffff",
    raised="#f9fafb",
    hover="#e9ebee",
    selection="#d9edea",
    border="#dadde2",
    outline="#7a818b",
    text="#1a1d21",
    text_muted="#565d67",
    text_disabled="#828992",
    accent="#0b6e66",
    on_accent="#ffffff",
    up="#1b62b8",
    down="#a84608",
    up_bar="#2b78d6",
    down_bar="#d4640f",
    activation=("#cfe3e0", "#9fcac4", "#62a9a1", "#2b857d", "#0a5750"),
    categories=("#1f6fc4", "#c2570c", "#17845a", "#b8479b", "#8f7200", "#6d4fc2", "#c0392b", "#1b8aa8"),
    neutral="#7b838e",
    warning="#8a5a00",
    error="#b3261e",
    focus="#0b6e66",
)

DARK = Tokens(
    name="dark",
    window="#1c1e22",
    base="#15171a",
    raised="#26292e",
    hover="#2d3136",
    selection="#173c39",
    border="#34383e",
    outline="#7d858f",
    text="#e7e9ec",
    text_muted="#a6adb7",
    text_disabled="#737b85",
    accent="#56bcb1",
    on_accent="#04211e",
    up="#6ea9f7",
    down="#f0954a",
    up_bar="#5b9bf0",
    down_bar="#ea8a3a",
    activation=("#23403e", "#2b5f5b", "#37857e", "#55b3aa", "#9be3da"),
    categories=("#6aa9f7", "#f0954a", "#4fc98f", "#ea8fd0", "#d9be4a", "#ab95f2", "#f47f74", "#62cbe6"),
    neutral="#8d96a1",
    warning="#e0b04a",
    error="#f47f74",
    focus="#56bcb1",
)

# Bright on black. Grounds differ little, so edges carry the structure; muted text is quieter, never faint.
CONTRAST = Tokens(
    name="contrast",
    window="#000000",
    base="#000000",
    raised="#0f0f0f",
    hover="#262626",
    selection="#003a36",
    border="#8c8c8c",
    outline="#d9d9d9",
    text="#ffffff",
    text_muted="#dcdcdc",
    text_disabled="#9a9a9a",
    accent="#6ff2e3",
    on_accent="#000000",
    up="#9cc8ff",
    down="#ffb366",
    up_bar="#79b4ff",
    down_bar="#ffa040",
    activation=("#2e5c58", "#3f8f88", "#57bdb3", "#8ae6dc", "#d6fffa"),
    categories=("#8fc1ff", "#ffb066", "#63e6a5", "#ffa6e4", "#f2da5c", "#cbb8ff", "#ff9d94", "#7be0fa"),
    neutral="#b8b8b8",
    warning="#ffd75e",
    error="#ffb3ab",
    focus="#ffe45c",
)
