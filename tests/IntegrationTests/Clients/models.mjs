export default async ({ client, options, seen }) => {
  if (options.model) {
    seen.model = await client.models.retrieve(options.model);
    return;
  }

  seen.models = [];
  for await (const model of client.models.list()) seen.models.push(model);
};
