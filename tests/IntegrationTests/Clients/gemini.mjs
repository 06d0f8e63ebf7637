// Google's own library, at the Gemini API or, with an account, at Vertex AI.
import { GoogleGenAI } from '@google/genai';
import { signIn } from './google.mjs';
import { weather } from './weather.mjs';

const ways = {
  chat: async (client, request, seen) => {
    const response = await client.models.generateContent(request);
    Object.assign(seen, { text: response.text, usage: response.usageMetadata, finishReason: response.candidates[0].finishReason });
  },
  stream: async (client, request, seen) => {
    Object.assign(seen, { text: '', thinking: '' });
    for await (const chunk of await client.models.generateContentStream(request)) {
      for (const part of chunk.candidates[0].content.parts) seen[part.thought ? 'thinking' : 'text'] += part.text;
      seen.usage = chunk.usageMetadata;
      seen.finishReason = chunk.candidates[0].finishReason;
    }
  },
  tools: async (client, request, seen, stream) => {
    const play = async (body) => {
      if (!stream) return (await client.models.generateContent(body)).candidates[0].content.parts;
      const parts = [];
      for await (const chunk of await client.models.generateContentStream(body)) parts.push(...chunk.candidates[0].content.parts);
      return parts;
    };
    const functionDeclarations = [
      { name: 'get_weather', description: 'The weather in a city.', parametersJsonSchema: weather.schema },
      { name: 'get_time' },
    ];
    const config = { ...request.config, tools: [{ functionDeclarations }] };
    const contents = [{ role: 'user', parts: [{ text: 'How is the weather?' }] }];

    const parts = await play({ ...request, contents, config });
    seen.calls = parts.flatMap(({ functionCall }) => functionCall ?? []);
    const answers = seen.calls.map(({ id, name, args }) => ({ functionResponse: { id, name, response: { output: weather.answer(name, args) } } }));
    contents.push({ role: 'model', parts: parts.filter((part) => part.functionCall) }, { role: 'user', parts: answers });
    seen.content = (await play({ ...request, contents, config })).map(({ text }) => text ?? '').join('');
  },
  count: async (client, request, seen) => {
    seen.count = await client.models.countTokens({ model: request.model, contents: request.contents });
  },
  embed: async (client, request, seen) => {
    seen.embeddings = (await client.models.embedContent(request)).embeddings;
  },
};

export default async ({ url, key, options, seen }) => {
  const httpOptions = { baseUrl: url, timeout: options.timeout, retryOptions: { attempts: 1 } };
  const client = options.account
    ? new GoogleGenAI({
        vertexai: true,
        project: options.account.project_id,
        location: 'europe-west1',
        apiVersion: 'v1',
        httpOptions,
        googleAuthOptions: { authClient: signIn(options.account) },
      })
    : new GoogleGenAI({ apiKey: key, httpOptions });
  await ways[options.way](client, { model: options.model ?? 'gemini-2.5-flash', contents: 'Say hello!', ...options.chat }, seen, options.stream);
};
