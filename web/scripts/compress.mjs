// Puts a brotli and a gzip form beside every file of dist that gets smaller by it: the binary serves them as they are.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url);
const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
for (const name of readdirSync(dist, { recursive: true })) {
  if (!/\.(js|css|html|svg|json|txt)$/.test(name)) continue;
  const file = new URL(name, dist);
  const plain = readFileSync(file);
  for (const [ending, packed] of [
    ['br', brotliCompressSync(plain, quality)],
    ['gz', gzipSync(plain, { level: 9 })],
  ]) {
    if (packed.length < plain.length) writeFileSync(new URL(`${name}.${ending}`, dist), packed);
  }
}
