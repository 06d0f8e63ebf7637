export default async ({ client, options, seen }) => {
  seen.embeddings = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['Hello', 'Good night moon'], ...options.chat });
};
