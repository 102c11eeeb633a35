// An upstream that tells back what reached it. Prints its port on the first line.
// GET /events answers with five server-sent events, 100 ms apart; everything else echoes as JSON.
import { createHash } from "node:crypto";
import { createServer } from "node:http";

const server = createServer((request, response) => {
  if (request.url.startsWith("/events")) {
    response.writeHead(200, { "content-type": "text/event-stream" });
    let sent = 0;
    const timer = setInterval(() => {
      response.write(`data: ${sent}\n\n`);
      sent += 1;
      if (sent === 5) {
        clearInterval(timer);
        response.end();
      }
    }, 100);
    response.on("close", () => clearInterval(timer));
    return;
  }
  const hash = createHash("sha256");
  let length = 0;
  request.on("data", (piece) => {
    hash.update(piece);
    length += piece.length;
  });
  request.on("end", () => {
    const headers = [];
    for (let place = 0; place < request.rawHeaders.length; place += 2) {
      headers.push([request.rawHeaders[place].toLowerCase(), request.rawHeaders[place + 1]]);
    }
    const body = JSON.stringify({
      server: "node",
      method: request.method,
      target: request.url,
      headers,
      body_length: length,
      body_sha256: hash.digest("hex"),
    });
    response.writeHead(200, { "content-type": "application/json" });
    response.end(body);
  });
});
server.keepAliveTimeout = 1000;
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
