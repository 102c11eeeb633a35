import { Link } from '@tanstack/react-router';
import { CircleUser, Keyboard, LogOut, Server, UserRound } from 'lucide-react';
import { t } from '../messages/messages';
import { roleName } from '../session/roles';
import { useMembership, useSession } from '../session/session';
import { signOut } from '../session/sign-out';
import { buttonClass } from '../ui/Button';
import { Menu, MenuChoice, MenuItem, MenuLine } from '../ui/Menu';
import { chooseTimes, useTimes } from '../ui/times';
import { chooseTheme, useTheme } from './theme';

/** Who is signed in, and what is theirs: account, theme, help, the way out. */
export function Account({ onHelp }: { onHelp: () => void }) {
  const { user } = useSession();
  const membership = useMembership();
  const { chosen } = useTheme();
  const times = useTimes();

  return (
    <Menu
      trigger={
        <button type="button" aria-label={t('shell.account')} className={buttonClass('quiet', 'md', true)}>
          <CircleUser className="size-5" strokeWidth={1.5} aria-hidden />
        </button>
      }
    >
      <div className="px-2 pt-1.5 pb-1">
        <p className="truncate text-sm font-medium">{user.name}</p>
        <p className="truncate text-xs text-ink-faint">{user.email}</p>
        {membership && <p className="truncate text-xs text-ink-faint">{roleName(membership.role)}</p>}
      </div>
      <MenuLine />
      <MenuItem icon={<UserRound className="size-4" aria-hidden />} link={<Link to="/account" />}>
        {t('places.account')}
      </MenuItem>
      {user.operator && (
        <MenuItem icon={<Server className="size-4" aria-hidden />} link={<Link to="/installation" />}>
          {t('places.installation')}
        </MenuItem>
      )}
      <MenuLine />
      <MenuChoice
        label={t('shell.theme')}
        value={chosen}
        onChange={chooseTheme}
        choices={[
          { value: 'system', label: t('shell.theme.system') },
          { value: 'light', label: t('shell.theme.light') },
          { value: 'dark', label: t('shell.theme.dark') },
        ]}
      />
      <MenuLine />
      <MenuChoice
        label={t('shell.times')}
        value={times}
        onChange={chooseTimes}
        choices={[
          { value: 'relative', label: t('shell.times.relative') },
          { value: 'exact', label: t('shell.times.exact') },
        ]}
      />
      <MenuLine />
      <MenuItem icon={<Keyboard className="size-4" aria-hidden />} onSelect={onHelp}>
        {t('shell.help')}
      </MenuItem>
      <MenuItem icon={<LogOut className="size-4" aria-hidden />} onSelect={() => void signOut()}>
        {t('shell.signOut')}
      </MenuItem>
    </Menu>
  );
}
