/** The mark of Keyward: a keyhole with a ward in it, which stops every key but the right one. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" className={className} aria-hidden>
      <path
        fill="currentColor"
        fillRule="evenodd"
        d="M12 1a11 11 0 1 1 0 22 11 11 0 0 1 0-22Zm0 4.2a3.9 3.9 0 0 0-1.6 7.45V19h3.2v-1.7h2.3v-2.9h-2.3v-1.75A3.9 3.9 0 0 0 12 5.2Z"
      />
    </svg>
  );
}
