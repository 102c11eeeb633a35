import { useQueries, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Schemas } from '../api/client';
import { apisQuery } from '../apis/queries';
import { appsQuery } from '../apps/queries';
import { and } from '../format/numbers';
import { useCan } from '../session/session';
import { namesQuery, tokenNameQuery } from './queries';

export interface Names {
  /** The title of an app by its id or its name. */
  app: (id: string) => string;
  /** The name of a token by its id, or the id where it has none. */
  token: (id: string) => string;
  apps: { value: string; label: string }[];
  tokens: { value: string; label: string; hint?: string }[];
  apis: { value: string; label: string }[];
  /** The routes of an api, or of all. */
  routes: (api?: string) => { value: string; label: string; hint?: string }[];
}

/** So many tokens are asked for by one at most. */
const most = 50;

/** What things in calls are called, as far as the person may know; the tokens in `seen` among them. */
export function useNames(team: string, seen: readonly string[] = []): Names {
  const can = useCan();
  const known = useQuery(namesQuery(team)).data;
  const mayRead = can('keyward:tokens.read');
  const unknown = known && mayRead ? seen.filter((id) => known.names[id] === undefined).slice(0, most) : [];
  const others = useQueries({
    queries: unknown.map((id) => tokenNameQuery(team, id)),
    combine: (results) =>
      Object.fromEntries(unknown.flatMap((id, at) => (results[at]?.data ? [[id, results[at].data]] : []))),
  });
  const apps = useQuery({ ...appsQuery(team), enabled: can('keyward:apps.read') }).data;
  const apis = useQuery({ ...apisQuery(team), enabled: can('keyward:apis.read') }).data;
  return useMemo(() => {
    const names = known?.names ?? {};
    const titles = new Map<string, string>(Object.entries({ ...names, ...others }));
    for (const app of apps ?? []) {
      titles.set(app.id, app.spec.title || app.name);
      titles.set(app.name, app.spec.title || app.name);
    }
    const title = (id: string) => titles.get(id) ?? id;
    return {
      app: title,
      token: title,
      apps: (apps ?? []).map((app) => ({ value: app.name, label: app.spec.title || app.name })),
      tokens: (known?.tokens ?? []).map(({ id, app }) => ({
        value: id,
        label: title(id),
        hint: app && title(app),
      })),
      apis: (apis ?? []).map(({ name }) => ({ value: name, label: name })),
      routes: (of) => routesOf((apis ?? []).filter(({ name }) => of === undefined || name === of)),
    };
  }, [known, others, apps, apis]);
}

/** Routes by their names. Where several apis have one of the name, it is said of which. */
function routesOf(apis: readonly Schemas['Api'][]): { value: string; label: string; hint?: string }[] {
  const found = new Map<string, { apis: string[]; what: string }>();
  for (const { name, spec } of apis) {
    for (const route of spec.routes ?? []) {
      const what = `${name} · ${route.methods.join(' ')} ${route.path}`;
      const before = found.get(route.name);
      if (before) before.apis.push(name);
      else found.set(route.name, { apis: [name], what });
    }
  }
  return [...found].map(([name, { apis: of, what }]) => ({
    value: name,
    label: name,
    hint: of.length > 1 ? and(of) : what,
  }));
}
