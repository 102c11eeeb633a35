import { Outlet } from '@tanstack/react-router';
import { useSession } from '../session/session';
import { NotFound } from '../shell/Root';

/** Pages of the installation are there for operators alone. */
export function OperatorScope() {
  const { user } = useSession();
  return user.operator ? <Outlet /> : <NotFound />;
}
