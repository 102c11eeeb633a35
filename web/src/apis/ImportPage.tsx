import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { FileUp } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { call, type Schemas } from '../api/client';
import { fieldErrors } from '../api/problem';
import { bytes } from '../format/numbers';
import { t } from '../messages/messages';
import { FormSection, Row } from '../resources/form';
import { putResource, resourcesQuery } from '../resources/resource';
import { useTeamName } from '../session/session';
import { useAfter } from '../shell/first-steps';
import { Button } from '../ui/Button';
import { Segments } from '../ui/Choices';
import { CodeArea } from '../ui/CodeArea';
import { Combobox } from '../ui/Combobox';
import { useDraft, useUnloadGuard } from '../ui/draft';
import { Field, Input } from '../ui/Field';
import { Page } from '../ui/Page';
import { ProblemNote } from '../ui/States';
import { toast } from '../ui/toast';
import { guesses, mostBytes, type ReadDocument, readDocument } from './document';
import { type Begins, ImportPreview } from './ImportPreview';

interface Typed {
  text: string;
  api: string;
  version: string;
  base_path: string;
  upstream: string | null;
  version_in: 'path' | 'header' | 'none';
  /** Names are guessed from the document until one is typed. */
  guessed: boolean;
}

const fields = ['api', 'version', 'base_path', 'upstream', 'version_in', 'document', 'name'];

export function ImportPage() {
  const team = useTeamName();
  const navigate = useNavigate();
  const after = useAfter(team);
  const client = useQueryClient();
  const { api: again } = useSearch({ from: '/inside/teams/$team/apis/-/import' });
  const upstreams = useQuery(resourcesQuery('upstreams', team));
  const apis = useQuery(resourcesQuery('apis', team));
  const known = apis.data?.find(({ name }) => name === again);
  const [typed, setTyped, discard] = useDraft<Typed>(`import/${team}/${again ?? ''}`, () => ({
    text: '',
    api: '',
    version: '',
    base_path: '',
    upstream: null,
    version_in: 'path',
    guessed: true,
  }));
  const set = (next: Partial<Typed>) => setTyped((before) => ({ ...before, ...next }));
  const [read, setRead] = useState<ReadDocument>();
  const [tooLarge, setTooLarge] = useState(false);
  const [preview, setPreview] = useState<{ result: Schemas['ImportedApi']; of: string }>();
  const [problem, setProblem] = useState<unknown>();
  const [begins, setBegins] = useState<Begins>({ access: 'open', lifecycle: 'draft' });
  const [busy, setBusy] = useState<'preview' | 'write'>();
  const file = useRef<HTMLInputElement>(null);
  useUnloadGuard(typed.text !== '');

  const { text, guessed } = typed;
  // biome-ignore lint/correctness/useExhaustiveDependencies: read anew only when the text changes
  useEffect(() => {
    if (text.trim() === '') return setRead(undefined);
    let over = false;
    const timer = setTimeout(async () => {
      const next = await readDocument(text, t('apis.import.notObject'));
      if (over) return;
      setRead(next);
      if (!('document' in next) || !guessed) return;
      set(
        known
          ? {
              api: known.spec.api,
              version: known.spec.version,
              base_path: known.spec.base_path,
              upstream: known.spec.upstream,
              version_in: known.spec.version_in ?? 'path',
            }
          : { ...guesses(next.document), upstream: typed.upstream ?? onlyOne(upstreams.data) },
      );
    }, 250);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [text, known?.id]);

  const document = read && 'document' in read ? read.document : undefined;
  const ready = Boolean(document && typed.api && typed.version && typed.base_path && typed.upstream);
  const form = JSON.stringify([
    typed.api,
    typed.version,
    typed.base_path,
    typed.upstream,
    typed.version_in,
    text,
  ]);
  const stale = preview !== undefined && preview.of !== form;
  const { byField, others } = fieldErrors(problem, fields);
  const existing = apis.data?.find(({ name }) => name === preview?.result.name);

  const body = document &&
    typed.upstream !== null && {
      api: typed.api,
      version: typed.version,
      base_path: typed.base_path,
      upstream: typed.upstream,
      version_in: typed.version_in,
      document: document as Schemas['ImportApi']['document'],
    };

  async function look() {
    if (!ready || !body || busy) return;
    setBusy('preview');
    setProblem(undefined);
    try {
      const result = await call('post', '/api/v1/teams/{team}/apis/import', {
        path: { team },
        body: { ...body, dry_run: true },
      });
      await client.invalidateQueries({ queryKey: ['apis', team] });
      setPreview({ result, of: form });
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(undefined);
    }
  }

  async function write() {
    if (!preview || stale || !body || busy) return;
    setBusy('write');
    setProblem(undefined);
    const { name, spec } = preview.result;
    try {
      // What is new is written as it was seen, but for who may call it and whether it is served, which is chosen here:
      // the import itself would publish it at once.
      if (existing)
        await call('post', '/api/v1/teams/{team}/apis/import', {
          path: { team },
          body: { ...body, dry_run: false },
          headers: { 'If-Match': `"${existing.version}"` },
        });
      else await putResource('apis', team, name, { ...spec, ...begins }, {});
      discard();
      toast({ title: t('apis.import.done', { name }) });
      void navigate(after({ to: '/teams/$team/apis/$name', params: { team, name } }));
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(undefined);
      await client.invalidateQueries({ queryKey: ['apis', team] });
    }
  }

  async function take(chosen: File | undefined) {
    if (!chosen) return;
    setTooLarge(chosen.size > mostBytes);
    if (chosen.size <= mostBytes) set({ text: await chosen.text(), guessed: true });
  }

  const name = (key: 'api' | 'version' | 'base_path', placeholder: string) => (
    <Field
      label={t(key === 'base_path' ? 'apis.basePath' : `apis.${key}`)}
      errors={byField[key]}
      hint={key === 'base_path' ? t('apis.basePath.hint') : undefined}
    >
      <Input
        mono
        placeholder={placeholder}
        value={typed[key]}
        onChange={(event) => set({ [key]: event.target.value.trim(), guessed: false })}
      />
    </Field>
  );
  const marks = read && 'problem' in read && read.at ? [read.at] : [];

  return (
    <Page
      title={t('apis.import.title')}
      text={t('apis.import.text')}
      above={{ label: t('apis.title'), link: { to: '/teams/$team/apis', params: { team } } }}
    >
      <FormSection title={t('apis.import.document')} text={t('apis.import.document.text')}>
        <div>
          <input
            ref={file}
            type="file"
            accept=".json,.yaml,.yml,application/json"
            hidden
            onChange={(event) => {
              void take(event.target.files?.[0]);
              event.target.value = '';
            }}
          />
          <Button icon={<FileUp className="size-4" aria-hidden />} onClick={() => file.current?.click()}>
            {t('apis.import.file')}
          </Button>
        </div>
        <Field
          label={t('apis.import.paste')}
          errors={[
            ...(tooLarge ? [t('apis.import.tooLarge', { most: bytes(mostBytes) })] : []),
            ...(read && 'problem' in read ? [read.problem] : []),
            ...(byField.document ?? []),
          ]}
        >
          {/* biome-ignore lint/a11y/noStaticElementInteractions: a file may be dropped on it, and chosen otherwise */}
          <div
            className="max-h-96 overflow-y-auto rounded-md"
            onDragOver={(event) => event.preventDefault()}
            onDrop={(event) => {
              event.preventDefault();
              void take(event.dataTransfer.files[0]);
            }}
          >
            <CodeArea
              value={typed.text}
              onChange={(next) => set({ text: next })}
              marks={marks}
              minLines={10}
            />
          </div>
        </Field>
        {document && (
          <p className="text-sm text-allowed">
            {t('apis.import.read', {
              title: String(document.info?.title ?? ''),
              version: String(document.info?.version ?? ''),
              count: Object.keys(document.paths ?? {}).length,
            })}
          </p>
        )}
      </FormSection>
      <FormSection title={t('apis.import.where')}>
        <Row>
          {name('api', 'orders')}
          {name('version', 'v1')}
        </Row>
        {name('base_path', '/orders')}
        <Field label={t('apis.versionIn')} errors={byField.version_in}>
          <Segments
            label={t('apis.versionIn')}
            value={typed.version_in}
            onChange={(version_in) => set({ version_in })}
            choices={(['path', 'header', 'none'] as const).map((value) => ({
              value,
              label: t(`apis.versionIn.${value}`),
            }))}
          />
        </Field>
        <Field label={t('apis.upstream')} errors={byField.upstream}>
          <Combobox
            className="max-w-72"
            choices={(upstreams.data ?? []).map((one) => ({
              value: one.name,
              label: one.name,
              hint: one.spec.description || one.spec.targets[0]?.url,
            }))}
            value={typed.upstream}
            onChange={(upstream) => set({ upstream })}
          />
        </Field>
        <div>
          <Button
            tone={preview && !stale ? 'plain' : 'primary'}
            busy={busy === 'preview'}
            disabled={!ready}
            onClick={() => void look()}
          >
            {t('apis.import.preview')}
          </Button>
        </div>
        {problem !== undefined && !preview && (others.length > 0 || Object.keys(byField).length === 0) && (
          <ProblemNote error={problem} />
        )}
      </FormSection>
      {preview && (
        <ImportPreview
          result={preview.result}
          existing={existing}
          stale={stale}
          writing={busy === 'write'}
          begins={begins}
          onBegins={setBegins}
          problem={problem}
          onWrite={() => void write()}
        />
      )}
    </Page>
  );
}

function onlyOne(upstreams: { name: string }[] | undefined): string | null {
  return upstreams?.length === 1 ? (upstreams[0]?.name ?? null) : null;
}
