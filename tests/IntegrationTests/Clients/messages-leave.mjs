// As leave.mjs, with Anthropic's library.
import { ask, connect } from './anthropic.mjs';

export default async (context) => {
  const client = connect({ ...context, options: { ...context.options, way: undefined } });
  if (context.options.way === 'waiting') {
    const leaving = new AbortController();
    context.told.then(() => leaving.abort());
    await client.messages.create(ask(context), { signal: leaving.signal });
    return;
  }

  const stream = client.messages.stream(ask(context));
  stream.on('text', () => stream.abort());
  await stream.finalMessage();
};
