import { Link } from '@tanstack/react-router';
import { Ellipsis } from 'lucide-react';
import { t } from '../messages/messages';
import { useTeamName, useTokenRights } from '../session/session';
import { IconButton } from '../ui/Button';
import { Menu, MenuItem, MenuLine } from '../ui/Menu';
import { isAlive, nameOf, useTokenActions } from './actions';
import type { Token } from './queries';

/** What can be done with a token, as far as its state and the person's rights allow. */
export function TokenMenu({ token, onRevoke }: { token: Token; onRevoke: () => void }) {
  const team = useTeamName();
  const rights = useTokenRights();
  const actions = useTokenActions(team);
  const params = { team, token: token.id };
  return (
    <Menu
      trigger={
        <IconButton label={t('ui.table.rowActions', { what: nameOf(token) })} size="sm">
          <Ellipsis className="size-4" aria-hidden />
        </IconButton>
      }
    >
      <MenuItem link={<Link to="/teams/$team/tokens/$token" params={params} />}>
        {t('tokens.action.open')}
      </MenuItem>
      {rights.of(token.app) && isAlive(token) && (
        <>
          {token.status === 'pending' && rights.all && (
            <MenuItem onSelect={() => void actions.approve(token)}>{t('tokens.action.approve')}</MenuItem>
          )}
          <MenuItem link={<Link to="/teams/$team/tokens/$token/edit" params={params} />}>
            {t('tokens.action.edit')}
          </MenuItem>
          <MenuItem link={<Link to="/teams/$team/tokens/$token/rotate" params={params} />}>
            {t('tokens.action.rotate')}
          </MenuItem>
          {token.state === 'disabled' ? (
            <MenuItem onSelect={() => void actions.enable(token)}>{t('tokens.action.enable')}</MenuItem>
          ) : (
            <MenuItem onSelect={() => void actions.disable([token])}>{t('tokens.action.disable')}</MenuItem>
          )}
          <MenuLine />
          <MenuItem danger onSelect={onRevoke}>
            {t('tokens.action.revoke')}
          </MenuItem>
        </>
      )}
    </Menu>
  );
}
