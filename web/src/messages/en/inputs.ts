export const inputs = {
  'inputs.tags': 'Words',
  'inputs.tags.add': 'Add it',
  'inputs.searchList': 'Search the list',
} as const;
