import { TriangleAlert } from 'lucide-react';
import type { Schemas } from '../api/client';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { changesBetween, pathText } from '../resources/changes';
import { FormSection } from '../resources/form';
import { tidy } from '../resources/json';
import type { Api } from '../resources/resource';
import { Badge } from '../ui/Badge';
import { Button } from '../ui/Button';
import { ChoiceCards } from '../ui/Choices';
import { Mono } from '../ui/Code';
import { cx } from '../ui/cx';
import { Disclosure } from '../ui/Disclosure';
import { Field } from '../ui/Field';
import { ProblemNote } from '../ui/States';
import type { RouteSpec } from './address';
import { RouteScopes } from './RoutesTable';
import { accesses } from './search';
import { Methods, PathText } from './words';

interface ImportPreviewProps {
  result: Schemas['ImportedApi'];
  /** The api of that name, which the import would change. */
  existing?: Api;
  /** The form was changed since. */
  stale: boolean;
  writing: boolean;
  begins: Begins;
  onBegins: (begins: Begins) => void;
  /** Why it was not written. */
  problem: unknown;
  onWrite: () => void;
}

/** How a new api begins. */
export interface Begins {
  access: (typeof accesses)[number];
  lifecycle: 'draft' | 'published';
}

/** What would come of an import: what changes, the routes and scopes, and what was left out. */
export function ImportPreview(props: ImportPreviewProps) {
  const { result, existing, stale, writing, begins, onBegins, problem, onWrite } = props;
  const routes = (result.spec.routes ?? []) as RouteSpec[];
  const scopes = Object.entries(result.spec.scopes ?? {});
  const { openapi: _, ...spec } = result.spec;
  const { openapi: __, ...before } = existing?.spec ?? {};
  const changes = existing ? changesBetween(tidy(before), tidy(spec)) : [];
  const name = (parts: React.ReactNode) => <Mono>{parts}</Mono>;
  return (
    <div className={cx('transition-opacity', stale && 'opacity-50')}>
      <FormSection
        title={t('apis.import.previewText')}
        text={
          existing ? (
            <T id="apis.import.exists" values={{ name: result.name, version: existing.version, c: name }} />
          ) : (
            <T id="apis.import.isNew" values={{ name: result.name, c: name }} />
          )
        }
      >
        {existing && (
          <ul className="text-sm">
            {changes.length === 0 && <li className="text-ink-faint">{t('apis.import.same')}</li>}
            {changes.map((change) => (
              <li key={pathText(change.path)} className="flex items-center gap-3 border-b py-1.5">
                <Badge
                  tone={
                    change.before === undefined
                      ? 'allowed'
                      : change.after === undefined
                        ? 'refused'
                        : 'neutral'
                  }
                >
                  {t(
                    change.before === undefined
                      ? 'apis.import.added'
                      : change.after === undefined
                        ? 'apis.import.removed'
                        : 'apis.import.changed',
                  )}
                </Badge>
                <span className="truncate font-mono text-xs">{pathText(change.path)}</span>
              </li>
            ))}
          </ul>
        )}
        {result.warnings.length > 0 && (
          <div className="rounded-md bg-warning-soft px-3 py-2.5 text-sm">
            <p className="mb-1 flex items-center gap-2 font-medium text-warning">
              <TriangleAlert className="size-4" aria-hidden />
              {t('apis.import.warnings', { count: result.warnings.length })}
            </p>
            <ul className="flex flex-col gap-1.5">
              {result.warnings.map((warning) => (
                <li key={`${warning.at} ${warning.text}`} className="text-ink-soft">
                  {warning.text} <Mono className="break-all text-ink-faint">{warning.at}</Mono>
                </li>
              ))}
            </ul>
          </div>
        )}
        <Disclosure title={t('apis.routes.count', { count: routes.length })} startOpen={!existing}>
          <ul className="pb-2 text-sm">
            {routes.map((route) => (
              <li
                key={route.name}
                className="grid items-center gap-x-3 border-b py-1.5 sm:grid-cols-[minmax(0,1fr)_12rem]"
              >
                <span className="flex min-w-0 items-center gap-2">
                  <Methods methods={route.methods} />
                  <span className="truncate">
                    <PathText path={route.path} />
                  </span>
                </span>
                <RouteScopes route={route} />
              </li>
            ))}
          </ul>
        </Disclosure>
        <Disclosure title={t('apis.import.scopes', { count: scopes.length })} startOpen={!existing}>
          <ul className="pb-2 text-sm">
            {scopes.map(([scope, text]) => (
              <li key={scope} className="flex flex-wrap gap-x-3 border-b py-1.5">
                <span className="w-44 font-mono text-xs leading-5">{scope}</span>
                <span className="text-ink-soft">{text}</span>
              </li>
            ))}
          </ul>
        </Disclosure>
        {!existing && (
          <>
            <Field label={t('apis.section.access')}>
              <ChoiceCards
                label={t('apis.section.access')}
                value={begins.access}
                onChange={(access) => onBegins({ ...begins, access })}
                choices={accesses.map((value) => ({
                  value,
                  label: t(`apis.access.${value}`),
                  text: t(`apis.access.${value}.text`),
                }))}
                className="sm:grid-cols-3"
              />
            </Field>
            <Field label={t('apis.lifecycle')}>
              <ChoiceCards
                label={t('apis.lifecycle')}
                value={begins.lifecycle}
                onChange={(lifecycle) => onBegins({ ...begins, lifecycle })}
                choices={(['draft', 'published'] as const).map((value) => ({
                  value,
                  label: t(`apis.lifecycle.${value}`),
                  text: t(`apis.lifecycle.${value}.text`),
                }))}
                className="sm:grid-cols-2"
              />
            </Field>
          </>
        )}
        <ProblemNote error={problem} />
        {stale && <p className="text-sm text-warning">{t('apis.import.stale')}</p>}
        <div>
          <Button tone="primary" busy={writing} disabled={stale} onClick={onWrite}>
            {existing
              ? t('apis.import.update', { name: result.name })
              : t('apis.import.write', { count: routes.length })}
          </Button>
        </div>
      </FormSection>
    </div>
  );
}
