// A WebSocket server: says back what it hears, as text or bytes as it came, and closes with 4001 when asked to.
// Prints its port on the first line. Takes the folder with node_modules as its argument.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const { WebSocketServer } = createRequire(`${process.argv[2]}/`)("ws");
const server = createServer((_, answer) => answer.end("plain"));
const sockets = new WebSocketServer({ server, perMessageDeflate: true });
sockets.on("connection", (socket, request) => {
  socket.send(JSON.stringify({ url: request.url, headers: request.rawHeaders }));
  socket.on("message", (data, isBinary) => {
    if (!isBinary && data.toString() === "close") socket.close(4001, "as asked");
    else socket.send(data, { binary: isBinary });
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
