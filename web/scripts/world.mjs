// Draws the map of the analytics page from Natural Earth's countries (public domain): src/analytics/world.json, by the
// two letters of each country, in the Equal Earth projection. `--check` compares only.
import { readFileSync, writeFileSync } from 'node:fs';
import { feature } from 'topojson-client';

const from = new URL(import.meta.resolve('world-atlas/countries-110m.json'));
const to = new URL('../src/analytics/world.json', import.meta.url);
const width = 800;
const scale = width / (2 * project(Math.PI, 0)[0]);
const north = project(0, rad(84))[1];
const south = project(0, rad(-56))[1];
const height = Math.round((north - south) * scale);

const atlas = JSON.parse(readFileSync(from, 'utf8'));
const countries = {};
let nameless = '';
for (const { id, geometry } of feature(atlas, atlas.objects.countries).features) {
  const code = id && new Intl.Locale(Intl.getCanonicalLocales(`und-${id}`)[0]).region;
  if (code === 'AQ') continue;
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  const path = polygons.flat().map(ring).join('');
  // A few regions have no code of ISO 3166-1; they are land all the same.
  if (code && /^[A-Z]{2}$/.test(code)) countries[code] = (countries[code] ?? '') + path;
  else nameless += path;
}
const sorted = Object.fromEntries(Object.entries(countries).sort(([a], [b]) => (a < b ? -1 : 1)));
const text = `${JSON.stringify({ width, height, countries: sorted, nameless }, null, 2)}\n`;

if (process.argv.includes('--check')) {
  if (readFileSync(to, 'utf8') !== text) {
    console.error('src/analytics/world.json differs from what scripts/world.mjs makes: run npm run world.');
    process.exit(1);
  }
} else writeFileSync(to, text);

/** A closed line in whole units, each point from the one before. */
function ring(points) {
  // What reaches over the date line is drawn in one piece, on the side of the east.
  const crosses = points.some(([east], index) => index > 0 && Math.abs(east - points[index - 1][0]) > 180);
  const line = [];
  let last;
  for (const [east, latitude] of points) {
    const longitude = crosses && east < 0 ? east + 360 : east;
    const [x, y] = project(rad(longitude), rad(latitude));
    const point = [Math.round(x * scale + width / 2), Math.round((north - y) * scale)];
    if (last && point[0] === last[0] && point[1] === last[1]) continue;
    line.push(last ? `l${point[0] - last[0]} ${point[1] - last[1]}` : `M${point[0]} ${point[1]}`);
    last = point;
  }
  return line.length < 4 ? '' : `${line.join('').replaceAll(' -', '-')}z`;
}

function rad(degrees) {
  return (degrees * Math.PI) / 180;
}

function project(longitude, latitude) {
  const [a1, a2, a3, a4] = [1.340264, -0.081106, 0.000893, 0.003796];
  const t = Math.asin((Math.sqrt(3) / 2) * Math.sin(latitude));
  const t2 = t * t;
  const t6 = t2 ** 3;
  const slope = 9 * a4 * t6 * t2 + 7 * a3 * t6 + 3 * a2 * t2 + a1;
  const x = (2 * Math.sqrt(3) * longitude * Math.cos(t)) / (3 * slope);
  const y = t * (a4 * t6 * t2 + a3 * t6 + a2 * t2 + a1);
  return [x, y];
}
