/** Whether a range of addresses (CIDR, v4 or v6) covers another one. What is neither covers nothing. */
export function rangeCovers(outer: string, inner: string): boolean {
  const [a, b] = [parsed(outer), parsed(inner)];
  if (!a || !b || a.width !== b.width || a.length > b.length) return false;
  const rest = BigInt(a.width - a.length);
  return a.bits >> rest === b.bits >> rest;
}

interface Range {
  width: 32 | 128;
  bits: bigint;
  length: number;
}

function parsed(text: string): Range | undefined {
  const [address = '', length] = text.split('/');
  const width = address.includes(':') ? 128 : 32;
  const groups = width === 32 ? v4(address) : v6(address);
  if (!groups) return undefined;
  const size = width === 32 ? 8n : 16n;
  const bits = groups.reduce((sum, group) => (sum << size) | BigInt(group), 0n);
  return { width, bits, length: length === undefined ? width : Number(length) };
}

function v4(text: string): number[] | undefined {
  const parts = text.split('.').map(Number);
  return parts.length === 4 && parts.every((part) => part >= 0 && part <= 255) ? parts : undefined;
}

function v6(text: string): number[] | undefined {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const four = tail && v4(tail[2] ?? '');
  const [a = 0, b = 0, c = 0, d = 0] = four ?? [];
  const hex = four ? `${tail[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}` : text;
  const [head = [], end] = hex.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - (end?.length ?? 0);
  const all = end ? [...head, ...Array<string>(Math.max(0, missing)).fill('0'), ...end] : head;
  const groups = all.map((group) => Number.parseInt(group, 16));
  return groups.length === 8 && groups.every((group) => group >= 0 && group <= 0xffff) ? groups : undefined;
}
