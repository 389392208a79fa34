import { describe, expect, it } from '@jest/globals';
import { Chance } from '../chaos/scenario/random.ts';
import { ApiNet } from '../chaos/sim/api-net.ts';
import { EventLoop, SimProcess } from '../chaos/sim/event-loop.ts';
import { Weather } from '../chaos/sim/weather.ts';

const frames = 200;

interface Answer {
  writeHead(status: number): void;
  write(chunk: string): void;
  end(): void;
}

describe('the simulated network', () => {
  it('brings what is streamed in its order, where a part that was held up makes all that follows arrive in one moment', async () => {
    const loop = new EventLoop();
    const chance = new Chance(1);
    const weather = new Weather(loop, chance);
    const net = new ApiNet(loop, weather);
    const server = new SimProcess('apiserver');
    const write = (response: Answer, count: number): void => {
      weather.lagMs = count === 0 ? 50 : 0;
      response.write(`${String(count)} `);
      if (count + 1 === frames) response.end();
      else loop.schedule(chance.next() * 0.1, server, () => write(response, count + 1));
    };
    const handle = async (_request: unknown, response: unknown): Promise<void> => {
      (response as Answer).writeHead(200);
      write(response as Answer, 0);
    };
    net.listening = { process: server, handler: { handle } };
    const heard: number[] = [];
    await loop.as(new SimProcess('manager-1'), async () => {
      const request = { path: '/vms?watch=true', method: 'GET', headers: {}, body: null };
      const { body } = await net.dispatcher.request({ ...request, signal: new AbortController().signal });
      for await (const chunk of body) heard.push(Number(chunk.toString()));
    });
    expect(heard).toEqual(Array.from({ length: frames }, (_, count) => count));
  });
});
