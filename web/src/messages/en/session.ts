export const session = {
  'session.signIn': 'Sign in',
  'session.signIn.title': 'Sign in',
  'session.or': 'or with your password',
  'session.email': 'Email address',
  'session.email.hint': 'You sign in with it.',
  'session.email.missing': 'Enter your email address.',
  'session.name': 'Your name',
  'session.name.hint': 'What others in your team see.',
  'session.password': 'Password',
  'session.password.missing': 'Enter your password.',
  'session.password.hint': 'At least 12 characters. A few words in a row are easy to keep.',
  'session.password.show': 'Show password',
  'session.password.hide': 'Hide password',
  'session.forgotten':
    'Cannot get in? Whoever runs this Keyward can make you a link that sets another password.',
  'session.startOver': 'Start over',

  'session.failed.title': 'That did not work',
  'session.failed.text': 'This address and this password do not belong together. Check both.',
  'session.throttled.title': 'Too many attempts failed',
  'session.throttled.text': 'To slow down whoever guesses, the next attempt has to wait {span}.',
  'session.throttled.over': 'You can try again now.',

  'session.passkey.use': 'Sign in with a passkey',
  'session.passkey.prove': 'Use your passkey',
  'session.passkey.notHere': 'Your passkey cannot be used in this browser or at this address.',
  'session.passkey.cancelled.title': 'No passkey was used',
  'session.passkey.cancelled.text':
    'The browser’s dialog was closed, or no passkey of this Keyward was found.',
  'session.passkey.there.title': 'It has a passkey already',
  'session.passkey.there.text': 'This device or key holds a passkey of your account.',
  'session.passkey.failed.title': 'The passkey could not be used',
  'session.passkey.failed.text': 'The browser refused it. Try again, or use another way.',

  'session.factor.title': 'One more step',
  'session.factor.text': 'Your password is right. Now prove your second factor.',
  'session.factor.totp': 'Code of your authenticator app',
  'session.factor.totp.hint': 'The six digits that it shows now.',
  'session.factor.totp.missing': 'Enter the six digits that the app shows.',
  'session.factor.totp.wrong': 'This is not the right code, or it was used already. Wait for the next one.',
  'session.factor.totp.prove': 'Go on',
  'session.factor.totp.instead': 'Use a code of the app',
  'session.factor.recovery_code': 'Recovery code',
  'session.factor.recovery_code.hint': 'One of those you kept. It is used up by this.',
  'session.factor.recovery_code.missing': 'Enter one of your recovery codes.',
  'session.factor.recovery_code.wrong': 'This is none of your recovery codes, or it was used already.',
  'session.factor.recovery_code.prove': 'Use this code up',
  'session.factor.recovery_code.instead': 'Use a recovery code',
  'session.factor.password': 'Password',
  'session.factor.password.missing': 'Enter your password.',
  'session.factor.password.wrong': 'This is not your password.',
  'session.factor.password.prove': 'Go on',
  'session.factor.password.instead': 'Use your password',

  'session.fresh.title': 'Nobody has an account here yet',
  'session.fresh.text':
    'The first one is made by a link. Keyward printed it when it started: it begins with the address of this page and /setup#.',
  'session.fresh.again':
    'It works once, for 15 minutes. Start Keyward again with <code>keyward serve</code>, and it prints a new one.',

  'session.setup.title': 'Set up Keyward',
  'session.setup.text':
    'Make the first account. It runs this installation: every team, its keys, its people.',
  'session.setup.make': 'Make account',
  'session.setup.done.title': 'Keyward is set up already',
  'session.setup.done.text': 'Somebody has made the first account. Sign in, or ask them for an invitation.',
  'session.setup.noCode.title': 'This link is not complete',
  'session.setup.noCode.text':
    'Open the whole link that Keyward printed when it started, with all that stands behind #. If you loaded this page anew, open the link again.',
  'session.setup.dead.title': 'This link no longer works',
  'session.setup.dead.text':
    'A setup link works once, for 15 minutes. Start Keyward again with <code>keyward serve</code>, and it prints a new one.',

  'session.invitation.title': 'Invitation',
  'session.invitation.noCode.title': 'This link is not complete',
  'session.invitation.noCode.text':
    'Open the whole link that you were given, with all that stands behind #. If you loaded this page anew, open the link again.',
  'session.invitation.dead.title': 'This invitation no longer works',
  'session.invitation.dead.text':
    'It was used, taken back, or is older than three days. Ask whoever invited you for a new one.',
  'session.invitation.dead.signIn': 'Go to sign in',
  'session.invitation.join': 'Join {team}',
  'session.invitation.as': '<b>{email}</b> is invited as <b>{role}</b>.',
  'session.invitation.until': 'The invitation ends {when}.',
  'session.invitation.make': 'Make account and join',
  'session.invitation.accept': 'Join',
  'session.invitation.signIn': 'You have an account. Sign in to join.',
  'session.invitation.other':
    'You are signed in as {mine}, and this invitation is for {email}. Only they can accept it.',
  'session.invitation.signOut': 'Sign out and go on',

  'session.reset.title': 'Set another password',
  'session.reset.text': 'You are signed out everywhere by it, and sign in anew.',
  'session.reset.password': 'New password',
  'session.reset.set': 'Set password',
  'session.reset.done.title': 'Your password is set',
  'session.reset.done.text': 'You were signed out everywhere. Sign in with it now.',
  'session.reset.noCode.title': 'This link is not complete',
  'session.reset.noCode.text':
    'Open the whole link that you were given, with all that stands behind #. If you loaded this page anew, open the link again.',
  'session.reset.dead.title': 'This link no longer works',
  'session.reset.dead.text':
    'It works once, for a day. Ask for a new one, or make it at the machine with <code>keyward user reset</code>.',

  'session.ended.title': 'Your session has ended',
  'session.ended.text': 'Sign in again to go on. The page stays as it is, and nothing you typed is lost.',
  'session.ended.leave': 'Leave this page and sign in as somebody else',

  'session.stepUp.title': 'Is it really you?',
  'session.stepUp.text':
    'This needs your second factor, proved within the last ten minutes. Then it goes on by itself.',
  'session.stepUp.password':
    'This needs your password, entered within the last ten minutes. Then it goes on by itself.',
  'session.stepUp.none.title': 'You need a second factor first',
  'session.stepUp.none.text':
    'This team lets in only people with a second factor: an authenticator app or a passkey. Add one to your account, it takes a minute.',
  'session.stepUp.none.go': 'Go to your account',
} as const;
