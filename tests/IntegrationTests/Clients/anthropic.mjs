// What the scripts for Anthropic's library share: a client, and an ordinary request.
import Anthropic from '@anthropic-ai/sdk';
import { AnthropicVertex } from '@anthropic-ai/vertex-sdk';
import { signIn } from './google.mjs';

export function connect({ url, key, options }) {
  const common = { baseURL: url, maxRetries: options.maxRetries, timeout: options.timeout };
  if (options.account) {
    return new AnthropicVertex({ ...common, region: 'europe-west1', projectId: options.account.project_id, authClient: signIn(options.account) });
  }

  return new Anthropic(options.way === 'x-api-key' ? { ...common, apiKey: null, authToken: null, defaultHeaders: { 'x-api-key': key } } : { ...common, apiKey: key });
}

export const ask = ({ options }) => ({
  model: options.model ?? 'claude-sonnet-4-6',
  max_tokens: 2000,
  messages: [{ role: 'user', content: 'Say hello!' }],
  ...options.chat,
});
