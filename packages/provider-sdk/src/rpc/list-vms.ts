import {
  VirtualMachineState,
  type ListVMsRequest,
  type ListVMsResponse,
  type ServerCall,
} from '@virtrigaud/grpc-contract/server';
import { asContractError, invalidField } from '../provider-error.ts';
import { listContext, type Runtime } from '../runtime.ts';
import { encodeState } from '../wire/encode-state.ts';
import { isShownTo } from './audience.ts';

const MAX_PAGE_SIZE = 500;
/** Half of what a message may have: states differ in size, and a page must never be refused for its own. */
const MAX_PAGE_BYTES = 2 * 1024 ** 2;
/** Lists that somebody is paging through; the oldest is forgotten first. */
const MAX_OPEN_LISTS = 16;
/** A list that nobody has asked for in this time is forgotten. */
const KEEP_LIST_MS = 300_000;

interface OpenList {
  readonly vms: readonly VirtualMachineState[];
  askedAt: number;
}

/** Pages through one list of the hypervisor, so that no VM is missed or seen twice between two pages. */
export class ListVms {
  readonly #open = new Map<string, OpenList>();
  readonly #runtime: Runtime;
  readonly #now: () => number;
  #next = 0;

  constructor(runtime: Runtime, now: () => number = Date.now) {
    this.#runtime = runtime;
    this.#now = now;
  }

  /** ListVMs: asks the hypervisor for the first page, and answers the others from that list; any of them again, when asked again. */
  async page(request: ListVMsRequest, call: ServerCall): Promise<ListVMsResponse> {
    this.#forgetOld();
    const size = Math.min(request.pageSize > 0 ? request.pageSize : MAX_PAGE_SIZE, MAX_PAGE_SIZE);
    const at = request.pageToken === '' ? undefined : this.#parse(request.pageToken);
    const vms = at ? at.vms : await this.#list(request, call);
    const page = pageOf(vms, at?.from ?? 0, size);
    const to = (at?.from ?? 0) + page.length;
    if (to >= vms.length) return { vms: page, nextPageToken: '' };
    const list = at?.list ?? this.#keep(vms);
    return { vms: page, nextPageToken: `${this.#runtime.instanceId}.${list}.${String(to)}` };
  }

  async #list(request: ListVMsRequest, call: ServerCall): Promise<readonly VirtualMachineState[]> {
    const { keeper, implementation, logger } = this.#runtime;
    const unreadable = (error: unknown): void => {
      logger.error('a VM cannot be read', { by: 'ListVMs', why: asContractError(error).message });
    };
    return keeper.use(async (session) => {
      const vms: VirtualMachineState[] = [];
      for await (const vm of implementation.listVms(session, listContext(this.#runtime, call, unreadable))) {
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
    this.#open.set(list, { vms, askedAt: this.#now() });
    return list;
  }

  #forgetOld(): void {
    for (const [list, { askedAt }] of this.#open) if (this.#now() - askedAt > KEEP_LIST_MS) this.#open.delete(list);
  }

  #parse(token: string): { readonly list: string; readonly from: number; readonly vms: OpenList['vms'] } {
    const [instance, list = '', from = ''] = token.split('.');
    const open = instance === this.#runtime.instanceId ? this.#open.get(list) : undefined;
    if (!open || !/^\d+$/.test(from))
      throw invalidField('page_token', 'is not of a list that is open here: start again');
    open.askedAt = this.#now();
    return { list, from: Number(from), vms: open.vms };
  }
}

/** As many as are wanted and fit into a message, at least one. */
function pageOf(vms: readonly VirtualMachineState[], from: number, size: number): VirtualMachineState[] {
  const page: VirtualMachineState[] = [];
  let bytes = 0;
  for (const vm of vms.slice(from, from + size)) {
    bytes += VirtualMachineState.encode(vm).finish().length;
    if (bytes > MAX_PAGE_BYTES && page.length > 0) break;
    page.push(vm);
  }
  return page;
}
