import type { components } from './schema';

export type FieldError = components['schemas']['FieldError'];
export type Problem = components['schemas']['Problem'] & { methods?: string[] };

/** A refusal of the management API (RFC 9457), or that it could not be reached at all. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.name = 'ProblemError';
    this.problem = problem;
  }

  static unreachable(): ProblemError {
    return new ProblemError(bare(0, 'unreachable'));
  }

  get code(): string {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }

  /** Whether asking again, unchanged, may well succeed. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** Reads what a failed response says; makes up a problem by its status where it says nothing of use. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const body: unknown = await response.json().catch(() => undefined);
  if (isProblem(body)) return new ProblemError(body);
  return new ProblemError(bare(response.status, response.status >= 500 ? 'internal' : 'unexpected'));
}

function isProblem(body: unknown): body is Problem {
  if (typeof body !== 'object' || body === null) return false;
  const { code, status } = body as Partial<Problem>;
  return typeof code === 'string' && typeof status === 'number';
}

function bare(status: number, code: string): Problem {
  return { type: 'about:blank', title: '', status, detail: '', code, request_id: '' };
}

/**
 * The field errors of a problem by field, and those that belong to none of `fields`.
 * An error of `restrictions.origins[2]` goes to the longest of `fields` that it lies in.
 */
export function fieldErrors(
  error: unknown,
  fields: readonly string[],
): { byField: Record<string, FieldError[]>; others: FieldError[] } {
  const byField: Record<string, FieldError[]> = {};
  const others: FieldError[] = [];
  const errors = error instanceof ProblemError ? (error.problem.errors ?? []) : [];
  for (const one of errors) {
    const field = fields
      .filter(
        (name) => one.field === name || one.field.startsWith(`${name}.`) || one.field.startsWith(`${name}[`),
      )
      .sort((a, b) => b.length - a.length)[0];
    if (field === undefined) others.push(one);
    else byField[field] = [...(byField[field] ?? []), one];
  }
  return { byField, others };
}

/** A field error as a sentence to stand under its field. */
export function fieldErrorText({ problem, remedy }: FieldError): string {
  return [sentence(problem), sentence(remedy)].filter(Boolean).join(' ');
}

/** A few words of the API, which begin small and end without a stop, as a sentence. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return '';
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
