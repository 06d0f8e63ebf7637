// What the scripts share. The library reads OPENAI_BASE_URL and OPENAI_API_KEY by itself; what else differs from test
// to test is the first argument, as JSON. Each script prints one line of JSON: what the client saw.
import OpenAI from 'openai';

export const options = JSON.parse(process.argv[2]);

const seen = { attempts: 0 };

export const client = new OpenAI({
  maxRetries: options.maxRetries,
  timeout: options.timeout,
  fetch: (url, init) => {
    seen.attempts++;
    return fetch(url, init);
  },
});

export const chat = {
  model: 'gpt-4',
  messages: [{ role: 'user', content: options.padding ? 'x'.repeat(options.padding) : 'Say hello!' }],
  ...options.chat,
};

export async function report(work) {
  try {
    await work(seen);
  } catch (error) {
    seen.error = describe(error);
  }

  console.log(JSON.stringify(seen));
}

function describe(error) {
  return {
    class: error.constructor.name,
    isApiError: error instanceof OpenAI.APIError,
    status: error.status,
    type: error.type,
    code: error.code,
    param: error.param,
    message: error.message,
    requestId: error.requestID,
    retryAfter: error.headers?.get('retry-after'),
    shouldRetry: error.headers?.get('x-should-retry'),
  };
}
