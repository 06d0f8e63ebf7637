export default async ({ client, chat, seen }) => {
  seen.completion = await client.chat.completions.create(chat);
  seen.requestId = seen.completion._request_id;
};
