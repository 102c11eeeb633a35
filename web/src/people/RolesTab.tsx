import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Schemas } from '../api/client';
import { t } from '../messages/messages';
import { type Policy, resourcesQuery } from '../resources/resource';
import { roleName } from '../session/roles';
import { useCan, useMembership, useTeamName } from '../session/session';
import { Badge } from '../ui/Badge';
import { Code } from '../ui/Code';
import { Section } from '../ui/Page';
import { Bone, Loaded } from '../ui/States';
import { type Grant, grant, permitsOf } from './cedar-roles';
import { rolesQuery, teamRolesQuery } from './queries';

/** What each role may do: as a table to read, and as the text that decides. */
export function RolesTab() {
  const team = useTeamName();
  const can = useCan();
  const roles = useQuery(rolesQuery);
  const known = useQuery(teamRolesQuery(team));
  const policies = useQuery({ ...resourcesQuery('policies', team), enabled: can('keyward:policies.read') });
  const own = (policies.data ?? []).filter(({ spec }) => spec.applies_to === 'people' && !spec.disabled);
  // Until they are here, the table would say that roles of the team may do nothing.
  if (policies.isLoading) return <Bone className="h-96 w-full" />;
  return (
    <Loaded query={roles} skeleton={<Bone className="h-96 w-full" />}>
      {(data) => (
        <>
          <Matrix
            rights={data.rights}
            roles={known.data ?? data.roles}
            cedar={[data.cedar, ...own.map(({ spec }) => spec.cedar)].join('\n')}
          />
          {own.length > 0 && <OwnPolicies team={team} policies={own} />}
          <Section title={t('people.cedar')} text={t('people.cedar.text')} className="mt-8 max-w-4xl">
            <Code text={data.cedar.trim()} what={t('people.cedar.what')} className="[&_pre]:max-h-[28rem]" />
          </Section>
        </>
      )}
    </Loaded>
  );
}

interface MatrixProps {
  rights: readonly Schemas['RightBody'][];
  roles: readonly string[];
  cedar: string;
}

function Matrix({ rights, roles, cedar }: MatrixProps) {
  const membership = useMembership();
  const permits = permitsOf(cedar);
  const nouns = [...new Set(rights.map(({ action }) => action.split('.')[0] ?? action))];
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
      tabIndex={0}
      aria-label={t('people.matrix')}
      className="relative max-w-6xl overflow-x-auto"
    >
      <table className="w-full min-w-[44rem] table-fixed sm:min-w-[52rem] border-separate border-spacing-0 text-sm">
        <thead>
          <tr>
            <th scope="col" className="sticky start-0 z-10 w-32 border-b bg-surface py-2 pe-3 sm:w-72">
              <span className="sr-only">{t('people.matrix.right')}</span>
            </th>
            {roles.map((role) => (
              <th key={role} scope="col" className="border-b px-3 py-2 font-medium whitespace-nowrap">
                {roleName(role)}
                {membership?.role === role && (
                  <span className="ms-2">
                    <Badge tone="accent">{t('people.you')}</Badge>
                  </span>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {nouns.map((noun) => {
            const actions = rights.filter(({ action }) => action.split('.')[0] === noun);
            return (
              <tr key={noun} className="group hover:bg-hover">
                <th
                  scope="row"
                  className="sticky start-0 z-10 border-b bg-surface py-1.5 ps-1 pe-3 align-top font-normal group-hover:bg-hover"
                >
                  <NounName noun={noun} rights={actions} />
                </th>
                {roles.map((role) => (
                  <td key={role} className="border-b px-3 py-1.5 align-top">
                    <Cell
                      grants={actions.map(({ action }) => [action, grant(permits, role, action)] as const)}
                    />
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

const nounNames = [
  'teams',
  'people',
  'apps',
  'apis',
  'upstreams',
  'connections',
  'secrets',
  'subscriptions',
  'policies',
  'tokens',
  'calls',
  'captures',
  'audit',
  'apply',
  'metrics',
] as const;

function NounName({ noun, rights }: { noun: string; rights: readonly Schemas['RightBody'][] }) {
  const known = nounNames.find((one) => one === noun);
  return (
    <>
      <span className="font-medium">{known ? t(`people.noun.${known}`) : noun}</span>
      <span className="block text-xs text-ink-faint max-sm:hidden">
        {sentence(rights.at(-1)?.description ?? '')}
      </span>
    </>
  );
}

const verbs = ['read', 'write'] as const;

function Cell({ grants }: { grants: readonly (readonly [string, Grant])[] }) {
  const given = grants.filter(([, one]) => one !== 'no');
  if (given.length === 0)
    return (
      <span className="text-ink-faint">
        <span aria-hidden>–</span>
        <span className="sr-only">{t('people.grant.no')}</span>
      </span>
    );
  const words = given.map(([action, one]) => {
    const verb = verbs.find((known) => action.endsWith(`.${known}`)) ?? 'do';
    const did = t(`people.verb.${verb}`);
    return one === 'yes' ? did : t(`people.grant.${one}`, { did });
  });
  return sentence(words.join(', '));
}

/** With a capital at its beginning, and without the quotation marks of code. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).replaceAll('`', '');
}

function OwnPolicies({ team, policies }: { team: string; policies: readonly Policy[] }) {
  return (
    <Section title={t('people.policies')} text={t('people.policies.text')} className="mt-8 max-w-4xl">
      <ul className="rounded-md border">
        {policies.map(({ name, spec }) => (
          <li key={name} className="border-t px-3 py-2 text-sm first:border-t-0">
            <Link
              to="/teams/$team/policies/$name"
              params={{ team, name }}
              className="rounded-sm font-medium hover:underline"
            >
              {name}
            </Link>
            {spec.description && <span className="ms-3 text-ink-soft">{spec.description}</span>}
          </li>
        ))}
      </ul>
    </Section>
  );
}
