"""A node of a graph in words: for its tooltip, and for those who hear it."""

from __future__ import annotations

from saerch_desktop.ui import wording
from saerch_desktop.ui.graph_picture import Picture


def node_tip(picture: Picture, place: int) -> str:
    """The whole name, and what size, colour and lines say, in figures."""
    return "\n".join((picture.names[place], *_told(picture, place)))


def node_words(picture: Picture, place: int) -> str:
    """The same as one sentence."""
    return f"{picture.names[place]}: {', '.join(_told(picture, place))}"


def _told(picture: Picture, place: int) -> list[str]:
    scene = picture.scene
    node = scene.graph.nodes[place]
    family = node.kind == "family"
    told = [f"Family of {wording.count(node.size)} features" if family else f"Feature {node.feature}"]
    told.append(f"in {100 * node.density:.2g} % of documents")
    if node.grade != "?":
        told.append(f"grade {node.grade}")
    if picture.activation is not None:
        told.append(f"{picture.caption}: {100 * float(picture.activation[place]):.0f} of 100")
    ties = len(scene.neighbours(place))
    told.append(f"{wording.count(ties)} neighbours here" if ties != 1 else "1 neighbour here")
    if place in picture.pinned:
        told.append("put here by you")
    return told
