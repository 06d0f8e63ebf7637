// Two rounds: the model calls tools, is told what they say, and answers.
import { ask, connect } from './anthropic.mjs';
import { weather } from './weather.mjs';

export default async (context) => {
  const { options, seen } = context;
  const client = connect(context);
  const request = {
    ...ask(context),
    tools: [
      { name: 'get_weather', description: 'The weather in a city.', input_schema: weather.schema },
      { name: 'get_time', input_schema: { type: 'object', properties: {} } },
    ],
  };
  const play = (body) => (options.stream ? client.messages.stream(body).finalMessage() : client.messages.create(body));

  const first = await play(request);
  seen.stopReason = first.stop_reason;
  seen.calls = first.content.filter(({ type }) => type === 'tool_use');
  const results = seen.calls.map(({ id, name, input }) => ({ type: 'tool_result', tool_use_id: id, content: weather.answer(name, input) }));
  const second = await play({
    ...request,
    messages: [...request.messages, { role: 'assistant', content: first.content }, { role: 'user', content: results }],
  });
  seen.content = second.content.filter(({ type }) => type === 'text').map(({ text }) => text).join('');
};
