import type { KnobBoard } from './knobs.ts';
import type { RecordStore } from './record-store.ts';
import type { ImageRecord, VmRecord, VolumeRecord } from './records.ts';

/** Which VM takes a name. */
export interface Reservation {
  readonly name: string;
  readonly vmId: string;
}

/** What a watcher of the knobs is told. */
export interface KnobListener {
  changed(): void;
  /** They cannot be watched any more; nothing follows. */
  failed(error: unknown): void;
}

/**
 * All that a hypervisor is: what lies on its disk, and the news of changes to it. A directory, in all programs; a simulation puts
 * memory in its place, which outlives the processes that it kills.
 */
export interface HypervisorState {
  /** Where it is, for people. */
  readonly place: string;
  /** Stable for as long as the state lives: the same for each process that opens it. */
  readonly id: string;
  readonly knobs: Pick<KnobBoard, 'read' | 'set'>;
  readonly vms: RecordStore<VmRecord>;
  readonly volumes: RecordStore<VolumeRecord>;
  readonly images: RecordStore<ImageRecord>;
  readonly names: RecordStore<Reservation>;
  /** Counts a strike of a fault, over all processes. @returns false when it has struck so often already. */
  countStrike(faultId: string, times: number): Promise<boolean>;
  /** Tells each change of the knobs, by whomever. @returns ends it. */
  watchKnobs(listener: KnobListener): () => void;
}
