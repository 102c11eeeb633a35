import type { ReactNode } from 'react';

/** A part of the form of a token. */
export function Part({
  id,
  title,
  text,
  children,
}: {
  id?: string;
  title: string;
  text?: string;
  children: ReactNode;
}) {
  return (
    <section id={id} className="scroll-mt-16">
      <h2 className="text-base font-semibold">{title}</h2>
      {text && <p className="max-w-prose text-sm text-ink-faint">{text}</p>}
      <div className="mt-3">{children}</div>
    </section>
  );
}
