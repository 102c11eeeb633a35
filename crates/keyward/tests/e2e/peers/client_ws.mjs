// Drives the gateway with the WebSocket client `ws`. Reads JSON on standard input: {url, headers, messages, bytes, compress};
// prints what it heard. Takes the folder with node_modules as its argument.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { WebSocket } = createRequire(`${process.argv[2]}/`)("ws");
const { url, headers, messages, bytes, compress = true } = JSON.parse(readFileSync(0, "utf8"));
const heard = [];
const socket = new WebSocket(url, { headers, perMessageDeflate: compress });
socket.on("unexpected-response", (_, answer) => {
  console.log(JSON.stringify([{ refused: answer.statusCode }]));
  process.exit();
});
socket.on("message", (data, isBinary) => {
  heard.push(isBinary ? { bytes: data.length, same: data.every((byte) => byte === 7) } : { text: data.toString() });
  if (heard.length === 1 + messages.length + 1) socket.send("close");
});
socket.on("ping", () => heard.push({ ping: true }));
socket.on("open", () => {
  for (const message of messages) socket.send(message);
  socket.send(Buffer.alloc(bytes, 7));
});
socket.on("close", (code, reason) => {
  console.log(JSON.stringify([...heard, { code, reason: reason.toString() }]));
});
