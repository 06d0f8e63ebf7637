import { ask, connect } from './anthropic.mjs';

export default async (context) => {
  const { seen } = context;
  Object.assign(seen, { text: '', thinking: '', events: [] });
  const stream = connect(context).messages.stream(ask(context));
  stream.on('text', (delta) => {
    seen.text += delta;
  });
  stream.on('thinking', (delta) => {
    seen.thinking += delta;
  });
  stream.on('streamEvent', (event) => seen.events.push(event.type));
  seen.message = await stream.finalMessage();
};
