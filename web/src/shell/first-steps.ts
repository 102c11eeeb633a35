import { type LinkProps, useLocation } from '@tanstack/react-router';

declare module '@tanstack/react-router' {
  interface HistoryState {
    firstSteps?: boolean;
  }
}

/** Goes along with a link of the first steps, so that whoever is through with one comes back to them. */
export const ofFirstSteps = { firstSteps: true } as const;

/** Whether one came here from the first steps. */
export function useIsFirstStep(): boolean {
  return useLocation({ select: ({ state }) => state.firstSteps === true });
}

/** Where to go when what is made is made: back to the first steps for who came from there, or on. */
export function useAfter<Link extends LinkProps>(team: string): (link: Link) => LinkProps {
  const isStep = useIsFirstStep();
  return (link) => (isStep ? { to: '/teams/$team/overview', params: { team } } : link);
}
