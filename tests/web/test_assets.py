"""Style sheets as they are sent: smaller, and the same to a browser."""

from __future__ import annotations

from shop.web.assets import minified


def test_comments_and_spaces_around_signs_are_left_out() -> None:
    assert minified("/* head\n { */\n.a :hover {\n  color : red ;\n  margin: 0 auto;\n}\n") == (
        ".a :hover{color : red;margin: 0 auto;}"
    )


def test_what_stands_in_quotes_is_kept_to_the_letter() -> None:
    css = '.a::before { content: " ; { /* x */ } \\" ; "; }'
    assert minified(css) == '.a::before{content: " ; { /* x */ } \\" ; ";}'


def test_spaces_that_mean_something_stay() -> None:
    assert minified("a :is(b) > c { width: calc(1px + 2px) }") == "a :is(b) > c{width: calc(1px + 2px)}"
