// AWS's own library: it signs, and checks every frame. By itself it would rather speak HTTP/2.
import * as bedrock from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { weather } from './weather.mjs';

// It would say with every run that a later version of it wants a later Node.js.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const decode = (bytes) => JSON.parse(new TextDecoder().decode(bytes));

const ways = {
  chat: async (send, request, seen) => {
    const answer = await send('ConverseCommand', request);
    Object.assign(seen, { content: answer.output.message.content, stopReason: answer.stopReason, usage: answer.usage });
  },
  stream: async (send, request, seen) => {
    Object.assign(seen, await readStream(await send('ConverseStreamCommand', request)));
  },
  tools: async (send, request, seen, stream) => {
    const play = async (body) => {
      if (stream) return (await readStream(await send('ConverseStreamCommand', body))).content;
      return (await send('ConverseCommand', body)).output.message.content;
    };
    const tools = [
      { toolSpec: { name: 'get_weather', description: 'The weather in a city.', inputSchema: { json: weather.schema } } },
      { toolSpec: { name: 'get_time', inputSchema: { json: { type: 'object', properties: {} } } } },
    ];
    const body = { ...request, toolConfig: { tools } };

    const content = await play(body);
    seen.calls = content.flatMap(({ toolUse }) => toolUse ?? []);
    const results = seen.calls.map(({ toolUseId, name, input }) => ({ toolResult: { toolUseId, content: [{ text: weather.answer(name, input) }] } }));
    const messages = [...body.messages, { role: 'assistant', content }, { role: 'user', content: results }];
    seen.content = (await play({ ...body, messages })).map(({ text }) => text ?? '').join('');
  },
  invoke: async (send, request, seen, stream) => {
    const { modelId, ...body } = request;
    const answer = await send(stream ? 'InvokeModelWithResponseStreamCommand' : 'InvokeModelCommand', { modelId, body: JSON.stringify(body) });
    if (!stream) {
      seen.answer = decode(answer.body);
      return;
    }

    seen.events = [];
    for await (const { chunk } of answer.body) seen.events.push(decode(chunk.bytes));
  },
  count: async (send, { modelId, ...converse }, seen) => {
    seen.count = await send('CountTokensCommand', { modelId, input: { converse } });
  },
};

export default async ({ url, key, options, seen }) => {
  const { account } = options;
  const client = new bedrock.BedrockRuntimeClient({
    endpoint: url,
    region: 'us-east-1',
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
    ...(account ? { credentials: account } : { token: { token: key }, authSchemePreference: ['httpBearerAuth'] }),
  });
  const usual = options.way === 'invoke' ? {} : { messages: [{ role: 'user', content: [{ text: 'Say hello!' }] }] };
  const request = { modelId: options.model ?? 'anthropic.claude-sonnet-4-5-20250929-v1:0', ...usual, ...options.chat };
  for (const { image } of request.messages?.flatMap(({ content }) => content) ?? []) {
    if (image) image.source.bytes = Buffer.from(image.source.bytes, 'base64');
  }

  try {
    await ways[options.way]((command, input) => client.send(new bedrock[command](input)), request, seen, options.stream);
  } finally {
    client.destroy();
  }
};

// Puts a stream's blocks together again.
async function readStream({ stream }) {
  const seen = { content: [], text: '', thinking: '' };
  for await (const event of stream) {
    const { contentBlockStart, contentBlockDelta, contentBlockStop, messageStop, metadata } = event;
    if (contentBlockStart) seen.content[contentBlockStart.contentBlockIndex] = { toolUse: { ...contentBlockStart.start.toolUse, input: '' } };
    if (contentBlockDelta) add(seen, contentBlockDelta);
    if (contentBlockStop) {
      const { toolUse } = seen.content[contentBlockStop.contentBlockIndex];
      if (toolUse) toolUse.input = JSON.parse(toolUse.input || '{}');
    }
    if (messageStop) seen.stopReason = messageStop.stopReason;
    if (metadata) seen.usage = metadata.usage;
  }

  return seen;
}

function add(seen, { contentBlockIndex: index, delta }) {
  if (delta.text !== undefined) {
    seen.text += delta.text;
    seen.content[index] = { text: (seen.content[index]?.text ?? '') + delta.text };
  } else if (delta.toolUse) {
    seen.content[index].toolUse.input += delta.toolUse.input;
  } else if (delta.reasoningContent) {
    const before = seen.content[index]?.reasoningContent.reasoningText ?? { text: '' };
    seen.thinking += delta.reasoningContent.text ?? '';
    const reasoningText = { ...before, text: before.text + (delta.reasoningContent.text ?? '') };
    if (delta.reasoningContent.signature) reasoningText.signature = delta.reasoningContent.signature;
    seen.content[index] = { reasoningContent: { reasoningText } };
  }
}
