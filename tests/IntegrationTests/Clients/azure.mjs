// OpenAI's own library for Azure, classic paths; runs another script of this folder with it.
import { AzureOpenAI } from 'openai';

export default async (context) => {
  const { url, key, options } = context;
  const client = new AzureOpenAI({
    endpoint: url,
    apiKey: key,
    apiVersion: '2024-10-21',
    deployment: options.model ?? 'chat-eu',
    maxRetries: options.maxRetries,
    timeout: options.timeout,
  });
  const { default: play } = await import(`./${options.way}.mjs`);
  await play({ ...context, client });
};
