export const settings = {
  'settings.title': 'Settings',
  'settings.text': 'What this team decides for itself. It holds for all of its tokens and people.',
  'settings.readOnly': 'Your role lets you read these, not change them.',
  'settings.yes': 'Yes',
  'settings.no': 'No',
  'settings.days': 'days',
  'settings.save': 'Save settings',
  'settings.saved': 'Settings saved',
  'settings.discard': 'Discard changes',
  'settings.unsaved': 'Not saved yet',

  'settings.section.about': 'Team',
  'settings.title.field': 'Title',
  'settings.title.hint': 'The name people read.',
  'settings.zone': 'Time zone',
  'settings.zone.hint': 'Times and days on these pages are those of this zone.',

  'settings.section.tokens': 'Tokens',
  'settings.section.tokens.text':
    'Bounds for new tokens. Those that exist stay as they are, but for the maximum age.',
  'settings.prefix': 'Prefix',
  'settings.prefix.hint':
    'New tokens begin with it, so that leak scanners can name you. 2 to 12 of a-z and 0-9.',
  'settings.lifetime': 'Lifetime unless told otherwise',
  'settings.lifetime.hint': '1 to 3650.',
  'settings.never': 'Tokens may live for ever',
  'settings.never.hint': 'A token that never ends is found in a backup in ten years, and still works.',
  'settings.approval': 'A second person approves new tokens',
  'settings.approval.hint': 'And what widens one afterwards. Until then it does nothing.',
  'settings.age': 'Secrets have a maximum age',
  'settings.age.hint': 'A token whose secret is older is reported, so that it gets rotated.',
  'settings.age.days': 'Maximum age',
  'settings.age.grace': 'Then, to rotate it',
  'settings.age.after': 'When it was not rotated by then',
  'settings.age.warn': 'It works on, and is reported as overdue',
  'settings.age.disable': 'It is disabled',

  'settings.section.people': 'People',
  'settings.section.people.text': 'What is asked of those who work here.',
  'settings.secondFactor': 'Ask members for a second factor',
  'settings.secondFactor.hint':
    'Who has not proved an authenticator app or a passkey in their session can do nothing in this team.',
  'settings.secondFactor.own':
    'You have none yourself: add one to your account first, or this locks you out, too.',
  'settings.secondFactor.prove': 'You signed in without yours: you will be asked for it next.',

  'settings.section.retention': 'Retention',
  'settings.section.retention.text': 'How long things are kept. The audit trail is kept for ever.',
  'settings.calls': 'Calls',
  'settings.deadTokens': 'Revoked and expired tokens',
  'settings.limits': 'Limits',
  'settings.limits.text':
    'On all calls of the team together. Apps, apis and tokens can have tighter ones of their own.',
} as const;
