import type { Api, Connection, Upstream } from '../resources/resource';
import { secretOf } from './auth';

/** The upstreams that go out through a connection, and for how many of their targets; null for all. */
export function upstreamsThrough(connection: string, upstreams: readonly Upstream[]) {
  return upstreams.flatMap((upstream) => {
    const own = upstream.spec.targets.filter((target) => target.connection === connection).length;
    const general = upstream.spec.connection === connection;
    return general || own > 0 ? [{ upstream, targets: general ? null : own }] : [];
  });
}

/** The connections that present a secret, and whether as client certificate. */
export function connectionsWith(secret: string, connections: readonly Connection[]) {
  return connections.flatMap((connection) => {
    const inAuth = secretOf(connection.spec.auth) === secret;
    const inTls = connection.spec.client_certificate === secret;
    return [
      ...(inAuth ? [{ connection, certificate: false }] : []),
      ...(inTls ? [{ connection, certificate: true }] : []),
    ];
  });
}

/** The apis whose calls may carry a secret. */
export function apisWith(
  secret: string,
  connections: readonly Connection[],
  upstreams: readonly Upstream[],
  apis: readonly Api[],
): Api[] {
  const through = new Set(
    connectionsWith(secret, connections).flatMap(({ connection }) =>
      upstreamsThrough(connection.name, upstreams).map(({ upstream }) => upstream.name),
    ),
  );
  return apis.filter((api) => through.has(api.spec.upstream));
}
