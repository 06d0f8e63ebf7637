export default async ({ client, seen }) => {
  const stream = client.responses.stream({ model: 'gpt-4', input: 'Say hello!' });
  const answer = await stream.finalResponse();
  Object.assign(seen, { text: answer.output_text, status: answer.status, usage: answer.usage });
};
