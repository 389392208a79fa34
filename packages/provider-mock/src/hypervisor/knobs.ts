import { statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, replaceDurably } from './durable-file.ts';
import { HypervisorError } from './hypervisor-error.ts';

/** What a call can be made to answer; `Internal` is what a bug looks like. */
const statusCodes = [
  ...['InvalidArgument', 'NotFound', 'AlreadyExists', 'FailedPrecondition', 'Aborted', 'OutOfRange', 'Unimplemented'],
  ...[
    'ResourceExhausted',
    'Unauthenticated',
    'PermissionDenied',
    'Unavailable',
    'DeadlineExceeded',
    'Cancelled',
    'Internal',
  ],
] as const;

const milliseconds = z.number().int().min(0).max(600_000);

const faultSchema = z.strictObject({
  /** Names the fault; how often it has struck is counted under it. */
  id: z.string().regex(/^[\w-]{1,64}$/),
  /**
   * Where it strikes: `create` is before the call's first effect, `create.claim` after that step is durable, `create.reply` after
   * all of it, when only the answer is missing. `*` at the end stands for anything.
   */
  point: z.string().min(1).max(64),
  /** Only for the VM of this name or id. */
  vm: z.string().optional(),
  /** How often, over all processes; omitted: always. */
  times: z.number().int().min(1).optional(),
  effect: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('fail'),
      code: z.enum(statusCodes),
      /** Omitted: the caller cannot tell whether it was done, as when a reply is lost. */
      reason: z.string().optional(),
      message: z.string().default('injected by a knob'),
    }),
    z.strictObject({ kind: z.literal('kill') }),
    z.strictObject({ kind: z.literal('hang') }),
    z.strictObject({ kind: z.literal('delay'), delayMs: milliseconds }),
  ]),
});

const knobsSchema = z.strictObject({
  /** How long each call to the hypervisor takes. */
  latencyMs: milliseconds.default(0),
  /** How long a guest takes from power on to its network. */
  bootMs: milliseconds.default(0),
  /** How long a guest takes to shut down when asked. */
  shutdownMs: milliseconds.default(0),
  /** Guests that are asked to shut down do not. */
  ignoreShutdown: z.boolean().default(false),
  /** How long a root disk takes to copy; 0: no time, so that a creation is done when it is answered. */
  copyMs: milliseconds.default(0),
  /** How long an image takes to be imported. */
  importMs: milliseconds.default(0),
  /** The hypervisor does not answer. */
  blind: z.boolean().default(false),
  /** How late changes are told. */
  streamLagMs: milliseconds.default(0),
  /** Names or ids of VMs that lists leave out, though they are there. */
  hidden: z.array(z.string()).default([]),
  /** The only sources of images that are there; omitted: any. */
  images: z.array(z.string()).optional(),
  /** The sha256 of what is at a source; of a source that is not in here, any checksum is right. */
  checksums: z.record(z.string(), z.string()).default({}),
  /** The only networks that are there; omitted: any. */
  networks: z.array(z.string()).optional(),
  /** What all disks may take together; omitted: anything. */
  capacityBytes: z.number().int().min(0).optional(),
  faults: z.array(faultSchema).max(100).default([]),
});

/** How the hypervisor behaves, and what is wrong with it. */
export type Knobs = z.output<typeof knobsSchema>;
/** Knobs as they are written: whatever is left out has its default. */
export type KnobSettings = z.input<typeof knobsSchema>;
export type Fault = Knobs['faults'][number];

const fileName = 'knobs.json';

/** Whether a file of the state directory holds the knobs. */
export function isKnobsFile(name: string): boolean {
  return name === fileName;
}

/** The knobs of a state directory, read again whenever their file has changed, by whomever. */
export class KnobBoard {
  readonly #path: string;
  readonly #defaults: KnobSettings;
  #seen: { readonly stamp: string; readonly knobs: Knobs } | undefined;

  /** @param defaults - what holds for a knob that the file does not set. */
  constructor(directory: string, defaults: KnobSettings = {}) {
    this.#path = join(directory, fileName);
    this.#defaults = defaults;
  }

  /** @throws {@link HypervisorError} `BadKnobs` when the file holds anything but knobs. */
  async read(): Promise<Knobs> {
    const stamp = stampOf(this.#path);
    if (this.#seen?.stamp !== stamp) {
      this.#seen = { stamp, knobs: parseKnobs({ ...this.#defaults, ...(await this.#settings()) }, this.#path) };
    }
    return this.#seen.knobs;
  }

  /** Sets some knobs and leaves the others. Not for several writers at once. */
  async set(settings: KnobSettings): Promise<void> {
    const next = { ...(await this.#settings()), ...settings };
    parseKnobs(next, this.#path);
    await replaceDurably(this.#path, JSON.stringify(next, null, 2));
  }

  async #settings(): Promise<object> {
    const text = await readIfThere(this.#path);
    if (text === undefined) return {};
    const settings = parseJson(text);
    if (settings !== null && typeof settings === 'object' && !Array.isArray(settings)) return settings;
    throw new HypervisorError('BadKnobs', `${this.#path} holds no JSON object; correct it or remove it`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Half a file and no JSON at all are answered alike: it is no object.
    return undefined;
  }
}

/** @throws {@link HypervisorError} `BadKnobs` when they are none. */
export function parseKnobs(settings: object, path: string): Knobs {
  const parsed = knobsSchema.safeParse(settings);
  if (parsed.success) return parsed.data;
  throw new HypervisorError('BadKnobs', `${path} holds knobs that do not exist: ${z.prettifyError(parsed.error)}`);
}

/** Asked at each step of each call: a look that does not wait costs a twentieth of one that does. */
function stampOf(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found ? `${found.ino} ${found.size} ${found.mtimeNs}` : 'none';
}
