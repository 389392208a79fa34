import type { DomainEvent, DomainEventKind } from '../domain-event.ts';
import type { Codec } from '../xdr/codec.ts';
import { int, mapped, nothing, optional, struct } from '../xdr/codec.ts';
import { string } from '../xdr/sequences.ts';
import { notEncodable } from '../xdr/xdr-encoder.ts';
import { procedure } from './procedure.ts';
import { domain, optionalString } from './wire-types.ts';

export const registerDomainEvent = procedure('CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY', {
  number: 316,
  args: struct({ eventId: int, domain: optional(domain) }),
  result: struct({ callbackId: int }),
});
export const deregisterDomainEvent = procedure('CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY', {
  number: 317,
  args: struct({ callbackId: int }),
  result: nothing,
});

/** A message as it came: which registration it is for, and the event. */
export interface EventMessage {
  readonly callbackId: number;
  readonly event: DomainEvent;
}

/** How an event is asked for and what its message looks like. */
export interface EventRow {
  readonly kind: DomainEventKind;
  readonly eventId: number;
  /** Procedure number of its messages. */
  readonly message: number;
  readonly payload: Codec<EventMessage>;
}

function read<Body extends { readonly callbackId: number }>(
  body: Codec<Body>,
  toEvent: (body: Body) => DomainEvent,
): Codec<EventMessage> {
  return mapped<Body, EventMessage>(body, {
    toWire: () => {
      throw notEncodable('events are only read');
    },
    fromWire: (value) => ({ callbackId: value.callbackId, event: toEvent(value) }),
  });
}

const withAlias = struct({ callbackId: int, domain, alias: string });

/** Events that this client knows. */
export const eventRows: readonly EventRow[] = [
  {
    kind: 'lifecycle',
    eventId: 0,
    message: 318,
    payload: read(struct({ callbackId: int, domain, event: int, detail: int }), (body) => ({
      kind: 'lifecycle',
      domain: body.domain,
      event: body.event,
      detail: body.detail,
    })),
  },
  {
    kind: 'reboot',
    eventId: 1,
    message: 319,
    payload: read(struct({ callbackId: int, domain }), (body) => ({ kind: 'reboot', domain: body.domain })),
  },
  {
    kind: 'deviceRemoved',
    eventId: 15,
    message: 333,
    payload: read(withAlias, ({ domain, alias }) => ({ kind: 'deviceRemoved', domain, alias })),
  },
  {
    kind: 'blockJob',
    eventId: 16,
    message: 339,
    payload: read(struct({ callbackId: int, domain, disk: string, type: int, status: int }), (body) => ({
      kind: 'blockJob',
      domain: body.domain,
      disk: body.disk,
      type: body.type,
      status: body.status,
    })),
  },
  {
    kind: 'agentLifecycle',
    eventId: 18,
    message: 348,
    payload: read(struct({ callbackId: int, domain, state: int, reason: int }), (body) => ({
      kind: 'agentLifecycle',
      domain: body.domain,
      state: body.state,
      reason: body.reason,
    })),
  },
  {
    kind: 'deviceAdded',
    eventId: 19,
    message: 354,
    payload: read(withAlias, ({ domain, alias }) => ({ kind: 'deviceAdded', domain, alias })),
  },
  {
    kind: 'deviceRemovalFailed',
    eventId: 22,
    message: 367,
    payload: read(withAlias, ({ domain, alias }) => ({ kind: 'deviceRemovalFailed', domain, alias })),
  },
  {
    kind: 'metadata',
    eventId: 23,
    message: 379,
    payload: read(struct({ callbackId: int, domain, type: int, uri: optionalString }), (body) => ({
      kind: 'metadata',
      domain: body.domain,
      type: body.type,
      uri: body.uri,
    })),
  },
];
