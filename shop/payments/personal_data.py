"""What payments hold about people: nothing that names them; card data never reach the shop."""

from __future__ import annotations

from shop.core.personal_data import Erasing, Holding, not_personal, register
from shop.ordering.personal_data import of_orders

ACCOUNTS = "Accounts have to show every payment. It names nobody."
for table, what in (("payment_attempt", "Attempts to pay."), ("refund", "Money sent back.")):
    register(
        Holding(
            table=table,
            columns=(),
            purpose=what,
            rows_of=of_orders(),
            erasing=Erasing.KEEP,
            reason=ACCOUNTS,
        )
    )
not_personal("payment_attempt", "key currency capture stripe_session stripe_payment_intent page_url")
not_personal("refund", "key currency reason requested_by stripe_refund", why="a buyer is named `buyer`")
not_personal("webhook_event", "id type outcome")
