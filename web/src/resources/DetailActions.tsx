import type { LinkProps } from '@tanstack/react-router';
import { useNavigate } from '@tanstack/react-router';
import { Ellipsis, Pencil } from 'lucide-react';
import type { ReactNode } from 'react';
import { t } from '../messages/messages';
import { useCan } from '../session/session';
import { useCommands } from '../shell/commands';
import { useShortcut } from '../shell/shortcuts';
import { ButtonLink, IconButton } from '../ui/Button';
import { Menu, MenuItem, MenuLine } from '../ui/Menu';
import { type Kind, mayWrite } from './resource';

interface DetailActionsProps {
  kind: Kind;
  edit?: LinkProps;
  onDelete: () => void;
  /** Further items of the menu. */
  items?: ReactNode;
  /** Buttons before "Edit". */
  children?: ReactNode;
}

/** What can be done with the resource that a page is about. */
export function DetailActions({ kind, edit, onDelete, items, children }: DetailActionsProps) {
  const can = useCan();
  const navigate = useNavigate();
  const may = can(mayWrite(kind));
  const toEdit = () => edit && void navigate(edit as never);
  useShortcut('e', toEdit, {
    label: t('resources.edit'),
    group: t('shell.shortcuts.here'),
    when: may && Boolean(edit),
  });
  useCommands(may && edit ? [{ label: t('resources.edit'), run: toEdit }] : []);
  return (
    <>
      {children}
      {may && edit && (
        <ButtonLink {...edit} icon={<Pencil className="size-3.5" aria-hidden />}>
          {t('resources.edit')}
        </ButtonLink>
      )}
      {may && (
        <Menu
          trigger={
            <IconButton label={t('resources.more')} tone="plain">
              <Ellipsis className="size-4" aria-hidden />
            </IconButton>
          }
        >
          {items}
          {items && <MenuLine />}
          <MenuItem danger onSelect={onDelete}>
            {t('resources.delete')}
          </MenuItem>
        </Menu>
      )}
    </>
  );
}
