"""Mail providers where anybody can open an address, so that the domain shows nothing about an organisation.

The shop's own list, of widely used providers; it is not complete.
"""

from __future__ import annotations

from typing import Final

DOMAINS: Final = tuple(
    "aol.com gmail.com gmx.com gmx.de gmx.net googlemail.com hotmail.com icloud.com live.com mail.com "
    "mail.ru me.com msn.com outlook.com proton.me protonmail.com qq.com 163.com web.de yahoo.com yandex.com "
    "yandex.ru".split()
)
