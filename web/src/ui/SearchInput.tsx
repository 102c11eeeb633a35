import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { t } from '../messages/messages';
import { useShortcut } from '../shell/shortcuts';
import { cx } from './cx';
import { controlClass, typedClass } from './Field';

interface SearchInputProps {
  value: string;
  onChange: (value: string) => void;
  label: string;
}

/** Text that a list is filtered by; told on when the typing pauses. `/` goes there, Escape empties it. */
export function SearchInput({ value, onChange, label }: SearchInputProps) {
  const [text, setText] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  const change = useRef(onChange);
  change.current = onChange;
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => change.current(text), 200);
    return () => clearTimeout(timer);
  }, [text, value]);
  useShortcut('/', () => input.current?.focus(), {
    label: t('inputs.searchList'),
    group: t('shell.shortcuts.here'),
  });
  return (
    <div className="relative w-52 max-sm:w-full">
      <Search className="pointer-events-none absolute start-2 top-1.5 size-4 text-ink-faint" aria-hidden />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          setText('');
          input.current?.blur();
        }}
        className={cx(
          controlClass,
          typedClass,
          'h-7 w-full ps-8 text-sm [&::-webkit-search-cancel-button]:hidden',
        )}
      />
    </div>
  );
}
