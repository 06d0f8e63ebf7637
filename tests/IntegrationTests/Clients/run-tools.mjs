export default async ({ client, chat, options, seen }) => {
  seen.cities = [];
  const getWeather = {
    name: 'get_weather',
    description: 'The weather in a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    parse: JSON.parse,
    function: ({ city }) => {
      seen.cities.push(city);
      return `Sunny in ${city}`;
    },
  };
  const runner = client.chat.completions.runTools({
    ...chat,
    stream: options.stream,
    tools: [{ type: 'function', function: getWeather }],
  });
  seen.content = await runner.finalContent();
};
