import {
  defineProvider,
  ownershipOf,
  poll,
  stamp,
  stampOf,
  type EffectCall,
  type PowerState,
  type VmSpec,
  type VmState,
} from '../src/index.ts';

/** A VM of the cloud. */
export interface Box {
  readonly id: string;
  power: PowerState;
  readonly tags: Readonly<Record<string, string>>;
  readonly lifecycle?: VmState['lifecycle'];
}

/** A cloud that a test can make slow, wrong or angry. */
export class Cloud {
  readonly boxes = new Map<string, Box>();
  readonly specs: VmSpec[] = [];
  readonly unreadable = new Set<string>();
  /** Set: a look for an owner's VMs answers what it saw only then. */
  findGate: (() => Promise<void>) | undefined;
  createGate: ((call: EffectCall) => Promise<void>) | undefined;
  reboot: () => Promise<void> = async () => undefined;
  reboots = 0;

  readonly provider = defineProvider<Cloud, Box>({
    type: 'boxes',
    version: '1',
    connect: async () => this,
    hypervisor: async () => ({ id: 'boxes', version: '1' }),
    vms: {
      list: ({ boxes }) => [...boxes.values()],
      find: async ({ boxes }, { uid }) => {
        const found = [...boxes.values()].filter(({ tags }) => stampOf(tags)?.owner.uid === uid);
        await this.findGate?.();
        return found;
      },
      toState: ({ id, power, tags, lifecycle }) => {
        if (this.unreadable.has(id)) throw new TypeError(`box ${id} has no size`);
        return {
          id,
          name: id,
          power,
          lifecycle,
          cpus: 1,
          memoryBytes: 256 * 1024 ** 2,
          ...ownershipOf(stampOf(tags), id),
        };
      },
      create: async ({ boxes, specs }, spec, call) => {
        specs.push(spec);
        await this.createGate?.(call);
        const box: Box = { id: 'made', power: 'Off', tags: stamp(call.owner, 'made') };
        boxes.set(box.id, box);
        return box;
      },
      delete: async ({ boxes }, { id }) => boxes.delete(id),
      power: {
        on: async (_cloud, box) => (box.power = 'On'),
        off: async (_cloud, box) => (box.power = 'Off'),
        reboot: async () => {
          this.reboots += 1;
          await this.reboot();
        },
      },
      resize: async () => undefined,
    },
    inventory: poll({ everyMs: 50 }),
  });
}
