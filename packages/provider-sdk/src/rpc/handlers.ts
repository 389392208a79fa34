import type { ProviderHandlers } from '@virtrigaud/grpc-contract/server';
import { capabilityMissing } from '../provider-error.ts';
import type { Runtime } from '../runtime.ts';
import { adopt } from './adopt.ts';
import { create } from './create.ts';
import { deleteVm } from './delete.ts';
import { describe } from './describe.ts';
import { getProviderInfo } from './get-provider-info.ts';
import { imageDescribe, imagePrepare } from './images.ts';
import { ListVms } from './list-vms.ts';
import { power } from './power.ts';
import { reconfigure } from './reconfigure.ts';
import { cancelTask, taskStatus } from './tasks.ts';
import { validate } from './validate.ts';
import { watchTasks } from './watch-tasks.ts';
import { watchVms } from './watch-vms.ts';

/** The 21 calls of the contract, each by its file; those whose capability no release has yet say so. */
export function handlersOf(runtime: Runtime): ProviderHandlers {
  const lists = new ListVms(runtime);
  const lacking = (what: string) => async () => Promise.reject(capabilityMissing(what));
  return {
    validate: (request, call) => validate(runtime, request, call),
    create: (request, call) => create(runtime, request, call),
    delete: (request, call) => deleteVm(runtime, request, call),
    power: (request, call) => power(runtime, request, call),
    reconfigure: (request, call) => reconfigure(runtime, request, call),
    describe: (request, call) => describe(runtime, request, call),
    taskStatus: (request, call) => taskStatus(runtime, request, call),
    getProviderInfo: (request, call) => getProviderInfo(runtime, request, call),
    listVMs: (request, call) => lists.page(request, call),
    watchVMs: (request, call) => watchVms(runtime, request, call),
    watchTasks: (request, call) => watchTasks(runtime, request, call),
    cancelTask: (request, call) => cancelTask(runtime, request, call),
    imagePrepare: (request, call) => imagePrepare(runtime, request, call),
    imageDescribe: (request, call) => imageDescribe(runtime, request, call),
    adopt: (request, call) => adopt(runtime, request, call),
    snapshotCreate: lacking('make snapshots'),
    snapshotDelete: lacking('delete snapshots'),
    snapshotRevert: lacking('revert to snapshots'),
    snapshotList: lacking('list snapshots'),
    clone: lacking('clone a VM'),
    openConsole: lacking('open a console'),
  };
}
