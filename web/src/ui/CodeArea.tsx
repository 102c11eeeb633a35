import { Field as Base } from '@base-ui/react/field';
import { type RefObject, useRef, useState } from 'react';
import { cx } from './cx';
import { controlClass } from './Field';

export interface Mark {
  line: number;
  column: number;
}

interface CodeAreaProps {
  value: string;
  onChange?: (value: string) => void;
  /** Where something is wrong. */
  marks?: readonly Mark[];
  /** Read aloud where it stands outside a `Field`. */
  label?: string;
  minLines?: number;
  readOnly?: boolean;
  area?: RefObject<HTMLTextAreaElement | null>;
}

/** Text of code with line numbers, as tall as it is long. What is wrong is underlined at its place. */
export function CodeArea({
  value,
  onChange,
  marks = [],
  label,
  minLines = 10,
  readOnly,
  area,
}: CodeAreaProps) {
  const own = useRef<HTMLTextAreaElement>(null);
  const [scrolled, setScrolled] = useState(0);
  const lines = Math.max(minLines, value.split('\n').length);
  const wrong = new Set(marks.map(({ line }) => line));
  return (
    <div
      dir="ltr"
      className={cx(
        controlClass,
        'relative grid grid-cols-[auto_minmax(0,1fr)] overflow-hidden px-0! font-mono text-xs leading-5 focus-within:border-accent-ink max-sm:text-xs',
        readOnly && 'border-line bg-sunken hover:border-line',
      )}
    >
      <div aria-hidden className="bg-sunken py-2 ps-2.5 pe-2 text-end text-ink-faint select-none">
        {Array.from({ length: lines }, (_, index) => (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
            key={index}
            className={cx('tabular', wrong.has(index + 1) && 'font-semibold text-refused')}
          >
            {index + 1}
          </div>
        ))}
      </div>
      <div className="relative overflow-hidden">
        <Base.Control
          render={
            <textarea
              ref={area ?? own}
              rows={lines}
              wrap="off"
              readOnly={readOnly}
              autoComplete="off"
              autoCapitalize="off"
              onScroll={(event) => setScrolled(event.currentTarget.scrollLeft)}
            />
          }
          spellCheck={false}
          aria-label={label}
          value={value}
          onValueChange={(text) => onChange?.(text)}
          className="block w-full resize-none overflow-x-auto overflow-y-hidden bg-transparent px-2.5 py-2 leading-5 whitespace-pre outline-none"
        />
        {marks.map(({ line, column }) => (
          <span
            key={`${line}:${column}`}
            aria-hidden
            ref={(element) => {
              element?.style.setProperty('top', `${8 + (line - 1) * 20}px`);
              element?.style.setProperty('left', `calc(10px + ${column - 1}ch - ${scrolled}px)`);
            }}
            className="pointer-events-none absolute h-5 w-[1ch] min-w-2 border-b-2 border-refused-fill bg-refused-soft mix-blend-multiply dark:mix-blend-screen"
          />
        ))}
      </div>
    </div>
  );
}

/** Puts the cursor at a place of a text. */
export function goTo(area: HTMLTextAreaElement | null, { line, column }: Mark): void {
  if (!area) return;
  const before = area.value.split('\n').slice(0, line - 1);
  const at = before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
  area.focus();
  area.setSelectionRange(at, at);
}
