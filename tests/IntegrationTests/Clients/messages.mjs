import { ask, connect } from './anthropic.mjs';

export default async (context) => {
  const { seen, options } = context;
  const client = connect(context);
  if (options.way === 'count') {
    const { max_tokens: _, ...counted } = ask(context);
    seen.count = await client.messages.countTokens(counted);
    return;
  }

  seen.message = await client.messages.create(ask(context));
  seen.requestId = seen.message._request_id;
};
