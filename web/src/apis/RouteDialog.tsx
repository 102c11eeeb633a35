import { t } from '../messages/messages';
import { T } from '../messages/T';
import { FieldAt, NumberAt, PartAt, Row, TextAt, useAt } from '../resources/form';
import { TimeoutFields } from '../resources/TimeoutFields';
import { Button } from '../ui/Button';
import { Checkbox } from '../ui/Checkbox';
import { Segments } from '../ui/Choices';
import { Mono } from '../ui/Code';
import { Dialog } from '../ui/Dialog';
import { TagsInput } from '../ui/TagsInput';
import { type RouteSpec, scopesOf } from './address';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

interface RouteDialogProps {
  index: number;
  route: RouteSpec;
  isNew: boolean;
  onDone: () => void;
  onCancel: () => void;
}

/** One route of the api that is edited. It is written when the api is saved. */
export function RouteDialog({ index, route, isNew, onDone, onCancel }: RouteDialogProps) {
  const path = `routes[${index}]`;
  const [, setMethods] = useAt<string[]>(`${path}.methods`);
  return (
    <Dialog
      open
      onClose={onCancel}
      mustAnswer
      width="md"
      title={isNew ? t('apis.route.new') : t('apis.route.edit', { name: route.name })}
      actions={
        <>
          <Button onClick={onCancel}>{t('ui.cancel')}</Button>
          <Button tone="primary" onClick={onDone} disabled={route.name === '' || route.methods.length === 0}>
            {t('apis.route.done')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <FieldAt path={`${path}.methods`} label={t('apis.route.methods')}>
          <fieldset
            aria-label={t('apis.route.methods')}
            className="flex flex-wrap gap-x-4 gap-y-1.5 font-mono text-sm"
          >
            {methods.map((method) => (
              <Checkbox
                key={method}
                checked={route.methods.includes(method)}
                onChange={(on) =>
                  setMethods(methods.filter((one) => (one === method ? on : route.methods.includes(one))))
                }
              >
                {method}
              </Checkbox>
            ))}
          </fieldset>
        </FieldAt>
        <TextAt
          path={`${path}.path`}
          label={t('apis.route.path')}
          hint={<T id="apis.route.path.hint" values={{ c: (parts) => <Mono>{parts}</Mono> }} />}
          placeholder="/orders/{id:int}"
          mono
          required
        />
        <TextAt
          path={`${path}.name`}
          label={t('apis.route.name')}
          hint={t('apis.route.name.hint')}
          placeholder="read"
          mono
          required
        />
        <TextAt path={`${path}.description`} label={t('apis.route.description')} optional />
        <ScopesAt path={`${path}.scopes`} route={route} />
        <Row>
          <NumberAt
            path={`${path}.cost`}
            label={t('apis.route.cost')}
            hint={t('apis.route.cost.hint')}
            fallback={1}
          />
          <NumberAt
            path={`${path}.max_body_bytes`}
            label={t('apis.route.maxBody')}
            unit={t('apis.bytes')}
            fallback={t('apis.route.maxBody.fallback')}
          />
        </Row>
        <PartAt
          path={`${path}.timeouts`}
          label={t('apis.route.timeouts')}
          hint={t('apis.route.timeouts.hint')}
          initial={{ connect_ms: 5000, first_byte_ms: 60_000, idle_ms: 60_000 }}
        >
          <TimeoutFields path={`${path}.timeouts`} />
        </PartAt>
      </div>
    </Dialog>
  );
}

type Mode = 'none' | 'all' | 'any';

function ScopesAt({ path, route }: { path: string; route: RouteSpec }) {
  const [rule, change] = useAt<{ any?: string[]; all?: string[] }>(path);
  const [defined = {}] = useAt<Record<string, string>>('scopes');
  const { scopes } = scopesOf(route);
  const mode: Mode = rule?.any ? 'any' : rule?.all ? 'all' : 'none';
  const set = (next: Mode, list: readonly string[]) =>
    change(next === 'none' ? undefined : { [next]: [...list] });
  return (
    <FieldAt path={path} label={t('apis.route.scopes')}>
      <div className="flex flex-col gap-2">
        <Segments<Mode>
          label={t('apis.route.scopes.mode')}
          value={mode}
          onChange={(next) => set(next, scopes)}
          choices={(['none', 'all', 'any'] as const).map((value) => ({
            value,
            label: t(`apis.route.scopes.${value}`),
          }))}
        />
        {mode === 'none' ? (
          <p className="text-sm text-warning">{t('apis.route.scopes.none.text')}</p>
        ) : (
          <TagsInput
            label={t('apis.route.scopes')}
            value={scopes}
            onChange={(list) => set(mode, list)}
            suggestions={Object.entries(defined).map(([value, hint]) => ({ value, label: value, hint }))}
            mono
          />
        )}
      </div>
    </FieldAt>
  );
}
