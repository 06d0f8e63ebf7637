export default async ({ client, options, seen }) => {
  const request = { model: 'gpt-4', input: 'Say hello!' };
  if (!options.stream) {
    const answer = await client.responses.create(request);
    Object.assign(seen, { text: answer.output_text, status: answer.status, usage: answer.usage });
    return;
  }

  Object.assign(seen, { types: [], text: '' });
  for await (const event of await client.responses.create({ ...request, stream: true })) {
    seen.types.push(event.type);
    seen.text += event.type === 'response.output_text.delta' ? event.delta : '';
  }

  seen.ended = true;
};
