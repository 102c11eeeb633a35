import { account } from './en/account';
import { analytics } from './en/analytics';
import { apis } from './en/apis';
import { apps } from './en/apps';
import { audit } from './en/audit';
import { calls } from './en/calls';
import { connections } from './en/connections';
import { inputs } from './en/inputs';
import { operator } from './en/operator';
import { overview } from './en/overview';
import { people } from './en/people';
import { picks } from './en/picks';
import { places } from './en/places';
import { policies } from './en/policies';
import { resources } from './en/resources';
import { session } from './en/session';
import { settings } from './en/settings';
import { shell } from './en/shell';
import { subscriptions } from './en/subscriptions';
import { tokens } from './en/tokens';
import { ui } from './en/ui';
import { upstreams } from './en/upstreams';

/** Every text, as ICU messages by id. One file for each noun; ids begin with the noun. */
export const en = {
  ...analytics,
  ...apis,
  ...apps,
  ...calls,
  ...connections,
  ...inputs,
  ...overview,
  ...picks,
  ...places,
  ...policies,
  ...resources,
  ...account,
  ...audit,
  ...operator,
  ...people,
  ...session,
  ...settings,
  ...shell,
  ...subscriptions,
  ...tokens,
  ...ui,
  ...upstreams,
};

export type MessageId = keyof typeof en;
