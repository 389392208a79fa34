/** A VM in the mock's state directory, as far as these tests look. */
export interface MockVm {
  readonly id: string;
  readonly name: string;
  readonly power: 'on' | 'off' | 'suspended' | 'crashed';
  readonly configured: { readonly cpus: number; readonly memoryBytes: number };
  readonly live?: { readonly cpus: number; readonly memoryBytes: number };
  readonly stamp?: { readonly owner: { readonly uid: string } };
}

/** The mock's back door, as far as these tests use it. */
export interface MockHypervisor {
  readonly directory: string;
  vms(): Promise<readonly MockVm[]>;
  vm(nameOrId: string): Promise<MockVm | undefined>;
  volumes(): Promise<readonly { readonly vmId: string; readonly name: string }[]>;
  define(vm: { readonly name: string; readonly power?: MockVm['power'] }): Promise<MockVm>;
  change(nameOrId: string, change: object): Promise<MockVm>;
  remove(nameOrId: string): Promise<void>;
  images(): Promise<readonly { readonly id: string }[]>;
  removeImage(id: string): Promise<void>;
  setKnobs(settings: object): Promise<void>;
  addFaults(...faults: readonly object[]): Promise<void>;
  clearFaults(): Promise<void>;
}

export declare function openMockHypervisor(directory: string): Promise<MockHypervisor>;
