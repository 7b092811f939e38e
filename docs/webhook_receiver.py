"""Receives the webhooks of Habeas. Run: WEBHOOK_SECRET=whsec_… python webhook_receiver.py 8080."""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["WEBHOOK_SECRET"])
seen: set[str] = set()  # keep them for as long as Habeas may try again: a month


class Receiver(BaseHTTPRequestHandler):
    """Answers at once; the same event may come twice."""

    def do_POST(self) -> None:
        """Take one event."""
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            message = webhook.verify(body, dict(self.headers))
        except WebhookVerificationError:
            return self.send_error(401)
        if self.headers["webhook-id"] not in seen:
            seen.add(self.headers["webhook-id"])
            print(message["type"], message["data"], flush=True)
        self.send_response(204)
        return self.end_headers()


ThreadingHTTPServer(("", int(sys.argv[1])), Receiver).serve_forever()
