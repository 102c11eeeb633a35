// Fails when a page needs more than 200 KB, compressed, before it can be drawn, or when the entry page is
// anything but references to files of its own origin.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const limit = 200_000;
const dist = new URL('../dist/', import.meta.url);
const html = readFileSync(new URL('index.html', dist), 'utf8');
const inline = html.match(/<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/i);
if (inline) {
  console.error(`index.html has inline code: ${inline[0]}`);
  process.exit(1);
}

const files = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1]);
const sizes = files.map((file) => ({ file, bytes: gzipSync(readFileSync(new URL(file, dist))).length }));
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
for (const { file, bytes } of sizes) console.log(`${(bytes / 1000).toFixed(1).padStart(7)} KB  ${file}`);
console.log(`${(total / 1000).toFixed(1).padStart(7)} KB  of ${limit / 1000} at first, compressed`);
if (total > limit) {
  console.error('The first page is too heavy: load something later.');
  process.exit(1);
}
