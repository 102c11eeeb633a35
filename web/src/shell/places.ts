import {
  Building2,
  History,
  KeySquare,
  type LucideIcon,
  Server,
  ShieldAlert,
  UserRound,
  Users,
} from 'lucide-react';
import type { MessageId } from '../messages/messages';

interface Place {
  label: MessageId;
  icon: LucideIcon;
  to:
    | '/account'
    | '/installation'
    | '/installation/teams'
    | '/installation/users'
    | '/installation/keys'
    | '/installation/security'
    | '/installation/audit';
  /** For whoever runs the installation. */
  operator?: boolean;
}

/** Pages of no team. */
export const places: readonly { label: MessageId; items: readonly Place[] }[] = [
  {
    label: 'places.you',
    items: [{ label: 'places.account', icon: UserRound, to: '/account' }],
  },
  {
    label: 'places.installation',
    items: [
      { label: 'places.installation.overview', icon: Server, to: '/installation', operator: true },
      { label: 'places.installation.teams', icon: Building2, to: '/installation/teams', operator: true },
      { label: 'places.installation.users', icon: Users, to: '/installation/users', operator: true },
      { label: 'places.installation.keys', icon: KeySquare, to: '/installation/keys', operator: true },
      {
        label: 'places.installation.security',
        icon: ShieldAlert,
        to: '/installation/security',
        operator: true,
      },
      { label: 'places.installation.audit', icon: History, to: '/installation/audit', operator: true },
    ],
  },
];
