"""Every setting, declared once: its section, type, default, title and the line that explains it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

VERSION = 2
RECENT = 12
Theme = Literal["system", "light", "dark", "contrast"]
Section = Literal[
    "appearance", "keyboard", "hardware", "models", "network", "endpoints", "storage", "jobs", "advanced", ""
]
_MOST_HOSTS, _MOST_KEYS = 200, 1000
_LONGEST = 4096


def _declared(default: Any, section: Section, title: str, tip: str) -> Any:
    """A field with all that is shown of it. Section "": remembered by the program, on no page."""
    return Field(default=default, title=title, description=tip, json_schema_extra={"section": section})


class Settings(BaseModel):
    """All settings with their defaults. Libraries are absolute paths, newest first."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[2] = 2

    theme: Theme = _declared(
        "system", "appearance", "Colours", "Light or dark as the desktop is, one of the two, or high contrast"
    )
    text_size: Annotated[int, Field(ge=80, le=200)] = _declared(
        100, "appearance", "Text size", "All texts, rows and graphs, in percent of the desktop's size"
    )
    mixer_units: Literal["times", "activation"] = _declared(
        "times", "appearance", "Sliders read", "As multiples of the natural value, or as activations"
    )
    mark_words: bool = _declared(
        True, "appearance", "Mark the words of the query", "In a document that is read"
    )
    mark_sentences: bool = _declared(
        True, "appearance", "Mark the sentences that drive a feature", "In a document that is read"
    )
    show_tour: bool = _declared(
        True, "appearance", "Offer the tour", "On the welcome page, until it was seen once"
    )

    keys: Annotated[dict[str, tuple[str, ...]], Field(max_length=_MOST_KEYS)] = _declared(
        {}, "keyboard", "Shortcuts", "The keys of your own, by action; all others are as they come"
    )

    torch_threads: Annotated[int, Field(ge=1, le=1024)] | None = _declared(
        None,
        "hardware",
        "Processor threads",
        "How many threads the arithmetic may use; empty means automatic",
    )
    force_cpu: bool = _declared(
        False, "hardware", "Use the processor only", "Leave a graphics card alone, even where there is one"
    )

    models_dir: Annotated[str, Field(max_length=_LONGEST)] | None = _declared(
        None, "models", "Folder of models", "Where imported models lie; empty means the program's own folder"
    )

    offline_lock: bool = _declared(
        True, "network", "Offline lock", "While it is on, no job in this window may open a connection"
    )
    allowed_hosts: Annotated[
        tuple[Annotated[str, Field(max_length=255)], ...], Field(max_length=_MOST_HOSTS)
    ] = _declared((), "network", "Allowed hosts", "Asked without a question each time, while the lock is off")
    proxy_mode: Literal["system", "none", "manual"] = _declared(
        "system", "network", "Proxy", "As the system says, none, or the one given here"
    )
    proxy_url: Annotated[str, Field(max_length=_LONGEST)] = _declared(
        "", "network", "Address of the proxy", "For example http://proxy.example.org:3128"
    )
    ca_file: Annotated[str, Field(max_length=_LONGEST)] | None = _declared(
        None, "network", "Certificates", "A file of certificate authorities to trust besides the usual ones"
    )

    endpoints: dict[str, str] = _declared(
        {}, "endpoints", "Addresses of services", "Where each model last answered, by the model's name"
    )

    library_folder: Annotated[str, Field(max_length=_LONGEST)] | None = _declared(
        None, "storage", "Folder for new libraries", "Where a new library is put unless you choose otherwise"
    )

    keep_awake: bool = _declared(
        True, "jobs", "Keep the computer awake", "While a long job runs; the screen may still go dark"
    )
    pause_on_battery: bool = _declared(
        False, "jobs", "Pause on battery", "Let long jobs wait while the computer runs on its battery"
    )
    close_with_jobs: Literal["ask", "wait", "later", "stop"] = _declared(
        "ask",
        "jobs",
        "Closing while a job runs",
        "Ask each time, finish in the background, go on at the next start, or stop the job",
    )

    watchdog: bool = _declared(
        False,
        "advanced",
        "Measure how long the window was blocked",
        "Written to the log when the window closes",
    )
    log_level: Literal["warning", "info", "debug"] = _declared(
        "info", "advanced", "How much is logged", "Never any text of your documents, and no keys"
    )

    recent_libraries: Annotated[tuple[str, ...], Field(max_length=RECENT)] = _declared((), "", "", "")
    last_library: str | None = _declared(None, "", "", "")
    kept_aside: dict[str, Any] = _declared({}, "", "", "")
    """What a newer version of the program had written and this one does not know."""

    def with_library(self, path: Path) -> Settings:
        """These settings after `path` was opened."""
        opened = str(path.resolve())
        rest = tuple(recent for recent in self.recent_libraries if recent != opened)
        return self.model_copy(update={"recent_libraries": (opened, *rest)[:RECENT], "last_library": opened})

    def without_library(self, path: Path) -> Settings:
        """These settings after `path` turned out to be gone."""
        gone = {str(path), str(path.resolve())}
        rest = tuple(recent for recent in self.recent_libraries if recent not in gone)
        last = None if self.last_library in gone else self.last_library
        return self.model_copy(update={"recent_libraries": rest, "last_library": last})


def title(name: str) -> str:
    """How a setting is called in the window. KeyError for a name that is no setting."""
    return Settings.model_fields[name].title or ""


def tip(name: str) -> str:
    """The line that explains a setting. KeyError for a name that is no setting."""
    return Settings.model_fields[name].description or ""


def section(name: str) -> str:
    """The section a setting belongs to, "" for what the program only remembers."""
    extra = Settings.model_fields[name].json_schema_extra
    return str(extra.get("section", "")) if isinstance(extra, dict) else ""


def of_section(wanted: Section) -> tuple[str, ...]:
    """The names of a section's settings, in the order of their declaration."""
    return tuple(name for name in Settings.model_fields if section(name) == wanted)


def default(name: str) -> Any:
    """The value of a setting as the program comes."""
    return Settings.model_fields[name].get_default(call_default_factory=True)
