import type {
  ListVMsRequest,
  ListVMsResponse,
  ServerCall,
  VirtualMachineState,
} from '@virtrigaud/grpc-contract/server';
import { invalidField } from '../provider-error.ts';
import { readContext, type Runtime } from '../runtime.ts';
import { encodeState } from '../wire/encode-state.ts';
import { isShownTo } from './audience.ts';

const MAX_PAGE_SIZE = 500;
/** Lists that somebody is paging through; the oldest is forgotten first. */
const MAX_OPEN_LISTS = 16;

/** Pages through one list of the hypervisor, so that no VM is missed or seen twice between two pages. */
export class ListVms {
  readonly #open = new Map<string, readonly VirtualMachineState[]>();
  readonly #runtime: Runtime;
  #next = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** ListVMs: asks the hypervisor for the first page, and answers the others from that list. */
  async page(request: ListVMsRequest, call: ServerCall): Promise<ListVMsResponse> {
    const size = Math.min(request.pageSize > 0 ? request.pageSize : MAX_PAGE_SIZE, MAX_PAGE_SIZE);
    const at = request.pageToken === '' ? undefined : this.#parse(request.pageToken);
    const vms = at ? at.vms : await this.#list(request, call);
    const from = at?.from ?? 0;
    const to = from + size;
    if (to >= vms.length) {
      if (at) this.#open.delete(at.list);
      return { vms: vms.slice(from), nextPageToken: '' };
    }
    const list = at?.list ?? this.#keep(vms);
    return { vms: vms.slice(from, to), nextPageToken: `${this.#runtime.instanceId}.${list}.${String(to)}` };
  }

  async #list(request: ListVMsRequest, call: ServerCall): Promise<readonly VirtualMachineState[]> {
    const { keeper, implementation } = this.#runtime;
    return keeper.use(async (session) => {
      const vms: VirtualMachineState[] = [];
      for await (const vm of implementation.listVms(session, readContext(this.#runtime, call))) {
        const state = encodeState(vm);
        if (isShownTo(request, state)) vms.push(state);
      }
      return vms;
    });
  }

  #keep(vms: readonly VirtualMachineState[]): string {
    const oldest = this.#open.keys().next();
    if (this.#open.size >= MAX_OPEN_LISTS && oldest.value !== undefined) this.#open.delete(oldest.value);
    const list = String((this.#next += 1));
    this.#open.set(list, vms);
    return list;
  }

  #parse(token: string): {
    readonly list: string;
    readonly from: number;
    readonly vms: readonly VirtualMachineState[];
  } {
    const [instance, list = '', from = ''] = token.split('.');
    const vms = instance === this.#runtime.instanceId ? this.#open.get(list) : undefined;
    if (!vms || !/^\d+$/.test(from))
      throw invalidField('page_token', 'is not of a list that is open here: start again');
    return { list, from: Number(from), vms };
  }
}
