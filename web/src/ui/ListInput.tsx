import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { t } from '../messages/messages';
import { ValueChip } from './Chip';
import { cx } from './cx';
import { controlClass, typedClass } from './Field';

interface ListInputProps {
  values: readonly string[];
  onChange: (values: string[]) => void;
  label: string;
  placeholder?: string;
  /** What is wrong with a value, or nothing. */
  problem: (value: string) => string | undefined;
  /** Things that can be added with a click. */
  offers?: ReactNode;
}

/** A list of typed values: each becomes a chip on Enter, comma, space or leaving; wrong ones stay and say why. */
export function ListInput({ values, onChange, label, placeholder, problem, offers }: ListInputProps) {
  const [text, setText] = useState('');
  const wrong = text.trim() === '' ? undefined : problem(text.trim());

  function add(typed: string) {
    const parts = typed.split(/[\s,;]+/).filter(Boolean);
    const good = parts.filter((part) => problem(part) === undefined && !values.includes(part));
    const bad = parts.filter((part) => problem(part) !== undefined);
    if (good.length > 0) onChange([...values, ...new Set(good)]);
    setText(bad.join(' '));
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'Enter' || event.key === ',' || event.key === ' ') {
      if (text.trim() === '' && event.key === 'Enter') return;
      event.preventDefault();
      add(text);
    } else if (event.key === 'Backspace' && text === '' && values.length > 0) {
      onChange(values.slice(0, -1));
    }
  }

  return (
    <div>
      <div
        className={cx(
          controlClass,
          'flex min-h-8 w-full flex-wrap items-center gap-1 px-1 py-[3px] focus-within:border-accent-ink',
          wrong && 'border-warning-fill',
        )}
      >
        {values.map((value) => (
          <ValueChip
            key={value}
            what={value}
            mono
            onRemove={() => onChange(values.filter((one) => one !== value))}
          />
        ))}
        <input
          aria-label={label}
          aria-invalid={wrong !== undefined}
          value={text}
          placeholder={values.length === 0 ? placeholder : undefined}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          onPaste={(event) => {
            const pasted = event.clipboardData.getData('text');
            if (!/[\s,;]/.test(pasted.trim())) return;
            event.preventDefault();
            add(pasted);
          }}
          onBlur={() => add(text)}
          className={cx(
            typedClass,
            'h-6 min-w-28 flex-1 bg-transparent px-1.5 font-mono text-xs outline-none',
          )}
        />
        {offers}
      </div>
      <p aria-live="polite" className="text-sm text-warning empty:hidden">
        {wrong && t('ui.list.wrong', { value: text.trim(), problem: wrong })}
      </p>
    </div>
  );
}
