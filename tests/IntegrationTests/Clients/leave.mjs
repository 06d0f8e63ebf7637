// A caller who hangs up: in each of the ways the library offers, or before there is an answer, when the test says so.
export default async ({ client, chat, options, told }) => {
  const leaving = new AbortController();
  const streamed = { ...chat, stream: true };

  const ways = {
    signal: async () => {
      for await (const _ of await client.chat.completions.create(streamed, { signal: leaving.signal })) leaving.abort();
    },
    controller: async () => {
      const stream = await client.chat.completions.create(streamed);
      for await (const _ of stream) stream.controller.abort();
    },
    break: async () => {
      for await (const _ of await client.chat.completions.create(streamed)) break;
    },
    helper: async () => {
      const stream = client.chat.completions.stream(chat);
      stream.on('chunk', () => stream.abort());
      await stream.finalContent();
    },
    waiting: async () => {
      told.then(() => leaving.abort());
      await client.chat.completions.create(chat, { signal: leaving.signal });
    },
  };

  await ways[options.way]();
};
