import { Menu as Base } from '@base-ui/react/menu';
import { Check } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { cx } from './cx';
import { usePopupContainer } from './popups';

const popupClass = 'floating min-w-44 max-w-80 max-h-(--available-height) overflow-y-auto p-1 outline-none';
const itemClass =
  'flex min-h-7 cursor-default items-center gap-2 rounded-sm px-2 py-1 text-sm outline-none select-none data-disabled:opacity-50 data-highlighted:bg-hover';

interface MenuProps {
  /** The button that opens it, as an element: `<IconButton …/>`. */
  trigger: ReactElement;
  align?: 'start' | 'end';
  children: ReactNode;
}

/** Things to do with what the trigger stands on. */
export function Menu({ trigger, align = 'end', children }: MenuProps) {
  const container = usePopupContainer();
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal container={container}>
        <Base.Positioner align={align} sideOffset={4} className="z-50 outline-none">
          <Base.Popup className={popupClass}>{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

interface MenuItemProps {
  onSelect?: () => void;
  icon?: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  /** A link in place of an action: `<Link …/>`. */
  link?: ReactElement;
  children: ReactNode;
}

export function MenuItem({ onSelect, icon, danger, disabled, link, children }: MenuItemProps) {
  return (
    <Base.Item
      render={link}
      onClick={onSelect}
      disabled={disabled}
      className={cx(itemClass, danger && 'text-refused')}
    >
      {icon && <span className={cx('shrink-0', !danger && 'text-ink-faint')}>{icon}</span>}
      {children}
    </Base.Item>
  );
}

interface MenuChoiceProps<V extends string> {
  label: string;
  value: V;
  choices: readonly { value: V; label: ReactNode }[];
  onChange: (value: V) => void;
}

/** One of several, with a mark at the one in force. */
export function MenuChoice<V extends string>({ label, value, choices, onChange }: MenuChoiceProps<V>) {
  return (
    <Base.Group>
      <MenuLabel>{label}</MenuLabel>
      <Base.RadioGroup value={value} onValueChange={(next) => onChange(next as V)}>
        {choices.map((choice) => (
          <Base.RadioItem key={choice.value} value={choice.value} closeOnClick className={itemClass}>
            <span className="grid size-4 place-items-center text-accent-ink">
              <Base.RadioItemIndicator>
                <Check className="size-4" aria-hidden />
              </Base.RadioItemIndicator>
            </span>
            <span className="min-w-0 truncate">{choice.label}</span>
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Base.Group>
  );
}

function MenuLabel({ children }: { children: ReactNode }) {
  return <Base.GroupLabel className="px-2 pt-1.5 pb-1 text-xs text-ink-faint">{children}</Base.GroupLabel>;
}

export function MenuLine() {
  return <Base.Separator className="-mx-1 my-1 h-px bg-line" />;
}
