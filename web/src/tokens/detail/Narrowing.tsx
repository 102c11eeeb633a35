import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type Schemas } from '../../api/client';
import { t } from '../../messages/messages';
import { Button } from '../../ui/Button';
import { Checkbox } from '../../ui/Checkbox';
import { Section } from '../../ui/Page';
import { ProblemNote, problemText } from '../../ui/States';
import { toast } from '../../ui/toast';
import { nameOf } from '../actions';
import type { Token, Usage } from '../queries';
import { comparison, narrowable, narrowingEdit, type Part } from './narrowing';

interface NarrowingProps {
  team: string;
  token: Token;
  usage: Usage;
  mayWrite: boolean;
}

/** Offers to take away what was not used. */
export function Narrowing({ team, token, usage, mayWrite }: NarrowingProps) {
  const client = useQueryClient();
  const { narrowing } = usage;
  const possible = narrowing ? narrowable(token, narrowing) : [];
  const [left, setLeft] = useState<Part[]>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const chosen = possible.filter((part) => !left.includes(part));

  const edit = (body: Schemas['EditToken'], version: number) =>
    call('patch', '/api/v1/teams/{team}/tokens/{id}', {
      path: { team, id: token.id },
      body,
      headers: { 'If-Match': `"${version}"` },
    });
  const refresh = () => client.invalidateQueries({ queryKey: ['tokens', team] });

  async function apply() {
    if (!narrowing) return;
    setBusy(true);
    setError(undefined);
    try {
      const after = await edit(narrowingEdit(token, narrowing, chosen), token.version);
      toast({
        title: t('tokens.narrow.done', { name: nameOf(token) }),
        text: t('tokens.narrow.done.text'),
        undo: () => void takeBack(after.version),
      });
      await refresh();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  }

  async function takeBack(version: number) {
    try {
      await edit({ scopes: token.scopes ?? [], restrictions: token.restrictions ?? {} }, version);
      toast({ title: t('tokens.narrow.undone', { name: nameOf(token) }) });
    } catch (caught) {
      toast({ ...problemText(caught), tone: 'refused' });
    }
    await refresh();
  }

  return (
    <Section title={t('tokens.narrow.title')} text={t('tokens.narrow.text')} className="max-w-4xl">
      {!narrowing || usage.calls == null ? (
        <p className="text-sm text-ink-faint">{t('tokens.narrow.unrecorded')}</p>
      ) : usage.calls - (usage.refused ?? 0) === 0 ? (
        <p className="text-sm text-ink-faint">{t('tokens.narrow.unused')}</p>
      ) : possible.length === 0 ? (
        <p className="text-sm text-ink-faint">{t('tokens.narrow.nothing')}</p>
      ) : (
        <>
          <div className="border-t">
            {possible.map((part) => {
              const { now, after } = comparison(token, narrowing)[part];
              return (
                <div
                  key={part}
                  className="grid gap-x-6 gap-y-1 border-b py-3 text-sm sm:grid-cols-[10rem_minmax(0,1fr)_minmax(0,1fr)]"
                >
                  <Checkbox
                    checked={!left.includes(part)}
                    disabled={!mayWrite}
                    onChange={(on) => setLeft(on ? left.filter((one) => one !== part) : [...left, part])}
                  >
                    <span className="text-sm">{t(`tokens.narrow.${part}`)}</span>
                  </Checkbox>
                  <Side title={t('tokens.narrow.now')} words={now} gone={(word) => !after.includes(word)} />
                  <Side title={t('tokens.narrow.then')} words={after} />
                </div>
              );
            })}
          </div>
          <ProblemNote error={error} className="mt-3" />
          {mayWrite && (
            <Button className="mt-3" busy={busy} disabled={chosen.length === 0} onClick={() => void apply()}>
              {t('tokens.narrow.apply')}
            </Button>
          )}
        </>
      )}
    </Section>
  );
}

function Side({ title, words, gone }: { title: string; words: string[]; gone?: (word: string) => boolean }) {
  return (
    <div className="min-w-0">
      <p className="text-xs text-ink-faint">{title}</p>
      <ul className="font-mono text-xs leading-5">
        {words.length === 0 && <li className="font-sans text-sm">{t('tokens.narrow.any')}</li>}
        {words.map((word) => (
          <li key={word} className="break-words">
            {gone?.(word) ? <del className="text-refused">{word}</del> : word}
          </li>
        ))}
      </ul>
    </div>
  );
}
