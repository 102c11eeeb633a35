import {
  AppWindow,
  Braces,
  Cable,
  ChartLine,
  Gauge,
  Handshake,
  History,
  KeyRound,
  ListTree,
  Lock,
  type LucideIcon,
  Network,
  Scale,
  Settings,
  Users,
} from 'lucide-react';
import type { MessageId } from '../messages/messages';

export interface Destination {
  label: MessageId;
  icon: LucideIcon;
  /** The path within a team. */
  to:
    | '/teams/$team/overview'
    | '/teams/$team/calls'
    | '/teams/$team/analytics'
    | '/teams/$team/tokens'
    | '/teams/$team/apps'
    | '/teams/$team/subscriptions'
    | '/teams/$team/policies'
    | '/teams/$team/apis'
    | '/teams/$team/upstreams'
    | '/teams/$team/connections'
    | '/teams/$team/secrets'
    | '/teams/$team/people'
    | '/teams/$team/audit'
    | '/teams/$team/settings';
  /** The second key after `g`. */
  key: string;
  /** What one must be allowed to do for it to be of use. */
  scope?: string;
}

/** The left navigation, the palette and the `g …` shortcuts are made from this. */
export const navigation: readonly { label?: MessageId; items: readonly Destination[] }[] = [
  {
    items: [{ label: 'shell.nav.overview', icon: Gauge, to: '/teams/$team/overview', key: 'o' }],
  },
  {
    label: 'shell.nav.traffic',
    items: [
      {
        label: 'shell.nav.calls',
        icon: ListTree,
        to: '/teams/$team/calls',
        key: 'c',
        scope: 'keyward:calls.read',
      },
      {
        label: 'shell.nav.analytics',
        icon: ChartLine,
        to: '/teams/$team/analytics',
        key: 'a',
        scope: 'keyward:calls.read',
      },
    ],
  },
  {
    label: 'shell.nav.access',
    items: [
      {
        label: 'shell.nav.tokens',
        icon: KeyRound,
        to: '/teams/$team/tokens',
        key: 't',
        scope: 'keyward:tokens.read',
      },
      {
        label: 'shell.nav.apps',
        icon: AppWindow,
        to: '/teams/$team/apps',
        key: 'p',
        scope: 'keyward:apps.read',
      },
      {
        label: 'shell.nav.subscriptions',
        icon: Handshake,
        to: '/teams/$team/subscriptions',
        key: 'b',
        scope: 'keyward:subscriptions.read',
      },
      {
        label: 'shell.nav.policies',
        icon: Scale,
        to: '/teams/$team/policies',
        key: 'y',
        scope: 'keyward:policies.read',
      },
    ],
  },
  {
    label: 'shell.nav.publishing',
    items: [
      {
        label: 'shell.nav.apis',
        icon: Braces,
        to: '/teams/$team/apis',
        key: 'i',
        scope: 'keyward:apis.read',
      },
      {
        label: 'shell.nav.upstreams',
        icon: Network,
        to: '/teams/$team/upstreams',
        key: 'u',
        scope: 'keyward:upstreams.read',
      },
      {
        label: 'shell.nav.connections',
        icon: Cable,
        to: '/teams/$team/connections',
        key: 'n',
        scope: 'keyward:connections.read',
      },
      {
        label: 'shell.nav.secrets',
        icon: Lock,
        to: '/teams/$team/secrets',
        key: 'e',
        scope: 'keyward:secrets.read',
      },
    ],
  },
  {
    label: 'places.team',
    items: [
      {
        label: 'places.people',
        icon: Users,
        to: '/teams/$team/people',
        key: 'm',
        scope: 'keyward:people.read',
      },
      {
        label: 'places.audit',
        icon: History,
        to: '/teams/$team/audit',
        key: 'd',
        scope: 'keyward:audit.read',
      },
      {
        label: 'places.settings',
        icon: Settings,
        to: '/teams/$team/settings',
        key: 's',
        scope: 'keyward:teams.read',
      },
    ],
  },
];
