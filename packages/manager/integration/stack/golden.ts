import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  AdoptRequest,
  CreateRequest,
  DeleteRequest,
  DescribeRequest,
  PowerOp,
  PowerRequest,
  ReconfigureRequest,
} from '@virtrigaud/grpc-contract/client';
import type { ApiWrite } from './api-tap.ts';
import type { Rpc } from './rpc-tap.ts';

/** Set to 1 to write the traces anew, instead of comparing with them; look at what has changed before it is committed. */
export const rewriteVariable = 'VIRTRIGAUD_WRITE_TRACES';

const directory = fileURLToPath(new URL('../traces/', import.meta.url));

/** The trace in the repository; what was traced now takes its place first where the environment says so. */
export async function golden(name: string, now: string): Promise<string> {
  const path = `${directory}${name}.txt`;
  if (process.env[rewriteVariable] === '1') {
    await mkdir(directory, { recursive: true });
    await writeFile(path, now);
  }
  return readFile(path, 'utf8');
}

/** A write about one VirtualMachine in a line; undefined: it is about something else. */
export function lineOfWrite({ method, path, body }: ApiWrite, name: string): string | undefined {
  const content = body as WrittenObject;
  if (path.endsWith('/events') && content.involvedObject?.name === name) return `event  ${content.reason ?? ''}`;
  const [, resource] = new RegExp(`/virtualmachines/${name}(/status)?$`).exec(path) ?? [undefined, undefined];
  if (!path.includes(`/virtualmachines/${name}`)) return undefined;
  const { metadata = {}, spec, status } = content;
  const { uid: _uid, resourceVersion: _version, ...others } = metadata;
  const what = [
    ...Object.entries(others).map(([key, value]) => `${key}=${JSON.stringify(value)}`),
    ...(spec === undefined ? [] : ['SPEC']),
    ...(status ? [statusWords(status)] : []),
  ];
  return `write  ${method}${resource ?? ''} ${what.join(' ')}`;
}

interface WrittenObject {
  readonly involvedObject?: { readonly name?: string };
  readonly reason?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: unknown;
  readonly status?: Readonly<Record<string, unknown>> & {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
  };
}

/** What changes, by name, and what is said of it. */
function statusWords(status: NonNullable<WrittenObject['status']>): string {
  const { conditions, ...others } = status;
  const keys = Object.entries(others).map(([key, value]) => (value === null ? `-${key}` : key));
  const said = (conditions ?? []).map((each) => `${each.type}=${each.status}/${each.reason}`);
  return `{${keys.sort().join(' ')}} ${said.sort().join(' ')}`.trim();
}

/** A call about one VirtualMachine in a line; undefined: it is about something else. */
export function lineOfRpc({ method, message }: Rpc, { name, uids }: Subject): string | undefined {
  const { owner, words } = decoded(method, message);
  const isIts = owner === undefined || owner.name === name || uids.includes(owner.uid);
  return isIts ? ['rpc   ', method, ...words].join(' ') : undefined;
}

/** Whom a trace is about; what was another's before bears its uid. */
export interface Subject {
  readonly name: string;
  readonly uids: readonly string[];
}

interface Decoded {
  /** Undefined: about no machine in particular. */
  readonly owner: { readonly name: string; readonly uid: string } | undefined;
  readonly words: readonly string[];
}

function decoded(method: string, message: Buffer): Decoded {
  switch (method) {
    case 'Describe':
      return { owner: DescribeRequest.decode(message).owner, words: [] };
    case 'Create':
      return { owner: CreateRequest.decode(message).mutation?.owner, words: [] };
    case 'Adopt':
      return { owner: AdoptRequest.decode(message).mutation?.owner, words: [] };
    case 'Delete': {
      const { mutation, releaseOnly } = DeleteRequest.decode(message);
      return { owner: mutation?.owner, words: releaseOnly ? ['release only'] : [] };
    }
    case 'Power': {
      const { mutation, op } = PowerRequest.decode(message);
      return {
        owner: mutation?.owner,
        words: Object.entries(PowerOp).flatMap(([word, value]) => (value === op ? [word] : [])),
      };
    }
    case 'Reconfigure': {
      const { mutation, updateMask } = ReconfigureRequest.decode(message);
      return { owner: mutation?.owner, words: updateMask ?? [] };
    }
    default:
      return { owner: undefined, words: [] };
  }
}
