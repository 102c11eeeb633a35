"""The services of the parcel company of the tour. Prints its port on the first line."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DEPOTS = ["north", "south", "harbour"]


class Parcels(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        *_, what, number = ["", *self.path.split("?")[0].strip("/").split("/")]
        if number.isdigit():
            depot = DEPOTS[int(number) % len(DEPOTS)]
            said = {what.removesuffix("s"): int(number), "state": "on its way", "depot": depot, "weight_kg": 1.4,
                    "next": "at the door between 14:00 and 16:00"}
        elif number == "depots":
            said = {"depots": DEPOTS}
        elif number == "quotes":
            said = {"price": "4.90", "currency": "EUR", "days": 2}
        elif number == "shipments":
            said = {"shipments": [{"shipment": 481203, "depot": "north"}, {"shipment": 481204, "depot": "harbour"}]}
        else:
            said = {"state": "well"}
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_DELETE = answer

    def log_message(self, *_args) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Parcels)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
