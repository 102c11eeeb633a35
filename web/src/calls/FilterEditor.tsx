import { type FormEvent, useEffect, useRef, useState } from 'react';
import { isAddressRange } from '../format/addresses';
import { countries } from '../format/countries';
import { t } from '../messages/messages';
import { Button } from '../ui/Button';
import { Field, Input } from '../ui/Field';
import { type Pick, PickList } from '../ui/PickList';
import { type CallFilter, type Dimension, isMilliseconds, protocols, statusClasses } from './filter';
import { dimensionText, isMono } from './filter-text';
import type { Names } from './names';
import { codes } from './outcome';

interface FilterEditorProps {
  dimension: Dimension;
  filter: CallFilter;
  names: Names;
  onChange: (value: string | undefined) => void;
}

/** Where the value of one filter is chosen or typed. */
export function FilterEditor(props: FilterEditorProps) {
  const { dimension, filter, names, onChange } = props;
  const choices = choicesOf(dimension, filter, names);
  if (!choices) return <TextEditor {...props} />;
  return (
    <PickList
      label={dimensionText(dimension)}
      choices={choices}
      mono={isMono(dimension)}
      free={free[dimension]}
      onPick={onChange}
    />
  );
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** What may be typed although it is not in the list. */
const free: Partial<Record<Dimension, (text: string) => string | undefined>> = {
  token: (text) => (/^[0-9A-Za-z]{12}$/.test(text) ? text : undefined),
  route: (text) => (/^[a-z0-9][a-z0-9._-]*$/.test(text) ? text : undefined),
  api: (text) => (/^[a-z0-9][a-z0-9._-]*$/.test(text) ? text : undefined),
  method: (text) => (/^[A-Za-z]+$/.test(text) ? text.toUpperCase() : undefined),
};

function choicesOf(dimension: Dimension, filter: CallFilter, names: Names): Pick[] | undefined {
  const plain = (values: readonly string[]) => values.map((value) => ({ value, label: value }));
  switch (dimension) {
    case 'decision':
      return [
        { value: 'allowed', label: t('calls.allowed'), hint: t('calls.allowed.hint') },
        { value: 'refused', label: t('calls.refused'), hint: t('calls.refused.hint') },
      ];
    case 'status':
      return statusClasses.map((value) => ({ value, label: value, hint: t(`calls.status.${value}`) }));
    case 'code':
      return plain(codes);
    case 'app':
      return names.apps;
    case 'token':
      return names.tokens;
    case 'api':
      return names.apis;
    case 'route':
      return names.routes(filter.api);
    case 'method':
      return plain(methods);
    case 'country':
      return countries();
    case 'protocol':
      return plain(protocols);
    default:
      return undefined;
  }
}

type Typed = 'path' | 'address' | 'target' | 'slower' | 'faster';

const wrong: Record<Typed, (text: string) => boolean> = {
  path: (text) => !text.startsWith('/'),
  address: (text) => !isAddressRange(text),
  target: (text) => !/^https?:\/\/./.test(text),
  slower: (text) => !isMilliseconds(text),
  faster: (text) => !isMilliseconds(text),
};

function TextEditor({ dimension, filter, onChange }: FilterEditorProps) {
  const typed = dimension as Typed;
  const [text, setText] = useState(filter[dimension] ?? '');
  const [asked, setAsked] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const value = text.trim();
  const isWrong = value !== '' && wrong[typed](value);

  function apply(event: FormEvent) {
    event.preventDefault();
    setAsked(true);
    if (!isWrong) onChange(value === '' ? undefined : value);
  }

  return (
    <form onSubmit={apply} className="flex w-72 flex-col gap-2 p-3" noValidate>
      <Field
        label={dimensionText(typed)}
        hint={t(`calls.filter.${typed}.hint`)}
        errors={asked && isWrong ? [t(`calls.filter.${typed}.wrong`)] : []}
      >
        <Input ref={input} mono value={text} onChange={(event) => setText(event.target.value)} />
      </Field>
      <Button type="submit" size="sm" className="self-end">
        {t('calls.filter.apply')}
      </Button>
    </form>
  );
}
