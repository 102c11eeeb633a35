import { createContext, type ReactNode, useContext } from 'react';
import { t } from '../messages/messages';
import { Checkbox } from '../ui/Checkbox';
import { Segments } from '../ui/Choices';
import { Combobox } from '../ui/Combobox';
import { Field, Input, Textarea } from '../ui/Field';
import { NumberInput } from '../ui/NumberInput';
import { type Choice, Select } from '../ui/Select';
import { TagsInput } from '../ui/TagsInput';
import { useErrorsAt } from './errors';
import { valueAt } from './json';

interface FormState {
  spec: unknown;
  change: (path: string, value: unknown) => void;
  /** The name of something new; nothing of what has one, as it never changes. */
  name?: { value: string; suggested: string; change: (name: string) => void };
}

export const FormContext = createContext<FormState>({ spec: {}, change: () => undefined });

/** A value of the spec that is being edited, and how to change it. `undefined` takes it away. */
export function useAt<T>(path: string): [T | undefined, (value: T | undefined) => void] {
  const { spec, change } = useContext(FormContext);
  return [valueAt(spec, path) as T | undefined, (value) => change(path, value)];
}

/** The name of something new. Nothing where there is one already. */
export function NameField({ hint }: { hint?: ReactNode }) {
  const { name } = useContext(FormContext);
  if (!name) return null;
  return (
    <FieldAt path="name" label={t('resources.name')} hint={hint ?? t('resources.name.hint')}>
      <Input
        mono
        className="max-w-72"
        value={name.value}
        placeholder={name.suggested}
        onChange={(event) => name.change(event.target.value)}
      />
    </FieldAt>
  );
}

/** A part of a form: what it is about on the one side, its fields on the other. */
export function FormSection({
  id,
  title,
  text,
  children,
}: {
  id?: string;
  title: ReactNode;
  text?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section
      id={id}
      className="grid scroll-mt-12 gap-x-10 gap-y-4 border-t py-6 first:border-t-0 first:pt-0 lg:grid-cols-[15rem_minmax(0,42rem)]"
    >
      <header>
        <h2 className="text-base font-semibold">{title}</h2>
        {text && <p className="mt-0.5 text-sm text-ink-soft">{text}</p>}
      </header>
      <div className="flex min-w-0 flex-col gap-4">{children}</div>
    </section>
  );
}

/** Small fields beside each other. */
export function Row({ children }: { children: ReactNode }) {
  return <div className="grid gap-4 sm:grid-cols-2">{children}</div>;
}

interface AtProps {
  path: string;
  label: ReactNode;
  hint?: ReactNode;
  className?: string;
}

/** A field around any control, with the errors of its path. */
export function FieldAt({
  path,
  label,
  hint,
  optional,
  className,
  children,
}: AtProps & { optional?: boolean; children: ReactNode }) {
  return (
    <Field label={label} hint={hint} errors={useErrorsAt(path)} optional={optional} className={className}>
      {children}
    </Field>
  );
}

interface TextAtProps extends AtProps {
  placeholder?: string;
  mono?: boolean;
  optional?: boolean;
  lines?: number;
  /** A text that must be there stays as an empty one, so that the API says that it is missing. */
  required?: boolean;
  disabled?: boolean;
}

export function TextAt({ path, placeholder, mono, lines, required, disabled, ...field }: TextAtProps) {
  const [value, change] = useAt<string>(path);
  const set = (text: string) => change(text === '' && !required ? undefined : text);
  return (
    <FieldAt path={path} {...field}>
      {lines ? (
        <Textarea
          mono={mono}
          rows={lines}
          placeholder={placeholder}
          value={value ?? ''}
          onChange={(event) => set(event.target.value)}
        />
      ) : (
        <Input
          mono={mono}
          placeholder={placeholder}
          value={value ?? ''}
          disabled={disabled}
          onChange={(event) => set(event.target.value)}
        />
      )}
    </FieldAt>
  );
}

interface NumberAtProps extends AtProps {
  unit?: string;
  /** What counts when nothing is said. */
  fallback?: number | string;
}

export function NumberAt({ path, unit, fallback, ...field }: NumberAtProps) {
  const [value, change] = useAt<number>(path);
  return (
    <FieldAt path={path} {...field}>
      <NumberInput value={value} onChange={change} unit={unit} placeholder={fallback?.toString()} />
    </FieldAt>
  );
}

export function CheckAt({
  path,
  label,
  hint,
  fallback = false,
}: {
  path: string;
  label: ReactNode;
  hint?: ReactNode;
  fallback?: boolean;
}) {
  const [value, change] = useAt<boolean>(path);
  const errors = useErrorsAt(path);
  return (
    <div className="flex flex-col gap-0.5">
      <Checkbox checked={value ?? fallback} onChange={(on) => change(on === fallback ? undefined : on)}>
        {label}
      </Checkbox>
      {hint && <p className="ps-6 text-sm text-ink-faint">{hint}</p>}
      {errors.map((error) => (
        <p key={error.problem} data-invalid="" className="ps-6 text-sm text-refused">
          {error.problem} {error.remedy}
        </p>
      ))}
    </div>
  );
}

interface ChoiceAtProps<V extends string> extends AtProps {
  choices: readonly Choice<V>[];
  /** What counts when nothing is said; choosing it leaves the value out. */
  fallback: V;
}

export function SelectAt<V extends string>({ path, choices, fallback, ...field }: ChoiceAtProps<V>) {
  const [value, change] = useAt<V>(path);
  return (
    <FieldAt path={path} {...field}>
      <Select
        choices={choices}
        value={value ?? fallback}
        onChange={(next) => change(next === fallback ? undefined : next)}
        className="w-72 max-w-full"
      />
    </FieldAt>
  );
}

export function SegmentsAt<V extends string>({ path, choices, fallback, label, ...field }: ChoiceAtProps<V>) {
  const [value, change] = useAt<V>(path);
  return (
    <FieldAt path={path} label={label} {...field}>
      <Segments
        label={typeof label === 'string' ? label : path}
        value={value ?? fallback}
        onChange={(next) => change(next === fallback ? undefined : next)}
        choices={choices}
      />
    </FieldAt>
  );
}

interface NamedAtProps extends AtProps {
  /** What can be named; undefined while it is being read. */
  names: readonly Choice<string>[] | undefined;
  optional?: boolean;
  placeholder?: string;
  /** Beside it: how to make a new one. */
  action?: ReactNode;
}

/** Names another resource. */
export function NamedAt({ path, names, placeholder, action, ...field }: NamedAtProps) {
  const [value, change] = useAt<string | null>(path);
  const known = names ?? [];
  const choices =
    value && !known.some((one) => one.value === value) ? [{ value, label: value }, ...known] : known;
  return (
    <FieldAt path={path} {...field}>
      <div className="flex flex-wrap items-center gap-2">
        <Combobox
          choices={choices}
          value={value ?? null}
          onChange={(next) => change(next ?? undefined)}
          placeholder={placeholder}
          className="w-72 max-w-full"
        />
        {action}
      </div>
    </FieldAt>
  );
}

interface TagsAtProps extends AtProps {
  suggestions?: readonly Choice<string>[];
  placeholder?: string;
  mono?: boolean;
  optional?: boolean;
  /** The list is one of numbers. */
  numbers?: boolean;
}

export function TagsAt({ path, suggestions, placeholder, mono, numbers, label, ...field }: TagsAtProps) {
  const [value, change] = useAt<(string | number)[]>(path);
  const set = (words: string[]) => {
    const list = numbers ? words.map(Number).filter(Number.isInteger) : words;
    change(list.length === 0 ? undefined : list);
  };
  return (
    <FieldAt path={path} label={label} {...field}>
      <TagsInput
        label={typeof label === 'string' ? label : t('inputs.tags')}
        value={(value ?? []).map(String)}
        onChange={set}
        suggestions={suggestions}
        placeholder={placeholder}
        mono={mono}
      />
    </FieldAt>
  );
}

/** A part of the spec that is there or not. While it is not, its fields are not seen. */
export function PartAt({
  path,
  label,
  hint,
  initial,
  children,
}: {
  path: string;
  label: ReactNode;
  hint?: ReactNode;
  initial: unknown;
  children: ReactNode;
}) {
  const [value, change] = useAt<unknown>(path);
  const on = value !== undefined && value !== null;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-col gap-0.5">
        <Checkbox checked={on} onChange={(next) => change(next ? initial : undefined)}>
          {label}
        </Checkbox>
        {hint && <p className="ps-6 text-sm text-ink-faint">{hint}</p>}
      </div>
      {on && <div className="flex flex-col gap-4 border-s ps-4">{children}</div>}
    </div>
  );
}
