import type { FieldError } from '../api/problem';
import type { Mark } from '../ui/CodeArea';

export type AppliesTo = 'calls' | 'people';

/** The place that an error of Cedar text names. */
export function markOf({ problem }: Pick<FieldError, 'problem'>): Mark | undefined {
  const found = /\bline (\d+), column (\d+)/.exec(problem);
  return found ? { line: Number(found[1]), column: Number(found[2]) } : undefined;
}

/** What policies may refer to. These are words of Cedar and of Keyward, not of a language that people speak. */
export const vocabulary: Record<
  AppliesTo,
  { principal: string[]; action: string[]; resource: string[]; context: string[] }
> = {
  calls: {
    principal: [
      'Keyward::App::"shop"',
      'principal.token',
      'principal.scopes',
      'principal.labels',
      'principal.app_labels',
    ],
    action: ['Keyward::Action::"call"'],
    resource: ['Keyward::Api::"orders"', 'Keyward::Api::"orders.v1"', 'Keyward::Route::"orders.v1.list"'],
    context: [
      'context.method',
      'context.path',
      'context.api',
      'context.version',
      'context.team',
      'context.address',
      'context.scopes',
      'context.hour',
      'context.weekday',
      'context.client_certificate',
    ],
  },
  people: {
    principal: ['Keyward::User::"…"', 'Keyward::Role::"developer"', 'principal.email', 'principal.apps'],
    action: ['Keyward::Action::"tokens.write"', 'Keyward::Action::"apis.read"'],
    resource: ['Keyward::Team::"shop"', 'Keyward::App::"…"'],
    context: ['context.address', 'context.second_factor', 'context.hour', 'context.weekday'],
  },
};

interface Example {
  label: 'hours' | 'address' | 'label' | 'secondFactor' | 'role';
  cedar: string;
}

export const examples: Record<AppliesTo, readonly Example[]> = {
  calls: [
    {
      label: 'hours',
      cedar: `@advice("Nothing is deleted at night.")
forbid (principal, action, resource in Keyward::Api::"orders")
when {
  context.method == "DELETE" &&
  (context.hour < 6 || context.hour >= 18)
};
`,
    },
    {
      label: 'address',
      cedar: `@advice("Call from your own network.")
forbid (principal == Keyward::App::"partner", action, resource)
unless { context.address.isInRange(ip("203.0.113.0/24")) };
`,
    },
    {
      label: 'label',
      cedar: `@advice("Apps on trial may only read.")
forbid (principal, action, resource)
when {
  principal.app_labels.contains("plan=trial") &&
  context.method != "GET"
};
`,
    },
  ],
  people: [
    {
      label: 'secondFactor',
      cedar: `forbid (principal, action == Keyward::Action::"secrets.write", resource)
unless { context.second_factor };
`,
    },
    {
      label: 'role',
      cedar: `permit (
  principal in Keyward::Role::"developer",
  action == Keyward::Action::"policies.read",
  resource
);
`,
    },
  ],
};
