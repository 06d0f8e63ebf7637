// Runs the scripts of this folder for the tests: one line of JSON in says which and how, one line of JSON out says what
// the client saw. One process for all of them, because starting one takes longer than most of them do.
import { createInterface } from 'node:readline';
import OpenAI from 'openai';

let leave;

createInterface({ input: process.stdin }).on('line', async (line) => {
  const order = JSON.parse(line);
  if (order.leave) {
    leave();
    return;
  }

  console.log(JSON.stringify(await run(order)));
});

async function run({ script, url, key, options }) {
  const seen = { attempts: 0 };
  const client = new OpenAI({
    baseURL: url,
    apiKey: key,
    maxRetries: options.maxRetries,
    timeout: options.timeout,
    fetch: (address, init) => {
      seen.attempts++;
      return fetch(address, init);
    },
  });
  const chat = {
    model: 'gpt-4',
    messages: [{ role: 'user', content: options.padding ? 'x'.repeat(options.padding) : 'Say hello!' }],
    ...options.chat,
  };
  const told = new Promise((resolve) => {
    leave = resolve;
  });

  try {
    const { default: play } = await import(`./${script}.mjs`);
    await play({ client, chat, url, key, options, seen, told });
  } catch (error) {
    seen.error = describe(error);
  }

  return seen;
}

function describe(error) {
  return {
    class: error.constructor.name,
    name: error.name,
    status: error.status ?? error.$metadata?.httpStatusCode,
    type: error.type,
    code: error.code,
    param: error.param,
    message: error.message,
    requestId: error.requestID,
    retryAfter: error.headers?.get('retry-after'),
    shouldRetry: error.headers?.get('x-should-retry'),
  };
}
