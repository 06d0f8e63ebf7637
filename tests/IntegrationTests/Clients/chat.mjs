import { chat, client, report } from './client.mjs';

await report(async (seen) => {
  seen.completion = await client.chat.completions.create(chat);
  seen.requestId = seen.completion._request_id;
});
