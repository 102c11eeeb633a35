import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import { cx } from './cx';

interface TabsProps<V extends string> {
  value: V;
  /** Keep the tab in the URL where it is a part of the page; in state where it only shows variants of one thing. */
  onChange: (value: V) => void;
  tabs: readonly { value: V; label: ReactNode }[];
  label: string;
  children: ReactNode;
  className?: string;
}

/** Sections of one page. Each child is a `TabPanel`. */
export function Tabs<V extends string>({ value, onChange, tabs, label, children, className }: TabsProps<V>) {
  return (
    <Base.Root value={value} onValueChange={(next) => onChange(next as V)} className={className}>
      <Base.List aria-label={label} className="flex gap-5 overflow-x-auto border-b [scrollbar-width:none]">
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.value}
            value={tab.value}
            className={cx(
              '-mb-px shrink-0 border-b-2 border-transparent pt-1 pb-2 text-sm font-medium whitespace-nowrap text-ink-soft',
              'hover:text-ink data-active:border-accent-ink data-active:text-ink focus-visible:-outline-offset-2',
            )}
          >
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      {children}
    </Base.Root>
  );
}

export function TabPanel({
  value,
  className,
  children,
}: {
  value: string;
  className?: string;
  children: ReactNode;
}) {
  return (
    <Base.Panel value={value} className={cx('outline-none', className)}>
      {children}
    </Base.Panel>
  );
}
