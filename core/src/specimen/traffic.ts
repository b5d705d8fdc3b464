import { backdropOf } from './backdrop.ts';
import { PROTOCOLS } from './call.ts';
import type { Call, InnerCall, Protocol } from './call.ts';
import { clientsOf } from './client.ts';
import { probesOf } from './probe.ts';
import type { Traffic } from './probe.ts';
import { HOUR } from './stamp.ts';
import type { Millis } from './stamp.ts';
import type { Traces } from './traces.ts';
import type { World } from './world.ts';

/** Everything that was asked of the server, hour by hour; made when it is read, never kept. */
export class Requests {
  readonly #world: World;
  readonly #calls = new Map<number, Call[]>();
  readonly #inner = new Map<number, InnerCall[]>();

  constructor(world: World, traces: Traces) {
    this.#world = world;
    for (const call of traces.calls) put(this.#calls, call);
    for (const inner of traces.inner) put(this.#inner, inner);
  }

  /** What the front-end site logged in the hour, in order of time. */
  front(hour: Millis): readonly Call[] {
    return this.#calling(hour, PROTOCOLS)
      .calls.toSorted(byTime)
      .filter((c) => c.at < this.#world.collected);
  }

  /** What the back-end site logged in the hour, in order of time. */
  back(hour: Millis): readonly InnerCall[] {
    const { calls, inner } = this.#calling(hour, PROTOCOLS);
    const asked = calls.flatMap((c) => (c.inner === undefined ? [] : [c.inner]));
    return [...inner, ...asked].toSorted(byTime).filter((c) => c.at < this.#world.collected);
  }

  /** What one folder of HttpProxy logged in the hour, in order of time. */
  proxied(hour: Millis, protocol: Protocol): readonly Call[] {
    const { calls } = this.#calling(hour, [protocol]);
    return calls.filter((c) => c.protocol === protocol && c.at < this.#world.collected).toSorted(byTime);
  }

  #calling(hour: Millis, protocols: readonly Protocol[]): Traffic {
    const calls: Call[] = [...backdropOf(this.#world, hour), ...(this.#calls.get(hour / HOUR) ?? [])];
    const inner: InnerCall[] = [...(this.#inner.get(hour / HOUR) ?? [])];
    for (const protocol of protocols) {
      const probes = probesOf(this.#world, hour, protocol);
      for (const call of probes.calls) calls.push(call);
      for (const call of probes.inner) inner.push(call);
      for (const call of clientsOf(this.#world, hour, protocol)) calls.push(call);
    }
    return { calls: calls.map((call) => this.#balanced(call)), inner };
  }

  /** Behind a load balancer every client from outside has one of its addresses, whichever was free. */
  #balanced(call: Call): Call {
    const { balancers } = this.#world.server;
    if (balancers.length === 0 || /^(?:10\.|127\.|fe80:|::1$)/.test(call.address)) return call;
    const address = balancers[Number.parseInt(call.id.slice(0, 2), 16) % balancers.length];
    return address === undefined ? call : { ...call, address, forwarded: call.address };
  }
}

function put<T extends { readonly at: Millis }>(hours: Map<number, T[]>, entry: T): void {
  const hour = Math.floor(entry.at / HOUR);
  const found = hours.get(hour);
  if (found === undefined) hours.set(hour, [entry]);
  else found.push(entry);
}

function byTime(a: { readonly at: Millis }, b: { readonly at: Millis }): number {
  return a.at - b.at;
}
