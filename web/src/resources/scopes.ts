import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { t } from '../messages/messages';
import { useTeamName } from '../session/session';
import type { Choice } from '../ui/Select';
import { type Api, resourcesQuery } from './resource';

/** The scopes that the apis of a team define, each with what it allows, and the wildcards over them. */
export function scopeChoices(apis: readonly Api[]): Choice<string>[] {
  const texts = new Map<string, string>();
  const resources = new Set<string>();
  for (const { name, spec } of apis) {
    for (const [scope, text] of Object.entries(spec.scopes ?? {})) {
      resources.add(scope.slice(0, scope.indexOf(':')));
      if (!texts.has(scope))
        texts.set(scope, text ? t('apps.scopes.of', { text, api: spec.title || name }) : name);
    }
  }
  const wildcards = [...resources].map((resource) => ({
    value: `${resource}:*`,
    label: `${resource}:*`,
    hint: t('apps.scopes.wildcard', { resource }),
  }));
  return [...[...texts].map(([scope, hint]) => ({ value: scope, label: scope, hint })), ...wildcards].sort(
    (a, b) => a.value.localeCompare(b.value),
  );
}

export function useScopeChoices(): Choice<string>[] {
  const { data } = useQuery(resourcesQuery('apis', useTeamName()));
  return useMemo(() => scopeChoices(data ?? []), [data]);
}
