export const picks = {
  'picks.use': 'Use “{text}”',
  'picks.previous': 'Previous in the list',
  'picks.next': 'Next in the list',
} as const;
