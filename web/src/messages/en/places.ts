export const places = {
  'places.account': 'Your account',
  'places.installation': 'Installation',
  'places.back': 'Back to {team}',
  'places.you': 'You',
  'places.installation.overview': 'Overview',
  'places.installation.teams': 'Teams',
  'places.installation.users': 'Users',
  'places.installation.keys': 'Key ring',
  'places.installation.security': 'Security events',
  'places.installation.audit': 'Audit trail',
  'places.team': 'Team',
  'places.people': 'People',
  'places.audit': 'Audit trail',
  'places.settings': 'Settings',

  'places.needed.title': '{team} asks for a second factor',
  'places.needed.prove': 'Prove your second factor',
  'places.needed.prove.text': 'You signed in without one. Prove it to see the team.',
  'places.needed.add': 'Add a second factor',
  'places.needed.add.text': 'You have none yet. Add an authenticator app or a passkey to your account.',

  'places.forbidden.title': 'Your role does not allow this',
  'places.forbidden.text':
    'Your role in {team} is “{role}”, and this page is not for it. An administrator of the team can give you another.',

  'places.gone.title': 'You are no longer in {team}',
  'places.gone.text':
    'Somebody has taken you out of the team, or the team is gone. An administrator of it can invite you again.',

  'places.demo.title': 'Demonstration.',
  'places.demo.text': 'Its password stands in a file and in the log. Put nothing real in here.',

  'places.signedOut.title': 'You are not signed in',
  'places.signedOut.text': 'Nothing was done. Try again, and sign in when you are asked.',

  'places.noTeam.title': 'There is no team yet',
  'places.noTeam.text': 'Everything belongs to a team. Make the first one.',
  'places.noTeam.make': 'Make a team',

  'places.role.none': 'Operator',
  'places.role.administrator': 'Administrator',
  'places.role.developer': 'Developer',
  'places.role.viewer': 'Viewer',
  'places.role.auditor': 'Auditor',
} as const;
