import type { Invoker } from '../api/invoker.ts';
import { LibvirtError } from '../libvirt-error.ts';
import type { Lane } from '../procedures/procedure.ts';
import type { SessionLane } from './session-lane.ts';

/** Makes each call on the connection that its procedure belongs to. */
export function sessionInvoker(lanes: Readonly<Record<Lane, SessionLane>>): Invoker {
  const on = ({ lane: key, name }: { readonly lane: Lane; readonly name: string }): Invoker => {
    const lane = lanes[key];
    if (lane.connection) return lane.connection.invoker;
    throw noConnection(name, lane.down?.error);
  };
  return {
    async call(procedure, args, options) {
      return on(procedure).call(procedure, args, options);
    },
    async upload(procedure, content, options) {
      return on(procedure).upload(procedure, content, options);
    },
    async *download(procedure, args, options) {
      yield* on(procedure).download(procedure, args, options);
    },
  };
}

function noConnection(name: string, cause: LibvirtError | undefined): LibvirtError {
  const why = cause ? `: ${cause.message}` : '';
  const message = `${name}: there is no connection to libvirtd at present; it was not sent${why}`;
  return new LibvirtError({ kind: 'lost', outcome: 'not-sent', message, cause });
}
