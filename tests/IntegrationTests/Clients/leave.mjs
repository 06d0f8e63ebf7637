// A caller who hangs up: in each of the ways the library offers, or before there is an answer, as soon as standard
// input ends.
import { chat, client, options, report } from './client.mjs';

const leaving = new AbortController();

const ways = {
  signal: async () => {
    for await (const _ of await client.chat.completions.create({ ...chat, stream: true }, { signal: leaving.signal })) leaving.abort();
  },
  controller: async () => {
    const stream = await client.chat.completions.create({ ...chat, stream: true });
    for await (const _ of stream) stream.controller.abort();
  },
  break: async () => {
    for await (const _ of await client.chat.completions.create({ ...chat, stream: true })) break;
  },
  helper: async () => {
    const stream = client.chat.completions.stream(chat);
    stream.on('chunk', () => stream.abort());
    await stream.finalContent();
  },
  waiting: async () => {
    process.stdin.on('end', () => leaving.abort()).resume();
    await client.chat.completions.create(chat, { signal: leaving.signal });
  },
};

await report(ways[options.way]);
