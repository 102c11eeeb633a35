import { type FieldError, fieldErrorText } from '../../api/problem';
import { t } from '../../messages/messages';
import { Checkbox } from '../../ui/Checkbox';
import { Segments } from '../../ui/Choices';
import { type Level, levelOf, levelsOf, type Resource, withLevel } from './permissions';

interface PermissionGridProps {
  resources: readonly Resource[];
  hasApp: boolean;
  scopes: readonly string[];
  onChange: (scopes: string[]) => void;
  errors?: readonly FieldError[];
}

/** Nothing, reading or everything for each resource, and below it the scopes that this comes to, one by one. */
export function PermissionGrid({ resources, hasApp, scopes, onChange, errors = [] }: PermissionGridProps) {
  const chosen = new Set(scopes);
  if (!hasApp) return <p className="text-sm text-ink-faint">{t('tokens.new.permissions.noApp')}</p>;
  if (resources.length === 0)
    return <p className="text-sm text-ink-faint">{t('tokens.new.permissions.none')}</p>;
  const toggle = (scope: string, on: boolean) =>
    onChange(on ? [...scopes, scope].sort() : scopes.filter((one) => one !== scope));
  return (
    <div className="border-t">
      {resources.map((resource) => {
        const level = levelOf(resource, chosen);
        const levels: Level[] = levelsOf(resource);
        return (
          <div
            key={resource.name}
            className="grid gap-x-6 gap-y-2 border-b py-3 sm:grid-cols-[8rem_auto_minmax(0,1fr)] sm:items-start"
          >
            <div className="pt-0.5">
              <span className="font-mono text-sm font-medium">{resource.name}</span>
              {resource.name === 'keyward' && (
                <p className="text-xs text-ink-faint">{t('tokens.new.keyward')}</p>
              )}
            </div>
            <Segments<Level>
              label={t('tokens.new.permissions.of', { resource: resource.name })}
              value={level}
              onChange={(next) => next !== 'some' && onChange(withLevel(scopes, resource, next))}
              choices={(['none', 'read', 'write'] as const)
                .map((one) => ({
                  value: one as Level,
                  label: t(`tokens.level.${one}`),
                  disabled: !levels.includes(one),
                }))
                .concat(
                  level === 'some' ? [{ value: 'some', label: t('tokens.level.some'), disabled: false }] : [],
                )}
            />
            <ul className="flex flex-col gap-1.5 pt-0.5">
              {resource.actions.map((action) => (
                <li key={action.scope}>
                  <Checkbox checked={chosen.has(action.scope)} onChange={(on) => toggle(action.scope, on)}>
                    <span className="flex flex-wrap items-baseline gap-x-2">
                      <span className="font-mono text-xs">{action.scope}</span>
                      <span className="text-xs text-ink-faint">
                        {action.description ?? (action.scope.endsWith('*') ? t('tokens.new.wildcard') : '')}
                      </span>
                    </span>
                  </Checkbox>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
      {errors.map((error) => (
        <p key={error.field} role="alert" className="pt-2 text-sm text-refused">
          {fieldErrorText(error)}
        </p>
      ))}
    </div>
  );
}
