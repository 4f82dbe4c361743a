"""Which parts a window has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saerch_desktop.ui.about_part import AboutPart
from saerch_desktop.ui.browser_part import BrowserPart
from saerch_desktop.ui.compare_part import ComparePart
from saerch_desktop.ui.crash_part import CrashPart
from saerch_desktop.ui.explain_part import ExplainPart
from saerch_desktop.ui.export_part import ExportPart
from saerch_desktop.ui.families_part import FamiliesPart
from saerch_desktop.ui.families_view import FamiliesView
from saerch_desktop.ui.feature_part import FeaturePart
from saerch_desktop.ui.import_part import ImportPart
from saerch_desktop.ui.jobs_part import JobsPart
from saerch_desktop.ui.link_part import LinkPart
from saerch_desktop.ui.manual_part import ManualPart
from saerch_desktop.ui.map_part import MapPart
from saerch_desktop.ui.mixer_part import MixerPart
from saerch_desktop.ui.naming_part import NamingPart
from saerch_desktop.ui.network_part import NetworkPart
from saerch_desktop.ui.part import Part
from saerch_desktop.ui.portable_part import PortablePart
from saerch_desktop.ui.reading_place import ReadingPlace
from saerch_desktop.ui.recipes_part import RecipesPart
from saerch_desktop.ui.reencode_part import ReencodePart
from saerch_desktop.ui.results_part import ResultsPart
from saerch_desktop.ui.review_part import ReviewPart
from saerch_desktop.ui.search_part import SearchPart
from saerch_desktop.ui.settings_part import SettingsPart
from saerch_desktop.ui.train_part import TrainPart
from saerch_desktop.ui.welcome_part import WelcomePart
from saerch_desktop.ui.why_part import WhyPart
from saerch_desktop.ui.workspaces_part import WorkspacesPart

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

_KINDS: tuple[type[Part], ...] = (
    SearchPart,
    MixerPart,
    FeaturePart,
    BrowserPart,
    ReviewPart,
    NamingPart,
    ComparePart,
    ExplainPart,
    FamiliesPart,
    MapPart,
    WhyPart,
    ResultsPart,
    RecipesPart,
    ReencodePart,
    TrainPart,
    ImportPart,
    WelcomePart,
    JobsPart,
    CrashPart,
    LinkPart,
    ReadingPlace,
    FamiliesView,
    PortablePart,
    WorkspacesPart,
    SettingsPart,
    NetworkPart,
    ManualPart,
    ExportPart,
    AboutPart,
)


def make_parts(window: MainWindow) -> tuple[Part, ...]:
    """All parts, in the order of their docks."""
    return tuple(kind(window) for kind in _KINDS)
