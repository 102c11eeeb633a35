// Calls over HTTP/2, again and again, until standard input closes. Arguments: origin, path, token; TLS is not verified.
// A connection that is told to leave (GOAWAY) is left for a new one, as every client does. Prints JSON: how many calls
// were answered with 200, and what else came.
import { connect } from "node:http2";

const [origin, path, token] = process.argv.slice(2);
let over = false;
process.stdin.on("end", () => (over = true)).resume();

let answered = 0;
const failed = [];
let session = null;

function current() {
  if (!session || session.closed || session.destroyed) {
    const fresh = connect(origin, { rejectUnauthorized: false });
    fresh.on("goaway", () => session === fresh && (session = null));
    fresh.on("error", () => session === fresh && (session = null));
    session = fresh;
  }
  return session;
}

function call() {
  return new Promise((done) => {
    let status = 0;
    const stream = current().request({ ":path": path, authorization: `Bearer ${token}` });
    stream.on("response", (headers) => (status = headers[":status"]));
    stream.on("error", (error) => failed.push(`${error.code ?? ""} ${error.message}`));
    stream.on("close", () => {
      if (status === 200) answered += 1;
      else if (stream.rstCode === 0 && status) failed.push(`status ${status}`);
      done();
    });
    stream.resume();
    stream.end();
  });
}

async function caller() {
  while (!over) {
    await call();
    await new Promise((wake) => setTimeout(wake, 5));
  }
}

await Promise.all([caller(), caller()]);
console.log(JSON.stringify({ answered, failed }));
process.exit(0);
