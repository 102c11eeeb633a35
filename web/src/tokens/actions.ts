import { useQueryClient } from '@tanstack/react-query';
import { call } from '../api/client';
import { t } from '../messages/messages';
import { problemText } from '../ui/States';
import { toast } from '../ui/toast';
import type { Token } from './queries';

export function nameOf(token: Pick<Token, 'id' | 'name'>): string {
  return token.name || token.id;
}

/** What the token begins and ends with. */
export function maskedToken(token: Pick<Token, 'prefix' | 'last_four'>): string {
  const beginning = token.prefix ? `${token.prefix}_` : '';
  return `${beginning}…${token.last_four}`;
}

export function isAlive(token: Pick<Token, 'status'>): boolean {
  return token.status !== 'revoked' && token.status !== 'expired';
}

/** Runs for each, a few at a time. Says which failed. */
export async function forEachToken(
  tokens: readonly Token[],
  run: (token: Token) => Promise<unknown>,
): Promise<{ done: Token[]; failed: { token: Token; error: unknown }[] }> {
  const done: Token[] = [];
  const failed: { token: Token; error: unknown }[] = [];
  const waiting = [...tokens];
  const worker = async () => {
    for (let token = waiting.shift(); token; token = waiting.shift()) {
      try {
        await run(token);
        done.push(token);
      } catch (error) {
        failed.push({ token, error });
      }
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  return { done, failed };
}

/** Changes that can be taken back, and so are made without asking. */
export function useTokenActions(team: string) {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ['tokens', team] });
  const path = (token: Token) => ({ team, id: token.id });

  const enableAll = (tokens: readonly Token[]) =>
    forEachToken(tokens, (token) =>
      call('post', '/api/v1/teams/{team}/tokens/{id}/enable', { path: path(token), body: {} }),
    );

  async function disable(tokens: readonly Token[]): Promise<void> {
    const { done, failed } = await forEachToken(tokens, (token) =>
      call('post', '/api/v1/teams/{team}/tokens/{id}/disable', { path: path(token), body: {} }),
    );
    await refresh();
    const first = done[0];
    if (first) {
      toast({
        title:
          done.length === 1
            ? t('tokens.disabled', { name: nameOf(first) })
            : t('tokens.disabledMany', { count: done.length }),
        text: t('tokens.disabled.text'),
        undo: () => void enableAll(done).then(refresh),
      });
    }
    tellFailed(failed);
  }

  async function enable(token: Token): Promise<void> {
    const { done, failed } = await enableAll([token]);
    await refresh();
    if (done.length > 0) toast({ title: t('tokens.enabled', { name: nameOf(token) }) });
    tellFailed(failed);
  }

  async function approve(token: Token): Promise<void> {
    try {
      await call('post', '/api/v1/teams/{team}/tokens/{id}/approve', { path: path(token), body: {} });
      toast({ title: t('tokens.approved', { name: nameOf(token) }) });
    } catch (error) {
      toast({ ...problemText(error), tone: 'refused' });
    }
    await refresh();
  }

  return { disable, enable, approve, refresh };
}

function tellFailed(failed: { error: unknown }[]): void {
  const first = failed[0];
  if (!first) return;
  toast({
    title: t('tokens.bulk.failed', { failed: failed.length }),
    text: problemText(first.error).text,
    tone: 'refused',
  });
}
