import type { LinkProps } from '@tanstack/react-router';
import type { AuditEvent } from './queries';

const pages = {
  app: '/teams/$team/apps/$name',
  api: '/teams/$team/apis/$name',
  upstream: '/teams/$team/upstreams/$name',
  connection: '/teams/$team/connections/$name',
  secret: '/teams/$team/secrets/$name',
  policy: '/teams/$team/policies/$name',
} as const;

/** Where the thing is seen that an event of a team's trail is about; none where it has no page, or is gone by this event. */
export function targetLink(team: string, event: AuditEvent): LinkProps | undefined {
  const { kind, action, target, target_name: name } = event;
  if (action.endsWith('.delete')) return undefined;
  if (kind === 'token') return { to: '/teams/$team/tokens/$token', params: { team, token: target } };
  if (kind === 'team') return { to: '/teams/$team/settings', params: { team } };
  if (kind === 'membership') return { to: '/teams/$team/people', params: { team } };
  return kind in pages ? { to: pages[kind as keyof typeof pages], params: { team, name } } : undefined;
}
