import { queryClient } from '../api/query-client';
import { t } from '../messages/messages';
import { fits } from '../shell/palette-match';
import { type Kind, mayRead, type Resource, resourcesQuery } from './resource';

const kinds = ['apps', 'apis', 'upstreams', 'connections', 'secrets', 'policies'] as const satisfies Kind[];

/** Resources of a team by their names and titles: one function for each kind, as the palette asks for them. */
export const resourceFinders = kinds.map((kind) => ({
  scope: mayRead(kind),
  find: async (team: string, text: string) => {
    const all: Resource[] = await queryClient.fetchQuery(resourcesQuery(kind, team));
    return all
      .filter((one) => fits(`${one.name} ${titleOf(one)}`, text))
      .slice(0, 5)
      .map((one) => ({
        id: one.id,
        group: t(`resources.palette.${kind}`),
        label: titleOf(one) || one.name,
        detail: titleOf(one) ? one.name : undefined,
        href: `/teams/${encodeURIComponent(team)}/${kind}/${encodeURIComponent(one.name)}`,
      }));
  },
}));

function titleOf({ spec }: Resource): string {
  return 'title' in spec ? (spec.title ?? '') : '';
}
