import * as device from '../procedures/domain-device.ts';
import * as power from '../procedures/domain-power.ts';
import * as procedures from '../procedures/domain.ts';
import { domainAgentCommand } from '../procedures/qemu.ts';
import type { DomainApi } from './domain-api.ts';
import type { Invoker } from './invoker.ts';
import { NEED_RESULTS } from './need-results.ts';

/** libvirt's flag for a size in bytes rather than KiB. */
const BLOCK_RESIZE_BYTES = 1;
/** libvirt's own waiting time for the guest agent. */
const AGENT_DEFAULT_TIMEOUT = -2;

type PowerCalls = Pick<
  DomainApi,
  | 'domainCreate'
  | 'domainShutdown'
  | 'domainDestroy'
  | 'domainReboot'
  | 'domainReset'
  | 'domainSuspend'
  | 'domainResume'
>;
type DeviceCalls = Pick<
  DomainApi,
  | 'domainSetVcpus'
  | 'domainSetMemory'
  | 'domainAttachDevice'
  | 'domainDetachDevice'
  | 'domainDetachDeviceAlias'
  | 'domainUpdateDevice'
  | 'domainBlockResize'
  | 'domainGetBlockInfo'
  | 'domainGetBlockJobInfo'
  | 'domainBlockJobAbort'
>;
type GuestCalls = Pick<
  DomainApi,
  'domainInterfaceAddresses' | 'domainGetGuestInfo' | 'domainAgentCommand' | 'getAllDomainStats'
>;

/** {@link DomainApi} over an invoker. */
export function domainCalls(invoker: Invoker): DomainApi {
  return {
    ...definitionCalls(invoker),
    ...powerCalls(invoker),
    ...deviceCalls(invoker),
    ...guestCalls(invoker),
  };
}

function definitionCalls({ call }: Invoker): Omit<DomainApi, keyof PowerCalls | keyof DeviceCalls | keyof GuestCalls> {
  return {
    listAllDomains: async ({ flags = 0, ...options } = {}) =>
      (await call(procedures.listAllDomains, { needResults: NEED_RESULTS, flags }, options)).domains,
    domainLookupByName: async (name, options) => (await call(procedures.domainLookupByName, { name }, options)).domain,
    domainLookupByUuid: async (uuid, options) => (await call(procedures.domainLookupByUuid, { uuid }, options)).domain,
    domainGetXmlDesc: async (domain, { flags = 0, ...options } = {}) =>
      (await call(procedures.domainGetXmlDesc, { domain, flags }, options)).xml,
    domainGetState: (domain, { flags = 0, ...options } = {}) =>
      call(procedures.domainGetState, { domain, flags }, options),
    domainGetInfo: (domain, options) => call(procedures.domainGetInfo, { domain }, options),
    domainDefineXml: async (xml, { flags = 0, ...options } = {}) =>
      (await call(procedures.domainDefineXml, { xml, flags }, options)).domain,
    domainUndefine: (domain, { flags = 0, ...options } = {}) =>
      call(procedures.domainUndefine, { domain, flags }, options),
    domainSetMetadata: (domain, { type, text, key, uri }, { flags = 0, ...options } = {}) =>
      call(procedures.domainSetMetadata, { domain, type, text, key, uri, flags }, options),
    domainGetMetadata: async (domain, { type, uri }, { flags = 0, ...options } = {}) =>
      (await call(procedures.domainGetMetadata, { domain, type, uri, flags }, options)).metadata,
    domainGetAutostart: async (domain, options) =>
      (await call(procedures.domainGetAutostart, { domain }, options)).autostart !== 0,
    domainSetAutostart: (domain, { autostart }, options) =>
      call(procedures.domainSetAutostart, { domain, autostart: autostart ? 1 : 0 }, options),
  };
}

function powerCalls({ call }: Invoker): PowerCalls {
  return {
    domainCreate: async (domain, { flags = 0, ...options } = {}) =>
      (await call(power.domainCreate, { domain, flags }, options)).domain,
    domainShutdown: (domain, { flags = 0, ...options } = {}) => call(power.domainShutdown, { domain, flags }, options),
    domainDestroy: (domain, { flags = 0, ...options } = {}) => call(power.domainDestroy, { domain, flags }, options),
    domainReboot: (domain, { flags = 0, ...options } = {}) => call(power.domainReboot, { domain, flags }, options),
    domainReset: (domain, { flags = 0, ...options } = {}) => call(power.domainReset, { domain, flags }, options),
    domainSuspend: (domain, options) => call(power.domainSuspend, { domain }, options),
    domainResume: (domain, options) => call(power.domainResume, { domain }, options),
  };
}

function deviceCalls({ call }: Invoker): DeviceCalls {
  return {
    domainSetVcpus: (domain, vcpus, { flags = 0, ...options } = {}) =>
      call(device.domainSetVcpus, { domain, vcpus, flags }, options),
    domainSetMemory: (domain, memoryKiB, { flags = 0, ...options } = {}) =>
      call(device.domainSetMemory, { domain, memoryKiB, flags }, options),
    domainAttachDevice: (domain, xml, { flags = 0, ...options } = {}) =>
      call(device.domainAttachDevice, { domain, xml, flags }, options),
    domainDetachDevice: (domain, xml, { flags = 0, ...options } = {}) =>
      call(device.domainDetachDevice, { domain, xml, flags }, options),
    domainDetachDeviceAlias: (domain, alias, { flags = 0, ...options } = {}) =>
      call(device.domainDetachDeviceAlias, { domain, alias, flags }, options),
    domainUpdateDevice: (domain, xml, { flags = 0, ...options } = {}) =>
      call(device.domainUpdateDevice, { domain, xml, flags }, options),
    domainBlockResize: (domain, { disk, sizeBytes }, options) =>
      call(device.domainBlockResize, { domain, disk, size: sizeBytes, flags: BLOCK_RESIZE_BYTES }, options),
    domainGetBlockInfo: (domain, disk, options) => call(device.domainGetBlockInfo, { domain, disk, flags: 0 }, options),
    domainGetBlockJobInfo: async (domain, disk, { flags = 0, ...options } = {}) => {
      const { found, ...job } = await call(device.domainGetBlockJobInfo, { domain, disk, flags }, options);
      return found ? job : undefined;
    },
    domainBlockJobAbort: (domain, disk, { flags = 0, ...options } = {}) =>
      call(device.domainBlockJobAbort, { domain, disk, flags }, options),
  };
}

function guestCalls({ call }: Invoker): GuestCalls {
  return {
    domainInterfaceAddresses: async (domain, source, options) =>
      (await call(procedures.domainInterfaceAddresses, { domain, source, flags: 0 }, options)).interfaces,
    domainGetGuestInfo: async (domain, types, { flags = 0, ...options } = {}) =>
      (await call(procedures.domainGetGuestInfo, { domain, types, flags }, options)).params,
    domainAgentCommand: async (domain, { command, agentTimeoutS }, { flags = 0, ...options } = {}) => {
      const args = { domain, command, agentTimeoutS: agentTimeoutS ?? AGENT_DEFAULT_TIMEOUT, flags };
      return (await call(domainAgentCommand, args, options)).answer;
    },
    getAllDomainStats: async ({ stats, domains = [] }, { flags = 0, ...options } = {}) =>
      (await call(procedures.getAllDomainStats, { domains, stats, flags }, options)).stats,
  };
}
