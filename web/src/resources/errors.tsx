import { createContext, useCallback, useContext, useEffect, useSyncExternalStore } from 'react';
import type { FieldError } from '../api/problem';

/** The errors of a form, and which fields are there to show them. An error goes to the closest field that it lies in. */
export class ErrorBook {
  private errors: readonly FieldError[] = [];
  private readonly fields = new Map<string, number>();
  private readonly listeners = new Set<() => void>();
  private answers = new Map<string, readonly FieldError[]>();

  set(errors: readonly FieldError[]): void {
    this.errors = errors;
    this.changed();
  }

  /** Forgets what was said of a field, as it has been changed since. */
  forget(field: string): void {
    const left = this.errors.filter((error) => !lies(error.field, field));
    if (left.length !== this.errors.length) this.set(left);
  }

  add(field: string): () => void {
    this.fields.set(field, (this.fields.get(field) ?? 0) + 1);
    this.changed();
    return () => {
      const left = (this.fields.get(field) ?? 1) - 1;
      if (left === 0) this.fields.delete(field);
      else this.fields.set(field, left);
      this.changed();
    };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  /** Those of one field; of none, for `undefined`. */
  at(field: string | undefined): readonly FieldError[] {
    const key = field ?? '';
    let answer = this.answers.get(key);
    if (!answer) {
      answer = this.errors.filter((error) => this.fieldOf(error) === field);
      this.answers.set(key, answer);
    }
    return answer;
  }

  /** Those that lie in a part of the form, whichever field shows them. */
  within(part: string): readonly FieldError[] {
    const key = `${part}.*`;
    let answer = this.answers.get(key);
    if (!answer) {
      answer = this.errors.filter((error) => lies(error.field, part));
      this.answers.set(key, answer);
    }
    return answer;
  }

  private fieldOf(error: FieldError): string | undefined {
    let found: string | undefined;
    for (const field of this.fields.keys()) {
      if (lies(error.field, field) && field.length > (found?.length ?? -1)) found = field;
    }
    return found;
  }

  private changed(): void {
    this.answers = new Map();
    for (const listener of this.listeners) listener();
  }
}

/** Whether a path is another one, or lies in it. */
function lies(path: string, within: string): boolean {
  return path === within || path.startsWith(`${within}.`) || path.startsWith(`${within}[`);
}

export const ErrorBookContext = createContext<ErrorBook>(new ErrorBook());

/** The errors that stand at a field. */
export function useErrorsAt(field: string): readonly FieldError[] {
  const book = useContext(ErrorBookContext);
  useEffect(() => book.add(field), [book, field]);
  return useSyncExternalStore(
    book.subscribe,
    useCallback(() => book.at(field), [book, field]),
  );
}

/** The errors within a part of a form, for parts that do not show each of their fields. */
export function useErrorsWithin(part: string): readonly FieldError[] {
  const book = useContext(ErrorBookContext);
  return useSyncExternalStore(
    book.subscribe,
    useCallback(() => book.within(part), [book, part]),
  );
}

/** The errors that no field is there to show. */
export function useOtherErrors(): readonly FieldError[] {
  const book = useContext(ErrorBookContext);
  return useSyncExternalStore(
    book.subscribe,
    useCallback(() => book.at(undefined), [book]),
  );
}
