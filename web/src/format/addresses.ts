/** Whether text is an address or a range of addresses in CIDR form, v4 or v6. */
export function isAddressRange(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/');
  if (rest.length > 0) return false;
  const most = isV4(address) ? 32 : isV6(address) ? 128 : 0;
  if (most === 0) return false;
  return length === undefined || (/^(0|[1-9]\d{0,2})$/.test(length) && Number(length) <= most);
}

function isV4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isV6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2 || text.includes(':::')) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const width = groups.length + (last.includes('.') ? 1 : 0);
  const fits = halves.length === 2 ? width <= 7 : width === 8;
  return (
    fits &&
    groups.every((group, index) =>
      index === groups.length - 1 && group.includes('.') ? isV4(group) : /^[0-9a-f]{1,4}$/i.test(group),
    )
  );
}

/** Whether text is a browser origin that a token may be held to: `https://shop.example`, `https://*.shop.example`. */
export function isOriginPattern(text: string): boolean {
  return /^https?:\/\/(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:\d{1,5})?$/i.test(
    text,
  );
}
