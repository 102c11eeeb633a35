/** Where to go after signing in: a page of our own, or the start page. */
export function safeNext(next: unknown): string {
  if (typeof next !== 'string' || !next.startsWith('/')) return '/';
  const url = new URL(next, 'http://keyward.invalid');
  if (url.origin !== 'http://keyward.invalid' || url.pathname.startsWith('//')) return '/';
  return /^\/(sign-in|setup|invitation|reset)(\/|$)/.test(url.pathname)
    ? '/'
    : `${url.pathname}${url.search}${url.hash}`;
}
