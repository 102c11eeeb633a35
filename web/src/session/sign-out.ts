import { request } from '../api/client';
import { forgetDrafts } from '../ui/draft';
import { problemText } from '../ui/States';
import { toast } from '../ui/toast';

/** Ends the session and loads the page anew, so that nothing of this person stays in memory. */
export async function signOut(): Promise<void> {
  try {
    await request('delete', '/api/v1/session');
  } catch (error) {
    toast({ ...problemText(error), tone: 'refused' });
    return;
  }
  forgetDrafts();
  location.assign('/sign-in');
}
