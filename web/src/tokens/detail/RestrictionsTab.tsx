import { Pencil } from 'lucide-react';
import { t } from '../../messages/messages';
import { ButtonLink } from '../../ui/Button';
import { Facts } from '../../ui/Page';
import { limitLines } from '../limits';
import type { Token } from '../queries';
import { restrictionLines } from '../restrictions';

interface RestrictionsTabProps {
  team: string;
  token: Token;
  mayWrite: boolean;
}

/** Where, when and with what the token works, and how much of that. */
export function RestrictionsTab({ team, token, mayWrite }: RestrictionsTabProps) {
  const limits = limitLines(token.limits ?? {});
  return (
    <div className="flex max-w-3xl flex-col gap-5">
      <Facts
        items={[
          ...restrictionLines(token.restrictions ?? {}),
          [t('tokens.fact.limits'), limits.length > 0 ? limits.join('; ') : t('tokens.fact.noLimits')],
        ]}
      />
      {mayWrite && (
        <div>
          <ButtonLink
            to="/teams/$team/tokens/$token/edit"
            params={{ team, token: token.id }}
            hash="restrictions"
            icon={<Pencil className="size-3.5" aria-hidden />}
          >
            {t('tokens.edit.restrictions')}
          </ButtonLink>
        </div>
      )}
    </div>
  );
}
