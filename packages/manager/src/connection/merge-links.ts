import type { GetProviderInfoResponse } from '@virtrigaud/grpc-contract/client';
import { initialLinkState, isUsable, type Health, type LinkState, type Reach } from './connection-state.ts';

/** What is known of all instances, as of one. The last known of what none of them says now stays. Pure. */
export function mergeLinks(links: readonly LinkState[], before: LinkState): LinkState {
  if (links.length === 0) return { ...before, reach: goneFrom(before.reach), health: { kind: 'Unknown' } };
  const usable = links.filter(isUsable);
  const [first] = usable;
  if (first) {
    return {
      reach: earliest(usable.map(({ reach }) => reach)) ?? first.reach,
      agreement: first.agreement,
      info: mergeInfos(usable.flatMap(({ info }) => info ?? [])),
      health: mergeHealth(usable.map(({ health }) => health)),
    };
  }
  const told = links.find(({ agreement }) => agreement.kind !== 'Unknown') ?? links[0] ?? initialLinkState;
  const failed = links.find(({ reach }) => reach.kind === 'Unreachable' || reach.kind === 'HandshakeFailed');
  return {
    reach: links.some(({ reach }) => reach.kind === 'Connecting')
      ? keptWhileConnecting(before.reach)
      : (failed ?? told).reach,
    agreement: told.agreement.kind === 'Unknown' ? before.agreement : told.agreement,
    info: told.info ?? before.info,
    health: { kind: 'Unknown' },
  };
}

/** What all instances can do; who they are, all of them. */
function mergeInfos(infos: readonly GetProviderInfoResponse[]): GetProviderInfoResponse | undefined {
  const [first] = infos;
  if (!first || infos.length === 1) return first;
  const capabilities = first.capabilities.filter((each) => infos.every((info) => info.capabilities.includes(each)));
  const instanceId = infos
    .map((info) => info.instanceId)
    .sort()
    .join('+');
  // One that does not say where it is takes nothing from what the others say; where they differ it is that of none.
  const named = [...new Set(infos.map((info) => info.hypervisorId))].filter((id) => id !== '');
  const hypervisorId = named.length === 1 ? (named[0] ?? '') : '';
  return { ...first, capabilities, instanceId, hypervisorId };
}

/** One that sees the hypervisor is enough: calls go to it. */
function mergeHealth(healths: readonly Health[]): Health {
  const serving = healths.filter(({ kind }) => kind === 'Serving');
  const told = serving.length > 0 ? serving : healths.filter(({ kind }) => kind !== 'Unknown');
  return earliest(told) ?? { kind: 'Unknown' };
}

function earliest<T extends Reach | Health>(many: readonly T[]): T | undefined {
  const since = (each: T) => ('sinceMs' in each ? each.sinceMs : 0);
  return [...many].sort((a, b) => since(a) - since(b))[0];
}

/** Another attempt is no news as long as it has not ended. */
function keptWhileConnecting(before: Reach): Reach {
  return before.kind === 'Connected' ? { kind: 'Connecting' } : before;
}

function goneFrom(before: Reach): Reach {
  return before.kind === 'Connected' ? { kind: 'Connecting' } : before;
}
