// An upstream that speaks HTTP/2 in cleartext and nothing else, and tells back what reached it. Prints its port on the
// first line.
import { createServer } from "node:http2";

const server = createServer();
server.on("stream", (stream, headers) => {
  let length = 0;
  stream.on("data", (piece) => {
    length += piece.length;
  });
  stream.on("error", () => {});
  stream.on("end", () => {
    stream.respond({ ":status": 200, "content-type": "application/json" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-length": String(length) }));
    stream.end(JSON.stringify({ server: "node", method: headers[":method"], target: headers[":path"],
      authority: headers[":authority"], te: headers.te ?? null, body_length: length }));
  });
  stream.resume();
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
