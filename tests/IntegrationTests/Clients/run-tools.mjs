import { weather } from './weather.mjs';

export default async ({ client, chat, options, seen }) => {
  seen.cities = [];
  const getWeather = {
    name: 'get_weather',
    description: 'The weather in a city.',
    parameters: weather.schema,
    parse: JSON.parse,
    function: ({ city }) => {
      seen.cities.push(city);
      return weather.answer('get_weather', { city });
    },
  };
  const getTime = {
    name: 'get_time',
    description: 'The time of the day.',
    parameters: { type: 'object', properties: {} },
    function: () => weather.answer('get_time'),
  };
  const runner = client.chat.completions.runTools({
    ...chat,
    stream: options.stream,
    tools: [getWeather, getTime].map((tool) => ({ type: 'function', function: tool })),
  });
  seen.content = await runner.finalContent();
  seen.calls = runner.messages.flatMap(({ tool_calls: calls }) => calls ?? []).map((call) => call.function.arguments);
};
