export default async ({ client, options, seen }) => {
  const answer = await client.embeddings.create({ model: 'embed-x', input: ['Say', 'hello'], ...options.chat });
  Object.assign(seen, { vectors: answer.data.map((item) => [...item.embedding]), usage: answer.usage, model: answer.model });
};
