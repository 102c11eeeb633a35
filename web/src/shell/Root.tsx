import { CSPProvider } from '@base-ui/react/csp-provider';
import { DirectionProvider } from '@base-ui/react/direction-provider';
import { type ErrorComponentProps, Outlet, useRouter } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { ProblemError } from '../api/problem';
import { direction, t } from '../messages/messages';
import { Button, ButtonLink } from '../ui/Button';
import { Bone, Empty, ErrorState } from '../ui/States';
import { onFirstToast } from '../ui/toast';

const Tips = lazy(() => import('../ui/Tip').then((module) => ({ default: module.Tips })));
const ToastList = lazy(() => import('../ui/ToastList').then((module) => ({ default: module.ToastList })));

/** Around everything, whoever looks at it. */
export function Root() {
  const [toasts, setToasts] = useState(false);
  useEffect(() => onFirstToast(() => setToasts(true)), []);
  return (
    <CSPProvider disableStyleElements>
      <DirectionProvider direction={direction}>
        <Outlet />
        <Suspense>
          <Tips />
          {toasts && <ToastList />}
        </Suspense>
      </DirectionProvider>
    </CSPProvider>
  );
}

export function NotFound() {
  return (
    <Empty
      heading="h1"
      title={t('ui.notFound.title')}
      text={t('ui.notFound.text')}
      action={<ButtonLink to="/">{t('ui.notFound.home')}</ButtonLink>}
    />
  );
}

/** An address that leads nowhere, for whoever is there without the shell. */
export function BareNotFound() {
  return (
    <main className="pt-[10vh]">
      <NotFound />
    </main>
  );
}

/** A page that failed as a whole: its data could not be read, or its code could not be loaded. */
export function PageError({ error }: ErrorComponentProps) {
  const router = useRouter();
  useEffect(() => {
    if (!(error instanceof ProblemError)) console.error(error);
  }, [error]);
  if (error instanceof ProblemError)
    return <ErrorState heading="h1" error={error} onRetry={() => void router.invalidate()} />;
  return (
    <Empty
      heading="h1"
      title={t('ui.error.page.title')}
      text={t('ui.error.page.text')}
      action={<Button onClick={() => location.reload()}>{t('ui.error.reload')}</Button>}
    />
  );
}

/** The same for whoever is there without the shell, since it cannot be told who they are. */
export function BarePageError(props: ErrorComponentProps) {
  return (
    <main className="pt-[10vh]">
      <PageError {...props} />
    </main>
  );
}

/** While the code of a page is on its way. */
export function PagePending() {
  return (
    <div className="px-4 pt-5 sm:px-6" aria-busy="true">
      <span role="status" className="sr-only">
        {t('ui.loading')}
      </span>
      <Bone className="mt-1.5 mb-6 h-5 w-40" />
      <Bone className="mb-3 w-2/3" />
      <Bone className="mb-3 w-1/2" />
    </div>
  );
}
