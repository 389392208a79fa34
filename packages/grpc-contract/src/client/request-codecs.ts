import { HealthCheckRequest } from '../gen/grpc/health/v1/health.ts';
import {
  AdoptRequest,
  CancelTaskRequest,
  CloneRequest,
  CreateRequest,
  DeleteRequest,
  DescribeRequest,
  GetProviderInfoRequest,
  ImageDescribeRequest,
  ImagePrepareRequest,
  ListVMsRequest,
  OpenConsoleRequest,
  PowerRequest,
  ReconfigureRequest,
  SnapshotCreateRequest,
  SnapshotDeleteRequest,
  SnapshotListRequest,
  SnapshotRevertRequest,
  TaskStatusRequest,
  ValidateRequest,
  WatchTasksRequest,
  WatchVMsRequest,
} from '../gen/virtrigaud/provider/v1/provider.ts';
import type { HealthServiceDefinition, ProviderMethod } from '../service-types.ts';

interface RequestCodec {
  fromPartial(request: never): unknown;
}

/** Fills in the proto3 defaults of a request, by method. ts-proto's encoder needs every field to be there. */
export const requestCodecs: Readonly<Record<ProviderMethod, RequestCodec>> = {
  validate: ValidateRequest,
  create: CreateRequest,
  delete: DeleteRequest,
  power: PowerRequest,
  reconfigure: ReconfigureRequest,
  describe: DescribeRequest,
  taskStatus: TaskStatusRequest,
  getProviderInfo: GetProviderInfoRequest,
  listVMs: ListVMsRequest,
  watchVMs: WatchVMsRequest,
  watchTasks: WatchTasksRequest,
  cancelTask: CancelTaskRequest,
  imagePrepare: ImagePrepareRequest,
  imageDescribe: ImageDescribeRequest,
  adopt: AdoptRequest,
  snapshotCreate: SnapshotCreateRequest,
  snapshotDelete: SnapshotDeleteRequest,
  snapshotRevert: SnapshotRevertRequest,
  snapshotList: SnapshotListRequest,
  clone: CloneRequest,
  openConsole: OpenConsoleRequest,
};

/** The same for grpc.health.v1. */
export const healthRequestCodecs: Readonly<Record<keyof HealthServiceDefinition, RequestCodec>> = {
  check: HealthCheckRequest,
  watch: HealthCheckRequest,
};
