"""Serves the Stripe stand-in for the demonstration, on the loopback address only."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import threading

from werkzeug.serving import make_server

from config import read_settings
from shop.demo.stripe_stand_in import create_stand_in


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description="The Stripe stand-in of the demonstration.")
    parser.add_argument("--port", type=int, required=True)
    port: int = parser.parse_args().port
    settings = read_settings()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    app = create_stand_in(
        state_path=settings.data_dir / "stripe-stand-in.jsonl",
        webhook_url=f"{settings.base_url}/stripe/webhook",
        webhook_secret=settings.stripe_webhook_secrets[0],
        secret_key=settings.stripe_secret_key or os.environ["STRIPE_SECRET_KEY"],
        public_url=f"http://127.0.0.1:{port}",
    )
    server = make_server("127.0.0.1", port, app, threaded=True)
    for name in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the serving loop, so it must not be called from within it.
        signal.signal(name, lambda _number, _frame: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    app.extensions["stripe_stand_in"].webhooks.close()


if __name__ == "__main__":
    main()
