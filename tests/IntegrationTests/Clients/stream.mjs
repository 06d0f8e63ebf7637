export default async ({ client, chat, seen }) => {
  const { data: stream, request_id: requestId } = await client.chat.completions.create({ ...chat, stream: true }).withResponse();
  Object.assign(seen, { requestId, chunks: [], text: '' });
  for await (const chunk of stream) {
    seen.chunks.push(chunk);
    seen.text += chunk.choices[0]?.delta.content ?? '';
  }

  seen.ended = true;
};
