import { lazyRouteComponent } from '@tanstack/react-router';
import { ProblemError } from '../api/problem';

/**
 * A page whose code is loaded when it is first opened. Where Keyward was upgraded meanwhile that code is gone, and the
 * router loads the window anew. Where Keyward does not answer it must not, or all that is here would be gone as well.
 */
// biome-ignore lint/suspicious/noExplicitAny: as the router has it
export function lazyPage<Module extends Record<string, any>, Name extends keyof Module>(
  load: () => Promise<Module>,
  name: Name,
) {
  const loaded = () =>
    load().catch(async (error: unknown) => {
      const answers = await fetch('/', { method: 'HEAD', cache: 'no-store' }).then(
        ({ ok }) => ok,
        () => false,
      );
      throw answers ? error : ProblemError.unreachable();
    });
  return lazyRouteComponent(loaded, name);
}
