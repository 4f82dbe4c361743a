from __future__ import annotations

from saerch_desktop.features.llm.quirks import Quirks

ASKED = [{"role": "system", "content": "a"}, {"role": "user", "content": "b"}]


def test_the_common_form_comes_first() -> None:
    assert Quirks().body("m", ASKED, 7) == {
        "model": "m",
        "messages": ASKED,
        "temperature": 0,
        "max_tokens": 7,
    }


def test_refusals_are_learned_one_by_one_and_never_twice() -> None:
    quirks = Quirks()
    assert quirks.learn("Use 'max_completion_tokens' instead of 'max_tokens'.", 0)
    assert quirks.body("m", ASKED, 7)["max_completion_tokens"] == 4007
    assert quirks.learn("'temperature' is not supported", 1)
    assert "temperature" not in quirks.body("m", ASKED, 7)
    assert not quirks.learn("'temperature' is not supported", 2)
    assert quirks.learn("unknown argument max_completion_tokens", 2)
    assert quirks.body("m", ASKED, 7) == {"model": "m", "messages": ASKED}
    assert quirks.learn("System role not supported", 3)
    assert quirks.body("m", ASKED, 7)["messages"] == [{"role": "user", "content": "a\n\nb"}]
    assert not quirks.learn("this content is not allowed", 4)


def test_what_another_thread_learned_is_tried() -> None:
    quirks = Quirks()
    assert quirks.learn("no temperature", 0)
    assert quirks.learn("no temperature", 0)
    assert quirks.version == 1


def test_a_limit_that_is_over_the_context_is_not_the_limits_fault() -> None:
    assert not Quirks().learn("max_tokens is too large for the context length of 2048", 0)


def test_room_for_thoughts_is_given_once() -> None:
    quirks = Quirks()
    assert quirks.learn_thinking(0)
    assert quirks.learn_thinking(0)
    assert not quirks.learn_thinking(1)
    assert quirks.room(100) == 4100
