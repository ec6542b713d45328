"""Forms as a browser has them: every control with what it would send."""

from __future__ import annotations

from html.parser import HTMLParser

from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, list[list[str]]]] = []
        self._fields: list[list[str]] | None = None
        self._text: list[str] | None = None
        self._choice: list[str] | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._fields = []
            self.forms.append((has.get("action", ""), self._fields))
        if self._fields is None:
            return
        kind = has.get("type", "text")
        if tag == "input" and "name" in has and kind not in ("submit", "file"):
            if kind not in ("checkbox", "radio") or "checked" in has:
                self._fields.append([has["name"], has.get("value", "on" if kind == "checkbox" else "")])
        elif tag == "textarea":
            self._text = [has["name"], ""]
            self._fields.append(self._text)
        elif tag == "select":
            self._choice = [has["name"], ""]
            self._fields.append(self._choice)
        elif tag == "option" and self._choice is not None and "selected" in has:
            self._choice[1] = has.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text[1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text is not None:
            # A browser takes away the line break that follows the tag.
            self._text[1] = self._text[1].removeprefix("\r").removeprefix("\n")
            self._text = None
        elif tag == "select":
            self._choice = None
        elif tag == "form":
            self._fields = None


def form_of(page: TestResponse, action: str) -> MultiDict[str, str]:
    """What the first form with this action would send, its buttons aside."""
    found = _Forms()
    found.feed(page.get_data(as_text=True))
    fields = next(fields for address, fields in found.forms if address == action)
    return MultiDict([(name, value) for name, value in fields])


def changed(form: MultiDict[str, str], **changes: str) -> MultiDict[str, str]:
    """The form with other values in some controls; `__` in a name stands for a hyphen."""
    copy = form.copy()
    for name, value in changes.items():
        copy[name.replace("__", "-")] = value
    return copy
