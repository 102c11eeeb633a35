// A service that speaks gRPC-Web: it says back what it hears, with its trailers in the body, as they are there.
import http from "node:http";

const frame = (flag, content) => {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag, 0);
  head.writeUInt32BE(content.length, 1);
  return Buffer.concat([head, content]);
};

const server = http.createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const said = Buffer.concat(pieces).subarray(5);
  const fails = said.toString() === "fail";
  const trailers = fails
    ? "grpc-status:5\r\ngrpc-message:nothing%20of%20that%20name\r\n"
    : "grpc-status:0\r\nx-served-by:node\r\n";
  const frames = fails ? [] : [frame(0, Buffer.concat([Buffer.from("heard "), said]))];
  // What it says of CORS must give way.
  response.writeHead(200, {
    "content-type": "application/grpc-web+proto",
    "access-control-allow-origin": "https://elsewhere.example",
    "x-secret-of-the-house": "hidden",
    "x-total": "7",
  });
  response.end(Buffer.concat([...frames, frame(0x80, Buffer.from(trailers))]));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
